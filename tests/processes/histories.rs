//! The real program under a nemesis: the server is killed, stopped for two seconds, its PostgreSQL is killed, connections are dropped;
//! and one order still explains what every client was told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::histories::{Target, eras, seconds};
use crate::postgres::fixture::{Fixture, kill_9};

use super::server::Server;

/// What was done to the server.
#[derive(Debug, Default)]
struct Deeds {
    killed: usize,
    stopped: usize,
    postgres_killed: usize,
}

fn pause(ended: &AtomicBool, length: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < length && !ended.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(20));
    }
}

/// One deed after the other, with a second or two between them.
fn rage(fixture: &Fixture, server: &mut Server, target: &Target, ended: &AtomicBool) -> Deeds {
    let mut deeds = Deeds::default();
    for number in 0.. {
        pause(ended, Duration::from_millis(700 + (number * 377) % 1_300));
        if ended.load(Ordering::Relaxed) {
            return deeds;
        }
        match number % 3 {
            0 => {
                server.kill_9();
                *server = Server::start(&fixture.path);
                *target.addresses.write().unwrap() = vec![server.address()];
                deeds.killed += 1;
            }
            1 => {
                server.signal(Signal::SIGSTOP);
                thread::sleep(Duration::from_secs(2));
                server.signal(Signal::SIGCONT);
                deeds.stopped += 1;
            }
            _ => {
                kill_9(server.postmaster());
                deeds.postgres_killed += 1;
                server.wait_until_ready();
            }
        }
    }
    deeds
}

#[test]
fn one_order_explains_what_clients_were_told_while_the_server_was_killed_and_stopped() {
    const SEED: u64 = 4_711;
    let fixture = Fixture::new();
    let mut server = Server::start(&fixture.path);
    let url =
        format!("postgresql://rollcall@/rollcall?host={}&port=5432", fixture.path.join("run").display());
    let target = Target::new(vec![server.address()], &url, 2);
    let ended = AtomicBool::new(false);
    let begun = Instant::now();
    let (tally, deeds) = thread::scope(|scope| {
        let raging = scope.spawn(|| rage(&fixture, &mut server, &target, &ended));
        let tally = eras(&target, SEED, Duration::from_secs(seconds(8)), Duration::from_secs(4));
        ended.store(true, Ordering::Relaxed);
        (tally, raging.join().unwrap())
    });
    eprintln!(
        "seed {SEED}, {:?}: {} eras, {} histories, {} operations, {} of unknown outcome, {} anomalies; {deeds:?}",
        begun.elapsed(),
        tally.eras,
        tally.histories,
        tally.operations,
        tally.unknown,
        tally.anomalies.len()
    );
    assert!(tally.anomalies.is_empty(), "{}", tally.anomalies.join("\n\n"));
    assert!(tally.operations > 200 && deeds.killed + deeds.stopped > 1, "too little happened");
    server.stop();
}
