//! Refusals as RFC 7644 §3.12 wants them: one envelope, the status twice, the keywords of Table 9 and the statuses of Table 8.

use crate::support::answers::problem;
use crate::support::cluster::execute;
use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

/// R163: every keyword stands for what Table 9 says.
#[test]
fn every_keyword_is_used_for_what_it_means() {
    let app = TestApp::start();
    app.provision(&user("taken"));
    let id = app.provision(&user("bjensen"));
    let one = format!("/Users/{id}");
    let op = |operation: Value| Some(patch_op(json!([operation])));
    let cases: Vec<(&str, u16, &str, String, Option<Value>)> = vec![
        ("invalidFilter", 400, "GET", "/Users?filter=userName%20regex%20%22x%22".to_owned(), None),
        ("uniqueness", 409, "POST", "/Users".to_owned(), Some(user("TAKEN"))),
        ("mutability", 400, "PATCH", one.clone(), op(json!({"op": "replace", "path": "id", "value": "x"}))),
        ("mutability", 400, "PATCH", one.clone(), op(json!({"op": "remove", "path": "userName"}))),
        ("invalidSyntax", 400, "POST", "/Users".to_owned(), Some(json!(["no", "object"]))),
        ("invalidSyntax", 400, "PATCH", one.clone(), Some(patch_op(json!([])))),
        ("invalidPath", 400, "PATCH", one.clone(), op(json!({"op": "add", "path": "name..x", "value": "x"}))),
        ("noTarget", 400, "PATCH", one.clone(), op(json!({"op": "remove"}))),
        ("invalidValue", 400, "POST", "/Users".to_owned(), Some(json!({"displayName": "no name"}))),
        ("invalidValue", 400, "PATCH", one, op(json!({"op": "add", "path": "title", "value": 7}))),
    ];
    let mut failures = Failures::default();
    for (keyword, status, method, path, body) in cases {
        let answer = app.scim(method, &path, body.as_ref());
        failures.add(&format!("{keyword}: {method} {path}"), scim_error(&answer, status, Some(keyword)));
    }
    let version = app.request("GET", "/scim/v3/Users", Some(app.scim_token()), None);
    failures.add("invalidVers", scim_error(&version, 400, Some("invalidVers")));
    failures.none();
}

/// R006, R014, R162, R164: every refusal is a SCIM error under `application/scim+json`, with its status in the body too.
#[test]
fn every_refusal_has_the_envelope_and_says_its_status() {
    let app = TestApp::start();
    let path = format!("/Users/{}", app.provision(&user("bjensen")));
    let base = |path: &str| format!("/scim/v2{path}");
    let text = [("Content-Type", "text/plain")];
    let big = format!("{{\"userName\":\"{}\"}}", "x".repeat(1024 * 1024));
    let bearer = format!("Bearer {}", app.scim_token());
    let with_token = |more: &[(&'static str, &'static str)]| -> Vec<(&str, String)> {
        let mut headers = vec![("Authorization", bearer.clone())];
        headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        headers
    };
    let raw = |method: &str, path: &str, more: &[(&'static str, &'static str)], body: Option<&[u8]>| {
        let headers = with_token(more);
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.raw(method, path, &headers, body)
    };
    let answers: Vec<(u16, Response)> = vec![
        (400, app.scim("GET", "/Users?count=one", None)),
        (401, app.request("GET", &base("/Users"), None, None)),
        (401, app.request("GET", &base("/Users"), Some("nonsense"), None)),
        (403, app.request("GET", &base("/Users"), Some(app.api_token()), None)),
        (403, app.scim("GET", "/Schemas?filter=id%20pr", None)),
        (404, app.scim("GET", "/Users/nobody", None)),
        (404, app.scim("GET", "/Nowhere", None)),
        (405, app.scim("DELETE", "/Users", None)),
        (409, app.scim("POST", "/Users", Some(&user("BJENSEN")))),
        (412, app.scim_with("DELETE", &path, &[("If-Match", "W/\"old\"")], None)),
        (413, raw("POST", &base("/Users"), &[], Some(big.as_bytes()))),
        (414, app.scim("GET", &format!("/Users?x={}", "x".repeat(62_000)), None)),
        (415, raw("POST", &base("/Users"), &text, Some(b"userName=x"))),
        (501, app.scim("GET", "/Me", None)),
    ];
    let mut failures = Failures::default();
    for (status, answer) in answers {
        let keyword = answer.json().and_then(|body| body["scimType"].as_str().map(str::to_owned));
        failures.add(&status.to_string(), scim_error(&answer, status, keyword.as_deref()));
    }
    failures.none();
    assert_eq!(app.read("/Users")["totalResults"], 1, "none of them did anything");
}

/// R164, R165: a fault of the server says how to find its cause, and nothing of what is inside.
#[test]
fn a_fault_tells_where_to_look_and_nothing_of_the_inside() {
    let app = TestApp::start();
    execute(app.database_url(), "ALTER TABLE groups RENAME COLUMN version TO lost");
    let token = Some(app.scim_token());
    for (method, path, body) in [
        ("GET", "/scim/v2/Groups", None),
        ("POST", "/scim/v2/Groups", Some(json!({"displayName": "Confidential"}))),
        ("POST", "/scim/v2/Groups/.search", Some(json!({"filter": "displayName eq \"Confidential\""}))),
    ] {
        let answer = expect(app.request(method, path, token, body.as_ref()), 500);
        assert_eq!(answer.header("Content-Type"), Some("application/scim+json"));
        let body = answer.json().unwrap();
        assert_eq!(body["status"], "500");
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert!(body["detail"].as_str().unwrap().contains("X-Request-Id"), "{body}");
        assert!(answer.header("X-Request-Id").is_some());
        let text = body.to_string().to_lowercase();
        for inside in
            ["column", "groups", "select", "version", "lost", "confidential", "diesel", "postgres", ".rs"]
        {
            assert!(!text.contains(inside), "{inside}: {text}");
        }
    }
    expect(app.scim("GET", "/Users", None), 200);
}

/// R167: problem details belong to the other surfaces; under /scim there are SCIM errors only.
#[test]
fn problem_details_are_not_for_scim() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (path, token) in [("/api/v1/audit", app.scim_token()), ("/api/v1/accounts/x", "nonsense")] {
        let answer = app.request("GET", path, Some(token), None);
        failures.add(path, problem(&answer, answer.status));
        failures.check(path, answer.status >= 400, || answer.status.to_string());
    }
    for path in ["/scim/v2/audit", "/scim/api/v1/audit", "/scim/health/live"] {
        let answer = app.request("GET", path, Some(app.scim_token()), None);
        failures.add(path, scim_error(&answer, 404, None));
    }
    failures.none();
}
