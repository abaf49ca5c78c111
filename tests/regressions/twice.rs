//! A name that stands twice in one object: of two values one would be lost.

use super::refused_naming;
use crate::support::http::Response;
use crate::support::{Failures, TestApp, user};

fn send(app: &TestApp, method: &str, path: &str, body: &str) -> Response {
    let token = format!("Bearer {}", app.scim_token());
    let headers = [("Authorization", token.as_str()), ("Content-Type", "application/scim+json")];
    app.raw(method, &format!("/scim/v2{path}"), &headers, Some(body.as_bytes()))
}

/// R163: such a body is `invalidSyntax`, and nothing of it is done.
#[test]
fn a_name_that_stands_twice_is_refused_by_name() {
    let app = TestApp::start();
    let id = app.provision(&user("leaver"));
    let path = format!("/Users/{id}");
    crate::support::expect(app.scim("PATCH", &path, Some(&super::switch(false))), 200);
    let before = app.read(&path);
    let mut failures = Failures::default();
    for (method, path, body, named) in [
        ("PUT", path.as_str(), r#"{"userName":"leaver","active":false,"active":true}"#, "active"),
        (
            "PATCH",
            &path,
            r#"{"Operations":[{"op":"replace","value":{"active":false,"\u0061ctive":true}}]}"#,
            "active",
        ),
        (
            "PATCH",
            &path,
            r#"{"Operations":[{"op":"remove","op":"replace","path":"active","value":true}]}"#,
            "op",
        ),
        ("POST", "/Users", r#"{"userName":"a","userName":"b"}"#, "userName"),
        ("POST", "/Users/.search", r#"{"filter":"id pr","filter":"active eq true"}"#, "filter"),
        (
            "POST",
            "/Bulk",
            r#"{"Operations":[{"method":"DELETE","path":"/Groups/x","path":"/Users/x"}]}"#,
            "path",
        ),
    ] {
        let answer = send(&app, method, path, body);
        failures.add(body, refused_naming(&answer, "invalidSyntax", &format!("\"{named}\" stands twice")));
    }
    let token = format!("Bearer {}", app.api_token());
    let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
    let settings = br#"{"settings":{"passwords":"refuse","passwords":"accept"}}"#;
    let answer = app.raw("PATCH", "/api/v1/connections/identity-provider", &headers, Some(settings));
    failures.add("settings", crate::support::answers::problem(&answer, 400));
    failures.none();
    assert_eq!(app.read(&path), before);
}
