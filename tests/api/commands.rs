//! Commands for one account, and how they go with what a provider says of the same one.

use super::{PASSWORD, ROLLCALL};
use crate::support::administrator::Way;
use crate::support::{Failures, TestApp, expect, patch_op, user};
use serde_json::{Value, json};

fn extension(app: &TestApp, id: &str) -> Value {
    app.read(&format!("/Users/{id}"))[ROLLCALL].clone()
}

#[test]
fn what_a_command_set_stays_when_the_provider_changes_something_else() {
    let app = TestApp::start();
    let mut body = user("both");
    body["timezone"] = json!("Europe/Berlin");
    body[ROLLCALL] = json!({"role": "learner", "deactivationReason": "leave"});
    let id = app.provision(&body);
    for order in [
        json!({"command": "setStart", "startsAt": "2026-11-20"}),
        json!({"command": "setExpiry", "expiresAt": "2027-06-30"}),
        json!({"command": "deactivate", "at": "2027-03-31", "reason": "left"}),
        json!({"command": "setRole", "role": "trainer"}),
    ] {
        app.done(&id, &order);
    }
    let set = app.account(&id);
    assert_eq!(
        [&set["startsAt"], &set["expiresAt"], &set["deactivateAt"], &set["role"]],
        ["2026-11-19T23:00:00Z", "2027-06-30T22:00:00Z", "2027-03-31T22:00:00Z", "trainer"]
            .map(|text| json!(text))
            .each_ref()
    );
    // In the person's own zone a date stays as it was written.
    assert_eq!(extension(&app, &id)["expiresAt"], "2027-06-30");
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&title)), 200);
    expect(app.scim("PUT", &format!("/Users/{id}"), Some(&user("both"))), 200);
    let after = app.account(&id);
    for name in ["startsAt", "expiresAt", "deactivateAt", "role", "active"] {
        assert_eq!(after[name], set[name], "{name}");
    }
    // The person moves, and their last day with them.
    let moved =
        patch_op(json!([{"op": "add", "path": format!("{ROLLCALL}:timeZone"), "value": "America/New_York"}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&moved)), 200);
    assert_eq!(app.account(&id)["expiresAt"], "2027-07-01T04:00:00Z");
    app.done(&id, &json!({"command": "cancelDeactivation"}));
    app.done(&id, &json!({"command": "setExpiry", "expiresAt": null}));
    assert_eq!(extension(&app, &id).get("expiresAt").or(extension(&app, &id).get("deactivateAt")), None);
}

#[test]
fn a_lock_is_an_administrators_and_no_provider_opens_it() {
    let app = TestApp::start();
    let id = app.person("suspect");
    let session = app.learner_with_password(&id, "suspect", PASSWORD).session(PASSWORD);
    assert_eq!(app.done(&id, &json!({"command": "lock"}))["effects"], json!(["sessionsEnded"]));
    assert_eq!(
        (app.session_status(&session), app.read(&format!("/Users/{id}"))["active"].clone()),
        (401, json!(false))
    );
    let refused = expect(app.switch(Way::Scim, &id, true), 403).json().unwrap();
    assert!(refused["detail"].as_str().unwrap().contains("an administrator can unlock it"), "{refused}");
    // A deactivation is kept beneath it, and undone apart from it.
    app.switched(Way::Scim, &id, false);
    app.done(&id, &json!({"command": "unlock"}));
    assert_eq!(app.account(&id)["active"], false);
    app.switched(Way::Scim, &id, true);
    assert_eq!(app.account(&id)["active"], true);
    assert_eq!(app.session_status(&session), 401);
}

#[test]
fn what_an_order_cannot_mean_names_the_field_and_the_way_out() {
    let app = TestApp::start();
    let id = app.person("subject");
    let before = app.account(&id);
    let mut failures = Failures::default();
    for (order, field, named) in [
        (json!({}), "command", "is missing"),
        (json!({"command": "fire"}), "command", "\"fire\" is not possible; send one of: deactivate, "),
        (json!({"command": 7}), "command", "7 cannot be used; send a string"),
        (json!({"command": {}}), "command", "{} cannot be used; send a string"),
        (json!({"command": {"lock": 1}}), "command", "{\"lock\":1} cannot be used; send a string"),
        (json!({"command": {"a`, expected `b": 1}}), "command", "is not possible; send one of: deactivate, "),
        (json!({"command": ["lock"]}), "command", "[\"lock\"] cannot be used; send a string"),
        (json!({"command": "deactivate", "reason": "Left"}), "reason", "send one of: left, "),
        (json!({"command": "deactivate", "expiresAt": "2027-01-01"}), "expiresAt", "leave it out"),
        (json!({"command": "reactivate", "reason": "left"}), "reason", "leave it out"),
        (json!({"command": "deactivate", "at": "tomorrow"}), "at", "\"tomorrow\""),
        (json!({"command": "deactivate", "at": 5}), "at", "5 cannot be used; send a string"),
        (json!({"command": "transfer", "connection": "hr"}), "connection", "\"hr\" is no id"),
        (
            json!({"command": "deactivate", "at": "2027-01-01", "timeZone": "CEST"}),
            "timeZone",
            "Europe/Berlin",
        ),
        (json!({"command": "setRole"}), "role", "learner, trainer"),
        (json!({"command": "setRole", "role": "owner"}), "role", "send one of: learner, "),
        (json!({"command": "lock", "why": "x"}), "why", "is not known here; there are: command, reason, "),
        (
            json!({"command": "deactivate", "confirm": "somebody"}),
            "confirm",
            "neither the user name nor the id",
        ),
        (json!({"command": "setExpiry"}), "expiresAt", "null for none"),
        (json!({"command": "setStart"}), "startsAt", "null for none"),
        (json!({"command": "makeOwner", "confirm": "x"}), "confirm", "neither the user name nor the id"),
    ] {
        let answer = app.command(&id, &order);
        failures.add(&order.to_string(), crate::support::answers::problem(&answer, 400));
        let body = answer.json().unwrap();
        let says = body["detail"].as_str().unwrap().contains(named);
        failures.check(&order.to_string(), body["field"] == field && says, || body.to_string());
    }
    let unknown = app.command("01a20046-1b8c-70d9-b1cc-cf54d639c90e", &json!({"command": "lock"}));
    failures.add("unknown", crate::support::answers::problem(&unknown, 404));
    failures.none();
    assert_eq!(app.account(&id), before);
    assert_eq!(app.actions_of(&id), ["account.created"]);
}

