//! The learning portal of United Educators (seed U): four words for where a learner stands, and an expiry that only a date undoes.

use super::PASSWORD;
use crate::support::administrator::Way;
use crate::support::{TestApp, expect, user};
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

fn united() -> TestApp {
    TestApp::with_policy(&json!({"preset": "united"}))
}

/// L03, L04, L05, L07, C1: Activated before the first access and Active after it, Deactivated, and Expired once the date has passed.
#[test]
fn the_four_words_follow_the_facts() {
    for way in Way::BOTH {
        let app = united();
        let id = app.person("learner");
        assert_eq!(app.label(&id), "Activated");
        app.learner_with_password(&id, "learner", PASSWORD);
        assert_eq!(app.label(&id), "Active");
        app.switched(way, &id, false);
        assert_eq!(app.label(&id), "Deactivated");
        app.switched(way, &id, true);
        app.done(&id, &json!({"command": "setExpiry", "expiresAt": "2026-11-21T12:00:00Z"}));
        app.clock().advance(chrono::Duration::hours(4));
        assert_eq!(app.label(&id), "Expired", "{way:?}");
    }
}

/// L43, L63, L72, C3, T5: an expired learner cannot be activated by a click; a future date restores the access.
#[test]
fn an_expired_learner_is_restored_by_a_later_date_alone() {
    for way in Way::BOTH {
        let app = united();
        let mut body = user("expired");
        body[ROLLCALL] = json!({"expiresAt": "2026-11-21T10:00:00Z"});
        let id = app.provision(&body);
        let learner = app.learner_with_password(&id, "expired", PASSWORD);
        let session = learner.session(PASSWORD);
        app.clock().advance(chrono::Duration::hours(2));
        assert_eq!((app.session_status(&session), learner.sign_in(PASSWORD).status), (401, 403));
        let refused = expect(app.switch(way, &id, true), 409).json().unwrap();
        let detail = refused["detail"].as_str().unwrap();
        assert!(
            detail.contains("expired at 2026-11-21T10:00:00Z") && detail.contains("later expiresAt"),
            "{refused}"
        );
        assert_eq!(app.account(&id)["active"], false);
        match way {
            Way::Scim => {
                let later = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
                    {"op": "replace", "path": format!("{ROLLCALL}:expiresAt"), "value": "2027-06-30"}]});
                expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&later)), 200);
            }
            Way::Api => drop(app.done(&id, &json!({"command": "setExpiry", "expiresAt": "2027-06-30"}))),
        }
        assert_eq!((app.label(&id), learner.sign_in(PASSWORD).status), ("Active".to_owned(), 201), "{way:?}");
        assert_eq!(app.session_status(&session), 401, "what ended stays ended");
        assert_eq!(app.account(&id)["expiresAt"], "2027-07-01T00:00:00Z", "all of that day");
    }
}

/// L61, L64: a date without a time is the whole of that day where the person is, on both sides of the date line and through the
/// change of the clocks.
#[test]
fn a_day_ends_when_it_ends_for_the_person() {
    let app = united();
    let mut body = user("traveller");
    body["timezone"] = json!("Europe/Berlin");
    let id = app.provision(&body);
    for (zone, day, ends) in [
        (None, "2026-12-31", "2026-12-31T23:00:00Z"),
        (None, "2027-03-28", "2027-03-28T22:00:00Z"),
        (Some("Pacific/Kiritimati"), "2026-12-31", "2026-12-31T10:00:00Z"),
        (Some("Etc/GMT+12"), "2026-12-31", "2027-01-01T12:00:00Z"),
        // "Never", wherever the person is.
        (Some("America/Los_Angeles"), "9999-12-31", "9999-12-31T23:59:59.999999Z"),
        // Clocks there are set forward at midnight: the next day begins at one.
        (Some("America/Asuncion"), "2023-09-30", "2023-10-01T04:00:00Z"),
    ] {
        let mut order = json!({"command": "setExpiry", "expiresAt": day});
        if let Some(zone) = zone {
            order["timeZone"] = json!(zone);
        }
        assert_eq!(app.done(&id, &order)["account"]["expiresAt"], ends, "{zone:?} {day}");
        assert_eq!(app.account(&id)["expiresAt"], ends);
    }
    let refused = app.command(&id, &json!({"command": "setExpiry", "expiresAt": "2027-02-30"}));
    assert_eq!(expect(refused, 400).json().unwrap()["field"], "expiresAt");
    let refused =
        app.command(&id, &json!({"command": "setExpiry", "expiresAt": "2027-01-30", "timeZone": "Mars"}));
    assert!(expect(refused, 400).json().unwrap()["detail"].as_str().unwrap().contains("Europe/Berlin"));
}

