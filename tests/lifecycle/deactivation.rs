//! Every way in which a provider says that somebody is off, and that each of them means the same.

use crate::support::{Failures, Learner, TestApp, expect, patch_op, user};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

struct Shape {
    name: &'static str,
    method: &'static str,
    body: Option<Value>,
    action: &'static str,
}

fn patch(name: &'static str, operations: Value) -> Shape {
    Shape { name, method: "PATCH", body: Some(patch_op(operations)), action: "account.deactivated" }
}

fn put(name: &'static str, body: Value) -> Shape {
    Shape { name, method: "PUT", body: Some(body), action: "account.deactivated" }
}

fn shapes() -> Vec<Shape> {
    let off = |active: Value| {
        let mut body = user("leaver");
        body["active"] = active;
        body
    };
    let mut okta_put = off(json!(false));
    okta_put["id"] = json!("whatever");
    okta_put["meta"] = json!({"resourceType": "User"});
    okta_put["groups"] = json!([]);
    vec![
        patch("path", json!([{"op": "replace", "path": "active", "value": false}])),
        patch("Okta, without path", json!([{"op": "replace", "value": {"active": false}}])),
        patch("Entra, old mode", json!([{"op": "Replace", "path": "active", "value": "False"}])),
        patch("Entra, add", json!([{"op": "Add", "path": "active", "value": "False"}])),
        patch("Entra, pathless string", json!([{"op": "Replace", "value": {"active": "False"}}])),
        patch("lower-case string", json!([{"op": "replace", "path": "active", "value": "false"}])),
        patch("list of one", json!([{"op": "Replace", "path": "active", "value": [{"value": "False"}]}])),
        patch("op in capitals", json!([{"op": "REPLACE", "path": "ACTIVE", "value": false}])),
        patch(
            "URN in the path",
            json!([{"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": false}]),
        ),
        patch(
            "URN as a key",
            json!([{"op": "replace", "value": {"urn:ietf:params:scim:schemas:core:2.0:User:active": false}}]),
        ),
        patch(
            "among other changes",
            json!([
                {"op": "Replace", "path": "displayName", "value": "Left the house"},
                {"op": "Replace", "path": "active", "value": "False"},
                {"op": "Replace", "path": "name.familyName", "value": "Leaver"},
            ]),
        ),
        patch(
            "on and off in one request: the last word counts",
            json!([
                {"op": "replace", "path": "active", "value": true},
                {"op": "replace", "path": "active", "value": false},
            ]),
        ),
        put("PUT", off(json!(false))),
        put("PUT with a string", off(json!("False"))),
        put("PUT as Okta writes back what it read", okta_put),
        Shape { name: "DELETE", method: "DELETE", body: None, action: "account.deleted" },
    ]
}

/// R065: `active: false` means that nobody is signed in and nobody can sign in.
#[test]
fn every_shape_ends_every_session_and_refuses_the_next() {
    let mut failures = Failures::default();
    let app = TestApp::unguarded();
    let elsewhere = app.another_server();
    for shape in shapes() {
        // Each shape has a person of its own, of the same name in its own right.
        let name = "leaver";
        let id = app.provision(&user(name));
        let learner = app.learner_with_password(&id, name, PASSWORD);
        let sessions = [learner.session(PASSWORD), learner.session(PASSWORD)];
        let rows = app.audit_of(&id).len();

        let answer = app.scim(shape.method, &format!("/Users/{id}"), shape.body.as_ref());
        let expected = if shape.method == "DELETE" { 204 } else { 200 };
        failures.check(shape.name, answer.status == expected, || {
            format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
        });
        for session in &sessions {
            let here = (app.session_status(session), app.session_status_at(elsewhere, session));
            failures.check(shape.name, here == (401, 401), || format!("an old session: {here:?}"));
        }
        let refused = learner.sign_in(PASSWORD).status;
        failures.check(shape.name, matches!(refused, 401 | 403), || format!("sign-in: {refused}"));
        if shape.method == "DELETE" {
            let gone = app.scim("GET", &format!("/Users/{id}"), None).status;
            failures.check(shape.name, gone == 404, || format!("GET after DELETE: {gone}"));
        } else {
            let read = app.read(&format!("/Users/{id}"));
            failures.check(shape.name, read["active"] == json!(false), || format!("shown as {read}"));
        }
        let new: Vec<Value> = app.audit_of(&id).split_off(rows);
        let right = new.len() == 1
            && new[0]["action"] == shape.action
            && new[0]["facts"]["sessionsEnded"] == json!(true);
        failures.check(shape.name, right, || format!("audit: {new:?}"));
        if shape.method != "DELETE" {
            expect(app.scim("DELETE", &format!("/Users/{id}"), None), 204);
        }
    }
    failures.none();
}

