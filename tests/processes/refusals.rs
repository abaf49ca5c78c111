//! What is wrong is said in one sentence that names it and the way out, with exit code 1 or 2 and nothing on stdout.

use std::time::Instant;

use crate::postgres::fixture::Fixture;
use crate::support::app::TestApp;

use super::program::{Said, on_url, rollcall, say, try_on};

/// Asserts that a command failed, saying all of `parts`.
fn refused(said: &Said, parts: &[&str]) {
    assert!(!said.ok && said.out.is_empty(), "{said:?}");
    for part in parts {
        assert!(said.err.contains(part), "{part:?} is missing: {said:?}");
    }
    assert!(!said.err.contains("panicked") && !said.err.contains("DatabaseError("), "{said:?}");
}

#[test]
fn an_unknown_variable_refuses_to_start() {
    for (name, hint) in [("ROLLCALL_LISTN", "ROLLCALL_LISTEN"), ("ROLLCALL_X", "ROLLCALL_PUBLIC_URL")] {
        for arguments in [&["serve"][..], &["tenant", "list"]] {
            let said = rollcall(arguments).env(name, "1").output().unwrap().into();
            refused(&said, &[name, hint]);
        }
    }
}

#[test]
fn values_that_cannot_be_are_named() {
    let fixture = Fixture::new();
    let cases: [(&str, &[&str]); 8] = [
        ("token issue --tenant demo --connection c --scope admin", &["admin", "scim", "api"]),
        ("token issue --tenant demo --connection c --expires-in-days 0", &["0", "expires-in-days"]),
        ("token issue --tenant demo", &["--connection"]),
        ("token revoke 12 --tenant demo", &["12", "ID"]),
        ("serve --pool-size 0", &["0", "pool-size"]),
        ("serve --workers many", &["many", "workers"]),
        ("serve --public-url example.com/scim", &["example.com/scim", "https://rollcall.example.com"]),
        ("tenant remove demo", &["remove"]),
    ];
    for (words, parts) in cases {
        refused(&try_on(&fixture.path, words), parts);
    }
    assert!(!fixture.path.exists(), "a wrong command makes nothing");
}

#[test]
fn a_missing_data_directory_is_named_and_not_made() {
    let fixture = Fixture::new();
    for words in [
        "tenant list",
        "tenant create acme",
        "token list --tenant demo",
        "token issue --tenant a --connection c",
    ] {
        let said = try_on(&fixture.path, words);
        refused(
            &said,
            &["there is no data in", fixture.path.to_str().unwrap(), "rollcall serve", "DATABASE_URL"],
        );
        assert!(!fixture.path.exists());
    }
}

#[test]
fn names_that_are_not_there_or_cannot_be_are_named() {
    let app = TestApp::start();
    let on = |words: &str| on_url(app.database_url(), words);
    refused(&on("token list --tenant nobody"), &["nobody", "tenant"]);
    refused(&on("token issue --tenant nobody --connection okta"), &["nobody", "tenant"]);
    refused(&on("tenant create Acme!"), &["Acme!", "lower-case"]);
    refused(&on("tenant create demo"), &["demo"]);
    let unknown = "0190a1b2-0000-7000-8000-000000000000";
    refused(&on(&format!("token revoke {unknown} --tenant demo")), &[unknown, "token list"]);
    let empty = ["token", "issue", "--tenant", "demo", "--connection", ""];
    let said: Said = rollcall(&empty).env("DATABASE_URL", app.database_url()).output().unwrap().into();
    refused(&said, &["connection"]);
}

#[test]
fn a_database_that_cannot_be_reached_is_told_soon_and_without_its_password() {
    let begun = Instant::now();
    let url = "postgresql://app:s3cr3t-w0rd@127.0.0.1:1/rollcall";
    let said = on_url(url, "tenant list");
    refused(&said, &["could not connect to the database", "127.0.0.1"]);
    assert!(!said.err.contains("s3cr3t-w0rd"), "{said:?}");
    let said =
        say(&["tenant", "list", "--database-url", "postgresql://app:s3cr3t-w0rd@127.0.0.1:x/rollcall"]);
    refused(&said, &["could not connect to the database"]);
    assert!(!said.err.contains("s3cr3t-w0rd"), "{said:?}");
    assert!(begun.elapsed().as_secs() < 20);
}

#[test]
fn a_build_without_tls_names_the_feature_where_tls_is_demanded() {
    if cfg!(feature = "postgres-tls") {
        return;
    }
    let url = "postgresql://app:s3cr3t-w0rd@127.0.0.1:1/rollcall?sslmode=verify-full";
    refused(&on_url(url, "tenant list"), &["TLS", "--features postgres-tls"]);
}

#[test]
fn a_certificate_without_its_key_or_of_no_use_starts_nothing() {
    let fixture = Fixture::new();
    let data_dir = fixture.dir().path().display().to_string();
    let serve = |more: &[&str]| {
        let listen = ["serve", "--listen", "0.0.0.0:0", "--data-dir", &data_dir];
        say(&[&listen[..], more].concat())
    };
    refused(&serve(&["--tls-cert", "a.pem"]), &["--tls-key <FILE>"]);
    refused(&serve(&["--tls-key", "a.pem"]), &["--tls-cert <FILE>"]);
    refused(&serve(&["--tls-cert", "a.pem", "--tls-key", "b.pem"]), &["a.pem", "No such file", "--tls-cert"]);
    let empty = data_dir.clone() + "/empty.pem";
    std::fs::create_dir_all(&data_dir).unwrap();
    std::fs::write(&empty, "").unwrap();
    refused(&serve(&["--tls-cert", &empty, "--tls-key", &empty]), &[&empty, "there is no certificate in it"]);
    // Without one, where others can listen in, it is said; and what stands in the way is said afterwards.
    let warned = |more: &[&str]| serve(&[more, &["--database-url", "port=none"]].concat());
    refused(&warned(&[]), &["plain HTTP on 0.0.0.0:", "--tls-cert", "--public-url", "--trusted-proxy"]);
    for told in [
        ["--public-url", "https://id.example.com"],
        ["--trusted-proxy", "10.0.0.0/8"],
        ["--listen", "127.0.0.1:0"],
    ] {
        let arguments = if told[0] == "--listen" {
            say(&["serve", told[0], told[1], "--data-dir", &data_dir, "--database-url", "port=none"])
        } else {
            warned(&told)
        };
        assert!(!arguments.ok && !arguments.err.contains("plain HTTP"), "{arguments:?}");
    }
}
