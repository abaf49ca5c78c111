//! What a request says about the way it came is not believed, and what the server says about itself is little.

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
