//! Replacing the key that signs tokens, with the program, beside a running server.

use crate::postgres::fixture::Fixture;
use serde_json::Value;

use super::program::{on, try_on};
use super::server::Server;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// S42: no gap on the way, and nothing left of the old key when the command returns.
#[test]
fn a_key_is_replaced_without_a_gap_and_retired_at_once() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.path);
    let dir = fixture.path.as_path();
    let issue = || on(dir, "token issue --tenant demo --connection okta").trim().to_owned();
    let old = issue();
    assert_eq!(server.list_status(&old), 200);
    let keys = || json(&on(dir, "keys list --json")).as_array().unwrap().clone();
    let first = keys()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!((keys().len(), &keys()[0]["state"], &keys()[0]["tokens"]), (1, &"signs".into(), &3.into()));

    let made = on(dir, "keys rotate");
    let new = issue();
    assert_eq!((server.list_status(&new), server.list_status(&old)), (200, 200));
    let states: Vec<Value> = keys().iter().map(|key| key["state"].clone()).collect();
    assert_eq!(states, ["signs", "verifies"]);
    assert!(made.contains(keys()[0]["id"].as_str().unwrap()), "{made}");
    let table = on(dir, "keys list");
    assert!(table.contains("LIVE TOKENS") && table.contains(&first), "{table}");

    let said = try_on(dir, &format!("keys retire {first}"));
    assert!(!said.ok && said.err.contains("3 live tokens") && said.err.contains("--force"), "{said:?}");
    let said = try_on(dir, &format!("keys retire {}", keys()[0]["id"].as_str().unwrap()));
    assert!(!said.ok && said.err.contains("keys rotate"), "{said:?}");
    assert_eq!(server.list_status(&old), 200);
    // The server's memory of the token is kept warm until the very moment.
    let said = std::thread::scope(|scope| {
        let retiring = scope.spawn(|| on(dir, &format!("keys retire {first} --force --json")));
        while !retiring.is_finished() {
            server.list_status(&old);
        }
        retiring.join().unwrap()
    });
    assert_eq!(json(&said)["tokens"], 3);
    assert_eq!((server.list_status(&old), server.list_status(&new)), (401, 200));
    let listed = json(&on(dir, "token list --tenant demo --json"));
    let by_first = listed.as_array().unwrap().iter().filter(|token| token["key"] == first.as_str());
    assert!(
        by_first.clone().count() == 3 && by_first.clone().all(|token| token["state"] == "revoked"),
        "{listed}"
    );
    server.stop();
}

#[test]
fn tokens_that_only_read_are_issued_and_the_scope_of_sessions_is_not() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.path);
    let dir = fixture.path.as_path();
    for (scope, status) in [("scim.read", 200), ("api.read", 403)] {
        let token = on(dir, &format!("token issue --tenant demo --connection okta --scope {scope}"));
        assert_eq!(server.list_status(token.trim()), status, "{scope}");
        let made = server.scim(token.trim(), "POST", "/Users", Some(&serde_json::json!({"userName": "x"})));
        assert_eq!(made.status, 403, "{scope}");
    }
    let said = try_on(dir, "token issue --tenant demo --connection okta --scope console");
    assert!(!said.ok && said.err.contains("session") && said.err.contains("sign in"), "{said:?}");
    let said = try_on(dir, "token issue --tenant demo --connection okta --scope root");
    assert!(!said.ok && said.err.contains("api.read"), "{said:?}");
    server.stop();
}
