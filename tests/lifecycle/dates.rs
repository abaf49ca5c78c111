//! A start and an end: what is true when they come, on every server, without anything having run.

use super::{ROLLCALL, extension, put_back, refused, remove, standing};
use crate::support::cluster::texts;
use crate::support::{Failures, TestApp, expect, patch_op, user};
use chrono::Duration;
use diesel::connection::SimpleConnection;
use serde_json::json;

const PASSWORD: &str = "correct horse battery";

/// R065: whoever is to start later is known, cannot sign in, and can from the instant of the start on.
#[test]
fn a_start_lets_nobody_in_before_it_and_everybody_from_it_on() {
    let app = TestApp::start();
    let mut body = user("pre.hire");
    body[ROLLCALL] = json!({"startsAt": "2026-11-23T08:00:00", "timeZone": "Asia/Tokyo"});
    body["active"] = json!(true);
    let created = expect(app.scim("POST", "/Users", Some(&body)), 201).json().unwrap();
    assert_eq!(created["active"], false, "active will be true at the start");
    assert_eq!(created[ROLLCALL], body[ROLLCALL], "dates are answered as they were sent");
    let id = created["id"].as_str().unwrap();
    let account = app.account(id);
    assert_eq!(
        (&account["status"], &account["startsAt"]),
        (&json!("staged"), &json!("2026-11-22T23:00:00Z"))
    );
    assert_eq!(
        (&account["seat"], &account["timeZone"]),
        (&json!(true), &json!("Asia/Tokyo")),
        "the seat is kept for them"
    );
    let early = app.api("POST", &format!("/accounts/{id}/temporary-password"), None);
    refused(&early, 403, "account-not-started", "2026-11-22T23:00:00Z");

    app.clock().advance(Duration::hours(38) - Duration::seconds(1));
    assert_eq!(standing(&app, id)["status"], "staged");
    app.clock().advance(Duration::seconds(1));
    assert_eq!(app.read(&format!("/Users/{id}"))["active"], true);
    assert_eq!(standing(&app, id)["status"], "activated");
    let learner = app.learner_with_password(id, "pre.hire", PASSWORD);
    assert_eq!(app.session_status(&learner.session(PASSWORD)), 200);
    assert_eq!(app.actions_of(id)[0], "account.created");
}

/// R065, R116: at the instant of its expiry an account is over on every server, stays readable, and says when it ended.
#[test]
fn an_expiry_ends_sessions_at_its_instant_on_every_server() {
    let app = TestApp::start();
    let elsewhere = app.another_server();
    let id = app.provision(&user("contractor"));
    let path = format!("/Users/{id}");
    let learner = app.learner_with_password(&id, "contractor", PASSWORD);
    expect(put_back(&app, &path, &[("expiresAt", json!("2026-11-21T12:00:00+01:00"))]), 200);
    let signed_in = expect(learner.sign_in(PASSWORD), 201).json().unwrap();
    assert_eq!(
        signed_in["expiresAt"], "2026-11-21T11:00:00Z",
        "a session is not promised beyond the account"
    );
    let session = signed_in["token"].as_str().unwrap();

    app.clock().advance(Duration::hours(2) - Duration::microseconds(1));
    assert_eq!((app.session_status(session), app.session_status_at(elsewhere, session)), (200, 200));
    app.clock().advance(Duration::microseconds(1));
    assert_eq!((app.session_status(session), app.session_status_at(elsewhere, session)), (401, 401));
    refused(&learner.sign_in(PASSWORD), 403, "account-expired", "2026-11-21T11:00:00Z");
    expect(learner.sign_in("wrong password"), 401);
    let shown = app.read(&path);
    assert_eq!(
        (&shown["active"], &shown[ROLLCALL]["expiresAt"]),
        (&json!(false), &json!("2026-11-21T12:00:00+01:00"))
    );
    assert_eq!(standing(&app, &id)["status"], "expired");

    // A date brings the person back; the session of before stays dead.
    expect(put_back(&app, &path, &[("expiresAt", json!("2026-12-31T23:59:59Z"))]), 200);
    assert_eq!((app.read(&path)["active"].clone(), app.session_status(session)), (json!(true), 401));
    assert_eq!(app.session_status(&learner.session(PASSWORD)), 200, "the password is theirs still");
    let last = app.audit_of(&id).into_iter().rfind(|row| row["action"] == "account.updated").unwrap();
    assert_eq!(last["attributes"], json!([format!("{ROLLCALL}:expiresAt")]));
    let facts =
        json!({"expiryFellDue": true, "sessionsEnded": true, "seatReleased": true, "seatTaken": true});
    assert_eq!(last["facts"], facts);
}

