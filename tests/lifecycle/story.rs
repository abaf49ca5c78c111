//! The mission in one story, for a username-only account and for one with an e-mail.

use crate::support::actors::token_of;
use crate::support::answers::problem;
use crate::support::{Learner, TestApp, expect, patch_op, user};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const NEXT: &str = "staple and more words";

fn switch(app: &TestApp, id: &str, active: bool) {
    let body = patch_op(json!([{"op": "replace", "path": "active", "value": active}]));
    let answer = expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&body)), 200);
    assert_eq!(answer.json().unwrap()["active"], active);
}

/// From provisioning to the first session, which the deactivation then ends.
fn until_deactivated(app: &TestApp, id: &str, name: &str) -> (Learner, String) {
    let learner = Learner::new(app, name);
    assert_eq!(app.account(id)["status"], "activated");
    expect(learner.sign_in(PASSWORD), 401);

    let temporary = app.temporary_password(id);
    assert_eq!(app.account(id)["passwordState"], "temporary");
    let refused = learner.sign_in(&temporary);
    assert_eq!(problem(&refused, 403), Vec::<String>::new());
    assert_eq!(refused.json().unwrap()["type"], "urn:rollcall:problem:password-change-required");

    let session = token_of(&expect(learner.sign_in_changing(&temporary, PASSWORD), 201));
    expect(learner.sign_in(&temporary), 401);
    let current = app.request("GET", "/api/v1/sessions/current", Some(&session), None);
    let current = expect(current, 200).json().unwrap();
    assert_eq!((&current["accountId"], &current["userName"]), (&json!(id), &json!(name)));
    assert_eq!(app.account(id)["status"], "active");

    let elsewhere = app.another_server();
    assert_eq!(app.session_status_at(elsewhere, &session), 200);
    app.clock().advance(chrono::Duration::minutes(1));
    switch(app, id, false);
    assert_eq!(app.session_status_at(elsewhere, &session), 401, "a second server must refuse at once");
    assert_eq!(app.session_status(&session), 401);
    let refused = learner.sign_in(PASSWORD);
    assert_eq!(problem(&refused, 403), Vec::<String>::new());
    assert_eq!(refused.json().unwrap()["type"], "urn:rollcall:problem:account-inactive");
    expect(learner.sign_in("not the password"), 401);
    let account = app.account(id);
    assert_eq!((&account["status"], &account["active"]), (&json!("deactivated"), &json!(false)));
    assert_eq!(account["deactivatedAt"], "2026-11-21T09:01:00Z");

    switch(app, id, true);
    assert_eq!(app.session_status_at(elsewhere, &session), 401, "an old session never works again");
    assert_eq!(app.session_status(&session), 401);
    (learner, session)
}

#[test]
fn a_username_only_account_comes_back_with_a_new_password_and_its_old_name() {
    let app = TestApp::start();
    let id = app.provision(&user("shop.floor.17"));
    let (learner, session) = until_deactivated(&app, &id, "shop.floor.17");

    let account = app.account(&id);
    assert_eq!((&account["signIn"], &account["passwordState"]), (&json!("username"), &json!("invalidated")));
    let refused = learner.sign_in(PASSWORD);
    assert_eq!(problem(&refused, 401), Vec::<String>::new(), "the old password is worthless");

    let temporary = app.temporary_password(&id);
    expect(learner.sign_in(&temporary), 403);
    let new_session = token_of(&expect(learner.sign_in_changing(&temporary, NEXT), 201));
    assert_eq!((app.session_status(&new_session), app.session_status(&session)), (200, 401));
    expect(learner.sign_in(PASSWORD), 401);
    expect(learner.sign_in(NEXT), 201);
    assert_eq!(app.read(&format!("/Users/{id}"))["userName"], "shop.floor.17");

    let ended = json!({"sessionsEnded": true, "seatReleased": true});
    let set = json!({"passwordSet": true, "sessionsEnded": true});
    let started = json!({"sessionStarted": true});
    assert_audit(
        &app,
        &id,
        &[
            ("connection", "account.created", json!({"seatTaken": true})),
            ("connection", "account.temporary_password_issued", set.clone()),
            ("account", "account.password_changed", set.clone()),
            ("account", "account.signed_in", started.clone()),
            ("connection", "account.deactivated", ended),
            ("connection", "account.reactivated", json!({"passwordInvalidated": true, "seatTaken": true})),
            ("connection", "account.temporary_password_issued", set.clone()),
            ("account", "account.password_changed", set),
            ("account", "account.signed_in", started.clone()),
            ("account", "account.signed_in", started),
        ],
    );
}

