//! The keys that sign tokens: how they are replaced, and what is no signature.

use crate::postgres::fixture::wait_until;
use crate::support::http::Response;
use crate::support::{Failures, TestApp, cluster, expect, scim_error};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use rollcall::app::tokens::{self, MAX_AGE_OF_A_YES, Scope, keys};
use serde_json::{Value, json};
use std::net::TcpListener;

const BAD_TOKEN: &str = "Bearer realm=\"rollcall\", error=\"invalid_token\"";

fn get(app: &TestApp, token: &str) -> Response {
    app.request("GET", "/scim/v2/Users", Some(token), None)
}

fn part(token: &str, number: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(number).unwrap()).unwrap()).unwrap()
}

fn secret(app: &TestApp) -> Vec<u8> {
    let hex =
        cluster::texts(app.database_url(), "SELECT encode(secret, 'hex') AS t FROM signing_keys")[0].clone();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A token with any header, signed as `algorithm` signs with these bytes.
fn forged(header: &Value, claims: &Value, algorithm: Option<(Algorithm, &[u8])>) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let said = format!("{}.{}", encode(header), encode(claims));
    let signature = algorithm.map_or_else(String::new, |(algorithm, key)| {
        jsonwebtoken::crypto::sign(said.as_bytes(), &EncodingKey::from_secret(key), algorithm).unwrap()
    });
    format!("{said}.{signature}")
}

/// The digest of every token is checked as well, and would refuse all of these. It is taken out of the way here, so that what
/// refuses is what looks at algorithm, key, issuer and audience.
#[test]
fn algorithm_key_issuer_and_audience_are_pinned() {
    let app = TestApp::start();
    let (genuine, id) = app.issue("demo", "identity-provider", Scope::Scim, None);
    let (claims, kid, key) = (part(&genuine, 1), part(&genuine, 0)["kid"].clone(), secret(&app));
    let header = |alg: &str| json!({"alg": alg, "typ": "JWT", "kid": kid});
    let hs256 = Some((Algorithm::HS256, key.as_slice()));
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    let of_key = |kid: Value| json!({"alg": "HS256", "typ": "JWT", "kid": kid});
    let other_key = [7_u8; 32];
    let cases = vec![
        ("none", forged(&header("none"), &claims, None)),
        ("None", forged(&header("None"), &claims, None)),
        ("NONE, signed", forged(&header("NONE"), &claims, hs256)),
        ("HS384", forged(&header("HS384"), &claims, Some((Algorithm::HS384, &key)))),
        ("HS512", forged(&header("HS512"), &claims, Some((Algorithm::HS512, &key)))),
        ("RS256, signed with the secret", forged(&header("RS256"), &claims, hs256)),
        ("ES256, signed with the secret", forged(&header("ES256"), &claims, hs256)),
        ("EdDSA, signed with the secret", forged(&header("EdDSA"), &claims, hs256)),
        ("PS256, signed with the secret", forged(&header("PS256"), &claims, hs256)),
        ("hs256 in small letters", forged(&header("hs256"), &claims, hs256)),
        ("no algorithm", forged(&json!({"typ": "JWT", "kid": kid}), &claims, hs256)),
        ("another key's signature", forged(&header("HS256"), &claims, Some((Algorithm::HS256, &other_key)))),
        ("an empty key's signature", forged(&header("HS256"), &claims, Some((Algorithm::HS256, b"")))),
        ("no signature", forged(&header("HS256"), &claims, None)),
        ("another audience", forged(&header("HS256"), &with("aud", json!("other")), hs256)),
        ("no audience", forged(&header("HS256"), &without("aud"), hs256)),
        ("another issuer", forged(&header("HS256"), &with("iss", json!("https://login.example.com")), hs256)),
        ("no issuer", forged(&header("HS256"), &without("iss"), hs256)),
        ("an unknown key", forged(&of_key(json!(uuid::Uuid::nil())), &claims, hs256)),
        ("no key", forged(&json!({"alg": "HS256", "typ": "JWT"}), &claims, hs256)),
        ("a path", forged(&of_key(json!("../../../../dev/null")), &claims, Some((Algorithm::HS256, b"")))),
        ("an absolute path", forged(&of_key(json!("/etc/hostname")), &claims, hs256)),
        ("SQL", forged(&of_key(json!("x' UNION SELECT 'k")), &claims, Some((Algorithm::HS256, b"k")))),
        ("a NUL", forged(&of_key(json!(format!("{}\u{0}", kid.as_str().unwrap()))), &claims, hs256)),
        ("a list of keys", forged(&of_key(json!([kid])), &claims, hs256)),
        ("the scope of sessions", forged(&header("HS256"), &with("scope", json!("console")), hs256)),
        ("two scopes", forged(&header("HS256"), &with("scope", json!("scim api")), hs256)),
    ];
    let known = |token: &str| {
        let sql = format!("UPDATE tokens SET digest = sha256('{token}') WHERE id = '{id}'");
        cluster::execute(app.database_url(), &sql);
    };
    let mut failures = Failures::default();
    for (case, token) in cases {
        known(&token);
        let answer = get(&app, &token);
        failures.add(case, scim_error(&answer, 401, None));
        failures.check(case, answer.header("WWW-Authenticate") == Some(BAD_TOKEN), String::new);
    }
    failures.none();
    // What is left out of the way is nothing else: this one is good.
    let again = forged(&header("HS256"), &claims, hs256);
    known(&again);
    expect(get(&app, &again), 200);
}

