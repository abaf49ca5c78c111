//! Dates that have come, put on record by the server itself and by `rollcall work`.

use chrono::{Duration, Utc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::postgres::fixture::{Fixture, wait_until};
use crate::support::app::request_to;

use super::program::{on, rollcall};
use super::server::Server;

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// Somebody whose time is over in a second.
fn temp(server: &Server, name: &str) -> String {
    #[allow(clippy::disallowed_methods, reason = "the program's own clock is meant")]
    let end = Utc::now() + Duration::seconds(1);
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ROLLCALL],
        "userName": name,
        ROLLCALL: {"expiresAt": end.to_rfc3339()},
    });
    let made = server.scim(&server.sourced("SCIM_TOKEN"), "POST", "/Users", Some(&user));
    made.json().unwrap()["id"].as_str().unwrap().to_owned()
}

fn recorded_by(server: &Server, id: &str) -> Vec<Value> {
    let path = format!("/api/v1/audit?resourceId={id}");
    let rows = request_to(server.address(), "GET", &path, Some(&server.sourced("API_TOKEN")), None);
    let rows = rows.json().unwrap()["entries"].as_array().unwrap().clone();
    rows.into_iter()
        .filter(|row| row["facts"]["expiryFellDue"] == true)
        .map(|row| row["actor"].clone())
        .collect()
}

#[test]
fn the_server_puts_dates_on_record_and_so_does_the_command() {
    let fixture = Fixture::new();
    let dir = &fixture.path;
    let server = Server::start_with(dir, |command| {
        command.args(["--work-every", "1"]);
    });
    let id = temp(&server, "by-the-server");
    wait_until(|| recorded_by(&server, &id) == [json!("worker")]);
    server.stop();
    // A server that leaves it to others.
    let server = Server::start_with(dir, |command| {
        command.args(["--work-every", "0"]);
    });
    let id = temp(&server, "by-the-command");
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(recorded_by(&server, &id), Vec::<Value>::new());
    assert!(on(dir, "work --once").contains("put on record: 1"));
    assert!(on(dir, "work --once").contains("put on record: 0"));
    assert_eq!(recorded_by(&server, &id), [json!("worker")]);
    // Without an end of its own it goes on until it is asked to stop.
    let mut working = rollcall(&["work", "--every", "1", "--data-dir"]).arg(dir).spawn().unwrap();
    let id = temp(&server, "by-the-one-that-stays");
    wait_until(|| recorded_by(&server, &id) == [json!("worker")]);
    kill(Pid::from_raw(i32::try_from(working.id()).unwrap()), Signal::SIGTERM).unwrap();
    assert!(working.wait().unwrap().success());
    server.stop();
}
