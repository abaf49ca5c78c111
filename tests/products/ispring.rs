//! iSpring Learn (seed S): a date on which people become inactive, an owner who cannot, and accounts above the limit.

use super::PASSWORD;
use crate::support::administrator::Way;
use crate::support::{TestApp, expect, patch_op, scim_error, user};
use chrono::Duration;
use serde_json::json;

fn ispring() -> TestApp {
    TestApp::with_policy(&json!({"preset": "ispring"}))
}

/// L55, L62, L63, C3: many are made inactive on a date: active until then, Inactive from then on without anybody doing anything, and
/// activated like anybody else afterwards, many at once. Over SCIM it is a bulk, over the API a plan.
#[test]
fn many_become_inactive_on_a_date_and_are_activated_again() {
    for way in Way::BOTH {
        let app = ispring();
        let ids = ["one", "two", "three"].map(|name| app.person(name));
        many(&app, way, &ids, Some("2026-11-30"));
        for id in &ids {
            let account = app.account(id);
            let both = (&account["label"], &account["deactivateAt"]);
            assert_eq!(both, (&json!("Active"), &json!("2026-11-30T23:00:00Z")), "{way:?}");
        }
        app.clock().advance(Duration::days(9) + Duration::hours(14));
        assert_eq!(ids.each_ref().map(|id| app.label(id)), ["Inactive", "Inactive", "Inactive"], "{way:?}");
        many(&app, way, &ids, None);
        for id in &ids {
            let account = app.account(id);
            assert_eq!((&account["label"], account.get("deactivateAt")), (&json!("Active"), None), "{way:?}");
        }
    }
}

/// Makes many inactive on a day in Berlin, or active again.
fn many(app: &TestApp, way: Way, ids: &[String], day: Option<&str>) {
    match way {
        Way::Scim => {
            let urn = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
            let value = match day {
                Some(day) => json!({ urn: {"deactivateAt": day, "timeZone": "Europe/Berlin"} }),
                None => json!({"active": true}),
            };
            let patch = patch_op(json!([{"op": "add", "value": value}]));
            let operation =
                |id: &String| json!({"method": "PATCH", "path": format!("/Users/{id}"), "data": patch});
            let operations: Vec<_> = ids.iter().map(operation).collect();
            let bulk = json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": operations,
            });
            let answer = expect(app.scim("POST", "/Bulk", Some(&bulk)), 200).json().unwrap();
            assert!(
                answer["Operations"].as_array().unwrap().iter().all(|one| one["status"] == "200"),
                "{answer}"
            );
        }
        Way::Api => {
            let command = match day {
                Some(day) => json!({"command": "deactivate", "at": day, "timeZone": "Europe/Berlin"}),
                None => json!({"command": "reactivate"}),
            };
            let plan = json!({"command": command, "accounts": ids});
            let plan = expect(app.api("POST", "/plans", Some(&plan)), 201).json().unwrap();
            expect(app.api("POST", &format!("/plans/{}/run", plan["id"].as_str().unwrap()), None), 200);
        }
    }
}

/// L61, L63: a date for one, over SCIM and by command, is the same date.
#[test]
fn one_becomes_inactive_on_a_date() {
    for way in Way::BOTH {
        let app = ispring();
        let id = app.person("temp");
        let learner = app.learner_with_password(&id, "temp", PASSWORD);
        match way {
            Way::Scim => {
                let urn = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
                let set = patch_op(
                    json!([{"op": "add", "path": format!("{urn}:deactivateAt"), "value": "2026-11-21"}]),
                );
                expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&set)), 200);
            }
            Way::Api => drop(app.done(&id, &json!({"command": "deactivate", "at": "2026-11-21"}))),
        }
        app.clock().advance(Duration::hours(14));
        let session = learner.session(PASSWORD);
        assert_eq!(
            (app.label(&id), app.session_status(&session)),
            ("Active".to_owned(), 200),
            "the day is not over"
        );
        app.clock().advance(Duration::hours(1));
        assert_eq!((app.label(&id), app.session_status(&session)), ("Inactive".to_owned(), 401), "{way:?}");
    }
}

/// L35, L63, C3: an account whose date has come is Inactive like any other, and activated without a new date.
#[test]
fn an_expiry_is_a_deactivation_that_a_click_undoes() {
    for way in Way::BOTH {
        let app = ispring();
        let id = app.person("expired");
        app.done(&id, &json!({"command": "setExpiry", "expiresAt": "2026-11-21T10:00:00Z"}));
        app.clock().advance(Duration::hours(2));
        assert_eq!(app.label(&id), "Inactive");
        app.switched(way, &id, true);
        assert_eq!(
            (app.label(&id), app.account(&id).get("expiresAt").cloned()),
            ("Active".to_owned(), None),
            "{way:?}"
        );
    }
}