#[test]
fn an_expired_account_is_reactivated_with_a_new_date() {
    let app = TestApp::start();
    let mut body = user("temp");
    body[ROLLCALL] = json!({"expiresAt": "2026-11-20T00:00:00Z"});
    let id = app.provision(&body);
    app.switched(Way::Api, &id, false);
    expect(app.command(&id, &json!({"command": "reactivate"})), 409);
    let back = app.done(&id, &json!({"command": "reactivate", "expiresAt": "2027-06-30"}));
    assert_eq!(
        (&back["account"]["active"], &back["account"]["expiresAt"]),
        (&json!(true), &json!("2027-07-01T00:00:00Z"))
    );
    // A date that has passed brings nobody back, and changes nothing.
    app.switched(Way::Api, &id, false);
    let before = app.account(&id);
    let passed = app.command(&id, &json!({"command": "reactivate", "expiresAt": "2026-01-01"}));
    let refused = expect(passed, 400).json().unwrap();
    assert!(refused["detail"].as_str().unwrap().contains("2026-01-02T00:00:00Z has passed"), "{refused}");
    assert_eq!(app.account(&id), before);
    // None is a date, too: the way out that the refusal names.
    let back = app.done(&id, &json!({"command": "reactivate", "expiresAt": null}));
    assert_eq!((&back["account"]["active"], back["account"].get("expiresAt")), (&json!(true), None));
}

#[test]
fn one_account_is_the_owners_whoever_else_is_made_it_at_the_same_time() {
    let app = TestApp::start();
    let ids: Vec<String> = (0..4).map(|n| app.person(&format!("candidate.{n}"))).collect();
    for _ in 0..5 {
        std::thread::scope(|scope| {
            for id in &ids {
                let app = &app;
                scope.spawn(move || expect(app.command(id, &json!({"command": "makeOwner"})), 200));
            }
        });
        let owners: Vec<&String> = ids.iter().filter(|id| app.account(id)["role"] == "owner").collect();
        assert_eq!(owners.len(), 1);
        assert_eq!(app.found(&format!("filter={ROLLCALL}:role%20eq%20%22owner%22")).len(), 1);
    }
}

/// Never-signed-in and last sign-in are facts to filter and sort by; pages follow each other.
#[test]
fn accounts_are_listed_as_scim_lists_them() {
    let app = TestApp::start();
    let ids: Vec<String> = (0..5).map(|n| app.person(&format!("person.{n}"))).collect();
    for id in [&ids[3], &ids[1]] {
        app.clock().advance(chrono::Duration::hours(1));
        app.done(id, &json!({"command": "recordAccess"}));
    }
    let by_sign_in = format!("sortBy={ROLLCALL}:lastSignInAt&filter={ROLLCALL}:lastSignInAt%20pr");
    assert_eq!(app.found(&by_sign_in), ["person.3", "person.1"]);
    assert_eq!(
        app.found(&format!("filter={ROLLCALL}:status%20eq%20%22activated%22&sortBy=userName")),
        ["person.0", "person.2", "person.4"]
    );
    let (mut cursor, mut walked) = (String::new(), Vec::new());
    loop {
        let page = app.api("GET", &format!("/accounts?count=2&sortBy=userName&cursor={cursor}"), None);
        let page = expect(page, 200).json().unwrap();
        walked.extend(page["accounts"].as_array().unwrap().iter().map(|one| one["userName"].clone()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(walked, (0..5).map(|n| json!(format!("person.{n}"))).collect::<Vec<_>>());
    let wrong = expect(app.api("GET", "/accounts?filter=userName%20is%20x", None), 400).json().unwrap();
    assert!(wrong["detail"].as_str().unwrap().contains("offset 9"), "{wrong}");
}

/// A provider that never spoke of the role takes it back when it does.
#[test]
fn a_role_that_a_command_gave_is_the_providers_to_take() {
    let app = TestApp::start();
    let id = app.person("promoted");
    app.done(&id, &json!({"command": "setRole", "role": "administrator"}));
    // Another administrator, who stays.
    let other = app.person("other");
    app.done(&other, &json!({"command": "setRole", "role": "administrator"}));
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&title)), 200);
    assert_eq!(app.account(&id)["role"], "administrator");
    let learner =
        patch_op(json!([{"op": "replace", "path": format!("{ROLLCALL}:role"), "value": "learner"}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&learner)), 200);
    let both = (app.account(&id)["role"].clone(), extension(&app, &id)["role"].clone());
    assert_eq!(both, (json!("learner"), json!("learner")));
}

