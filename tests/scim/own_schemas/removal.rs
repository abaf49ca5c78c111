//! Nothing that is stored is lost by a change of a schema, unless that is asked for.

use super::{URN, acme, put, settle};
use crate::support::answers::problem;
use crate::support::cluster::{execute, texts};
use crate::support::{TestApp, expect, patch_op, user};
use serde_json::{Value, json};

fn carriers(app: &TestApp) -> Vec<String> {
    ["a", "b"]
        .map(|name| {
            let mut body = user(name);
            body[URN] = json!({"costCentre": name, "badges": [{"type": "door", "value": "7"}]});
            app.provision(&body)
        })
        .to_vec()
}

fn without(names: &[&str]) -> Value {
    let mut schema = acme();
    schema["attributes"].as_array_mut().unwrap().retain(|a| !names.contains(&a["name"].as_str().unwrap()));
    schema
}

#[test]
fn a_schema_is_not_changed_into_one_that_stored_values_do_not_fit() {
    let app = TestApp::start();
    expect(put(&app, &acme()), 201);
    let ids = carriers(&app);
    let mut badges = acme();
    badges["attributes"][5]["subAttributes"].as_array_mut().unwrap().pop();
    let mut required = acme();
    required["attributes"][1]["required"] = json!(true);
    for (schema, detail) in [
        (without(&["costCentre"]), "costCentre is stored in 2 resources"),
        (badges, "badges.type is stored in 2 resources"),
        (required, "site cannot be required: 2 resources"),
    ] {
        let answer = put(&app, &schema);
        assert_eq!(problem(&answer, 409), Vec::<String>::new());
        assert!(answer.json().unwrap()["detail"].as_str().unwrap().contains(detail), "{detail}");
    }
    let mut other_type = acme();
    other_type["attributes"][0]["type"] = json!("integer");
    assert!(
        expect(put(&app, &other_type), 400).json().unwrap()["detail"]
            .to_string()
            .contains("cannot change its type")
    );
    let of_groups = json!({"resourceType": "Group", "schema": acme()});
    expect(app.api("PUT", &format!("/schemas/{URN}"), Some(&of_groups)), 400);
    // What nobody has can go, and what everybody has can be required.
    expect(put(&app, &without(&["site", "level"])), 200);
    for id in &ids {
        let remove = patch_op(json!([{"op": "remove", "path": format!("{URN}:costCentre")}]));
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&remove)), 200);
    }
    expect(put(&app, &without(&["site", "level", "costCentre"])), 200);
}

#[test]
fn a_schema_that_is_carried_is_removed_only_with_its_data() {
    let app = TestApp::start();
    expect(put(&app, &acme()), 201);
    let ids = carriers(&app);
    let before = app.read(&format!("/Users/{}", ids[0]));
    expect(app.scim("DELETE", &format!("/Users/{}", ids[1]), None), 204);
    let path = format!("/schemas/{URN}");
    let refused = app.api("DELETE", &path, None);
    assert_eq!(problem(&refused, 409), Vec::<String>::new());
    assert!(refused.json().unwrap()["detail"].as_str().unwrap().contains("is carried by 1 resources"));
    expect(app.api("DELETE", &format!("{path}?dropData=perhaps"), None), 400);
    assert_eq!(app.read(&format!("/Users/{}", ids[0])), before);

    expect(app.api("DELETE", &format!("{path}?dropData=true"), None), 204);
    let after = app.read(&format!("/Users/{}", ids[0]));
    assert!(after.get(URN).is_none() && after["schemas"].as_array().unwrap().len() == 1, "{after}");
    assert_ne!(after["meta"]["version"], before["meta"]["version"]);
    expect(app.scim("GET", &format!("/Schemas/{URN}"), None), 404);
    expect(app.api("DELETE", &path, None), 404);
    let left = texts(app.database_url(), "SELECT resource::text AS t FROM accounts");
    assert!(
        left.len() == 2 && left.iter().all(|resource| !resource.contains(URN)),
        "tombstones too: {left:?}"
    );
    let entries = expect(app.api("GET", "/audit?limit=1", None), 200).json().unwrap()["entries"].clone();
    assert_eq!(entries[0]["action"], "schema.removed");
    assert_eq!(entries[0]["facts"], json!({"schema": URN, "resourceType": "User", "resourcesChanged": 1}));
}

#[test]
fn a_schema_that_nobody_carries_is_removed_and_can_come_back_otherwise() {
    let app = TestApp::start();
    let group_urn = "urn:example:scim:acme:2.0:Group";
    let schema = |kind: &str| json!({"resourceType": "Group", "schema": {"id": group_urn, "attributes": [{"name": "size", "type": kind}]}});
    let path = format!("/schemas/{group_urn}");
    expect(app.api("PUT", &path, Some(&schema("string"))), 201);
    let body = json!({"displayName": "G", group_urn: {"size": "large"}});
    let id = expect(app.scim("POST", "/Groups", Some(&body)), 201).json().unwrap()["id"].clone();
    let at = format!("/Groups/{}", id.as_str().unwrap());
    assert_eq!(app.read(&at)[group_urn], json!({"size": "large"}));
    let clear = patch_op(json!([{"op": "remove", "path": format!("{group_urn}:size")}]));
    expect(app.scim("PATCH", &at, Some(&clear)), 200);
    // What a server accepts that still knows the schema goes with it.
    let sql =
        format!("UPDATE groups SET resource = resource || '{{\"{group_urn}\": {{\"size\": \"late\"}}}}'");
    std::thread::scope(|scope| {
        let removing = scope.spawn(|| expect(app.api("DELETE", &path, None), 204));
        std::thread::sleep(std::time::Duration::from_millis(400));
        execute(app.database_url(), &sql);
        removing.join().unwrap();
    });
    assert!(app.read(&at).get(group_urn).is_none());
    expect(app.api("PUT", &path, Some(&schema("integer"))), 201);
    settle();
    let filter = json!({"filter": format!("{group_urn}:size gt 1")});
    assert_eq!(
        expect(app.scim("POST", "/Groups/.search", Some(&filter)), 200).json().unwrap()["totalResults"],
        0
    );
}

#[test]
fn a_blank_is_no_value_that_could_be_required() {
    let app = TestApp::start();
    let mut schema = acme();
    expect(put(&app, &schema), 201);
    settle();
    let path = format!("/Users/{}", {
        let mut body = user("a");
        body[URN] = json!({"site": "\u{2003} ", "level": 1, "badges": [{"type": "door", "value": "7"}, {"value": "8"}]});
        app.provision(&body)
    });
    let refused = |schema: &Value, named: &str| {
        let detail = expect(put(&app, schema), 409).json().unwrap()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(&format!("{named} cannot be required: 1 resources")), "{detail}");
    };
    schema["attributes"][1]["required"] = json!(true);
    schema["attributes"][2]["required"] = json!(true);
    refused(&schema, "site");
    let set = |path_in: &str, value: Value| {
        let patch = patch_op(json!([{"op": "replace", "path": path_in, "value": value}]));
        app.scim("PATCH", &path, Some(&patch))
    };
    expect(set(&format!("{URN}:site"), json!("Berlin")), 200);
    expect(put(&app, &schema), 200);
    schema["attributes"][5]["subAttributes"][1]["required"] = json!(true);
    refused(&schema, "badges.type");
    expect(set(&format!("{URN}:badges[value eq \"8\"].type"), json!("gate")), 200);
    expect(put(&app, &schema), 200);
    settle();
    expect(set(&format!("{URN}:badges"), json!([{"value": "9"}])), 400);
    expect(set("title", json!("T")), 200);
}