/// LIFECYCLE C3, L43: nothing but a date undoes an expiry, whoever says `active: true`, and the refusal names it.
#[test]
fn an_expired_account_comes_back_with_a_later_date_only() {
    let app = TestApp::start();
    let mut body = user("contractor");
    body[ROLLCALL] = json!({"expiresAt": "2026-11-21T10:00:00Z"});
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    app.clock().advance(Duration::hours(1));
    let on = json!({"op": "replace", "path": "active", "value": true});
    let mut put = user("contractor");
    put["active"] = json!(true);
    put["displayName"] = json!("Changed");
    let mut posted_again = put.clone();
    posted_again[ROLLCALL] = json!({"role": "trainer"});
    let mut failures = Failures::default();
    for (name, method, target, body) in [
        (
            "PATCH",
            "PATCH",
            path.as_str(),
            patch_op(json!([on, {"op": "add", "path": "title", "value": "T"}])),
        ),
        ("PUT, as the provider always does", "PUT", &path, put),
        ("POST of a person who is there", "POST", "/Users", posted_again),
    ] {
        let answer = app.scim(method, target, Some(&body));
        failures.add(name, crate::support::scim_error(&answer, 409, None));
        let detail = answer.json().unwrap()["detail"].as_str().unwrap().to_owned();
        let helpful = detail.contains("2026-11-21T10:00:00Z") && detail.contains("expiresAt");
        failures.check(name, helpful, || detail.clone());
        let shown = app.read(&path);
        let untouched = shown.get("displayName").is_none() && shown.get("title").is_none();
        failures.check(name, untouched, || "all of it or nothing".to_owned());
    }
    // Off and expired: the expiry stands in the way of the reactivation still.
    expect(
        app.scim(
            "PATCH",
            &path,
            Some(&patch_op(json!([{"op": "replace", "path": "active", "value": false}]))),
        ),
        200,
    );
    assert_eq!(standing(&app, &id)["status"], "deactivated");
    expect(app.scim("PATCH", &path, Some(&patch_op(json!([on])))), 409);
    failures.none();

    let later =
        json!({"op": "add", "path": format!("{ROLLCALL}:expiresAt"), "value": "2027-01-01T00:00:00Z"});
    let back = expect(app.scim("PATCH", &path, Some(&patch_op(json!([on, later])))), 200).json().unwrap();
    assert_eq!(back["active"], true, "the order of the operations does not matter");
    assert_eq!(app.actions_of(&id).last().unwrap(), "account.reactivated");

    // Posted again with a later date, somebody whose time was over is the same person.
    app.clock().advance(Duration::days(60));
    let mut returning = user("contractor");
    returning[ROLLCALL] = json!({"expiresAt": "2027-06-30T00:00:00Z"});
    let back = expect(app.scim("POST", "/Users", Some(&returning)), 201).json().unwrap();
    assert_eq!((&back["id"], &back["active"]), (&json!(id), &json!(true)));
}

