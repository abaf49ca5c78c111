//! What a server holds only as long as it needs it.

use crate::postgres::fixture::{Fixture, wait_until};
use crate::support::app::request_to;
use serde_json::json;
use std::process::Command;

use super::elsewhere::someones_database;
use super::server::Server;

/// MiB that are resident.
fn resident(server: &Server) -> u64 {
    let pid = server.child.id().to_string();
    let output = Command::new("ps").args(["-o", "rss=", "-p", &pid]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse::<u64>().unwrap() / 1024
}

/// A password is hashed in 19 MiB, which are kept for the next one, and not for ever.
#[test]
fn what_passwords_were_hashed_in_is_given_back_when_nobody_signs_in() {
    let fixture = Fixture::new();
    let url = someones_database();
    let server = Server::start_with(&fixture.path, |command| {
        command.env("DATABASE_URL", &url);
    });
    // Twice, because what is freed the first time an allocator may keep the second time.
    for _ in 0..2 {
        let nobody = json!({"tenant": "demo", "userName": "nobody", "password": "correct horse battery"});
        let refused = request_to(server.address(), "POST", "/api/v1/sessions", None, Some(&nobody));
        assert_eq!(refused.status, 401);
        let busy = resident(&server);
        wait_until(|| resident(&server) + 15 < busy);
    }
    server.stop();
}
