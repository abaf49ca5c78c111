//! A schema of a tenant is validated, stored, filtered by, projected, patched and published, for that tenant alone.

use super::{URN, acme, put};
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn person(name: &str, extension: Value) -> Value {
    let mut body = user(name);
    body[URN] = extension;
    body
}

fn found(app: &TestApp, filter: &str) -> Vec<String> {
    let answer = expect(app.scim("POST", "/Users/.search", Some(&json!({"filter": filter}))), 200);
    let mut names: Vec<String> = answer.json().unwrap()["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["userName"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// R034, R037, R038, R039, R049, R076, R078: values are validated, stored in canonical form and found by their types.
#[test]
fn its_attributes_are_validated_stored_and_filtered_by() {
    let app = TestApp::start();
    expect(put(&app, &acme()), 201);
    let a = app.provision(&person(
        "a",
        json!({"COSTCENTRE": "Ab1", "site": "London", "level": 3, "firstAider": "True",
               "hired": "2020-02-01T00:00:00Z", "badges": [{"type": "door", "value": "7"}]}),
    ));
    app.provision(&person("b", json!({"costCentre": "AB1", "level": 12, "hired": "2024-02-01T00:00:00Z"})));
    app.provision(&user("c"));
    let read = app.read(&format!("/Users/{a}"));
    assert_eq!(read["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:User", URN]));
    assert_eq!((&read[URN]["costCentre"], &read[URN]["firstAider"]), (&json!("Ab1"), &json!(true)));

    let mut failures = Failures::default();
    let at = |name: &str| format!("{URN}:{name}");
    for (filter, expected) in [
        (format!("{} eq \"Ab1\"", at("costCentre")), vec!["a"]),
        ("costCentre sw \"A\"".to_owned(), vec!["a", "b"]),
        (format!("{} eq \"LONDON\"", at("site")), vec!["a"]),
        (format!("{} gt 3", at("level")), vec!["b"]),
        ("level le 12".to_owned(), vec!["a", "b"]),
        (format!("{} lt \"2021-01-01T00:00:00Z\"", at("hired")), vec!["a"]),
        ("firstAider eq true".to_owned(), vec!["a"]),
        (format!("{}[type eq \"door\" and value eq \"7\"]", at("badges")), vec!["a"]),
        ("badges.value eq \"7\"".to_owned(), vec!["a"]),
        (format!("{} pr", at("level")), vec!["a", "b"]),
        ("not (level pr)".to_owned(), vec!["c"]),
        (format!("level gt 1 and not ({} eq \"Ab1\")", at("costCentre")), vec!["b"]),
    ] {
        let names = found(&app, &filter);
        failures.check(&filter, names == expected, || format!("{names:?}"));
    }
    for (extension, detail) in [
        (json!({"level": "high"}), "level must be a whole number"),
        (json!({"level": 1.5}), "level must be a whole number"),
        (json!({"hired": "yesterday"}), "hired must be a date and time"),
        (json!({"firstAider": "perhaps"}), "firstAider must be true or false"),
        (json!("acme"), "must be an object"),
    ] {
        let answer = app.scim("POST", "/Users", Some(&person("d", extension.clone())));
        failures.add(&extension.to_string(), scim_error(&answer, 400, Some("invalidValue")));
        let said = answer.json().unwrap()["detail"].to_string();
        failures.check(&extension.to_string(), said.contains(detail), || said);
    }
    let wrong = app.scim("POST", "/Users/.search", Some(&json!({"filter": "level eq \"x\""})));
    failures.add("a filter by the wrong type", scim_error(&wrong, 400, Some("invalidFilter")));
    failures.none();
}

/// R080, R144: patched by its URN and without, projected by name, and `schemas` follows.
#[test]
fn it_is_patched_and_projected_by_its_urn() {
    let app = TestApp::start();
    expect(put(&app, &acme()), 201);
    let path = format!("/Users/{}", app.provision(&user("bjensen")));
    let patch = |operations: Value| {
        expect(app.scim("PATCH", &path, Some(&patch_op(operations))), 200).json().unwrap()
    };
    let by_path = patch(json!([{"op": "add", "path": format!("{URN}:costCentre"), "value": "C1"},
        {"op": "add", "path": format!("{URN}:badges[type eq \"door\"].value"), "value": "7"}]));
    assert_eq!(by_path["schemas"][1], URN);
    assert_eq!(by_path[URN], json!({"costCentre": "C1", "badges": [{"type": "door", "value": "7"}]}));
    let key = format!("{URN}:level");
    let flat = patch(json!([{"op": "replace", "value": {key: 4, "site": "Leeds", "department": "Sales"}},
        {"op": "add", "path": URN, "value": {"firstAider": true}}]));
    assert_eq!(
        (&flat[URN]["level"], &flat[URN]["site"], &flat[URN]["firstAider"]),
        (&json!(4), &json!("Leeds"), &json!(true))
    );
    assert_eq!(flat[ENTERPRISE], json!({"department": "Sales"}), "department is what it was before");
    let named = patch(json!([{"op": "add", "path": format!("{URN}:note"), "value": "N"}]));
    assert_eq!(named[URN]["note"], "N", "who writes what is returned on request sees it");

    let whole = app.read(&path);
    assert!(whole[URN].get("note").is_none() && whole[URN]["level"] == json!(4), "{whole}");
    let list = app.read("/Users");
    assert_eq!(list["Resources"][0][URN], whole[URN], "in lists as by itself");
    let chosen = app.read(&format!("{path}?attributes={URN}:level,{URN}:note"));
    assert_eq!(chosen[URN], json!({"level": 4, "note": "N"}));
    assert_eq!(app.read(&format!("{path}?attributes=site"))[URN], json!({"site": "Leeds"}));
    let without = app.read(&format!("{path}?excludedAttributes={URN}"));
    assert!(without.get(URN).is_none() && without["schemas"].as_array().unwrap().len() == 2, "{without}");
    // A client may send back what it has read; PUT replaces the extension as everything else.
    let version = whole["meta"]["version"].clone();
    let mut again = whole.clone();
    again[URN]["note"] = json!("N");
    let put = expect(app.scim("PUT", &path, Some(&again)), 200).json().unwrap();
    assert_eq!(put["meta"]["version"], version);
    let gone = patch(json!([{"op": "remove", "path": URN}]));
    assert!(gone.get(URN).is_none() && !gone["schemas"].to_string().contains(URN), "{gone}");
}

/// R074, R076, R077: published for its tenant alone; another tenant refuses, ignores and knows nothing of it.
#[test]
fn it_is_published_to_its_tenant_and_to_nobody_else() {
    let app = TestApp::start();
    let theirs = app.issue_token("neighbour", "idp", Scope::Scim);
    expect(put(&app, &acme()), 201);
    let shown = app.read(&format!("/Schemas/{URN}"));
    assert_eq!((&shown["id"], &shown["attributes"][0]["caseExact"]), (&json!(URN), &json!(true)));
    assert_eq!(shown["meta"]["resourceType"], "Schema");
    let listed = app.read("/Schemas");
    assert!(listed["Resources"].as_array().unwrap().contains(&shown));
    let extensions = app.read("/ResourceTypes/User")["schemaExtensions"].clone();
    assert_eq!(extensions[2], json!({"schema": URN, "required": false}));
    assert!(!app.read("/ResourceTypes/Group").to_string().contains(URN));

    let by = |method: &str, path: &str, body: Option<&Value>| {
        app.request(method, &format!("/scim/v2{path}"), Some(&theirs), body)
    };
    assert_eq!(scim_error(&by("GET", &format!("/Schemas/{URN}"), None), 404, None), Vec::<String>::new());
    for path in ["/Schemas", "/ResourceTypes"] {
        assert!(!expect(by("GET", path, None), 200).json().unwrap().to_string().contains("acme"), "{path}");
    }
    let body = person("x", json!({"costCentre": "C"}));
    assert!(
        expect(by("POST", "/Users", Some(&body)), 201).json().unwrap().get(URN).is_none(),
        "it is dropped"
    );
    let filtered = by("POST", "/Users/.search", Some(&json!({"filter": format!("{URN}:costCentre pr")})));
    assert_eq!(scim_error(&filtered, 400, Some("invalidFilter")), Vec::<String>::new());
    let api = app.issue_token("neighbour", "api", Scope::Api);
    let read = |path: &str| app.request("GET", &format!("/api/v1{path}"), Some(&api), None);
    assert_eq!(expect(read("/schemas"), 200).json().unwrap(), json!({"schemas": []}));
    assert_eq!(read(&format!("/schemas/{URN}")).status, 404);
    // Who is read strictly is refused without the schema, and not with it.
    let strict = app.token_with("strict", &json!({"dialect": "strict"}));
    let answer = app.request("POST", "/scim/v2/Users", Some(&strict), Some(&body));
    assert_eq!(expect(answer, 201).json().unwrap()[URN], json!({"costCentre": "C"}));
}
