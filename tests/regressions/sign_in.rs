//! What strangers may send to the sign-in.

use crate::support::answers::problem;
use crate::support::{Failures, TestApp, expect, patch_op, user};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

#[test]
fn names_that_nobody_can_have_are_wrong_credentials_as_any_other() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    app.learner_with_password(&id, "bjensen", PASSWORD);
    let sign_in = |tenant: &str, name: &str| {
        let body = json!({"tenant": tenant, "userName": name, "password": PASSWORD});
        app.request("POST", "/api/v1/sessions", None, Some(&body))
    };
    expect(sign_in("demo", "bjensen"), 201);
    let ordinary = sign_in("demo", "nobody").json().unwrap();
    assert_eq!(ordinary["type"], "urn:rollcall:problem:wrong-credentials");

    let mut failures = Failures::default();
    for (case, tenant, name) in [
        ("4,096 bytes", "demo", "x".repeat(4_096)),
        ("4,097 bytes", "demo", "x".repeat(4_097)),
        ("few characters, many bytes", "demo", "\u{fdfa}".repeat(1_500)),
        ("NUL in the name", "demo", "bjen\0sen".to_owned()),
        ("NUL after the name", "demo", "bjensen\0".to_owned()),
        ("NUL alone", "demo", "\0".to_owned()),
        ("a tenant of 100 characters", &"t".repeat(100), "bjensen".to_owned()),
        ("a tenant of 5,000 characters", &"t".repeat(5_000), "bjensen".to_owned()),
        ("a tenant with NUL", "demo\0", "bjensen".to_owned()),
    ] {
        let answer = sign_in(tenant, &name);
        failures.add(case, problem(&answer, 401));
        failures
            .check(case, answer.json().unwrap() == ordinary, || "differs from a wrong password".to_owned());
    }
    failures.none();
}

#[test]
fn eight_kibibytes_are_enough_for_a_sign_in() {
    let app = TestApp::start();
    let sized = |bytes: usize| {
        let body = |name: &str| json!({"tenant": "demo", "userName": name, "password": "x"}).to_string();
        body(&"n".repeat(bytes - body("").len()))
    };
    let headers = [("Content-Type", "application/json")];
    let send = |bytes| app.raw("POST", "/api/v1/sessions", &headers, Some(sized(bytes).as_bytes()));
    assert_eq!(problem(&send(8 * 1024), 401), Vec::<String>::new());
    assert_eq!(problem(&send(8 * 1024 + 1), 413), Vec::<String>::new());
}

#[test]
fn a_sign_out_is_in_the_audit_log() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", PASSWORD);
    let (leaves, stays) = (learner.session(PASSWORD), learner.session(PASSWORD));
    let sign_out = || app.request("DELETE", "/api/v1/sessions/current", Some(&leaves), None);
    let answer = expect(sign_out(), 204);
    let row = app.audit_of(&id).pop().unwrap();
    assert_eq!(row["action"], "account.signed_out");
    assert_eq!(row["actor"], format!("account:{id}"));
    assert_eq!(row["requestId"], json!(answer.header("X-Request-Id")), "the answer leads to the row");
    assert_eq!((app.session_status(&leaves), app.session_status(&stays)), (401, 200));
    // Who is out already signs nobody out.
    expect(sign_out(), 401);
    let times = |rows: Vec<Value>| rows.iter().filter(|row| row["action"] == "account.signed_out").count();
    assert_eq!(times(app.audit_of(&id)), 1);
}

#[test]
fn a_leaver_locks_nobody_out_who_has_their_address() {
    let app = TestApp::start();
    let shared = |name: &str| {
        let mut body = user(name);
        body["emails"] = json!([{"value": "reception@example.com", "primary": true}]);
        app.provision(&body)
    };
    let address = crate::support::Learner::new(&app, "reception@example.com");
    let password = |name: &str| format!("{PASSWORD} {}", name.len());
    // One of them has the address as the name, too.
    let names = ["reception@example.com", "second", "third"];
    let ids = names.map(shared);
    for (id, name) in ids.iter().zip(names) {
        app.learner_with_password(id, name, &password(name));
    }
    let who = |name: &str| {
        let answer = expect(address.sign_in(&password(name)), 201).json().unwrap();
        answer["userName"].clone()
    };
    let off = |id: &str| expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&super::switch(false))), 200);
    assert_eq!(who(names[0]), names[0], "a user name comes before an address");
    off(&ids[0]);
    assert_eq!(address.sign_in(&password("second")).status, 401, "it could be either");
    off(&ids[1]);
    assert_eq!(who("third"), "third");
    // By a date as by a decision.
    off(&ids[2]);
    expect(app.scim("PATCH", &format!("/Users/{}", ids[1]), Some(&super::switch(true))), 200);
    let attribute = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:expiresAt";
    let ends = patch_op(json!([{"op": "add", "path": attribute, "value": "2026-11-21T09:30:00Z"}]));
    expect(app.scim("PATCH", &format!("/Users/{}", ids[1]), Some(&ends)), 200);
    expect(app.scim("PATCH", &format!("/Users/{}", ids[2]), Some(&super::switch(true))), 200);
    assert_eq!(address.sign_in(&password("third")).status, 401);
    app.clock().advance(chrono::Duration::minutes(31));
    assert_eq!(who("third"), "third");
}

#[test]
fn a_session_is_not_promised_beyond_an_end_that_is_set_later() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let session = app.learner_with_password(&id, "bjensen", PASSWORD).session(PASSWORD);
    let promised = || {
        let answer = app.request("GET", "/api/v1/sessions/current", Some(&session), None);
        expect(answer, 200).json().unwrap()["expiresAt"].clone()
    };
    assert_eq!(promised(), "2026-11-21T21:00:00Z");
    let urn = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
    for (name, value, end) in [
        ("expiresAt", json!("2026-11-21T18:00:00Z"), "2026-11-21T18:00:00Z"),
        ("deactivateAt", json!("2026-11-21T12:00:00Z"), "2026-11-21T12:00:00Z"),
        ("deactivateAt", json!(null), "2026-11-21T18:00:00Z"),
        ("expiresAt", json!("2027-01-01T00:00:00Z"), "2026-11-21T21:00:00Z"),
    ] {
        let patch = patch_op(json!([{"op": "replace", "path": format!("{urn}:{name}"), "value": value}]));
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch)), 200);
        assert_eq!(promised(), end, "{name} {value}");
    }
}
