//! How long secrets and access tokens live, and where they are not found.

use super::client::{Client, refused, token_of};
use super::keys::Pair;
use crate::support::app::request_to;
use crate::support::{Failures, TestApp, cluster, expect};
use chrono::Duration;
use rollcall::app::oauth::clients;
use rollcall::app::tokens::MAX_AGE_OF_A_YES;
use secrecy::ExposeSecret;
use serde_json::json;

impl TestApp {
    /// The status of a SCIM request with this token at each of the servers.
    fn statuses(&self, servers: &[std::net::SocketAddr], token: &str) -> Vec<u16> {
        servers
            .iter()
            .map(|server| request_to(*server, "GET", "/scim/v2/Users", Some(token), None).status)
            .collect()
    }
}

#[test]
fn a_token_lives_an_hour_and_no_longer_than_its_secret() {
    let app = TestApp::start();
    let client = app.client("demo", "identity-provider", "scim");
    let short = app.client_until("demo", "identity-provider", "scim", Some(Duration::minutes(20)));
    let token = app.access_token(&client);
    let answer = expect(app.ask(&short), 200);
    assert_eq!(answer.json().unwrap()["expires_in"], 1200);
    let tokens = [token, token_of(&answer)];
    let statuses = || tokens.iter().map(|token| app.scim_status(token)).collect::<Vec<_>>();
    app.clock().advance(Duration::minutes(20) - Duration::seconds(1));
    assert_eq!(statuses(), [200, 200]);
    app.clock().advance(Duration::seconds(1));
    assert_eq!(statuses(), [200, 401]);
    assert_eq!(refused(&app.ask(&short), 401, "invalid_client"), Vec::<String>::new());
    app.clock().advance(Duration::minutes(40) - Duration::seconds(1));
    assert_eq!(statuses(), [200, 401]);
    app.clock().advance(Duration::seconds(1));
    assert_eq!(statuses(), [401, 401]);
    app.clock().advance(Duration::seconds(1));
    app.work();
    assert_eq!(
        cluster::texts(app.database_url(), "SELECT id::text AS t FROM access_tokens"),
        Vec::<String>::new()
    );
}

#[test]
fn a_secret_that_is_revoked_ends_with_its_tokens_on_every_server_within_a_second() {
    let app = TestApp::start();
    let servers = [app.address(), app.another_server()];
    let first = app.client("demo", "identity-provider", "scim");
    let (tenant, now) = (app.tenant("demo"), app.clock().now());
    let mut conn = app.connect();
    // A second secret beside the first: nothing is refused at any time.
    let second = clients::add_secret(&mut conn, tenant, first.id, None, now).unwrap();
    let second =
        Client { secret: second.secret.expose_secret().to_owned(), secret_id: second.id, ..first.clone() };
    let (old, new) = (app.access_token(&first), app.access_token(&second));
    assert_eq!(
        (app.statuses(&servers, &old), app.statuses(&servers, &new)),
        (vec![200, 200], vec![200, 200])
    );
    clients::revoke_secret(&mut conn, tenant, first.secret_id, now).unwrap();
    std::thread::sleep(MAX_AGE_OF_A_YES);
    assert_eq!(app.statuses(&servers, &old), [401, 401]);
    assert_eq!(app.statuses(&servers, &new), [200, 200]);
    for server in servers {
        assert_eq!(refused(&app.ask_at(server, &first), 401, "invalid_client"), Vec::<String>::new());
        expect(app.ask_at(server, &second), 200);
    }
    // The client ends with everything that it has.
    clients::remove(&mut conn, tenant, first.id, now).unwrap();
    std::thread::sleep(MAX_AGE_OF_A_YES);
    assert_eq!(app.statuses(&servers, &new), [401, 401]);
    assert_eq!(refused(&app.ask(&second), 401, "invalid_client"), Vec::<String>::new());
    for table in ["oauth_clients", "oauth_secrets", "oauth_routes", "access_tokens"] {
        assert_eq!(
            cluster::texts(app.database_url(), &format!("SELECT 'a row' AS t FROM {table}")),
            Vec::<String>::new(),
            "{table}"
        );
    }
    assert!(clients::remove(&mut conn, tenant, first.id, now).is_err());
    // The provider's own token was never touched.
    expect(app.scim("GET", "/Users", None), 200);
}