/// A key that the token itself brings, or says where to fetch, is nobody's; nothing is fetched.
#[test]
fn a_token_does_not_bring_its_own_key() {
    let app = TestApp::start();
    let genuine = app.scim_token();
    let (claims, kid) = (part(genuine, 1), part(genuine, 0)["kid"].clone());
    let place = TcpListener::bind("127.0.0.1:0").unwrap();
    place.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys.json", place.local_addr().unwrap());
    let own = [9_u8; 32];
    let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(own), "alg": "HS256"});
    let mut failures = Failures::default();
    for (name, value) in [
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("jwk", jwk),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("zip", json!("DEF")),
    ] {
        for kid in [kid.clone(), json!(url), json!("own")] {
            let mut header = json!({"alg": "HS256", "typ": "JWT", "kid": kid});
            header[name] = value.clone();
            let token = forged(&header, &claims, Some((Algorithm::HS256, &own)));
            failures.check(&format!("{header}"), get(&app, &token).status == 401, String::new);
        }
    }
    failures.none();
    assert!(place.accept().is_err(), "somebody was asked for a key");
}

#[test]
fn a_new_key_signs_and_the_old_tokens_go_on_until_their_key_is_retired() {
    let app = TestApp::start();
    let elsewhere = app.another_server();
    let neighbour = app.issue_token("neighbour", "idp", Scope::Scim);
    let status = |token: &str| {
        let ask = |server| {
            crate::support::app::request_to(server, "GET", "/scim/v2/Users", Some(token), None).status
        };
        [ask(app.address()), ask(elsewhere)]
    };
    let (old, old_id) = app.issue("demo", "identity-provider", Scope::Scim, None);
    assert_eq!([status(&old), status(&neighbour)], [[200, 200]; 2]);
    let mut conn = app.connect();
    app.clock().advance(chrono::Duration::seconds(1));
    let now = app.clock().now();
    let first = keys::list(&mut conn, now).unwrap()[0].id;
    let second = keys::rotate(&mut conn, now).unwrap();
    let (new, _) = app.issue("demo", "identity-provider", Scope::Scim, None);
    let (kid, issued) = (part(&old, 0)["kid"].clone(), part(&new, 0)["kid"].clone());
    assert_eq!((kid, issued), (json!(first.to_string()), json!(second.to_string())));
    let states = |conn: &mut _| -> Vec<(uuid::Uuid, &str, usize)> {
        keys::list(conn, now).unwrap().into_iter().map(|key| (key.id, key.state, key.tokens)).collect()
    };
    assert_eq!(states(&mut conn), [(second, "signs", 1), (first, "verifies", 4)]);
    // A server that has read the keys already learns of the new one when the first token comes.
    crate::postgres::fixture::wait_until(|| status(&new) == [200, 200]);
    assert_eq!(status(&old), [200, 200]);

    let refused = |result: Result<usize, rollcall::app::AppError>| result.unwrap_err().to_string();
    assert!(refused(keys::retire(&mut conn, second, true, now)).contains("keys rotate"));
    assert!(refused(keys::retire(&mut conn, first, false, now)).starts_with("4 live tokens"));
    assert!(refused(keys::retire(&mut conn, uuid::Uuid::nil(), true, now)).contains("no signing key"));
    assert_eq!([status(&old), status(&new)], [[200, 200]; 2], "what is refused changes nothing");

    assert_eq!(keys::retire(&mut conn, first, true, now).unwrap(), 4);
    std::thread::sleep(MAX_AGE_OF_A_YES);
    assert_eq!([status(&old), status(&neighbour), status(&new)], [[401, 401], [401, 401], [200, 200]]);
    assert_eq!(states(&mut conn), [(second, "signs", 1), (first, "retired", 0)]);
    // Again is nothing new, and the audit log of each tenant says why each token ended.
    assert_eq!(keys::retire(&mut conn, first, true, now).unwrap(), 0);
    let sql = format!(
        "SELECT facts::text AS t FROM audit_log WHERE action = 'token.revoked' AND resource_id = '{old_id}'"
    );
    let facts = cluster::texts(app.database_url(), &sql);
    assert_eq!(facts, [format!("{{\"retiredKey\": \"{first}\"}}")]);
}

