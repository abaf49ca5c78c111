//! `rollcall connection …` and `rollcall schema …`, beside a running server.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::postgres::fixture::Fixture;
use crate::support::http::{Request, send};

use super::program::{on, try_on};
use super::server::Server;

const URN: &str = "urn:example:scim:acme:2.0:User";

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn connections_and_schemas_are_set_up_beside_a_server() {
    let fixture = Fixture::new();
    let dir = &fixture.path;
    let server = Server::start(dir);
    connections(dir);
    settings(&server, dir);
    schemas(&server, dir);
    server.stop();
}

fn connections(dir: &Path) {
    let made = on(dir, "connection create entra --tenant demo");
    assert!(made.contains("entra") && made.contains("rollcall token issue"), "says what is next: {made}");
    assert!(try_on(dir, "connection create entra --tenant demo").err.contains("exists already"));
    for name in ["en\u{202e}tra", "entra\u{200b}", "en\u{1b}tra"] {
        let hidden = try_on(dir, &format!("connection create {name} --tenant demo"));
        assert!(!hidden.ok && hidden.err.contains("invisible character U+"), "{hidden:?}");
    }
    let all = json_of(&on(dir, "connection list --tenant demo --json"));
    let names: Vec<&str> = all.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["administration", "entra", "identity-provider"]);
    assert!(on(dir, "connection list --tenant demo").starts_with("NAME"));
    let nobody = try_on(dir, "connection show nobody --tenant demo");
    assert!(!nobody.ok && nobody.err.contains("connection list"), "{nobody:?}");
}

fn post(server: &Server, token: &str, body: &Value) -> u16 {
    let headers = vec![
        ("Authorization".to_owned(), format!("Bearer {token}")),
        ("Content-Type".to_owned(), "application/scim+json".to_owned()),
    ];
    let path = "/scim/v2/Users".to_owned();
    let body = Some(body.to_string().into_bytes());
    send(server.address(), &Request { method: "POST".to_owned(), path, headers, body }).unwrap().status
}

fn settings(server: &Server, dir: &Path) {
    let token = on(dir, "token issue --tenant demo --connection entra");
    let odd = |name: &str| json!({"userName": name, "shoeSize": 7});
    assert_eq!(post(server, token.trim(), &odd("a")), 201, "the server remembers the connection");
    let shown = on(dir, "connection set entra --tenant demo dialect=strict patch_answer=no_content");
    assert_eq!(post(server, token.trim(), &odd("b")), 400, "it holds when the command has returned");
    let line = |name: &str| shown.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(line("dialect ").contains("strict") && line("dialect ").contains("set"), "{shown}");
    assert!(line("unknown_attributes").contains("refuse") && line("unknown_attributes").contains("default"));
    let reset = json_of(&on(dir, "connection set entra --tenant demo dialect= --json"));
    assert_eq!(reset["settings"], json!({"patch_answer": "no_content"}));
    assert_eq!(json_of(&on(dir, "connection show entra --tenant demo --json")), reset);
    for (words, expected) in [
        ("colour=red", "there are: dialect, unknown_attributes"),
        ("passwords=yes", "it can be: ignore, refuse, accept"),
        ("passwords", "no SETTING=VALUE"),
    ] {
        let said = try_on(dir, &format!("connection set entra --tenant demo {words}"));
        assert!(!said.ok && said.err.contains(expected), "{said:?}");
    }
}

fn schemas(server: &Server, dir: &Path) {
    let file = dir.join("acme.json");
    let add = format!("schema add --tenant demo --resource-type User {}", file.display());
    let missing = try_on(dir, &add);
    assert!(!missing.ok && missing.err.contains("cannot read"), "{missing:?}");
    let write = |attributes: Value| {
        fs::write(&file, json!({"id": URN, "attributes": attributes}).to_string()).unwrap();
    };
    write(json!([{"name": "level", "mutability": "readOnly"}]));
    let refused = try_on(dir, &add);
    assert!(!refused.ok && refused.err.contains(&format!("{URN}:level: nobody could set")), "{refused:?}");
    write(json!([{"name": "level", "type": "integer"}]));
    assert!(on(dir, &add).contains(&format!("Added {URN} to User")));

    let token = on(dir, "token issue --tenant demo --connection okta");
    let person = |name: &str, level: Value| json!({"userName": name, URN: {"level": level}});
    assert_eq!(post(server, token.trim(), &person("c", json!(3))), 201);
    assert_eq!(post(server, token.trim(), &person("d", json!("high"))), 400);
    assert!(on(dir, "schema list --tenant demo").contains("level"));
    let shown = on(dir, &format!("schema show {URN} --tenant demo"));
    fs::write(&file, &shown).unwrap();
    assert!(on(dir, &add).contains("Replaced"), "what is shown can be added: {shown}");
    // As a script gets it, and as an editor saves it.
    let shown = on(dir, &format!("schema show {URN} --tenant demo --json"));
    fs::write(&file, format!("\u{feff}{shown}")).unwrap();
    assert!(on(dir, &add).contains("Replaced"), "{shown}");
    let refused = try_on(dir, &format!("schema remove {URN} --tenant demo"));
    assert!(!refused.ok && refused.err.contains("carried by 1 resources"), "{refused:?}");
    let removed = json_of(&on(dir, &format!("schema remove {URN} --tenant demo --drop-data --json")));
    let again = json_of(&on(dir, &format!("schema remove {URN} --tenant demo --drop-data --json")));
    assert_eq!(again, json!({"schema": URN, "removed": false, "resourcesChanged": 0}));
    assert_eq!((&removed["removed"], &removed["resourcesChanged"]), (&json!(true), &json!(1)));
    assert_eq!(json_of(&on(dir, "schema list --tenant demo --json")), json!([]));
    assert_eq!(post(server, token.trim(), &person("d", json!("high"))), 201, "nobody knows it any more");
}
