//! `rollcall audit` beside a running server, which seals by itself.

use std::fs;

use serde_json::Value;

use crate::postgres::fixture::{Fixture, query, wait_until};
use crate::support::app::request_to;
use crate::support::user;

use super::program::{on, say, try_on};
use super::server::Server;

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_server_seals_and_the_command_verifies_exports_and_finds_what_was_changed() {
    let fixture = Fixture::new();
    let dir = &fixture.path;
    let server = Server::start_with(dir, |command| {
        command.args(["--work-every", "1"]);
    });
    let made = server.scim(&server.sourced("SCIM_TOKEN"), "POST", "/Users", Some(&user("somebody")));
    assert_eq!(made.status, 201);
    let token = server.sourced("API_TOKEN");
    let chain =
        || request_to(server.address(), "GET", "/api/v1/audit/chain", Some(&token), None).json().unwrap();
    wait_until(|| chain()["notSealed"] == 0);
    let digest = chain()["digest"].as_str().unwrap().to_owned();

    let said = on(dir, "audit verify --tenant demo");
    assert!(said.contains("are as they were sealed") && said.contains(&format!("head: {digest}")), "{said}");
    let said = json_of(&on(dir, &format!("audit verify --tenant demo --json --expect {digest}")));
    assert_eq!(
        (&said["intact"], &said["notSealed"], &said["hasExpected"]),
        (&true.into(), &0.into(), &true.into())
    );
    assert_eq!(said["head"], digest);

    let file = fixture.path.with_file_name("audit.jsonl");
    let exported = on(dir, "audit export --tenant demo");
    fs::write(&file, &exported).unwrap();
    let path = file.to_str().unwrap();
    assert!(say(&["audit", "verify", "--file", path, "--expect", &digest]).ok);
    let first = exported.lines().find(|line| line.starts_with("{\"position\"")).unwrap();
    let position = json_of(first)["position"].as_str().unwrap().to_owned();
    let part = on(dir, &format!("audit export --tenant demo --to {position}"));
    assert!(part.contains(&position) && part.len() <= exported.len());

    fs::write(&file, exported.replacen("account.created", "account.deleted", 1)).unwrap();
    let found = say(&["audit", "verify", "--file", path]);
    assert!(!found.ok && found.err.contains("changed after it was sealed"), "{found:?}");

    // What only the owner of the database can do.
    let url = format!("postgresql://rollcall@/rollcall?host={}&port=5432", dir.join("run").display());
    let row = query(
        &url,
        "UPDATE audit_log SET actor = 'nobody' WHERE action = 'account.created' RETURNING transaction_id || '-' || seq",
    );
    let found = try_on(dir, "audit verify --tenant demo");
    assert!(
        !found.ok
            && ["the audit log of demo", &row, "changed after it was sealed"]
                .iter()
                .all(|word| found.err.contains(word)),
        "{found:?}"
    );
    let found = try_on(dir, "audit verify --tenant demo --json");
    assert!(!found.ok);
    let found = json_of(&found.out);
    assert_eq!((&found["intact"], &found["fault"]["position"]), (&false.into(), &row.into()));
    for wrong in [
        "audit verify",
        "audit verify --tenant nobody",
        "audit verify --tenant demo --expect 12",
        "audit export --tenant demo --from x",
    ] {
        assert!(!try_on(dir, wrong).ok, "{wrong}");
    }
    server.stop();
}
