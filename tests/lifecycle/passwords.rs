//! Passwords: what may be chosen, how long a temporary one lives, and what a stranger learns by guessing.

use crate::support::answers::problem;
use crate::support::{Failures, Learner, TestApp, expect, user};
use chrono::Duration;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

#[test]
fn a_temporary_password_expires_after_72_hours_and_can_be_replaced() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = Learner::new(&app, "bjensen");
    let answer = expect(app.api("POST", &format!("/accounts/{id}/temporary-password"), None), 201);
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let body = answer.json().unwrap();
    assert_eq!(body["expiresAt"], "2026-11-24T09:00:00Z");
    let temporary = body["temporaryPassword"].as_str().unwrap();

    app.clock().advance(Duration::hours(72) - Duration::seconds(1));
    expect(learner.sign_in(temporary), 403);
    app.clock().advance(Duration::seconds(1));
    for late in [learner.sign_in(temporary), learner.sign_in_changing(temporary, PASSWORD)] {
        assert_eq!(problem(&late, 409), Vec::<String>::new());
        assert_eq!(late.json().unwrap()["type"], "urn:rollcall:problem:temporary-password-expired");
    }
    let another = app.temporary_password(&id);
    assert_ne!(another, temporary);
    expect(learner.sign_in(temporary), 401);
    expect(learner.sign_in_changing(&another, PASSWORD), 201);
    app.clock().advance(Duration::days(400));
    expect(learner.sign_in(PASSWORD), 201);
}

#[test]
fn another_temporary_password_ends_the_first_and_every_session() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", PASSWORD);
    let session = learner.session(PASSWORD);
    let (first, second) = (app.temporary_password(&id), app.temporary_password(&id));
    assert_eq!(app.session_status(&session), 401);
    expect(learner.sign_in(PASSWORD), 401);
    expect(learner.sign_in(&first), 401);
    expect(learner.sign_in(&second), 403);
}

#[test]
fn a_new_password_ends_the_sessions_of_the_old_one() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", PASSWORD);
    let session = learner.session(PASSWORD);
    expect(learner.sign_in_changing(PASSWORD, "another long password"), 201);
    assert_eq!(app.session_status(&session), 401);
    expect(learner.sign_in(PASSWORD), 401);
    expect(learner.sign_in("another long password"), 201);
}

#[test]
fn what_may_not_be_chosen_is_refused_and_the_old_password_stays() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", PASSWORD);
    let mut failures = Failures::default();
    let many_bytes = "é".repeat(257);
    let cases = [
        ("empty", ""),
        ("7 characters", "1234567"),
        ("7 characters of many bytes", "ééééééé"),
        ("129 characters", &"x".repeat(129)),
        ("514 bytes", many_bytes.as_str()),
        ("the same", PASSWORD),
        ("the user name", "I am BJENSEN ok"),
        ("what everybody tries", "P@ssw0rd1"),
        ("a row of keys", "12345678"),
        ("blanks", "          "),
    ];
    for (name, new) in cases {
        let refused = learner.sign_in_changing(PASSWORD, new);
        failures.add(name, problem(&refused, 400));
        let body = refused.json().unwrap_or_default();
        failures.check(name, body["field"] == "newPassword", || format!("{body}"));
        let echoed = new.len() > 3 && String::from_utf8_lossy(&refused.body).contains(new);
        failures.check(name, !echoed, || "the password is in the answer".to_owned());
    }
    failures.none();
    expect(learner.sign_in(PASSWORD), 201);
    let long: String = (0..128_u32).map(|n| char::from(b'!' + (n * n * 7 % 94) as u8)).collect();
    for edge in ["kW7.ozx3", long.as_str()] {
        let id = app.provision(&user(&format!("edge.{}", edge.len())));
        app.learner_with_password(&id, &format!("edge.{}", edge.len()), edge);
    }
}

/// R061: a password is prepared (OpaqueString) before it is compared.
#[test]
fn letters_composed_in_another_way_are_the_same_password() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", "café au lait 1");
    expect(learner.sign_in("cafe\u{301} au lait 1"), 201);
    expect(learner.sign_in("cafe au lait 1"), 401);
    expect(learner.sign_in("CAFÉ au lait 1"), 401);
}

#[test]
fn a_stranger_learns_nothing_from_the_answer() {
    let app = TestApp::start();
    let known = app.provision(&user("bjensen"));
    app.learner_with_password(&known, "bjensen", PASSWORD);
    app.provision(&user("never.had.a.password"));
    let mut off = user("created.inactive");
    off["active"] = json!(false);
    app.provision(&off);
    let deleted = app.provision(&user("deleted"));
    app.learner_with_password(&deleted, "deleted", PASSWORD);
    expect(app.scim("DELETE", &format!("/Users/{deleted}"), None), 204);

    let mut bodies: Vec<Value> = Vec::new();
    let tries = [
        ("demo", "bjensen", "wrong password"),
        ("demo", "nobody", PASSWORD),
        ("demo", "never.had.a.password", PASSWORD),
        ("demo", "created.inactive", PASSWORD),
        ("demo", "deleted", PASSWORD),
        ("no-such-tenant", "bjensen", PASSWORD),
        ("DEMO'; --", "bjensen", PASSWORD),
        ("demo", "bjensen", " correct horse battery"),
    ];
    for (tenant, name, password) in tries {
        let body = json!({"tenant": tenant, "userName": name, "password": password});
        let answer = app.request("POST", "/api/v1/sessions", None, Some(&body));
        assert_eq!(problem(&answer, 401), Vec::<String>::new(), "{tenant} {name}");
        assert!(answer.header("WWW-Authenticate").is_some());
        bodies.push(answer.json().unwrap());
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:#?}");
    // Nor by guessing a new password along with it.
    let answer = Learner::new(&app, "nobody").sign_in_changing("wrong", "x");
    assert_eq!(answer.json().unwrap(), bodies[0]);
}

#[test]
fn a_password_that_the_provider_sends_opens_nothing() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body["password"] = json!("from the provider 1");
    let id = app.provision(&body);
    let learner = Learner::new(&app, "bjensen");
    expect(learner.sign_in("from the provider 1"), 401);
    let patch = crate::support::patch_op(
        json!([{"op": "replace", "path": "password", "value": "from the provider 2"}]),
    );
    let answer = app.scim("PATCH", &format!("/Users/{id}"), Some(&patch));
    assert!(answer.status < 300, "{}", answer.status);
    expect(learner.sign_in("from the provider 2"), 401);
    assert_eq!(app.account(&id)["passwordState"], "none");
    assert_eq!(app.actions_of(&id), ["account.created"]);
}