/// A token whose row nobody has revoked ends with its key all the same.
#[test]
fn a_retired_key_alone_ends_its_tokens() {
    let app = TestApp::start();
    expect(get(&app, app.scim_token()), 200);
    app.clock().advance(chrono::Duration::seconds(1));
    keys::rotate(&mut app.connect(), app.clock().now()).unwrap();
    let first = part(app.scim_token(), 0)["kid"].as_str().unwrap().to_owned();
    cluster::execute(
        app.database_url(),
        &format!("UPDATE signing_keys SET retired_at = now() WHERE id = '{first}'"),
    );
    std::thread::sleep(MAX_AGE_OF_A_YES);
    assert_eq!(get(&app, app.scim_token()).status, 401);
    let mut conn = app.connect();
    let tenant = rollcall::app::tenants::by_name(&mut conn, "demo").unwrap().id;
    let shown = tokens::list(&mut conn, tenant, app.clock().now()).unwrap();
    assert!(shown.iter().all(|token| token.state == "revoked"));
}

/// Cursors are sealed with keys that are derived from these.
#[test]
fn a_cursor_outlives_a_rotation_and_ends_with_its_key_in_an_orderly_way() {
    let app = TestApp::start();
    for name in ["a", "b", "c"] {
        app.person(name);
    }
    let page = |cursor: &str, token: &str| {
        app.request("GET", &format!("/scim/v2/Users?count=1&cursor={cursor}"), Some(token), None)
    };
    let next =
        |answer: Response| expect(answer, 200).json().unwrap()["nextCursor"].as_str().unwrap().to_owned();
    let before = next(page("", app.scim_token()));
    app.clock().advance(chrono::Duration::seconds(1));
    let mut conn = app.connect();
    let now = app.clock().now();
    let first = keys::list(&mut conn, now).unwrap()[0].id;
    keys::rotate(&mut conn, now).unwrap();
    // A connection may go on for half a second with the keys that it knows; the first bytes of a cursor name its key.
    let sealed = || next(page(&before, app.scim_token()));
    wait_until(|| sealed()[..20] != before[..20]);
    std::thread::sleep(std::time::Duration::from_millis(600));
    let after = sealed();
    let (new, _) = app.issue("demo", "identity-provider", Scope::Scim, None);
    keys::retire(&mut conn, first, true, now).unwrap();
    wait_until(|| get(&app, &new).status == 200);
    wait_until(|| page(&before, &new).status != 200);
    assert_eq!(scim_error(&page(&before, &new), 400, Some("invalidCursor")), Vec::<String>::new());
    expect(page(&after, &new), 200);
}
