//! Who is inactive is out, by whatever door: one list of reasons, one list of doors, and every pair of them.

use super::*;
use crate::support::{Failures, patch_op};
use chrono::Duration;

/// Why somebody is out, and how they came to be.
const REASONS: [&str; 6] =
    ["deactivated", "locked", "expired", "not started", "deactivated by its date", "deleted"];

fn shut(app: &TestApp, id: &str, reason: &str) {
    let set = |facts: Value| {
        let patch = patch_op(json!([{"op": "add", "value": {ROLLCALL: facts}}]));
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch)), 200);
    };
    match reason {
        "deactivated" => leaves(app, id),
        "locked" => drop(app.done(id, &json!({"command": "lock", "confirm": id}))),
        "expired" => set(json!({"expiresAt": "2026-11-21T08:00:00Z"})),
        "not started" => set(json!({"startsAt": "2027-01-01T00:00:00Z"})),
        "deactivated by its date" => {
            set(json!({"deactivateAt": "2026-11-21T10:00:00Z"}));
            app.clock().advance(Duration::hours(2));
        }
        _ => drop(expect(app.scim("DELETE", &format!("/Users/{id}"), None), 204)),
    }
}

/// authentik: accounts that were switched off came in by another authenticator than the one that looked.
#[test]
fn cve_2025_64521_who_is_inactive_is_refused_at_every_door() {
    let mut failures = Failures::default();
    for reason in REASONS {
        let app = TestApp::with_policy(&json!({"reset.method": "link"}));
        let (id, learner) = {
            let mut body = user("leaver");
            body["emails"] = json!([{"value": "leaver@example.com", "primary": true}]);
            (app.provision(&body), Learner::new(&app, "leaver"))
        };
        let ask = || app.api("POST", &format!("/accounts/{id}/temporary-password"), None);
        let reset = |token: &Value| {
            let body = json!({"token": token, "newPassword": PASSWORD});
            app.request("POST", "/api/v1/password-resets", None, Some(&body))
        };
        let first = expect(ask(), 201).json().unwrap()["resetToken"].clone();
        expect(reset(&first), 204);
        let shopfloor = app.person("shopfloor");
        let temporary = app.temporary_password(&shopfloor);
        let session = learner.session(PASSWORD);
        let course = app.course("Safety");
        app.enrolled(&course, &json!({"accounts": [id]}));
        // The newest link is the one that is out when the account is shut.
        let pending =
            expect(app.api("POST", &format!("/accounts/{id}/temporary-password"), None), 201).json().unwrap();
        let pending = pending["resetToken"].clone();
        let plan = json!({"command": {"command": "recordAccess"}, "accounts": [id]});
        let plan = app.api("POST", "/plans", Some(&plan)).json().unwrap_or_default();
        shut(&app, &id, reason);
        shut(&app, &shopfloor, if reason == "deactivated by its date" { "deactivated" } else { reason });

        let mut out = |door: &str, status: u16, shut: &[u16]| {
            failures.check(&format!("{reason}: {door}"), shut.contains(&status), || format!("{status}"));
        };
        // By name and by address, with the password that was right.
        let by_address = Learner::new(&app, "leaver@example.com");
        out("the password by name", learner.sign_in(PASSWORD).status, &[401, 403]);
        out("the password by address", by_address.sign_in(PASSWORD).status, &[401, 403]);
        out(
            "the password and a new one",
            learner.sign_in_changing(PASSWORD, "new horse battery").status,
            &[401, 403],
        );
        out("the link of before", reset(&pending).status, &[401, 403, 409]);
        out(
            "the secret of the link as a password",
            learner.sign_in(pending.as_str().unwrap()).status,
            &[401, 403],
        );
        out("a new link", ask().status, &[403, 404]);
        let short = Learner::new(&app, "shopfloor");
        out("the temporary password", short.sign_in_changing(&temporary, PASSWORD).status, &[401, 403]);
        out("the session", app.session_status(&session), &[401]);
        out("the session at another server", app.session_status_at(app.another_server(), &session), &[401]);
        out("/Me", by(&app, &session, "GET", "/Me", None).status, &[401, 403]);
        out(
            "an access that is recorded",
            app.command(&id, &json!({"command": "recordAccess"})).status,
            &[403, 404],
        );
        out("starting a course", app.start_course(&id, &course).status, &[403, 404, 409]);
        let told = introspected(&app, &session);
        failures.check(&format!("{reason}: introspection"), told == json!({"active": false}), || {
            told.to_string()
        });
        if let Some(plan) = plan["id"].as_str() {
            let ran = app.api("POST", &format!("/plans/{plan}/run"), None);
            let first_access = ran.status < 300
                && reason != "deleted"
                && !app.account(&id)["firstAccessAt"].is_null()
                && app.actions_of(&id).last().is_some_and(|action| action == "account.accessed");
            failures
                .check(&format!("{reason}: a plan of before"), !first_access, || format!("{}", ran.status));
        }
        // A file that says Yes is an administrator's order: it lifts no lock, no expiry and no start.
        let authorization = format!("Bearer {}", app.api_token());
        let headers = [("Authorization", &*authorization), ("Content-Type", "text/csv")];
        let upload =
            app.raw("POST", "/api/v1/plans/upload", &headers, Some(b"userName,Active\nleaver,Yes\n"));
        for plan in upload.json().unwrap()["plans"].as_array().cloned().unwrap_or_default() {
            app.api("POST", &format!("/plans/{}/run", plan["id"].as_str().unwrap()), None);
        }
        failures.check(
            &format!("{reason}: the session after a file"),
            app.session_status(&session) == 401,
            String::new,
        );
        if !reason.starts_with("deactivated") {
            let status = learner.sign_in(PASSWORD).status;
            failures.check(&format!("{reason}: a file that says Yes"), [401, 403].contains(&status), || {
                format!("{status}")
            });
        }
    }
    failures.none();
}

