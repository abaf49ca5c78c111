//! Characters that break databases, headers and logs, in every place where a client can put text.

use super::{Victim, no_fault, refused, refused_by_the_api, replace};
use crate::support::{Failures, expect, patch_op, user};
use serde_json::{Value, json};

/// PostgreSQL can store no NUL, so it is refused wherever it stands, and never a fault.
#[test]
fn nul_is_refused_wherever_text_is_taken() {
    let victim = Victim::new();
    let before = victim.state();
    let nul = "a\0b";
    let with = |name: &str, value: Value| {
        let mut body = user("nul");
        body[name] = value;
        body
    };
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let (user_path, group_path) = (victim.user.as_str(), victim.group.as_str());
    let requests: Vec<(&str, &str, Value)> = vec![
        ("POST", "/Users", json!({"userName": nul})),
        ("POST", "/Users", with("externalId", json!(nul))),
        ("POST", "/Users", with("displayName", json!(nul))),
        ("POST", "/Users", with("title", json!(nul))),
        ("POST", "/Users", with("name", json!({"givenName": nul}))),
        ("POST", "/Users", with("emails", json!([{"value": nul}]))),
        ("POST", "/Users", with(enterprise, json!({"department": nul}))),
        ("POST", "/Users", with(enterprise, json!({"manager": {"value": nul}}))),
        ("PUT", user_path, with("title", json!(nul))),
        ("PATCH", user_path, replace("title", &json!(nul))),
        ("PATCH", user_path, replace("emails[type eq \"work\"].value", &json!(nul))),
        ("PATCH", user_path, replace("externalId", &json!(nul))),
        ("POST", "/Groups", json!({"displayName": nul})),
        ("POST", "/Groups", json!({"displayName": "x", "externalId": nul})),
        ("PUT", group_path, json!({"displayName": nul})),
        ("PATCH", group_path, replace("displayName", &json!(nul))),
        (
            "PATCH",
            group_path,
            patch_op(json!([{"op": "replace", "path": format!("display{nul}"), "value": "x"}])),
        ),
        ("POST", "/Users/.search", json!({"filter": "userName eq \"a\\u0000b\""})),
        ("POST", "/Users/.search", json!({"filter": "userName eq a\0b"})),
        ("POST", "/Users/.search", json!({"filter": "displayName co \"\\u0000\""})),
        ("POST", "/Users/.search", json!({"filter": "externalId eq \"\\u0000\""})),
        ("POST", "/Users/.search", json!({"filter": "title sw \"\\u0000\""})),
        ("POST", "/Users/.search", json!({"filter": "emails[value eq \"\\u0000\"]"})),
        ("POST", "/Users/.search", json!({"filter": "userName eq \"a\" or userName eq \"\\u0000\""})),
        ("POST", "/Users/.search", json!({"filter": "id sw \"\\u0000\""})),
        ("POST", "/Groups/.search", json!({"filter": "displayName eq \"\\u0000\""})),
        ("POST", "/.search", json!({"filter": "displayName eq \"\\u0000\""})),
    ];
    let mut failures = Failures::default();
    for (method, path, body) in &requests {
        let answer = victim.app.scim(method, path, Some(body));
        let wrong = match *path {
            // Nobody can have such a value: an empty list would be as right as a refusal.
            search if search.ends_with(".search") => no_fault(&answer),
            _ => refused(&answer),
        };
        failures.add(&format!("{method} {path} {body}"), wrong);
    }
    for filter in [
        "userName%20eq%20%22%5Cu0000%22",
        "userName%20eq%20%22%00%22",
        "userName%20eq%20a%00b",
        "title%20eq%20%22%5Cu0000%22",
    ] {
        failures.add(filter, no_fault(&victim.app.scim("GET", &format!("/Users?filter={filter}"), None)));
    }
    for field in ["tenant", "userName", "password", "newPassword"] {
        let mut body = json!({"tenant": "demo", "userName": "bjensen", "password": "xxxxxxxx"});
        body[field] = json!("a\0b");
        let answer = victim.app.request("POST", "/api/v1/sessions", None, Some(&body));
        failures.add(&format!("sessions {field}"), refused_by_the_api(&answer));
    }
    failures.none();
    assert_eq!(victim.state(), before);
}

