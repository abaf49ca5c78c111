//! Deactivated is not erased: what is left after an erasure, and what is kept without one.

use super::PASSWORD;
use crate::support::cluster::texts;
use crate::support::{TestApp, expect, user};
use serde_json::{Value, json};

/// A person whose every value holds a word that stands nowhere else, with a history.
fn somebody(app: &TestApp) -> (String, String) {
    let course = app.course("Anything");
    let mut body = user("zwq.person");
    body["displayName"] = json!("Zwq Person");
    body["externalId"] = json!("zwq-4711");
    body["name"] = json!({"givenName": "Zwq", "familyName": "Zwqson"});
    body["emails"] = json!([{"value": "zwq@example.com", "type": "work", "primary": true}]);
    let id = app.provision(&body);
    app.learner_with_password(&id, "zwq.person", PASSWORD).session(PASSWORD);
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All",
        "members": [{"value": id, "display": "Zwq Person"}]});
    expect(app.scim("POST", "/Groups", Some(&group)), 201);
    app.enrolled(&course, &json!({"accounts": [id]}));
    expect(app.complete(&id, &course, &json!({"certificate": "zwq-certificate"})), 201);
    (id, course)
}

/// Rows of any table that hold a text, anywhere.
fn rows_with(app: &TestApp, text: &str) -> Vec<String> {
    let tables = texts(
        app.database_url(),
        "SELECT c.relname::text AS t FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace",
    );
    tables
        .iter()
        .flat_map(|table| {
            let sql =
                format!("SELECT '{table}: ' || r::text AS t FROM {table} r WHERE r::text ILIKE '%{text}%'");
            texts(app.database_url(), &sql)
        })
        .collect()
}

/// L20: an erasure leaves nothing that says who it was, in any table.
#[test]
fn an_erasure_leaves_no_personal_data() {
    for records in ["keep_anonymous", "remove"] {
        let app = TestApp::with_policy(&json!({ "erase.records": records }));
        let (id, course) = somebody(&app);
        let plan = json!({"command": {"command": "lock"}, "filter": "userName eq \"zwq.person\""});
        expect(app.api("POST", "/plans", Some(&plan)), 201);
        assert!(rows_with(&app, "zwq").len() > 4, "the search finds what is there");
        let refused = expect(app.command(&id, &json!({"command": "erase"})), 409).json().unwrap();
        assert_eq!(refused["type"], "urn:rollcall:problem:confirmation-required");
        expect(app.command(&id, &json!({"command": "erase", "confirm": "zwq"})), 400);
        let done = app.done(&id, &json!({"command": "erase", "confirm": "zwq.person"}));
        assert!(done["effects"].as_array().unwrap().contains(&json!("personalDataErased")), "{done}");
        assert_eq!(rows_with(&app, "zwq"), Vec::<String>::new(), "{records}");
        let kept = expect(app.api("GET", &format!("/courses/{course}"), None), 200).json().unwrap();
        assert_eq!(kept["completions"], json!(i32::from(records == "keep_anonymous")), "{records}");
        for report in ["training", "accounts", "seats", "sign-ins"] {
            assert_eq!(app.report(&format!("{report}?scope=all")), Vec::<Value>::new(), "{report}");
            // Not of a day before either.
            assert_eq!(
                app.report(&format!("{report}?scope=all&asOf=2026-11-21T09:00:00Z")),
                Vec::<Value>::new()
            );
        }
        expect(app.api("GET", &format!("/accounts/{id}"), None), 404);
        expect(app.command(&id, &json!({"command": "erase", "confirm": id})), 404);
        assert!(app.actions_of(&id).contains(&"account.erased".to_owned()));
    }
}

/// What a deletion by a provider left behind is erased by the id, since nobody is shown a name any more.
#[test]
fn a_tombstone_can_be_erased() {
    let app = TestApp::start();
    let (id, _) = somebody(&app);
    expect(app.scim("DELETE", &format!("/Users/{id}"), None), 204);
    assert!(!rows_with(&app, "zwq").is_empty(), "a tombstone keeps what was there");
    let refused =
        expect(app.command(&id, &json!({"command": "erase", "confirm": "zwq.person"})), 409).json().unwrap();
    assert!(refused["detail"].as_str().unwrap().contains("with its id"), "{refused}");
    app.done(&id, &json!({"command": "erase", "confirm": id}));
    assert_eq!(rows_with(&app, "zwq"), Vec::<String>::new());
}
