//! What every answer of every address says to browsers and caches, and that no address takes a secret.

use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect, user};
use serde_json::json;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// Every address that there is, of all surfaces. Those of the API stand in its document, which a test holds against the routes.
fn every_address(app: &TestApp, id: &str) -> Vec<String> {
    let document = expect(app.request("GET", "/api/v1/openapi.json", None, None), 200).json().unwrap();
    let mut all: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert!(all.len() > 30, "{all:?}");
    for base in ["/scim/v2", "/scim"] {
        for path in [
            "",
            "/Users",
            "/Users/{id}",
            "/Users/.search",
            "/Groups",
            "/Groups/{id}",
            "/Groups/.search",
            "/.search",
            "/Bulk",
            "/Me",
            "/ServiceProviderConfig",
            "/serviceConfiguration",
            "/ResourceTypes",
            "/ResourceTypes/User",
            "/Schemas",
            "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
            "/Nowhere",
        ] {
            all.push(format!("{base}{path}"));
        }
    }
    all.extend(
        ["/health/live", "/health/ready", "/", "/nowhere", "/api/v1/nowhere", "/scim/v3/Users"]
            .map(str::to_owned),
    );
    let template = |path: String| {
        let filled = path.replace("{id}", id);
        filled
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect::<Vec<_>>()
            .join("/")
    };
    all.into_iter().map(template).collect()
}

fn wrong_with(answer: &Response) -> Vec<String> {
    let cache = if answer.header("ETag").is_some() { "private, no-cache" } else { "no-store" };
    let me = answer.header("Cache-Control") == Some("no-store");
    let mut wrong = Vec::new();
    for (name, value) in [
        ("X-Content-Type-Options", Some("nosniff")),
        ("Content-Security-Policy", Some("default-src 'none'; base-uri 'none'; frame-ancestors 'none'")),
        ("Referrer-Policy", Some("no-referrer")),
        ("Cross-Origin-Resource-Policy", Some("same-origin")),
        ("Cache-Control", Some(if me { "no-store" } else { cache })),
        // Plain HTTP: it would be a promise that cannot be kept.
        ("Strict-Transport-Security", None),
        ("Access-Control-Allow-Origin", None),
        ("Set-Cookie", None),
        ("Server", None),
    ] {
        if answer.header(name) != value {
            wrong.push(format!("{name}: {:?}, status {}", answer.header(name), answer.status));
        }
    }
    wrong
}

#[test]
fn every_answer_of_every_address_has_them() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let mut failures = Failures::default();
    let mut statuses = std::collections::BTreeSet::new();
    for path in every_address(&app, &id) {
        let token = if path.starts_with("/scim") { app.scim_token() } else { app.api_token() };
        let authorization = format!("Bearer {token}");
        for method in METHODS {
            for headers in [
                &[("Origin", "https://evil.example")][..],
                &[("Authorization", authorization.as_str()), ("Content-Type", "application/json")],
            ] {
                // A body that is none: nothing is changed by the way.
                let body = matches!(method, "POST" | "PUT" | "PATCH").then_some(&b"[]"[..]);
                let answer = app.raw(method, &path, headers, body);
                statuses.insert(answer.status);
                failures.add(&format!("{method} {path}"), wrong_with(&answer));
            }
        }
    }
    let of_scim = format!("Bearer {}", app.scim_token());
    let long = format!("/scim/v2/Users?filter={}", "x".repeat(61_500));
    for (case, method, path, headers, body) in [
        ("another scope", "GET", "/api/v1/audit", &[("Authorization", of_scim.as_str())][..], None),
        ("too long", "GET", long.as_str(), &[], None),
        ("a bad encoding", "GET", "/api/v1/accounts/%ff%fe", &[], None),
        ("a dot", "GET", "/api/v1/../../etc/passwd", &[], None),
        ("another type", "POST", "/api/v1/sessions", &[("Content-Type", "text/html")], Some(&b"{}"[..])),
        ("too large", "POST", "/api/v1/sessions", &[], Some(&[b' '; 9_000][..])),
    ] {
        let answer = app.raw(method, path, headers, body);
        statuses.insert(answer.status);
        failures.add(case, wrong_with(&answer));
    }
    failures.none();
    // Or not every kind of answer was seen.
    for status in [200, 204, 400, 401, 403, 404, 405, 413, 414, 415, 501] {
        assert!(statuses.contains(&status), "{status} is not among {statuses:?}");
    }
}

/// RFC 9111 §4.3.4: what is said of a kept answer is said of it again.
#[test]
fn a_client_may_keep_what_has_an_entity_tag_and_has_to_ask_before_each_use() {
    let app = TestApp::start();
    let path = format!("/Users/{}", app.provision(&user("bjensen")));
    let read = expect(app.scim("GET", &path, None), 200);
    assert_eq!(read.header("Cache-Control"), Some("private, no-cache"));
    let etag = read.header("ETag").unwrap();
    let same = expect(app.scim_with("GET", &path, &[("If-None-Match", etag)], None), 304);
    assert_eq!(same.header("Cache-Control"), Some("private, no-cache"));
    assert_eq!(expect(app.scim("GET", "/Users", None), 200).header("Cache-Control"), Some("no-store"));
}

/// ASVS 14.2.1: what stands in an address stands in logs and histories.
#[test]
fn a_secret_in_an_address_opens_nothing() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", "correct horse battery");
    let session = learner.session("correct horse battery");
    let mut failures = Failures::default();
    for path in every_address(&app, &id) {
        for method in METHODS {
            let send = |query: &str| {
                let body = matches!(method, "POST" | "PUT" | "PATCH").then_some(&b"{}"[..]);
                app.raw(method, &format!("{path}{query}"), &[("Content-Type", "application/json")], body)
                    .status
            };
            let without = send("");
            for token in [app.scim_token(), app.api_token(), session.as_str()] {
                let with =
                    send(&format!("?access_token={token}&token={token}&authorization=Bearer%20{token}"));
                failures.check(&format!("{method} {path}"), with == without, || {
                    format!("{without}, with a token {with}")
                });
            }
        }
    }
    failures.none();
    let query = "?tenant=demo&userName=bjensen&password=correct%20horse%20battery";
    let answer = app.request("POST", &format!("/api/v1/sessions{query}"), None, Some(&json!({})));
    expect(answer, 400);
}
