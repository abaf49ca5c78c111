//! Ctrl-C and `kill`: server and PostgreSQL end in order, whenever it comes.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::postgres::fixture::{Fixture, is_alive, wait_until};

use super::server::{Server, postmaster_of};

#[test]
fn interrupt_and_terminate_stop_server_and_postgres() {
    let fixture = Fixture::new();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut server = Server::start(&fixture.path);
        let postmaster = server.postmaster();
        assert!(is_alive(postmaster));
        assert_eq!(server.list_status(&server.sourced("SCIM_TOKEN")), 200);
        // A client that keeps its connection open, and one that has only begun, must not hold up the end for long.
        let mut begun = TcpStream::connect(server.address()).unwrap();
        begun.write_all(b"GET /health/live HTTP/1.1\r\n").unwrap();
        let asked = Instant::now();
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "{signal}: {}", server.err());
        assert!(asked.elapsed() < Duration::from_secs(20), "{signal}: {:?}", asked.elapsed());
        assert!(!is_alive(postmaster), "{signal}");
        assert_eq!(postmaster_of(&fixture.path), None, "{signal}: an orderly stop");
        assert!(server.err().contains("stopped"), "{}", server.err());
    }
}

#[test]
fn a_signal_while_starting_leaves_nothing_behind() {
    let fixture = Fixture::new();
    // First while the cluster is made, then while it starts, then as soon as it takes connections.
    let socket = fixture.path.join("run/.s.PGSQL.5432");
    let moments: [&dyn Fn() -> bool; 3] = [
        &|| fixture.path.join("postgres.lock").exists(),
        &|| postmaster_of(&fixture.path).is_some(),
        &|| socket.exists(),
    ];
    for (number, moment) in moments.into_iter().enumerate() {
        let signal = if number % 2 == 0 { Signal::SIGTERM } else { Signal::SIGINT };
        let mut server = Server::spawn(&fixture.path, |_| ());
        wait_until(moment);
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "moment {number}: {}", server.err());
        assert_eq!(postmaster_of(&fixture.path), None, "moment {number}: {}", server.err());
        assert!(!server.out().contains("Rollcall is ready"), "moment {number}");
    }
    let server = Server::start(&fixture.path);
    server.wait_until_ready();
    server.stop();
}
