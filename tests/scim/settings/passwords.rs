//! Passwords that a provider sends: dropped, refused, or set.

use super::Provider;
use crate::support::cluster::texts;
use crate::support::{Learner, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

const FIRST: &str = "correct horse battery";
const SECOND: &str = "staple of the stable";
const STATE: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:passwordState";

fn with_password(name: &str, password: &str) -> Value {
    let mut body = user(name);
    body["password"] = json!(password);
    body
}

fn setting(password: &str) -> Value {
    patch_op(json!([{"op": "replace", "path": "password", "value": password}]))
}

fn state(app: &TestApp, id: &str) -> Value {
    app.account(id)["passwordState"].clone()
}

/// R063: what is not to be held is dropped, or refused with its name.
#[test]
fn a_password_is_dropped_or_refused() {
    let app = TestApp::start();
    let id = app.provision(&with_password("dropped", FIRST));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&setting(FIRST))), 200);
    assert_eq!(state(&app, &id), "none");
    expect(Learner::new(&app, "dropped").sign_in(FIRST), 401);
    for settings in [json!({"passwords": "refuse"}), json!({"dialect": "strict"})] {
        let provider = Provider::new(&app, &settings);
        for (method, path, body) in [
            ("POST", "/Users".to_owned(), with_password("new", FIRST)),
            ("PUT", format!("/Users/{id}"), with_password("dropped", FIRST)),
            ("PATCH", format!("/Users/{id}"), setting(FIRST)),
        ] {
            let answer = provider.send(method, &path, Some(&body));
            assert_eq!(scim_error(&answer, 400, Some("invalidValue")), Vec::<String>::new(), "{method}");
            let detail = answer.json().unwrap()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains("password") && !detail.contains(FIRST), "{detail}");
        }
        expect(provider.send("PUT", &format!("/Users/{id}"), Some(&user("dropped"))), 200);
    }
}

/// R061, R062, R063, R064, R119: a password that is accepted is prepared, checked, hashed and never shown; it opens the account by
/// POST, PUT and PATCH, and ends the sessions of the one before.
#[test]
fn an_accepted_password_opens_the_account_and_is_never_shown() {
    let app = TestApp::start();
    let provider = Provider::new(&app, &json!({"passwords": "accept"}));
    // U+2003 is a blank outside of ASCII, as some keyboards write it.
    let made =
        provider.send("POST", "/Users", Some(&with_password("bjensen", "correct\u{2003}horse battery")));
    let made = expect(made, 201);
    let id = made.json().unwrap()["id"].as_str().unwrap().to_owned();
    let learner = Learner::new(&app, "bjensen");
    let session = learner.session(FIRST);
    assert_eq!((state(&app, &id), app.session_status(&session)), (json!("set"), 200));

    let patched = expect(provider.send("PATCH", &format!("/Users/{id}"), Some(&setting(SECOND))), 200);
    assert_eq!(app.session_status(&session), 401, "the sessions of the password before have ended");
    expect(learner.sign_in(FIRST), 401);
    let session = learner.session(SECOND);
    let put =
        expect(provider.send("PUT", &format!("/Users/{id}"), Some(&with_password("bjensen", FIRST))), 200);
    assert_eq!(app.session_status(&session), 401);
    learner.session(FIRST);
    let query = format!("/Users/{id}?attributes=password,{STATE}");
    let asked = expect(provider.send("GET", &query, None), 200);
    let rows = texts(
        app.database_url(),
        "SELECT (to_jsonb(a) - 'password_hash')::text AS t FROM accounts a \
         UNION ALL SELECT to_jsonb(l)::text FROM audit_log l",
    );
    assert!(rows.len() > 3);
    let mut all: Vec<String> =
        [made, patched, put, asked].map(|answer| String::from_utf8(answer.body).unwrap()).to_vec();
    all.push(json!(app.audit_of(&id)).to_string());
    all.extend(rows);
    for text in all {
        assert!(!text.contains("correct") && !text.contains("staple") && !text.contains("argon2"), "{text}");
    }
    let facts: Vec<Value> = app.audit_of(&id).iter().map(|row| row["facts"].clone()).collect();
    assert!(facts.contains(&json!({"passwordSet": true, "seatTaken": true})), "{facts:?}");
    assert!(facts.contains(&json!({"passwordSet": true, "sessionsEnded": true})), "{facts:?}");
}

