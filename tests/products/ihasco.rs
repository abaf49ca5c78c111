//! iHasco (seed H): user names without e-mail, seats that are used by starting a course, and reports for the archive.

use super::PASSWORD;
use crate::support::administrator::Way;
use crate::support::{TestApp, expect};
use serde_json::{Value, json};

fn ihasco() -> TestApp {
    TestApp::with_policy(&json!({"preset": "ihasco"}))
}

/// L25, L41, L44, L45, L75, C10, T8: after a return the user name is the same, the old password is worthless, and a temporary one
/// opens nothing but the way to a new one. As often as it is needed.
#[test]
fn a_username_only_account_returns_with_a_new_password() {
    for way in Way::BOTH {
        let app = ihasco();
        let id = app.person("shopfloor-7");
        let learner = app.learner_with_password(&id, "shopfloor-7", PASSWORD);
        for round in 0..2 {
            let (old, new) =
                (format!("{PASSWORD}{}", "!".repeat(round)), format!("{PASSWORD}{}", "!".repeat(round + 1)));
            app.switched(way, &id, false);
            app.switched(way, &id, true);
            let account = app.account(&id);
            assert_eq!(
                (&account["userName"], &account["passwordState"]),
                (&json!("shopfloor-7"), &json!("invalidated"))
            );
            let old_one = if round == 0 { PASSWORD.to_owned() } else { old };
            assert_eq!(learner.sign_in(&old_one).status, 401, "{way:?} {round}");
            let temporary = app.temporary_password(&id);
            let refused = expect(learner.sign_in(&temporary), 403).json().unwrap();
            assert_eq!(refused["type"], "urn:rollcall:problem:password-change-required");
            expect(learner.sign_in_changing(&temporary, &new), 201);
            assert_eq!((learner.sign_in(&temporary).status, learner.sign_in(&new).status), (401, 201));
        }
    }
}

/// L08: who was suspended or on long-term leave in the former platform is Inactive, and the reason is kept.
#[test]
fn long_term_leave_is_inactive_with_a_reason() {
    let app = ihasco();
    let ids = ["scim", "api", "file.one", "file.two"].map(|name| app.person(name));
    let file = "userName,Status\nfile.one,Suspended\nfile.two,Long Term Leave\n";
    let headers = [("Authorization", &*format!("Bearer {}", app.api_token())), ("Content-Type", "text/csv")];
    let upload = app.raw("POST", "/api/v1/plans/upload", &headers, Some(file.as_bytes()));
    let upload = expect(upload, 201).json().unwrap();
    let plan = upload["plans"][0]["id"].as_str().unwrap();
    expect(app.api("POST", &format!("/plans/{plan}/run"), None), 200);
    let urn = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
    let leave = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        {"op": "replace", "value": {"active": false, format!("{urn}:deactivationReason"): "leave"}}]});
    expect(app.scim("PATCH", &format!("/Users/{}", ids[0]), Some(&leave)), 200);
    app.done(&ids[1], &json!({"command": "deactivate", "reason": "leave"}));
    for id in ids {
        let account = app.account(&id);
        assert_eq!(
            (&account["label"], &account["deactivationReason"]),
            (&json!("Inactive"), &json!("leave"))
        );
    }
}

/// L36, L37, L15, C8: with "everyone" inactive people are enrolled too, are not told, cannot get in, and have full access at once when
/// they are active again.
#[test]
fn everyone_includes_the_inactive_who_are_not_told() {
    for way in Way::BOTH {
        let app = ihasco();
        let (here, away) = (app.person("here"), app.person("away"));
        app.switched(way, &away, false);
        let course = app.course("Fire awareness");
        let result = app.enrolled(&course, &json!({"everyone": true}));
        assert_eq!(
            (&result["enrolled"], &result["silently"], &result["skipped"]),
            (&json!(2), &json!(1), &json!(0))
        );
        assert_eq!(
            [&here, &away].map(|id| app.account(id)["mayBeMailed"].clone()),
            [json!(true), json!(false)]
        );
        assert_eq!(app.enrolments(&away), [("Fire awareness".to_owned(), "closed".to_owned())]);
        expect(app.start_course(&away, &course), 403);
        app.switched(way, &away, true);
        assert_eq!(app.enrolments(&away), [("Fire awareness".to_owned(), "open".to_owned())], "{way:?}");
        expect(app.start_course(&away, &course), 204);
    }
}

/// L38, L76, T9: the tick boxes of "Active users" enrol the active alone, those of "All users" the others too, and the answer says
/// so.
#[test]
fn the_choice_between_active_and_all_users_is_the_administrators_and_seen() {
    let app = ihasco();
    let ids = ["here", "away"].map(|name| app.person(name));
    app.switched(Way::Scim, &ids[1], false);
    let course = app.course("Manual handling");
    let active = app.enrolled(&course, &json!({"filter": "active eq true"}));
    assert_eq!((&active["enrolled"], &active["silently"]), (&json!(1), &json!(0)));
    let all = app.enrolled(&course, &json!({ "accounts": ids }));
    assert_eq!((&all["enrolled"], &all["already"], &all["silently"]), (&json!(1), &json!(1), &json!(1)));
}

