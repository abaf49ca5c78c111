//! `attributes` and `excludedAttributes` (RFC 7644 §3.9).

use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn provision(app: &TestApp) -> String {
    let mut body = user("bjensen");
    body["displayName"] = json!("Babs");
    body["name"] = json!({"givenName": "Barbara", "familyName": "Jensen"});
    body["emails"] = json!([{"value": "babs@example.com", "type": "work", "primary": true}]);
    body[ENTERPRISE] = json!({"department": "Tours", "costCenter": "4130"});
    app.provision(&body)
}

/// R110, R111, R112: attributes and excludedAttributes in GET, lists, searches and the answer to a PATCH.
#[test]
fn exactly_what_was_asked_for_and_what_is_always_there() {
    let app = TestApp::start();
    let id = provision(&app);
    let everything =
        ["active", "displayName", "emails", "id", "meta", "name", "schemas", ENTERPRISE, "userName"];
    let mut everything: Vec<&str> = everything.to_vec();
    everything.sort_unstable();
    let without = |gone: &[&str]| -> Vec<&str> {
        everything.iter().copied().filter(|name| !gone.contains(name)).collect()
    };
    let department = format!("{ENTERPRISE}:department");
    let cases: Vec<(String, Vec<&str>)> = vec![
        ("attributes=userName".into(), vec!["id", "schemas", "userName"]),
        ("attributes=USERNAME,%20Active".into(), vec!["active", "id", "schemas", "userName"]),
        ("attributes=name.givenName".into(), vec!["id", "name", "schemas"]),
        (
            "attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName".into(),
            vec!["id", "schemas", "userName"],
        ),
        ("attributes=id".into(), vec!["id", "schemas"]),
        ("attributes=nothing.known".into(), vec!["id", "schemas"]),
        ("attributes=password".into(), vec!["id", "schemas"]),
        (format!("attributes={department}"), vec!["id", "schemas", ENTERPRISE]),
        ("attributes=".into(), everything.clone()),
        ("excludedAttributes=emails,meta".into(), without(&["emails", "meta"])),
        ("excludedAttributes=id,schemas".into(), everything.clone()),
        ("excludedAttributes=unknown".into(), everything.clone()),
        (format!("excludedAttributes={ENTERPRISE}"), without(&[ENTERPRISE])),
    ];
    let mut failures = Failures::default();
    for (query, expected) in cases {
        let one = expect(app.scim("GET", &format!("/Users/{id}?{query}"), None), 200).json().unwrap();
        failures.check(&query, keys(&one) == expected, || format!("GET: {:?}", keys(&one)));
        let list = app.read(&format!("/Users?{query}"));
        let found = keys(&list["Resources"][0]);
        failures.check(&query, found == expected, || format!("list: {found:?}"));
        let (name, value) = query.split_once('=').unwrap();
        let search = json!({name: value.replace("%20", " ").split(',').collect::<Vec<_>>()});
        let searched = expect(app.scim("POST", "/Users/.search", Some(&search)), 200).json().unwrap();
        let found = keys(&searched["Resources"][0]);
        failures.check(&query, found == expected, || format!(".search: {found:?}"));
        let patch = patch_op(json!([{"op": "replace", "path": "displayName", "value": "Babs"}]));
        let patched = expect(app.scim("PATCH", &format!("/Users/{id}?{query}"), Some(&patch)), 200);
        let patched = patched.json().unwrap();
        failures.check(&query, keys(&patched) == expected, || format!("PATCH: {:?}", keys(&patched)));
    }
    failures.none();
    let name = app.read(&format!("/Users/{id}?attributes=name.givenName"));
    assert_eq!(name["name"], json!({"givenName": "Barbara"}));
    let less = app.read(&format!("/Users/{id}?excludedAttributes=name.givenName,emails.value"));
    assert_eq!(less["name"], json!({"familyName": "Jensen"}));
    assert_eq!(less["emails"], json!([{"type": "work", "primary": true}]));
}

/// R110: the two exclude each other.
#[test]
fn both_lists_at_once_are_refused_everywhere() {
    let app = TestApp::start();
    let id = provision(&app);
    let both = "attributes=userName&excludedAttributes=emails";
    let mut failures = Failures::default();
    for path in [format!("/Users/{id}?{both}"), format!("/Users?{both}"), format!("/Groups?{both}")] {
        failures.add(&path, scim_error(&app.scim("GET", &path, None), 400, Some("invalidValue")));
    }
    let body = json!({"attributes": ["userName"], "excludedAttributes": ["emails"]});
    for path in ["/Users/.search", "/Groups/.search", "/.search"] {
        failures.add(path, scim_error(&app.scim("POST", path, Some(&body)), 400, Some("invalidValue")));
    }
    let answer = app.scim("POST", &format!("/Users?{both}"), Some(&user("second")));
    failures.add("POST", scim_error(&answer, 400, Some("invalidValue")));
    failures.none();
    assert_eq!(app.read("/Users")["totalResults"], 1, "the refused POST created nobody");
}

#[test]
fn where_an_account_stands_is_told_to_who_asks() {
    let app = TestApp::start();
    let id = provision(&app);
    assert!(app.read(&format!("/Users/{id}")).get(ROLLCALL).is_none());
    let asked = app.read(&format!("/Users/{id}?attributes=userName,{ROLLCALL}"));
    assert_eq!(asked[ROLLCALL], json!({"status": "activated", "signIn": "email", "passwordState": "none"}));
    assert!(asked["schemas"].as_array().unwrap().contains(&json!(ROLLCALL)));
    let one = app.read(&format!("/Users/{id}?attributes={ROLLCALL}:status"));
    assert_eq!(one[ROLLCALL], json!({"status": "activated"}));
    let list = app.read(&format!("/Users?attributes={ROLLCALL}:status"));
    assert_eq!(list["Resources"][0][ROLLCALL], json!({"status": "activated"}));
}
