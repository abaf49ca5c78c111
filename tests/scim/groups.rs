//! Groups and who is in them.

use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use chrono::Duration;
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn people(app: &TestApp, count: usize) -> Vec<String> {
    (0..count).map(|n| app.provision(&user(&format!("member{n}")))).collect()
}

fn group(app: &TestApp, name: &str, members: &[String]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let answer = app.scim("POST", "/Groups", Some(&json!({"displayName": name, "members": members})));
    expect(answer, 201).json().unwrap()["id"].as_str().unwrap().to_owned()
}

fn members(app: &TestApp, id: &str) -> BTreeSet<String> {
    let group = app.read(&format!("/Groups/{id}"));
    group["members"].as_array().unwrap().iter().map(|m| m["value"].as_str().unwrap().to_owned()).collect()
}

fn set(ids: &[String]) -> BTreeSet<String> {
    ids.iter().cloned().collect()
}

/// R067, R070: membership is seen from both sides, with addresses of this server.
#[test]
fn a_group_shows_its_members_and_its_members_show_the_group() {
    let app = TestApp::start();
    let ids = people(&app, 2);
    let body = json!({"displayName": "Guides", "externalId": "g-1", "members": [
        {"value": ids[0], "display": "Member Zero", "type": "User", "$ref": "https://elsewhere.example/Users/1"},
        {"value": ids[1]},
    ]});
    let created = expect(app.scim("POST", "/Groups", Some(&body)), 201);
    let group = created.json().unwrap();
    let id = group["id"].as_str().unwrap();
    assert_eq!(created.header("Location"), group["meta"]["location"].as_str());
    assert_eq!(group["externalId"], "g-1");
    let first = group["members"].as_array().unwrap().iter().find(|m| m["value"] == json!(ids[0])).unwrap();
    assert_eq!(first["display"], "Member Zero", "as it was sent");
    assert_eq!(first["$ref"], json!(format!("{}/Users/{}", app.scim_base(), ids[0])), "a reference of ours");
    assert_eq!(first["type"], "User");
    let member = app.read(&format!("/Users/{}", ids[1]));
    let reference = format!("{}/Groups/{id}", app.scim_base());
    assert_eq!(
        member["groups"],
        json!([{"value": id, "$ref": reference, "display": "Guides", "type": "direct"}])
    );
    assert_eq!(app.read(&format!("/Groups/{id}")), group);
    let empty = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "Empty"}))), 201);
    assert_eq!(empty.json().unwrap()["members"], json!([]));
}

/// R126, R129, R135, R137, R139: members are added, removed and replaced, in order and in every form.
#[test]
fn members_come_and_go_in_every_form() {
    let app = TestApp::start();
    let ids = people(&app, 6);
    let id = group(&app, "Guides", &ids[..1]);
    let path = format!("/Groups/{id}");
    let value = |range: std::ops::Range<usize>| -> Value {
        ids[range].iter().map(|id| json!({"value": id})).collect()
    };
    let steps: Vec<(&str, Value, Vec<usize>)> = vec![
        ("add", json!([{"op": "add", "path": "members", "value": value(1..3)}]), vec![0, 1, 2]),
        (
            "Entra's add",
            json!([{"op": "Add", "path": "members", "value": [{"value": ids[3]}]}]),
            vec![0, 1, 2, 3],
        ),
        ("pathless", json!([{"op": "add", "value": {"members": value(4..5)}}]), vec![0, 1, 2, 3, 4]),
        (
            "remove by filter",
            json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ids[0])}]),
            vec![1, 2, 3, 4],
        ),
        (
            "Entra's remove",
            json!([{"op": "Remove", "path": "members", "value": [{"value": ids[1]}]}]),
            vec![2, 3, 4],
        ),
        (
            "remove a stranger",
            json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", uuid::Uuid::nil())}]),
            vec![2, 3, 4],
        ),
        ("replace", json!([{"op": "replace", "path": "members", "value": value(0..2)}]), vec![0, 1]),
        (
            "in order",
            json!([
                {"op": "remove", "path": "members"},
                {"op": "add", "path": "members", "value": value(4..6)},
                {"op": "remove", "path": format!("members[value eq \"{}\"]", ids[4])},
            ]),
            vec![5],
        ),
        ("replace by nobody", json!([{"op": "replace", "path": "members", "value": []}]), vec![]),
        ("replace again", json!([{"op": "replace", "value": {"members": value(2..4)}}]), vec![2, 3]),
        (
            "rename keeps them",
            json!([{"op": "replace", "path": "displayName", "value": "Tour Guides"}]),
            vec![2, 3],
        ),
        ("remove all", json!([{"op": "remove", "path": "members"}]), vec![]),
    ];
    let mut failures = Failures::default();
    for (name, operations, left) in steps {
        let answer = app.scim("PATCH", &path, Some(&patch_op(operations)));
        failures.check(name, matches!(answer.status, 200 | 204), || {
            format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
        });
        let expected: BTreeSet<String> = left.iter().map(|n| ids[*n].clone()).collect();
        let found = members(&app, &id);
        failures.check(name, found == expected, || format!("{found:?}, expected {left:?} of {ids:?}"));
    }
    failures.none();
}

