//! Assure Learn (seed A): leavers stay in every report, and come back as they were but for their training.

use super::PASSWORD;
use crate::support::administrator::Way;
use crate::support::{TestApp, expect, user};
use serde_json::json;

fn assure() -> TestApp {
    TestApp::with_policy(&json!({"preset": "assure"}))
}

fn email_user(app: &TestApp, name: &str) -> String {
    let mut body = user(name);
    body["emails"] = json!([{"value": format!("{name}@example.com"), "type": "work"}]);
    app.provision(&body)
}

/// L01, L02, L03, L04, L06, L17, L18, L41, L42, L46: deactivated is "Inactive", activated at any time is "Active" and in at once,
/// with the password of before.
#[test]
fn somebody_on_leave_is_inactive_and_returns_as_they_were() {
    for way in Way::BOTH {
        let app = assure();
        let jane = email_user(&app, "jane.smith");
        let learner = app.learner_with_password(&jane, "jane.smith", PASSWORD);
        assert_eq!(app.label(&jane), "Active");
        let before = app.read(&format!("/Users/{jane}"));
        app.switched(way, &jane, false);
        assert_eq!((app.label(&jane), learner.sign_in(PASSWORD).status), ("Inactive".to_owned(), 403));
        let off = app.read(&format!("/Users/{jane}"));
        for kept in ["userName", "emails", "id"] {
            assert_eq!(off[kept], before[kept], "{way:?} {kept}");
        }
        app.clock().advance(chrono::Duration::days(180));
        app.switched(way, &jane, true);
        assert_eq!(
            (app.label(&jane), learner.sign_in(PASSWORD).status),
            ("Active".to_owned(), 201),
            "{way:?}"
        );
    }
}

/// L11, L12, L69, C4, T2: the page admits that an open session may go on; here it ends with the deactivation, on every server.
#[test]
fn an_open_session_does_not_survive_the_deactivation() {
    for way in Way::BOTH {
        let app = assure();
        let other = app.another_server();
        let id = email_user(&app, "leaver");
        let session = app.learner_with_password(&id, "leaver", PASSWORD).session(PASSWORD);
        assert_eq!(app.session_status_at(other, &session), 200);
        app.switched(way, &id, false);
        assert_eq!((app.session_status(&session), app.session_status_at(other, &session)), (401, 401));
        app.switched(way, &id, true);
        assert_eq!(app.session_status(&session), 401, "{way:?}: it has ended for good");
    }
}

/// L19, L21, L23, L24, L27, L28, C5: last year's safety training has leavers in it, without a mark, and nobody who was deleted.
#[test]
fn a_leaver_is_in_the_compliance_report_and_a_deleted_person_is_not() {
    for way in Way::BOTH {
        let app = assure();
        let course = app.course("Safety");
        let ids: Vec<String> = ["leaver", "stays", "deleted"].map(|name| email_user(&app, name)).into();
        app.enrolled(&course, &json!({ "accounts": ids }));
        for id in &ids {
            expect(app.complete(id, &course, &json!({"certificate": format!("S-{id}")})), 201);
        }
        app.switched(way, &ids[0], false);
        expect(app.scim("DELETE", &format!("/Users/{}", ids[2]), None), 204);
        app.clock().advance(chrono::Duration::days(300));
        let rows = app.report(&format!("training?course={course}"));
        let names: Vec<&str> = rows.iter().map(|row| row["userName"].as_str().unwrap()).collect();
        assert_eq!(names, ["leaver", "stays"], "{way:?}");
        assert!(rows.iter().all(|row| row["completedAt"].is_string() && row.get("inactive").is_none()));
        assert_eq!(app.reported("training?scope=archived"), ["leaver"]);
    }
}

/// L13, L35, L39, C9: what was assigned is kept, cannot be taken while inactive, and is assigned again by hand after the return.
#[test]
fn training_is_kept_and_assigned_again_by_hand() {
    for way in Way::BOTH {
        let app = assure();
        let (fire, first_aid) = (app.course("Fire safety"), app.course("First aid"));
        let id = email_user(&app, "returner");
        for course in [&fire, &first_aid] {
            app.enrolled(course, &json!({"accounts": [id]}));
        }
        expect(app.complete(&id, &first_aid, &json!({})), 201);
        let state = |fire: &str| {
            vec![
                ("Fire safety".to_owned(), fire.to_owned()),
                ("First aid".to_owned(), "completed".to_owned()),
            ]
        };
        app.switched(way, &id, false);
        assert_eq!(app.enrolments(&id), state("closed"));
        expect(app.start_course(&id, &fire), 403);
        app.switched(way, &id, true);
        assert_eq!(app.enrolments(&id), state("waiting"), "{way:?}");
        let refused = expect(app.start_course(&id, &fire), 409).json().unwrap();
        assert_eq!(refused["type"], "urn:rollcall:problem:enrolment-waits");
        let reopened =
            app.api("POST", &format!("/accounts/{id}/enrolments/reopen"), Some(&json!({"courses": [fire]})));
        assert_eq!(expect(reopened, 200).json().unwrap()["opened"], 1);
        expect(app.start_course(&id, &fire), 204);
        // Assigned again by hand does the same, and what was begun goes on.
        app.switched(way, &id, false);
        app.switched(way, &id, true);
        assert_eq!(app.enrolments(&id), state("waiting"));
        assert_eq!(app.enrolled(&fire, &json!({"accounts": [id]}))["enrolled"], 1);
        let kept = app.api("GET", &format!("/accounts/{id}/enrolments"), None);
        let kept = expect(kept, 200).json().unwrap();
        let open = |one: &serde_json::Value| one["state"] == "open" && one["startedAt"].is_string();
        assert!(kept["enrolments"].as_array().unwrap().iter().any(open), "{kept}");
    }
}

