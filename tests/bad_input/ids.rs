//! Ids that are none, in addresses and in bodies.

use super::{Victim, refused_by_the_api, replace};
use crate::support::answers::problem;
use crate::support::{Failures, patch_op, scim_error, user};
use serde_json::json;

fn hostile_ids() -> Vec<String> {
    let long = "a".repeat(4_000);
    [
        "x",
        "1",
        "0",
        "-1",
        "null",
        "undefined",
        "true",
        "%00",
        "%0a",
        "%0d%0aSet-Cookie:a=b",
        "..",
        "..%2f",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f",
        ".%2e",
        "a%2fb",
        "%F0%9F%98%80",
        "%E2%80%AE",
        "%ff",
        "%c0%af",
        "%",
        "%zz",
        "*",
        "' OR 1=1 --",
        "'%20OR%201=1--",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "00000000-0000-0000-0000-00000000000",
        "00000000-0000-0000-0000-0000000000000",
        "{}",
        "%7b%7d",
        "[]",
        "bulkId:1",
        ";id=1",
        "a;b=c",
        long.as_str(),
    ]
    .iter()
    .filter(|id| !id.contains(' '))
    .map(|id| (*id).to_owned())
    .collect()
}

/// R090, R118, R150: nobody's id is 404 for every method, and PUT creates nobody.
#[test]
fn an_id_that_nobody_has_is_404_whatever_it_looks_like() {
    let victim = Victim::new();
    let before = victim.state();
    let put = user("bjensen");
    let put_group = json!({"displayName": "Guides"});
    let patch = replace("displayName", &json!("Changed"));
    let mut failures = Failures::default();
    for id in hostile_ids() {
        for (endpoint, put) in [("/Users", &put), ("/Groups", &put_group)] {
            let path = format!("{endpoint}/{id}");
            for (method, body) in
                [("GET", None), ("PUT", Some(put)), ("PATCH", Some(&patch)), ("DELETE", None)]
            {
                let answer = victim.app.scim(method, &path, body);
                let case = format!("{method} {path}");
                match id.as_str() {
                    // Such an address is another one, or none at all (RFC 3986).
                    ".." | ".%2e" | "%" | "%zz" | "%ff" | "%c0%af" => {
                        let refused = (400..500).contains(&answer.status);
                        failures.check(&case, refused, || format!("{}", answer.status));
                        if answer.status != 400 || !answer.body.is_empty() {
                            failures.add(&case, crate::support::answers::scim_envelope(&answer));
                        }
                    }
                    _ => failures.add(&case, scim_error(&answer, 404, None)),
                }
            }
        }
        for (method, path) in [("GET", ""), ("POST", "/temporary-password")] {
            let path = format!("/api/v1/accounts/{id}{path}");
            let answer = victim.app.request(method, &path, Some(victim.app.api_token()), None);
            if !answer.body.is_empty() {
                failures.add(&format!("{method} {path}"), refused_by_the_api(&answer));
            }
        }
    }
    failures.none();
    assert_eq!(victim.state(), before);
}

#[test]
fn members_that_are_no_ids_are_refused_or_passed_over() {
    let victim = Victim::new();
    let before = victim.state();
    let mut failures = Failures::default();
    for value in [
        json!("x"),
        json!("%00"),
        json!("\u{1f600}"),
        json!("a".repeat(900)),
        json!("' OR 1=1 --"),
        json!(uuid::Uuid::nil()),
    ] {
        let members = json!([{"value": value}]);
        let add = patch_op(json!([{"op": "add", "path": "members", "value": members}]));
        let replace = patch_op(json!([{"op": "replace", "path": "members", "value": members}]));
        let put = json!({"displayName": "Guides", "members": members});
        for (method, body) in [("PATCH", &add), ("PATCH", &replace), ("PUT", &put)] {
            let answer = victim.app.scim(method, &victim.group, Some(body));
            failures.add(&format!("{method} {body}"), scim_error(&answer, 400, Some("invalidValue")));
        }
        let text = value.as_str().unwrap();
        let remove = patch_op(json!([{"op": "remove", "path": format!("members[value eq \"{text}\"]")}]));
        let answer = victim.app.scim("PATCH", &victim.group, Some(&remove));
        failures.check(&remove.to_string(), matches!(answer.status, 200 | 204 | 400), || {
            format!("{}", answer.status)
        });
    }
    for members in [
        json!([5]),
        json!([{"value": 5}]),
        json!([{"value": ["a"]}]),
        json!([{"value": {"a": 1}}]),
        json!([[]]),
        json!(true),
    ] {
        let add = patch_op(json!([{"op": "add", "path": "members", "value": members}]));
        let answer = victim.app.scim("PATCH", &victim.group, Some(&add));
        failures.add(&members.to_string(), scim_error(&answer, 400, Some("invalidValue")));
    }
    failures.none();
    assert_eq!(victim.state(), before);
}