/// Off while staged or expired: the leaver must not come alive on the first day.
#[test]
fn active_false_counts_for_whoever_is_not_active_yet() {
    let app = TestApp::start();
    let mut body = user("never.came");
    body[ROLLCALL] = json!({"startsAt": "2026-11-22T09:00:00Z"});
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    // Something else is changed: the account stays staged.
    expect(
        app.scim("PATCH", &path, Some(&patch_op(json!([{"op": "add", "path": "title", "value": "T"}])))),
        200,
    );
    assert_eq!(standing(&app, &id)["status"], "staged");
    let off =
        json!([{"op": "replace", "value": {"active": false, ROLLCALL: {"deactivationReason": "left"}}}]);
    expect(app.scim("PATCH", &path, Some(&patch_op(off))), 200);
    assert_eq!(standing(&app, &id)["status"], "deactivated");
    assert_eq!(app.actions_of(&id).last().unwrap(), "account.deactivated");
    app.clock().advance(Duration::days(2));
    assert_eq!(
        (app.read(&path)["active"].clone(), standing(&app, &id)["deactivationReason"].clone()),
        (json!(false), json!("left"))
    );
}

/// A start that is moved into the future ends sessions, and a second POST of somebody who is staged is a conflict.
#[test]
fn a_start_that_moves_into_the_future_ends_sessions() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let path = format!("/Users/{id}");
    let learner = app.learner_with_password(&id, "bjensen", PASSWORD);
    let session = learner.session(PASSWORD);
    expect(put_back(&app, &path, &[("startsAt", json!("2026-11-21T10:00:00Z"))]), 200);
    assert_eq!(app.session_status(&session), 401);
    refused(&learner.sign_in(PASSWORD), 403, "account-not-started", "2026-11-21T10:00:00Z");
    expect(app.scim("POST", "/Users", Some(&user("bjensen"))), 409);
    app.clock().advance(Duration::hours(1));
    assert_eq!(app.session_status(&session), 401, "what ended stays ended");
    expect(learner.sign_in(PASSWORD), 201);
}

/// R121: what a PUT leaves out, it keeps; null, `[]` and a blank clear, and so does a PATCH that removes.
#[test]
fn a_put_loses_no_date_by_omission() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    let dates = json!({"role": "trainer", "startsAt": "2026-11-01T00:00:00Z", "expiresAt": "2027-06-30T00:00:00",
        "deactivateAt": "2027-03-31T18:00:00", "timeZone": "Europe/Berlin"});
    let mut body = user("bjensen");
    body[ROLLCALL] = dates.clone();
    body["timezone"] = json!("America/New_York");
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    let instants = |app: &TestApp| {
        let account = app.account(&id);
        ["role", "startsAt", "expiresAt", "deactivateAt"].map(|name| account[name].clone())
    };
    let before = instants(&app);
    assert_eq!(before[3], "2027-03-31T16:00:00Z", "the zone of the extension counts before the core's");
    let mut bare = user("bjensen");
    bare["active"] = json!(true);
    expect(app.scim("PUT", &path, Some(&bare)), 200);
    bare[ROLLCALL] = json!(null);
    let shown = expect(app.scim("PUT", &path, Some(&bare)), 200).json().unwrap();
    assert_eq!((&shown[ROLLCALL], instants(&app)), (&dates, before));

    for (name, nothing) in [
        ("deactivateAt", json!(null)),
        ("expiresAt", json!([])),
        ("startsAt", json!("")),
        ("role", json!(null)),
    ] {
        bare[ROLLCALL] = json!({name: nothing});
        let shown = expect(app.scim("PUT", &path, Some(&bare)), 200).json().unwrap();
        failures.check(name, shown[ROLLCALL].get(name).is_none(), || shown.to_string());
    }
    failures.none();
    let account = app.account(&id);
    assert_eq!((&account["role"], account.get("expiresAt")), (&json!("learner"), None));
    let actions = app.actions_of(&id);
    assert_eq!(
        actions.iter().filter(|action| *action == "account.deactivation_cancelled").count(),
        1,
        "{actions:?}"
    );
    expect(app.scim("PATCH", &path, Some(&remove("timeZone"))), 200);
    assert_eq!(app.read(&path).get(ROLLCALL), None);
}