/// R063: the rules are those of every new password, and nothing is done when one is broken.
#[test]
fn a_password_that_may_not_be_chosen_is_refused_and_nothing_is_done() {
    let app = TestApp::start();
    let provider = Provider::new(&app, &json!({"passwords": "accept"}));
    let id = app.provision(&user("bjensen"));
    for (password, why) in
        [("short", "at least 8"), ("BJensen2 is my name", "user name"), (&"x".repeat(129), "longer")]
    {
        for (method, path, mut body) in [
            ("POST", "/Users".to_owned(), with_password("bjensen2", password)),
            ("PUT", format!("/Users/{id}"), with_password("bjensen", password)),
            ("PATCH", format!("/Users/{id}"), setting(password)),
        ] {
            if method == "PATCH" {
                let title = json!({"op": "add", "path": "title", "value": "T"});
                body["Operations"].as_array_mut().unwrap().push(title);
            }
            let answer = provider.send(method, &path, Some(&body));
            assert_eq!(
                scim_error(&answer, 400, Some("invalidValue")),
                Vec::<String>::new(),
                "{method} {password}"
            );
            let detail = answer.json().unwrap()["detail"].as_str().unwrap().to_owned();
            assert!(detail.starts_with("password") && detail.contains(why), "{detail}");
        }
    }
    assert_eq!(app.actions_of(&id), ["account.created"]);
    assert_eq!(app.read("/Users")["totalResults"], 1);
}

/// A password never stands in the way of a deactivation, and is passed over for who stays inactive.
#[test]
fn a_password_and_a_deactivation() {
    let app = TestApp::start();
    let provider = Provider::new(&app, &json!({"passwords": "accept"}));
    let mut body = with_password("bjensen", FIRST);
    body["active"] = json!(false);
    let made = expect(provider.send("POST", "/Users", Some(&body)), 201).json().unwrap();
    let id = made["id"].as_str().unwrap();
    let path = format!("/Users/{id}");
    assert_eq!((made["active"].clone(), state(&app, id)), (json!(false), json!("set")));
    expect(provider.send("PATCH", &path, Some(&setting(SECOND))), 200);
    assert_eq!(app.actions_of(id), ["account.created"], "nothing is done for who is away");

    body["active"] = json!(true);
    expect(provider.send("PUT", &path, Some(&body)), 200);
    let learner = Learner::new(&app, "bjensen");
    let session = learner.session(FIRST);
    body["active"] = json!(false);
    body["password"] = json!(SECOND);
    expect(provider.send("PUT", &path, Some(&body)), 200);
    assert_eq!(app.session_status(&session), 401);
    let account = app.account(id);
    assert_eq!((account["active"].clone(), account["passwordState"].clone()), (json!(false), json!("set")));
    // The reactivation of who signs in by user name withdraws it (LIFECYCLE C10), and one that comes with it is new.
    expect(
        provider.send("PATCH", &path, Some(&patch_op(json!([{"op": "replace", "value": {"active": true}}])))),
        200,
    );
    assert_eq!(state(&app, id), "invalidated");
    expect(learner.sign_in(SECOND), 401);
    body["active"] = json!(false);
    body.as_object_mut().unwrap().remove("password");
    expect(provider.send("PUT", &path, Some(&body)), 200);
    let back = expect(provider.send("POST", "/Users", Some(&with_password("bjensen", SECOND))), 201);
    assert_eq!(back.json().unwrap()["id"], id, "brought back");
    learner.session(SECOND);
}

/// Whoever is let out is let out, whatever the password that comes along and wherever the account stands.
#[test]
fn a_leaver_is_let_out_whatever_the_password() {
    let app = TestApp::start();
    let provider = Provider::new(&app, &json!({"passwords": "accept"}));
    let rollcall = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
    for (name, dates) in [
        ("active", json!({})),
        ("staged", json!({"startsAt": "2027-01-01T00:00:00Z"})),
        ("expired", json!({"expiresAt": "2026-01-01T00:00:00Z"})),
    ] {
        for (how, password) in [("good", SECOND), ("short", "short"), ("own", "name of {name}")] {
            let name = format!("{name}.{how}");
            let password = password.replace("{name}", &name);
            let mut body = with_password(&name, FIRST);
            body[rollcall] = dates.clone();
            let made = expect(provider.send("POST", "/Users", Some(&body)), 201).json().unwrap();
            let id = made["id"].as_str().unwrap();
            assert_eq!(state(&app, id), "set", "who is to come has one from the beginning");
            body["active"] = json!(false);
            body["password"] = json!(password);
            for _ in 0..2 {
                expect(provider.send("PUT", &format!("/Users/{id}"), Some(&body)), 200);
                assert_eq!(app.account(id)["status"], "deactivated", "{name}");
            }
            assert_eq!(app.actions_of(id), ["account.created", "account.deactivated"], "{name}");
            assert!(app.audit_of(id)[1]["facts"].get("passwordSet").is_none(), "{name}");
        }
    }
    // By PATCH, and what did not come with the deactivation is judged as ever.
    let id =
        expect(provider.send("POST", "/Users", Some(&with_password("patched", FIRST))), 201).json().unwrap();
    let path = format!("/Users/{}", id["id"].as_str().unwrap());
    expect(provider.send("PATCH", &path, Some(&setting("short"))), 400);
    let both = patch_op(json!([{"op": "replace", "value": {"password": "short", "active": false}}]));
    expect(provider.send("PATCH", &path, Some(&both)), 200);
    assert_eq!(app.read(&path)["active"], false);
}
