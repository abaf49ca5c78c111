//! Members that nobody here is (IDP-QUIRKS 132).

use super::Provider;
use crate::support::{TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

const NOBODY: &str = "2819c223-7f76-453a-919d-413861904646";

fn group(app: &TestApp, name: &str) -> String {
    let made = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": name}))), 201);
    made.json().unwrap()["id"].as_str().unwrap().to_owned()
}

fn adding(ids: &[&str]) -> Value {
    let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    patch_op(json!([{"op": "add", "path": "members", "value": members}]))
}

#[test]
fn by_default_they_are_passed_over_and_the_rest_is_done() {
    let app = TestApp::start();
    let (known, id) = (app.provision(&user("known")), group(&app, "G"));
    let path = format!("/Groups/{id}");
    let version = app.read(&path)["meta"]["version"].clone();
    let answer = expect(app.scim("PATCH", &path, Some(&adding(&["fake-member-id"]))), 200);
    assert_eq!(answer.json().unwrap()["members"], json!([]));
    assert_eq!(app.read(&path)["meta"]["version"], version, "nothing has changed");
    assert_eq!(app.actions_of(&id), ["group.created"]);
    expect(app.scim("PATCH", &path, Some(&adding(&["fake-member-id", &known, NOBODY]))), 200);
    assert_eq!(app.read(&path)["members"][0]["value"], known.as_str());
    let facts = app.audit_of(&id).pop().unwrap()["facts"].clone();
    assert_eq!(facts, json!({"membersAdded": [known], "membersUnknown": 2}));
    let new = json!({"displayName": "New", "members": [{"value": NOBODY}]});
    let made = expect(app.scim("POST", "/Groups", Some(&new)), 201).json().unwrap();
    assert_eq!(app.audit_of(made["id"].as_str().unwrap())[0]["facts"], json!({"membersUnknown": 1}));
}

#[test]
fn refused_generously_they_may_not_be_all_and_strictly_none() {
    let app = TestApp::start();
    let (known, id) = (app.provision(&user("known")), group(&app, "G"));
    let path = format!("/Groups/{id}");
    let version = app.read(&path)["meta"]["version"].clone();
    let generous = Provider::new(&app, &json!({"unknown_members": "refuse"}));
    let strict = Provider::new(&app, &json!({"dialect": "strict"}));
    let none_known = adding(&["fake-member-id", NOBODY]);
    let some_known = adding(&[&known, NOBODY]);
    for (provider, body, first) in [
        (&generous, &none_known, "fake-member-id"),
        (&strict, &none_known, "fake-member-id"),
        (&strict, &some_known, NOBODY),
    ] {
        let answer = provider.send("PATCH", &path, Some(body));
        assert_eq!(scim_error(&answer, 400, Some("invalidValue")), Vec::<String>::new(), "{body}");
        assert!(answer.json().unwrap()["detail"].as_str().unwrap().contains(first), "{body}");
    }
    assert_eq!(app.read(&path)["meta"]["version"], version, "the whole request is refused");
    expect(generous.send("PATCH", &path, Some(&some_known)), 200);
    let lenient = Provider::new(&app, &json!({"dialect": "strict", "unknown_members": "skip"}));
    expect(lenient.send("PATCH", &path, Some(&none_known)), 200);
    assert_eq!(app.read(&path)["members"].as_array().unwrap().len(), 1);
}
