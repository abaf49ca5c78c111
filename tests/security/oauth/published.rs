//! Clients that publish their keys at an address.

use super::client::{refused, token_of};
use super::issuer::Issuer;
use super::keys::Pair;
use crate::support::{TestApp, expect};
use chrono::Duration;
use rollcall::app::oauth::clients;
use rollcall::app::tokens::MAX_AGE_OF_A_YES;

#[test]
fn a_client_changes_its_keys_where_it_publishes_them() {
    let app = TestApp::start();
    let (old, new) = (Pair::rsa("old"), Pair::p256("new"));
    let published = Issuer::start(&[&old]);
    let client = app.signing_client(&Pair::ed25519("given"));
    let (tenant, now) = (app.tenant("demo"), app.clock().now());
    let mut conn = app.connect();
    clients::fetch_keys(&mut conn, tenant, client, &published.keys_at(), now).unwrap();
    let by = |pair: &Pair| app.assert_with(&pair.sign(&app.assertion(client)));
    expect(by(&old), 200);
    // The key that was given counts no more, and none can be given beside.
    assert_eq!(refused(&by(&Pair::ed25519("given")), 401, "invalid_client"), Vec::<String>::new());
    assert!(clients::add_keys(&mut conn, tenant, client, &new.jwk(), now).is_err());
    published.publish(&[&new]);
    app.clock().advance(Duration::seconds(31));
    let token = token_of(&expect(by(&new), 200));
    assert_eq!(refused(&by(&old), 401, "invalid_client"), Vec::<String>::new());
    assert_eq!(app.scim_status(&token), 200);
    // Away: the keys that are known are used; who has none is told to come back.
    published.page("/keys", 500, "");
    app.clock().advance(Duration::hours(25));
    let answer = by(&new);
    assert_eq!(refused(&answer, 503, "temporarily_unavailable"), Vec::<String>::new());
    assert_eq!(answer.header("Retry-After"), Some("30"));
    published.publish(&[&new]);
    app.clock().advance(Duration::seconds(30));
    let token = token_of(&expect(by(&new), 200));
    assert_eq!(app.scim_status(&token), 200);
    clients::stop_fetching(&mut conn, tenant, client, now).unwrap();
    std::thread::sleep(MAX_AGE_OF_A_YES);
    assert_eq!(app.scim_status(&token), 401);
    assert_eq!(refused(&by(&new), 401, "invalid_client"), Vec::<String>::new());
    assert!(clients::fetch_keys(&mut conn, tenant, client, "http://192.0.2.1/keys", now).is_err());
}