#[test]
fn a_key_that_is_removed_ends_what_was_got_by_a_signature() {
    let app = TestApp::start();
    let servers = [app.address(), app.another_server()];
    let (old, new) = (Pair::rsa("old"), Pair::p256("new"));
    let client = app.signing_client(&old);
    let (tenant, now) = (app.tenant("demo"), app.clock().now());
    let mut conn = app.connect();
    clients::add_keys(&mut conn, tenant, client, &new.jwk(), now).unwrap();
    let secret = clients::add_secret(&mut conn, tenant, client, None, now).unwrap();
    let secret =
        Client { id: client, secret: secret.secret.expose_secret().to_owned(), secret_id: secret.id };
    let by = |pair: &Pair| app.assert_with(&pair.sign(&app.assertion(client)));
    let (signed, by_secret) = (token_of(&expect(by(&old), 200)), app.access_token(&secret));
    assert_eq!(app.statuses(&servers, &signed), [200, 200]);
    clients::remove_key(&mut conn, tenant, client, "old", now).unwrap();
    std::thread::sleep(MAX_AGE_OF_A_YES);
    assert_eq!(app.statuses(&servers, &signed), [401, 401]);
    assert_eq!(app.statuses(&servers, &by_secret), [200, 200]);
    assert_eq!(refused(&by(&old), 401, "invalid_client"), Vec::<String>::new());
    let signed = token_of(&expect(by(&new), 200));
    assert_eq!(app.statuses(&servers, &signed), [200, 200]);
    assert!(clients::remove_key(&mut conn, tenant, client, "old", now).is_err());
}

#[test]
fn the_client_of_one_tenant_does_nothing_to_another() {
    let app = TestApp::start();
    let ours = app.client("demo", "identity-provider", "scim");
    let theirs = app.client("neighbour", "idp", "scim");
    let id = app.provision(&crate::support::user("bjensen"));
    let token = app.access_token(&theirs);
    let get = |path: &str| app.request("GET", path, Some(&token), None);
    expect(get(&format!("/scim/v2/Users/{id}")), 404);
    assert_eq!(expect(get("/scim/v2/Users"), 200).json().unwrap()["totalResults"], 0);
    let (tenant, now) = (app.tenant("neighbour"), app.clock().now());
    let mut conn = app.connect();
    assert!(clients::remove(&mut conn, tenant, ours.id, now).is_err());
    assert!(clients::revoke_secret(&mut conn, tenant, ours.secret_id, now).is_err());
    assert!(clients::add_secret(&mut conn, tenant, ours.id, None, now).is_err());
    assert!(clients::add_keys(&mut conn, tenant, ours.id, &Pair::rsa("x").jwk(), now).is_err());
    expect(app.ask(&ours), 200);
}

/// Secrets and access tokens are shown once: not in the database, not in the audit log, in no other answer.
#[test]
fn no_secret_and_no_access_token_is_found_again() {
    let app = TestApp::start();
    let client = app.client("demo", "identity-provider", "scim");
    let random = client.secret.strip_prefix("rcc_").unwrap();
    assert_eq!(random.len(), 43, "256 bits");
    let pair = Pair::ed25519("main");
    let signing = app.signing_client(&pair);
    let assertion = pair.sign(&app.assertion(signing));
    let tokens = [app.access_token(&client), token_of(&expect(app.assert_with(&assertion), 200))];
    let answers = [
        app.assert_with(&assertion),
        app.ask(&Client { secret: format!("{}x", client.secret), ..client.clone() }),
        app.api("GET", "/audit?limit=1000", None),
        app.api("GET", "/connections", None),
        app.raw("GET", "/.well-known/oauth-authorization-server", &[], None),
    ];
    let tables = cluster::texts(
        app.database_url(),
        "SELECT relname::text AS t FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    );
    let dump: Vec<String> = tables
        .iter()
        .flat_map(|table| {
            cluster::texts(app.database_url(), &format!("SELECT row_to_json(x)::text AS t FROM {table} x"))
        })
        .collect();
    let dump = dump.join("\n");
    assert!(
        dump.contains(&client.id.to_string()) && dump.contains("access-token.issued"),
        "the dump is not one"
    );
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let jti = app_jti(&assertion);
    let mut failures = Failures::default();
    for secret in [&client.secret, random, &tokens[0], &tokens[1], &assertion, &jti]
        .into_iter()
        .chain(tokens.iter().filter_map(|token| token.rsplit('.').next()))
    {
        failures.check(secret, !dump.contains(secret) && !dump.contains(&hex(secret)), || {
            "is in the database".to_owned()
        });
        for answer in &answers {
            let text = String::from_utf8_lossy(&answer.body);
            failures.check(secret, !text.contains(secret), || format!("is in an answer: {text}"));
        }
    }
    failures.none();
}

/// What an assertion calls itself.
fn app_jti(assertion: &str) -> String {
    use base64::Engine;
    let claims = assertion.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_ne!(claims["jti"], json!(null));
    claims["jti"].as_str().unwrap().to_owned()
}
