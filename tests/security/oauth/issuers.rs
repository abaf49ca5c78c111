//! Tokens that an issuer signed whom a connection trusts: which open SCIM, and which do not.

use super::issuer::{AUDIENCE, Issuer, claims, trust_in};
use super::keys::Pair;
use crate::support::{Failures, TestApp, expect, scim_error};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rollcall::app::oauth::issuers::{self, NewIssuer};
use rollcall::app::tokens::MAX_AGE_OF_A_YES;
use serde_json::{Value, json};

/// Whoever has a directory of Microsoft's, or a private account there, could have a token of these for some audience.
#[test]
fn an_issuer_of_every_directory_is_refused() {
    let app = TestApp::start();
    let trust = |issuer: &str| {
        let new = NewIssuer {
            issuer: issuer.to_owned(),
            audience: AUDIENCE.to_owned(),
            subject: None,
            jwks_uri: None,
            scope: "scim".to_owned(),
        };
        app.trust("demo", "entra", &new).map_err(|error| error.to_string())
    };
    for directory in ["common", "organizations", "consumers"] {
        let refused = trust(&format!("https://login.microsoftonline.com/{directory}/v2.0")).unwrap_err();
        assert!(refused.contains("give the id of your own") && refused.contains(directory), "{refused}");
    }
    trust("https://login.microsoftonline.com/0b1c4a6e-5f3f-4d39-9c43-5c8f6d0c7e11/v2.0").unwrap();
}

#[test]
fn a_token_of_a_trusted_issuer_opens_scim_for_the_connection() {
    let app = TestApp::start();
    let pairs = [Pair::rsa("a"), Pair::p256("b"), Pair::p384("c"), Pair::ed25519("d")];
    let issuer = Issuer::start(&pairs.iter().collect::<Vec<_>>());
    let id = app.trust("demo", "identity-provider", &trust_in(&issuer)).unwrap();
    let rsa = [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
    ];
    let signing = rsa.map(|algorithm| pairs[0].by(algorithm)).into_iter().chain(pairs[1..].iter().cloned());
    for pair in signing {
        assert_eq!(app.scim_status(&pair.sign(&claims(&app, &issuer))), 200, "{}", pair.jwk());
    }
    let token = pairs[0].sign(&claims(&app, &issuer));
    // It acts as the connection.
    let person = json!({"userName": "bjensen", "externalId": "e-1"});
    expect(app.request("POST", "/scim/v2/Users", Some(&token), Some(&person)), 201);
    assert_eq!(app.read("/Users?filter=externalId%20eq%20%22e-1%22")["totalResults"], 1);
    // And opens nothing else.
    expect(app.request("GET", "/api/v1/audit", Some(&token), None), 403);
    expect(app.request("GET", "/api/v1/sessions/current", Some(&token), None), 401);
    // The keys were fetched once.
    assert_eq!(issuer.times_asked(), 1);
    // It ends a minute after its time, for clocks that differ.
    app.clock().advance(Duration::seconds(3659));
    assert_eq!(app.scim_status(&token), 200);
    app.clock().advance(Duration::seconds(1));
    assert_eq!(app.scim_status(&token), 401);
    // Who is trusted no more is out within a second, on every server.
    let elsewhere = app.another_server();
    let token = pairs[0].sign(&claims(&app, &issuer));
    let statuses = || {
        [app.address(), elsewhere].map(|server| {
            crate::support::app::request_to(server, "GET", "/scim/v2/Users", Some(&token), None).status
        })
    };
    assert_eq!(statuses(), [200, 200]);
    issuers::remove(&mut app.connect(), app.tenant("demo"), id, app.clock().now()).unwrap();
    std::thread::sleep(MAX_AGE_OF_A_YES);
    assert_eq!(statuses(), [401, 401]);
}

