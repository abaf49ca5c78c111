//! `private_key_jwt` (RFC 7523): which signatures prove a client, and which do not.

use super::client::{JWT_BEARER, form, post, refused, token_of};
use super::keys::Pair;
use crate::support::{Failures, TestApp, expect};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rollcall::app::oauth::clients;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// R230: a client that signs gets a token, by every algorithm that the metadata names.
#[test]
fn a_signature_of_every_kind_of_key_gets_a_token() {
    let app = TestApp::start();
    for pair in [Pair::rsa("a"), Pair::rsa("b").by(Algorithm::PS256), Pair::p256("c"), Pair::ed25519("d")] {
        let client = app.signing_client(&pair);
        let claims = app.assertion(client);
        let answer = expect(app.assert_with(&pair.sign(&claims)), 200);
        assert_eq!(answer.json().unwrap()["scope"], "scim");
        assert_eq!(app.scim_status(&token_of(&answer)), 200);
        // The issuer is as good an audience, also as one of several, and a key need not be named.
        let mut claims = app.assertion(client);
        claims["aud"] = json!(["https://elsewhere.example", format!("http://{}", app.address())]);
        let header = Header {
            kid: None,
            ..Header::new(if pair.jwk()["kid"] == "b" { Algorithm::PS256 } else { kind(&pair) })
        };
        expect(app.assert_with(&pair.sign_under(&header, &claims)), 200);
        // client_id may be there, if it is the same.
        let parameters = |id: &str| {
            form(&[
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("client_assertion_type", JWT_BEARER),
                ("client_assertion", &pair.sign(&app.assertion(client))),
            ])
        };
        expect(post(app.address(), &[], &parameters(&client.to_string())), 200);
        let other = app.signing_client(&Pair::other_rsa("other"));
        let answer = post(app.address(), &[], &parameters(&other.to_string()));
        assert_eq!(refused(&answer, 401, "invalid_client"), Vec::<String>::new());
    }
}

fn kind(pair: &Pair) -> Algorithm {
    match pair.jwk()["kty"].as_str().unwrap() {
        "RSA" => Algorithm::RS256,
        "EC" => Algorithm::ES256,
        _ => Algorithm::EdDSA,
    }
}

#[test]
fn what_is_not_said_or_not_signed_as_it_must_be_proves_nothing() {
    let app = TestApp::start();
    let pair = Pair::rsa("main");
    let client = app.signing_client(&pair);
    let neighbour = app.client("neighbour", "idp", "scim");
    let now = app.clock().now().timestamp();
    let said = |name: &str, value: Value| {
        let mut claims = app.assertion(client);
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
        };
        pair.sign(&claims)
    };
    let good = || app.assertion(client);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = |header: Value| format!("{}.{}.", encode(&header), encode(&good()));
    // The public key, in every form in which it could be taken for a shared secret.
    let jwk = pair.jwk();
    let confused = |secret: &[u8], algorithm| {
        let header = Header { kid: Some("main".to_owned()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, &good(), &EncodingKey::from_secret(secret)).unwrap()
    };
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    let whole = pair.sign(&good());
    let (signed, signature) = whole.rsplit_once('.').unwrap();
    let header = |more: Value| {
        let mut header = json!({"alg": "RS256", "kid": "main"});
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let signed = format!("{}.{}", encode(&header), encode(&good()));
        // Signed by somebody else, whose key the header brings along.
        let other = Pair::other_rsa("main").sign(&good());
        format!("{signed}.{}", other.rsplit_once('.').unwrap().1)
    };
    // Signed as it stands, with the name of the client twice.
    let twice = {
        let claims = good().to_string().replacen('{', &format!("{{\"sub\":\"{}\",", neighbour.id), 1);
        pair.sign(&RawValue::from_string(claims).unwrap())
    };
    let other = Pair::other_rsa("main");
    let cases = vec![
        ("another iss", said("iss", json!(neighbour.id))),
        ("another sub", said("sub", json!(neighbour.id))),
        ("no iss", said("iss", Value::Null)),
        ("no sub", said("sub", Value::Null)),
        ("no aud", said("aud", Value::Null)),
        ("aud of another server", said("aud", json!("https://elsewhere.example/oauth/token"))),
        ("aud with a slash", said("aud", json!(format!("http://{}/", app.address())))),
        ("aud that begins alike", said("aud", json!(format!("http://{}/oauth/token/x", app.address())))),
        ("aud as an object", said("aud", json!({"x": format!("http://{}", app.address())}))),
        ("no exp", said("exp", Value::Null)),
        ("exp as text", said("exp", json!((now + 300).to_string()))),
        ("ended", said("exp", json!(now - 60))),
        ("too long", said("exp", json!(now + 361))),
        ("for ever", said("exp", json!(now + 100_000_000))),
        ("not yet", said("nbf", json!(now + 61))),
        ("made tomorrow", said("iat", json!(now + 86_400))),
        ("no jti", said("jti", Value::Null)),
        ("empty jti", said("jti", json!(""))),
        ("jti as a number", said("jti", json!(7))),
        ("long jti", said("jti", json!("x".repeat(256)))),
        ("another key of that name", other.sign(&good())),
        ("a name that no key has", pair.named("unknown").sign(&good())),
        ("a name as a path", pair.named("../../etc/passwd").sign(&good())),
        ("an algorithm that is not offered", pair.by(Algorithm::RS512).sign(&good())),
        ("ES256 with the name of an RSA key", Pair::p256("main").sign(&good())),
        ("HS256 with the modulus", confused(&modulus, Algorithm::HS256)),
        ("HS256 with n", confused(jwk["n"].as_str().unwrap().as_bytes(), Algorithm::HS256)),
        ("HS384 with the JWK", confused(jwk.to_string().as_bytes(), Algorithm::HS384)),
        ("HS512 with nothing", confused(b"", Algorithm::HS512)),
        ("none", unsigned(json!({"alg": "none", "kid": "main"}))),
        ("None", unsigned(json!({"alg": "None", "kid": "main"}))),
        ("without signature", format!("{signed}.")),
        ("cut signature", format!("{signed}.{}", &signature[..signature.len() - 4])),
        (
            "signature of other claims",
            format!("{}.{signature}", {
                let mut claims = good();
                claims["exp"] = json!(now + 200);
                format!("{}.{}", signed.split_once('.').unwrap().0, encode(&claims))
            }),
        ),
        ("a key in the header", header(json!({"jwk": other.jwk()}))),
        ("an address in the header", header(json!({"jku": "http://127.0.0.1:9/keys"}))),
        ("a chain in the header", header(json!({"x5u": "http://127.0.0.1:9/x", "x5c": ["AAAA"]}))),
        ("something critical", header(json!({"crit": ["exp"]}))),
        ("sub twice", twice),
        ("a token of ours", app.scim_token().to_owned()),
        ("no token", "x".to_owned()),
        ("dots", "..".to_owned()),
    ];
    let mut failures = Failures::default();
    for (number, (name, assertion)) in cases.into_iter().enumerate() {
        // Each from elsewhere: who fails ten times has to wait.
        let source = format!("192.0.2.{number}");
        let body = form(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
        ]);
        let answer = post(app.address(), &[("X-Forwarded-For", &source)], &body);
        failures.add(name, refused(&answer, 401, "invalid_client"));
        // None of them is a bearer token either.
        failures.check(
            name,
            assertion == app.scim_token() || app.scim_status(&assertion) == 401,
            String::new,
        );
    }
    failures.none();
    expect(app.assert_with(&said("exp", json!(now + 360))), 200);
    expect(app.assert_with(&whole), 200);
}

