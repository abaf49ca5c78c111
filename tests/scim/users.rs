//! A user from POST to DELETE.

use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use chrono::Duration;
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn babs() -> Value {
    json!({
        "schemas": [CORE, ENTERPRISE],
        "userName": "bjensen@example.com", "externalId": "701984",
        "name": {"formatted": "Ms. Barbara J Jensen", "familyName": "Jensen", "givenName": "Barbara"},
        "displayName": "Babs Jensen", "nickName": "Babs", "title": "Tour Guide", "locale": "en-US",
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"},
        ],
        "addresses": [{"type": "work", "streetAddress": "100 Universal City Plaza", "country": "US"}],
        "phoneNumbers": [{"value": "555-555-5555", "type": "work"}],
        "photos": [{"value": "https://photos.example.com/profilephoto/72930000000Ccne/F", "type": "photo"}],
        ENTERPRISE: {"employeeNumber": "701984", "department": "Tour Operations", "manager": {"value": "26118915"}},
    })
}

/// R047, R057, R058, R084, R085, R087, R090: the answer to a POST is the resource as every later reader sees it, as it was sent.
#[test]
fn what_was_posted_is_what_is_read() {
    let app = TestApp::start();
    let created = expect(app.scim("POST", "/Users", Some(&babs())), 201);
    let body = created.json().unwrap();
    let id = body["id"].as_str().unwrap();
    let location = format!("{}/Users/{id}", app.scim_base());
    assert_eq!(created.header("Location"), Some(location.as_str()));
    assert_eq!(created.header("Content-Type"), Some("application/scim+json"));
    assert_eq!(created.header("ETag"), body["meta"]["version"].as_str());
    assert_eq!(
        body["meta"],
        json!({"resourceType": "User", "created": "2026-11-21T09:00:00Z", "lastModified": "2026-11-21T09:00:00Z",
               "location": location, "version": body["meta"]["version"]})
    );
    assert_eq!(body["active"], true);
    for (name, value) in babs().as_object().unwrap() {
        assert_eq!(&body[name], value, "{name}");
    }
    let read = expect(app.scim("GET", &format!("/Users/{id}"), None), 200);
    assert_eq!(read.json().unwrap(), body);
    assert_eq!(read.header("ETag"), created.header("ETag"));
}

/// R051, R053, R067, R083, R119: id, meta and groups are the server's, whatever the body says.
#[test]
fn what_only_the_server_sets_is_ignored_when_a_client_sends_it() {
    let app = TestApp::start();
    let foreign = uuid::Uuid::from_u128(7).to_string();
    let mut body = user("bjensen");
    body["id"] = json!(foreign);
    body["meta"] = json!({"resourceType": "Group", "created": "1999-01-01T00:00:00Z", "location": "http://evil.example"});
    body["groups"] = json!([{"value": foreign}]);
    let created = expect(app.scim("POST", "/Users", Some(&body)), 201).json().unwrap();
    assert_ne!(created["id"], json!(foreign));
    assert_eq!(created["meta"]["resourceType"], "User");
    assert!(created.get("groups").is_none());
    let put =
        expect(app.scim("PUT", &format!("/Users/{}", created["id"].as_str().unwrap()), Some(&body)), 200);
    assert_eq!(put.json().unwrap(), created, "nothing changed, so nothing is newer");
}

/// R117, R119, R121, R122, R123: PUT replaces, and what is left out decides over nobody's access.
#[test]
fn put_replaces_everything_but_what_decides_over_access_and_identity() {
    let app = TestApp::start();
    let id = app.provision(&babs());
    let path = format!("/Users/{id}");
    app.clock().advance(Duration::minutes(1));
    let put = json!({"schemas": [CORE], "userName": "bjensen@example.com", "title": "Guide"});
    let body = expect(app.scim("PUT", &path, Some(&put)), 200).json().unwrap();
    assert_eq!(body["title"], "Guide");
    assert_eq!(body["externalId"], "701984", "externalId is not lost by omission");
    assert_eq!(body["active"], true);
    for gone in
        ["name", "displayName", "nickName", "emails", "addresses", "phoneNumbers", "photos", ENTERPRISE]
    {
        assert!(body.get(gone).is_none(), "{gone} was not sent");
    }
    assert_eq!(body["schemas"], json!([CORE]));
    assert_eq!(body["meta"]["created"], "2026-11-21T09:00:00Z");
    assert_eq!(body["meta"]["lastModified"], "2026-11-21T09:01:00Z");
    let cleared = json!({"userName": "bjensen@example.com", "externalId": null});
    let body = expect(app.scim("PUT", &path, Some(&cleared)), 200).json().unwrap();
    assert!(body.get("externalId").is_none(), "null takes it away");
    assert_eq!(app.read(&path), body);
    let missing = app.scim("PUT", &path, Some(&json!({"displayName": "x"})));
    assert_eq!(scim_error(&missing, 400, Some("invalidValue")), Vec::<String>::new());
}