#[test]
fn an_email_account_comes_back_with_its_password() {
    let app = TestApp::start();
    let mut babs = user("babs@example.com");
    babs["emails"] = json!([{"value": "babs@example.com", "type": "work", "primary": true}]);
    let id = app.provision(&babs);
    let (learner, session) = until_deactivated(&app, &id, "babs@example.com");

    let account = app.account(&id);
    assert_eq!((&account["signIn"], &account["passwordState"]), (&json!("email"), &json!("set")));
    let again = learner.session(PASSWORD);
    assert_eq!((app.session_status(&again), app.session_status(&session)), (200, 401));

    let set = json!({"passwordSet": true, "sessionsEnded": true});
    let started = json!({"sessionStarted": true});
    assert_audit(
        &app,
        &id,
        &[
            ("connection", "account.created", json!({"seatTaken": true})),
            ("connection", "account.temporary_password_issued", set.clone()),
            ("account", "account.password_changed", set),
            ("account", "account.signed_in", started.clone()),
            ("connection", "account.deactivated", json!({"sessionsEnded": true, "seatReleased": true})),
            ("connection", "account.reactivated", json!({"seatTaken": true})),
            ("account", "account.signed_in", started),
        ],
    );
}

/// Exactly these rows, no more: who, what, and what followed.
#[track_caller]
fn assert_audit(app: &TestApp, id: &str, wanted: &[(&str, &str, Value)]) {
    let rows = app.audit_of(id);
    let found: Vec<(String, String, Value)> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (text("actor"), text("action"), row["facts"].clone())
        })
        .collect();
    let kinds: Vec<(&str, &str, Value)> = found
        .iter()
        .map(|(actor, action, facts)| (actor.split(':').next().unwrap(), action.as_str(), facts.clone()))
        .collect();
    assert_eq!(kinds, wanted);
    for (actor, action, _) in &found {
        if actor.starts_with("account:") {
            assert_eq!(actor, &format!("account:{id}"), "{action}");
        }
    }
    // The provider and the administrator are two connections.
    let of = |wanted: &str| found.iter().find(|(_, action, _)| action == wanted).unwrap().0.clone();
    assert_eq!(of("account.created"), of("account.deactivated"));
    assert_ne!(of("account.created"), of("account.temporary_password_issued"));
    for row in &rows {
        assert_eq!(row["resourceId"], id);
        assert!(uuid::Uuid::parse_str(row["requestId"].as_str().unwrap()).is_ok());
    }
}

#[test]
fn a_person_with_an_email_signs_in_by_either_name() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body["emails"] = json!([{"value": "babs@example.com", "primary": true}]);
    let id = app.provision(&body);
    app.learner_with_password(&id, "bjensen", PASSWORD);
    for name in ["bjensen", "BJensen", "babs@example.com", " BABS@Example.COM "] {
        let session = Learner::new(&app, name).session(PASSWORD);
        assert_eq!(app.session_status(&session), 200, "{name}");
    }
    let mut other = user("second");
    other["emails"] = json!([{"value": "babs@example.com"}]);
    app.provision(&other);
    expect(Learner::new(&app, "babs@example.com").sign_in(PASSWORD), 401);
    expect(Learner::new(&app, "bjensen").sign_in(PASSWORD), 201);
}

#[test]
fn signing_out_ends_one_session_and_no_other() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", PASSWORD);
    let (desk, phone) = (learner.session(PASSWORD), learner.session(PASSWORD));
    let out = |token: &str| app.request("DELETE", "/api/v1/sessions/current", Some(token), None).status;
    assert_eq!(out(&desk), 204);
    assert_eq!((app.session_status(&desk), app.session_status(&phone)), (401, 200));
    assert_eq!(out(&desk), 401);
    app.clock().advance(chrono::Duration::hours(12));
    assert_eq!(app.session_status(&phone), 401, "a session ends after twelve hours");
}