/// R121: a local date keeps its instant when the zone it was read in is left out, and follows a zone that is corrected.
#[test]
fn leaving_the_zone_out_moves_nobodys_last_day() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body["timezone"] = json!("Australia/Melbourne");
    body[ROLLCALL] = json!({"expiresAt": "2027-05-14T23:59:00"});
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    let instant = || app.account(&id)["expiresAt"].clone();
    assert_eq!(instant(), "2027-05-14T13:59:00Z");
    expect(app.scim("PUT", &path, Some(&user("bjensen"))), 200);
    assert_eq!((instant(), app.read(&path).get("timezone")), (json!("2027-05-14T13:59:00Z"), None));
    expect(put_back(&app, &path, &[("timeZone", json!("Pacific/Kiritimati"))]), 200);
    assert_eq!(instant(), "2027-05-14T09:59:00Z");
}

/// What cannot be read is refused with the field, the value and the way out, and changes nothing.
#[test]
fn dates_zones_and_roles_that_nobody_can_read() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let path = format!("/Users/{id}");
    let before = app.read(&path);
    let mut failures = Failures::default();
    let long = "9".repeat(70);
    for (name, value, named) in [
        ("startsAt", "tomorrow", "tomorrow"),
        ("expiresAt", "2027-02-30T00:00:00Z", "2027-02-30T00:00:00Z"),
        ("expiresAt", "2027-02-30", "2027-02-30"),
        ("expiresAt", "+99999-01-01T00:00:00", "years 1 and 9999"),
        ("deactivateAt", "0000-01-01T00:00:00Z", "years 1 and 9999"),
        ("deactivateAt", long.as_str(), "9999…"),
        ("timeZone", "Pacific Standard Time", "Europe/Berlin"),
        ("role", "captain", "learner, trainer, manager, reader, administrator"),
    ] {
        let answer = put_back(&app, &path, &[(name, json!(value))]);
        let case = format!("{name} {value}");
        failures.add(&case, crate::support::scim_error(&answer, 400, Some("invalidValue")));
        let detail = answer.json().unwrap()["detail"].as_str().unwrap().to_owned();
        failures.check(&case, detail.contains(name) && detail.contains(named), || detail.clone());
    }
    let mut lost = user("bjensen");
    lost["timezone"] = json!("Somewhere/Else");
    lost[ROLLCALL] = json!({"expiresAt": "2027-02-03T00:00:00"});
    let answer = app.scim("PUT", &path, Some(&lost));
    failures.add("unknown core zone", crate::support::scim_error(&answer, 400, Some("invalidValue")));
    failures.none();
    assert_eq!(app.read(&path), before);
    // With an offset no zone is needed, whatever the core attribute says.
    lost[ROLLCALL] = json!({"expiresAt": "2027-02-03T00:00:00-05:00"});
    expect(app.scim("PUT", &path, Some(&lost)), 200);
    assert_eq!(extension(&app, &path), lost[ROLLCALL]);
}

/// Whoever undoes the migration lets nobody in whom a date keeps out.
#[test]
fn nobody_comes_alive_when_the_dates_go() {
    let app = TestApp::start();
    let provision = |name: &str, dates: serde_json::Value| {
        let mut body = user(name);
        body[ROLLCALL] = dates;
        app.provision(&body);
    };
    provision("expired", json!({"expiresAt": "2020-01-01T00:00:00Z"}));
    provision("staged", json!({"startsAt": "2999-01-01T00:00:00Z"}));
    provision("active", json!({"startsAt": "2020-01-01T00:00:00Z", "expiresAt": "2999-01-01T00:00:00Z"}));
    let down = include_str!("../../migrations/2026-11-22-000900_lifecycle_dates_and_roles/down.sql");
    app.connect().batch_execute(down).unwrap();
    let on = "SELECT user_name_key AS t FROM accounts WHERE deactivated_at IS NULL";
    assert_eq!(texts(app.database_url(), on), ["active"]);
}
