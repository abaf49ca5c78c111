//! /Me (RFC 7644 §3.11): a person about themselves, and a session opens nothing else of SCIM.

use crate::support::{Failures, TestApp, expect, scim_error, user};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

fn signed_in(app: &TestApp) -> (String, String) {
    let mut body = user("bjensen");
    body["displayName"] = json!("Babs");
    let id = app.provision(&body);
    let session = app.learner_with_password(&id, "bjensen", PASSWORD).session(PASSWORD);
    (id, session)
}

/// R161: a signed-in person reads their own user, whose address is the permanent one.
#[test]
fn a_session_reads_its_own_account() {
    let app = TestApp::start();
    app.provision(&user("somebody.else"));
    let (id, session) = signed_in(&app);
    let group = json!({"displayName": "Guides", "members": [{"value": id}]});
    expect(app.scim("POST", "/Groups", Some(&group)), 201);
    let own = expect(app.scim("GET", &format!("/Users/{id}"), None), 200);
    let location = format!("{}/Users/{id}", app.scim_base());
    let me = |method: &str, path: &str| app.request(method, path, Some(&session), None);
    for path in ["/scim/v2/Me", "/scim/Me", "/scim/v2//Me/"] {
        let answer = expect(me("GET", path), 200);
        assert_eq!(answer.json(), own.json(), "{path}");
        assert_eq!(answer.header("Location"), Some(location.as_str()));
        assert_eq!(answer.header("ETag"), own.header("ETag"));
        assert_eq!(answer.header("Content-Type"), Some("application/scim+json"));
    }
    let head = expect(me("HEAD", "/scim/v2/Me"), 200);
    assert_eq!((head.body.len(), head.header("ETag")), (0, own.header("ETag")));
    let some = expect(me("GET", "/scim/v2/Me?attributes=userName"), 200).json().unwrap();
    assert_eq!(
        (&some["userName"], some.get("displayName"), &some["id"]),
        (&json!("bjensen"), None, &json!(id))
    );
    let rest = expect(me("GET", "/scim/v2/Me?excludedAttributes=displayName"), 200).json().unwrap();
    assert_eq!((&rest["userName"], rest.get("displayName")), (&json!("bjensen"), None));
    let both = me("GET", "/scim/v2/Me?attributes=userName&excludedAttributes=title");
    assert_eq!(scim_error(&both, 400, Some("invalidValue")), Vec::<String>::new());
    let bearer = format!("bearer  {session}");
    let known = own.header("ETag").unwrap();
    let answer = app.raw("GET", "/scim/v2/Me", &[("Authorization", &bearer), ("If-None-Match", known)], None);
    expect(answer, 304);
}

/// R161: nobody changes themselves here, and nothing is changed by trying.
#[test]
fn me_can_only_be_read() {
    let app = TestApp::start();
    let (id, session) = signed_in(&app);
    let before = app.read(&format!("/Users/{id}"));
    let mut failures = Failures::default();
    let mut body = user("bjensen");
    body["active"] = json!(true);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for body in
            [None, Some(&body), Some(&json!({"Operations": [{"op": "replace", "value": {"title": "CEO"}}]}))]
        {
            let answer = app.request(method, "/scim/v2/Me", Some(&session), body);
            failures.add(method, scim_error(&answer, 403, None));
        }
    }
    failures.none();
    assert_eq!(app.read(&format!("/Users/{id}")), before);
}

/// R161: a connection is no person: 501, and the way out; an administrator's token is of the wrong scope.
#[test]
fn a_connection_has_no_me() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let answer = app.scim(method, "/Me", None);
        failures.add(method, scim_error(&answer, 501, None));
        let detail = answer.json().unwrap()["detail"].as_str().unwrap().to_owned();
        failures.check(method, detail.contains("/Users"), || detail.clone());
    }
    let api = app.request("GET", "/scim/v2/Me", Some(app.api_token()), None);
    failures.add("scope api", scim_error(&api, 403, None));
    failures.none();
}

/// R161: who is not signed in, or not any more, is told how to be.
#[test]
fn an_ended_or_unknown_session_is_401() {
    let app = TestApp::start();
    let (id, session) = signed_in(&app);
    let mut failures = Failures::default();
    let mut check = |case: &str, token: Option<&str>, challenge: &str| {
        let answer = app.request("GET", "/scim/v2/Me", token, None);
        failures.add(case, scim_error(&answer, 401, None));
        let shown = answer.header("WWW-Authenticate").map(str::to_owned);
        failures.check(case, shown.as_deref() == Some(challenge), || format!("{shown:?}"));
    };
    let bad = "Bearer realm=\"rollcall\", error=\"invalid_token\"";
    check("none", None, "Bearer realm=\"rollcall\"");
    check("nonsense", Some("rcs_nonsense"), bad);
    let forged = format!("{}AAAA", &session[..session.len() - 4]);
    check("forged", Some(&forged), bad);
    let off = crate::support::patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&off)), 200);
    check("deactivated", Some(&session), bad);
    failures.none();
}

/// A session is good for /Me and for nothing else of SCIM, whatever the method.
#[test]
fn a_session_opens_no_other_endpoint() {
    let app = TestApp::start();
    let (id, session) = signed_in(&app);
    let group = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "Guides"}))), 201);
    let group = group.json().unwrap()["id"].as_str().unwrap().to_owned();
    let body: Value = json!({"userName": "x", "displayName": "x"});
    let mut failures = Failures::default();
    for path in [
        "/Users".to_owned(),
        format!("/Users/{id}"),
        "/Users/.search".to_owned(),
        "/Groups".to_owned(),
        format!("/Groups/{group}"),
        "/Groups/.search".to_owned(),
        "/.search".to_owned(),
        "/Schemas".to_owned(),
        "/ResourceTypes".to_owned(),
        "/ResourceTypes/User".to_owned(),
        "/serviceConfiguration".to_owned(),
        "/Bulk".to_owned(),
        "/me".to_owned(),
        "/Me/x".to_owned(),
        "/%4De".to_owned(),
        String::new(),
    ] {
        for base in ["/scim/v2", "/scim"] {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
                let sent = (!matches!(method, "GET" | "HEAD")).then_some(&body);
                let answer = app.request(method, &format!("{base}{path}"), Some(&session), sent);
                failures.check(&format!("{method} {base}{path}"), answer.status == 401, || {
                    format!("{}", answer.status)
                });
            }
        }
    }
    failures.none();
    expect(app.request("GET", &format!("/api/v1/accounts/{id}"), Some(&session), None), 403);
    // A person of another tenant is a stranger, whatever the connection.
    let neighbour = app.issue_token("neighbour", "idp", Scope::Scim);
    expect(app.request("GET", &format!("/scim/v2/Users/{id}"), Some(&neighbour), None), 404);
}
