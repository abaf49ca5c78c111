//! Methods, addresses and content types: what is there, what is not, and that the answer says so.

use crate::support::{Failures, TestApp, expect, scim_error, user};
use serde_json::json;

/// Every address below the base, and the methods it has besides HEAD and OPTIONS.
fn addresses(app: &TestApp) -> Vec<(String, Vec<&'static str>)> {
    let id = app.provision(&user("bjensen"));
    let group = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "Guides"}))), 201);
    let group = group.json().unwrap()["id"].as_str().unwrap().to_owned();
    let one = vec!["GET", "PUT", "PATCH", "DELETE"];
    vec![
        ("/Users".to_owned(), vec!["GET", "POST"]),
        (format!("/Users/{id}"), one.clone()),
        ("/Groups".to_owned(), vec!["GET", "POST"]),
        (format!("/Groups/{group}"), one),
        ("/.search".to_owned(), vec!["POST"]),
        ("/Bulk".to_owned(), vec!["POST"]),
        ("/Users/.search".to_owned(), vec!["POST"]),
        ("/Groups/.search".to_owned(), vec!["POST"]),
        ("/ServiceProviderConfig".to_owned(), vec!["GET"]),
        ("/ResourceTypes".to_owned(), vec!["GET"]),
        ("/ResourceTypes/User".to_owned(), vec!["GET"]),
        ("/Schemas".to_owned(), vec!["GET"]),
        ("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User".to_owned(), vec!["GET"]),
        ("/Me".to_owned(), vec!["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]
}

/// R012: an address says which methods it has, and refuses the others.
#[test]
fn another_method_is_405_and_allow_names_the_right_ones() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (path, methods) in addresses(&app) {
        let mut allow: Vec<&str> = methods.clone();
        if methods.contains(&"GET") {
            allow.push("HEAD");
        }
        allow.push("OPTIONS");
        allow.sort_unstable();
        let allowed = |answer: &crate::support::http::Response| {
            let header = answer.header("Allow").unwrap_or_default().to_owned();
            let mut names: Vec<String> = header.split(',').map(|name| name.trim().to_owned()).collect();
            names.sort_unstable();
            names
        };
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
            if methods.contains(&method) {
                continue;
            }
            let answer = app.scim(method, &path, None);
            let case = format!("{method} {path}");
            failures.add(&case, scim_error(&answer, 405, None));
            failures
                .check(&case, allowed(&answer) == allow, || format!("Allow: {:?}", answer.header("Allow")));
        }
        let options = app.scim("OPTIONS", &path, None);
        let case = format!("OPTIONS {path}");
        failures.check(&case, options.status == 204, || format!("{}", options.status));
        failures.check(&case, allowed(&options) == allow, || format!("Allow: {:?}", options.header("Allow")));
    }
    failures.none();
}

#[test]
fn head_is_get_without_its_body() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (path, methods) in addresses(&app) {
        if !methods.contains(&"GET") {
            continue;
        }
        let (get, head) = (app.scim("GET", &path, None), app.scim("HEAD", &path, None));
        failures.check(&path, get.status == head.status, || format!("{} and {}", get.status, head.status));
        for name in ["Content-Type", "ETag", "Content-Length"] {
            let same = get.header(name) == head.header(name);
            failures
                .check(&path, same, || format!("{name}: {:?}, {:?}", get.header(name), head.header(name)));
        }
    }
    failures.none();
    expect(app.scim("HEAD", &format!("/Users/{}", uuid::Uuid::nil()), None), 404);
}

/// R007, R012: an unknown address is a SCIM error, and so is a version that is not served.
#[test]
fn what_is_not_there_is_a_scim_error() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (method, path, status, kind) in [
        ("GET", "/Nowhere", 404, None),
        ("POST", "/Nowhere", 404, None),
        ("GET", "/Users/a/b", 404, None),
        ("GET", "/ResourceTypes/Device", 404, None),
        ("GET", "/Schemas/urn:nothing", 404, None),
        ("GET", "/Me", 501, None),
    ] {
        failures.add(&format!("{method} {path}"), scim_error(&app.scim(method, path, None), status, kind));
    }
    let raw = |path: &str| app.request("GET", path, Some(app.scim_token()), None);
    for path in ["/scim/v1/Users", "/scim/v3/Users", "/scim/V20/Users"] {
        failures.add(path, scim_error(&raw(path), 400, Some("invalidVers")));
    }
    failures.none();
    let outside = raw("/nowhere");
    assert_eq!((outside.status, outside.header("Content-Type")), (404, Some("application/problem+json")));
}

/// R008: without its version the address leads to the same resource.
#[test]
fn the_same_address_in_other_spellings() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    for path in [
        format!("/scim/v2/Users/{id}/"),
        format!("/scim/v2//Users//{id}"),
        format!("/scim/Users/{id}"),
        format!("/scim/v2/Users/{id}?"),
    ] {
        let answer = app.request("GET", &path, Some(app.scim_token()), None);
        let body = expect(answer, 200).json().unwrap();
        assert_eq!(body["id"], json!(id), "{path}");
        assert_eq!(body["meta"]["location"], json!(format!("{}/Users/{id}", app.scim_base())), "{path}");
    }
    // An id has one spelling (RFC 7643 §3.1: caseExact).
    expect(app.scim("GET", &format!("/Users/{}", id.to_uppercase()), None), 404);
}

/// R004, R005: both names of JSON are understood, and the answer has the one that was asked for.
#[test]
fn json_comes_in_and_goes_out_under_each_of_its_names() {
    let app = TestApp::start();
    let token = format!("Bearer {}", app.scim_token());
    let mut failures = Failures::default();
    let types: [(&str, u16); 9] = [
        ("application/scim+json", 201),
        ("application/json; charset=utf-8", 201),
        ("APPLICATION/JSON", 201),
        ("text/json", 201),
        ("", 201),
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonx", 415),
    ];
    for (n, (media_type, status)) in types.into_iter().enumerate() {
        let body = user(&format!("user{n}")).to_string();
        let headers = [("Authorization", token.as_str()), ("Content-Type", media_type)];
        let answer = app.raw("POST", "/scim/v2/Users", &headers, Some(body.as_bytes()));
        failures.check(media_type, answer.status == status, || format!("{}", answer.status));
        if status == 415 {
            failures.add(media_type, scim_error(&answer, 415, None));
        }
    }
    let bare =
        app.raw("POST", "/scim/v2/Users", &[("Authorization", &token)], Some(b"{\"userName\":\"bare\"}"));
    failures.check("no content type", bare.status == 201, || format!("{}", bare.status));
    for (accept, expected) in [
        ("application/scim+json", "application/scim+json"),
        ("application/json", "application/json"),
        ("application/json, application/scim+json", "application/scim+json"),
        ("*/*", "application/scim+json"),
        ("text/html", "application/scim+json"),
    ] {
        let answer = app.scim_with("GET", "/Users", &[("Accept", accept)], None);
        let found = answer.header("Content-Type").unwrap_or_default().to_owned();
        failures.check(accept, found == expected, || found.clone());
    }
    failures.none();
}
