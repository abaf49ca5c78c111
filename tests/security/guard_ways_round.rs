//! Ways round the guard that were tried, and lead nowhere.

use super::guard::{act, active, company, off, quarantine};
use crate::support::answers::problem;
use crate::support::{TestApp, expect, patch_op, user};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

#[test]
fn what_is_erased_is_counted_and_said_to_be_gone() {
    let app = TestApp::with_policy(&json!({"delete.result": "erase"}));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let people = company(&app, 60);
    let gone =
        people.iter().filter(|id| app.scim("DELETE", &format!("/Users/{id}"), None).status == 204).count();
    assert_eq!(gone, 5);
    let answer = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!((&answer["restored"], answer["notRestored"].as_array().unwrap().len()), (&json!(0), 5));
}

/// An HR system is no administrator, whatever its token opens.
#[test]
fn a_sync_does_not_make_itself_an_administrator() {
    let app = TestApp::start();
    let people = company(&app, 10);
    let hr = app.issue_token("demo", "hr", Scope::Api);
    app.set("demo", "hr", &json!({"source": "hr", "others": "change"}));
    let id = &people[0];
    app.done(id, &json!({"command": "lock"}));
    let command = |command: Value| ("POST", format!("/accounts/{id}/commands"), command);
    for (method, path, body) in [
        ("POST", "/tokens".to_owned(), json!({"connection": "administration", "scope": "api"})),
        ("POST", "/tokens".to_owned(), json!({"connection": "hr", "scope": "scim"})),
        ("PATCH", "/connections/hr".to_owned(), json!({"settings": {"guard": "off"}})),
        ("PATCH", "/policy".to_owned(), json!({"guard.count": "900"})),
        ("PUT", "/seats".to_owned(), json!({"limit": 1})),
        ("PATCH", "/attribute-owners".to_owned(), json!({"attributes": {"active": "hr"}})),
        ("POST", format!("/accounts/{}/temporary-password", people[1]), json!({})),
        command(json!({"command": "makeOwner"})),
        command(json!({"command": "unlock"})),
        command(json!({"command": "setRole", "role": "administrator"})),
        command(json!({"command": "erase", "confirm": id})),
    ] {
        let answer = app.request(method, &format!("/api/v1{path}"), Some(&hr), Some(&body));
        assert_eq!(problem(&answer, 403), Vec::<String>::new(), "{method} {path} {body}");
    }
    assert!(app.account(id)["lockedAt"].is_string());
}

#[test]
fn nobody_who_administers_is_made_or_given_a_password_by_who_may_not() {
    let app = TestApp::start();
    app.set("demo", "identity-provider", &json!({"passwords": "accept"}));
    let owned =
        json!({"attributes": {format!("{ROLLCALL}:role"): "administration", "active": "administration"}});
    let mut mallory = user("mallory");
    mallory["password"] = json!("hunter-not-22x");
    mallory[ROLLCALL] = json!({"role": "administrator", "expiresAt": "2026-01-01"});
    let made = app.provision(&mallory);
    assert_eq!(
        app.account(&made)["passwordState"],
        "none",
        "whose role opens the API has no password of a provider"
    );
    let password = patch_op(json!([{"op": "replace", "path": "password", "value": "another-one-33y"}]));
    expect(app.scim("PATCH", &format!("/Users/{made}"), Some(&password)), 200);
    assert_eq!(app.account(&made)["passwordState"], "none");
    expect(app.api("PATCH", "/attribute-owners", Some(&owned)), 200);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    mallory["userName"] = json!("mallory-2");
    mallory["active"] = json!(false);
    let second = app.account(&app.provision(&mallory));
    assert_eq!((&second["role"], &second["active"]), (&json!("learner"), &json!(true)), "{second}");
    // Nor by what amounts to it.
    let id = second["id"].as_str().unwrap();
    for (name, date) in
        [("deactivateAt", "2026-01-01"), ("expiresAt", "2026-01-01"), ("startsAt", "2027-01-01")]
    {
        let patch = patch_op(json!([{"op": "add", "path": format!("{ROLLCALL}:{name}"), "value": date}]));
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch)), 200);
        assert_eq!(app.account(id)["active"], true, "{name}");
    }
    expect(app.scim("DELETE", &format!("/Users/{id}"), None), 403);
}

#[test]
fn invented_people_do_not_make_room() {
    let app = TestApp::start();
    let people = company(&app, 40);
    for id in &people {
        app.done(id, &json!({"command": "recordAccess"}));
    }
    app.clock().advance(chrono::Duration::hours(30));
    for number in 0..400 {
        app.person(&format!("invented-{number}"));
    }
    let gone = people.iter().take_while(|id| off(&app, id).status == 200).count();
    assert_eq!((gone, active(&app)), (5, 435));
}

#[test]
fn what_an_administrator_decides_meanwhile_stands() {
    let app = TestApp::start();
    let people = company(&app, 60);
    for id in &people[..5] {
        expect(off(&app, id), 200);
    }
    expect(off(&app, &people[5]), 429);
    app.done(&people[0], &json!({"command": "deactivate", "reason": "security", "confirm": people[0]}));
    let same = app.done(&people[1], &json!({"command": "deactivate", "confirm": people[1]}));
    assert_eq!(same["changed"], false);
    app.done(&people[2], &json!({"command": "setExpiry", "expiresAt": "2026-11-01", "confirm": people[2]}));
    app.done(&people[3], &json!({"command": "setStart", "startsAt": "2027-01-01", "confirm": people[3]}));
    let restored = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!(restored["restored"], 1, "{restored}");
    let is: Vec<Value> = people[..5].iter().map(|id| app.account(id)["active"].clone()).collect();
    assert_eq!(json!(is), json!([false, false, false, false, true]));
}
