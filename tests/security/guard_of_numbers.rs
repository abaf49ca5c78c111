//! Ways to be let put out more people than the guard allows.

use super::guard::{act, active, company, off, quarantine};
use crate::support::{TestApp, expect, patch_op, user};
use chrono::Duration;
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

fn dated(app: &TestApp, id: &str, name: &str, date: &str) -> u16 {
    let patch = patch_op(json!([{"op": "add", "path": format!("{ROLLCALL}:{name}"), "value": date}]));
    app.scim("PATCH", &format!("/Users/{id}"), Some(&patch)).status
}

fn told(app: &TestApp, kind: &str) -> Vec<Value> {
    app.work();
    let all = expect(app.api("GET", "/notices", None), 200).json().unwrap();
    let all = all["notices"].as_array().unwrap().clone();
    all.into_iter().filter(|notice| notice["kind"] == kind).collect()
}

/// Invented people make no room either when the window is over, and administrators hear of them before.
#[test]
fn invented_people_make_no_room_a_day_later_and_are_told() {
    let app = TestApp::start();
    let people = company(&app, 40);
    for id in &people {
        app.done(id, &json!({"command": "recordAccess"}));
    }
    app.clock().advance(Duration::days(30));
    for number in 0..40 {
        app.person(&format!("new-{number}"));
    }
    assert_eq!(told(&app, "accounts.many_new"), Vec::<Value>::new(), "no more than there were");
    for number in 0..360 {
        app.person(&format!("invented-{number}"));
    }
    // It is looked for every hour.
    app.clock().advance(Duration::hours(25));
    let news = told(&app, "accounts.many_new");
    assert_eq!(news.len(), 1, "{news:?}");
    assert!(news[0]["detail"].as_str().unwrap().contains("identity-provider"), "{news:?}");
    app.clock().advance(Duration::hours(25));
    assert_eq!(told(&app, "accounts.many_new").len(), 1, "once");
    let gone = people.iter().take_while(|id| off(&app, id).status == 200).count();
    assert_eq!((gone, active(&app)), (5, 435));
}

/// Who is to begin soon is put out by a later start, and is not back because something else is changed.
#[test]
fn a_start_that_is_moved_later_is_counted() {
    let app = TestApp::start();
    let people = company(&app, 60);
    for id in &people[..10] {
        assert_eq!(dated(&app, id, "startsAt", "2030-01-01"), if id == &people[5] { 429 } else { 200 });
        if id == &people[5] {
            break;
        }
        let trainer =
            patch_op(json!([{"op": "add", "path": format!("{ROLLCALL}:role"), "value": "trainer"}]));
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&trainer)), 200);
    }
    let restored = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!(restored["restored"], 5, "{restored}");
    assert_eq!(active(&app), 60);

    // Of those who have not begun yet.
    let app = TestApp::start();
    let staged: Vec<String> = (0..60)
        .map(|number| {
            let mut body = user(&format!("staged-{number}"));
            body[ROLLCALL] = json!({"startsAt": "2028-01-01"});
            app.provision(&body)
        })
        .collect();
    app.clock().advance(Duration::days(2));
    for id in &staged[..20] {
        assert_eq!(dated(&app, id, "startsAt", "2027-12-01"), 200, "an earlier one");
    }
    let gone = staged.iter().take_while(|id| dated(&app, id, "startsAt", "2030-01-01") == 200).count();
    assert_eq!(gone, 5);
    let restored = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!(restored["restored"], 5, "{restored}");
    let starts = |id: &str| app.account(id)["startsAt"].as_str().unwrap().to_owned();
    assert!(starts(&staged[0]).starts_with("2027-1"), "{}", starts(&staged[0]));
}

/// An end that is near is counted once, however often it is moved, until it has come.
#[test]
fn an_end_that_was_near_is_counted_once() {
    let app = TestApp::start();
    let people = company(&app, 60);
    let day = |days: i64| (app.clock().now() + Duration::days(days)).format("%Y-%m-%d").to_string();
    for id in &people[..5] {
        assert_eq!(dated(&app, id, "expiresAt", &day(5)), 200);
    }
    app.clock().advance(Duration::hours(30));
    for id in &people[..5] {
        assert_eq!(dated(&app, id, "expiresAt", &day(2)), 200);
    }
    for id in &people[5..10] {
        expect(off(&app, id), 200);
    }
    expect(off(&app, &people[10]), 429);
}

