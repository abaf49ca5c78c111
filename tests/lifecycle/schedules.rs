//! A deactivation that is to come: at an instant, in the person's time zone, for a reason.

use super::{ROLLCALL, extension, put_back, refused, remove, standing};
use crate::support::cluster::texts;
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

fn switch(app: &TestApp, path: &str, active: bool) -> Value {
    let body = patch_op(json!([{"op": "replace", "path": "active", "value": active}]));
    expect(app.scim("PATCH", path, Some(&body)), 200).json().unwrap()
}

fn advance_to(app: &TestApp, at: &str) {
    app.clock().advance(at.parse::<DateTime<Utc>>().unwrap() - app.clock().now());
}

/// R065: on the evening before the clocks change, at the end of the working day of the person, on every server.
#[test]
fn the_last_day_ends_in_the_time_zone_of_the_person() {
    let app = TestApp::start();
    let elsewhere = app.another_server();
    let mut failures = Failures::default();
    for (n, (zone, local, instant)) in [
        // 28 March 2027 has 23 hours in Berlin, 31 October has 25.
        ("Europe/Berlin", "2027-03-28T00:00:00", "2027-03-27T23:00:00Z"),
        ("Europe/Berlin", "2027-03-28T02:30:00", "2027-03-28T01:30:00Z"),
        ("Europe/Berlin", "2027-03-28T23:59:59", "2027-03-28T21:59:59Z"),
        ("Europe/Berlin", "2027-10-31T02:30:00", "2027-10-31T00:30:00Z"),
        ("Europe/Berlin", "2027-10-31T23:59:59", "2027-10-31T22:59:59Z"),
        // The same calendar day on both sides of the date line ends 26 hours apart.
        ("Pacific/Kiritimati", "2027-12-31T23:59:59", "2027-12-31T09:59:59Z"),
        ("Etc/GMT+12", "2027-12-31T23:59:59", "2028-01-01T11:59:59Z"),
        ("Europe/Berlin", "2028-01-31T18:00:00-05:00", "2028-01-31T23:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("leaver.{n}");
        let id = app.provision(&user(&name));
        let path = format!("/Users/{id}");
        let learner = app.learner_with_password(&id, &name, PASSWORD);
        let fields = [
            ("deactivateAt", json!(local)),
            ("timeZone", json!(zone)),
            ("deactivationReason", json!("left")),
        ];
        expect(put_back(&app, &path, &fields), 200);
        let case = format!("{zone} {local}");
        let account = app.account(&id);
        failures.check(&case, account["deactivateAt"] == instant, || account.to_string());
        failures.check(&case, extension(&app, &path)["deactivateAt"] == local, || {
            "not as it was sent".to_owned()
        });
        advance_to(&app, instant);
        app.clock().advance(Duration::microseconds(-1));
        let session = learner.session(PASSWORD);
        failures.check(&case, app.session_status_at(elsewhere, &session) == 200, || "too early".to_owned());
        app.clock().advance(Duration::microseconds(1));
        let after = (app.session_status(&session), app.session_status_at(elsewhere, &session));
        failures.check(&case, after == (401, 401), || format!("too late: {after:?}"));
        let facts = standing(&app, &id);
        let right = facts["status"] == "deactivated"
            && facts["deactivatedAt"] == instant
            && facts["deactivationReason"] == "left"
            && facts["seat"] == false;
        failures.check(&case, right, || facts.to_string());
        failures.check(&case, learner.sign_in(PASSWORD).status == 403, || "signed in".to_owned());
    }
    failures.none();
}

/// The next change puts on record what fell due: since when, why, and by whom it had been set.
#[test]
fn what_fell_due_is_recorded_with_the_next_change() {
    let app = TestApp::start();
    let id = app.provision(&user("leaver"));
    let path = format!("/Users/{id}");
    let learner = app.learner_with_password(&id, "leaver", PASSWORD);
    let session = learner.session(PASSWORD);
    expect(
        put_back(
            &app,
            &path,
            &[("deactivateAt", json!("2026-11-21T10:00:00Z")), ("deactivationReason", json!("leave"))],
        ),
        200,
    );
    assert_eq!(app.session_status(&session), 200);
    app.clock().advance(Duration::days(3));
    let rows = app.audit_of(&id).len();
    // A PATCH that changes nothing writes nothing.
    let nothing = patch_op(json!([{"op": "replace", "path": "userName", "value": "leaver"}]));
    expect(app.scim("PATCH", &path, Some(&nothing)), 200);
    assert_eq!(app.audit_of(&id).len(), rows);

    let other = app.token_with("another", &json!({}));
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    expect(app.request("PATCH", &format!("/scim/v2{path}"), Some(&other), Some(&title)), 200);
    let last = app.audit_of(&id).pop().unwrap();
    assert_eq!((&last["action"], &last["attributes"]), (&json!("account.updated"), &json!(["title"])));
    assert_eq!(
        last["facts"],
        json!({"deactivationFellDue": true, "sessionsEnded": true, "seatReleased": true})
    );
    let facts = standing(&app, &id);
    assert_eq!(
        (&facts["deactivatedAt"], &facts["deactivationReason"]),
        (&json!("2026-11-21T10:00:00Z"), &json!("leave"))
    );
    let scheduled =
        app.audit_of(&id).into_iter().find(|row| row["action"] == "account.deactivation_scheduled").unwrap();
    let by =
        texts(app.database_url(), &format!("SELECT deactivated_by AS t FROM accounts WHERE id = '{id}'"));
    assert_eq!(json!(by[0]), scheduled["actor"], "who set it, not who came by later");
    assert_eq!(switch(&app, &path, true)["active"], true);
    assert_eq!(app.session_status(&session), 401, "no session of before");
}

/// A reactivation cancels the schedule that fell due and not the one to come; its date is not shown any more.
#[test]
fn reactivation_and_the_schedule() {
    let app = TestApp::start();
    let mut body = user("returner");
    body[ROLLCALL] =
        json!({"deactivateAt": "2026-11-21T10:00:00Z", "deactivationReason": "leave", "role": "manager"});
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    // Off and on before the date: it is still to come.
    assert_eq!(switch(&app, &path, false)["active"], false);
    assert_eq!(switch(&app, &path, true)["active"], true);
    assert_eq!(extension(&app, &path), body[ROLLCALL]);
    app.clock().advance(Duration::hours(1));
    let shown = app.read(&path);
    assert_eq!(
        (&shown["active"], &shown[ROLLCALL]),
        (&json!(false), &body[ROLLCALL]),
        "shown until the return"
    );
    assert_eq!(switch(&app, &path, true)["active"], true);
    assert_eq!(extension(&app, &path), json!({"role": "manager"}));
    let account = app.account(&id);
    assert_eq!((account.get("deactivateAt"), account.get("deactivationReason")), (None, None));
    app.clock().advance(Duration::days(400));
    assert_eq!(app.read(&path)["active"], true);
}

/// Taken back in time it is as if it had never been set; too late, the person stays out.
#[test]
fn taking_it_back() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    let mut null = user("put");
    null[ROLLCALL] = json!({"deactivateAt": null});
    for (name, method, body) in [
        ("remove", "PATCH", remove("deactivateAt")),
        ("null", "PATCH", patch_op(json!([{"op": "replace", "value": {ROLLCALL: {"deactivateAt": null}}}]))),
        ("put", "PUT", null),
        (
            "blank",
            "PATCH",
            patch_op(json!([{"op": "replace", "path": format!("{ROLLCALL}:deactivateAt"), "value": ""}])),
        ),
    ] {
        for late in [false, true] {
            let mut person = user(name);
            person[ROLLCALL] = json!({"deactivateAt": (app.clock().now() + Duration::hours(1)).to_rfc3339()});
            let id = app.provision(&person);
            let path = format!("/Users/{id}");
            app.clock().advance(Duration::minutes(if late { 60 } else { 59 }));
            expect(app.scim(method, &path, Some(&body)), 200);
            app.clock().advance(Duration::hours(5));
            let case = format!("{name}, late: {late}");
            let shown = app.read(&path);
            failures.check(&case, shown["active"] == !late, || shown.to_string());
            failures.check(&case, shown.get(ROLLCALL).is_none(), || shown.to_string());
            let facts = standing(&app, &id);
            failures.check(&case, facts.get("deactivatedAt").is_some() == late, || facts.to_string());
            let action = app.actions_of(&id).pop().unwrap();
            let expected = if late { "account.updated" } else { "account.deactivation_cancelled" };
            failures.check(&case, action == expected, || action.clone());
            expect(app.scim("DELETE", &path, None), 204);
        }
    }
    failures.none();
}

