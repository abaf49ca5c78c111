//! PostgreSQL dies and the server lives: it is started again, and meanwhile clients are told to come back.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::postgres::fixture::{Fixture, is_alive, kill_9, query, wait_until};
use crate::support::http::Response;

use super::server::{Server, postmaster_of};

/// How soon after PostgreSQL is back every request must succeed again.
const SETTLED_WITHIN: Duration = Duration::from_secs(2);

/// How soon after a kill PostgreSQL must be back: a moment to notice it, and the recovery.
const BACK_WITHIN: Duration = Duration::from_secs(30);

fn assert_told_to_come_back(answer: &Response) {
    assert_eq!(answer.status, 503, "{}", String::from_utf8_lossy(&answer.body));
    assert!(answer.header("Retry-After").is_some_and(|value| value.parse::<u32>().is_ok()));
    assert!(answer.header("Content-Type").is_some_and(|value| value.starts_with("application/scim+json")));
}

/// Whether PostgreSQL has got ready that often.
fn is_ready(fixture: &Fixture, times: usize) -> bool {
    let log = fs::read_to_string(fixture.path.join("postgres.log")).unwrap();
    log.matches("is ready to accept connections").count() >= times
}

/// Asks without pause until `settled` answers in a row are good: more than the pool has connections. PostgreSQL is back
/// when it has got ready `ready` times. Returns how many requests were refused.
fn ask_until_settled(fixture: &Fixture, server: &Server, settled: u32, ready: usize) -> u32 {
    let token = server.sourced("SCIM_TOKEN");
    let (begun, mut back) = (Instant::now(), None);
    let (mut good, mut refused) = (0, 0);
    while good < settled {
        if back.is_none() && is_ready(fixture, ready) {
            back = Some(Instant::now());
        }
        let answer = server.scim(&token, "GET", "/Users?count=1", None);
        if answer.status == 200 {
            good += 1;
            continue;
        }
        assert_told_to_come_back(&answer);
        assert!(begun.elapsed() < BACK_WITHIN, "PostgreSQL is still away: {}", server.err());
        let since = back.map(|back: Instant| back.elapsed());
        assert!(
            since.is_none_or(|since| since < SETTLED_WITHIN),
            "still refused {since:?} after it was back"
        );
        (good, refused) = (0, refused + 1);
    }
    eprintln!("{refused} requests refused, settled after {:?}", begun.elapsed());
    refused
}

#[test]
fn a_killed_postgres_comes_back_while_the_server_runs() {
    let fixture = Fixture::new();
    let mut server = Server::start(&fixture.path);
    for kills in 1..=3 {
        ask_until_settled(&fixture, &server, 20, kills);
        let postmaster = server.postmaster();
        kill_9(postmaster);
        if kills == 3 {
            // Nobody asks meanwhile: all connections of the pool are dead when somebody does.
            wait_until(|| server.err().matches("PostgreSQL runs again").count() == kills);
        }
        let refused = ask_until_settled(&fixture, &server, 100, kills + 1);
        assert_ne!(server.postmaster(), postmaster);
        assert!(kills < 3 || refused == 0, "PostgreSQL was back, and the pool was not");
    }
    assert!(server.child.try_wait().unwrap().is_none(), "the same server");
    assert!(server.err().contains("has ended unexpectedly"), "{}", server.err());
    assert!(!server.err().contains("ERROR"), "{}", server.err());
    // The one that runs now is stopped with the server.
    server.stop();
}

#[test]
fn one_killed_connection_takes_all_of_them_with_it_and_all_come_back() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.path);
    let url =
        format!("postgresql://rollcall@/rollcall?host={}&port=5432", fixture.path.join("run").display());
    ask_until_settled(&fixture, &server, 20, 1);
    let ended =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'rollcall'";
    // Eight of providers, four of the API, one for health and one for the worker.
    assert_eq!(query(&url, ended), "14");
    std::thread::sleep(Duration::from_millis(100));
    let refused = ask_until_settled(&fixture, &server, 20, 1);
    assert_eq!(refused, 0, "an ended connection is replaced before it is used");

    let postmaster = server.postmaster();
    let backend = "SELECT min(pid) FROM pg_stat_activity WHERE application_name = 'rollcall'";
    kill_9(query(&url, backend).parse().unwrap());
    ask_until_settled(&fixture, &server, 100, 2);
    assert_eq!(server.postmaster(), postmaster, "PostgreSQL mends this by itself");
    server.stop();
}

#[test]
fn a_server_whose_postgres_cannot_come_back_says_why_and_ends() {
    let fixture = Fixture::new();
    let mut server = Server::start(&fixture.path);
    let version = fixture.pgdata().join("PG_VERSION");
    let kept = fs::read(&version).unwrap();
    fs::write(&version, "97\n").unwrap();
    kill_9(server.postmaster());
    let begun = Instant::now();
    assert_eq!(server.wait().code(), Some(1), "{}", server.err());
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    let said = server.err();
    assert!(said.contains("ERROR") && said.contains("PostgreSQL could not be started again"), "{said}");
    assert!(said.trim_end().lines().any(|line| line.starts_with("rollcall: the cluster in")), "{said}");

    fs::write(&version, kept).unwrap();
    let server = Server::start(&fixture.path);
    assert_eq!(server.list_status(&server.sourced("SCIM_TOKEN")), 200, "mended, it starts again");
    server.stop();
}

#[test]
fn a_signal_while_postgres_is_away_leaves_nothing_behind() {
    let fixture = Fixture::new();
    for wait in [0, 220, 300] {
        let mut server = Server::start(&fixture.path);
        kill_9(server.postmaster());
        std::thread::sleep(Duration::from_millis(wait));
        server.signal(Signal::SIGTERM);
        assert_eq!(server.wait().code(), Some(0), "after {wait} ms: {}", server.err());
        let left = postmaster_of(&fixture.path).filter(|pid| is_alive(*pid));
        assert_eq!(left, None, "after {wait} ms: {}", server.err());
    }
}
