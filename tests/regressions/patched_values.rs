//! Values that were lost beside those a request named, and people who could not be deactivated because of what was stored.

use super::{refused_naming, switch};
use crate::support::cluster::execute;
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const BADGES: &str = "urn:example:scim:badges:2.0:User";
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn with_badges() -> TestApp {
    let app = TestApp::start();
    let schema = json!({"id": BADGES, "attributes": [
        {"name": "badge", "mutability": "immutable"}, {"name": "must", "required": true},
        {"name": "tags", "multiValued": true}]});
    let body = json!({"resourceType": "User", "schema": schema});
    expect(app.api("PUT", &format!("/schemas/{BADGES}"), Some(&body)), 201);
    std::thread::sleep(Duration::from_millis(1_200));
    app
}

fn badged(name: &str, extension: &Value) -> Value {
    let mut body = user(name);
    body[BADGES] = extension.clone();
    body
}

/// R079: what is immutable stays when a PUT leaves it out, with what its extension requires.
#[test]
fn an_extension_that_stays_stays_whole_and_nobody_is_kept_from_leaving() {
    let app = with_badges();
    let extension = json!({"badge": "B1", "must": "M"});
    let path = format!("/Users/{}", app.provision(&badged("a", &extension)));
    expect(app.scim("PUT", &path, Some(&user("a"))), 200);
    assert_eq!(app.read(&path)[BADGES], extension);
    expect(app.scim("PATCH", &path, Some(&switch(false))), 200);
    assert_eq!(app.read(&path)["active"], false);

    // Somebody who comes back by POST is still the same person.
    let other = app.scim("POST", "/Users", Some(&badged("a", &json!({"badge": "B2", "must": "M"}))));
    assert_eq!(refused_naming(&other, "mutability", "badge"), Vec::<String>::new());
    expect(app.scim("POST", "/Users", Some(&user("a"))), 201);
    assert_eq!((&app.read(&path)[BADGES], &app.read(&path)["active"]), (&extension, &json!(true)));
}

#[test]
fn what_is_stored_does_not_keep_anybody_from_being_deactivated() {
    let app = with_badges();
    let id = app.provision(&badged("a", &json!({"badge": "B1", "must": "M"})));
    let path = format!("/Users/{id}");
    // As older versions have left it.
    let sql = format!("UPDATE accounts SET resource = resource #- '{{{BADGES},must}}' WHERE id = '{id}'");
    execute(app.database_url(), &sql);
    expect(app.scim("PATCH", &path, Some(&switch(false))), 200);
    assert_eq!(app.read(&path)["active"], false);
    let tags = patch_op(json!([{"op": "add", "path": format!("{BADGES}:tags"), "value": ["x"]}]));
    let answer = app.scim("PATCH", &path, Some(&tags));
    assert_eq!(
        refused_naming(&answer, "invalidValue", "must"),
        Vec::<String>::new(),
        "where it is changed, it counts"
    );
}

/// Only what is named goes.
#[test]
fn only_the_values_that_are_named_are_removed() {
    let app = with_badges();
    let strict = app.token_with("strict", &json!({"dialect": "strict"}));
    for (name, token) in [("compat", app.scim_token()), ("strict", strict.as_str())] {
        let mut body = badged(name, &json!({"must": "M", "tags": ["a", "b"]}));
        body["emails"] = json!([{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home"}]);
        let path = format!("/Users/{}", app.provision(&body));
        let remove = patch_op(json!([
            {"op": "remove", "path": format!("{BADGES}:tags"), "value": ["a"]},
            {"op": "remove", "path": "emails.value", "value": "a@x"},
        ]));
        expect(app.request("PATCH", &format!("/scim/v2{path}"), Some(token), Some(&remove)), 200);
        let after = app.read(&path);
        assert_eq!(after[BADGES]["tags"], json!(["b"]), "{name}");
        assert_eq!(after["emails"], json!([{"value": "b@x", "type": "home"}]), "{name}");
    }
}

/// R141: by the letter, a matched value is replaced and nothing of it stays.
#[test]
fn a_matched_value_is_replaced_by_the_letter() {
    let app = TestApp::start();
    let mut body = user("a");
    body["addresses"] = json!([{"type": "work", "locality": "Leeds", "region": "Yorkshire"}]);
    let path = format!("/Users/{}", app.provision(&body));
    let strict = app.token_with("strict", &json!({"dialect": "strict"}));
    let patch = patch_op(json!([{"op": "replace", "path": "addresses[type eq \"work\"]",
        "value": {"type": "work", "locality": "York"}}]));
    expect(app.request("PATCH", &format!("/scim/v2{path}"), Some(&strict), Some(&patch)), 200);
    assert_eq!(app.read(&path)["addresses"], json!([{"type": "work", "locality": "York"}]));
}

#[test]
fn an_attribute_named_twice_is_refused() {
    let app = TestApp::start();
    let path = format!("/Users/{}", app.provision(&user("a")));
    let long = format!("{CORE}:active");
    let mut failures = Failures::default();
    for value in [
        json!({"active": false, (long.clone()): true}),
        json!({"active": false, CORE: {"active": true}}),
        json!({CORE: {"active": false}, (long): true}),
        json!({"name": {"givenName": "A"}, "name.givenName": "B"}),
    ] {
        let answer = app.scim("PATCH", &path, Some(&patch_op(json!([{"op": "replace", "value": value}]))));
        failures.add(&value.to_string(), scim_error(&answer, 400, Some("invalidSyntax")));
    }
    failures.none();
}

/// R132: the newest primary stays when two elements turn out to be one.
#[test]
fn the_primary_is_kept_when_elements_become_one() {
    let app = TestApp::start();
    let mut body = user("a");
    body["emails"] = json!([{"value": "a@x", "type": "work"}, {"value": "a@x", "type": "home", "primary": false},
        {"value": "b@x", "primary": true}]);
    let path = format!("/Users/{}", app.provision(&body));
    let patch = patch_op(json!([{"op": "replace", "path": "emails[type eq \"work\"]",
        "value": {"value": "a@x", "type": "home", "primary": true}}]));
    expect(app.scim("PATCH", &path, Some(&patch)), 200);
    let emails = app.read(&path)["emails"].clone();
    let primaries: Vec<&Value> = emails
        .as_array()
        .unwrap()
        .iter()
        .filter(|email| email["primary"] == true)
        .map(|email| &email["value"])
        .collect();
    assert_eq!(primaries, ["a@x"], "{emails}");
}

/// The same thousand again and again costs what it is long, not its square.
#[test]
fn many_values_are_added_many_times_in_no_time() {
    let app = TestApp::start();
    let path = format!("/Users/{}", app.provision(&user("a")));
    let emails: Vec<Value> = (0..1_000).map(|n| json!({"value": format!("{n}@x")})).collect();
    let operations: Vec<Value> =
        (0..40).map(|_| json!({"op": "add", "path": "emails", "value": emails})).collect();
    let started = Instant::now();
    expect(app.scim("PATCH", &path, Some(&patch_op(json!(operations)))), 200);
    assert_eq!(app.read(&path)["emails"].as_array().unwrap().len(), 1_000);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}