/// A date that has passed means now. With `active: true` beside it the request contradicts itself, and nobody is let in.
#[test]
fn a_date_in_the_past() {
    let app = TestApp::start();
    let id = app.provision(&user("leaver"));
    let path = format!("/Users/{id}");
    let session = app.learner_with_password(&id, "leaver", PASSWORD).session(PASSWORD);
    let mut both = user("leaver");
    both["active"] = json!(true);
    both[ROLLCALL] = json!({"deactivateAt": "2026-11-20T18:00:00Z"});
    for (method, target) in [("PUT", path.as_str()), ("POST", "/Users")] {
        let answer = app.scim(method, target, Some(&both));
        assert_eq!(scim_error(&answer, 400, Some("invalidValue")), Vec::<String>::new(), "{method}");
    }
    assert_eq!(app.session_status(&session), 200);
    expect(put_back(&app, &path, &[("deactivateAt", json!("2026-11-20T18:00:00Z"))]), 200);
    assert_eq!(app.session_status(&session), 401);
    let facts = standing(&app, &id);
    assert_eq!(
        (&facts["status"], &facts["deactivatedAt"]),
        (&json!("deactivated"), &json!("2026-11-21T09:00:00Z"))
    );
    assert_eq!(app.actions_of(&id).pop().unwrap(), "account.deactivated");
    // The provider that goes on sending both is refused, and the leaver stays out.
    let again = app.scim("PUT", &path, Some(&both));
    assert_eq!(scim_error(&again, 400, Some("invalidValue")), Vec::<String>::new());
    // Another date alone brings nobody back; with active it does, and is a schedule again.
    expect(put_back(&app, &path, &[("deactivateAt", json!("2026-12-31T18:00:00Z"))]), 200);
    assert_eq!(app.read(&path)["active"], false);
    both[ROLLCALL]["deactivateAt"] = json!("2026-12-31T18:00:00Z");
    assert_eq!(expect(app.scim("PUT", &path, Some(&both)), 200).json().unwrap()["active"], true);
    assert_eq!(app.account(&id)["deactivateAt"], "2026-12-31T18:00:00Z");
    refused(&app.api("GET", "/accounts/none", None), 404, "", "none");
}

