//! Bearer tokens: which are taken, and what the answer to the others says.

use crate::support::http::Response;
use crate::support::{Failures, TestApp, cluster, expect, scim_error, user};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rollcall::app::tokens::Scope;
use rollcall::app::{tenants, tokens};
use serde_json::{Value, json};

fn get(app: &TestApp, authorization: &[&str]) -> Response {
    let headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("Authorization", *value)).collect();
    app.raw("GET", "/scim/v2/Users", &headers, None)
}

fn unauthorized(answer: &Response, challenge: &str) -> Vec<String> {
    let mut wrong = scim_error(answer, 401, None);
    if answer.header("WWW-Authenticate") != Some(challenge) {
        wrong.push(format!("WWW-Authenticate: {:?}", answer.header("WWW-Authenticate")));
    }
    wrong
}

const NO_TOKEN: &str = "Bearer realm=\"rollcall\"";
const BAD_TOKEN: &str = "Bearer realm=\"rollcall\", error=\"invalid_token\"";

#[test]
fn who_shows_no_token_is_told_how_and_no_more() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    let token = app.scim_token();
    let doubled = format!("Bearer {token}");
    for headers in [
        vec![],
        vec![""],
        vec!["Bearer"],
        vec!["Bearer "],
        vec!["Basic dXNlcjpwYXNz"],
        vec![token],
        vec![doubled.as_str(), doubled.as_str()],
        vec![doubled.as_str(), "Basic x"],
        vec!["Bearer\u{0}x"],
    ] {
        let answer = get(&app, &headers);
        if headers == ["Bearer\u{0}x"] {
            failures
                .check("NUL", answer.status == 400 || answer.status == 401, || format!("{}", answer.status));
            continue;
        }
        failures.add(&format!("{headers:?}"), unauthorized(&answer, NO_TOKEN));
    }
    for path in
        ["/scim/v2/Users?access_token=", "/scim/v2/Users?token=", "/scim/v2/Users?Authorization=Bearer%20"]
    {
        let answer = app.raw("GET", &format!("{path}{token}"), &[], None);
        failures.add(path, unauthorized(&answer, NO_TOKEN));
    }
    let form = format!("access_token={token}");
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = app.raw("POST", "/scim/v2/Users", &headers, Some(form.as_bytes()));
    failures.add("token in a form", unauthorized(&answer, NO_TOKEN));
    failures.none();
    for spelling in [format!("bearer {token}"), format!("BEARER   {token}  "), format!("Bearer\t{token}")] {
        expect(get(&app, &[&spelling]), 200);
    }
}

/// The parts of a token.
fn parts(token: &str) -> (String, Value, String) {
    let mut parts = token.split('.').map(str::to_owned);
    let (header, claims, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    (header, claims, signature)
}

fn signed(app: &TestApp, algorithm: Algorithm, claims: &Value) -> String {
    let sql = "SELECT id || ' ' || encode(secret, 'hex') AS t FROM signing_keys";
    let row = cluster::texts(app.database_url(), sql)[0].clone();
    let (id, secret) = row.split_once(' ').unwrap();
    let secret: Vec<u8> =
        (0..secret.len()).step_by(2).map(|at| u8::from_str_radix(&secret[at..at + 2], 16).unwrap()).collect();
    let header = Header { kid: Some(id.to_owned()), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(&secret)).unwrap()
}

#[test]
fn a_token_that_was_not_issued_opens_nothing_even_with_the_right_key() {
    let app = TestApp::start();
    let token = app.scim_token();
    let (header, claims, signature) = parts(token);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let changed = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let other = app.issue_token("neighbour", "idp", Scope::Scim);
    let neighbour = parts(&other).1;
    let kid =
        serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(&header).unwrap()).unwrap()["kid"].clone();
    let none = |alg: &str| {
        format!("{}.{}.", encode(&json!({"alg": alg, "typ": "JWT", "kid": kid})), encode(&claims))
    };
    let cases = vec![
        ("words", "null".to_owned()),
        ("undefined", "undefined".to_owned()),
        ("dots", "..".to_owned()),
        ("garbage", "a.b.c".to_owned()),
        ("long garbage", "x".repeat(10_000)),
        ("alg none", none("none")),
        ("alg None", none("None")),
        ("alg nOnE with the signature", format!("{}{signature}", none("nOnE"))),
        ("without signature", token.rsplit_once('.').unwrap().0.to_owned() + "."),
        ("two parts", token.rsplit_once('.').unwrap().0.to_owned()),
        ("four parts", format!("{token}.x")),
        (
            "last character",
            format!("{}{}", &token[..token.len() - 2], if token.ends_with("AA") { "BB" } else { "AA" }),
        ),
        ("tampered scope", format!("{header}.{}.{signature}", encode(&changed("scope", json!("api"))))),
        (
            "tampered tenant",
            format!("{header}.{}.{signature}", encode(&changed("tid", neighbour["tid"].clone()))),
        ),
        ("HS512", signed(&app, Algorithm::HS512, &claims)),
        ("HS384", signed(&app, Algorithm::HS384, &claims)),
        ("signed anew with another time", signed(&app, Algorithm::HS256, &changed("iat", json!(1)))),
        (
            "signed anew for another tenant",
            signed(&app, Algorithm::HS256, &changed("tid", neighbour["tid"].clone())),
        ),
        (
            "signed anew for another connection",
            signed(&app, Algorithm::HS256, &changed("cid", neighbour["cid"].clone())),
        ),
        (
            "signed anew with an unknown id",
            signed(&app, Algorithm::HS256, &changed("jti", json!(uuid::Uuid::nil()))),
        ),
        ("signed anew with another scope", signed(&app, Algorithm::HS256, &changed("scope", json!("root")))),
        ("a session", "rcs_AAAA".to_owned()),
    ];
    let mut failures = Failures::default();
    for (name, token) in cases {
        failures.add(name, unauthorized(&get(&app, &[&format!("Bearer {token}")]), BAD_TOKEN));
    }
    failures.none();
    expect(get(&app, &[&format!("Bearer {token}")]), 200);
}