/// L09, L31, L73, T6: the owner cannot be deactivated, given an end, locked, erased or deleted, one by one or with others; whoever is
/// made the owner takes it over.
#[test]
fn the_owner_cannot_be_deactivated() {
    let app = ispring();
    let (owner, heir) = (app.person("owner"), app.person("heir"));
    assert_eq!(app.done(&owner, &json!({"command": "makeOwner"}))["account"]["role"], "owner");
    for way in Way::BOTH {
        let refused = expect(app.switch(way, &owner, false), 403).json().unwrap();
        assert!(
            refused["detail"].as_str().unwrap().contains("make somebody else the owner first"),
            "{refused}"
        );
    }
    for command in [
        json!({"command": "deactivate", "at": "2027-01-01"}),
        json!({"command": "setExpiry", "expiresAt": "2027-01-01"}),
        json!({"command": "lock"}),
        json!({"command": "erase", "confirm": "owner"}),
    ] {
        let refused = expect(app.command(&owner, &command), 403).json().unwrap();
        assert_eq!(refused["type"], "urn:rollcall:problem:account-of-the-owner", "{command}");
    }
    assert_eq!(
        scim_error(&app.scim("DELETE", &format!("/Users/{owner}"), None), 403, None),
        Vec::<String>::new()
    );
    // With others: everybody else is deactivated, and the owner stays.
    let all = json!({"command": {"command": "deactivate"}, "filter": "active eq true"});
    let plan = expect(app.api("POST", "/plans", Some(&all)), 201).json().unwrap();
    assert_eq!((&plan["counts"]["changes"], &plan["counts"]["refused"]), (&json!(1), &json!(1)));
    let id = plan["id"].as_str().unwrap();
    expect(app.api("POST", &format!("/plans/{id}/run"), None), 200);
    assert_eq!([app.label(&owner), app.label(&heir)], ["Active", "Inactive"]);
    // Only who is in can be the owner, and then it is one person.
    expect(app.command(&heir, &json!({"command": "makeOwner"})), 403);
    app.switched(Way::Api, &heir, true);
    app.done(&heir, &json!({"command": "makeOwner"}));
    assert_eq!(
        [app.account(&owner)["role"].clone(), app.account(&heir)["role"].clone()],
        [json!("administrator"), json!("owner")]
    );
    app.switched(Way::Scim, &owner, false);
}

/// L29, L33, L74, T7, C6: above the limit new accounts are there and inactive; a deactivation frees a position for one of them.
#[test]
fn accounts_above_the_limit_are_inactive_until_a_position_is_free() {
    for way in Way::BOTH {
        let app = ispring();
        app.set_seats(2);
        let ids = ["one", "two", "three"].map(|name| app.person(name));
        assert_eq!(ids.each_ref().map(|id| app.label(id)), ["Active", "Active", "Inactive"]);
        let history = app.api("GET", &format!("/accounts/{}/timeline", ids[2]), None);
        let because = expect(history, 200).json().unwrap()["because"][0].clone();
        assert_eq!(
            (&because["fact"], because.get("by")),
            (&json!("noFreeSeat"), None),
            "nobody deactivated them"
        );
        let refused = expect(app.switch(way, &ids[2], true), 403).json().unwrap();
        assert!(
            refused["detail"].as_str().unwrap().contains("all 2 seats are taken (2 in use)"),
            "{refused}"
        );
        app.switched(way, &ids[0], false);
        app.done(&ids[2], &json!({"command": "deactivate", "reason": "security"}));
        let history = app.api("GET", &format!("/accounts/{}/timeline", ids[2]), None);
        let because = expect(history, 200).json().unwrap()["because"][0].clone();
        assert_eq!((&because["fact"], &because["reason"]), (&json!("deactivated"), &json!("security")));
        app.switched(way, &ids[2], true);
        assert_eq!((app.label(&ids[2]), app.seats_used()), ("Active".to_owned(), 2), "{way:?}");
    }
}

/// L10, L15, L16, L36, L37, C8: an inactive user gets no message and cannot be assigned to a course: by name it is refused with the
/// fact, with everyone they are left out.
#[test]
fn an_inactive_user_cannot_be_assigned() {
    for way in Way::BOTH {
        let app = ispring();
        let ids = ["here", "away"].map(|name| app.person(name));
        let course = app.course("Sales basics");
        app.switched(way, &ids[1], false);
        assert_eq!(app.account(&ids[1])["mayBeMailed"], false);
        let refused = expect(app.enrol(&course, &json!({ "accounts": ids })), 409).json().unwrap();
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains(&ids[1]) && detail.contains("let them in first"), "{refused}");
        assert_eq!(app.enrolments(&ids[0]), [], "nobody is enrolled by a refused enrolment");
        app.done(&ids[0], &json!({"command": "lock"}));
        let locked = expect(app.enrol(&course, &json!({"accounts": [ids[0]]})), 409).json().unwrap();
        assert!(locked["detail"].as_str().unwrap().contains("locked by an administrator"), "{locked}");
        app.done(&ids[0], &json!({"command": "unlock"}));
        let everyone = app.enrolled(&course, &json!({"everyone": true}));
        assert_eq!(
            (&everyone["enrolled"], &everyone["skippedAccounts"]),
            (&json!(1), &json!([ids[1]])),
            "{way:?}"
        );
    }
}

/// L19, L20, L22, L39, L40, C9: an inactive user stays visible and can be edited, and has all permissions again at once after the
/// return.
#[test]
fn permissions_come_back_by_themselves() {
    for way in Way::BOTH {
        let app = ispring();
        let mut body = user("author");
        body["emails"] = json!([{"value": "author@example.com"}]);
        let id = app.provision(&body);
        app.done(&id, &json!({"command": "setRole", "role": "trainer"}));
        let course = app.course("Authoring");
        app.enrolled(&course, &json!({"accounts": [id]}));
        app.switched(way, &id, false);
        let title = patch_op(json!([{"op": "add", "path": "title", "value": "Senior author"}]));
        let edited = expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&title)), 200).json().unwrap();
        assert_eq!((&edited["title"], &edited["active"]), (&json!("Senior author"), &json!(false)));
        assert_eq!(app.found("filter=active%20eq%20false"), ["author"]);
        app.switched(way, &id, true);
        assert_eq!(app.account(&id)["role"], "trainer");
        assert_eq!(app.enrolments(&id), [("Authoring".to_owned(), "open".to_owned())], "{way:?}");
    }
}