/// L39, L43: who was expired comes back as who was deactivated: their courses wait, too.
#[test]
fn courses_wait_after_an_expiry_as_well() {
    for way in Way::BOTH {
        let app = assure();
        let course = app.course("Fire safety");
        let id = email_user(&app, "temp");
        app.enrolled(&course, &json!({"accounts": [id]}));
        app.done(&id, &json!({"command": "setExpiry", "expiresAt": "2026-11-21T10:00:00Z"}));
        app.clock().advance(chrono::Duration::hours(2));
        match way {
            Way::Api => drop(app.done(&id, &json!({"command": "reactivate", "expiresAt": "2027-01-01"}))),
            Way::Scim => {
                let urn = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
                let later = json!({"active": true, format!("{urn}:expiresAt"): "2027-01-01"});
                let later = crate::support::patch_op(json!([{"op": "replace", "value": later}]));
                expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&later)), 200);
            }
        }
        assert_eq!(app.enrolments(&id), [("Fire safety".to_owned(), "waiting".to_owned())], "{way:?}");
    }
}

/// L36, L40, L70, T3: who is back can be assigned, and what stands against it is named where they are not.
#[test]
fn who_is_back_can_be_assigned_with_the_role_of_before() {
    for way in Way::BOTH {
        let app = assure();
        let course = app.course("Pathway");
        let id = email_user(&app, "returner");
        app.done(&id, &json!({"command": "setRole", "role": "manager"}));
        app.switched(way, &id, false);
        let skipped = app.enrolled(&course, &json!({"accounts": [id]}));
        assert_eq!((&skipped["enrolled"], &skipped["skippedAccounts"]), (&json!(0), &json!([id])));
        app.switched(way, &id, true);
        assert_eq!(app.account(&id)["role"], "manager");
        assert_eq!(app.enrolled(&course, &json!({"accounts": [id]}))["enrolled"], 1);
        assert_eq!(app.enrolments(&id), [("Pathway".to_owned(), "open".to_owned())], "{way:?}");
    }
}

/// L47, L50, C11: one is switched off and on without a question, many are shown first.
#[test]
fn only_many_at_once_have_to_be_confirmed() {
    let app = assure();
    let ids = ["one", "two"].map(|name| email_user(&app, name));
    assert_eq!(app.done(&ids[0], &json!({"command": "deactivate"}))["account"]["label"], "Inactive");
    assert_eq!(app.done(&ids[0], &json!({"command": "reactivate"}))["account"]["label"], "Active");
    let many = json!({"command": {"command": "deactivate"}, "accounts": ids, "run": true});
    let refused = expect(app.api("POST", "/plans", Some(&many)), 409).json().unwrap();
    assert_eq!(refused["type"], "urn:rollcall:problem:confirmation-required");
    assert_eq!(app.label(&ids[1]), "Active");
}

/// L53, L68, T1: commands need an administrator's token; without, the answer says what is missing.
#[test]
fn a_providers_token_opens_no_command() {
    let app = assure();
    let id = email_user(&app, "somebody");
    let path = format!("/api/v1/accounts/{id}/commands");
    let order = json!({"command": "deactivate"});
    let refused =
        expect(app.request("POST", &path, Some(app.scim_token()), Some(&order)), 403).json().unwrap();
    assert!(refused["detail"].as_str().unwrap().contains("needs a token of the scope api"), "{refused}");
    expect(app.request("POST", &path, None, Some(&order)), 401);
    assert_eq!(app.label(&id), "Active");
}

/// L54, L71, T4: inactive people stand in the list of all, and a filter finds them or leaves them out.
#[test]
fn inactive_people_are_found() {
    let app = assure();
    let id = email_user(&app, "gone");
    email_user(&app, "here");
    app.switched(Way::Api, &id, false);
    assert_eq!(app.found("sortBy=userName"), ["gone", "here"]);
    assert_eq!(app.found("filter=active%20eq%20false"), ["gone"]);
    assert_eq!(app.found("filter=active%20eq%20true"), ["here"]);
    assert_eq!(app.found("filter=userName%20eq%20%22gone%22"), ["gone"]);
}

/// L66: what a provider does over SCIM and an administrator over the API is one history, and each sees what the other did.
#[test]
fn the_provider_and_the_administrator_change_the_same_account() {
    let app = assure();
    let id = email_user(&app, "both");
    app.switched(Way::Scim, &id, false);
    app.switched(Way::Api, &id, true);
    assert_eq!(app.read(&format!("/Users/{id}"))["active"], true);
    assert_eq!(app.actions_of(&id), ["account.created", "account.deactivated", "account.reactivated"]);
}
