//! What an HR system, a provider beside it, and a manager may not decide.

use super::guard::company;
use crate::support::answers::problem;
use crate::support::cluster::texts;
use crate::support::http::Response;
use crate::support::{TestApp, expect, patch_op, user};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const WORD: &str = "correct horse battery";

fn hr(app: &TestApp, scope: Scope, others: &str) -> String {
    let token = app.issue_token("demo", "hr", scope);
    app.set("demo", "hr", &json!({"source": "hr", "others": others}));
    token
}

fn says(word: &str, answer: &Response) {
    let answer = answer.json().unwrap();
    assert!(answer["detail"].as_str().unwrap().contains(word), "{answer}");
}

/// To delete somebody who is locked and to make them anew would be to unlock them.
#[test]
fn no_sync_deletes_who_is_locked() {
    let app = TestApp::start();
    let id = app.person("mallory");
    app.clock().advance(chrono::Duration::hours(2));
    app.done(&id, &json!({"command": "lock"}));
    let path = format!("/Users/{id}");
    says("locked", &expect(app.scim("DELETE", &path, None), 403));
    expect(app.scim("POST", "/Users", Some(&user("mallory"))), 409);
    assert!(app.account(&id)["lockedAt"].is_string());
    app.done(&id, &json!({"command": "unlock"}));
    expect(app.scim("DELETE", &path, None), 204);
}

/// What an administrator alone lifts, an administrator alone puts on; and nobody was there because an HR system says so.
#[test]
fn an_hr_system_locks_nobody_and_sees_nobody() {
    let app = TestApp::start();
    let people = company(&app, 40);
    let token = hr(&app, Scope::Api, "change");
    let send = |method: &str, path: &str, body: &Value| {
        app.request(method, &format!("/api/v1{path}"), Some(&token), Some(body))
    };
    for id in &people {
        let answer = send("POST", &format!("/accounts/{id}/commands"), &json!({"command": "lock"}));
        assert_eq!(problem(&answer, 403), Vec::<String>::new());
    }
    for command in ["lock", "recordAccess"] {
        let plan = json!({"command": {"command": command}, "accounts": people});
        assert_eq!(problem(&send("POST", "/plans", &plan), 403), Vec::<String>::new(), "{command}");
        let body = json!({"command": command});
        expect(send("POST", &format!("/accounts/{}/commands", people[0]), &body), 403);
    }
    let account = app.account(&people[0]);
    assert_eq!(
        (&account["lockedAt"], &account["firstAccessAt"], &account["active"]),
        (&Value::Null, &Value::Null, &json!(true))
    );
}

/// As little over SCIM as over the API.
#[test]
fn an_hr_system_gives_no_roles_over_scim() {
    let app = TestApp::start();
    let theirs = app.person("learner");
    let token = hr(&app, Scope::Scim, "change");
    let send = |method: &str, path: &str, body: &Value| {
        app.request(method, &format!("/scim/v2/Users{path}"), Some(&token), Some(body))
    };
    let mut mallory = user("mallory");
    mallory[ROLLCALL] = json!({"role": "administrator", "startsAt": "2026-01-01"});
    let made = expect(send("POST", "", &mallory), 201).json().unwrap();
    let id = made["id"].as_str().unwrap();
    for id in [id, &theirs] {
        let patch = json!([{"op": "add", "path": format!("{ROLLCALL}:role"), "value": "administrator"},
            {"op": "add", "path": "title", "value": "Guide"}]);
        let answer = expect(send("PATCH", &format!("/{id}"), &patch_op(patch)), 200).json().unwrap();
        assert_eq!(answer["title"], "Guide", "the rest is done");
        mallory["userName"] = app.account(id)["userName"].clone();
        expect(send("PUT", &format!("/{id}"), &mallory), 200);
        assert_eq!(app.account(id)["role"], "learner");
    }
    // What a provider has given stays.
    let role = json!([{"op": "add", "path": format!("{ROLLCALL}:role"), "value": "trainer"}]);
    expect(app.scim("PATCH", &format!("/Users/{theirs}"), Some(&patch_op(role))), 200);
    let none = json!([{"op": "remove", "path": format!("{ROLLCALL}:role")}]);
    expect(send("PATCH", &format!("/{theirs}"), &patch_op(none)), 200);
    assert_eq!(app.account(&theirs)["role"], "trainer");
}