#[test]
fn put_replaces_members_only_when_it_names_them() {
    let app = TestApp::start();
    let ids = people(&app, 3);
    let id = group(&app, "Guides", &ids[..2]);
    let path = format!("/Groups/{id}");
    let put = |body: Value| expect(app.scim("PUT", &path, Some(&body)), 200).json().unwrap();
    assert_eq!(put(json!({"displayName": "Tour Guides"}))["displayName"], "Tour Guides");
    assert_eq!(members(&app, &id), set(&ids[..2]), "a rename keeps them");
    put(json!({"displayName": "Tour Guides", "members": [{"value": ids[2]}]}));
    assert_eq!(members(&app, &id), set(&ids[2..]));
    put(json!({"displayName": "Tour Guides", "members": []}));
    assert_eq!(members(&app, &id), BTreeSet::new());
    let qualified = "urn:ietf:params:scim:schemas:core:2.0:Group:members";
    put(json!({"displayName": "Tour Guides", qualified: [{"value": ids[0]}]}));
    assert_eq!(members(&app, &id), set(&ids[..1]), "by its full name");
}

/// R136, R139: adding who is there and removing who is not are successes without a change.
#[test]
fn what_changes_nothing_keeps_version_time_and_audit() {
    let app = TestApp::start();
    let ids = people(&app, 2);
    let id = group(&app, "Guides", &ids[..1]);
    let path = format!("/Groups/{id}");
    let before = app.read(&path);
    app.clock().advance(Duration::minutes(1));
    let mut failures = Failures::default();
    for operations in [
        json!([{"op": "add", "path": "members", "value": [{"value": ids[0]}]}]),
        json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ids[1])}]),
        json!([{"op": "replace", "path": "members", "value": [{"value": ids[0]}]}]),
        json!([{"op": "replace", "path": "displayName", "value": "Guides"}]),
        json!([{"op": "replace", "value": {"displayName": "Guides", "id": id}}]),
    ] {
        let answer = app.scim("PATCH", &path, Some(&patch_op(operations.clone())));
        let same = matches!(answer.status, 200 | 204) && app.read(&path) == before;
        failures.check(&operations.to_string(), same, || String::from_utf8_lossy(&answer.body).into_owned());
    }
    failures.none();
    assert_eq!(app.actions_of(&id), ["group.created"]);
    let change = patch_op(json!([{"op": "add", "path": "members", "value": [{"value": ids[1]}]}]));
    expect(app.scim("PATCH", &path, Some(&change)), 200);
    let rows = app.audit_of(&id);
    assert_eq!(
        (rows.len(), &rows[1]["action"], &rows[1]["attributes"]),
        (2, &json!("group.updated"), &json!(["members"]))
    );
    assert_eq!(app.read(&path)["meta"]["lastModified"], "2026-11-21T09:01:00Z");
}

