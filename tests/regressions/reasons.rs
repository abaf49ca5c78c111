//! Why somebody was switched off, as the provider says and reads it.

use super::{refused_naming, switch};
use crate::support::{TestApp, expect, patch_op, user};
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

#[test]
fn a_provider_tells_the_reason_and_reads_it_back() {
    let app = TestApp::start();
    let id = app.provision(&user("leaver"));
    let path = format!("/Users/{id}");
    let asked = || app.read(&format!("{path}?attributes={ROLLCALL}"))[ROLLCALL].clone();
    let attribute = format!("{ROLLCALL}:deactivationReason");
    let patch = |body: Value| app.scim("PATCH", &path, Some(&patch_op(body)));

    for wrong in ["holiday", "left."] {
        let off = json!({"active": false, ROLLCALL: {"deactivationReason": wrong}});
        let answer = patch(json!([{"op": "replace", "value": off}]));
        let mut failures = crate::support::Failures::default();
        for word in ["left", "leave", "roleChange", "dormant", "security", "administrative"] {
            failures.add(&format!("{wrong:?}"), refused_naming(&answer, "invalidValue", word));
        }
        failures.none();
        assert_eq!(app.read(&path)["active"], true, "all of it or nothing");
    }

    expect(
        patch(json!([
            {"op": "replace", "path": "active", "value": false},
            {"op": "add", "path": attribute, "value": "security"},
        ])),
        200,
    );
    let off = asked();
    assert_eq!(off["deactivationReason"], "security");
    assert_eq!(off["deactivatedAt"], "2026-11-21T09:00:00Z");
    let only = app.read(&format!("{path}?attributes={attribute}"))[ROLLCALL].clone();
    assert_eq!(only, json!({"deactivationReason": "security"}));

    app.clock().advance(chrono::Duration::days(1));
    expect(patch(json!([{"op": "replace", "path": attribute, "value": "left"}])), 200);
    let corrected = asked();
    assert_eq!(corrected["deactivationReason"], "left");
    assert_eq!(corrected["deactivatedAt"], off["deactivatedAt"], "they are away as long as before");

    expect(app.scim("PATCH", &path, Some(&switch(true))), 200);
    assert_eq!((asked().get("deactivationReason"), asked().get("deactivatedAt")), (None, None));
    assert_eq!(app.read(&path).get(ROLLCALL), None);
    expect(app.scim("PATCH", &path, Some(&switch(false))), 200);
    assert_eq!(asked()["deactivationReason"], "administrative", "the reason of the last time is forgotten");
}

#[test]
fn a_reason_in_another_letter_case_is_the_reason_and_a_blank_is_none() {
    let app = TestApp::start();
    let id = app.provision(&user("leaver"));
    let path = format!("/Users/{id}");
    let mut off = user("leaver");
    off["active"] = json!(false);
    off[ROLLCALL] = json!({"deactivationReason": "LEFT"});
    let first = expect(app.scim("PUT", &path, Some(&off)), 200).json().unwrap();
    assert_eq!(first[ROLLCALL], json!({"deactivationReason": "left"}));
    assert_eq!(app.account(&id)["deactivationReason"], "left");
    let again = expect(app.scim("PUT", &path, Some(&off)), 200).json().unwrap();
    assert_eq!(again["meta"]["version"], first["meta"]["version"], "the same word twice changes nothing");

    let attribute = format!("{ROLLCALL}:deactivationReason");
    let blank = patch_op(json!([{"op": "replace", "path": attribute, "value": " "}]));
    expect(app.scim("PATCH", &path, Some(&blank)), 200);
    assert_eq!(app.read(&path).get(ROLLCALL), None);
    let mut body = user("second");
    body["active"] = json!(false);
    body[ROLLCALL] = json!({"deactivationReason": ""});
    let second = app.provision(&body);
    assert_eq!(app.account(&second)["deactivationReason"], "administrative");
}

#[test]
fn a_deactivation_that_is_taken_back_takes_its_reason_with_it() {
    let app = TestApp::start();
    let mut body = user("stays");
    body[ROLLCALL] = json!({"deactivateAt": "2026-12-31T18:00:00Z", "deactivationReason": "left"});
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    let remove = patch_op(json!([{"op": "remove", "path": format!("{ROLLCALL}:deactivateAt")}]));
    expect(app.scim("PATCH", &path, Some(&remove)), 200);
    assert_eq!(app.read(&path).get(ROLLCALL), None);
    assert_eq!(app.account(&id).get("deactivationReason"), None);
    expect(app.scim("PATCH", &path, Some(&switch(false))), 200);
    assert_eq!(app.account(&id)["deactivationReason"], "administrative");
}
