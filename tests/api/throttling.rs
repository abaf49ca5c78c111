//! Guessing passwords (SECURITY S43).

use super::PASSWORD;
use crate::support::http::{Request, Response, send};
use crate::support::{TestApp, expect};
use chrono::Duration;
use serde_json::json;

fn sign_in_from(app: &TestApp, source: &str, name: &str, password: &str) -> Response {
    let headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("X-Forwarded-For".to_owned(), format!("198.51.100.77, {source}")),
    ];
    let body = json!({"tenant": "demo", "userName": name, "password": password}).to_string().into_bytes();
    let request =
        Request { method: "POST".to_owned(), path: "/api/v1/sessions".to_owned(), headers, body: Some(body) };
    send(app.address(), &request).unwrap()
}

/// R183: who fails to sign in again and again waits.
/// L67: S43: many wrong passwords from one source slow that source down, and nobody else: the person signs in from another.
#[test]
fn who_guesses_has_to_wait_and_the_person_does_not() {
    let app = TestApp::start();
    let id = app.person("babs");
    app.learner_with_password(&id, "babs", PASSWORD);
    let (attacker, home) = ("192.0.2.66", "203.0.113.5");
    for n in 0..10 {
        assert_eq!(sign_in_from(&app, attacker, "babs", &format!("wrong-{n}")).status, 401, "{n}");
    }
    let refused = expect(sign_in_from(&app, attacker, "babs", PASSWORD), 429);
    assert_eq!(crate::support::answers::problem(&refused, 429), Vec::<String>::new());
    assert_eq!(refused.json().unwrap()["type"], "urn:rollcall:problem:too-many-attempts");
    assert!((1..=2).contains(&refused.header("Retry-After").unwrap().parse::<u32>().unwrap()));
    // In another spelling it is the same name, and another name from there is not held up.
    assert_eq!(sign_in_from(&app, attacker, " BABS ", "x").status, 429);
    assert_eq!(sign_in_from(&app, attacker, "nobody", "x").status, 401);
    expect(sign_in_from(&app, home, "babs", PASSWORD), 201);
    // The wait doubles with each failure, and a right password ends it.
    for wait in [1, 2, 4] {
        app.clock().advance(Duration::seconds(wait) - Duration::milliseconds(1));
        assert_eq!(sign_in_from(&app, attacker, "babs", "wrong").status, 429, "{wait}");
        app.clock().advance(Duration::milliseconds(1));
        assert_eq!(sign_in_from(&app, attacker, "babs", "wrong").status, 401, "{wait}");
    }
    app.clock().advance(Duration::seconds(8));
    expect(sign_in_from(&app, attacker, "babs", PASSWORD), 201);
    assert_eq!(sign_in_from(&app, attacker, "babs", "wrong").status, 401);
    // Who is not there is answered alike, and so is a tenant that is none.
    for n in 0..11 {
        let status = sign_in_from(&app, attacker, "ghost", "wrong").status;
        assert_eq!(status, if n < 10 { 401 } else { 429 }, "{n}");
    }
}

/// A thousand guesses at once are no more than ten.
#[test]
fn guesses_at_the_same_time_are_counted() {
    let app = TestApp::start();
    let id = app.person("babs");
    app.learner_with_password(&id, "babs", PASSWORD);
    let other = app.another_server();
    let checked: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let app = &app;
                scope.spawn(move || {
                    let guesses = (0..25).map(|n| {
                        let server = if n % 2 == 0 { app.address() } else { other };
                        let body = json!({"tenant": "demo", "userName": "babs", "password": format!("g-{thread}-{n}")});
                        crate::support::app::request_to(server, "POST", "/api/v1/sessions", None, Some(&body)).status
                    });
                    guesses.filter(|status| *status == 401).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(checked, 10, "on two servers together");
}

/// What nobody who is trusted says of an address is not believed: a guesser has one.
#[test]
fn an_address_that_a_client_makes_up_counts_for_nothing() {
    let app = TestApp::start();
    app.person("babs");
    for n in 0..10 {
        // The last address that is no proxy's is the one that counts; before it anything can stand.
        let source = format!("10.0.0.{n}, 192.0.2.66");
        assert_eq!(sign_in_from(&app, &source, "babs", "x").status, 401);
    }
    assert_eq!(sign_in_from(&app, "garbage, 192.0.2.66", "babs", "x").status, 429);
}

/// Who is right is let in, however many are at once.
#[test]
fn many_right_passwords_at_once_are_right() {
    let app = TestApp::start();
    let id = app.person("kiosk");
    app.learner_with_password(&id, "kiosk", PASSWORD);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..25)
            .map(|_| scope.spawn(|| sign_in_from(&app, "192.0.2.1", "kiosk", PASSWORD).status))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // The server may be too busy to check them all in time, and says so.
    assert!(statuses.iter().all(|status| matches!(status, 201 | 503)), "{statuses:?}");
    assert!(statuses.iter().filter(|status| **status == 201).count() > 10, "{statuses:?}");
}

/// Two names of one person are one password to guess.
#[test]
fn the_names_of_a_person_count_together() {
    let app = TestApp::start();
    let mut body = crate::support::user("erika");
    body["emails"] = json!([{"value": "erika@example.com"}]);
    app.provision(&body);
    for n in 0..10 {
        let name = if n % 2 == 0 { "erika" } else { "erika@example.com" };
        assert_eq!(sign_in_from(&app, "192.0.2.66", name, "x").status, 401);
    }
    for name in ["erika", "erika@example.com"] {
        assert_eq!(sign_in_from(&app, "192.0.2.66", name, "x").status, 429);
    }
}