/// R089, R118, R147, R148, R150: a deleted user is gone for every method, and the name is free.
/// What happened to it stays in the audit log: the rest of complaint 19.
#[test]
fn put_never_creates_and_what_is_gone_stays_gone() {
    let app = TestApp::start();
    let id = app.provision(&babs());
    let path = format!("/Users/{id}");
    let gone = expect(app.scim("DELETE", &path, None), 204);
    assert!(gone.body.is_empty());
    let patch = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    let put = user("bjensen@example.com");
    let mut failures = Failures::default();
    for (method, body) in [("GET", None), ("PUT", Some(&put)), ("PATCH", Some(&patch)), ("DELETE", None)] {
        failures.add(method, scim_error(&app.scim(method, &path, body), 404, None));
    }
    failures.none();
    assert_eq!(app.read("/Users")["totalResults"], 0);
    assert_eq!(app.actions_of(&id), ["account.created", "account.deleted"]);
    let again = app.provision(&babs());
    assert_ne!(again, id, "an id is never used twice");
}

/// R136: what is there already changes neither version nor time.
#[test]
fn a_request_that_changes_nothing_leaves_version_time_and_audit_alone() {
    let app = TestApp::start();
    let id = app.provision(&babs());
    let path = format!("/Users/{id}");
    let before = app.read(&path);
    app.clock().advance(Duration::minutes(1));
    let patches = [
        json!([{"op": "replace", "path": "displayName", "value": "Babs Jensen"}]),
        json!([{"op": "add", "path": "title", "value": "Tour Guide"}]),
        json!([{"op": "add", "path": "emails", "value": [{"value": "babs@jensen.org", "type": "home"}]}]),
        json!([{"op": "replace", "value": {"active": true, "nickName": "Babs"}}]),
        json!([{"op": "remove", "path": "profileUrl"}]),
        json!([{"op": "replace", "path": "title", "value": "X"}, {"op": "replace", "path": "title", "value": "Tour Guide"}]),
        json!([{"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Tour Operations"}]),
    ];
    let mut failures = Failures::default();
    for operations in patches {
        let answer = app.scim("PATCH", &path, Some(&patch_op(operations.clone())));
        let same = answer.status == 200 && answer.json().as_ref() == Some(&before);
        failures.check(&operations.to_string(), same, || String::from_utf8_lossy(&answer.body).into_owned());
    }
    let put = expect(app.scim("PUT", &path, Some(&babs())), 200);
    failures.check("PUT", put.json().as_ref() == Some(&before), || {
        String::from_utf8_lossy(&put.body).into_owned()
    });
    failures.none();
    assert_eq!(app.read(&path), before);
    assert_eq!(app.actions_of(&id), ["account.created"]);
}

#[test]
fn the_audit_names_attributes_and_never_their_values() {
    let app = TestApp::start();
    let id = app.provision(&babs());
    let patch = patch_op(json!([
        {"op": "replace", "path": "title", "value": "Secret title"},
        {"op": "replace", "path": "name.givenName", "value": "Secret name"},
        {"op": "add", "path": format!("{ENTERPRISE}:costCenter"), "value": "Secret cost"},
    ]));
    let answer = expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch)), 200);
    let rows = app.audit_of(&id);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["action"], "account.updated");
    let attributes = rows[1]["attributes"].as_array().unwrap();
    for name in ["title", "name"] {
        assert!(attributes.contains(&json!(name)), "{attributes:?}");
    }
    assert_eq!(attributes.len(), 3, "{attributes:?}");
    assert_eq!(rows[1]["requestId"].as_str(), answer.header("X-Request-Id"));
    assert!(!Value::from(rows).to_string().contains("Secret"));
}