/// CI4MS: `active` was 0 and the session went on.
#[test]
fn cve_2026_41891_every_way_of_switching_off_ends_the_session() {
    let ways = [
        "patch",
        "patch without path",
        "patch with words",
        "put",
        "bulk",
        "delete",
        "command",
        "lock",
        "plan",
        "file",
        "expiry",
        "date",
    ];
    let app = TestApp::unguarded();
    for way in ways {
        let name = way.replace(' ', ".");
        let (id, learner) = with_password(&app, &name);
        let session = learner.session(PASSWORD);
        assert_eq!(app.session_status(&session), 200);
        let path = format!("/Users/{id}");
        let patch = |operation: Value| {
            drop(expect(app.scim("PATCH", &path, Some(&patch_op(json!([operation])))), 200))
        };
        let run = |plan: &Value| {
            drop(expect(app.api("POST", &format!("/plans/{}/run", plan["id"].as_str().unwrap()), None), 200))
        };
        match way {
            "patch" => patch(json!({"op": "replace", "path": "active", "value": false})),
            "patch without path" => patch(json!({"op": "replace", "value": {"active": false}})),
            "patch with words" => patch(json!({"op": "Replace", "path": "active", "value": "False"})),
            "put" => {
                let mut body = user(&name);
                body["active"] = json!(false);
                expect(app.scim("PUT", &path, Some(&body)), 200);
            }
            "bulk" => {
                let data = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
                let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                    "Operations": [{"method": "PATCH", "path": path, "data": data}]});
                expect(app.scim("POST", "/Bulk", Some(&body)), 200);
            }
            "delete" => drop(expect(app.scim("DELETE", &path, None), 204)),
            "command" => drop(app.done(&id, &json!({"command": "deactivate", "confirm": id}))),
            "lock" => drop(app.done(&id, &json!({"command": "lock", "confirm": id}))),
            "plan" => {
                let plan = json!({"command": {"command": "deactivate"}, "accounts": [id]});
                run(&expect(app.api("POST", "/plans", Some(&plan)), 201).json().unwrap());
            }
            "file" => {
                let authorization = format!("Bearer {}", app.api_token());
                let headers = [("Authorization", &*authorization), ("Content-Type", "text/csv")];
                let file = format!("userName,Active\n{name},No\n");
                let made = app.raw("POST", "/api/v1/plans/upload", &headers, Some(file.as_bytes()));
                made.json().unwrap()["plans"].as_array().unwrap().iter().for_each(run);
            }
            "expiry" => {
                patch(json!({"op": "add", "value": {ROLLCALL: {"expiresAt": "2026-11-21T08:59:59Z"}}}))
            }
            _ => {
                patch(json!({"op": "add", "value": {ROLLCALL: {"deactivateAt": "2026-11-21T09:00:01Z"}}}));
                app.clock().advance(Duration::seconds(2));
            }
        }
        assert_eq!(app.session_status(&session), 401, "{way}");
        assert_eq!(introspected(&app, &session), json!({"active": false}), "{way}");
        assert_eq!(by(&app, &session, "GET", "/Me", None).status, 401, "{way}");
        assert_ne!(learner.sign_in(PASSWORD).status, 201, "{way}");
    }
}