#[test]
fn strangers_are_passed_over_unless_there_is_nobody_else_and_that_is_refused() {
    let app = TestApp::start();
    let refusing = app.token_with("refusing", &json!({"unknown_members": "refuse"}));
    let ids = people(&app, 2);
    let foreign = app.issue_token("other-tenant", "idp", Scope::Scim);
    let other = app.request("POST", "/scim/v2/Users", Some(&foreign), Some(&user("stranger")));
    let stranger = expect(other, 201).json().unwrap()["id"].as_str().unwrap().to_owned();
    expect(app.scim("DELETE", &format!("/Users/{}", ids[1]), None), 204);
    let nobody = uuid::Uuid::from_u128(42).to_string();
    let id = group(&app, "Guides", &[]);
    let path = format!("/Groups/{id}");
    let add = |values: &[&str]| {
        let value: Value = values.iter().map(|id| json!({"value": id})).collect();
        let patch = patch_op(json!([{"op": "add", "path": "members", "value": value}]));
        app.request("PATCH", &format!("/scim/v2{path}"), Some(&refusing), Some(&patch))
    };
    let mut failures = Failures::default();
    for unknown in [stranger.as_str(), nobody.as_str(), ids[1].as_str(), "no-uuid", ""] {
        failures.add(unknown, scim_error(&add(&[unknown]), 400, Some("invalidValue")));
    }
    failures.none();
    assert_eq!(members(&app, &id), BTreeSet::new());
    expect(add(&[&stranger, &nobody, "no-uuid", &ids[0]]), 200);
    assert_eq!(members(&app, &id), set(&ids[..1]));
}

/// R147, R148, R150: a deleted member is in no group, and a deleted group is gone for every method.
#[test]
fn a_deleted_member_leaves_its_groups_and_an_inactive_one_stays() {
    let app = TestApp::start();
    let ids = people(&app, 2);
    let id = group(&app, "Guides", &ids);
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.scim("PATCH", &format!("/Users/{}", ids[0]), Some(&off)), 200);
    assert_eq!(members(&app, &id), set(&ids));
    expect(app.scim("DELETE", &format!("/Users/{}", ids[1]), None), 204);
    assert_eq!(members(&app, &id), set(&ids[..1]));
    expect(app.scim("DELETE", &format!("/Groups/{id}"), None), 204);
    let (put, patch) =
        (json!({"displayName": "Guides"}), patch_op(json!([{"op": "remove", "path": "members"}])));
    let mut failures = Failures::default();
    for (method, body) in [("GET", None), ("PUT", Some(&put)), ("PATCH", Some(&patch)), ("DELETE", None)] {
        let answer = app.scim(method, &format!("/Groups/{id}"), body);
        failures.add(method, scim_error(&answer, 404, None));
    }
    failures.none();
    assert!(app.read(&format!("/Users/{}", ids[0])).get("groups").is_none());
    assert_eq!(app.read("/Groups")["totalResults"], 0);
    assert_ne!(group(&app, "Guides", &[]), id, "the name is free, the id is not");
}

/// R086: a taken name is a conflict in its connection.
#[test]
fn a_groups_name_and_external_id_are_unique_in_their_connection() {
    let app = TestApp::start();
    let first = json!({"displayName": "Guides", "externalId": "g-1"});
    expect(app.scim("POST", "/Groups", Some(&first)), 201);
    let mut failures = Failures::default();
    for same in [json!({"displayName": "GUIDES"}), json!({"displayName": "Others", "externalId": "g-1"})] {
        failures.add(
            &same.to_string(),
            scim_error(&app.scim("POST", "/Groups", Some(&same)), 409, Some("uniqueness")),
        );
    }
    let second = group(&app, "Second", &[]);
    let rename = patch_op(json!([{"op": "replace", "path": "displayName", "value": "guides"}]));
    let refused = app.scim("PATCH", &format!("/Groups/{second}"), Some(&rename));
    failures.add("rename", scim_error(&refused, 409, Some("uniqueness")));
    failures.none();
    let other = app.issue_token("demo", "second-provider", Scope::Scim);
    expect(app.request("POST", "/scim/v2/Groups", Some(&other), Some(&first)), 201);
}
