//! Every way back, and what it does to password, sessions and groups.

use crate::support::{Failures, TestApp, expect, patch_op, user};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

fn off() -> Value {
    patch_op(json!([{"op": "replace", "path": "active", "value": false}]))
}

#[test]
fn every_shape_brings_the_same_account_back_and_no_session_with_it() {
    let on = |active: Value| {
        let mut body = user("returner");
        body["active"] = active;
        body
    };
    let shapes: Vec<(&str, &str, Value)> = vec![
        ("path", "PATCH", patch_op(json!([{"op": "replace", "path": "active", "value": true}]))),
        ("without path", "PATCH", patch_op(json!([{"op": "replace", "value": {"active": true}}]))),
        ("Entra's string", "PATCH", patch_op(json!([{"op": "Replace", "path": "active", "value": "True"}]))),
        ("Entra's add", "PATCH", patch_op(json!([{"op": "Add", "path": "active", "value": "True"}]))),
        ("PUT", "PUT", on(json!(true))),
        ("PUT with a string", "PUT", on(json!("True"))),
        ("posted again", "POST", on(json!(true))),
        ("posted again without active", "POST", user("returner")),
    ];
    let mut failures = Failures::default();
    let app = TestApp::unguarded();
    for (name, method, body) in shapes {
        let id = app.provision(&user("returner"));
        let path = format!("/Users/{id}");
        let learner = app.learner_with_password(&id, "returner", PASSWORD);
        let session = learner.session(PASSWORD);
        expect(app.scim("PATCH", &path, Some(&off())), 200);
        let rows = app.audit_of(&id).len();

        let target = if method == "POST" { "/Users" } else { path.as_str() };
        let answer = app.scim(method, target, Some(&body));
        let status = if method == "POST" { 201 } else { 200 };
        failures.check(name, answer.status == status, || format!("{}", answer.status));
        let shown = answer.json().unwrap();
        failures.check(name, shown["id"] == json!(id), || format!("another account: {shown}"));
        failures.check(name, shown["active"] == json!(true), || format!("{shown}"));
        failures.check(name, app.session_status(&session) == 401, || "the old session lives".to_owned());
        let old = learner.sign_in(PASSWORD).status;
        failures.check(name, old == 401, || format!("the old password: {old}"));
        let new = app.audit_of(&id).split_off(rows);
        let right = new.len() == 1
            && new[0]["action"] == "account.reactivated"
            && new[0]["facts"] == json!({"passwordInvalidated": true, "seatTaken": true});
        failures.check(name, right, || format!("audit: {new:?}"));
        expect(app.scim("DELETE", &path, None), 204);
    }
    failures.none();
}

#[test]
fn the_form_of_sign_in_at_the_return_decides_over_the_password() {
    let app = TestApp::unguarded();
    let mut body = user("babs");
    body["emails"] = json!([{"value": "babs@example.com"}]);
    let id = app.provision(&body);
    let learner = app.learner_with_password(&id, "babs", PASSWORD);
    let path = format!("/Users/{id}");
    expect(app.scim("PATCH", &path, Some(&off())), 200);
    let both = patch_op(json!([
        {"op": "remove", "path": "emails"},
        {"op": "replace", "path": "active", "value": true},
    ]));
    expect(app.scim("PATCH", &path, Some(&both)), 200);
    assert_eq!(app.account(&id)["signIn"], "username");
    expect(learner.sign_in(PASSWORD), 401);
}

#[test]
fn groups_and_attributes_outlive_the_absence() {
    let app = TestApp::unguarded();
    let mut body = user("returner");
    body["displayName"] = json!("Returning Person");
    body["externalId"] = json!("ext-1");
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    let group = json!({"displayName": "Fire wardens", "members": [{"value": id}]});
    expect(app.scim("POST", "/Groups", Some(&group)), 201);
    let before = app.read(&path);
    expect(app.scim("PATCH", &path, Some(&off())), 200);
    let on = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    expect(app.scim("PATCH", &path, Some(&on)), 200);
    let mut after = app.read(&path);
    after["meta"] = before["meta"].clone();
    assert_eq!(after, before);
}

#[test]
fn a_deleted_account_comes_back_as_another_person() {
    let app = TestApp::unguarded();
    let id = app.provision(&user("returner"));
    let learner = app.learner_with_password(&id, "returner", PASSWORD);
    let session = learner.session(PASSWORD);
    expect(app.scim("DELETE", &format!("/Users/{id}"), None), 204);
    let again = app.provision(&user("returner"));
    assert_ne!(again, id);
    expect(learner.sign_in(PASSWORD), 401);
    assert_eq!(app.session_status(&session), 401);
    assert_eq!(app.account(&again)["passwordState"], "none");
    for (method, path) in [("GET", ""), ("POST", "/temporary-password")] {
        expect(app.api(method, &format!("/accounts/{id}{path}"), None), 404);
    }
}
