//! `kill -9` of server, PostgreSQL or both under load, twenty times: what was acknowledged is there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::postgres::fixture::{Fixture, kill_9};

use super::ledger::Ledger;
use super::program::on;
use super::server::Server;

const ROUNDS: u32 = 20;
const WRITERS: usize = 4;

/// Who is killed in a round.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Victim {
    Server,
    Postgres,
    ServerThenPostgres,
    PostgresThenServer,
}

const VICTIMS: [Victim; 4] =
    [Victim::Server, Victim::Postgres, Victim::ServerThenPostgres, Victim::PostgresThenServer];

/// A moment that nobody can foresee, up to `limit`.
fn random_moment(limit: Duration) -> Duration {
    let (drawn, _) = uuid::Uuid::new_v4().as_u64_pair();
    limit.mul_f64(f64::from((drawn >> 40) as u32) / f64::from(1_u32 << 24))
}

fn kill(server: &mut Server, victim: Victim) {
    let postmaster = server.postmaster();
    if matches!(victim, Victim::Postgres | Victim::PostgresThenServer) {
        kill_9(postmaster);
    }
    if victim != Victim::Postgres {
        server.kill_9();
    }
    if victim == Victim::ServerThenPostgres {
        kill_9(postmaster);
    }
}

/// Lets writers loose on the server, kills in the middle, and returns what they noted.
fn round(server: &mut Server, token: &str, round: u32, victim: Victim) -> Vec<Ledger> {
    let (address, ended) = (server.address(), AtomicBool::new(false));
    thread::scope(|scope| {
        let names = (0..WRITERS).map(|writer| format!("round-{round}-writer-{writer}"));
        let ended = &ended;
        let writers: Vec<_> =
            names.map(|name| scope.spawn(move || Ledger::write(address, token, &name, ended))).collect();
        thread::sleep(Duration::from_millis(150) + random_moment(Duration::from_millis(700)));
        kill(server, victim);
        if victim == Victim::Postgres {
            // The server lives on: writers go on while PostgreSQL comes back.
            thread::sleep(Duration::from_millis(600) + random_moment(Duration::from_millis(400)));
        }
        ended.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    })
}

#[test]
fn no_acknowledged_write_is_lost_in_twenty_kills_under_load() {
    let begun = Instant::now();
    let fixture = Fixture::new();
    let mut server = Server::start(&fixture.path);
    let token = server.sourced("SCIM_TOKEN");
    // The writers delete without end, which the guard against a sync gone wrong would stop.
    on(&fixture.path, "connection set identity-provider --tenant demo guard=off");
    let (mut ledgers, mut lost, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    let mut slowest = Duration::ZERO;
    for number in 0..ROUNDS {
        let victim = VICTIMS[number as usize % VICTIMS.len()];
        let mut noted = round(&mut server, &token, number, victim);
        if victim != Victim::Postgres {
            server = Server::start(&fixture.path);
            slowest = slowest.max(server.up_after);
        }
        server.wait_until_ready();
        let writes: u32 = noted.iter().map(|ledger| ledger.writes).sum();
        let refused: u32 = noted.iter().map(|ledger| ledger.refused).sum();
        eprintln!("round {number}: killed {victim:?}; {writes} acknowledged, {refused} refused");
        assert!(writes > 0, "a round without load shows nothing: {}", server.err());
        for ledger in &mut noted {
            lost.extend(ledger.lost(server.address(), &token));
            wrong.append(&mut ledger.wrong);
        }
        ledgers.append(&mut noted);
    }
    // Again at the end, after all the later crashes.
    for ledger in &ledgers {
        lost.extend(ledger.lost(server.address(), &token));
    }
    let writes: u32 = ledgers.iter().map(|ledger| ledger.writes).sum();
    let users: usize = ledgers.iter().map(|ledger| ledger.lines.len()).sum();
    eprintln!(
        "{ROUNDS} rounds, {writes} acknowledged writes on {users} users, {} lost; slowest restart {slowest:?}; {:?}",
        lost.len(),
        begun.elapsed()
    );
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(wrong.is_empty(), "neither success nor 503: {wrong:#?}");
    server.stop();
}
