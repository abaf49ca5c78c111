//! A token is nowhere but with who has it: not in the database, not in a log, not in an answer that is not its own.

use crate::postgres::fixture::{Fixture, query, wait_until};
use crate::support::cluster::{cluster, texts};
use crate::support::http::{Request, Response, send};
use serde_json::{Value, json};
use std::fmt::Write;

use super::elsewhere::someones_database;
use super::program::on_url;
use super::server::Server;

/// What must not be found of a token: its last part, which alone proves anything, in clear and in the encodings of a dump.
struct Canary {
    name: &'static str,
    token: String,
}

impl Canary {
    fn traces(&self) -> Vec<String> {
        let secret = &self.token[self.token.len() - 40..];
        let hex = |bytes: &[u8]| {
            bytes.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        };
        let mut all = vec![secret.to_owned(), hex(secret.as_bytes()), hex(self.token.as_bytes())];
        // The claims are no secret, but nobody needs them anywhere either.
        all.extend(self.token.split('.').nth(1).map(str::to_owned));
        all
    }

    fn absent(&self, place: &str, text: &str) {
        for trace in self.traces() {
            let at = text.find(&trace);
            let around = at.map(|at| {
                text[..at].lines().last().unwrap_or_default().chars().take(300).collect::<String>()
            });
            assert!(at.is_none(), "the {} is in {place}: {around:?}", self.name);
        }
    }
}

/// Every row of every table as JSON, bytes in hexadecimal, with the eyes of a superuser: nothing is hidden by a policy.
fn dump(url: &str) -> String {
    let tables = texts(
        url,
        "SELECT relname::text AS t FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    );
    let rows = |table: &String| {
        texts(url, &format!("SELECT '{table} ' || row_to_json(x)::text AS t FROM {table} x"))
    };
    tables.iter().flat_map(rows).collect::<Vec<_>>().join("\n")
}

fn request(server: &Server, method: &str, path: &str, headers: &[(&str, String)], body: &str) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let body = (!body.is_empty()).then(|| body.as_bytes().to_vec());
    send(server.address(), &Request { method: method.to_owned(), path: path.to_owned(), headers, body })
        .unwrap()
}

/// Shows a token in right and wrong places; the answers.
fn show(server: &Server, token: &str) -> Vec<Response> {
    let json = || ("Content-Type", "application/json".to_owned());
    let bearer = |token: &str| ("Authorization", format!("Bearer {token}"));
    let form = ("Content-Type", "application/x-www-form-urlencoded".to_owned());
    let mut answers = Vec::new();
    let mut ask = |method: &str, path: &str, headers: &[(&str, String)], body: &str| {
        answers.push(request(server, method, path, headers, body));
    };
    for path in [
        "/scim/v2/Users?count=1",
        "/scim/v2/Me",
        "/api/v1/audit",
        "/api/v1/accounts",
        "/api/v1/sessions/current",
        "/nowhere",
    ] {
        ask("GET", path, &[bearer(token)], "");
        ask("GET", path, &[bearer(&format!("{token}x"))], "");
        ask("GET", path, &[bearer(&token[1..])], "");
        ask("GET", path, &[("Authorization", token.to_owned())], "");
        ask("GET", path, &[("Authorization", format!("Basic {token}"))], "");
        ask("GET", path, &[("Authorization", format!("Bearer {token} {token}"))], "");
        ask("GET", path, &[("Cookie", format!("session={token}"))], "");
        ask("GET", path, &[("X-Api-Key", token.to_owned())], "");
    }
    for path in ["/scim/v2/Users", "/api/v1/accounts", "/api/v1/audit", "/health/live"] {
        ask("GET", &format!("{path}?access_token={token}"), &[], "");
        ask("GET", &format!("{path}?access_token={token}"), &[bearer(token)], "");
        ask("GET", &format!("{path}/{token}"), &[bearer(token)], "");
        ask("DELETE", &format!("{path}/{token}/x"), &[bearer(token)], "");
    }
    for path in [format!("/{token}"), format!("/scim/{token}"), format!("/api/v1/accounts/{token}/commands")]
    {
        ask("POST", &path, &[bearer(token), json()], "{}");
        ask("POST", &path, &[], "");
    }
    let sign_in = |name: &str, password: &str, tenant: &str| {
        json!({"tenant": tenant, "userName": name, "password": password}).to_string()
    };
    ask("POST", "/api/v1/sessions", &[json()], &sign_in("nobody", token, "demo"));
    ask("POST", "/api/v1/sessions", &[json()], &sign_in(token, "nothing", "demo"));
    ask("POST", "/api/v1/sessions", &[json()], &sign_in("nobody", "nothing", token));
    let reset = json!({"token": token, "newPassword": "correct horse battery"}).to_string();
    ask("POST", "/api/v1/password-resets", &[json()], &reset);
    ask("POST", "/api/v1/introspect", &[bearer(token), form.clone()], &format!("token={token}"));
    ask("POST", "/api/v1/introspect", &[bearer(token), form.clone()], token);
    ask(
        "POST",
        "/api/v1/tokens",
        &[bearer(token), json()],
        &json!({"connection": token, "scope": "scim"}).to_string(),
    );
    ask(
        "POST",
        "/api/v1/tokens",
        &[bearer(token), json()],
        &json!({"connection": "okta", "scope": token}).to_string(),
    );
    ask("DELETE", &format!("/api/v1/tokens/{token}"), &[bearer(token)], "");
    ask("POST", "/scim/v2/Users", &[bearer(token), ("Content-Type", token.chars().take(90).collect())], "{}");
    ask("POST", "/scim/v2/Users", &[bearer(token), json()], &format!("{{\"{token}"));
    ask("GET", &format!("/scim/v2/Users?filter={token}"), &[bearer(token)], "");
    ask("GET", &format!("/scim/v2/Users?cursor={token}"), &[bearer(token)], "");
    answers
}

