//! What must not be in any log, at the level that people turn on when they look for a fault.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::postgres::fixture::Fixture;
use crate::support::app::request_to;

use super::elsewhere::someones_database;
use super::program::{PASSWORD, on_url, rollcall, try_on};
use super::server::Server;

const PERSON: &str = "confidential.person";
const SIGN_IN: &str = "correct-horse-9-battery";

/// Everything that a server is told in confidence; returns what must not be found again.
fn tell_secrets(server: &Server) -> Vec<String> {
    let (token, api_token) = (server.sourced("SCIM_TOKEN"), server.sourced("API_TOKEN"));
    let mail = format!("{PERSON}@example.com");
    let user = json!({"userName": mail, "password": SIGN_IN, "emails": [{"value": mail}],
        "externalId": "confidential-external"});
    let made = server.scim(&token, "POST", "/Users", Some(&user));
    assert_eq!(made.status, 201);
    assert_eq!(server.scim(&token, "POST", "/Users", Some(&user)).status, 409);
    let path = format!("/Users?filter=userName+eq+%22{PERSON}@example.com%22");
    assert_eq!(server.scim(&token, "GET", &path, None).status, 200);
    let path = format!("/Users?filter=nonsense+{PERSON}");
    assert_eq!(server.scim(&token, "GET", &path, None).status, 400);
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": format!("userName eq \"{PERSON}@example.com\"")});
    assert_eq!(server.scim(&token, "POST", "/Users/.search", Some(&search)).status, 200);
    let forged = format!("{token}x");
    assert_eq!(server.list_status(&forged), 401);

    let id = made.json().unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/accounts/{id}/temporary-password");
    let issued = request_to(server.address(), "POST", &path, Some(&api_token), None).json().unwrap();
    let temporary = issued["temporaryPassword"].as_str().unwrap().to_owned();
    let mut secrets = vec![PERSON.to_owned(), SIGN_IN.to_owned(), "confidential-external".to_owned()];
    for password in [SIGN_IN, "wrong-horse-8-battery", &temporary] {
        let body = json!({"tenant": "demo", "userName": mail, "password": password});
        let answer = request_to(server.address(), "POST", "/api/v1/sessions", None, Some(&body));
        assert!(answer.status < 500, "{}", answer.status);
        if let Some(session) = answer.json().and_then(|body| Some(body["token"].as_str()?.to_owned())) {
            secrets.push(session);
        }
    }
    for token in [token, api_token] {
        secrets.extend(token.split('.').skip(1).map(str::to_owned));
    }
    secrets.extend([temporary, "wrong-horse-8-battery".to_owned()]);
    secrets
}

fn assert_absent(secrets: &[String], place: &str, text: &str) {
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{secret:?} is in {place}: {text}");
    }
}

/// R062, R115: neither passwords nor the values of filters reach a log.
#[test]
fn no_token_password_or_filter_value_is_logged() {
    let fixture = Fixture::new();
    let server = Server::start_with(&fixture.path, |command| {
        command.env("ROLLCALL_LOG", "debug");
    });
    let secrets = tell_secrets(&server);
    let log = server.err();
    assert!(log.contains("DEBUG"), "the level was turned on: {log}");
    assert!(log.contains("GET /scim/v2/Users 200"), "requests are logged without their query: {log}");
    assert_absent(&secrets, "the server's log", &log);
    server.stop();
    let log = fs::read_to_string(fixture.path.join("postgres.log")).unwrap();
    assert_absent(&secrets, "PostgreSQL's log", &log);
}

#[test]
fn the_password_of_the_database_is_in_no_log_and_no_help() {
    let fixture = Fixture::new();
    let url = someones_database();
    let server = Server::start_with(&fixture.path, |command| {
        command.env("DATABASE_URL", &url).env("ROLLCALL_LOG", "debug");
    });
    let mut secrets = tell_secrets(&server);
    secrets.push(PASSWORD.to_owned());
    assert_absent(&secrets, "the server's log", &server.err());
    server.stop();
    let help = rollcall(&["serve", "--help"]).env("DATABASE_URL", &url).output().unwrap();
    assert_absent(&secrets, "the help", &String::from_utf8(help.stdout).unwrap());
    let wrong = url.replace("port=", "port=1");
    for words in ["tenant list", "token issue --tenant demo --connection c --scope x"] {
        let said = on_url(&wrong, words);
        assert!(!said.ok);
        assert_absent(&secrets, "an error", &format!("{said:?}"));
    }
    let said = try_on(&fixture.path, &format!("tenant list --databse-url {url}"));
    assert!(!said.ok && !said.err.contains(PASSWORD), "a misspelt flag: {said:?}");
}

/// S36: whoever sends what is no HTTP is answered, and calls nobody to the log with it.
#[test]
fn what_is_no_http_leaves_no_error_in_the_log() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.path);
    for broken in ["GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n", "GET / HTTP/1.1\r\nNa me: x\r\n\r\n"]
    {
        let mut line = TcpStream::connect(server.address()).unwrap();
        line.write_all(broken.as_bytes()).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{broken:?}: {answer}");
    }
    assert_eq!(server.list_status(&server.sourced("SCIM_TOKEN")), 200);
    assert!(!server.err().contains("ERROR"), "{}", server.err());
    server.stop();
}
