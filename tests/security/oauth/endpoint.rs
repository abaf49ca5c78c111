//! The token endpoint: every way to prove oneself with a secret, and every refusal of RFC 6749 §5.2.

use super::client::{form, post, refused, token_of, unkept};
use crate::support::{Failures, TestApp, expect};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// R230: an access token for a secret, in the header or in the form, which opens SCIM for the client's connection and nothing else.
#[test]
fn a_client_gets_a_token_for_its_secret() {
    let app = TestApp::start();
    let client = app.client("demo", "identity-provider", "scim");
    let encoded = client.secret.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let by_header = |value: &str| post(app.address(), &[("Authorization", value)], &form(&[GRANT]));
    let both = format!("{}&client_id={}", form(&[GRANT]), client.id);
    let answers = [
        ("form", app.ask(&client)),
        ("header", by_header(&client.header())),
        ("header, lower case", by_header(&client.header().replace("Basic", "basic"))),
        (
            "header, encoded",
            by_header(&format!("Basic {}", STANDARD.encode(format!("{}:{encoded}", client.id)))),
        ),
        ("header and client_id", post(app.address(), &[("Authorization", &client.header())], &both)),
        (
            "what is not known",
            post(
                app.address(),
                &[("Authorization", &client.header())],
                "grant_type=client_credentials&x=1&scope=",
            ),
        ),
    ];
    for (name, answer) in answers {
        let answer = expect(answer, 200);
        assert_eq!(unkept(&answer), Vec::<String>::new(), "{name}");
        let mut body = answer.json().unwrap();
        let token = token_of(&answer);
        body.as_object_mut().unwrap().remove("access_token");
        assert_eq!(body, json!({"token_type": "Bearer", "expires_in": 3600, "scope": "scim"}), "{name}");
        assert_eq!(app.scim_status(&token), 200, "{name}");
        expect(app.request("GET", "/api/v1/audit", Some(&token), None), 403);
        expect(app.request("GET", "/api/v1/sessions/current", Some(&token), None), 401);
    }
    // It acts as the connection: an externalId that the connection gave is found.
    let token = app.access_token(&client);
    let person = json!({"userName": "bjensen", "externalId": "e-1"});
    let made = expect(app.request("POST", "/scim/v2/Users", Some(&token), Some(&person)), 201);
    let id = made.json().unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(app.read("/Users?filter=externalId%20eq%20%22e-1%22")["totalResults"], 1);
    assert!(app.actions_of(&id).contains(&"account.created".to_owned()), "{:?}", app.actions_of(&id));
    let issued = expect(app.api("GET", "/audit?limit=1000", None), 200).json().unwrap();
    let issued: Vec<_> = issued["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "access-token.issued")
        .cloned()
        .collect();
    assert_eq!(issued.len(), 7);
    assert!(
        issued.iter().all(|entry| entry["actor"].as_str().unwrap().starts_with("connection:")),
        "{issued:?}"
    );
}

#[test]
fn a_scope_is_what_the_client_has_or_less() {
    let app = TestApp::start();
    let (scim, api) = (app.client("demo", "idp", "scim"), app.client("demo", "lms", "api"));
    let ask = |client: &super::client::Client, scope: &str| {
        let header = client.header();
        post(app.address(), &[("Authorization", &header)], &form(&[GRANT, ("scope", scope)]))
    };
    let mut failures = Failures::default();
    for (client, scope) in [(&scim, "scim"), (&scim, "scim scim"), (&api, "api"), (&api, "")] {
        let answer = expect(ask(client, scope), 200);
        let expected = if client.id == scim.id { "scim" } else { "api" };
        failures.check(scope, answer.json().unwrap()["scope"] == json!(expected), || scope.to_owned());
    }
    for (client, scope) in [
        (&scim, "api"),
        (&api, "scim"),
        (&scim, "scim api"),
        (&scim, "openid"),
        (&scim, "SCIM"),
        (&scim, "console"),
        (&scim, "*"),
        (&scim, "scim\u{e4}"),
    ] {
        failures.add(scope, refused(&ask(client, scope), 400, "invalid_scope"));
    }
    failures.none();
    let token = token_of(&expect(ask(&api, "api"), 200));
    expect(app.request("GET", "/api/v1/audit", Some(&token), None), 200);
    assert_eq!(app.scim_status(&token), 403);
}

#[test]
fn who_is_not_the_client_gets_nothing_and_is_not_told_why() {
    let app = TestApp::start();
    let client = app.client("demo", "identity-provider", "scim");
    let other = app.client("neighbour", "idp", "scim");
    let with = |id: &str, secret: &str| {
        post(app.address(), &[], &form(&[GRANT, ("client_id", id), ("client_secret", secret)]))
    };
    let basic = |text: &str| {
        let header = format!("Basic {}", STANDARD.encode(text));
        post(app.address(), &[("Authorization", &header)], &form(&[GRANT]))
    };
    let (id, secret) = (client.id.to_string(), client.secret.as_str());
    let unknown = with("01a20046-1b8c-70d9-b1cc-cf54d639c90e", secret);
    let mut failures = Failures::default();
    for (name, answer) in [
        ("wrong secret", with(&id, "rcc_wrong")),
        ("the end is missing", with(&id, &secret[..secret.len() - 1])),
        ("more at the end", with(&id, &format!("{secret}A"))),
        ("upper case", with(&id, &secret.to_uppercase())),
        ("another tenant's secret", with(&id, &other.secret)),
        ("another tenant's id", with(&other.id.to_string(), secret)),
        ("no id", with("null", secret)),
        ("id in upper case", with(&id.to_uppercase(), secret)),
        ("SQL", with("' OR 1=1 --", secret)),
        ("NUL", with(&format!("{id}\0"), secret)),
        ("a bearer token as secret", with(&id, app.scim_token())),
        ("nothing", post(app.address(), &[], &form(&[GRANT]))),
        ("client_id alone", post(app.address(), &[], &form(&[GRANT, ("client_id", &id)]))),
        ("empty secret", with(&id, "")),
        ("header: no colon", basic(&id)),
        ("header: empty secret", basic(&format!("{id}:"))),
        ("header: wrong secret", basic(&format!("{id}:x"))),
        ("header: no base64", post(app.address(), &[("Authorization", "Basic ???")], &form(&[GRANT]))),
        (
            "header: a bearer token",
            post(
                app.address(),
                &[("Authorization", &format!("Bearer {}", app.scim_token()))],
                &form(&[GRANT]),
            ),
        ),
    ] {
        failures.add(name, refused(&answer, 401, "invalid_client"));
        failures
            .check(name, answer.body == unknown.body, || "is told apart from an unknown client".to_owned());
    }
    failures.none();
    expect(app.ask(&client), 200);
}

#[test]
fn a_request_that_breaks_the_rules_is_told_which() {
    let app = TestApp::start();
    let client = app.client("demo", "identity-provider", "scim");
    let header = client.header();
    let credentials = form(&client.parameters());
    let good = format!("{}&{credentials}", form(&[GRANT]));
    let plain = |body: &str| post(app.address(), &[], body);
    let with_header = |body: &str| post(app.address(), &[("Authorization", &header)], body);
    let other_type = |kind: Option<&str>, body: &str| {
        let headers: Vec<(&str, &str)> = kind.map(|kind| ("Content-Type", kind)).into_iter().collect();
        app.raw("POST", "/oauth/token", &headers, Some(body.as_bytes()))
    };
    let assertion = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let query = format!("/oauth/token?{good}");
    let mut failures = Failures::default();
    for (name, answer, code) in [
        ("no grant", plain(&credentials), "invalid_request"),
        ("an empty grant", plain(&format!("grant_type=&{credentials}")), "invalid_request"),
        ("an empty body", plain(""), "invalid_request"),
        ("scope twice", plain(&format!("{good}&scope=scim&scope=scim")), "invalid_request"),
        ("grant twice", plain(&format!("{good}&grant_type=client_credentials")), "invalid_request"),
        ("secret twice", plain(&format!("{good}&client_secret=x")), "invalid_request"),
        ("unknown twice", plain(&format!("{good}&x=1&x=2")), "invalid_request"),
        ("header and secret", with_header(&good), "invalid_request"),
        ("header and another client_id", with_header(&form(&[GRANT, ("client_id", "x")])), "invalid_request"),
        (
            "header and assertion",
            with_header(&format!("{}&{assertion}&client_assertion=x", form(&[GRANT]))),
            "invalid_request",
        ),
        ("secret and assertion", plain(&format!("{good}&{assertion}&client_assertion=x")), "invalid_request"),
        ("secret without client_id", plain(&form(&[GRANT, ("client_secret", "x")])), "invalid_request"),
        ("assertion without its type", plain(&form(&[GRANT, ("client_assertion", "x")])), "invalid_request"),
        ("type without assertion", plain(&format!("{}&{assertion}", form(&[GRANT]))), "invalid_request"),
        (
            "another type",
            plain(&form(&[
                GRANT,
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
                ("client_assertion", "x"),
            ])),
            "invalid_request",
        ),
        (
            "two headers",
            post(app.address(), &[("Authorization", &header), ("Authorization", &header)], &form(&[GRANT])),
            "invalid_request",
        ),
        (
            "JSON",
            other_type(Some("application/json"), r#"{"grant_type":"client_credentials"}"#),
            "invalid_request",
        ),
        ("multipart", other_type(Some("multipart/form-data; boundary=x"), &good), "invalid_request"),
        ("no type", other_type(None, &good), "invalid_request"),
        (
            "encoded",
            app.raw(
                "POST",
                "/oauth/token",
                &[("Content-Type", "application/x-www-form-urlencoded"), ("Content-Encoding", "gzip")],
                Some(good.as_bytes()),
            ),
            "invalid_request",
        ),
        // A secret in the query is never read.
        (
            "all in the query",
            app.raw("POST", &query, &[("Content-Type", "application/x-www-form-urlencoded")], Some(b"")),
            "invalid_request",
        ),
        ("password", plain(&good.replace("client_credentials", "password")), "unsupported_grant_type"),
        ("code", plain(&good.replace("client_credentials", "authorization_code")), "unsupported_grant_type"),
        ("refresh", plain(&good.replace("client_credentials", "refresh_token")), "unsupported_grant_type"),
        (
            "jwt-bearer",
            plain(
                &good.replace("client_credentials", "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"),
            ),
            "unsupported_grant_type",
        ),
        (
            "upper case",
            plain(&good.replace("client_credentials", "CLIENT_CREDENTIALS")),
            "unsupported_grant_type",
        ),
    ] {
        failures.add(name, refused(&answer, 400, code));
    }
    let query = format!("/oauth/token?{credentials}");
    let answer = app.raw(
        "POST",
        &query,
        &[("Content-Type", "application/x-www-form-urlencoded")],
        Some(form(&[GRANT]).as_bytes()),
    );
    failures.add("credentials in the query", refused(&answer, 401, "invalid_client"));
    let padded = |bytes: usize| plain(&format!("{good}&x={}", "x".repeat(bytes - good.len() - 3)));
    failures.add("one byte too many", refused(&padded(16 * 1024 + 1), 413, "invalid_request"));
    failures.none();
    expect(padded(16 * 1024), 200);
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = app.raw(method, "/oauth/token", &[], None);
        assert_eq!((answer.status, answer.header("Allow")), (405, Some("POST, OPTIONS")), "{method}");
    }
}
