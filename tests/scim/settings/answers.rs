//! How requests are read and answered.

use super::Provider;
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// R142: a filter in a path that matches nothing creates the element, or is 400 noTarget, as it is set.
#[test]
fn a_filter_that_matches_nothing_creates_or_has_no_target() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let work = patch_op(
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@x.example"}]),
    );
    for (settings, status) in [
        (json!({"unmatched_filter": "no_target"}), 400),
        (json!({"dialect": "strict"}), 400),
        (json!({"dialect": "strict", "unmatched_filter": "create"}), 200),
    ] {
        let answer = Provider::new(&app, &settings).send("PATCH", &format!("/Users/{id}"), Some(&work));
        if status == 400 {
            assert_eq!(scim_error(&answer, 400, Some("noTarget")), Vec::<String>::new(), "{settings}");
            assert!(app.read(&format!("/Users/{id}")).get("emails").is_none());
        } else {
            let emails = expect(answer, 200).json().unwrap()["emails"].clone();
            assert_eq!(emails, json!([{"type": "work", "value": "b@x.example"}]), "{settings}");
        }
    }
}

/// R145: an operation without path is accepted unless that is set otherwise; flattened keys are for those who are read
/// generously.
#[test]
fn an_operation_without_path_is_accepted_unless_it_is_refused() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let title = patch_op(json!([{"op": "replace", "value": {"title": "Dr"}}]));
    let flat = patch_op(json!([{"op": "replace", "value": {"name.givenName": "B"}}]));
    let path = format!("/Users/{id}");
    let mut failures = Failures::default();
    for (settings, body, expected) in [
        (json!({}), &title, None),
        (json!({}), &flat, None),
        (json!({"dialect": "strict"}), &title, None),
        (json!({"dialect": "strict"}), &flat, Some("invalidValue")),
        (json!({"pathless_patch": "refuse"}), &title, Some("invalidPath")),
        (json!({"pathless_patch": "refuse"}), &flat, Some("invalidPath")),
    ] {
        let answer = Provider::new(&app, &settings).send("PATCH", &path, Some(body));
        let case = format!("{settings} {body}");
        match expected {
            None => failures.check(&case, answer.status == 200, || answer.status.to_string()),
            Some(scim_type) => failures.add(&case, scim_error(&answer, 400, Some(scim_type))),
        }
    }
    // Groups are asked in the same way, also about members alone.
    let group = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "G"}))), 201).json().unwrap();
    let members = patch_op(json!([{"op": "add", "value": {"members": [{"value": id}]}}]));
    let path = format!("/Groups/{}", group["id"].as_str().unwrap());
    let answer =
        Provider::new(&app, &json!({"pathless_patch": "refuse"})).send("PATCH", &path, Some(&members));
    failures.add("members", scim_error(&answer, 400, Some("invalidPath")));
    failures.none();
}

#[test]
fn unknown_attributes_are_ignored_or_refused() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (n, (settings, refuses)) in [
        (json!({"unknown_attributes": "ignore"}), false),
        (json!({"unknown_attributes": "refuse"}), true),
        (json!({"dialect": "strict"}), true),
        (json!({"dialect": "strict", "unknown_attributes": "ignore"}), false),
    ]
    .into_iter()
    .enumerate()
    {
        let provider = Provider::new(&app, &settings);
        let body = json!({"schemas": [CORE], "userName": format!("u{n}"), "shoeSize": 7});
        let answer = provider.send("POST", "/Users", Some(&body));
        if refuses {
            failures.add(&settings.to_string(), scim_error(&answer, 400, Some("invalidValue")));
            let detail = answer.json().unwrap()["detail"].to_string();
            failures.check(&settings.to_string(), detail.contains("shoeSize"), || detail);
        } else {
            failures.check(&settings.to_string(), answer.status == 201, || answer.status.to_string());
        }
    }
    failures.none();
}

/// Strict is by the letter: what the compatible dialect forgives is refused, and a correct request is not.
#[test]
fn strict_refuses_what_the_rfc_does_not_allow_and_nothing_else() {
    let app = TestApp::start();
    let provider = Provider::new(&app, &json!({"dialect": "strict"}));
    let mut body = json!({"schemas": [CORE], "userName": "bjensen", "active": true, "emails": [{"value": "b@x.example"}]});
    let id = expect(provider.send("POST", "/Users", Some(&body)), 201).json().unwrap()["id"].clone();
    body["active"] = json!("True");
    let path = format!("/Users/{}", id.as_str().unwrap());
    let mut failures = Failures::default();
    failures.add("string", scim_error(&provider.send("PUT", &path, Some(&body)), 400, Some("invalidValue")));
    expect(app.scim("PUT", &path, Some(&body)), 200);
    let bare = json!({"Operations": [{"op": "replace", "path": "title", "value": "Dr"}]});
    failures
        .add("schemas", scim_error(&provider.send("PATCH", &path, Some(&bare)), 400, Some("invalidSyntax")));
    let right = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(provider.send("PATCH", &path, Some(&right)), 200);
    failures.none();
}

/// R133, R134, R168: a PATCH is answered 204 where that is set, but with the resource when attributes are chosen.
#[test]
fn a_patch_is_answered_with_the_resource_or_with_nothing() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let group = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "G"}))), 201).json().unwrap();
    let brief = Provider::new(&app, &json!({"patch_answer": "no_content"}));
    for path in [format!("/Users/{id}"), format!("/Groups/{}", group["id"].as_str().unwrap())] {
        let change =
            |value: &str| patch_op(json!([{"op": "replace", "path": "displayName", "value": value}]));
        let answer = expect(brief.send("PATCH", &path, Some(&change("a"))), 204);
        assert!(answer.body.is_empty());
        let read = expect(app.scim("GET", &path, None), 200);
        assert_eq!(read.json().unwrap()["displayName"], "a", "{path}");
        assert_eq!(
            answer.header("ETag"),
            read.header("ETag"),
            "{path}: the version comes without a body, too"
        );
        for chosen in ["attributes=displayName", "excludedAttributes=meta"] {
            let answer = expect(brief.send("PATCH", &format!("{path}?{chosen}"), Some(&change(chosen))), 200);
            assert_eq!(answer.json().unwrap()["displayName"], chosen);
        }
        let body: Value = expect(app.scim("PATCH", &path, Some(&change("b"))), 200).json().unwrap();
        assert_eq!(body["displayName"], "b", "by default with the resource");
    }
}
