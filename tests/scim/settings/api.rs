//! Settings over the administrator's API, and when they take effect.

use super::Provider;
use crate::support::answers::problem;
use crate::support::app::request_to;
use crate::support::{TestApp, expect, user};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CONNECTION: &str = "/connections/identity-provider";

#[test]
fn settings_are_read_and_changed_and_a_change_is_recorded() {
    let app = TestApp::start();
    let read = |path: &str| expect(app.api("GET", path, None), 200).json().unwrap();
    let all = read("/connections")["connections"].clone();
    let names: Vec<&str> = all.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["administration", "identity-provider"]);
    let before = read(CONNECTION);
    assert_eq!((&before, &before["settings"]), (&all[1], &json!({})));
    assert_eq!(before["inForce"]["dialect"], "compat");

    let change = |settings: Value| app.api("PATCH", CONNECTION, Some(&json!({"settings": settings})));
    let set = expect(change(json!({"dialect": "strict", "passwords": "accept"})), 200).json().unwrap();
    assert_eq!(set["settings"], json!({"dialect": "strict", "passwords": "accept"}));
    let in_force = json!({"dialect": "strict", "unknown_attributes": "refuse", "unmatched_filter": "no_target",
        "pathless_patch": "accept", "unknown_members": "refuse", "patch_answer": "representation", "passwords": "accept",
        "source": "provider", "guard": "on", "others": "read"});
    assert_eq!(set["inForce"], in_force);
    let merged = expect(change(json!({"dialect": null, "patch_answer": "no_content"})), 200).json().unwrap();
    assert_eq!(merged["settings"], json!({"passwords": "accept", "patch_answer": "no_content"}));
    assert_eq!(read(CONNECTION), merged);
    // The same once more changes nothing, and is not recorded.
    expect(change(json!({"patch_answer": "no_content"})), 200);
    let rows = app.audit_of(before["id"].as_str().unwrap());
    let recorded: Vec<Value> = rows
        .iter()
        .filter(|row| row["action"] == "connection.updated")
        .map(|row| json!([row["attributes"], row["facts"]]))
        .collect();
    let facts = json!({"connection": "identity-provider"});
    assert_eq!(
        recorded,
        [json!([["dialect", "passwords"], facts]), json!([["dialect", "patch_answer"], facts])]
    );
    assert!(rows.last().unwrap()["actor"].as_str().unwrap().starts_with("connection:"));
}

#[test]
fn what_cannot_be_set_is_refused_with_what_can() {
    let app = TestApp::start();
    for (body, expected) in [
        (json!({"settings": {"colour": "red"}}), "there are: dialect"),
        (json!({"settings": {"dialect": "loose"}}), "it can be: compat, strict"),
        (json!({"settings": {"dialect": ["strict"]}}), "it can be: compat, strict"),
        (json!({"settings": "strict"}), "send {\"settings\""),
        (json!({}), "send {\"settings\""),
        (json!({"settings": {}, "name": "x"}), "\"name\" cannot"),
    ] {
        let answer = app.api("PATCH", CONNECTION, Some(&body));
        assert_eq!(problem(&answer, 400), Vec::<String>::new(), "{body}");
        let answer = answer.json().unwrap();
        assert_eq!(answer["field"], "settings");
        assert!(answer["detail"].as_str().unwrap().contains(expected), "{answer}");
    }
    assert_eq!(problem(&app.api("GET", "/connections/nobody", None), 404), Vec::<String>::new());
    let scim = app.scim_token();
    assert_eq!(app.request("GET", "/api/v1/connections", Some(scim), None).status, 403);
    app.issue_token("neighbour", "theirs", rollcall::app::tokens::Scope::Scim);
    assert_eq!(app.api("GET", "/connections/theirs", None).status, 404, "another tenant's is nobody's");
}

/// A change takes effect within a second, on every server.
#[test]
fn a_setting_takes_effect_within_a_second_on_another_server() {
    let app = TestApp::start();
    let other = app.another_server();
    let mut body = user("bjensen");
    body["shoeSize"] = json!(7);
    let id = app.provision(&user("bjensen"));
    let put = || {
        request_to(other, "PUT", &format!("/scim/v2/Users/{id}"), Some(app.scim_token()), Some(&body)).status
    };
    assert_eq!(put(), 200, "and the other server remembers the connection");
    let change = json!({"settings": {"unknown_attributes": "refuse"}});
    expect(app.api("PATCH", CONNECTION, Some(&change)), 200);
    let changed = Instant::now();
    while put() == 200 {
        assert!(changed.elapsed() < Duration::from_secs(2), "still as before");
    }
    assert_eq!(put(), 400);
    // Another connection of the same tenant is read as before.
    expect(Provider::new(&app, &json!({})).send("PUT", &format!("/Users/{id}"), Some(&body)), 200);
}
