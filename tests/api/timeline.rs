//! The history of an account in one call.

use super::ROLLCALL;
use crate::support::administrator::Way;
use crate::support::{TestApp, expect, user};
use chrono::Duration;
use serde_json::{Value, json};

fn timeline(app: &TestApp, id: &str, query: &str) -> Value {
    expect(app.api("GET", &format!("/accounts/{id}/timeline{query}"), None), 200).json().unwrap()
}

#[test]
fn it_says_why_since_when_by_whom_and_what_is_next() {
    let app = TestApp::start();
    let mut body = user("babs");
    body[ROLLCALL] = json!({"startsAt": "2026-11-22T00:00:00Z", "expiresAt": "2027-11-22T00:00:00Z"});
    let id = app.provision(&body);
    let staged = timeline(&app, &id, "");
    assert_eq!(
        (&staged["because"][0]["fact"], &staged["next"][0]["what"]),
        (&json!("staged"), &json!("starts"))
    );
    app.clock().advance(Duration::days(1));
    app.done(&id, &json!({"command": "deactivate", "at": "2026-12-31", "reason": "left"}));
    let running = timeline(&app, &id, "");
    assert_eq!(running["because"], json!([]));
    let next: Vec<(&Value, &Value)> =
        running["next"].as_array().unwrap().iter().map(|next| (&next["what"], &next["by"]["name"])).collect();
    assert_eq!(next[0], (&json!("deactivates"), &json!("administration")));
    assert!(next.iter().any(|(what, _)| **what == "expires"));
    // By its date, and it is still the doing of who set it.
    app.clock().advance(Duration::days(60));
    let due = timeline(&app, &id, "");
    let because = &due["because"][0];
    assert_eq!(
        [&because["fact"], &because["since"], &because["by"]["name"], &because["reason"]],
        ["deactivated", "2027-01-01T00:00:00Z", "administration", "left"].map(|text| json!(text)).each_ref()
    );
    assert_eq!(due["next"], json!([]));
    assert_eq!(app.work(), 1);
    let recorded = timeline(&app, &id, "");
    assert_eq!(recorded["because"][0], *because, "put on record, it is the same");
    assert_eq!(recorded["events"][0]["by"]["actor"], "worker");
    app.done(&id, &json!({"command": "lock"}));
    app.switched(Way::Scim, &id, false);
    let facts: Vec<Value> = timeline(&app, &id, "")["because"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["fact"].clone())
        .collect();
    assert_eq!(facts, ["locked", "deactivated"]);
}

#[test]
fn events_come_in_pages_and_name_who_did_them() {
    let app = TestApp::start();
    let id = app.person("babs");
    app.learner_with_password(&id, "babs", super::PASSWORD);
    for way in [Way::Scim, Way::Api] {
        app.switched(way, &id, false);
        app.switched(way, &id, true);
    }
    let (mut before, mut events) = (String::new(), Vec::new());
    loop {
        let page = timeline(&app, &id, &format!("?limit=3{before}"));
        events.extend(page["events"].as_array().unwrap().clone());
        match page["before"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    let actions: Vec<&str> = events.iter().rev().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(actions, app.actions_of(&id));
    let names: Vec<&str> = events.iter().rev().map(|event| event["by"]["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "identity-provider",
            "administration",
            "the person",
            "the person",
            "identity-provider",
            "identity-provider",
            "administration",
            "administration"
        ]
    );
    expect(app.api("GET", "/accounts/01a20046-1b8c-70d9-b1cc-cf54d639c90e/timeline", None), 404);
    expect(app.api("GET", &format!("/accounts/{id}/timeline?before=x"), None), 400);
}
