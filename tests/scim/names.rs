//! userName is unique in every spelling that a person would take for the same.

use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::json;

/// R060, R061, R086: spellings of one name are one user.
#[test]
fn case_width_and_composition_do_not_make_another_user() {
    let app = TestApp::start();
    app.provision(&user("josé@example.com"));
    app.provision(&user("STRAẞE"));
    let mut failures = Failures::default();
    for same in [
        "JOSÉ@EXAMPLE.COM",
        "jose\u{301}@example.com",
        "ＪＯＳＥ\u{301}@ｅｘａｍｐｌｅ.ｃｏｍ",
        " josé@example.com ",
        "josé@example.com\u{a0}",
        "straße",
    ] {
        let answer = app.scim("POST", "/Users", Some(&user(same)));
        failures.add(same, scim_error(&answer, 409, Some("uniqueness")));
        let filter = format!("userName eq \"{same}\"");
        let found = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter}))).json().unwrap();
        failures.check(same, found["totalResults"] == 1, || format!("filter found {found}"));
    }
    failures.none();
    app.provision(&user("jose@example.com"));
    assert_eq!(app.read("/Users")["totalResults"], 3);
}

#[test]
fn the_name_is_shown_as_it_was_sent_and_may_change_its_spelling() {
    let app = TestApp::start();
    let id = app.provision(&user("BJensen@Example.COM"));
    let path = format!("/Users/{id}");
    assert_eq!(app.read(&path)["userName"], "BJensen@Example.COM");
    let respelt = patch_op(json!([{"op": "replace", "path": "userName", "value": "bjensen@example.com"}]));
    let answer = expect(app.scim("PATCH", &path, Some(&respelt)), 200);
    assert_eq!(answer.json().unwrap()["userName"], "bjensen@example.com");
    assert_eq!(app.read(&path)["userName"], "bjensen@example.com");
}

/// R060, R086, R130: a taken name refuses the whole change.
#[test]
fn a_taken_name_is_refused_for_put_and_patch_and_nothing_changes() {
    let app = TestApp::start();
    app.provision(&user("first"));
    let id = app.provision(&user("second"));
    let path = format!("/Users/{id}");
    let before = app.read(&path);
    let mut put = user("FIRST");
    put["title"] = json!("T");
    let patch = patch_op(json!([
        {"op": "add", "path": "title", "value": "T"},
        {"op": "replace", "path": "userName", "value": "First"},
    ]));
    let mut failures = Failures::default();
    for (method, body) in [("PUT", &put), ("PATCH", &patch)] {
        failures.add(method, scim_error(&app.scim(method, &path, Some(body)), 409, Some("uniqueness")));
    }
    failures.none();
    assert_eq!(app.read(&path), before);
}

/// R089, R148: the deleted are in nobody's way.
#[test]
fn a_deleted_users_name_and_external_id_are_free_again() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body["externalId"] = json!("701984");
    for _ in 0..3 {
        let id = app.provision(&body);
        expect(app.scim("DELETE", &format!("/Users/{id}"), None), 204);
    }
    assert_eq!(app.read("/Users?filter=userName%20eq%20%22bjensen%22")["totalResults"], 0);
}