/// A member's display is text of the client too.
#[test]
fn nul_in_a_members_display_is_no_fault() {
    let victim = Victim::new();
    let id = victim.app.provision(&user("member"));
    let member = json!({"value": id, "display": "a\0b"});
    let mut failures = Failures::default();
    let add = patch_op(json!([{"op": "add", "path": "members", "value": [member.clone()]}]));
    failures.add("PATCH", no_fault(&victim.app.scim("PATCH", &victim.group, Some(&add))));
    let whole = json!({"displayName": "With NUL", "members": [member]});
    failures.add("POST", no_fault(&victim.app.scim("POST", "/Groups", Some(&whole))));
    let put = json!({"displayName": "Guides", "members": whole["members"]});
    failures.add("PUT", no_fault(&victim.app.scim("PUT", &victim.group, Some(&put))));
    let long = json!({"value": id, "display": "x".repeat(2_000)});
    let add = patch_op(json!([{"op": "add", "path": "members", "value": [long]}]));
    failures
        .add("a display of 2,000 characters", no_fault(&victim.app.scim("PATCH", &victim.group, Some(&add))));
    failures.none();
}

/// R003: JSON is UTF-8, both ways.
#[test]
fn every_other_character_comes_back_as_it_was() {
    let victim = Victim::new();
    let mut failures = Failures::default();
    for (n, text) in [
        "\u{1}\u{7f}\u{85}",
        "line\nbreak\r\n",
        "tab\t",
        "\u{202e}right to left",
        "zero\u{200b}width",
        "👩‍👩‍👧 family",
        "\u{10ffff}",
        "\u{fffd}",
        "e\u{301}",
        "'; DROP TABLE accounts; --",
        "<script>alert(1)</script>",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "%s%n%x",
        "../../etc/passwd",
        "\\u0000 in words",
        "\"quoted\"",
        "back\\slash",
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = user(&format!("user{n}"));
        body["displayName"] = json!(text);
        body["title"] = json!(text);
        body["emails"] = json!([{"value": text}]);
        body["externalId"] = json!(format!("{text}{n}"));
        let created = expect(victim.app.scim("POST", "/Users", Some(&body)), 201).json().unwrap();
        let read = victim.app.read(&format!("/Users/{}", created["id"].as_str().unwrap()));
        for name in ["displayName", "title", "emails", "externalId"] {
            let same = read[name] == body[name];
            failures.check(text, same, || format!("{name} is {}, not {}", read[name], body[name]));
        }
    }
    failures.none();
}

/// Errors quote what was sent; they must not let it escape into another field or grow with it.
#[test]
fn a_quoted_value_is_short_and_stays_inside_its_message() {
    let victim = Victim::new();
    let hostile = format!("\"}}\r\nSet-Cookie: a=b\r\n\r\n<script>{}", "x".repeat(5_000));
    let mut failures = Failures::default();
    for (method, path, body) in [
        ("POST", "/Users", json!({"userName": "x", "active": hostile})),
        ("PATCH", victim.user.as_str(), replace(&hostile, &json!("x"))),
        ("POST", "/Users/.search", json!({"filter": hostile})),
        ("POST", "/Users/.search", json!({"count": hostile})),
        ("PATCH", victim.user.as_str(), patch_op(json!([{"op": hostile, "path": "title"}]))),
    ] {
        let answer = victim.app.scim(method, path, Some(&body));
        failures.add(&format!("{method} {path}"), refused(&answer));
        let detail = answer.json().unwrap_or_default()["detail"].as_str().unwrap_or_default().to_owned();
        failures
            .check(path, detail.chars().count() < 500, || format!("{} characters", detail.chars().count()));
        failures.check(path, !detail.contains(['\r', '\n']), || format!("a line break in {detail:?}"));
        failures.check(path, answer.header("Set-Cookie").is_none(), || "a header of the client's".to_owned());
    }
    failures.none();
}
