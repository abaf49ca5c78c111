//! Ways round the guard that were tried, and lead nowhere.

use super::guard::{act, active, company, off, quarantine};
use crate::support::actors::Learner;
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

/// LIFECYCLE C10: off and on again takes the password of who signs in by user name. That is a loss as well, and undone with the rest.
#[test]
fn passwords_taken_by_off_and_on_again_are_counted_and_come_back() {
    let app = TestApp::with_policy(&json!({"reactivate.password": "invalidate_username_only"}));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let people = company(&app, 60);
    let learner = app.learner_with_password(&people[0], "person-0", "correct horse battery");
    for (number, id) in people[1..8].iter().enumerate() {
        app.learner_with_password(id, &format!("person-{}", number + 1), "correct horse battery");
    }
    let on = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    let again = |id: &str| match off(&app, id).status {
        200 => expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&on)), 200).status,
        other => other,
    };
    expect(learner.sign_in("correct horse battery"), 201);
    let gone = people.iter().take_while(|id| again(id) == 200).count();
    assert_eq!(gone, 5);
    assert_eq!(active(&app), 60);
    expect(learner.sign_in("correct horse battery"), 401);
    let restored = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!((&restored["restored"], &restored["notRestored"]), (&json!(5), &json!([])));
    expect(learner.sign_in("correct horse battery"), 201);
}

/// Who has a new password by then keeps it.
#[test]
fn a_restoration_replaces_no_newer_password() {
    let app = TestApp::with_policy(&json!({"reactivate.password": "invalidate_username_only"}));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let people = company(&app, 60);
    let learner = app.learner_with_password(&people[0], "person-0", "correct horse battery");
    let on = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    expect(off(&app, &people[0]), 200);
    expect(app.scim("PATCH", &format!("/Users/{}", people[0]), Some(&on)), 200);
    app.learner_with_password(&people[0], "person-0", "a newer battery staple");
    for id in &people[1..6] {
        expect(off(&app, id), 200);
    }
    expect(off(&app, &people[6]), 429);
    let restored = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!(restored["restored"], 5);
    expect(learner.sign_in("a newer battery staple"), 201);
}

/// What a source may take back does not grow by what it has taken back.
#[test]
fn of_many_new_ones_no_more_go_because_some_have_gone() {
    let app = TestApp::start();
    let new: Vec<String> = (0..105).map(|number| app.person(&format!("new-{number}"))).collect();
    let gone =
        new.iter().filter(|id| app.scim("DELETE", &format!("/Users/{id}"), None).status == 204).count();
    assert_eq!(gone, 5);
}

#[test]
fn a_provider_makes_no_administrator_of_who_has_a_password_that_it_may_know() {
    let app = TestApp::start();
    app.set("demo", "identity-provider", &json!({"passwords": "accept"}));
    let mut mallory = user("mallory");
    mallory["password"] = json!("hunter-not-22x");
    let made = app.provision(&mallory);
    assert_eq!(app.account(&made)["passwordState"], "set");
    let raise = |extra: Option<Value>| {
        let role = json!({"op": "add", "path": format!("{ROLLCALL}:role"), "value": "administrator"});
        patch_op(json!([role].into_iter().chain(extra).collect::<Vec<_>>()))
    };
    expect(app.scim("PATCH", &format!("/Users/{made}"), Some(&raise(None))), 200);
    let account = app.account(&made);
    assert_eq!(
        (&account["role"], &account["passwordState"]),
        (&json!("administrator"), &json!("invalidated")),
        "{account}"
    );
    // Nor in the same breath.
    let second = app.provision(&user("mallory-2"));
    let password = json!({"op": "add", "path": "password", "value": "another-one-33y"});
    expect(app.scim("PATCH", &format!("/Users/{second}"), Some(&raise(Some(password)))), 200);
    let state = app.account(&second)["passwordState"].clone();
    assert!(["none", "invalidated"].contains(&state.as_str().unwrap()), "{state}");
    let answer = Learner::new(&app, "mallory-2").sign_in("another-one-33y");
    assert!([401, 409].contains(&answer.status), "{answer:?}");
}

/// An end that is far puts nobody out unseen: of many that come near, administrators are told in time. And of many other logins.
#[test]
fn many_that_end_soon_or_sign_in_as_somebody_else_are_told() {
    let app = TestApp::start();
    let people = company(&app, 60);
    let told = |kind: &str| {
        app.work();
        let all = expect(app.api("GET", "/notices", None), 200).json().unwrap();
        let of_kind = |notice: &&Value| notice["kind"] == kind;
        all["notices"].as_array().unwrap().iter().filter(of_kind).cloned().collect::<Vec<Value>>()
    };
    let end = (app.clock().now() + chrono::Duration::days(20)).format("%Y-%m-%d").to_string();
    let dated = patch_op(json!([{"op": "add", "path": format!("{ROLLCALL}:expiresAt"), "value": end}]));
    for (number, id) in people.iter().enumerate() {
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&dated)), 200);
        if number < 5 {
            let login = json!([{"op": "replace", "path": "userName", "value": format!("other-{number}")}]);
            expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch_op(login))), 200);
        }
    }
    assert_eq!((told("accounts.ending").len(), told("logins.changed").len()), (0, 0));
    let login = patch_op(json!([{"op": "replace", "path": "userName", "value": "other-5"}]));
    expect(app.scim("PATCH", &format!("/Users/{}", people[5]), Some(&login)), 200);
    let renamed = told("logins.changed");
    assert_eq!(renamed.len(), 1);
    assert!(renamed[0]["detail"].as_str().unwrap().contains("identity-provider"), "{renamed:?}");
    app.clock().advance(chrono::Duration::days(14));
    let ending = told("accounts.ending");
    assert_eq!(ending.len(), 1);
    assert!(ending[0]["detail"].as_str().unwrap().contains(&end), "{ending:?}");
    app.clock().advance(chrono::Duration::days(1));
    assert_eq!(told("accounts.ending").len(), 1, "once");
    assert_eq!(active(&app), 60);
}

#[test]
fn another_login_of_who_administers_is_told() {
    let app = TestApp::start();
    let id = app.person("ada");
    app.done(&id, &json!({"command": "setRole", "role": "administrator"}));
    let email = json!([{"op": "replace", "path": "emails", "value": [{"value": "mallory@example.com", "primary": true}]}]);
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch_op(email))), 200);
    let all = expect(app.api("GET", "/notices", None), 200).json().unwrap();
    let notice = &all["notices"][0];
    assert_eq!((&notice["kind"], &notice["subjectId"]), (&json!("login.changed"), &json!(id)), "{all}");
}
