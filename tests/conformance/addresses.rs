//! The addresses that the server hands out and those that clients make of them (RFC 7644 §1.3, §3.13; RFC 7643 §2.3.7, §2.4).

use crate::support::{Failures, TestApp, expect, user};
use serde_json::{Value, json};

/// Every text in a document that is an address of this server.
fn addresses(document: &Value, base: &str) -> Vec<String> {
    match document {
        Value::String(text) if text.starts_with(base) => vec![text.clone()],
        Value::Array(elements) => elements.iter().flat_map(|element| addresses(element, base)).collect(),
        Value::Object(object) => object.values().flat_map(|value| addresses(value, base)).collect(),
        _ => Vec::new(),
    }
}

/// R002, R041: an address in an answer has no query, whatever the client hung on its own, and GET of it shows the resource
/// that it is the address of.
#[test]
fn every_address_in_an_answer_is_bare_and_leads_somewhere() {
    let app = TestApp::start();
    let member = app.provision(&user("bjensen"));
    let group = json!({"displayName": "Guides", "members": [{"value": member}]});
    expect(app.scim("POST", "/Groups?aadOptscim062020", Some(&group)), 201);
    let mut failures = Failures::default();
    let mut seen = 0;
    for path in [
        format!("/Users/{member}?aadOptscim062020"),
        "/Users?aadOptscim062020&count=10".to_owned(),
        "/Groups?aadOptscim062020".to_owned(),
        "/ServiceProviderConfig?x=1".to_owned(),
        "/ResourceTypes?x=1".to_owned(),
        "/Schemas?x=1".to_owned(),
    ] {
        for address in addresses(&app.read(&path), &app.scim_base()) {
            seen += 1;
            failures.check(&path, !address.contains('?'), || address.clone());
            let target = app.read(address.strip_prefix(&app.scim_base()).unwrap());
            failures.check(&path, target["meta"]["location"] == json!(address), || {
                format!("{address} leads to {}", target["meta"]["location"])
            });
        }
    }
    failures.none();
    assert!(seen > 15, "{seen} addresses");
}

/// R009: a reference to a member is understood with any version in it or none, and however the client knows the server.
#[test]
fn a_reference_means_the_same_with_another_version_or_none() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    let prefixes = [
        app.scim_base(),
        format!("http://{}/scim", app.address()),
        format!("http://{}/scim/v1", app.address()),
        "https://scim.example.com/scim/v2".to_owned(),
        "https://example.com/v2".to_owned(),
        "..".to_owned(),
        String::new(),
    ];
    for (n, prefix) in prefixes.iter().enumerate() {
        let member = app.provision(&user(&format!("member{n}")));
        let reference = format!("{prefix}/Users/{member}");
        let group =
            json!({"displayName": format!("Group {n}"), "members": [{"$ref": reference, "type": "User"}]});
        let made = app.scim("POST", "/Groups", Some(&group)).json().unwrap_or_default();
        let own = json!(format!("{}/Users/{member}", app.scim_base()));
        let right = made["members"][0]["value"] == json!(member) && made["members"][0]["$ref"] == own;
        failures.check(&reference, right, || made.to_string());
    }
    failures.none();
}
