//! `kill -9` of the server, of PostgreSQL, of both: the next start recovers, and what was acknowledged is there.

use std::fs;
use std::process::Command;

use rollcall::postgres::Cluster;

use super::actor::Actor;
use super::fixture::{Fixture, is_alive, kill_9, query, query_in_background, wait_until};

#[test]
fn a_postmaster_left_by_a_killed_server_is_adopted_and_stopped_with_the_next() {
    let fixture = Fixture::new();
    let server = Actor::server(&fixture.path);
    let postmaster = server.postmaster;
    server.kill_9();
    assert!(is_alive(postmaster), "PostgreSQL survives its server");

    let lock = fixture.dir().lock_for_server().unwrap();
    let cluster = Cluster::start(&fixture.dir(), true).unwrap();
    assert!(!cluster.started_here());
    assert_eq!(cluster.pid(), postmaster);
    assert_eq!(query(&cluster.url("postgres"), "SELECT 1"), "1");
    cluster.stop().unwrap();
    drop(lock);
    assert!(!is_alive(postmaster));
}

#[test]
fn every_committed_row_survives_kill_9_of_postgres_and_of_both() {
    let fixture = Fixture::new();
    let mut committed = 0;
    for round in 0..4 {
        let server = Actor::server(&fixture.path);
        assert!(server.started_here, "round {round}");
        if round == 0 {
            query(&server.url, "CREATE TABLE acknowledged (n int)");
        }
        for _ in 0..5 {
            query(&server.url, &format!("INSERT INTO acknowledged VALUES ({committed})"));
            committed += 1;
        }
        let postmaster = server.postmaster;
        if round % 2 == 0 {
            kill_9(postmaster);
            server.kill_9();
        } else {
            server.kill_9();
            kill_9(postmaster);
        }
        assert_eq!(fixture.pid_in_file(), Some(postmaster), "a stale file is left");
    }
    let server = Actor::server(&fixture.path);
    assert_eq!(query(&server.url, "SELECT count(DISTINCT n) FROM acknowledged"), committed.to_string());
    server.end();
}

#[test]
fn a_start_waits_for_the_orphans_of_a_killed_postmaster() {
    let fixture = Fixture::new();
    let server = Actor::server(&fixture.path);
    // Busy with arithmetic, it does not look whether its postmaster lives.
    let statement = "SELECT count(*) FROM generate_series(1, 12000000) a(n) WHERE sqrt(n) > 5";
    let mut client = query_in_background(&server.url, statement);
    let busy = format!("SELECT pid FROM pg_stat_activity WHERE query = '{statement}' AND state = 'active'");
    wait_until(|| !query(&server.url, &busy).is_empty());
    let orphan: u32 = query(&server.url, &busy).parse().unwrap();
    kill_9(server.postmaster);
    server.kill_9();
    assert!(is_alive(orphan), "the statement is too short to show anything");

    let cluster = Cluster::start(&fixture.dir(), true).unwrap();
    assert!(!is_alive(orphan), "two generations on one cluster would destroy it");
    assert_eq!(query(&cluster.url("postgres"), "SELECT 1"), "1");
    cluster.stop().unwrap();
    let _ = client.wait();
}

#[test]
fn a_stale_pid_file_that_names_another_program_harms_neither() {
    let fixture = Fixture::new();
    Cluster::start(&fixture.dir(), false).unwrap().stop().unwrap();
    let mut stranger = Command::new("sleep").arg("600").spawn().unwrap();
    let stale = format!(
        "{}\n{}\n1763760000\n5432\n/nowhere\n\n 1 1\nready   \n",
        stranger.id(),
        fixture.pgdata().display()
    );
    fs::write(fixture.pgdata().join("postmaster.pid"), stale).unwrap();

    let cluster = Cluster::start(&fixture.dir(), false).unwrap();
    assert!(cluster.started_here());
    assert_ne!(cluster.pid(), stranger.id());
    cluster.stop().unwrap();
    assert!(stranger.try_wait().unwrap().is_none(), "the other program was not touched");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn an_empty_pid_file_of_a_crashed_machine_does_not_keep_it_from_starting() {
    let fixture = Fixture::new();
    Cluster::start(&fixture.dir(), false).unwrap().stop().unwrap();
    fs::write(fixture.pgdata().join("postmaster.pid"), "").unwrap();
    let cluster = Cluster::start(&fixture.dir(), false).unwrap();
    assert_eq!(query(&cluster.url("postgres"), "SELECT 1"), "1");
    cluster.stop().unwrap();
}

#[test]
fn a_half_made_cluster_is_made_again() {
    let fixture = Fixture::new();
    fixture.dir();
    fs::create_dir(fixture.path.join("postgres.new")).unwrap();
    fs::write(fixture.path.join("postgres.new/PG_VERSION"), "15\n").unwrap();
    let cluster = Cluster::start(&fixture.dir(), false).unwrap();
    assert_eq!(query(&cluster.url("postgres"), "SELECT 1"), "1");
    cluster.stop().unwrap();
    assert!(!fixture.path.join("postgres.new").exists());
}

#[test]
fn a_cluster_of_a_version_that_is_not_installed_is_named() {
    let fixture = Fixture::new();
    Cluster::start(&fixture.dir(), false).unwrap().stop().unwrap();
    fs::write(fixture.pgdata().join("PG_VERSION"), "97\n").unwrap();
    let error = Cluster::start(&fixture.dir(), false).unwrap_err().to_string();
    assert!(error.contains("was made by PostgreSQL 97, which is not installed"), "{error}");
    fs::write(fixture.pgdata().join("PG_VERSION"), "oops\n").unwrap();
    let error = Cluster::start(&fixture.dir(), false).unwrap_err().to_string();
    assert!(error.contains("does not hold a PostgreSQL version but \"oops"), "{error}");
}
