//! The workspace with learners and trainers (seed W): a seat for everybody who is there, and a delete that cannot be undone.

use super::PASSWORD;
use crate::support::administrator::Way;
use crate::support::{TestApp, expect, user};
use chrono::Duration;
use serde_json::{Value, json};

fn workspace() -> TestApp {
    TestApp::with_policy(&json!({"preset": "workspace"}))
}

/// L03, L05, L06, C1, C2: "Inactive" is who does not come, "Never logged in" who never did, and who is switched off is
/// "Deactivated".
#[test]
fn the_words_for_who_does_not_come_and_who_is_switched_off_differ() {
    let app = workspace();
    let ids = ["never", "unused", "used", "off"].map(|name| app.person(name));
    app.done(&ids[1], &json!({"command": "recordAccess"}));
    app.clock().advance(Duration::days(100));
    app.done(&ids[2], &json!({"command": "recordAccess"}));
    app.switched(Way::Api, &ids[3], false);
    let labels = ids.map(|id| app.label(&id));
    assert_eq!(labels, ["Never logged in", "Inactive", "Active", "Deactivated"]);
}

/// L09: learners and trainers are switched off alike, and found apart.
#[test]
fn trainers_are_switched_off_as_learners_are() {
    for way in Way::BOTH {
        let app = workspace();
        let (learner, trainer) = (app.person("learner"), app.person("trainer"));
        app.done(&trainer, &json!({"command": "setRole", "role": "trainer"}));
        for id in [&learner, &trainer] {
            app.switched(way, id, false);
            assert_eq!(app.label(id), "Deactivated", "{way:?}");
        }
        let urn = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
        assert_eq!(app.found(&format!("filter={urn}:role%20eq%20%22trainer%22")), ["trainer"]);
    }
}

/// L29, L30, L31, L34, C6, C7: whoever is there takes a seat, a deactivation frees it, and a return needs a free one.
#[test]
fn a_deactivation_frees_the_seat_and_a_return_needs_one() {
    for way in Way::BOTH {
        let app = workspace();
        app.set_seats(2);
        let (first, _) = (app.person("first"), app.person("second"));
        let mut staged = user("third");
        staged["active"] = json!(true);
        let refused = expect(app.scim("POST", "/Users", Some(&staged)), 403).json().unwrap();
        assert!(
            refused["detail"].as_str().unwrap().contains("all 2 seats are taken (2 in use)"),
            "{refused}"
        );
        app.switched(way, &first, false);
        assert_eq!(app.seats_used(), 1, "{way:?}");
        app.person("third");
        let refused = expect(app.switch(way, &first, true), 403).json().unwrap();
        assert!(refused["detail"].as_str().unwrap().contains("deactivate somebody, or raise the limit"));
        app.set_seats(3);
        app.switched(way, &first, true);
        assert_eq!(app.seats_used(), 3);
    }
}

/// L18, L19: who is deactivated keeps everything that says who they are, their results and their data.
#[test]
fn a_deactivation_keeps_everything() {
    for way in Way::BOTH {
        let app = workspace();
        let course = app.course("Onboarding");
        let mut body = user("kept");
        body["name"] = json!({"givenName": "Kim", "familyName": "Kept"});
        let id = app.provision(&body);
        app.enrolled(&course, &json!({"accounts": [id]}));
        expect(app.complete(&id, &course, &json!({"certificate": "W-1"})), 201);
        app.switched(way, &id, false);
        assert_eq!(app.read(&format!("/Users/{id}"))["name"]["familyName"], "Kept");
        let history =
            expect(app.api("GET", &format!("/accounts/{id}/completions"), None), 200).json().unwrap();
        assert_eq!(history["completions"][0]["certificate"], "W-1", "{way:?}");
    }
}

/// L20: a delete takes the personal data and all records, and nothing brings them back.
#[test]
fn a_delete_takes_everything_for_ever() {
    for way in Way::BOTH {
        let app = workspace();
        let course = app.course("Onboarding");
        let mut body = user("erased.person");
        body["name"] = json!({"familyName": "Zweifelhaft"});
        body["externalId"] = json!("hr-4711-zweifelhaft");
        let id = app.provision(&body);
        app.learner_with_password(&id, "erased.person", PASSWORD).session(PASSWORD);
        app.enrolled(&course, &json!({"accounts": [id]}));
        expect(app.complete(&id, &course, &json!({"certificate": "Z-Zweifelhaft"})), 201);
        match way {
            Way::Scim => drop(expect(app.scim("DELETE", &format!("/Users/{id}"), None), 204)),
            Way::Api => drop(app.done(&id, &json!({"command": "erase", "confirm": "erased.person"}))),
        }
        expect(app.scim("GET", &format!("/Users/{id}"), None), 404);
        expect(app.switch(Way::Scim, &id, true), 404);
        assert_eq!(app.report("training?scope=all"), Vec::<Value>::new());
        let counts = expect(app.api("GET", &format!("/courses/{course}"), None), 200).json().unwrap();
        assert_eq!((&counts["enrolled"], &counts["completions"]), (&json!(0), &json!(0)), "{way:?}");
        // The name is free for somebody else, who is somebody else.
        assert_ne!(app.person("erased.person"), id);
    }
}