/// The role comes in any letter case and goes out as the schema has it; an owner's is nobody's to give or to take.
#[test]
fn roles_and_the_owner() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body[ROLLCALL] = json!({"role": "TRAINER"});
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    assert_eq!(extension(&app, &path), json!({"role": "trainer"}));
    assert_eq!(standing(&app, &app.provision(&user("plain")))["role"], "learner");
    let owner = put_back(&app, &path, &[("role", json!("owner"))]);
    assert_eq!(scim_error(&owner, 400, Some("mutability")), Vec::<String>::new());

    crate::support::cluster::execute(
        app.database_url(),
        &format!("UPDATE accounts SET role = 'owner' WHERE id = '{id}'"),
    );
    assert_eq!(extension(&app, &path), json!({"role": "owner"}));
    assert_eq!(app.read("/Users?count=1")["Resources"][0][ROLLCALL], json!({"role": "owner"}));
    for body in [json!({"role": "learner"}), json!({"role": null})] {
        let mut put = user("bjensen");
        put[ROLLCALL] = body;
        let refused = app.scim("PUT", &path, Some(&put));
        assert_eq!(scim_error(&refused, 400, Some("mutability")), Vec::<String>::new());
    }
    // A client that writes back what it has read, or leaves the role out, is no thief.
    let mut read = app.read(&path);
    read["title"] = json!("Owner of it all");
    expect(app.scim("PUT", &path, Some(&read)), 200);
    expect(app.scim("PUT", &path, Some(&user("bjensen"))), 200);
    assert_eq!(app.account(&id)["role"], "owner");
    let filter = format!("{ROLLCALL}:role eq \"OWNER\"");
    let found =
        expect(app.scim("POST", "/Users/.search", Some(&json!({"filter": filter}))), 200).json().unwrap();
    assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &json!(id)));
}
