//! The public testers, as strangers run them: against the real program, with its demo token, in their strictest mode.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::postgres::fixture::Fixture;
use crate::support::app::request_to;

use super::server::Server;

/// What `scripts/testers.sh` says when the testers cannot be had on this machine.
const CANNOT_BE_HAD: i32 = 75;

/// The program of that name; `None`, said loudly, only where there is no Python or PyPI cannot be reached.
fn tester(name: &str) -> Option<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/testers.sh");
    let output = Command::new(script).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(CANNOT_BE_HAD) {
        // Past the harness, which keeps what a test that passes has printed to itself.
        let line = format!("\n*** SKIPPED: {name} was not run: {} ***\n\n", words.trim_end());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    }
    assert!(output.status.success(), "{words}");
    Some(Path::new(String::from_utf8_lossy(&output.stdout).trim()).join(name))
}

fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// R011, R173, R176: scim2-tester finds nothing wrong, and tests as much as it can.
#[test]
fn every_result_of_scim2_tester_is_a_success() {
    let Some(program) = tester("scim2") else { return };
    let fixture = Fixture::new();
    let server = Server::start(&fixture.path);
    let output = Command::new(program)
        .args(["-u", &server.base_url(), "test"])
        .env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", server.sourced("SCIM_TOKEN")))
        .current_dir(fixture.path.parent().unwrap())
        .output()
        .unwrap();
    let words = both(&output);
    // A result is a line such as `SUCCESS check_add_attribute`.
    let status = |line: &str| {
        let (status, check) = line.split_once(' ')?;
        let is_status = status.len() > 3 && status.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        (is_status && check.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).then(|| status.to_owned())
    };
    let results: Vec<String> = words.lines().filter_map(status).collect();
    let good = results.iter().filter(|result| *result == "SUCCESS").count();
    eprintln!("scim2-tester: {good} of {} results are SUCCESS", results.len());
    assert_eq!(good, results.len(), "{words}");
    assert!(good >= 135, "only {good} results:\n{words}");
}

/// R090, R117, R124, R147, R162: scim-sanity in its strict mode finds nothing wrong.
#[test]
fn the_strict_probe_of_scim_sanity_fails_nowhere() {
    let Some(program) = tester("scim-sanity") else { return };
    let fixture = Fixture::new();
    let server = Server::start(&fixture.path);
    let output = Command::new(program)
        .args(["probe", &server.base_url(), "--token", &server.sourced("SCIM_TOKEN")])
        .args(["--strict", "--i-accept-side-effects", "--json-output"])
        .current_dir(fixture.path.parent().unwrap())
        .output()
        .unwrap();
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", both(&output)));
    let results = report["results"].as_array().unwrap();
    let bad: Vec<&Value> =
        results.iter().filter(|r| r["status"] != "pass" && r["status"] != "skip").collect();
    assert!(bad.is_empty(), "{bad:#?}");
    // Skipped are the two kinds of resources of a draft that this server does not have.
    let passed = results.iter().filter(|result| result["status"] == "pass").count();
    assert!(report["mode"] == "strict" && passed >= 28, "only {passed} passed: {report:#}");
    eprintln!("scim-sanity: {passed} passed, none failed");
}

/// Which things the tester of the API is to ask about, so that it comes past "there is none".
fn things(server: &Server) -> String {
    let asked = |method: &str, address: &str, token: &str, body: Option<Value>| -> Value {
        let (host, path) = address.strip_prefix("http://").and_then(|rest| rest.split_once('/')).unwrap();
        let answer =
            request_to(host.parse().unwrap(), method, &format!("/{path}"), Some(token), body.as_ref());
        assert!(answer.status < 300, "{method} {address}: {}", answer.status);
        answer.json().unwrap()
    };
    let (api, scim) = (server.sourced("API_URL"), server.base_url());
    let (api_token, scim_token) = (server.sourced("API_TOKEN"), server.sourced("SCIM_TOKEN"));
    let user =
        serde_json::json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "subject"});
    let account = asked("POST", &format!("{scim}/Users"), &scim_token, Some(user))["id"].clone();
    let group =
        serde_json::json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All"});
    let group = asked("POST", &format!("{scim}/Groups"), &scim_token, Some(group))["id"].clone();
    let course = serde_json::json!({"name": "Safety"});
    let course = asked("POST", &format!("{api}/courses"), &api_token, Some(course))["id"].clone();
    let enrol = serde_json::json!({"accounts": [account]});
    let path = format!("{api}/courses/{}/enrolments", course.as_str().unwrap());
    asked("POST", &path, &api_token, Some(enrol));
    let plan = serde_json::json!({"command": {"command": "unlock"}, "accounts": [account]});
    let plan = asked("POST", &format!("{api}/plans"), &api_token, Some(plan))["id"].clone();
    let operation = |path: &str, parameters: &str| {
        format!("[[operations]]\ninclude-path-regex = \"{path}\"\nparameters = {{ {parameters} }}\n\n")
    };
    [
        operation("/accounts/[{]id[}]", &format!("id = {account}, course = {course}")),
        operation("/courses/[{]id[}]", &format!("id = {course}")),
        operation("/groups/", &format!("id = {group}")),
        operation("/plans/[{]id[}]", &format!("id = {plan}")),
        operation("/connections/", "name = \"identity-provider\""),
        operation("/reports/", "report = [\"training\", \"accounts\", \"seats\", \"sign-ins\"]"),
    ]
    .concat()
}

/// Of what schemathesis makes up for every operation of the API's document nothing is a fault, nothing is answered with a status that
/// the document does not have, and every answer is as it describes it.
#[test]
fn schemathesis_finds_no_fault_and_nothing_undocumented() {
    let Some(program) = tester("schemathesis") else { return };
    let fixture = Fixture::new();
    let server = Server::start(&fixture.path);
    let folder = fixture.path.parent().unwrap();
    std::fs::write(folder.join("schemathesis.toml"), things(&server)).unwrap();
    let output = Command::new(program)
        .args(["run", &format!("{}/openapi.json", server.sourced("API_URL"))])
        .args(["--header", &format!("Authorization: Bearer {}", server.sourced("API_TOKEN"))])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        .args(["--max-examples", "30", "--continue-on-failure", "--no-color"])
        .current_dir(folder)
        .output()
        .unwrap();
    let words = both(&output);
    assert!(output.status.success(), "{words}");
    let passed = words.lines().find(|line| line.contains("generated,")).unwrap_or_default();
    eprintln!("schemathesis: {}", passed.trim());
    let generated: u32 =
        passed.trim().split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default();
    assert!(generated >= 1_000, "{words}");
}