/// Who goes earlier than was planned goes for the reason that was planned.
#[test]
fn the_reason_of_a_plan_is_the_reason_of_what_comes_before_it() {
    for way in Way::BOTH {
        let app = TestApp::start();
        let id = app.person("leaver");
        app.done(&id, &json!({"command": "deactivate", "at": "2027-05-01", "reason": "leave"}));
        app.switched(way, &id, false);
        assert_eq!(app.account(&id)["deactivationReason"], "leave", "{way:?}");
    }
}

/// LIFECYCLE C11: with `always`, nobody is shut out unconfirmed by another name for it.
#[test]
fn c11_every_way_to_shut_somebody_out_is_confirmed() {
    let app = TestApp::with_policy(&json!({"preset": "workspace"}));
    let id = app.person("sure");
    for order in [json!({"command": "lock"}), json!({"command": "setExpiry", "expiresAt": "2020-01-01"})] {
        expect(app.command(&id, &order), 409);
        assert_eq!(app.account(&id)["active"], true);
    }
    // On a date as well; what lets somebody stay longer needs no confirmation.
    expect(app.command(&id, &json!({"command": "setExpiry", "expiresAt": "2030-01-01"})), 409);
    app.done(&id, &json!({"command": "setExpiry", "expiresAt": "2030-01-01", "confirm": "sure"}));
    app.done(&id, &json!({"command": "setExpiry", "expiresAt": "2031-01-01"}));
    app.done(&id, &json!({"command": "lock", "confirm": "sure"}));
}

#[test]
fn a_completion_has_a_time_that_there_is() {
    let app = TestApp::start();
    let course = app.course("Safety");
    let id = app.person("learner");
    app.enrolled(&course, &json!({"accounts": [id]}));
    for time in ["-4713-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "2025-01-01", "", "2031-01-01T00:00:00Z"] {
        let refused =
            expect(app.complete(&id, &course, &json!({ "completedAt": time })), 400).json().unwrap();
        assert_eq!(refused["field"], "completedAt", "{refused}");
    }
    for certificate in ["", "a\u{200b}b", "a\nb"] {
        let refused = app.complete(&id, &course, &json!({ "certificate": certificate }));
        assert_eq!(expect(refused, 400).json().unwrap()["field"], "certificate");
    }
    let done = app.complete(&id, &course, &json!({"completedAt": "2026-06-30T12:00:00+02:00"}));
    assert_eq!(expect(done, 201).json().unwrap()["completedAt"], "2026-06-30T10:00:00Z");
    let enrolment = app.api("GET", &format!("/accounts/{id}/enrolments"), None);
    let enrolment = expect(enrolment, 200).json().unwrap();
    assert_eq!(enrolment["enrolments"][0]["startedAt"], "2026-06-30T10:00:00Z", "not after it was completed");
}

/// The reason of a deactivation that is taken back goes with it, whoever takes it back; one that the provider keeps ready is that of the
/// next.
#[test]
fn scim_and_the_api_say_the_same_reason() {
    let app = TestApp::start();
    let mut body = user("leaver");
    body[ROLLCALL] = json!({"deactivateAt": "2027-01-01", "deactivationReason": "leave"});
    let id = app.provision(&body);
    app.done(&id, &json!({"command": "cancelDeactivation"}));
    assert_eq!(extension(&app, &id).get("deactivationReason"), None);
    app.switched(Way::Scim, &id, false);
    assert_eq!(app.account(&id)["deactivationReason"], "administrative");
    let mut ready = user("suspect");
    ready[ROLLCALL] = json!({"deactivationReason": "security"});
    let id = app.provision(&ready);
    app.done(&id, &json!({"command": "deactivate", "at": "2027-01-01"}));
    let both =
        [app.account(&id)["deactivationReason"].clone(), extension(&app, &id)["deactivationReason"].clone()];
    assert_eq!(both, [json!("security"), json!("security")]);
    app.done(&id, &json!({"command": "deactivate", "reason": "left"}));
    let both =
        [app.account(&id)["deactivationReason"].clone(), extension(&app, &id)["deactivationReason"].clone()];
    assert_eq!(both, [json!("left"), json!("left")]);
}
