//! What the platform asks about sessions, and links that set a password.

use super::PASSWORD;
use crate::support::administrator::Way;
use crate::support::{Learner, TestApp, expect, user};
use chrono::Duration;
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

fn introspect(app: &TestApp, credential: &str, token: &str) -> crate::support::http::Response {
    let headers = [
        ("Authorization", &*format!("Bearer {credential}")),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    app.raw(
        "POST",
        "/api/v1/introspect",
        &headers,
        Some(format!("token={token}&token_type_hint=access_token").as_bytes()),
    )
}

/// RFC 7662 §2: who it is while the session lives, and nothing else once it does not.
#[test]
fn the_platform_is_told_whose_session_it_is_as_long_as_it_lives() {
    let app = TestApp::start();
    let id = app.person("babs");
    let session = app.learner_with_password(&id, "babs", PASSWORD).session(PASSWORD);
    let told = expect(introspect(&app, app.api_token(), &session), 200);
    assert_eq!(told.header("Cache-Control"), Some("no-store"));
    let told = told.json().unwrap();
    assert_eq!(
        [&told["active"], &told["sub"], &told["username"], &told["token_type"]],
        [&json!(true), &json!(id), &json!("babs"), &json!("Bearer")]
    );
    let ends = app.clock().now() + Duration::hours(12);
    assert_eq!(told["exp"], json!(ends.timestamp()));
    assert_eq!(told.get("scope"), None, "a learner's session opens nothing but what is theirs");
    let nothing = json!({"active": false});
    let other = app.issue_token("other", "platform", Scope::Api);
    assert_eq!(expect(introspect(&app, &other, &session), 200).json().unwrap(), nothing, "another tenant's");
    for unknown in ["", "rcs_x", app.api_token(), &session[..session.len() - 2]] {
        assert_eq!(
            expect(introspect(&app, app.api_token(), unknown), 200).json().unwrap(),
            nothing,
            "{unknown}"
        );
    }
    expect(introspect(&app, app.scim_token(), &session), 403);
    expect(introspect(&app, &session, &session), 403);
    app.switched(Way::Scim, &id, false);
    assert_eq!(expect(introspect(&app, app.api_token(), &session), 200).json().unwrap(), nothing);
    let unreadable = app.raw(
        "POST",
        "/api/v1/introspect",
        &[("Authorization", &format!("Bearer {}", app.api_token()))],
        Some(b"{}"),
    );
    let refused = expect(unreadable, 400).json().unwrap();
    assert_eq!(refused["field"], "token");
    // In our own words, not in those of the library that reads forms.
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("application/x-www-form-urlencoded") && !detail.contains("rror"), "{detail}");
}

fn linked(app: &TestApp, name: &str) -> (String, Value) {
    let mut body = user(name);
    body["emails"] = json!([{"value": format!("{name}@example.com")}]);
    let id = app.provision(&body);
    let issued = app.api("POST", &format!("/accounts/{id}/temporary-password"), None);
    (id, expect(issued, 201).json().unwrap())
}

fn reset(app: &TestApp, token: &Value, new: &str) -> crate::support::http::Response {
    app.request("POST", "/api/v1/password-resets", None, Some(&json!({"token": token, "newPassword": new})))
}

/// LIFECYCLE C10: where the policy hands out links, who has an e-mail address gets the secret of one, and others a password that can
/// be read out.
#[test]
fn c10_a_link_sets_a_password_once_and_in_time() {
    let app = TestApp::with_policy(&json!({"reset.method": "link", "reset.lifetime_hours": 2}));
    let (_, issued) = linked(&app, "babs");
    assert!(
        issued["resetToken"].as_str().unwrap().starts_with("rcr_")
            && issued.get("temporaryPassword").is_none()
    );
    let weak = expect(reset(&app, &issued["resetToken"], "password1"), 400).json().unwrap();
    assert_eq!(weak["field"], "newPassword");
    expect(reset(&app, &issued["resetToken"], PASSWORD), 204);
    expect(Learner::new(&app, "babs").sign_in(PASSWORD), 201);
    let used = expect(reset(&app, &issued["resetToken"], "another horse battery"), 401).json().unwrap();
    assert!(used["detail"].as_str().unwrap().contains("was used"), "{used}");
    let (_, late) = linked(&app, "late");
    app.clock().advance(Duration::hours(2));
    let refused = expect(reset(&app, &late["resetToken"], PASSWORD), 409).json().unwrap();
    assert_eq!(refused["type"], "urn:rollcall:problem:temporary-password-expired");
    for unknown in
        [json!("rcr_AAAA"), json!(""), json!("x".repeat(90)), json!(format!("rcr_{}", "A".repeat(86)))]
    {
        assert_eq!(reset(&app, &unknown, PASSWORD).status, 401, "{unknown}");
    }
    let id = app.person("shopfloor");
    assert!(app.temporary_password(&id).len() == 19);
}

/// SECURITY S06: whoever is off is refused by every way of getting in.
#[test]
fn no_way_in_is_open_to_who_is_switched_off() {
    let app = TestApp::with_policy(&json!({"reset.method": "link"}));
    let (id, issued) = linked(&app, "babs");
    let session = {
        expect(reset(&app, &issued["resetToken"], PASSWORD), 204);
        Learner::new(&app, "babs").session(PASSWORD)
    };
    let again = app.api("POST", &format!("/accounts/{id}/temporary-password"), None);
    let token = expect(again, 201).json().unwrap()["resetToken"].clone();
    app.switched(Way::Scim, &id, false);
    assert_eq!(reset(&app, &token, PASSWORD).status, 403);
    assert_eq!(Learner::new(&app, "babs").sign_in(token.as_str().unwrap()).status, 403);
    assert_eq!(app.session_status(&session), 401);
    expect(app.api("POST", &format!("/accounts/{id}/temporary-password"), None), 403);
    expect(app.command(&id, &json!({"command": "recordAccess"})), 403);
}
