//! What another connection makes of the names that people sign in with.

use crate::support::actors::Learner;
use crate::support::{TestApp, expect, patch_op, user};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

const WORD: &str = "correct horse battery";

fn with_email(name: &str, email: &str) -> Value {
    let mut body = user(name);
    body["emails"] = json!([{"value": email, "primary": true}]);
    body
}

fn shadowed(app: &TestApp) -> Vec<Value> {
    let all = expect(app.api("GET", "/notices", None), 200).json().unwrap();
    let all = all["notices"].as_array().unwrap().clone();
    all.into_iter().filter(|notice| notice["kind"] == "login.shadowed").collect()
}

/// Nobody's sign-in by e-mail is blocked by what another connection calls its users.
#[test]
fn no_other_connection_blocks_a_sign_in() {
    let app = TestApp::start();
    let owner = app.provision(&with_email("u-1", "owner@example.com"));
    app.done(&owner, &json!({"command": "makeOwner"}));
    let learner = app.learner_with_password(&owner, "owner@example.com", WORD);
    let other = app.issue_token("demo", "entra", Scope::Scim);
    let by_other = |method: &str, path: &str, body: &Value| {
        app.request(method, &format!("/scim/v2/Users{path}"), Some(&other), Some(body))
    };
    let id_of = |answer: &Value| answer["id"].as_str().unwrap().to_owned();
    app.clock().advance(chrono::Duration::minutes(1));
    assert_eq!(shadowed(&app), Vec::<Value>::new());

    // By a user name, by an e-mail address, and by two.
    let named = id_of(&expect(by_other("POST", "", &user("owner@example.com")), 201).json().unwrap());
    expect(learner.sign_in(WORD), 201);
    for (number, name) in ["x-1", "x-2"].iter().enumerate() {
        expect(by_other("POST", "", &with_email(name, "Owner@example.com")), 201);
        assert_eq!(shadowed(&app).len(), 2 + number);
        expect(learner.sign_in(WORD), 201);
    }
    let news = shadowed(&app);
    let first = news.iter().find(|notice| notice["subjectId"] == json!(named)).unwrap();
    for words in ["entra", &owner, "owner@example.com"] {
        assert!(first["detail"].as_str().unwrap().contains(words), "{words}: {first}");
    }
    // Nor by a change; what says nothing of the login is no news.
    let third = id_of(&expect(by_other("POST", "", &user("x-3")), 201).json().unwrap());
    let rename = patch_op(json!([{"op": "replace", "path": "displayName", "value": "X"}]));
    expect(by_other("PATCH", &format!("/{third}"), &rename), 200);
    assert_eq!(shadowed(&app).len(), 3);
    let taken = patch_op(
        json!([{"op": "add", "path": "emails", "value": [{"value": "owner@example.com", "primary": true}]}]),
    );
    expect(by_other("PATCH", &format!("/{third}"), &taken), 200);
    assert_eq!(shadowed(&app).len(), 4);
    expect(learner.sign_in(WORD), 201);
    expect(Learner::new(&app, "u-1").sign_in(WORD), 201);
}

/// Within a connection it is as ever: the user name counts before the e-mail address, and one that two share stands for nobody.
#[test]
fn within_a_connection_a_shared_address_stands_for_nobody() {
    let app = TestApp::start();
    let one = app.provision(&with_email("one", "both@example.com"));
    app.learner_with_password(&one, "both@example.com", WORD);
    let two = app.provision(&with_email("two", "both@example.com"));
    app.learner_with_password(&two, "two", WORD);
    expect(Learner::new(&app, "both@example.com").sign_in(WORD), 401);
    let named = app.provision(&user("both@example.com"));
    app.learner_with_password(&named, "both@example.com", "another horse battery");
    expect(Learner::new(&app, "both@example.com").sign_in(WORD), 401);
    expect(Learner::new(&app, "both@example.com").sign_in("another horse battery"), 201);
    // One who may not be used stands in nobody's way.
    app.done(&named, &json!({"command": "deactivate", "confirm": named}));
    app.done(&two, &json!({"command": "deactivate", "confirm": two}));
    expect(Learner::new(&app, "both@example.com").sign_in(WORD), 201);
    assert_eq!(shadowed(&app), Vec::<Value>::new());
}
