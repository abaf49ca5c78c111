//! What a value has to be, and when there is none.

use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// R066, R069: who is read by the letter sends values in the formats of the RFC, by POST, PUT and PATCH; any other is named.
#[test]
fn by_the_letter_a_value_has_its_format() {
    let app = TestApp::start();
    let strict = app.token_with("strict", &json!({"dialect": "strict"}));
    let send = |method: &str, path: &str, body: &Value| {
        app.request(method, &format!("/scim/v2{path}"), Some(&strict), Some(body))
    };
    let mut good = user("good");
    good["addresses"] = json!([{"type": "work", "country": "DE"}]);
    good["emails"] = json!([{"type": "work", "value": "babs@example.com"}]);
    good["preferredLanguage"] = json!("en-GB, fr;q=0.5");
    good["locale"] = json!("en-US");
    good["timezone"] = json!("America/Los_Angeles");
    let made = expect(send("POST", "/Users", &good), 201).json().unwrap();
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let mut failures = Failures::default();
    for (name, value, named) in [
        ("addresses", json!([{"type": "work", "country": "USA"}]), "addresses.country"),
        ("addresses", json!([{"type": "work", "country": "Germany"}]), "addresses.country"),
        ("emails", json!([{"type": "work", "value": "babs"}]), "emails.value"),
        ("preferredLanguage", json!("en, please;q=2"), "preferredLanguage"),
        ("locale", json!("NNRDFXPHOXUY"), "locale"),
        ("timezone", json!("Pacific Standard Time"), "timezone"),
    ] {
        let mut bad = good.clone();
        bad[name] = value.clone();
        let mut patch = patch_op(json!([{"op": "replace", "path": name, "value": value}]));
        patch["schemas"] = json!([PATCH]);
        let mut new = bad.clone();
        new["userName"] = json!("new");
        for (method, path, body) in [("POST", "/Users", &new), ("PUT", &path, &bad), ("PATCH", &path, &patch)]
        {
            let answer = send(method, path, body);
            let case = format!("{method} {name} {value}");
            failures.add(&case, scim_error(&answer, 400, Some("invalidValue")));
            let detail = answer.json().unwrap()["detail"].as_str().unwrap_or_default().to_owned();
            failures.check(&case, detail.contains(named), || detail.clone());
        }
    }
    failures.none();
    assert_eq!(app.read(&path)["meta"]["version"], made["meta"]["version"], "nothing was changed");
}

/// R048: null and an empty list take a stored value away, by PUT and by PATCH, and then it is as if it had never been.
#[test]
fn nothing_takes_a_stored_value_away() {
    let app = TestApp::start();
    let mut whole = user("bjensen");
    whole["title"] = json!("Guide");
    whole["emails"] = json!([{"value": "b@example.com", "type": "work"}]);
    whole["phoneNumbers"] = json!([{"value": "1"}]);
    whole["name"] = json!({"givenName": "Barbara"});
    let path = format!("/Users/{}", app.provision(&whole));
    let cleared =
        [("title", json!(null)), ("emails", json!([])), ("phoneNumbers", json!(null)), ("name", json!(null))];
    let found = |name: &str| {
        let filter = json!({"filter": format!("{name} pr")});
        expect(app.scim("POST", "/Users/.search", Some(&filter)), 200).json().unwrap()["totalResults"].clone()
    };
    let mut put = whole.clone();
    let mut members = json!({});
    for (name, nothing) in &cleared {
        put[*name] = nothing.clone();
        members[*name] = nothing.clone();
    }
    let by_path =
        cleared.iter().map(|(name, nothing)| json!({"op": "replace", "path": name, "value": nothing}));
    for (method, body) in [
        ("PUT", put),
        ("PATCH", patch_op(json!([{"op": "replace", "value": members}]))),
        ("PATCH", patch_op(by_path.collect())),
    ] {
        expect(app.scim("PUT", &path, Some(&whole)), 200);
        assert_eq!((app.read(&path)["title"].clone(), found("emails")), (json!("Guide"), json!(1)));
        expect(app.scim(method, &path, Some(&body)), 200);
        let read = app.read(&path);
        for (name, _) in &cleared {
            assert!(read.get(*name).is_none(), "{method} {body}: {name} in {read}");
            assert_eq!(found(name), json!(0), "{method} {body}: {name}");
        }
    }
}

/// R049: `schemas` of every representation names what is in it, once, whatever the client sent.
#[test]
fn schemas_names_everything_once() {
    let app = TestApp::start();
    let unknown = "urn:example:unknown:2.0:Thing";
    for (endpoint, core, body) in
        [("/Users", CORE, user("bjensen")), ("/Groups", GROUP, json!({"displayName": "Guides"}))]
    {
        let mut body = body;
        body["schemas"] = json!([core, core, unknown, core.to_uppercase()]);
        let made = expect(app.scim("POST", endpoint, Some(&body)), 201).json().unwrap();
        let path = format!("{endpoint}/{}", made["id"].as_str().unwrap());
        let put = expect(app.scim("PUT", &path, Some(&body)), 200).json().unwrap();
        let patch = patch_op(json!([{"op": "add", "value": {"externalId": "x1", "schemas": [core, core]}}]));
        let patched = expect(app.scim("PATCH", &path, Some(&patch)), 200).json().unwrap();
        let listed = app.read(endpoint)["Resources"][0].clone();
        let chosen = app.read(&format!("{path}?attributes=externalId"));
        for shown in [made, put, patched, listed, chosen, app.read(&path)] {
            assert_eq!(shown["schemas"], json!([core]), "{shown}");
        }
    }
}

/// R099: neither a boolean nor a binary value is less or more than another.
#[test]
fn booleans_and_binary_values_have_no_order() {
    let app = TestApp::start();
    let urn = "urn:example:scim:acme:2.0:User";
    let schema = json!({"id": urn, "attributes": [{"name": "yes", "type": "boolean"}, {"name": "key", "type": "binary"}]});
    let body = json!({"resourceType": "User", "schema": schema});
    expect(app.api("PUT", &format!("/schemas/{urn}"), Some(&body)), 201);
    let (yes, key) = (format!("{urn}:yes"), format!("{urn}:key"));
    let mut failures = Failures::default();
    for (attribute, value) in [
        ("active", "true"),
        ("emails.primary", "true"),
        (yes.as_str(), "false"),
        ("x509Certificates.value", "\"TWFu\""),
        (key.as_str(), "\"TWFu\""),
    ] {
        for op in ["gt", "ge", "lt", "le"] {
            let filter = format!("{attribute} {op} {value}");
            let answer = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter})));
            failures.add(&filter, scim_error(&answer, 400, Some("invalidFilter")));
        }
        let filter = format!("{attribute} eq {value}");
        let answer = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter})));
        failures.check(&filter, answer.status == 200, || answer.status.to_string());
    }
    for inner in ["primary gt true", "value le \"TWFu\""] {
        let filter = format!("x509Certificates[{inner}]");
        let answer = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter})));
        failures.add(&filter, scim_error(&answer, 400, Some("invalidFilter")));
    }
    failures.none();
}
