//! The ordinary life of a cluster: made, used, stopped, started again.

use std::os::unix::net::UnixStream;

use nix::unistd::getpgid;
use rollcall::postgres::Cluster;

use super::fixture::{Fixture, is_alive, mode, pid_of, query, query_in_background, wait_until};

#[test]
fn a_cluster_is_made_once_and_keeps_its_data() {
    let fixture = Fixture::new();
    let cluster = Cluster::start(&fixture.dir(), true).unwrap();
    assert!(cluster.started_here());
    let first = cluster.pid();
    query(&cluster.url("postgres"), "CREATE DATABASE \"a/b c\"");
    query(&cluster.url("a/b c"), "CREATE TABLE kept AS SELECT 'Zoë' AS name");
    cluster.stop().unwrap();
    assert!(!is_alive(first), "no process is left");
    assert_eq!(fixture.pid_in_file(), None, "it was an orderly stop");

    let cluster = Cluster::start(&fixture.dir(), true).unwrap();
    assert_ne!(cluster.pid(), first);
    assert_eq!(query(&cluster.url("a/b c"), "SELECT name FROM kept"), "Zoë");
    cluster.stop().unwrap();
}

#[test]
fn the_cluster_is_durable_private_and_without_a_tcp_port() {
    let fixture = Fixture::new();
    let cluster = Cluster::start(&fixture.dir(), true).unwrap();
    let url = cluster.url("postgres");
    for (setting, value) in [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("max_connections", "100"),
        ("wal_compression", "pglz"),
        ("jit", "off"),
        ("log_statement", "none"),
        ("TimeZone", "UTC"),
    ] {
        assert_eq!(query(&url, &format!("SHOW {setting}")), value, "{setting}");
    }
    assert_eq!(query(&url, "SELECT current_user, usesuper FROM pg_user"), "rollcall|t");
    let buffers = "SELECT pg_size_bytes(current_setting('shared_buffers')) / 1024 ^ 2 BETWEEN 128 AND 4096";
    assert_eq!(query(&url, buffers), "t", "an eighth of the memory of the machine");
    assert_eq!(query(&url, "SELECT inet_server_addr() IS NULL"), "t", "over the socket");
    assert_eq!(mode(&fixture.path.join("run")), 0o700);
    assert_eq!(mode(&fixture.path.join("run/.s.PGSQL.5432")), 0o700);
    assert_eq!(mode(&fixture.path.join("postgres.log")), 0o600);
    cluster.stop().unwrap();
}

#[test]
fn personal_data_of_a_failed_statement_is_not_logged() {
    let fixture = Fixture::new();
    let cluster = Cluster::start(&fixture.dir(), false).unwrap();
    let url = cluster.url("postgres");
    query(&url, "CREATE TABLE people (name text PRIMARY KEY); INSERT INTO people VALUES ('babs.jensen')");
    let conflict = "INSERT INTO people VALUES ('babs.jensen')";
    let mut client = query_in_background(&url, conflict);
    assert!(!client.wait().unwrap().success(), "the name is taken");
    cluster.stop().unwrap();
    let log = std::fs::read_to_string(fixture.path.join("postgres.log")).unwrap();
    assert!(log.contains("duplicate key value"), "the error is there: {log}");
    assert!(!log.contains("babs.jensen"), "the value is not: {log}");
}

#[test]
fn a_keyboard_interrupt_does_not_reach_postgres_and_a_client_does_not_hold_up_the_stop() {
    let fixture = Fixture::new();
    let cluster = Cluster::start(&fixture.dir(), false).unwrap();
    let pid = cluster.pid();
    assert_eq!(getpgid(Some(pid_of(pid))).unwrap(), pid_of(pid), "a process group of its own");
    let url = cluster.url("postgres");
    let mut client = query_in_background(&url, "SELECT pg_sleep(600)");
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'";
    wait_until(|| query(&url, sleeping) == "1");
    let begun = std::time::Instant::now();
    cluster.stop().unwrap();
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    assert!(!client.wait().unwrap().success());
    assert!(UnixStream::connect(fixture.path.join("run/.s.PGSQL.5432")).is_err());
}

#[test]
fn a_dropped_use_stops_the_cluster() {
    let fixture = Fixture::new();
    let pid = Cluster::start(&fixture.dir(), false).unwrap().pid();
    assert!(!is_alive(pid), "the temporary was dropped");
}