/// OTRS: tokens went on for some sixteen hours. Synapse and Rancher: who had been deactivated came back in with what they still had.
#[test]
fn cve_2026_78357_nothing_from_before_works_after_whatever_comes() {
    let app = TestApp::with_policy(&json!({"reset.method": "link"}));
    let (id, learner) = {
        let mut body = user("leaver");
        body["emails"] = json!([{"value": "leaver@example.com", "primary": true}]);
        (app.provision(&body), Learner::new(&app, "leaver"))
    };
    let reset = |token: &Value, new: &str| {
        let body = json!({"token": token, "newPassword": new});
        app.request("POST", "/api/v1/password-resets", None, Some(&body)).status
    };
    let link = || {
        expect(app.api("POST", &format!("/accounts/{id}/temporary-password"), None), 201).json().unwrap()["resetToken"].clone()
    };
    assert_eq!(reset(&link(), PASSWORD), 204);
    let sessions: Vec<String> = (0..3).map(|_| learner.session(PASSWORD)).collect();
    let none_lives = |when: &str| {
        for session in &sessions {
            assert_eq!(app.session_status(session), 401, "{when}");
            assert_eq!(introspected(&app, session), json!({"active": false}), "{when}");
        }
    };
    leaves(&app, &id);
    none_lives("at once");
    for _ in 0..16 {
        app.clock().advance(Duration::hours(1));
        none_lives("later");
    }
    app.switched(Way::Scim, &id, true);
    none_lives("after a return");
    expect(app.scim("PUT", &format!("/Users/{id}"), Some(&user("leaver"))), 200);
    none_lives("after a change");
    expect(app.scim("DELETE", &format!("/Users/{id}"), None), 204);
    app.provision(&user("leaver"));
    none_lives("after somebody of the same name came");
}

#[test]
fn ghsa_26c5_ppr8_f33p_and_ghsa_9ghh_mmcq_8phc_who_was_deactivated_does_not_let_themselves_in_again() {
    let app = TestApp::start();
    let id = app.person("leaver");
    let learner = app.learner_with_password(&id, "leaver", PASSWORD);
    let session = learner.session(PASSWORD);
    leaves(&app, &id);
    // What a client still holds, used for anything that could mend its own account.
    let on = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    for (method, path) in [
        ("PATCH", "/Me".to_owned()),
        ("PATCH", format!("/Users/{id}")),
        ("PUT", format!("/Users/{id}")),
        ("POST", "/Users".to_owned()),
    ] {
        let status = by(&app, &session, method, &path, Some(&on)).status;
        assert!([401, 403, 501].contains(&status), "{method} {path}: {status}");
    }
    for path in ["/accounts", &format!("/accounts/{id}"), "/plans"] {
        assert_eq!(
            app.request("GET", &format!("/api/v1{path}"), Some(&session), None).status / 100,
            4,
            "{path}"
        );
    }
    assert_eq!(learner.sign_in_changing(PASSWORD, "another horse battery").status, 403);
    assert_eq!(app.read(&format!("/Users/{id}"))["active"], false);
    // The note with the old password opens nothing after a return either: without an e-mail address there is a new one, or none.
    app.switched(Way::Scim, &id, true);
    assert_eq!(learner.sign_in(PASSWORD).status, 401);
    assert_eq!(app.session_status(&session), 401);
}

/// Zitadel: a grant that was taken away still stood in the tokens.
#[test]
fn cve_2024_46999_a_right_that_was_taken_is_gone_from_what_is_told() {
    let app = TestApp::start();
    let (id, learner) = with_password(&app, "administrator");
    app.done(&id, &json!({"command": "setRole", "role": "administrator", "confirm": id}));
    // Another one, who stays and can sign in as well.
    let other = app.person("another-administrator");
    app.done(&other, &json!({"command": "setRole", "role": "administrator"}));
    app.learner_with_password(&other, "another-administrator", "another horse battery");
    let session = learner.session(PASSWORD);
    let role = || introspected(&app, &session)["role"].clone();
    assert_eq!(role(), "administrator");
    let taken = patch_op(json!([{"op": "replace", "path": format!("{ROLLCALL}:role"), "value": "learner"}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&taken)), 200);
    let now = introspected(&app, &session);
    assert!(now == json!({"active": false}) || now["role"] == "learner", "{now}");
    let again = learner.session(PASSWORD);
    assert_eq!(introspected(&app, &again)["role"], "learner");
}