#[test]
fn what_the_issuer_did_not_say_or_not_sign_opens_nothing() {
    let app = TestApp::start();
    let pair = Pair::rsa("main");
    let (issuer, foreign) = (Issuer::start(&[&pair]), Issuer::start(&[&Pair::other_rsa("main")]));
    app.trust("demo", "identity-provider", &trust_in(&issuer)).unwrap();
    let now = app.clock().now().timestamp();
    let said = |name: &str, value: Value| {
        let mut claims = claims(&app, &issuer);
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
        };
        pair.sign(&claims)
    };
    let good = || claims(&app, &issuer);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let jwk = pair.jwk();
    let confused = |secret: &[u8], algorithm| {
        let header = Header { kid: Some("main".to_owned()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, &good(), &EncodingKey::from_secret(secret)).unwrap()
    };
    let other = Pair::other_rsa("main");
    let brought = |header: Header| other.sign_under(&header, &good());
    let named = || Header { kid: Some("main".to_owned()), ..Header::new(Algorithm::RS256) };
    let cases = vec![
        ("another audience", said("aud", json!("00000002-0000-0000-c000-000000000000"))),
        ("the audience in upper case", said("aud", json!(AUDIENCE.to_uppercase()))),
        ("no audience", said("aud", Value::Null)),
        ("audience as an object", said("aud", json!({"aud": AUDIENCE}))),
        ("another issuer", said("iss", json!(foreign.name()))),
        ("issuer without its slash", said("iss", json!(issuer.name().trim_end_matches('/')))),
        ("issuer as a list", said("iss", json!([issuer.name()]))),
        ("no issuer", said("iss", Value::Null)),
        ("no end", said("exp", Value::Null)),
        ("end as text", said("exp", json!((now + 60).to_string()))),
        ("ended", said("exp", json!(now - 60))),
        ("not yet", said("nbf", json!(now + 61))),
        ("made tomorrow", said("iat", json!(now + 86_400))),
        ("an ID token", said("nonce", json!("n-1"))),
        ("an ID token of a hybrid flow", said("at_hash", json!("x"))),
        (
            "a security event",
            pair.sign_under(&Header { typ: Some("secevent+jwt".to_owned()), ..named() }, &good()),
        ),
        ("signed by another key of that name", other.sign(&good())),
        ("by another issuer, who calls himself so", other.sign(&claims(&app, &issuer))),
        ("by an issuer that nobody trusts", other.sign(&claims(&app, &foreign))),
        ("ES256 with the name of an RSA key", Pair::p256("main").sign(&good())),
        (
            "HS256 with the modulus",
            confused(&URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap(), Algorithm::HS256),
        ),
        ("HS256 with n", confused(jwk["n"].as_str().unwrap().as_bytes(), Algorithm::HS256)),
        ("HS512 with the JWK", confused(jwk.to_string().as_bytes(), Algorithm::HS512)),
        ("none", format!("{}.{}.", encode(&json!({"alg": "none", "kid": "main"})), encode(&good()))),
        ("nOnE", format!("{}.{}.x", encode(&json!({"alg": "nOnE", "kid": "main"})), encode(&good()))),
        ("a key in the header", brought(Header { jwk: serde_json::from_value(other.jwk()).ok(), ..named() })),
        ("an address in the header", brought(Header { jku: Some(foreign.keys_at()), ..named() })),
        ("a chain in the header", brought(Header { x5u: Some(foreign.keys_at()), ..named() })),
    ];
    let mut failures = Failures::default();
    let challenge = Some("Bearer realm=\"rollcall\", error=\"invalid_token\"");
    for (name, token) in cases {
        let answer = app.request("GET", "/scim/v2/Users", Some(&token), None);
        failures.add(name, scim_error(&answer, 401, None));
        failures
            .check(name, answer.header("WWW-Authenticate") == challenge, || format!("{:?}", answer.headers));
    }
    // Nothing led to where a token wanted it.
    failures.check("keys of others", foreign.times_asked() == 0, || foreign.times_asked().to_string());
    failures.none();
    let typed = pair.sign_under(&Header { typ: Some("at+jwt".to_owned()), ..named() }, &good());
    assert_eq!(app.scim_status(&typed), 200);
    // A list of audiences is as good, and so are times within a minute.
    assert_eq!(app.scim_status(&said("aud", json!(["x", AUDIENCE]))), 200);
    assert_eq!(app.scim_status(&said("exp", json!(now - 59))), 200);
    assert_eq!(app.scim_status(&said("nbf", json!(now + 60))), 200);
    // Claims of its own widen nothing.
    expect(app.request("GET", "/api/v1/audit", Some(&said("scope", json!("api"))), None), 403);
}

