//! Who sends too much is held back, on all servers together, and nobody else.

use crate::support::answers::problem;
use crate::support::app::request_to;
use crate::support::cluster::texts;
use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect, scim_error, user};
use rollcall::app::tokens::Scope;
use rollcall::http::rate::Limits;
use serde_json::json;
use std::net::SocketAddr;
use std::thread;
use std::time::Instant;

/// Clients of the flood at each server.
const CLIENTS: usize = 3;

/// Sends so many requests at once to each of the servers. How many were served, and an answer to one that was not.
fn flood(servers: &[SocketAddr], token: &str, each: usize) -> (usize, Option<Response>) {
    thread::scope(|scope| {
        let clients: Vec<_> = servers
            .iter()
            .flat_map(|server| [*server; CLIENTS])
            .map(|server| {
                scope.spawn(move || {
                    let (mut served, mut refused) = (0, None);
                    for _ in 0..each {
                        let answer = request_to(server, "GET", "/scim/v2/Users?count=0", Some(token), None);
                        match answer.status {
                            200 => served += 1,
                            429 => refused = Some(answer),
                            other => panic!("{other}"),
                        }
                    }
                    (served, refused)
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .fold((0, None), |(all, last), (served, refused)| (all + served, last.or(refused)))
    })
}

/// The connections that the servers have told each other of.
fn told(app: &TestApp) -> Vec<String> {
    let sql = "SELECT c.name AS t FROM request_rates r JOIN connections c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id ORDER BY 1";
    texts(app.database_url(), sql)
}

/// R166, R197: whoever sends too much is answered 429 with `Retry-After`, by all servers together.
#[test]
fn a_connection_that_floods_two_servers_gets_its_limit_once_and_takes_from_nobody() {
    let app =
        TestApp::start_with(|settings| settings.rates = Limits { of_a_connection: 100, of_a_stranger: 0 });
    let servers = [app.address(), app.another_server()];
    let quiet = app.issue_token("neighbour", "quiet", Scope::Scim);
    let begun = Instant::now();
    let (served, refused) = flood(&servers, app.scim_token(), 200);
    let others = servers.map(|server| request_to(server, "GET", "/scim/v2/Users", Some(&quiet), None).status);
    // A burst of two seconds, the limit since, and of each server the slice that it keeps to itself and what was on its way.
    let slice = 100 / 20;
    let allowed = 200.0 + 100.0 * begun.elapsed().as_secs_f64();
    let error = servers.len() * (slice + CLIENTS);
    assert!(
        served as f64 <= allowed + error as f64,
        "{served} were served, {allowed} and {error} are allowed"
    );
    assert!(served >= 200, "only {served} were served");
    let refused = refused.expect("nothing was refused");
    assert_eq!(scim_error(&refused, 429, None), Vec::<String>::new());
    let wait: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    assert_eq!(others, [200, 200]);
    // Another connection of the same tenant, too.
    expect(app.api("GET", "/connections", None), 200);
    assert_eq!(told(&app), ["identity-provider"], "the database is asked about the quiet");
}

#[test]
fn the_limit_of_a_connection_is_a_setting() {
    let app =
        TestApp::start_with(|settings| settings.rates = Limits { of_a_connection: 25, of_a_stranger: 0 });
    let servers = [app.address()];
    let free = app.token_with("free", &json!({"requests_per_second": 0}));
    let (served, _) = flood(&servers, &free, 100);
    assert_eq!(served, 100 * CLIENTS);
    let (served, refused) = flood(&servers, app.scim_token(), 100);
    assert!(served >= 50 && refused.is_some(), "{served}");
    let path = "/connections/identity-provider";
    let set = |value: &serde_json::Value| {
        app.api("PATCH", path, Some(&json!({"settings": {"requests_per_second": value}})))
    };
    let changed = expect(set(&json!(400)), 200).json().unwrap();
    assert_eq!(changed["settings"]["requests_per_second"], 400);
    for wrong in [json!(24), json!(1), json!(-1), json!("fast"), json!(true), json!(1e9)] {
        let refused = set(&wrong);
        assert_eq!(problem(&refused, 400), Vec::<String>::new(), "{wrong}");
        assert!(String::from_utf8_lossy(&refused.body).contains("from 25"), "{wrong}");
    }
    let given_back = expect(set(&serde_json::Value::Null), 200).json().unwrap();
    assert_eq!(given_back["settings"]["requests_per_second"], serde_json::Value::Null);
}

#[test]
fn an_administrators_connection_is_told_in_its_own_envelope() {
    let app =
        TestApp::start_with(|settings| settings.rates = Limits { of_a_connection: 25, of_a_stranger: 0 });
    let answers: Vec<Response> = (0..120).map(|_| app.api("GET", "/seats", None)).collect();
    let refused = answers.iter().find(|answer| answer.status == 429).expect("nothing was refused");
    assert_eq!(problem(refused, 429), Vec::<String>::new());
    assert_eq!(refused.json().unwrap()["type"], "urn:rollcall:problem:too-many-requests");
    assert!(refused.header("Retry-After").is_some());
}

fn from(
    app: &TestApp,
    address: &str,
    method: &str,
    path: &str,
    token: &str,
    body: Option<&[u8]>,
) -> Response {
    let authorization = format!("Bearer {token}");
    let all = [
        ("X-Forwarded-For", address),
        ("Content-Type", "application/json"),
        ("Authorization", &authorization),
    ];
    app.raw(method, path, if token.is_empty() { &all[..2] } else { &all }, body)
}

#[test]
fn an_address_without_a_good_credential_is_held_back_and_a_good_one_behind_it_is_not() {
    let app =
        TestApp::start_with(|settings| settings.rates = Limits { of_a_connection: 0, of_a_stranger: 10 });
    let id = app.provision(&user("bjensen"));
    app.learner_with_password(&id, "bjensen", "correct horse battery");
    let mut failures = Failures::default();
    let (begun, mut counted) = (Instant::now(), 0);
    for round in 0..120 {
        let (path, token) = [
            ("/scim/v2/Users", "nonsense"),
            ("/scim/v2/Users", ""),
            ("/api/v1/audit", "x"),
            ("/api/v1/sessions/current", "rcs_x"),
        ][round % 4];
        let answer = from(&app, "192.0.2.1", "GET", path, token, None);
        counted += usize::from(answer.status == 401);
        let limited = answer.status == 429 && answer.header("Retry-After").is_some();
        failures.check(path, answer.status == 401 || limited, || format!("{}", answer.status));
        if limited {
            let wrong = if path.starts_with("/scim") {
                scim_error(&answer, 429, None)
            } else {
                problem(&answer, 429)
            };
            failures.add(path, wrong);
        }
        let good = from(&app, "192.0.2.1", "GET", "/scim/v2/Users?count=0", app.scim_token(), None);
        failures.check("a good token of the same address", good.status == 200, || format!("{}", good.status));
    }
    let allowed = 21.0 + 10.0 * begun.elapsed().as_secs_f64();
    assert!(counted >= 20 && (counted as f64) <= allowed, "{counted} of {allowed}");
    failures.none();
    // Others are not touched, and of an IPv6 address the network counts.
    assert_eq!(from(&app, "192.0.2.2", "GET", "/scim/v2/Users", "nonsense", None).status, 401);
    let household =
        |n: u32| from(&app, &format!("2001:db8:1:2::{n:x}"), "GET", "/scim/v2/Users", "x", None).status;
    let statuses: Vec<u16> = (1..=100).map(household).collect();
    assert!(statuses.contains(&429), "a network of many addresses is not counted as one");
}

#[test]
fn sign_ins_are_counted_before_a_password_is_checked() {
    let app =
        TestApp::start_with(|settings| settings.rates = Limits { of_a_connection: 0, of_a_stranger: 10 });
    let id = app.provision(&user("bjensen"));
    app.learner_with_password(&id, "bjensen", "correct horse battery");
    let right =
        json!({"tenant": "demo", "userName": "bjensen", "password": "correct horse battery"}).to_string();
    let sign_in = |address: &str, body: &str| {
        from(&app, address, "POST", "/api/v1/sessions", "", Some(body.as_bytes()))
    };
    let answers: Vec<Response> = (0..200).map(|_| sign_in("192.0.2.1", "{}")).collect();
    let refused = answers.iter().find(|answer| answer.status == 429).expect("nothing was refused");
    assert_eq!(problem(refused, 429), Vec::<String>::new());
    assert_eq!(refused.json().unwrap()["type"], "urn:rollcall:problem:too-many-requests");
    let resets =
        (0..100).map(|_| from(&app, "192.0.2.7", "POST", "/api/v1/password-resets", "", Some(b"{}")).status);
    assert!(resets.collect::<Vec<_>>().contains(&429), "resets are not counted");
    // The person signs in from where they are.
    expect(sign_in("192.0.2.3", &right), 201);
}