/// An assertion is taken once, on whichever server.
#[test]
fn an_assertion_is_taken_once_on_all_servers_together() {
    let app = TestApp::start();
    let elsewhere = app.another_server();
    let pair = Pair::p256("main");
    let client = app.signing_client(&pair);
    // For a server that is known by one name, whichever machine answers.
    let mut claims = app.assertion(client);
    claims["aud"] = json!("http://scim.example.com/oauth/token");
    let assertion = pair.sign(&claims);
    let body = form(&[
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &assertion),
    ]);
    let send = |server| post(server, &[("Host", "scim.example.com")], &body);
    let servers = [app.address(), elsewhere];
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..8).map(|number| scope.spawn(move || send(servers[number % 2]).status)).collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    // Nor later, while it has not ended, after a worker has tidied up.
    app.clock().advance(Duration::seconds(359));
    app.work();
    for server in servers {
        assert_eq!(refused(&send(server), 401, "invalid_client"), Vec::<String>::new());
    }
    app.clock().advance(Duration::minutes(10));
    app.work();
    let left = crate::support::cluster::texts(
        app.database_url(),
        "SELECT encode(digest, 'hex') AS t FROM used_assertions",
    );
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(refused(&send(app.address()), 401, "invalid_client"), Vec::<String>::new());
}

#[test]
fn only_public_keys_that_are_strong_enough_can_be_added() {
    let app = TestApp::start();
    let (tenant, now) = (app.tenant("demo"), app.clock().now());
    let mut conn = app.connect();
    let client = clients::create(&mut conn, tenant, "identity-provider", "scim", None, now).unwrap().id;
    let mut add = |document: &Value| clients::add_keys(&mut conn, tenant, client, document, now);
    let with = |mut jwk: Value, name: &str, value: Value| {
        jwk[name] = value;
        jwk
    };
    let rsa = Pair::rsa("main").jwk();
    for (document, says) in [
        (json!({"kty": "oct", "k": "c2VjcmV0"}), "private half"),
        (json!({"kty": "oct"}), "shared secret"),
        (with(rsa.clone(), "d", json!("AQAB")), "private half"),
        (with(rsa.clone(), "n", json!(URL_SAFE_NO_PAD.encode([0xff; 128]))), "1024 bits"),
        (with(rsa.clone(), "n", json!(URL_SAFE_NO_PAD.encode([0xff; 1024]))), "8192 bits"),
        (with(rsa.clone(), "use", json!("enc")), "not for signatures"),
        (with(rsa.clone(), "alg", json!("HS256")), "not of its type"),
        (with(rsa.clone(), "alg", json!("RS512")), "signs by none"),
        (with(rsa.clone(), "kid", json!("")), "kid"),
        (Pair::p384("x").jwk(), "signs by none"),
        (json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}), "no"),
        (json!({"keys": []}), "there is none"),
        (json!({"keys": "x"}), "no array"),
        (json!([]), "JWK"),
        (json!({"keys": [rsa, {"kty": "oct"}]}), "number 2"),
    ] {
        let error = add(&document).unwrap_err().to_string();
        assert!(error.contains(says), "{document}: {error}");
    }
    assert_eq!(add(&json!({"keys": [rsa, Pair::ed25519("second").jwk()]})).unwrap(), ["main", "second"]);
    assert!(add(&rsa).unwrap_err().to_string().contains("there already"));
    // A key without a name gets its thumbprint (RFC 7638).
    let mut nameless = Pair::p256("x").jwk();
    nameless.as_object_mut().unwrap().remove("kid");
    assert_eq!(add(&nameless).unwrap()[0].len(), 43);
}