#[test]
fn a_token_opens_its_own_surface_only() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let session =
        app.learner_with_password(&id, "bjensen", "correct horse battery").session("correct horse battery");
    let insufficient = Some("Bearer realm=\"rollcall\", error=\"insufficient_scope\"");
    let mut failures = Failures::default();
    for (path, wrong) in [
        ("/scim/v2/Users", app.api_token()),
        ("/scim/v2/Schemas", app.api_token()),
        ("/scim/v2/Nowhere", app.api_token()),
        ("/api/v1/audit", app.scim_token()),
        ("/api/v1/nowhere", app.scim_token()),
    ] {
        let answer = app.request("GET", path, Some(wrong), None);
        failures.check(path, answer.status == 403, || format!("{}", answer.status));
        failures.check(path, answer.header("WWW-Authenticate") == insufficient, || {
            format!("{:?}", answer.headers)
        });
        // The session of a learner is good, and opens nothing of the API; over SCIM it is no token.
        let by_session = if path.starts_with("/api") { 403 } else { 401 };
        for (token, status) in [(None, 401), (Some(session.as_str()), by_session)] {
            let answer = app.request("GET", path, token, None);
            failures.check(path, answer.status == status, || format!("{token:?}: {}", answer.status));
        }
    }
    for token in [app.scim_token(), app.api_token()] {
        failures.check("a token is no session", app.session_status(token) == 401, String::new);
    }
    failures.none();
}

#[test]
fn a_token_ends_at_its_time_and_a_revoked_one_within_a_second() {
    let app = TestApp::start();
    let elsewhere = app.another_server();
    let (token, _) = app.issue("demo", "identity-provider", Scope::Scim, Some(Duration::hours(1)));
    let (revoked, id) = app.issue("demo", "identity-provider", Scope::Scim, None);
    let status = |token: &str| get(&app, &[&format!("Bearer {token}")]);
    app.clock().advance(Duration::hours(1) - Duration::seconds(1));
    expect(status(&token), 200);
    app.clock().advance(Duration::seconds(1));
    std::thread::sleep(tokens::MAX_AGE_OF_A_YES);
    assert_eq!(unauthorized(&status(&token), BAD_TOKEN), Vec::<String>::new());

    let there =
        || crate::support::app::request_to(elsewhere, "GET", "/scim/v2/Users", Some(&revoked), None).status;
    expect(status(&revoked), 200);
    assert_eq!(there(), 200);
    let mut conn = app.connect();
    let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
    tokens::revoke(&mut conn, tenant, id, app.clock().now()).unwrap();
    std::thread::sleep(tokens::MAX_AGE_OF_A_YES);
    assert_eq!(unauthorized(&status(&revoked), BAD_TOKEN), Vec::<String>::new());
    assert_eq!(there(), 401);
    expect(app.scim("GET", "/Users", None), 200);
}

#[test]
fn nobody_is_read_before_they_are_known() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    let id = uuid::Uuid::nil();
    for (method, path) in [
        ("POST", "/scim/v2/Users".to_owned()),
        ("PUT", format!("/scim/v2/Users/{id}")),
        ("PATCH", format!("/scim/v2/Users/{id}")),
        ("DELETE", format!("/scim/v2/Users/{id}")),
        ("GET", format!("/scim/v2/Users/{id}")),
        ("POST", "/scim/v2/Groups".to_owned()),
        ("PATCH", format!("/scim/v2/Groups/{id}")),
        ("POST", "/scim/v2/.search".to_owned()),
        ("POST", "/scim/v2/Bulk".to_owned()),
        ("GET", "/scim/v2/Nowhere".to_owned()),
        ("TRACE", "/scim/v2/Users".to_owned()),
        ("GET", "/scim/v2/Schemas".to_owned()),
        ("GET", "/scim/Users".to_owned()),
        ("GET", "/scim/v1/Users".to_owned()),
        ("GET", "/scim/v2//Users".to_owned()),
        // Only discovery itself is told to everybody, not what ends like it.
        ("GET", "/scim/v2/Users/ServiceProviderConfig".to_owned()),
        ("PUT", "/scim/v2/Users/ServiceProviderConfig".to_owned()),
        ("DELETE", "/scim/v2/Groups/ServiceProviderConfig".to_owned()),
        ("GET", "/scim/v2/Nowhere/ServiceProviderConfig".to_owned()),
        ("PATCH", "/scim/v2/Groups/ServiceProviderConfig".to_owned()),
        ("GET", "/scim/v2/Schemas/ServiceProviderConfig".to_owned()),
    ] {
        let answer = app.raw(method, &path, &[("Content-Type", "text/plain")], Some(b"{not json"));
        failures.add(&format!("{method} {path}"), unauthorized(&answer, NO_TOKEN));
    }
    for (method, path) in [
        ("GET", "/api/v1/audit"),
        ("POST", "/api/v1/accounts/x/temporary-password"),
        ("GET", "/api/v1/nowhere"),
    ] {
        let answer = app.raw(method, path, &[], Some(b"{not json"));
        failures.add(path, crate::support::answers::problem(&answer, 401));
    }
    failures.none();
    let open = app.raw("GET", "/scim/v2/ServiceProviderConfig", &[], None);
    assert_eq!(expect(open, 200).json().unwrap()["patch"]["supported"], true);
}