#[test]
fn a_token_leads_to_one_connection_of_one_tenant() {
    let app = TestApp::start();
    let pair = Pair::rsa("main");
    let issuer = Issuer::start(&[&pair]);
    let whole = trust_in(&issuer);
    let about = |subject: &str| NewIssuer { subject: Some(subject.to_owned()), ..whole.clone() };
    let refused = |tenant: &str, new: &NewIssuer, by: &str| {
        let error = app.trust(tenant, "idp", new).unwrap_err().to_string();
        assert!(error.contains(by) && error.starts_with("issuer:"), "{error}");
    };
    // Two tenants may share an issuer and an audience if every token is about somebody.
    app.trust("demo", "identity-provider", &about("ours")).unwrap();
    app.trust("neighbour", "idp", &about("theirs")).unwrap();
    refused("neighbour", &about("ours"), "another tenant");
    refused("neighbour", &whole, "another tenant");
    refused("demo", &whole, "another tenant");
    refused("demo", &about("ours"), "this tenant");
    let by = |subject: &str| {
        let mut claims = claims(&app, &issuer);
        claims["sub"] = json!(subject);
        pair.sign(&claims)
    };
    app.provision(&crate::support::user("bjensen"));
    let count = |token: &str| {
        let answer = app.request("GET", "/scim/v2/Users", Some(token), None);
        expect(answer, 200).json().unwrap()["totalResults"].as_u64().unwrap()
    };
    assert_eq!((count(&by("ours")), count(&by("theirs"))), (1, 0));
    assert_eq!(app.scim_status(&by("nobody")), 401);
    // Who has claimed all of them keeps others out.
    let second = NewIssuer { audience: "api://rollcall".to_owned(), ..whole };
    app.trust("demo", "identity-provider", &second).unwrap();
    refused("neighbour", &second, "another tenant");
    refused(
        "neighbour",
        &NewIssuer { subject: Some("theirs".to_owned()), ..second.clone() },
        "another tenant",
    );
    // Within a tenant the more particular one comes first.
    let third = NewIssuer { subject: Some("reader".to_owned()), scope: "api".to_owned(), ..second.clone() };
    app.trust("demo", "lms", &third).unwrap();
    let mut said = claims(&app, &issuer);
    said["aud"] = json!("api://rollcall");
    assert_eq!(app.scim_status(&pair.sign(&said)), 200);
    said["sub"] = json!("reader");
    assert_eq!(app.scim_status(&pair.sign(&said)), 403);
    expect(app.request("GET", "/api/v1/audit", Some(&pair.sign(&said)), None), 200);
}

#[test]
fn an_issuer_that_cannot_be_one_is_not_trusted() {
    let app = TestApp::start();
    let good = NewIssuer {
        issuer: "https://sts.windows.net/6a2f/".to_owned(),
        audience: AUDIENCE.to_owned(),
        subject: None,
        jwks_uri: None,
        scope: "scim".to_owned(),
    };
    for (new, field) in [
        (NewIssuer { issuer: "http://idp.example.com".to_owned(), ..good.clone() }, "issuer"),
        (NewIssuer { issuer: "https://idp.example.com/?x=1".to_owned(), ..good.clone() }, "issuer"),
        (NewIssuer { issuer: "idp.example.com".to_owned(), ..good.clone() }, "issuer"),
        (NewIssuer { issuer: String::new(), ..good.clone() }, "issuer"),
        (NewIssuer { audience: " ".to_owned(), ..good.clone() }, "audience"),
        (NewIssuer { audience: "x".repeat(1025), ..good.clone() }, "audience"),
        (NewIssuer { subject: Some(String::new()), ..good.clone() }, "subject"),
        (NewIssuer { jwks_uri: Some("http://10.0.0.1/keys".to_owned()), ..good.clone() }, "jwks-uri"),
        (NewIssuer { jwks_uri: Some("file:///etc/passwd".to_owned()), ..good.clone() }, "jwks-uri"),
        (NewIssuer { scope: "console".to_owned(), ..good.clone() }, "scope"),
    ] {
        let error = app.trust("demo", "idp", &new).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{field}: ")), "{error}");
    }
    app.trust("demo", "idp", &good).unwrap();
}
