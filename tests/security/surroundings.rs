//! What a request says about the way it came is not believed, and what the server says about itself is little.

use super::people::{PASSWORD, session_of};
use crate::support::cluster::execute;
use crate::support::{TestApp, expect, user};
use serde_json::json;

#[test]
fn forwarded_headers_of_strangers_move_no_address() {
    let app = TestApp::start_with(|settings| settings.trusted_proxies.clear());
    let lies = [
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "host=evil.example;proto=https"),
        ("X-Original-Host", "evil.example"),
        ("X-Forwarded-For", "10.0.0.1"),
        ("X-Rewrite-URL", "/api/v1/audit"),
        ("X-HTTP-Method-Override", "DELETE"),
    ];
    let created = expect(app.scim_with("POST", "/Users", &lies, Some(&user("bjensen"))), 201);
    let location = created.header("Location").unwrap().to_owned();
    assert!(location.starts_with(&app.scim_base()), "{location}");
    assert!(!String::from_utf8_lossy(&created.body).contains("evil"));
    let path = location.strip_prefix(&app.scim_base()).unwrap();
    let read = expect(app.scim_with("GET", path, &lies, None), 200);
    assert_eq!(read.json().unwrap()["meta"]["location"], json!(location));
}

#[test]
fn a_host_that_is_no_host_is_not_repeated() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    for host in ["evil.example/path", "a\"b", "<script>", "user@evil.example", "evil.example?x="] {
        let answer = app.scim_with("GET", &format!("/Users/{id}"), &[("Host", host)], None);
        if answer.status == 200 {
            let location = answer.json().unwrap()["meta"]["location"].as_str().unwrap().to_owned();
            assert_eq!(location, format!("{}/Users/{id}", app.scim_base()), "{host}");
        } else {
            assert_eq!(answer.status, 400, "{host}");
        }
    }
    let named = app.scim_with("GET", &format!("/Users/{id}"), &[("Host", "scim.example.com:8443")], None);
    let location = expect(named, 200).json().unwrap()["meta"]["location"].clone();
    assert_eq!(location, json!(format!("http://scim.example.com:8443/scim/v2/Users/{id}")));
}

/// No address is made of what is no name: not in a resource, and not in the metadata that a client is led by (RFC 8414).
#[test]
fn a_request_with_an_odd_host_is_refused() {
    const METADATA: &str = "/.well-known/oauth-authorization-server";
    let app = TestApp::start();
    for host in [
        "",
        " ",
        ".",
        ":80",
        "a:b",
        "a:99999999",
        "a:",
        "[",
        "a b",
        "a,b",
        "evil.example/path",
        "user@a",
        "h\u{f6}st",
    ] {
        for path in [METADATA, "/scim/v2/ServiceProviderConfig", "/api/v1/accounts"] {
            let refused = app.raw("GET", path, &[("Host", host)], None);
            let body = String::from_utf8_lossy(&refused.body).into_owned();
            assert!(
                refused.status == 400 && body.contains("Host"),
                "{host:?} {path}: {} {body}",
                refused.status
            );
            assert!(host.len() < 4 || !body.contains(host), "{body}");
        }
        expect(app.raw("GET", "/health/live", &[("Host", host)], None), 200);
    }
    let twice = [("Host", "scim.example.com"), ("Host", "evil.example")];
    expect(app.raw("GET", METADATA, &twice, None), 400);
    for host in ["scim.example.com", "scim_1.example.com:8443", "[::1]:8080", "192.0.2.1", "localhost"] {
        let named = expect(app.raw("GET", METADATA, &[("Host", host)], None), 200);
        assert_eq!(named.json().unwrap()["issuer"], json!(format!("http://{host}")));
    }
    // Of a proxy of ours, the same; and where the name is set, nobody else's counts.
    let forwarded = [("X-Forwarded-Host", "evil.example/path")];
    expect(app.raw("GET", METADATA, &forwarded, None), 400);
    let named =
        TestApp::start_with(|settings| settings.public_url = Some("https://scim.example.com".to_owned()));
    for host in ["", "evil.example", "a b"] {
        let answer = expect(named.raw("GET", METADATA, &[("Host", host)], None), 200);
        assert_eq!(answer.json().unwrap()["issuer"], "https://scim.example.com");
    }
}

#[test]
fn every_answer_has_an_id_and_no_name_of_its_maker() {
    let app = TestApp::start();
    let mut seen = std::collections::HashSet::new();
    for path in
        ["/scim/v2/Users", "/scim/v2/Nowhere", "/api/v1/audit", "/health/live", "/health/ready", "/nowhere"]
    {
        let answer = app.raw("GET", path, &[("X-Request-Id", "mine")], None);
        let id = answer.header("X-Request-Id").unwrap().to_owned();
        assert!(uuid::Uuid::parse_str(&id).is_ok() && seen.insert(id), "{path}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{path}");
        for name in ["Server", "X-Powered-By", "Via"] {
            assert_eq!(answer.header(name), None, "{path}");
        }
    }
}

/// S44: sessions are bearer tokens. There is no cookie, so nothing that a browser sends by itself opens anything.
#[test]
fn a_cookie_opens_nothing() {
    let app = TestApp::start();
    let session = session_of(&app, "olga", "owner");
    for name in ["session", "rollcall", "token", "Authorization", "__Host-session"] {
        for token in [session.as_str(), app.api_token(), app.scim_token()] {
            let cookie = format!("{name}={token}; {name}=Bearer%20{token}");
            for (method, path) in [
                ("GET", "/api/v1/accounts"),
                ("PATCH", "/api/v1/policy"),
                ("GET", "/scim/v2/Users"),
                ("GET", "/scim/v2/Me"),
                ("GET", "/api/v1/sessions/current"),
                ("DELETE", "/api/v1/sessions/current"),
            ] {
                let headers = [
                    ("Cookie", cookie.as_str()),
                    ("Origin", "https://rollcall.example.com"),
                    ("Content-Type", "application/json"),
                ];
                let answer = app.raw(method, path, &headers, Some(b"{}"));
                assert_eq!(answer.status, 401, "{method} {path}");
                assert_eq!(answer.header("Set-Cookie"), None);
            }
        }
    }
    let signed_in = json!({"tenant": "demo", "userName": "olga", "password": PASSWORD});
    let answer = expect(app.request("POST", "/api/v1/sessions", None, Some(&signed_in)), 201);
    assert_eq!(answer.header("Set-Cookie"), None);
    assert_eq!(app.session_status(&session), 200);
}

/// S41: where no token was ever issued, nothing is one.
#[test]
fn without_any_token_nothing_is_one() {
    let app = TestApp::start();
    execute(app.database_url(), "ALTER TABLE tokens NO FORCE ROW LEVEL SECURITY");
    execute(app.database_url(), "DELETE FROM tokens");
    execute(app.database_url(), "DELETE FROM signing_keys");
    for token in [
        "",
        " ",
        "null",
        "undefined",
        "None",
        "0",
        "rcs_",
        "rcs_null",
        "Bearer",
        "..",
        "e30.e30.",
        "eyJhbGciOiJub25lIn0.e30.",
    ] {
        for path in ["/scim/v2/Users", "/api/v1/audit", "/api/v1/sessions/current", "/scim/v2/Me"] {
            let answer = app.raw("GET", path, &[("Authorization", &format!("Bearer {token}"))], None);
            assert_eq!(answer.status, 401, "{token:?} {path}");
        }
    }
}