/// A member without an id is no member, and no reason to put everybody else out.
#[test]
fn an_empty_id_does_not_empty_the_group() {
    let victim = Victim::new();
    let before = victim.state();
    let mut failures = Failures::default();
    for members in [json!([{"value": ""}]), json!([{"value": null}]), json!([{"display": "Babs"}])] {
        let put = json!({"displayName": "Guides", "members": members});
        let answer = victim.app.scim("PUT", &victim.group, Some(&put));
        failures.add(&put.to_string(), scim_error(&answer, 400, Some("invalidValue")));
        let patch = patch_op(json!([{"op": "replace", "path": "members", "value": members}]));
        let answer = victim.app.scim("PATCH", &victim.group, Some(&patch));
        failures.add(&patch.to_string(), scim_error(&answer, 400, Some("invalidValue")));
        let left = victim.app.read(&victim.group)["members"].as_array().map(Vec::len);
        failures.check(&members.to_string(), left == Some(1), || format!("{left:?} members are left"));
    }
    failures.none();
    assert_eq!(victim.state(), before);
}

#[test]
fn the_audit_refuses_what_it_cannot_read() {
    let victim = Victim::new();
    let mut failures = Failures::default();
    for query in [
        "resourceId=x",
        "resourceId=%00",
        "resourceId=",
        "before=x",
        "before=1e5",
        "before=-1",
        "before=12",
        "before=5--3",
        "after=%2B5-3",
        "after=1-x",
        "after=99999999999999999999-1",
        "after=0-0&before=0-0",
        "limit=x",
        "limit=",
        "limit=1.5",
        "limit=0",
        "limit=-5",
        "limit=1001",
        "limit=999999",
    ] {
        failures.add(query, problem(&victim.app.api("GET", &format!("/audit?{query}"), None), 400));
    }
    for (query, rows) in [
        ("limit=1", 1),
        // Tenant, two connections with a token each, a setting, the person and the group.
        ("limit=1000", 8),
        ("before=0-0", 0),
        ("before=9223372036854775807-9223372036854775807", 8),
        ("after=9223372036854775807-0", 0),
    ] {
        let answer = victim.app.api("GET", &format!("/audit?{query}"), None);
        let found = answer.json().unwrap_or_default()["entries"].as_array().map(Vec::len);
        failures.check(query, found == Some(rows), || format!("{found:?} rows"));
    }
    failures.none();
}

/// S37: a name with U+0000, which the database could not even look for, is nobody's.
#[test]
fn a_connection_of_an_impossible_name_is_there_for_nobody() {
    let victim = Victim::new();
    let mut failures = Failures::default();
    for name in ["%00", "a%00b", "%F0%9F%98%80", "%E2%80%AE", "x"] {
        let path = format!("/connections/{name}");
        for (method, body) in [("GET", None), ("PATCH", Some(json!({"settings": {"dialect": "strict"}})))] {
            let answer = victim.app.api(method, &path, body.as_ref());
            failures.add(&format!("{method} {path}"), problem(&answer, 404));
        }
    }
    for name in ["\0", "identity\0provider", "nobody"] {
        let body = json!({"connection": name, "scope": "scim"});
        failures.add(name, problem(&victim.app.api("POST", "/tokens", Some(&body)), 400));
    }
    failures.none();
}
