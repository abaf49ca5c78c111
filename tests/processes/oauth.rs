//! `rollcall client …` and `rollcall issuer …`, beside a running server, and what it logs of secrets.

use super::program::{on, try_on};
use super::server::Server;
use crate::postgres::fixture::Fixture;
use crate::support::http::{Request, Response, send};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn ask(server: &Server, id: &str, secret: &str) -> Response {
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let headers = vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let path = "/oauth/token".to_owned();
    let request = Request { method: "POST".to_owned(), path, headers, body: Some(body.into_bytes()) };
    send(server.address(), &request).unwrap()
}

/// The value of a line that begins with its name.
fn value<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    line.strip_prefix(name).unwrap().trim()
}

#[test]
fn clients_and_issuers_are_set_up_beside_a_server() {
    let fixture = Fixture::new();
    let dir = &fixture.path;
    let server = Server::start_with(dir, |command| {
        command.env("ROLLCALL_LOG", "trace");
    });
    let made = on(dir, "client create --tenant demo --connection entra");
    let (id, first) = (value(&made, "client_id"), value(&made, "client_secret"));
    let answer = ask(&server, id, first);
    assert_eq!(answer.status, 200);
    let token = answer.json().unwrap()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.list_status(&token), 200);

    // Another secret, then away with the first: in between both are good.
    let second = on(dir, &format!("client secret add {id} --tenant demo --expires-in-days 365"));
    let second = second.trim();
    assert_eq!((ask(&server, id, first).status, ask(&server, id, second).status), (200, 200));
    let all = json_of(&on(dir, "client list --tenant demo --json"));
    let of_first = all[0]["secrets"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&all[0]["clientId"], &all[0]["connection"], &all[0]["scope"]),
        (&json!(id), &json!("entra"), &json!("scim"))
    );
    on(dir, &format!("client secret revoke {of_first} --tenant demo"));
    assert_eq!(server.list_status(&token), 401, "it holds when the command has returned");
    assert_eq!((ask(&server, id, first).status, ask(&server, id, second).status), (401, 200));
    let listed = on(dir, "client list --tenant demo");
    assert!(
        listed.starts_with("CLIENT") && listed.contains("revoked") && listed.contains("live"),
        "{listed}"
    );
    assert!(!listed.contains("rcc_"), "{listed}");

    keys(dir, id);
    issuers(dir);
    for (words, says) in [
        ("client secret add 01a20046-1b8c-70d9-b1cc-cf54d639c90e --tenant demo", "client list"),
        ("client secret revoke 01a20046-1b8c-70d9-b1cc-cf54d639c90e --tenant demo", "client list"),
        ("client remove 01a20046-1b8c-70d9-b1cc-cf54d639c90e --tenant demo", "client list"),
        ("client create --tenant demo --connection x --scope everything", "scope: "),
        ("client create --tenant nobody --connection x", "tenant list"),
    ] {
        let said = try_on(dir, words);
        assert!(!said.ok && said.err.contains(says), "{words}: {said:?}");
    }
    on(dir, &format!("client remove {id} --tenant demo"));
    assert_eq!(ask(&server, id, second).status, 401);
    assert_eq!(json_of(&on(dir, "client list --tenant demo --json")), json!([]));

    // Everything is logged here, and no secret.
    let log = server.err();
    assert!(log.contains("/oauth/token"), "the log is not one");
    for secret in [first, second, &token, token.rsplit('.').next().unwrap()] {
        assert!(!log.contains(secret) && !server.out().contains(secret), "{secret:.8}… is in the log");
    }
    server.stop();
}

fn keys(dir: &Path, id: &str) {
    let file = dir.join("keys.json");
    let jwk = json!({
        "kty": "OKP", "crv": "Ed25519", "kid": "2026", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    fs::write(&file, json!({"keys": [jwk]}).to_string()).unwrap();
    let add = format!("client key add {id} {} --tenant demo", file.display());
    assert!(on(dir, &add).contains("2026"));
    assert!(try_on(dir, &add).err.contains("there already"));
    assert!(on(dir, "client list --tenant demo").contains("key 2026"));
    on(dir, &format!("client key remove {id} 2026 --tenant demo"));
    assert!(try_on(dir, &format!("client key remove {id} 2026 --tenant demo")).err.contains("no key"));
    fs::write(&file, "-----BEGIN PUBLIC KEY-----").unwrap();
    assert!(try_on(dir, &add).err.contains("not PEM"));
    on(dir, &format!("client key add {id} --uri https://idp.example.com/keys --tenant demo"));
    assert!(on(dir, "client list --tenant demo").contains("keys at https://idp.example.com/keys"));
    on(dir, &format!("client key remove {id} --uri --tenant demo"));
    assert!(!on(dir, "client list --tenant demo").contains("idp.example.com"));
    assert!(!try_on(dir, &format!("client key add {id} --uri http://idp.example.com/keys --tenant demo")).ok);
}

fn issuers(dir: &Path) {
    let add = "issuer add --tenant demo --connection entra --issuer https://sts.windows.net/6a2f/ --audience api://rollcall";
    let added = json_of(&on(dir, &format!("{add} --json")));
    let again = try_on(dir, add);
    assert!(!again.ok && again.err.contains("by this tenant already"), "{again:?}");
    on(dir, "tenant create acme");
    let elsewhere = try_on(dir, &add.replace("demo", "acme"));
    assert!(!elsewhere.ok && elsewhere.err.contains("by another tenant already"), "{elsewhere:?}");
    let listed = on(dir, "issuer list --tenant demo");
    assert!(listed.contains("https://sts.windows.net/6a2f/") && listed.contains("by discovery"), "{listed}");
    on(dir, &format!("issuer remove {} --tenant demo", added["id"].as_str().unwrap()));
    assert_eq!(json_of(&on(dir, "issuer list --tenant demo --json")), json!([]));
    on(dir, &add.replace("demo", "acme"));
}
