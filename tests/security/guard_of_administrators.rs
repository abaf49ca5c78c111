//! Ways of a sync to the console: a password that it knows, or nobody left who could stop it.

use crate::support::actors::Learner;
use crate::support::{TestApp, expect, patch_op, user};
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const WORD: &str = "hunter-not-22x";

fn role(app: &TestApp, id: &str, role: &str) -> u16 {
    let patch = patch_op(json!([{"op": "replace", "path": format!("{ROLLCALL}:role"), "value": role}]));
    app.scim("PATCH", &format!("/Users/{id}"), Some(&patch)).status
}

fn told(app: &TestApp, kind: &str) -> Vec<Value> {
    let all = expect(app.api("GET", "/notices", None), 200).json().unwrap();
    all["notices"].as_array().unwrap().iter().filter(|notice| notice["kind"] == kind).cloned().collect()
}

#[test]
fn nobody_whom_the_console_opens_to_has_a_password_that_a_provider_knows() {
    let app = TestApp::start();
    app.set("demo", "identity-provider", &json!({"passwords": "accept"}));
    for word in ["manager", "reader", "administrator"] {
        let made = format!("made-{word}");
        let mut body = user(&made);
        body["password"] = json!(WORD);
        body[ROLLCALL] = json!({"role": word});
        let id = app.provision(&body);
        assert_eq!(app.account(&id)["role"], word);
        let password = patch_op(json!([{"op": "replace", "path": "password", "value": WORD}]));
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&password)), 200);
        let mut put = body.clone();
        put["displayName"] = json!("Somebody");
        expect(app.scim("PUT", &format!("/Users/{id}"), Some(&put)), 200);
        assert_ne!(Learner::new(&app, &made).sign_in(WORD).status, 201, "made as {word}");

        // Nor who has one, and a session, and is raised.
        let raised = format!("raised-{word}");
        let mut body = user(&raised);
        body["password"] = json!(WORD);
        let id = app.provision(&body);
        let session = Learner::new(&app, &raised).session(WORD);
        assert_eq!(role(&app, &id, word), 200);
        assert_eq!(app.session_status(&session), 401, "{word}");
        assert_ne!(Learner::new(&app, &raised).sign_in(WORD).status, 201, "raised to {word}");
    }
    // A learner of the provider's own it may give one, as the setting says.
    let mut body = user("learner");
    body["password"] = json!(WORD);
    app.provision(&body);
    expect(Learner::new(&app, "learner").sign_in(WORD), 201);
}

/// Somebody invented, who was never there, is nobody to rely on.
#[test]
fn an_invented_administrator_does_not_stand_in_for_the_real_ones() {
    let app = TestApp::start();
    let real: Vec<String> = ["anna", "bela"].map(|name| app.person(name)).to_vec();
    for (id, name) in real.iter().zip(["anna", "bela"]) {
        app.done(id, &json!({"command": "setRole", "role": "administrator"}));
        app.learner_with_password(id, name, "correct horse battery");
    }
    let dummy = app.person("dummy");
    assert_eq!(role(&app, &dummy, "administrator"), 200);
    assert_eq!(told(&app, "administrator.removed").len(), 0);
    assert_eq!(role(&app, &real[0], "learner"), 200, "another one who was there is left");
    let news = told(&app, "administrator.removed");
    assert_eq!((news.len(), &news[0]["subjectId"]), (1, &json!(real[0])), "{news:?}");
    for words in ["identity-provider", "anna", "administrator"] {
        assert!(news[0]["detail"].as_str().unwrap().contains(words), "{news:?}");
    }
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    let path = format!("/Users/{}", real[1]);
    assert_eq!(role(&app, &real[1], "learner"), 403);
    expect(app.scim("PATCH", &path, Some(&off)), 403);
    expect(app.scim("DELETE", &path, None), 403);
    assert_eq!(told(&app, "administrator.removed").len(), 1, "what was refused is no news");
    expect(Learner::new(&app, "bela").sign_in("correct horse battery"), 201);
    // The invented one may go: it was never there.
    expect(app.scim("DELETE", &format!("/Users/{dummy}"), None), 204);
    assert_eq!(told(&app, "administrator.removed").len(), 2);
}

/// Down and up again takes the password, by a provider that may set passwords; not of the last one who has one.
#[test]
fn passwords_of_administrators_are_not_withdrawn_one_by_one() {
    let app = TestApp::start();
    app.set("demo", "identity-provider", &json!({"passwords": "accept"}));
    let names = ["anna", "bela", "cleo"];
    let all = names.map(|name| {
        let id = app.person(name);
        app.done(&id, &json!({"command": "setRole", "role": "administrator"}));
        app.learner_with_password(&id, name, "correct horse battery");
        id
    });
    let turned =
        all.iter().filter(|id| role(&app, id, "learner") == 200 && role(&app, id, "administrator") == 200);
    assert_eq!(turned.count(), 2);
    assert_eq!(told(&app, "administrator.removed").len(), 2, "each is told at once");
    expect(Learner::new(&app, "cleo").sign_in("correct horse battery"), 201);
}
