//! Secrets: in no answer, in no audit row, and nowhere in the database.

use crate::support::{Failures, TestApp, cluster, expect, patch_op, user};
use serde_json::{Value, json};

const CANARY: &str = "canary-password-4711";

/// Every row of every table as JSON.
fn dump(app: &TestApp) -> String {
    let tables = cluster::texts(
        app.database_url(),
        "SELECT relname::text AS t FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    );
    assert!(tables.len() >= 9);
    let all = tables.iter().flat_map(|table| {
        cluster::texts(app.database_url(), &format!("SELECT row_to_json(x)::text AS t FROM {table} x"))
    });
    all.collect::<Vec<_>>().join("\n")
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// R063, R064: passwords are kept as Argon2 hashes and in no other form.
#[test]
fn no_token_and_no_password_is_in_the_database() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body["password"] = json!("provider-password-1");
    let id = app.provision(&body);
    let temporary = app.temporary_password(&id);
    let learner = app.learner_with_password(&id, "bjensen", CANARY);
    let session = learner.session(CANARY);
    let put = json!({"userName": "bjensen", "password": "provider-password-2"});
    expect(app.scim("PUT", &format!("/Users/{id}"), Some(&put)), 200);
    let dump = dump(&app);
    assert!(dump.contains("bjensen") && dump.contains("$argon2id$"), "the dump is not one");
    let signature = app.scim_token().rsplit_once('.').unwrap().1;
    let secret_of_session = &session[session.len() - 40..];
    for secret in [
        app.scim_token(),
        app.api_token(),
        signature,
        session.as_str(),
        secret_of_session,
        temporary.as_str(),
        CANARY,
        "provider-password",
    ] {
        assert!(!dump.contains(secret), "{secret:.12}… is in the database");
        assert!(!dump.contains(&hex(secret)), "{secret:.12}… is in the database as bytes");
    }
}

/// R062, R107: a password is in no answer, in clear or hashed.
#[test]
fn no_answer_holds_a_password_or_its_hash() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body["password"] = json!("provider-password-1");
    let mut failures = Failures::default();
    let created = expect(app.scim("POST", "/Users?attributes=userName,password", Some(&body)), 201);
    let id = created.json().unwrap()["id"].as_str().unwrap().to_owned();
    let learner = app.learner_with_password(&id, "bjensen", CANARY);
    let path = format!("/Users/{id}");
    let patch = patch_op(json!([{"op": "replace", "path": "password", "value": "provider-password-3"}]));
    let answers = [
        ("POST", created),
        ("GET", app.scim("GET", &path, None)),
        ("GET password", app.scim("GET", &format!("{path}?attributes=password"), None)),
        ("PUT", app.scim("PUT", &format!("{path}?attributes=password"), Some(&body))),
        ("PATCH", app.scim("PATCH", &format!("{path}?attributes=password"), Some(&patch))),
        ("list", app.scim("GET", "/Users?attributes=password,userName", None)),
        ("account", app.api("GET", &format!("/accounts/{id}"), None)),
        ("audit", app.api("GET", "/audit", None)),
        ("sign-in", learner.sign_in(CANARY)),
        ("wrong sign-in", learner.sign_in("provider-password-wrong")),
        ("current", app.request("GET", "/api/v1/sessions/current", Some(&learner.session(CANARY)), None)),
        ("filter", app.scim("GET", "/Users?filter=password%20eq%20%22provider-password-1%22", None)),
    ];
    for (name, answer) in answers {
        let text = String::from_utf8_lossy(&answer.body);
        for secret in ["provider-password", CANARY, "argon2", "password_hash"] {
            failures.check(name, !text.contains(secret), || format!("{secret}: {text}"));
        }
        let body: Value = answer.json().unwrap_or_default();
        failures.check(name, body.get("password").is_none(), || "has a password".to_owned());
    }
    failures.none();
}

#[test]
fn the_answers_that_hold_a_secret_are_not_kept_by_caches() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let issued = app.api("POST", &format!("/accounts/{id}/temporary-password"), None);
    assert_eq!(issued.header("Cache-Control"), Some("no-store"));
    let learner = app.learner_with_password(&id, "bjensen", CANARY);
    assert_eq!(learner.sign_in(CANARY).header("Cache-Control"), Some("no-store"));
}