/// L29, L30, L31, L32, L63, C6, C7: a seat is used when a course is started, not by an enrolment, and a deactivation gives none back.
#[test]
fn a_seat_is_used_by_the_first_course_and_never_given_back() {
    for way in Way::BOTH {
        let app = ihasco();
        app.set_seats(1);
        let course = app.course("Asbestos");
        let ids = ["first", "second"].map(|name| app.person(name));
        app.enrolled(&course, &json!({ "accounts": ids }));
        assert_eq!(app.seats_used(), 0);
        expect(app.start_course(&ids[0], &course), 204);
        assert_eq!(app.seats_used(), 1);
        let refused = expect(app.start_course(&ids[1], &course), 403).json().unwrap();
        assert_eq!(refused["type"], "urn:rollcall:problem:no-free-seat");
        app.switched(way, &ids[0], false);
        assert_eq!(app.seats_used(), 1, "{way:?}: not reimbursed");
        app.switched(way, &ids[0], true);
        assert_eq!(app.seats_used(), 1);
        expect(app.start_course(&ids[1], &course), 403);
    }
}

/// L23, L24, L25, L26, C5: inactive people are in no ordinary report and in the archived one, with their history, as JSON and as CSV.
#[test]
fn the_history_of_the_inactive_is_in_the_archived_report() {
    for way in Way::BOTH {
        let app = ihasco();
        let course = app.course("Display screens");
        let ids = ["here", "away"].map(|name| app.person(name));
        app.enrolled(&course, &json!({ "accounts": ids }));
        for id in &ids {
            expect(app.complete(id, &course, &json!({})), 201);
        }
        app.switched(way, &ids[1], false);
        for kind in ["training", "accounts", "sign-ins"] {
            assert_eq!(app.reported(kind), ["here"], "{way:?} {kind}");
            assert_eq!(app.reported(&format!("{kind}?scope=archived")), ["away"], "{kind}");
            assert_eq!(app.reported(&format!("{kind}?scope=all")), ["here", "away"], "{kind}");
        }
        let csv = app.api("GET", "/reports/training?scope=archived&format=csv", None);
        let csv = String::from_utf8(expect(csv, 200).body).unwrap();
        let line = csv.lines().nth(1).unwrap();
        assert!(line.contains(",away,") && line.contains(",Inactive,true,"), "{csv}");
        let card =
            expect(app.api("GET", &format!("/accounts/{}/completions", ids[1]), None), 200).json().unwrap();
        assert_eq!(card["completions"][0]["courseName"], "Display screens");
    }
}

/// L13, L14: an inactive user can look at no past course and at no certificate.
#[test]
fn certificates_are_out_of_reach_while_inactive() {
    for way in Way::BOTH {
        let app = ihasco();
        let course = app.course("First aid");
        let id = app.person("holder");
        app.enrolled(&course, &json!({"accounts": [id]}));
        expect(app.complete(&id, &course, &json!({"certificate": "FA-1"})), 201);
        let certificates = || app.api("GET", &format!("/accounts/{id}/certificates"), None);
        assert_eq!(expect(certificates(), 200).json().unwrap()["certificates"][0]["certificate"], "FA-1");
        app.switched(way, &id, false);
        let refused = expect(certificates(), 403).json().unwrap();
        assert_eq!(refused["type"], "urn:rollcall:problem:account-inactive", "{way:?}");
    }
}

/// L22, L26: who is inactive stays in the segment and shows as inactive there.
#[test]
fn the_inactive_stay_in_their_segment() {
    for way in Way::BOTH {
        let app = ihasco();
        let ids = ["here", "away"].map(|name| app.person(name));
        let members: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
        let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Night shift", "members": members});
        let group = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap();
        let id = group["id"].as_str().unwrap();
        app.switched(way, &ids[1], false);
        let segment = expect(app.api("GET", &format!("/groups/{id}"), None), 200).json().unwrap();
        assert_eq!((&segment["people"], &segment["inactive"]), (&json!(2), &json!(1)), "{way:?}");
        assert_eq!(app.read(&format!("/Groups/{id}"))["members"].as_array().unwrap().len(), 2);
        let found = app.found(&format!("filter=groups.value%20eq%20%22{id}%22%20and%20active%20eq%20false"));
        assert_eq!(found, ["away"]);
        // With the group they are enrolled, as with everyone.
        let course = app.course("Shift work");
        assert_eq!(app.enrolled(&course, &json!({ "group": id }))["silently"], 1);
    }
}

/// L22: where the policy does not count them, inactive members are left out of segments without leaving the group.
#[test]
fn a_policy_may_leave_the_inactive_out_of_segments() {
    let app = TestApp::with_policy(&json!({"preset": "ihasco", "segments.keep_while_inactive": false}));
    let id = app.person("away");
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Night shift", "members": [{"value": id}]});
    let group = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap();
    let path = format!("/groups/{}", group["id"].as_str().unwrap());
    app.switched(Way::Scim, &id, false);
    assert_eq!(expect(app.api("GET", &path, None), 200).json().unwrap()["people"], 0);
    app.switched(Way::Scim, &id, true);
    assert_eq!(expect(app.api("GET", &path, None), 200).json().unwrap()["people"], 1);
}

/// L47, L50, C11: one account is switched by a confirmation that names it, if one is sent, and many after a look.
#[test]
fn a_confirmation_that_is_sent_has_to_be_right() {
    let app = ihasco();
    let id = app.person("named");
    let wrong = app.command(&id, &json!({"command": "deactivate", "confirm": "other"}));
    assert_eq!(expect(wrong, 400).json().unwrap()["field"], "confirm");
    app.done(&id, &json!({"command": "deactivate", "confirm": "named"}));
    assert_eq!(app.label(&id), "Inactive");
}
