//! Subcommands beside a running server and without one.

use std::path::Path;

use serde_json::Value;

use crate::postgres::fixture::Fixture;

use super::program::{on, try_on};
use super::server::{Server, postmaster_of};

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn tenants_and_tokens_are_kept_beside_a_server_and_without_one() {
    let fixture = Fixture::new();
    let dir = &fixture.path;
    let server = Server::start(dir);
    tenants(dir, "beside");
    let issued = tokens(dir);
    assert_eq!(server.list_status(issued.trim()), 200, "it works at once");
    revoking_takes_effect_before_the_command_returns(&server, dir);
    assert!(try_on(dir, "migrate").out.contains("up to date"));
    assert_eq!(server.list_status(issued.trim()), 200, "the server was not disturbed");
    server.stop();

    tenants(dir, "without");
    let later = tokens(dir);
    assert!(try_on(dir, "migrate --json").out.contains("\"migrated\":[]"));
    assert_eq!(postmaster_of(dir), None, "nothing is left running");
    let server = Server::start(dir);
    for token in [issued, later] {
        assert_eq!(server.list_status(token.trim()), 200);
    }
    server.stop();
}

fn tenants(dir: &Path, name: &str) {
    let made = on(dir, &format!("tenant create {name}"));
    assert!(made.contains(name) && made.contains("rollcall token issue"), "says what is next: {made}");
    let made = json_of(&on(dir, &format!("tenant create {name}-2 --json")));
    assert_eq!(made["name"], format!("{name}-2"));
    let table = on(dir, "tenant list");
    assert!(table.starts_with("NAME") && table.contains(made["id"].as_str().unwrap()), "{table}");
    let all = json_of(&on(dir, "tenant list --json"));
    let names: Vec<&str> = all.as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert!(["demo", name].iter().all(|name| names.contains(name)), "{names:?}");
    assert!(!try_on(dir, &format!("tenant create {name}")).ok, "a name is given once");
}

/// Issues tokens in all ways and looks them up; one for SCIM.
fn tokens(dir: &Path) -> String {
    let said = try_on(dir, "token issue --tenant demo --connection okta");
    let token = said.out.clone();
    assert!(
        said.ok && token.ends_with('\n') && token.trim().split('.').count() == 3,
        "alone on stdout: {said:?}"
    );
    assert!(!token.trim().contains(char::is_whitespace));
    let other = json_of(&on(
        dir,
        "token issue --tenant demo --connection ops --scope api --expires-in-days 30 --json",
    ));
    assert_eq!((&other["scope"], &other["connection"]), (&"api".into(), &"ops".into()));
    assert!(other["expiresAt"].is_string());

    let table = on(dir, "token list --tenant demo");
    let list = on(dir, "token list --tenant demo --json");
    assert!(table.starts_with("ID") && table.contains("okta"), "{table}");
    for secret in [token.trim(), other["token"].as_str().unwrap()] {
        let signature = secret.rsplit('.').next().unwrap();
        assert!(!table.contains(signature) && !list.contains(signature), "tokens are shown once");
    }
    let all = json_of(&list);
    let row = all.as_array().unwrap().iter().find(|row| row["id"] == other["id"]).unwrap();
    assert_eq!((&row["state"], &row["expiresAt"]), (&"live".into(), &other["expiresAt"]));
    token
}

fn revoking_takes_effect_before_the_command_returns(server: &Server, dir: &Path) {
    for (json, expected) in [("", "Revoked "), (" --json", "\"revoked\":true")] {
        let issued = json_of(&on(dir, "token issue --tenant demo --connection entra --json"));
        let token = issued["token"].as_str().unwrap();
        assert_eq!(server.list_status(token), 200);
        let id = issued["id"].as_str().unwrap();
        // Keep the server's memory of the token warm until the very moment.
        let said = std::thread::scope(|scope| {
            let revoking = scope.spawn(|| on(dir, &format!("token revoke {id} --tenant demo{json}")));
            while !revoking.is_finished() {
                server.list_status(token);
            }
            revoking.join().unwrap()
        });
        assert_eq!(server.list_status(token), 401, "refused when the command has returned");
        assert!(said.contains(expected), "{said}");
        let all = json_of(&on(dir, "token list --tenant demo --json"));
        let row = all.as_array().unwrap().iter().find(|row| row["id"] == id).unwrap();
        assert_eq!(row["state"], "revoked");
    }
}
