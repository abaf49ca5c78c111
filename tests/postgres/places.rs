//! Awkward places for a data directory.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use rollcall::postgres::{Cluster, DataDir};

use super::fixture::{Fixture, is_root, mode, query};

#[test]
fn a_path_too_long_for_a_socket_gets_a_short_socket_directory() {
    let mut fixture = Fixture::new();
    fixture.path = fixture.path.join("long".repeat(30));
    works_with_a_socket_elsewhere(&fixture);
}

#[test]
fn a_comma_which_divides_hosts_for_libpq_is_no_obstacle() {
    let mut fixture = Fixture::new();
    fixture.path = fixture.path.join("a,b");
    works_with_a_socket_elsewhere(&fixture);
}

fn works_with_a_socket_elsewhere(fixture: &Fixture) {
    let cluster = Cluster::start(&fixture.dir(), false).unwrap();
    let url = cluster.url("postgres");
    assert_eq!(query(&url, "SELECT 1"), "1");
    let remembered = fs::read_to_string(fixture.path.join("socket-dir")).unwrap();
    let elsewhere = PathBuf::from(remembered.trim_end());
    assert!(url.contains(elsewhere.to_str().unwrap()), "{url}");
    assert_eq!(mode(&elsewhere), 0o700);
    // A subcommand finds the socket too.
    let beside = Cluster::start(&fixture.dir(), false).unwrap();
    assert_eq!(beside.url("postgres"), url);
    beside.release().unwrap();
    cluster.stop().unwrap();
    assert!(!elsewhere.exists(), "nothing is left behind");
}

#[test]
fn blanks_quotes_and_percent_signs_are_no_obstacle() {
    let mut fixture = Fixture::new();
    fixture.path = fixture.path.join("it's 100% \"ours\" ü");
    let cluster = Cluster::start(&fixture.dir(), false).unwrap();
    assert_eq!(query(&cluster.url("postgres"), "SELECT 1"), "1");
    assert!(fixture.path.join("run/.s.PGSQL.5432").exists());
    cluster.stop().unwrap();
}

#[test]
fn a_moved_data_directory_still_works() {
    let mut fixture = Fixture::new();
    Cluster::start(&fixture.dir(), false).unwrap().stop().unwrap();
    let moved = fixture.path.with_file_name("moved");
    fs::rename(&fixture.path, &moved).unwrap();
    fixture.path = moved;
    let cluster = Cluster::start(&fixture.dir(), false).unwrap();
    assert_eq!(query(&cluster.url("postgres"), "SELECT 1"), "1");
    cluster.stop().unwrap();
}

#[test]
fn a_place_that_cannot_be_is_said_so() {
    let fixture = Fixture::new();
    let refusal = |path: &PathBuf| DataDir::open(path).unwrap_err().to_string();
    fs::write(&fixture.path, "").unwrap();
    assert!(refusal(&fixture.path).contains("it is not a directory"));
    assert!(refusal(&fixture.path.with_file_name("two\nlines")).contains("control character"));
    let shared = fixture.path.with_file_name("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(refusal(&shared).contains("everybody may write to it"));
}

#[test]
fn root_in_a_place_that_others_cannot_enter_gets_the_cluster_elsewhere() {
    if !is_root() {
        return;
    }
    let fixture = Fixture::with_mode(0o700);
    for round in 0..2 {
        let cluster = Cluster::start(&fixture.dir(), false).unwrap();
        if round == 0 {
            query(&cluster.url("postgres"), "CREATE TABLE kept AS SELECT 42 AS n");
        }
        assert_eq!(query(&cluster.url("postgres"), "SELECT n FROM kept"), "42");
        let home = fs::read_link(fixture.pgdata()).unwrap();
        assert!(home.starts_with("/var/lib/rollcall"), "{home:?}");
        assert_ne!(fs::metadata(&home).unwrap().uid(), 0);
        cluster.stop().unwrap();
    }
}
