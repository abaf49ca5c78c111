//! Keys that come and go at the issuer, and an issuer that is away.

use super::issuer::{Issuer, claims, trust_in};
use super::keys::Pair;
use crate::support::{TestApp, expect, scim_error};
use chrono::Duration;
use rollcall::app::oauth::issuers::NewIssuer;
use serde_json::json;

#[test]
fn a_new_key_is_found_at_once_and_a_withdrawn_one_is_forgotten() {
    let app = TestApp::start();
    let (old, new) = (Pair::rsa("old"), Pair::other_rsa("new"));
    let issuer = Issuer::start(&[&old]);
    app.trust("demo", "identity-provider", &trust_in(&issuer)).unwrap();
    let status = |pair: &Pair| app.scim_status(&pair.sign(&claims(&app, &issuer)));
    assert_eq!((status(&old), issuer.times_asked()), (200, 1));
    // The new one is published beside the old one before it signs.
    issuer.publish(&[&old, &new]);
    app.clock().advance(Duration::seconds(31));
    assert_eq!((status(&new), issuer.times_asked()), (200, 2));
    assert_eq!((status(&old), issuer.times_asked()), (200, 2));
    // The old one is withdrawn. What asks for an unknown one makes it known, but not more often than every half a minute.
    issuer.publish(&[&new]);
    for unknown in ["x", "y", "z"] {
        assert_eq!(status(&new.named(unknown)), 401);
    }
    assert_eq!((status(&old), issuer.times_asked()), (200, 2));
    app.clock().advance(Duration::seconds(31));
    for unknown in ["x", "y", "z"] {
        assert_eq!(status(&new.named(unknown)), 401);
    }
    assert_eq!(issuer.times_asked(), 3);
    assert_eq!((status(&old), status(&new)), (401, 200));
    // A key of the same name is another key once the old one is forgotten; after a quiet while nobody is let in by the old one.
    let renamed = old.named("new");
    issuer.publish(&[&renamed]);
    app.clock().advance(Duration::minutes(20));
    assert_eq!((status(&new), status(&renamed)), (401, 200));
    assert_eq!(issuer.times_asked(), 4);
}

#[test]
fn keys_are_asked_for_anew_beside_the_requests() {
    let app = TestApp::start();
    let pair = Pair::p256("main");
    let issuer = Issuer::start(&[&pair]);
    app.trust("demo", "identity-provider", &trust_in(&issuer)).unwrap();
    let status = || app.scim_status(&pair.sign(&claims(&app, &issuer)));
    assert_eq!(status(), 200);
    app.clock().advance(Duration::minutes(10) - Duration::seconds(1));
    assert_eq!((status(), issuer.times_asked()), (200, 1));
    app.clock().advance(Duration::seconds(1));
    assert_eq!(status(), 200);
    // Nobody waited for it; it comes by itself.
    let begun = std::time::Instant::now();
    while issuer.times_asked() < 2 {
        assert!(begun.elapsed().as_secs() < 20, "the keys were not asked for");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn an_issuer_that_is_away_is_waited_for_a_day() {
    let app = TestApp::start();
    let pair = Pair::rsa("main");
    let issuer = Issuer::start(&[&pair]);
    app.trust("demo", "identity-provider", &trust_in(&issuer)).unwrap();
    let get = || app.request("GET", "/scim/v2/Users", Some(&pair.sign(&claims(&app, &issuer))), None);
    issuer.page("/keys", 500, "");
    let answer = get();
    assert_eq!(answer.status, 503);
    assert!(answer.json().unwrap()["detail"].as_str().unwrap().contains("keys"));
    let seconds: i64 = answer.header("Retry-After").unwrap().parse().unwrap();
    assert_eq!(seconds, 30);
    // It is not asked by every request.
    assert_eq!((get().status, issuer.times_asked()), (503, 1));
    issuer.publish(&[&pair]);
    app.clock().advance(Duration::seconds(seconds));
    assert_eq!(get().status, 200);
    // Away again: what is known is used for a day.
    issuer.page("/keys", 500, "");
    app.clock().advance(Duration::hours(24) - Duration::seconds(1));
    assert_eq!(get().status, 200);
    app.clock().advance(Duration::seconds(1));
    assert_eq!(get().status, 503);
    app.clock().advance(Duration::seconds(30));
    issuer.publish(&[&pair]);
    assert_eq!(get().status, 200);
}

#[test]
fn only_what_an_issuer_says_of_itself_where_it_lives_is_believed() {
    let app = TestApp::start();
    let pair = Pair::rsa("main");
    let elsewhere = Issuer::start(&[&pair]);
    let keys = json!({"keys": [pair.jwk()]}).to_string();
    let big = json!({"keys": [pair.jwk()], "x": "x".repeat(256 * 1024)}).to_string();
    let weak = json!({"keys": [{"kty": "oct", "kid": "main", "k": "c2VjcmV0"}]}).to_string();
    let document = "/tenant/.well-known/openid-configuration";
    let redirect = elsewhere.keys_at();
    for (name, path, status, body) in [
        ("a redirect", "/keys", 302, redirect.as_str()),
        ("more than 256 KiB", "/keys", 200, big.as_str()),
        ("no JSON", "/keys", 200, "<html>"),
        ("no set", "/keys", 200, "[]"),
        ("no public key", "/keys", 200, weak.as_str()),
        ("gone", "/keys", 404, keys.as_str()),
        (
            "speaks for another",
            document,
            200,
            &json!({"issuer": elsewhere.name(), "jwks_uri": elsewhere.keys_at()}).to_string(),
        ),
        ("keys without TLS elsewhere", document, 200, r#"{"jwks_uri": "http://192.0.2.1/keys"}"#),
        ("a document that leads elsewhere", document, 302, redirect.as_str()),
    ] {
        let issuer = Issuer::start(&[&pair]);
        app.trust("demo", "identity-provider", &trust_in(&issuer)).unwrap();
        issuer.page(path, status, body);
        let answer = app.request("GET", "/scim/v2/Users", Some(&pair.sign(&claims(&app, &issuer))), None);
        assert_eq!(answer.status, 503, "{name}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains("127.0.0.1") && !text.contains("/keys"), "{name}: {text}");
    }
    assert_eq!(elsewhere.times_asked(), 0);
    // An address that was given needs no document.
    let issuer = Issuer::start(&[&pair]);
    issuer.page(document, 404, "");
    let given = NewIssuer { jwks_uri: Some(issuer.keys_at()), ..trust_in(&issuer) };
    app.trust("demo", "identity-provider", &given).unwrap();
    let token = pair.sign(&claims(&app, &issuer));
    expect(app.request("GET", "/scim/v2/Users", Some(&token), None), 200);
    // Nor is anybody asked for a token that nobody claims.
    let mut unclaimed = claims(&app, &elsewhere);
    unclaimed["aud"] = json!("another");
    let answer = app.request("GET", "/scim/v2/Users", Some(&pair.sign(&unclaimed)), None);
    assert_eq!(scim_error(&answer, 401, None), Vec::<String>::new());
    assert_eq!(elsewhere.times_asked(), 0);
}