#[test]
fn what_says_nothing_about_active_switches_nobody_off() {
    let mut failures = Failures::default();
    let app = TestApp::unguarded();
    let id = app.provision(&user("stayer"));
    let path = format!("/Users/{id}");
    let session = app.learner_with_password(&id, "stayer", PASSWORD).session(PASSWORD);
    let cases = [
        ("PUT without active", "PUT", user("stayer")),
        ("PUT with active null", "PUT", json!({"userName": "stayer", "active": null})),
        (
            "PATCH of another attribute",
            "PATCH",
            patch_op(json!([{"op": "add", "path": "title", "value": "T"}])),
        ),
        ("remove of active", "PATCH", patch_op(json!([{"op": "remove", "path": "active"}]))),
        (
            "active is no boolean",
            "PATCH",
            patch_op(json!([{"op": "replace", "path": "active", "value": "off"}])),
        ),
        ("active is a number", "PUT", json!({"userName": "stayer", "active": 0})),
        ("active is empty", "PATCH", patch_op(json!([{"op": "replace", "path": "active", "value": ""}]))),
        (
            "a refused operation undoes the request",
            "PATCH",
            patch_op(json!([
                {"op": "replace", "path": "active", "value": false},
                {"op": "replace", "path": "userName", "value": 5},
            ])),
        ),
    ];
    for (name, method, body) in cases {
        let answer = app.scim(method, &path, Some(&body));
        failures.check(name, answer.status < 500, || format!("{}", answer.status));
        failures.check(name, app.session_status(&session) == 200, || "the session ended".to_owned());
        let account = app.account(&id);
        failures.check(name, account["active"] == json!(true), || format!("{account}"));
    }
    failures.none();
}

#[test]
fn the_same_word_twice_changes_nothing_the_second_time() {
    let mut failures = Failures::default();
    let app = TestApp::unguarded();
    for shape in shapes().into_iter().filter(|shape| shape.method != "DELETE") {
        let id = app.provision(&user("leaver"));
        let path = format!("/Users/{id}");
        expect(app.scim(shape.method, &path, shape.body.as_ref()), 200);
        let before = (app.read(&path), app.audit_of(&id), app.account(&id));
        app.clock().advance(chrono::Duration::minutes(5));
        let again = app.scim(shape.method, &path, shape.body.as_ref());
        failures.check(shape.name, again.status == 200, || format!("{}", again.status));
        let after = (app.read(&path), app.audit_of(&id), app.account(&id));
        // A request that switches on and off again has done both; that alone may be told.
        failures.check(shape.name, before == after, || format!("{before:#?}\nbecame\n{after:#?}"));
        expect(app.scim("DELETE", &path, None), 204);
    }
    failures.none();
}

#[test]
fn the_reason_is_kept_corrected_and_forgotten() {
    let app = TestApp::unguarded();
    let id = app.provision(&user("leaver"));
    let path = format!("/Users/{id}");
    let send = |body: &Value, status: u16| expect(app.scim("PATCH", &path, Some(body)), status);
    let reason = || app.account(&id).get("deactivationReason").cloned().unwrap_or_default();

    send(&patch_op(json!([{"op": "replace", "path": "active", "value": false}])), 200);
    assert_eq!(reason(), "administrative");
    let since = app.account(&id)["deactivatedAt"].clone();
    app.clock().advance(chrono::Duration::hours(1));

    let path_of_reason = format!("{ROLLCALL}:deactivationReason");
    send(&patch_op(json!([{"op": "add", "path": path_of_reason, "value": "leave"}])), 200);
    assert_eq!(reason(), "leave");
    assert_eq!(app.account(&id)["deactivatedAt"], since, "since when is not corrected with the reason");

    let bad = send(&patch_op(json!([{"op": "replace", "path": path_of_reason, "value": "holiday"}])), 400);
    assert_eq!(bad.json().unwrap()["scimType"], "invalidValue");
    assert!(bad.json().unwrap()["detail"].as_str().unwrap().contains("roleChange"));
    assert_eq!(reason(), "leave");

    send(&patch_op(json!([{"op": "replace", "path": "active", "value": true}])), 200);
    assert_eq!(reason(), Value::Null);
    assert!(app.read(&path).get(ROLLCALL).is_none());

    let both = json!({"active": false, ROLLCALL: {"deactivationReason": "roleChange"}});
    send(&patch_op(json!([{"op": "replace", "value": both}])), 200);
    assert_eq!(reason(), "roleChange");
    assert_eq!(app.read(&path)[ROLLCALL], json!({"deactivationReason": "roleChange"}));
    assert_eq!(
        app.actions_of(&id),
        [
            "account.created",
            "account.deactivated",
            "account.updated",
            "account.reactivated",
            "account.deactivated"
        ]
    );
}

#[test]
fn who_is_created_inactive_cannot_sign_in_until_switched_on() {
    let app = TestApp::unguarded();
    let mut body = user("starts.later");
    body["active"] = json!(false);
    let id = app.provision(&body);
    let refused = app.api("POST", &format!("/accounts/{id}/temporary-password"), None);
    assert_eq!(expect(refused, 403).json().unwrap()["type"], "urn:rollcall:problem:account-inactive");
    expect(Learner::new(&app, "starts.later").sign_in(PASSWORD), 401);
    let on = patch_op(json!([{"op": "replace", "value": {"active": "True"}}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&on)), 200);
    app.learner_with_password(&id, "starts.later", PASSWORD);
}
