//! ETag, If-Match and If-None-Match (RFC 7644 §3.14).

use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::json;

fn tag(answer: &Response) -> String {
    answer.header("ETag").unwrap().to_owned()
}

/// R058, R168: header and meta.version are one, and the next read has it.
#[test]
fn the_tag_of_every_answer_is_the_one_of_the_next_read() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (endpoint, first, second) in [
        ("/Users", user("bjensen"), json!({"userName": "bjensen", "title": "A"})),
        ("/Groups", json!({"displayName": "Guides"}), json!({"displayName": "Tour Guides"})),
    ] {
        let created = expect(app.scim("POST", endpoint, Some(&first)), 201);
        let path = format!("{endpoint}/{}", created.json().unwrap()["id"].as_str().unwrap());
        let patch = patch_op(json!([{"op": "add", "path": "externalId", "value": "e1"}]));
        let steps = [
            ("POST", created),
            ("PUT", expect(app.scim("PUT", &path, Some(&second)), 200)),
            ("PATCH", expect(app.scim("PATCH", &path, Some(&patch)), 200)),
        ];
        let last = app.scim("GET", &path, None);
        let at = last.header("Content-Location").map(str::to_owned);
        failures.check(endpoint, at == Some(format!("{}{path}", app.scim_base())), || format!("GET: {at:?}"));
        failures.check(endpoint, tag(&last) == tag(&steps[2].1), || "PATCH and GET differ".to_owned());
        for (method, answer) in &steps {
            let body = answer.json().unwrap();
            let same = body["meta"]["version"] == json!(tag(answer));
            failures
                .check(&format!("{method} {endpoint}"), same, || "header and meta.version differ".to_owned());
            let at = answer.header("Content-Location");
            failures.check(&format!("{method} {endpoint}"), at == body["meta"]["location"].as_str(), || {
                format!("Content-Location {at:?} is not meta.location")
            });
        }
        let all: std::collections::HashSet<String> = steps.iter().map(|(_, answer)| tag(answer)).collect();
        failures.check(endpoint, all.len() == 3, || format!("a change left the tag as it was: {all:?}"));
    }
    failures.none();
}

/// R149, R164, R169, R171: a stale version is 412 for PUT, PATCH and DELETE, and nothing changes.
#[test]
fn a_stale_if_match_changes_nothing_and_a_right_one_goes_through() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (endpoint, body, attribute) in
        [("/Users", user("bjensen"), "title"), ("/Groups", json!({"displayName": "Guides"}), "externalId")]
    {
        let created = expect(app.scim("POST", endpoint, Some(&body)), 201);
        let path = format!("{endpoint}/{}", created.json().unwrap()["id"].as_str().unwrap());
        let patch = patch_op(json!([{"op": "add", "path": attribute, "value": "A"}]));
        let stale = tag(&created);
        expect(app.scim_with("PATCH", &path, &[("If-Match", &stale)], Some(&patch)), 200);
        let before = app.read(&path);
        let another = patch_op(json!([{"op": "replace", "path": attribute, "value": "B"}]));
        let mut put = body.clone();
        put[attribute] = json!("C");
        for header in [stale.as_str(), "W/\"nonsense\"", "\"\"", "W/\"1", "garbage"] {
            for (method, body) in [("PATCH", Some(&another)), ("PUT", Some(&put)), ("DELETE", None)] {
                let answer = app.scim_with(method, &path, &[("If-Match", header)], body);
                failures.add(&format!("{method} {path} If-Match: {header}"), scim_error(&answer, 412, None));
            }
        }
        assert_eq!(app.read(&path), before);
        let fresh = before["meta"]["version"].as_str().unwrap().to_owned();
        let strong = fresh.trim_start_matches("W/").to_owned();
        let listed = format!("\"0\", {fresh}");
        for (value, header) in [("D", strong.as_str()), ("D", listed.as_str()), ("E", "*")] {
            let patch = patch_op(json!([{"op": "replace", "path": attribute, "value": value}]));
            let current = tag(&app.scim("GET", &path, None));
            let header = if header == "*" { "*".to_owned() } else { header.replace(&fresh, &current) };
            let header = if header == strong { current.trim_start_matches("W/").to_owned() } else { header };
            let answer = app.scim_with("PATCH", &path, &[("If-Match", &header)], Some(&patch));
            failures.check(&header, answer.status == 200, || format!("{}", answer.status));
        }
        let current = tag(&app.scim("GET", &path, None));
        expect(app.scim_with("DELETE", &path, &[("If-Match", &current)], None), 204);
    }
    failures.none();
}

/// R170: who knows the version gets nothing but that.
#[test]
fn a_reader_who_knows_the_version_gets_304_without_a_body() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let group = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "Guides"}))), 201);
    let group = group.json().unwrap()["id"].as_str().unwrap().to_owned();
    for path in [format!("/Users/{id}"), format!("/Groups/{group}")] {
        let known = tag(&app.scim("GET", &path, None));
        for header in [known.as_str(), "*", &format!("W/\"0\", {known}")] {
            let answer = expect(app.scim_with("GET", &path, &[("If-None-Match", header)], None), 304);
            assert!(answer.body.is_empty());
            assert_eq!(answer.header("ETag"), Some(known.as_str()));
        }
        expect(app.scim_with("HEAD", &path, &[("If-None-Match", &known)], None), 304);
        expect(app.scim_with("GET", &path, &[("If-None-Match", "W/\"0\"")], None), 200);
        // Another representation is not what the tag stands for.
        let some = format!("{path}?attributes=displayName");
        expect(app.scim_with("GET", &some, &[("If-None-Match", &known)], None), 200);
    }
}

#[test]
fn a_users_tag_changes_with_the_groups() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let path = format!("/Users/{id}");
    let read = || tag(&app.scim("GET", &path, None));
    let alone = read();
    let group = json!({"displayName": "Guides", "members": [{"value": id}]});
    let group = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap();
    let group = format!("/Groups/{}", group["id"].as_str().unwrap());
    let member = read();
    assert_ne!(member, alone);
    let rename = patch_op(json!([{"op": "replace", "path": "displayName", "value": "Tour Guides"}]));
    expect(app.scim("PATCH", &group, Some(&rename)), 200);
    let renamed = read();
    assert_ne!(renamed, member, "groups.display is part of the user");
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    let refused = app.scim_with("PATCH", &path, &[("If-Match", &member)], Some(&title));
    assert_eq!(scim_error(&refused, 412, None), Vec::<String>::new());
    let patched = expect(app.scim_with("PATCH", &path, &[("If-Match", &renamed)], Some(&title)), 200);
    assert_eq!(tag(&patched), read(), "the tag of a PATCH is the one of the next GET, groups or not");
    let listed = app.read("/Users")["Resources"][0]["meta"]["version"].clone();
    assert_eq!(listed, json!(read()), "a list shows the same version");
    expect(app.scim("DELETE", &group, None), 204);
    assert_eq!(app.read(&path).get("groups"), None);
    let some = expect(app.scim("GET", &format!("{path}?attributes=userName"), None), 200);
    assert_eq!(tag(&some), read(), "the version is the resource's, whatever part of it is shown");
}
