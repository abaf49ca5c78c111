//! `active` said twice, said as nothing, and taken away.

use super::switch;
use crate::support::{Failures, Learner, TestApp, expect, patch_op, user};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A user who is on and one who is off, with their paths.
fn both(app: &TestApp) -> [(String, String); 2] {
    ["on", "off"].map(|name| {
        let id = app.provision(&user(name));
        let path = format!("/Users/{id}");
        if name == "off" {
            expect(app.scim("PATCH", &path, Some(&switch(false))), 200);
        }
        (id, path)
    })
}

#[test]
fn set_and_removed_in_one_request_is_refused_and_changes_nothing() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (id, path) in both(&app) {
        let before = (app.read(&path), app.account(&id), app.audit_of(&id));
        for active in [true, false] {
            let sets = [
                json!({"op": "replace", "path": "active", "value": active}),
                json!({"op": "Add", "path": "Active", "value": active.to_string()}),
                json!({"op": "replace", "value": {"active": active}}),
                json!({"op": "replace", "path": format!("{URN}:active"), "value": active}),
            ];
            let removes = [
                json!({"op": "remove", "path": "active"}),
                json!({"op": "Remove", "path": format!("{URN}:active")}),
            ];
            for set in &sets {
                for remove in &removes {
                    let title = json!({"op": "add", "path": "title", "value": "lost?"});
                    let answer = app.scim("PATCH", &path, Some(&patch_op(json!([title, set, remove]))));
                    let case = format!("{set}, {remove}");
                    failures.add(&case, crate::support::scim_error(&answer, 400, Some("invalidValue")));
                    let after = (app.read(&path), app.account(&id), app.audit_of(&id));
                    failures.check(&case, after == before, || format!("{after:#?}"));
                }
            }
        }
    }
    failures.none();
}

#[test]
fn an_empty_list_is_neither_on_nor_off() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (id, path) in both(&app) {
        let before = (app.read(&path), app.account(&id), app.audit_of(&id));
        let mut check = |method: &str, path: &str, body: &Value| {
            let answer = app.scim(method, path, Some(body));
            let case = format!("{method} {path} {body}");
            failures.add(&case, crate::support::scim_error(&answer, 400, Some("invalidValue")));
        };
        for nothing in [json!([]), json!([[]])] {
            for op in ["replace", "add"] {
                let by_path = json!([{"op": op, "path": "active", "value": nothing}]);
                check("PATCH", &path, &patch_op(by_path));
                check("PATCH", &path, &patch_op(json!([{"op": op, "value": {"active": nothing}}])));
            }
        }
        let mut whole = user(before.0["userName"].as_str().unwrap());
        whole["active"] = json!([[]]);
        check("PUT", &path, &whole);
        whole["userName"] = json!("somebody.new");
        check("POST", "/Users", &whole);
        let after = (app.read(&path), app.account(&id), app.audit_of(&id));
        failures.check("afterwards", after == before, || format!("{after:#?}"));
    }
    failures.none();
    assert_eq!(app.read("/Users")["totalResults"], 2);
}

/// In a whole resource it may stand for no value (RFC 7643 §2.5), and then nobody is let in or out by it.
#[test]
fn an_empty_list_in_a_whole_resource_lets_nobody_in_or_out() {
    let app = TestApp::start();
    for (id, path) in both(&app) {
        let before = (app.account(&id), app.read(&path)["active"].clone());
        let mut whole = user(before.0["userName"].as_str().unwrap());
        whole["active"] = json!([]);
        let answer = app.scim("PUT", &path, Some(&whole));
        assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
        assert_eq!((app.account(&id), app.read(&path)["active"].clone()), before);
    }
}

#[test]
fn taken_away_alone_it_is_not_shown_and_nobody_is_let_in_or_out() {
    let app = TestApp::start();
    let id = app.provision(&user("stays"));
    let learner = app.learner_with_password(&id, "stays", PASSWORD);
    let session = learner.session(PASSWORD);
    let path = format!("/Users/{id}");
    let remove = patch_op(json!([{"op": "remove", "path": "active"}]));
    let answer = expect(app.scim("PATCH", &path, Some(&remove)), 200).json().unwrap();
    assert_eq!((answer.get("active"), app.read(&path).get("active")), (None, None));
    assert_eq!(app.account(&id)["active"], true);
    assert_eq!(app.session_status(&session), 200);
    learner.session(PASSWORD);
    expect(app.scim("PATCH", &path, Some(&switch(true))), 200);
    assert_eq!(app.read(&path)["active"], true);
    assert_eq!(app.session_status(&session), 200, "who was in stays in");

    expect(app.scim("PATCH", &path, Some(&switch(false))), 200);
    expect(app.scim("PATCH", &path, Some(&remove)), 200);
    assert_eq!(app.read(&path).get("active"), None);
    assert_eq!(app.account(&id)["status"], "deactivated");
    assert_eq!(app.session_status(&session), 401);
    assert!(
        (400..500).contains(&Learner::new(&app, "stays").sign_in(PASSWORD).status),
        "a leaver is not let in"
    );
    expect(app.scim("PATCH", &path, Some(&switch(true))), 200);
    assert_eq!(app.read(&path)["active"], true);
    assert_eq!(app.account(&id)["active"], true);
}
