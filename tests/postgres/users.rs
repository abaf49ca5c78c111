//! Root, the unprivileged user that PostgreSQL gets, and other users of the machine. Only root can play these.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Command;

use nix::unistd::User;
use rollcall::postgres::{Cluster, DataDir};

use super::actor::{Actor, Script};
use super::fixture::{Fixture, is_root, query};

/// The user `nobody`, a place of its own, and this test program where it can reach it.
fn nobody(fixture: &mut Fixture) -> ((u32, u32), PathBuf) {
    let user = User::from_name("nobody").unwrap().unwrap();
    let ids = (user.uid.as_raw(), user.gid.as_raw());
    let base = fixture.path.with_file_name("nobodys");
    fs::create_dir(&base).unwrap();
    chown(&base, Some(ids.0), Some(ids.1)).unwrap();
    let program = base.join("actor");
    // Another process writes it: what a test beside this one starts at the moment would inherit a descriptor that is
    // open for writing here, and the system refuses to run a program that somebody writes (ETXTBSY).
    let mut install = Command::new("install");
    let copied =
        install.args(["-m", "755"]).arg(std::env::current_exe().unwrap()).arg(&program).status().unwrap();
    assert!(copied.success(), "{copied}");
    fixture.path = base.join("data");
    (ids, program)
}

fn play(fixture: &Fixture, role: &str, user: (u32, u32), program: &PathBuf) -> Result<Actor, String> {
    Actor::play_script(&Script { role, data_dir: &fixture.path, user: Some(user), program })
}

#[test]
fn as_root_postgres_runs_as_an_unprivileged_user_without_roots_groups() {
    if !is_root() {
        return;
    }
    let fixture = Fixture::new();
    let cluster = Cluster::start(&fixture.dir(), false).unwrap();
    let owner = fs::metadata(fixture.pgdata()).unwrap();
    assert_ne!(owner.uid(), 0);
    if let Ok(status) = fs::read_to_string(format!("/proc/{}/status", cluster.pid())) {
        let line = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(line("Uid:"), vec![owner.uid().to_string(); 4]);
        assert_eq!(line("Gid:"), vec![owner.gid().to_string(); 4]);
        assert!(line("Groups:").is_empty(), "{:?}", line("Groups:"));
    }
    cluster.stop().unwrap();
}

#[test]
fn an_unprivileged_user_needs_no_root_and_is_not_misled_by_a_reused_process_id() {
    if !is_root() {
        return;
    }
    let mut fixture = Fixture::new();
    let (user, program) = nobody(&mut fixture);
    let server = play(&fixture, "server", user, &program).unwrap();
    assert_eq!(query(&server.url, "SELECT 1"), "1");
    let (holder, url) = (server.pid(), server.url.clone());
    server.end();
    // PostgreSQL itself would take a living process of the same user for a postmaster.
    let mut beside = fixture_beside(&fixture);
    let other = play(&beside, "server", user, &program).unwrap();
    assert_ne!(other.pid(), holder);
    let stale = format!("{}\n{}\n1\n5432\n", other.pid(), fixture.pgdata().display());
    fs::write(fixture.pgdata().join("postmaster.pid"), &stale).unwrap();
    fs::write(fixture.path.join("run/.s.PGSQL.5432.lock"), &stale).unwrap();
    let server = play(&fixture, "server", user, &program).unwrap();
    assert_eq!(server.url, url);
    server.end();
    other.end();
    beside.path.clone_from(&fixture.path);
}

/// A second data directory of the same user.
fn fixture_beside(fixture: &Fixture) -> Fixture {
    let mut beside = Fixture::new();
    beside.path = fixture.path.with_file_name("other");
    beside
}

#[test]
fn the_data_directory_of_another_user_is_refused() {
    if !is_root() {
        return;
    }
    let mut fixture = Fixture::new();
    let (user, program) = nobody(&mut fixture);
    play(&fixture, "server", user, &program).unwrap().end();
    let refusal = DataDir::open(&fixture.path).unwrap_err().to_string();
    assert!(refusal.contains("belongs to nobody, and this process runs as root"), "{refusal}");

    let roots = Fixture::new();
    Cluster::start(&roots.dir(), false).unwrap().stop().unwrap();
    let refusal = play(&roots, "server", user, &program).err().unwrap();
    assert!(refusal.contains("belongs to root, and this process runs as nobody"), "{refusal}");
}

#[test]
fn an_unprivileged_user_may_use_an_empty_volume_of_roots() {
    if !is_root() {
        return;
    }
    let mut fixture = Fixture::new();
    let (user, program) = nobody(&mut fixture);
    fs::create_dir(&fixture.path).unwrap();
    chown(&fixture.path, Some(0), Some(user.1)).unwrap();
    fs::set_permissions(&fixture.path, fs::Permissions::from_mode(0o775)).unwrap();
    for _ in 0..2 {
        let server = play(&fixture, "server", user, &program).unwrap();
        assert_eq!(query(&server.url, "SELECT 1"), "1");
        server.end();
    }
}
