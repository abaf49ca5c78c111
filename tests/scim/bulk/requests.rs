//! The request as a whole.

use super::*;
use crate::support::{Failures, scim_error, user};

/// R151: both addresses of the service have it, and every content type that means JSON; nobody does without a token.
#[test]
fn addresses_types_and_tokens() {
    let app = TestApp::start();
    let request = json!({"schemas": [REQUEST], "Operations": [post_user("a", "a")]});
    expect(app.request("POST", "/scim/Bulk", Some(app.scim_token()), Some(&request)), 200);
    expect(app.request("POST", "/scim/v2/Bulk/", Some(app.scim_token()), Some(&request)), 200);
    expect(
        app.scim_with(
            "POST",
            "/Bulk",
            &[("Content-Type", "application/scim+json; charset=utf-8")],
            Some(&request),
        ),
        200,
    );
    let mut failures = Failures::default();
    let authorization = format!("Bearer {}", app.scim_token());
    let xml = [("Authorization", authorization.as_str()), ("Content-Type", "application/xml")];
    failures.add("XML", scim_error(&app.raw("POST", "/scim/v2/Bulk", &xml, Some(b"<a/>")), 415, None));
    failures
        .add("no token", scim_error(&app.request("POST", "/scim/v2/Bulk", None, Some(&request)), 401, None));
    let api = app.request("POST", "/scim/v2/Bulk", Some(app.api_token()), Some(&request));
    failures.add("the other scope", scim_error(&api, 403, None));
    failures.none();
    assert_eq!(count(&app, "a"), 1);
}

/// R152: what is no bulk request is refused as a whole, before anything is done.
#[test]
fn what_is_no_bulk_request() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (body, kind) in [
        (json!({}), "invalidSyntax"),
        (json!({"Operations": []}), "invalidSyntax"),
        (json!({"Operations": [post_user("a", "a"), "POST"]}), "invalidSyntax"),
        (json!({"Operations": [post_user("a", "a")], "failOnErrors": 0}), "invalidValue"),
        (json!({"Operations": [post_user("a", "a")], "failOnErrors": "no"}), "invalidValue"),
        (json!({"Operations": [post_user("a", "a"), post_user("a", "b")]}), "invalidValue"),
    ] {
        let answer = app.scim("POST", "/Bulk", Some(&body));
        failures.add(&body.to_string(), scim_error(&answer, 400, Some(kind)));
    }
    failures.none();
    assert_eq!(count(&app, "a"), 0);
}

/// R151: an answer that comes later is not offered: the preference is passed over, and not said to be applied.
#[test]
fn an_answer_is_not_put_off() {
    let app = TestApp::start();
    let request = json!({"Operations": [post_user("a", "a")]});
    let answer = expect(app.scim_with("POST", "/Bulk", &[("Prefer", "respond-async")], Some(&request)), 200);
    assert_eq!(answer.header("Preference-Applied"), None);
    assert_eq!(statuses(&entries(answer)), ["201"]);
}

/// R155: each operation has the audit row of a single request, with the id of the one that brought it, and ends sessions as one.
#[test]
fn operations_are_recorded_and_mean_the_same_as_single_requests() {
    let app = TestApp::start();
    let id = app.provision(&json!({"userName": "bjensen", "emails": [{"value": "bjensen@example.com"}]}));
    let session =
        app.learner_with_password(&id, "bjensen", "correct horse battery").session("correct horse battery");
    let off = json!({"method": "patch", "path": format!("/Users/{id}"),
                     "data": {"Operations": [{"op": "Replace", "path": "active", "value": "False"}]}});
    let answer = send(&app, json!([post_user("a", "a"), off]));
    let request_id = answer.header("X-Request-Id").unwrap().to_owned();
    let done = entries(answer);
    assert_eq!(statuses(&done), ["201", "200"]);
    assert_eq!(app.session_status(&session), 401);
    assert_eq!(app.account(&id)["status"], "deactivated");
    let new = path(&app, &done[0]).trim_start_matches("/Users/").to_owned();
    for (id, action) in [(id, "account.deactivated"), (new, "account.created")] {
        let last = app.audit_of(&id).pop().unwrap();
        assert_eq!(
            (last["action"].as_str(), last["requestId"].as_str()),
            (Some(action), Some(request_id.as_str()))
        );
    }
}

/// R155: a bulk reaches no further than its token.
#[test]
fn another_tenants_resources_are_not_there() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let stranger = app.issue_token("neighbour", "idp", rollcall::app::tokens::Scope::Scim);
    let request = json!({"Operations": [
        {"method": "DELETE", "path": format!("/Users/{id}")},
        post_group("g", "G", &[&id]),
    ]});
    let done = entries(app.request("POST", "/scim/v2/Bulk", Some(&stranger), Some(&request)));
    // Who is nobody there is passed over.
    assert_eq!(statuses(&done), ["404", "201"]);
    let made = done[1]["location"].as_str().unwrap().rsplit('/').next().unwrap();
    let group = app.request("GET", &format!("/scim/v2/Groups/{made}"), Some(&stranger), None);
    assert_eq!(group.json().unwrap()["members"], json!([]));
    assert!(app.read(&format!("/Users/{id}")).get("groups").is_none());
}