/// A day is another one in another zone: who says until when somebody is also says where.
#[test]
fn who_owns_active_owns_the_zone_of_its_dates() {
    let app = TestApp::start();
    let token = hr(&app, Scope::Scim, "change");
    expect(app.api("PATCH", "/attribute-owners", Some(&json!({"attributes": {"active": "hr"}}))), 200);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let id = app.provision(&user("bjensen"));
    let dated = json!([{"op": "add", "path": format!("{ROLLCALL}:expiresAt"), "value": "2027-06-30"},
        {"op": "add", "path": "timezone", "value": "Europe/Berlin"}]);
    expect(app.request("PATCH", &format!("/scim/v2/Users/{id}"), Some(&token), Some(&patch_op(dated))), 200);
    let before = app.account(&id)["expiresAt"].clone();
    for (path, zone) in [
        ("timezone".to_owned(), "Pacific/Kiritimati"),
        (format!("{ROLLCALL}:timeZone"), "Pacific/Kiritimati"),
    ] {
        let moved = json!([{"op": "add", "path": path, "value": zone}, {"op": "add", "path": "title", "value": "Guide"}]);
        let answer = expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch_op(moved))), 200);
        assert_eq!(answer.json().unwrap()["timezone"], "Europe/Berlin");
        assert_eq!(app.account(&id)["expiresAt"], before, "{path}");
    }
    let mut other = user("other");
    other["timezone"] = json!("Pacific/Kiritimati");
    let other = app.provision(&other);
    assert_eq!(app.read(&format!("/Users/{other}"))["timezone"], Value::Null);
}

/// Learning records of another connection's people are not an HR system's to write.
#[test]
fn an_hr_system_completes_no_courses_of_others() {
    let app = TestApp::start();
    let id = app.person("learner");
    let course = app.course("Safety");
    app.enrolled(&course, &json!({"accounts": [id]}));
    let token = hr(&app, Scope::Api, "read");
    for path in ["start", "completion"] {
        let path = format!("/api/v1/accounts/{id}/courses/{course}/{path}");
        let answer = app.request("POST", &path, Some(&token), Some(&json!({})));
        assert_eq!(problem(&answer, 403), Vec::<String>::new(), "{path}");
    }
    assert_eq!(app.enrolments(&id)[0].1, "open");
}

/// Whose an account is decides whose word counts: that is an administrator's, and no manager's.
#[test]
fn a_manager_gives_no_account_to_another_connection() {
    let app = TestApp::start();
    let learner = app.person("learner");
    let boss = app.person("boss");
    app.done(&boss, &json!({"command": "setRole", "role": "manager"}));
    app.issue_token("demo", "entra", Scope::Scim);
    let all = expect(app.api("GET", "/connections", None), 200).json().unwrap();
    let entra =
        all["connections"].as_array().unwrap().iter().find(|one| one["name"] == "entra").unwrap()["id"]
            .clone();
    let transfer = json!({"command": "transfer", "connection": entra});
    let path = format!("/api/v1/accounts/{learner}/commands");
    let session = app.learner_with_password(&boss, "boss", WORD).session(WORD);
    let answer = app.request("POST", &path, Some(&session), Some(&transfer));
    assert_eq!(problem(&answer, 403), Vec::<String>::new());
    let plan = json!({"command": transfer, "accounts": [learner]});
    expect(app.request("POST", "/api/v1/plans", Some(&session), Some(&plan)), 403);
    // Nor by running what an administrator has only looked at; an HR system as little.
    let looked_at = expect(app.api("POST", "/plans", Some(&plan)), 201).json().unwrap();
    let run = format!("/api/v1/plans/{}/run", looked_at["id"].as_str().unwrap());
    let hr = hr(&app, Scope::Api, "change");
    for caller in [&session, &hr] {
        let answer = app.request("POST", &run, Some(caller), Some(&json!({})));
        assert_eq!(problem(&answer, 403), Vec::<String>::new());
    }
    let owner = || {
        let sql = format!("SELECT connection_id::text AS t FROM accounts WHERE id = '{learner}'");
        json!(texts(app.database_url(), &sql)[0])
    };
    assert_ne!(owner(), entra);
    app.done(&boss, &json!({"command": "setRole", "role": "administrator"}));
    let session =
        app.learner_with_password(&boss, "boss", "another horse battery").session("another horse battery");
    expect(app.request("POST", &path, Some(&session), Some(&transfer)), 200);
    assert_eq!(owner(), entra);
}

/// A reason that no text can hold is refused as what it is.
#[test]
fn a_reason_with_a_control_character_is_refused_as_that() {
    let app = TestApp::start();
    let people = company(&app, 40);
    for id in &people[..6] {
        super::guard::off(&app, id);
    }
    let body = json!({"reason": "Right\u{0}."});
    let answer = super::guard::act(&app, &super::guard::quarantine(&app), "reject", &body);
    says("control character", &expect(answer, 400));
}