/// L47, L50, C11: every deactivation asks first, by name, and a wrong name does nothing.
#[test]
fn every_deactivation_is_confirmed_by_name() {
    let app = workspace();
    let id = app.person("sure");
    let order = |confirm: Option<&str>| match confirm {
        Some(word) => json!({"command": "deactivate", "confirm": word}),
        None => json!({"command": "deactivate"}),
    };
    let asked = expect(app.command(&id, &order(None)), 409).json().unwrap();
    assert_eq!(asked["type"], "urn:rollcall:problem:confirmation-required");
    assert!(asked["detail"].as_str().unwrap().contains("sure"), "{asked}");
    let wrong = expect(app.command(&id, &order(Some("somebody.else"))), 400).json().unwrap();
    assert_eq!(wrong["field"], "confirm");
    assert_eq!(app.account(&id)["active"], true);
    assert_eq!(app.done(&id, &order(Some("sure")))["account"]["label"], "Deactivated");
}

/// L55, L57, L59, L60: whom nobody has seen is found by the last sign-in, shown before they are switched off, and deactivated only:
/// nothing is deleted.
#[test]
fn the_unused_are_found_shown_and_deactivated_at_once() {
    let app = workspace();
    let urn = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
    let ids = ["early", "late", "never"].map(|name| app.person(name));
    app.done(&ids[0], &json!({"command": "recordAccess"}));
    app.clock().advance(Duration::days(200));
    app.done(&ids[1], &json!({"command": "recordAccess"}));
    assert_eq!(
        app.found(&format!("sortBy={urn}:lastSignInAt&filter={urn}:lastSignInAt%20pr")),
        ["early", "late"]
    );
    let never = format!("{urn}:status eq \"activated\"");
    let unused = format!("{urn}:lastSignInAt lt \"2026-12-01T00:00:00Z\" or {never}");
    let plan = json!({"command": {"command": "deactivate", "reason": "dormant"}, "filter": unused});
    let shown = expect(app.api("POST", "/plans", Some(&plan)), 201).json().unwrap();
    let names: Vec<&str> = shown["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["account"]["userName"].as_str().unwrap())
        .collect();
    assert_eq!((names, &shown["counts"]["changes"]), (vec!["early", "never"], &json!(2)));
    assert_eq!(app.account(&ids[0])["active"], true, "nothing happened yet");
    let id = shown["id"].as_str().unwrap();
    let ran = expect(app.api("POST", &format!("/plans/{id}/run"), None), 200).json().unwrap();
    assert_eq!((&ran["counts"]["changes"], &ran["seats"]["released"]), (&json!(2), &json!(2)));
    assert_eq!(
        [app.label(&ids[0]), app.label(&ids[1]), app.label(&ids[2])],
        ["Deactivated", "Active", "Deactivated"]
    );
    assert_eq!(app.account(&ids[0])["deactivationReason"], "dormant");
    app.switched(Way::Api, &ids[0], true);
}

/// L16, L10: nobody who is off lets themselves in again, with whatever they have.
#[test]
fn nobody_reactivates_themselves() {
    for way in Way::BOTH {
        let app = TestApp::with_policy(&json!({"preset": "workspace", "reset.method": "link"}));
        let mut body = user("self");
        body["emails"] = json!([{"value": "self@example.com"}]);
        let id = app.provision(&body);
        let issued = app.api("POST", &format!("/accounts/{id}/temporary-password"), None);
        let token = expect(issued, 201).json().unwrap()["resetToken"].clone();
        app.switched(way, &id, false);
        let reset = json!({"token": token, "newPassword": PASSWORD});
        let refused = app.request("POST", "/api/v1/password-resets", None, Some(&reset));
        assert_eq!(expect(refused, 403).json().unwrap()["type"], "urn:rollcall:problem:account-inactive");
        assert_eq!(app.account(&id)["active"], false, "{way:?}");
    }
}
