//! Headers and addresses at the edge of what HTTP carries.

use super::tag;
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::json;

#[test]
fn a_condition_that_cannot_be_read_is_not_met() {
    let app = TestApp::start();
    let path = format!("/Users/{}", app.provision(&user("bjensen")));
    let before = app.read(&path);
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    let mut failures = Failures::default();
    for condition in ["W/\"ü\"", "ÿ", "W/\"1\u{fdfa}\""] {
        for (method, body) in [("PATCH", Some(&title)), ("PUT", Some(&user("renamed"))), ("DELETE", None)] {
            let answer = app.scim_with(method, &path, &[("If-Match", condition)], body);
            failures.add(&format!("{method} {condition}"), scim_error(&answer, 412, None));
        }
    }
    failures.none();
    assert_eq!(app.read(&path), before);
    expect(app.scim_with("PATCH", &path, &[("If-Match", &tag(&app, &path))], Some(&title)), 200);
}

/// The address of a search for many user names, of this many bytes with the base.
fn long_address(bytes: usize) -> String {
    let mut path = "/Users?filter=userName+eq+%22bjensen%22".to_owned();
    let base = "/scim/v2".len();
    for n in 0.. {
        let term = format!("+or+userName+eq+%22{n:0>100}%22");
        if base + path.len() + term.len() + "&x=".len() > bytes {
            break;
        }
        path.push_str(&term);
    }
    path.push_str("&x=");
    let left = bytes - base - path.len();
    path + &"y".repeat(left)
}

#[test]
fn long_filters_fit_an_address_and_longer_ones_are_told_where_to_go() {
    let app = TestApp::start();
    app.provision(&user("bjensen"));
    let get = |bytes: usize| app.scim("GET", &long_address(bytes), None);
    // 60 KiB are 61,440 bytes.
    for fits in [59_000, 61_440] {
        assert_eq!(expect(get(fits), 200).json().unwrap()["totalResults"], 1, "{fits}");
    }
    for too_long in [61_441, 62_000, 65_000] {
        let answer = get(too_long);
        assert_eq!(scim_error(&answer, 414, None), Vec::<String>::new(), "{too_long}");
        let detail = answer.json().unwrap()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(".search"), "{detail}");
    }
}

#[test]
fn a_users_version_is_the_same_under_every_name_of_the_server() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    super::group(&app, &json!({"displayName": "Guides", "members": [{"value": id}]}));
    let path = format!("/Users/{id}");
    let known = tag(&app, &path);
    let elsewhere = ("Host", "people.example.org:8443");
    let there = expect(app.scim_with("GET", &path, &[elsewhere], None), 200);
    let body = there.json().unwrap();
    assert!(body["groups"][0]["$ref"].as_str().unwrap().contains(elsewhere.1), "{body}");
    assert_eq!(there.header("ETag"), Some(known.as_str()));
    assert_eq!(body["meta"]["version"], json!(known));
    expect(app.scim_with("GET", &path, &[elsewhere, ("If-None-Match", &known)], None), 304);
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    let patched =
        expect(app.scim_with("PATCH", &path, &[elsewhere, ("If-Match", &known)], Some(&title)), 200);
    assert_eq!(patched.header("ETag"), Some(tag(&app, &path).as_str()));
}
