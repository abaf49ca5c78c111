//! Several processes on one data directory.

use std::thread;

use super::actor::Actor;
use super::fixture::{Fixture, is_alive, query};

#[test]
fn a_second_server_is_refused_in_a_clear_sentence() {
    let fixture = Fixture::new();
    let server = Actor::server(&fixture.path);
    let refusal = Actor::play("server", &fixture.path).err().unwrap();
    let path = fixture.dir().path().display().to_string();
    assert_eq!(
        refusal,
        format!(
            "another rollcall server (pid {}) already uses {path}; stop it or choose another --data-dir",
            server.pid()
        )
    );
    assert_eq!(query(&server.url, "SELECT 1"), "1", "the first is not disturbed");
    server.end();
    Actor::server(&fixture.path).end();
}

#[test]
fn a_subcommand_beside_a_server_leaves_its_cluster_running() {
    let fixture = Fixture::new();
    let server = Actor::server(&fixture.path);
    let subcommand = Actor::subcommand(&fixture.path);
    assert!(!subcommand.started_here);
    assert_eq!(subcommand.postmaster, server.postmaster);
    subcommand.end();
    assert_eq!(query(&server.url, "SELECT 1"), "1");
    let postmaster = server.postmaster;
    server.end();
    assert!(!is_alive(postmaster));
}

#[test]
fn a_subcommand_that_started_the_cluster_leaves_it_to_a_server_that_came_meanwhile() {
    let fixture = Fixture::new();
    let subcommand = Actor::subcommand(&fixture.path);
    let server = Actor::server(&fixture.path);
    assert!(subcommand.started_here && !server.started_here);
    subcommand.end();
    assert_eq!(query(&server.url, "SELECT 1"), "1");
    let postmaster = server.postmaster;
    server.end();
    assert!(!is_alive(postmaster));
}

#[test]
fn the_last_of_several_subcommands_stops_the_cluster() {
    let fixture = Fixture::new();
    let first = Actor::subcommand(&fixture.path);
    let second = Actor::subcommand(&fixture.path);
    let third = Actor::subcommand(&fixture.path);
    let postmaster = first.postmaster;
    first.end();
    third.kill_9();
    assert_eq!(query(&second.url, "SELECT 1"), "1", "the one that started it has gone, another still works");
    second.end();
    assert!(!is_alive(postmaster), "a killed subcommand does not count");
}

#[test]
fn many_starting_at_once_share_one_cluster() {
    let fixture = Fixture::new();
    let actors: Vec<_> = (0..6)
        .map(|_| {
            let path = fixture.path.clone();
            thread::spawn(move || Actor::subcommand(&path))
        })
        .collect();
    let actors: Vec<_> = actors.into_iter().map(|thread| thread.join().unwrap()).collect();
    let postmaster = actors[0].postmaster;
    assert!(actors.iter().all(|actor| actor.postmaster == postmaster));
    assert_eq!(actors.iter().filter(|actor| actor.started_here).count(), 1);
    let endings: Vec<_> = actors.into_iter().map(|actor| thread::spawn(move || actor.end())).collect();
    endings.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(!is_alive(postmaster));
}

#[test]
fn starts_and_ends_that_overlap_never_fail() {
    let fixture = Fixture::new();
    let loops: Vec<_> = (0..3)
        .map(|_| {
            let path = fixture.path.clone();
            thread::spawn(move || {
                for _ in 0..6 {
                    let actor = Actor::subcommand(&path);
                    assert_eq!(query(&actor.url, "SELECT 1"), "1");
                    actor.end();
                }
            })
        })
        .collect();
    loops.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(fixture.pid_in_file(), None, "nothing is left running");
}