/// L55, L56, L58, L50: many are switched off and on in one step without a question, on every page of the list.
#[test]
fn many_are_switched_off_and_on_in_one_step() {
    let app = united();
    let ids: Vec<String> = (0..230).map(|n| app.person(&format!("learner.{n:03}"))).collect();
    let select_all = |command: &str| json!({"command": {"command": command}, "filter": "userName sw \"learner\"", "run": true});
    let ran = expect(app.api("POST", "/plans", Some(&select_all("deactivate"))), 201).json().unwrap();
    assert_eq!((&ran["counts"]["changes"], ran["ranAt"].is_string()), (&json!(230), true));
    assert_eq!(app.found("filter=active%20eq%20true").len(), 0);
    let this_page = json!({"command": {"command": "reactivate"}, "accounts": ids[..100], "run": true});
    expect(app.api("POST", "/plans", Some(&this_page)), 201);
    assert_eq!(app.found("filter=active%20eq%20true&count=1000").len(), 100);
    let ran = expect(app.api("POST", "/plans", Some(&select_all("reactivate"))), 201).json().unwrap();
    assert_eq!((&ran["counts"]["changes"], &ran["counts"]["unchanged"]), (&json!(130), &json!(100)));
}

/// L09, L10, L35, L13: a deactivated learner cannot get in, and keeps account, enrolments, completions and history.
#[test]
fn a_deactivation_locks_out_and_keeps_everything() {
    for way in Way::BOTH {
        let app = united();
        let course = app.course("Ethics");
        let id = app.person("keeper");
        let learner = app.learner_with_password(&id, "keeper", PASSWORD);
        app.enrolled(&course, &json!({"accounts": [id]}));
        app.switched(way, &id, false);
        assert_eq!(learner.sign_in(PASSWORD).status, 403);
        assert_eq!(app.enrolments(&id), [("Ethics".to_owned(), "closed".to_owned())]);
        app.switched(way, &id, true);
        assert_eq!(app.enrolments(&id), [("Ethics".to_owned(), "open".to_owned())], "{way:?}: never removed");
    }
}

/// L52: the answer to a click already says what the page shows after it.
#[test]
fn the_answer_to_a_command_is_the_account_as_it_is_now() {
    let app = united();
    let id = app.person("row");
    let off: Value = app.done(&id, &json!({"command": "deactivate"}));
    assert_eq!(off["account"], app.account(&id));
    assert_eq!((&off["changed"], &off["account"]["label"]), (&json!(true), &json!("Deactivated")));
    let again = app.done(&id, &json!({"command": "deactivate"}));
    assert_eq!((&again["changed"], &again["effects"]), (&json!(false), &json!([])));
}

/// L65: a file with a column Active switches those it names, after a look; what is neither yes nor no switches nobody off.
#[test]
fn a_file_says_who_is_active() {
    let app = united();
    app.person("torn");
    let ids = ["stays", "leaves", "returns", "unclear"].map(|name| app.person(name));
    app.switched(Way::Api, &ids[2], false);
    let file = "\u{feff}Username;Active\r\nstays;Yes\r\nLEAVES;No\r\nreturns;TRUE\r\nunclear;maybe\r\nnobody;No\r\nstays;Yes\r\ntorn;Yes\r\nTorn;No\r\n";
    let file = file.replace("Username", "userName");
    let headers = [("Authorization", &*format!("Bearer {}", app.api_token())), ("Content-Type", "text/csv")];
    let answer = app.raw("POST", "/api/v1/plans/upload", &headers, Some(file.as_bytes()));
    let upload = expect(answer, 201).json().unwrap();
    let lines: Vec<_> = upload["rejectedLines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["line"], &one["column"], &one["value"]))
        .collect();
    assert_eq!(
        lines,
        [
            (&json!(5), &json!("Active"), &json!("maybe")),
            (&json!(6), &json!("userName"), &json!("nobody")),
            (&json!(7), &json!("userName"), &json!("stays")),
            (&json!(8), &json!("userName"), &json!("torn")),
            (&json!(9), &json!("userName"), &json!("Torn")),
        ]
    );
    assert_eq!(
        ids.each_ref().map(|id| app.account(id)["active"].clone()),
        [true, true, false, true].map(|active| json!(active))
    );
    for plan in upload["plans"].as_array().unwrap() {
        expect(app.api("POST", &format!("/plans/{}/run", plan["id"].as_str().unwrap()), None), 200);
    }
    assert_eq!(
        ids.each_ref().map(|id| app.account(id)["active"].clone()),
        [true, false, true, true].map(|active| json!(active))
    );
    for (file, named) in [
        ("", "userName"),
        ("userName,Aktiv\na,Yes", "no column Active"),
        ("Active\nYes", "no column userName"),
        ("userName,Active,active\na,No,Yes", "a column twice"),
        ("userName,Active\na,No,\"x\nb,No\n", "in line 2"),
    ] {
        let answer = app.raw("POST", "/api/v1/plans/upload", &headers, Some(file.as_bytes()));
        let refused = expect(answer, 400).json().unwrap();
        assert!(refused["detail"].as_str().unwrap().contains(named), "{refused}");
    }
    expect(app.raw("POST", "/api/v1/plans/upload", &headers, Some(b"userName,Active\n\xff\xfe,Yes")), 400);
}