/// Where a reactivation makes enrolments wait, off and on again takes them: that is a loss as a password is, counted and undone.
#[test]
fn enrolments_taken_by_off_and_on_again_are_counted_and_come_back() {
    let app = TestApp::with_policy(&json!({"reactivate.restore": "manual_list"}));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let people = company(&app, 60);
    let course = app.course("Safety");
    app.enrolled(&course, &json!({"accounts": people[..10]}));
    let on = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    let again = |id: &str| match off(&app, id).status {
        200 => {
            expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&on)), 200);
            // What else is changed makes nobody whole.
            let role = json!([{"op": "add", "path": format!("{ROLLCALL}:role"), "value": "trainer"}]);
            expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch_op(role))), 200).status
        }
        other => other,
    };
    // Who had none has lost nothing.
    assert!(people[10..40].iter().all(|id| again(id) == 200));
    assert!([0, 0, 1].iter().all(|number| again(&people[*number]) == 200), "the same ones count once");
    let gone = people[2..10].iter().take_while(|id| again(id) == 200).count();
    assert_eq!(gone, 3);
    let state = |id: &str| app.enrolments(id)[0].1.clone();
    assert_eq!((state(&people[0]), state(&people[5])), ("waiting".to_owned(), "open".to_owned()));
    assert_eq!(active(&app), 60);
    let restored = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!((&restored["restored"], &restored["notRestored"]), (&json!(5), &json!([])));
    assert!(people[..10].iter().all(|id| state(id) == "open"));
}

/// Who was put out and then taken out of the groups is in them again; also who was deleted after that.
#[test]
fn a_restoration_puts_back_the_groups_of_who_was_only_switched_off() {
    let app = TestApp::start();
    let people = company(&app, 60);
    let members: Vec<Value> = people[..3].iter().map(|id| json!({"value": id})).collect();
    let group = json!({"displayName": "Guides", "members": members});
    let group = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap();
    let path = format!("/Groups/{}", group["id"].as_str().unwrap());
    for id in &people[..5] {
        expect(off(&app, id), 200);
    }
    let emptied = patch_op(json!([{"op": "remove", "path": "members"}]));
    assert!(app.scim("PATCH", &path, Some(&emptied)).status < 300);
    expect(app.scim("DELETE", &format!("/Users/{}", people[0]), None), 204);
    expect(off(&app, &people[5]), 429);
    let restored = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!((&restored["restored"], &restored["notRestored"]), (&json!(5), &json!([])));
    let is = app.read(&path)["members"].as_array().unwrap().len();
    assert_eq!(is, 3);
}

/// What was refused as a whole has put nobody out, and nobody is told that it has.
#[test]
fn a_refused_plan_is_told_as_what_it_was() {
    let app = TestApp::start();
    let people = company(&app, 40);
    let hr = app.issue_token("demo", "hr", rollcall::app::tokens::Scope::Api);
    app.set("demo", "hr", &json!({"source": "hr", "others": "change"}));
    let plan = json!({"command": {"command": "deactivate"}, "accounts": people[..9]});
    let plan = expect(app.request("POST", "/api/v1/plans", Some(&hr), Some(&plan)), 201).json().unwrap();
    let run = format!("/api/v1/plans/{}/run", plan["id"].as_str().unwrap());
    expect(app.request("POST", &run, Some(&hr), Some(&json!({}))), 429);
    assert_eq!(active(&app), 40);
    assert_eq!(quarantine(&app)["departed"], 0);
    let news = told(&app, "connection.quarantined");
    let words = news[0]["detail"].as_str().unwrap();
    assert!(words.contains("deactivated or deleted 0 of 40 accounts"), "{words}");
    assert!(words.contains("beyond the 5"), "{words}");
}
