//! Who guesses has to wait, and nobody else.

use super::client::{form, post, refused};
use crate::support::{TestApp, expect};
use chrono::Duration;

#[test]
fn who_guesses_secrets_waits_and_the_client_does_not() {
    let app = TestApp::start();
    let client = app.client("demo", "identity-provider", "scim");
    let from = |source: &str, id: &str, secret: &str| {
        let body =
            form(&[("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)]);
        post(app.address(), &[("X-Forwarded-For", source)], &body)
    };
    let (id, unknown) = (client.id.to_string(), "01a20046-1b8c-70d9-b1cc-cf54d639c90e");
    let mut seen = Vec::new();
    for name in [id.as_str(), unknown] {
        for _ in 0..10 {
            assert_eq!(
                refused(&from("192.0.2.1", name, "guess"), 401, "invalid_client"),
                Vec::<String>::new()
            );
        }
        app.clock().advance(Duration::seconds(3));
        from("192.0.2.1", name, "guess");
        let answer = from("192.0.2.1", name, "guess");
        assert_eq!(refused(&answer, 429, "temporarily_unavailable"), Vec::<String>::new());
        assert!(answer.header("Retry-After").unwrap().parse::<u64>().unwrap() >= 1);
        seen.push((answer.header("Retry-After").unwrap().to_owned(), answer.body));
    }
    assert_eq!(seen[0], seen[1], "an unknown client is told apart");
    from("192.0.2.1", &id, "guess");
    // From there, not even the right secret is looked at; from elsewhere it is.
    assert_eq!(
        refused(&from("192.0.2.1", &id, &client.secret), 429, "temporarily_unavailable"),
        Vec::<String>::new()
    );
    expect(from("192.0.2.9", &id, &client.secret), 200);
    app.clock().advance(Duration::minutes(15));
    expect(from("192.0.2.1", &id, &client.secret), 200);
    // Many right ones at once are right.
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..30).map(|_| scope.spawn(|| from("192.0.2.1", &id, &client.secret).status)).collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200; 30]);
    // What nobody waits for any more is not kept, also of clients that are none.
    app.clock().advance(Duration::hours(2));
    app.work();
    let left = crate::support::cluster::texts(app.database_url(), "SELECT source AS t FROM sign_in_attempts");
    assert_eq!(left, Vec::<String>::new());
}
