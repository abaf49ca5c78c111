//! What a person sees at the first start, and at the second.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::postgres::fixture::{Fixture, mode};
use crate::support::app::request_to;

use super::program::{PROGRAM, rollcall};
use super::server::{Server, after};

fn sh(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).current_dir("/").output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The one line of the output that contains `part`.
fn line(text: &str, part: &str) -> String {
    text.lines().find(|line| line.contains(part)).unwrap().trim().to_owned()
}

#[test]
fn a_first_start_says_where_to_point_a_provider_and_a_second_keeps_it_all() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.path);
    let first_up = server.up_after;
    let token = after(&server.out(), "Token").to_owned();
    let api_token = server.sourced("API_TOKEN");
    says_the_same_in_all_places(&fixture, &server, &token, &api_token);
    let user = server.scim(&token, "POST", "/Users", Some(&json!({"userName": "babs"})));
    let id = user.json().unwrap()["id"].as_str().unwrap().to_owned();
    let old_base = server.base_url();
    server.stop();

    // Something else listens on the old port now.
    let old_port = old_base.trim_start_matches("http://").split('/').next().unwrap();
    let taken = std::net::TcpListener::bind(old_port).unwrap();
    let server = Server::start(&fixture.path);
    eprintln!("up after {first_up:?} the first time, after {:?} the second", server.up_after);
    assert_ne!(server.base_url(), old_base);
    assert_eq!(server.sourced("SCIM_BASE_URL"), server.base_url(), "demo.env follows the server");
    assert_eq!(server.sourced("API_URL"), format!("http://{}/api/v1", server.address()));
    assert_eq!(server.sourced("SCIM_TOKEN"), token);
    assert_eq!(server.sourced("API_TOKEN"), api_token);
    assert_eq!(mode(&fixture.path.join("demo.env")), 0o600);
    assert!(!server.out().contains(&token), "it is shown once: {}", server.out());
    assert_eq!(server.scim(&token, "GET", &format!("/Users/{id}"), None).status, 200);
    assert_eq!(curl(&server)["totalResults"], 1);

    let another = sh(after(&server.out(), "another one:"));
    assert_ne!(another.trim(), token);
    assert_eq!(server.list_status(another.trim()), 200, "the printed command can be pasted");
    drop(taken);
    server.stop();
}

fn says_the_same_in_all_places(fixture: &Fixture, server: &Server, token: &str, api_token: &str) {
    let file = fixture.path.join("demo.env");
    assert_eq!(mode(&file), 0o600);
    let text = fs::read_to_string(&file).unwrap();
    let names: Vec<&str> = text.lines().map(|line| line.split('=').next().unwrap()).collect();
    assert_eq!(names, ["SCIM_BASE_URL", "SCIM_TOKEN", "API_URL", "API_TOKEN"]);
    assert_eq!(server.sourced("SCIM_BASE_URL"), server.base_url());
    assert_eq!(server.sourced("SCIM_TOKEN"), token);
    assert_eq!(server.sourced("API_URL"), format!("http://{}/api/v1", server.address()));
    assert_eq!(request_to(server.address(), "GET", "/api/v1/audit", Some(api_token), None).status, 200);
    assert_eq!(curl(server)["totalResults"], 0);
}

/// The printed line, pasted into a shell. Without curl on this machine, the request that it would make.
fn curl(server: &Server) -> Value {
    let line = line(&server.out(), "curl ");
    if Command::new("curl").arg("--version").output().is_err() {
        assert!(line.contains("\"$SCIM_BASE_URL/Users\""), "{line}");
        return server.scim(&server.sourced("SCIM_TOKEN"), "GET", "/Users", None).json().unwrap();
    }
    serde_json::from_str(&sh(&line)).unwrap()
}

#[test]
fn a_port_or_data_directory_in_use_is_refused_with_a_sentence() {
    let fixture = Fixture::new();
    let server = Server::start_with(&fixture.path, |command| {
        command.arg("--demo");
    });
    let dir = fixture.path.to_str().unwrap();
    let refused = |listen: &str, dir: &str| {
        let output = rollcall(&["serve", "--listen", listen, "--data-dir", dir]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let said = refused("127.0.0.1:0", dir);
    let pid = server.child.id();
    assert!(said.contains(&format!("another rollcall server (pid {pid}) already uses {dir}")), "{said}");

    let elsewhere = fixture.path.with_file_name("elsewhere");
    let said = refused(&server.address().to_string(), elsewhere.to_str().unwrap());
    assert!(said.contains(&format!("cannot listen on {}", server.address())), "{said}");
    assert!(said.contains("--listen"), "the way out: {said}");
    assert!(!elsewhere.exists(), "nothing is made for nothing");
    let said = refused("nonsense", elsewhere.to_str().unwrap());
    assert!(said.contains("cannot listen on nonsense"), "{said}");

    assert_eq!(server.list_status(&server.sourced("SCIM_TOKEN")), 200, "the first was not disturbed");
    demo_people_are_there_once(&fixture, server);
}

fn demo_people_are_there_once(fixture: &Fixture, server: Server) {
    let count = |server: &Server, path: &str| {
        let answer = server.scim(&server.sourced("SCIM_TOKEN"), "GET", path, None).json().unwrap();
        answer["totalResults"].as_u64().unwrap()
    };
    let (users, groups) = (count(&server, "/Users"), count(&server, "/Groups"));
    assert!(users >= 3 && groups >= 1, "{users} users, {groups} groups");
    let path = "/Users?filter=userName+eq+%22trainer@example.com%22";
    let token = server.sourced("SCIM_TOKEN");
    let trainer = server.scim(&token, "GET", path, None).json().unwrap()["Resources"][0]["id"].clone();
    let path = format!("/Users/{}", trainer.as_str().unwrap());
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "displayName", "value": "Changed"}]});
    assert_eq!(server.scim(&token, "PATCH", &path, Some(&patch)).status, 200);
    server.stop();

    let server = Server::start_with(&fixture.path, |command| {
        command.arg("--demo");
    });
    assert_eq!((count(&server, "/Users"), count(&server, "/Groups")), (users, groups));
    let kept = server.scim(&token, "GET", &path, None).json().unwrap();
    assert_eq!(kept["displayName"], "Changed", "who is there is left alone");
    server.stop();
}

#[test]
fn a_data_directory_with_blanks_and_quotes_in_its_name_works_in_every_printed_line() {
    let mut fixture = Fixture::new();
    fixture.path = fixture.path.with_file_name("babs' data dir");
    let server = Server::start(&fixture.path);
    let token = after(&server.out(), "Token").to_owned();
    assert_eq!(server.list_status(&token), 200);
    let line = line(&server.out(), "curl ");
    if Command::new("curl").arg("--version").output().is_ok() {
        assert!(sh(&line).contains("totalResults"));
    }
    server.stop();
    let server = Server::start(&fixture.path);
    let command = after(&server.out(), "another one:").to_owned();
    assert!(command.contains(PROGRAM), "{command}");
    assert_eq!(server.list_status(sh(&command).trim()), 200);
    server.stop();
}