/// R086: one account for one person; an active one is a conflict.
#[test]
fn posting_somebody_who_is_inactive_brings_them_back_in_place() {
    let app = TestApp::start();
    let id = app.provision(&babs());
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&off)), 200);
    let mut inactive = babs();
    inactive["active"] = json!(false);
    let refused = app.scim("POST", "/Users", Some(&inactive));
    assert_eq!(scim_error(&refused, 409, Some("uniqueness")), Vec::<String>::new());

    let mut again = babs();
    again["title"] = json!("Lead Guide");
    let answer = expect(app.scim("POST", "/Users", Some(&again)), 201);
    let body = answer.json().unwrap();
    let location = format!("{}/Users/{id}", app.scim_base());
    assert_eq!(answer.header("Location"), Some(location.as_str()));
    assert_eq!(
        (&body["id"], &body["active"], &body["title"]),
        (&json!(id), &json!(true), &json!("Lead Guide"))
    );
    assert_eq!(app.read("/Users")["totalResults"], 1);
    assert_eq!(app.actions_of(&id), ["account.created", "account.deactivated", "account.reactivated"]);

    let refused = app.scim("POST", "/Users", Some(&babs()));
    assert_eq!(scim_error(&refused, 409, Some("uniqueness")), Vec::<String>::new());
    assert!(refused.json().unwrap()["detail"].as_str().unwrap().contains("bjensen@example.com"));
}

/// R181: an account belongs to the connection that made it. The rest of complaint 20, which one connection cannot show.
#[test]
fn nobody_is_brought_back_by_another_connection_or_by_half_a_match() {
    let app = TestApp::start();
    let other = app.issue_token("demo", "second-provider", Scope::Scim);
    let mut first = user("first");
    first["externalId"] = json!("1");
    first["active"] = json!(false);
    let first_id = app.provision(&first);
    let mut second = user("second");
    second["externalId"] = json!("2");
    app.provision(&second);
    let post = |token: &str, body: &Value| app.request("POST", "/scim/v2/Users", Some(token), Some(body));
    let mut failures = Failures::default();
    let strangers = post(&other, &user("first"));
    failures.add("another connection", scim_error(&strangers, 409, Some("uniqueness")));
    let mut mixed = user("first");
    mixed["externalId"] = json!("2");
    let two = post(app.scim_token(), &mixed);
    failures.add("name of one, externalId of another", scim_error(&two, 409, Some("uniqueness")));
    failures.none();
    assert_eq!(app.read(&format!("/Users/{first_id}"))["active"], false);
}

/// R054, R055, R181: an externalId means something to the connection that gave it, and to no other.
#[test]
fn an_external_id_is_one_connections_own() {
    let app = TestApp::start();
    let other = app.issue_token("demo", "second-provider", Scope::Scim);
    let with = |name: &str, external: &str| {
        let mut body = user(name);
        body["externalId"] = json!(external);
        body
    };
    let mine = app.provision(&with("mine", "Ext-1"));
    let post = |token: &str, body: &Value| app.request("POST", "/scim/v2/Users", Some(token), Some(body));
    let theirs = expect(post(&other, &with("theirs", "Ext-1")), 201).json().unwrap()["id"].clone();
    let search = |token: &str, filter: &str| {
        let path = format!("/scim/v2/Users?filter={}", filter.replace(' ', "%20").replace('"', "%22"));
        expect(app.request("GET", &path, Some(token), None), 200).json().unwrap()
    };
    let found = search(app.scim_token(), "externalId eq \"Ext-1\"");
    assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &json!(mine)));
    let found = search(&other, "externalId eq \"Ext-1\"");
    assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &theirs));
    assert_eq!(search(&other, "externalId eq \"ext-1\"")["totalResults"], 0, "letter case counts");
    let taken = app.scim("POST", "/Users", Some(&with("another", "Ext-1")));
    assert_eq!(scim_error(&taken, 409, Some("uniqueness")), Vec::<String>::new());
    let moved = patch_op(json!([{"op": "replace", "path": "externalId", "value": "Ext-1"}]));
    let second = app.provision(&with("mine.too", "Ext-2"));
    let taken = app.scim("PATCH", &format!("/Users/{second}"), Some(&moved));
    assert_eq!(scim_error(&taken, 409, Some("uniqueness")), Vec::<String>::new());
}
