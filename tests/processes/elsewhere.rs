//! A database that somebody else runs: `DATABASE_URL`, its owner no superuser, and its password nobody's business.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::postgres::fixture::Fixture;
use crate::support::cluster::{cluster, execute};

use super::program::{PASSWORD, on_url, say};
use super::server::{Server, postmaster_of};

/// An empty database that belongs to a user who may make roles, as the administrators of managed databases do.
pub(super) fn someones_database() -> String {
    let name = format!("elsewhere_{:.12}", uuid::Uuid::new_v4().simple());
    let administrator = cluster().url("postgres");
    execute(&administrator, &format!("CREATE ROLE {name} LOGIN CREATEROLE PASSWORD '{PASSWORD}'"));
    if exists(&administrator, "rollcall_server") {
        execute(&administrator, &format!("GRANT rollcall_server TO {name}"));
    }
    execute(&administrator, &format!("CREATE DATABASE {name} OWNER {name}"));
    let url = cluster().url(&name);
    let (_, rest) = url.split_once('@').unwrap();
    format!("postgresql://{name}:{PASSWORD}@{rest}")
}

fn exists(url: &str, role: &str) -> bool {
    crate::postgres::fixture::query(url, &format!("SELECT count(*) FROM pg_roles WHERE rolname = '{role}'"))
        == "1"
}

#[test]
fn every_command_works_on_a_database_elsewhere() {
    let fixture = Fixture::new();
    let url = someones_database();
    let said = on_url(&url, "tenant list");
    assert!(!said.ok && said.err.contains("rollcall migrate"), "{said:?}");
    let said = on_url(&url, "migrate");
    assert!(said.ok && said.out.contains("ran "), "{said:?}");
    let server = Server::start_with(&fixture.path, |command| {
        command.env("DATABASE_URL", &url).arg("--demo");
    });
    assert_eq!(postmaster_of(&fixture.path), None, "no private PostgreSQL");
    assert_eq!(server.list_status(&server.sourced("SCIM_TOKEN")), 200);

    let done = |words: &str| {
        let said = on_url(&url, words);
        assert!(said.ok, "{words}: {said:?}");
        said.out
    };
    assert!(done("tenant create acme").contains("acme"));
    assert!(done("tenant list").contains("acme"));
    let token = done("token issue --tenant acme --connection okta");
    assert_eq!(server.list_status(token.trim()), 200);
    let list: serde_json::Value = serde_json::from_str(&done("token list --tenant acme --json")).unwrap();
    let id = list[0]["id"].as_str().unwrap();
    done(&format!("token revoke {id} --tenant acme"));
    assert_eq!(server.list_status(token.trim()), 401);
    // Another server on the same database, and the same data directory: nothing of it belongs to one server only.
    let other = Server::start_with(&fixture.path, |command| {
        command.env("DATABASE_URL", &url);
    });
    assert_eq!(other.list_status(&server.sourced("SCIM_TOKEN")), 200);
    other.stop();
    server.stop();
}

/// The command lines of all processes, with the process ids.
fn command_lines() -> Vec<(u32, String)> {
    let pids =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&line).replace('\0', " ")))
    })
    .collect()
}

/// Says that it is over when it goes.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_password_in_a_flag_is_gone_from_the_process_list_before_anything_is_done() {
    if !std::path::Path::new("/proc/self/cmdline").exists() {
        return;
    }
    let fixture = Fixture::new();
    let url = someones_database();
    let user = url.trim_start_matches("postgresql://").split(':').next().unwrap();
    let ended = AtomicBool::new(false);
    // How often each process was seen with the password: the caller wrote it there, and the first thing that the
    // program does is to start itself again without.
    let seen = thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut seen = std::collections::HashMap::<u32, std::time::Duration>::new();
            let mut first = std::collections::HashMap::new();
            while !ended.load(Ordering::Relaxed) {
                for (pid, line) in command_lines().into_iter().filter(|(_, line)| line.contains(user)) {
                    if line.contains(PASSWORD) {
                        let at = *first.entry(pid).or_insert_with(std::time::Instant::now);
                        seen.insert(pid, at.elapsed());
                    }
                }
                thread::sleep(std::time::Duration::from_millis(1));
            }
            seen
        });
        // Also where something is not as it should be.
        let ends = Ends(&ended);
        let server = Server::start_with(&fixture.path, |command| {
            command.args(["--database-url", &url]);
        });
        assert_eq!(server.list_status(&server.sourced("SCIM_TOKEN")), 200);
        let flag = format!("--database-url={url}");
        assert!(say(&["tenant", "list", &flag]).ok);
        assert!(say(&["token", "list", "--tenant", "demo", &flag]).ok);
        let lines = command_lines();
        let mine = lines.iter().find(|(pid, _)| *pid == server.child.id()).unwrap();
        assert!(mine.1.contains("serve") && !mine.1.contains("database-url"), "{mine:?}");
        assert!(!server.err().contains(PASSWORD) && !server.out().contains(PASSWORD));
        server.stop();
        drop(ends);
        watching.join().unwrap()
    });
    eprintln!("seen in the process list: {seen:?}");
    assert!(seen.values().all(|time| time.as_millis() < 500), "{seen:?}");
}