/// S39: tokens of the command line, of the API and of a session, used rightly and wrongly, on the real program that logs all it can.
#[test]
fn a_token_is_found_neither_in_the_database_nor_in_a_log_nor_in_an_error() {
    let fixture = Fixture::new();
    let url = someones_database();
    let start = || {
        Server::start_with(&fixture.path, |command| {
            command.env("DATABASE_URL", &url).env("ROLLCALL_LOG", "trace").env("RUST_LOG", "trace");
        })
    };
    let server = start();
    let name = url.trim_start_matches("postgresql://").split(':').next().unwrap();
    let privileged = cluster().url(name);
    let issued = |words: &str| {
        let said = on_url(&url, &format!("token issue --tenant demo --json {words}"));
        assert!(said.ok, "{said:?}");
        serde_json::from_str::<Value>(&said.out).unwrap()["token"].as_str().unwrap().to_owned()
    };
    let mut canaries = vec![
        Canary { name: "token for SCIM", token: issued("--connection okta") },
        Canary {
            name: "token for reading SCIM",
            token: issued("--connection okta --scope scim.read --expires-in-days 20"),
        },
        Canary { name: "token for the API", token: issued("--connection lms --scope api") },
    ];
    let api = canaries[2].token.clone();
    let by_api = |path: &str, body: Value| {
        let headers =
            [("Authorization", format!("Bearer {api}")), ("Content-Type", "application/json".to_owned())];
        let answer = request(&server, "POST", &format!("/api/v1{path}"), &headers, &body.to_string());
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        answer.json().unwrap()
    };
    for scope in ["scim", "api.read"] {
        let token = by_api("/tokens", json!({"connection": "okta", "scope": scope}))["token"]
            .as_str()
            .unwrap()
            .to_owned();
        canaries.push(Canary { name: "token from the API", token });
    }
    let person =
        server.scim(&canaries[0].token, "POST", "/Users", Some(&json!({"userName": "ada"}))).json().unwrap();
    let path = format!("/accounts/{}/temporary-password", person["id"].as_str().unwrap());
    let temporary = by_api(&path, json!({}))["temporaryPassword"].clone();
    let session = by_api(
        "/sessions",
        json!({"tenant": "demo", "userName": "ada", "password": temporary, "newPassword": "correct horse battery"}),
    );
    canaries.push(Canary { name: "session", token: session["token"].as_str().unwrap().to_owned() });

    let answers: Vec<Response> = canaries.iter().flat_map(|canary| show(&server, &canary.token)).collect();
    assert!(answers.iter().any(|answer| answer.status == 200));
    assert!(answers.iter().filter(|answer| answer.status >= 400).count() > 100);
    for answer in &answers {
        let told = format!("{:?}\n{}", answer.headers, String::from_utf8_lossy(&answer.body));
        assert!(answer.status < 500 || answer.status == 501, "{told}");
        for canary in &canaries {
            canary.absent("an answer", &told);
        }
    }
    // A worker warns of a token that ends; the token is not in that line either.
    query(
        &privileged,
        "UPDATE tokens SET created_at = created_at - interval '30 days' WHERE expires_at IS NOT NULL",
    );
    // It looks for such tokens when it starts, and then every hour.
    let mut log = server.err();
    server.stop();
    let server = start();
    wait_until(|| server.err().contains("issue another for the connection before"));
    let dump = dump(&privileged);
    assert!(
        dump.contains("token.issued") && dump.contains("token.ends_soon") && dump.contains("\\\\x"),
        "the dump is none"
    );
    let listed = on_url(&url, "token list --tenant demo");
    log.push_str(&server.err());
    assert!(log.contains("TRACE") && log.contains("GET /scim/v2/Users 200"), "it logs all it can");
    for canary in &canaries {
        canary.absent("the database", &dump);
        canary.absent("the log", &log);
        canary.absent("the list of tokens", &format!("{}{}", listed.out, listed.err));
    }
    server.stop();
}
