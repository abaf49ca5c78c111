//! Discovery (RFC 7644 §4), and that it advertises nothing untrue.

use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

fn list(app: &TestApp, path: &str) -> Vec<Value> {
    let body = app.read(path);
    let resources = body["Resources"].as_array().unwrap().clone();
    assert_eq!(body["totalResults"], json!(resources.len()));
    resources
}

/// R013, R074, R076, R077, R082, R173: discovery is complete, and every document is found by its id and address.
#[test]
fn every_resource_type_and_schema_is_listed_and_read_by_its_id() {
    let app = TestApp::start();
    let types = list(&app, "/ResourceTypes");
    let names: Vec<&str> = types.iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["User", "Group"]);
    let schemas = list(&app, "/Schemas");
    let known: Vec<&str> = schemas.iter().map(|s| s["id"].as_str().unwrap()).collect();
    for one in &types {
        assert_eq!(&app.read(&format!("/ResourceTypes/{}", one["id"].as_str().unwrap())), one);
        expect(app.scim("GET", one["endpoint"].as_str().unwrap(), None), 200);
        assert_eq!(
            one["endpoint"],
            json!(format!("/{}s", one["name"].as_str().unwrap())),
            "the plural of its name"
        );
        assert!(known.contains(&one["schema"].as_str().unwrap()));
        for extension in one["schemaExtensions"].as_array().into_iter().flatten() {
            assert!(known.contains(&extension["schema"].as_str().unwrap()), "{extension}");
        }
    }
    for one in &schemas {
        let id = one["id"].as_str().unwrap();
        assert_eq!(&app.read(&format!("/Schemas/{id}")), one);
        assert!(!id.contains(":api:messages:"), "messages are not discoverable");
    }
    for one in types.iter().chain(&schemas) {
        let location = one["meta"]["location"].as_str().unwrap();
        let path = location.strip_prefix(&app.scim_base()).unwrap();
        assert_eq!(&app.read(path), one, "meta.location leads to the resource");
        assert!(!one["schemas"].as_array().unwrap().is_empty());
    }
}

/// R073: what is advertised is there, and nothing else.
#[test]
fn nothing_is_advertised_that_is_not_there() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let config = app.read("/ServiceProviderConfig");
    let supported = |name: &str| config[name]["supported"].as_bool().unwrap();
    assert!(!supported("changePassword"));
    assert!(supported("bulk") && supported("sort"));
    assert!(supported("patch") && supported("filter") && supported("etag"));
    let delete = json!({"Operations": [{"method": "DELETE", "path": "/Users/1"}]});
    assert_eq!(
        expect(app.scim("POST", "/Bulk", Some(&delete)), 200).json().unwrap()["Operations"][0]["status"],
        "404"
    );
    let patch = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    let answer = expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch)), 200);
    assert!(answer.header("ETag").is_some());
    assert_eq!(app.read("/Users?filter=userName%20sw%20%22bj%22")["totalResults"], 1);
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    let kinds: Vec<&str> = schemes.iter().filter_map(|scheme| scheme["type"].as_str()).collect();
    assert_eq!(kinds, ["oauthbearertoken", "oauth2"]);
}

/// A value of the type of an attribute.
fn value_of(attribute: &Value) -> Value {
    let one = match attribute["type"].as_str().unwrap() {
        "boolean" => json!(true),
        "complex" => {
            let subs = attribute["subAttributes"].as_array().unwrap();
            let writable = subs.iter().filter(|sub| sub["mutability"] != "readOnly");
            writable.map(|sub| (sub["name"].as_str().unwrap().to_owned(), value_of(sub))).collect()
        }
        "binary" => json!("TWFu"),
        "reference" => json!("https://example.com/x"),
        _ => match attribute["canonicalValues"].as_array().and_then(|all| all.first()) {
            Some(first) => first.clone(),
            None => json!("text"),
        },
    };
    if attribute["multiValued"] == json!(true) { json!([one]) } else { one }
}

/// R176: what `/Schemas` calls writable is stored and shown.
#[test]
fn every_attribute_that_is_advertised_as_writable_is_kept() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    let mut body = json!({});
    let mut wanted = Vec::new();
    for schema in list(&app, "/Schemas") {
        let urn = schema["id"].as_str().unwrap();
        let core = urn == "urn:ietf:params:scim:schemas:core:2.0:User";
        if !core && !urn.contains(":extension:") {
            continue;
        }
        for attribute in schema["attributes"].as_array().unwrap() {
            let name = attribute["name"].as_str().unwrap();
            if attribute["mutability"] == "readOnly" || name == "deactivationReason" {
                continue;
            }
            let value = value_of(attribute);
            let target = if core { &mut body } else { &mut body[urn] };
            target[name] = value.clone();
            if attribute["returned"] != "never" {
                wanted.push((if core { String::new() } else { urn.to_owned() }, name.to_owned(), value));
            }
        }
    }
    let id = app.provision(&body);
    let read = app.read(&format!("/Users/{id}"));
    for (urn, name, value) in wanted {
        let found = if urn.is_empty() { &read[&name] } else { &read[&urn][&name] };
        failures.check(&format!("{urn} {name}"), found == &value, || format!("{found}, not {value}"));
    }
    failures.check("password", read.get("password").is_none(), || "is shown".to_owned());
    failures.none();
}

#[test]
fn required_attributes_are_required() {
    let app = TestApp::start();
    for (endpoint, urn) in [
        ("/Users", "urn:ietf:params:scim:schemas:core:2.0:User"),
        ("/Groups", "urn:ietf:params:scim:schemas:core:2.0:Group"),
    ] {
        let schema = app.read(&format!("/Schemas/{urn}"));
        let required: Vec<&str> = schema["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|attribute| attribute["required"] == json!(true) && attribute["mutability"] != "readOnly")
            .map(|attribute| attribute["name"].as_str().unwrap())
            .collect();
        assert_eq!(required.len(), 1, "{endpoint}");
        let refused = app.scim("POST", endpoint, Some(&json!({"schemas": [urn]})));
        assert_eq!(scim_error(&refused, 400, Some("invalidValue")), Vec::<String>::new());
        assert!(refused.json().unwrap()["detail"].as_str().unwrap().contains(required[0]));
    }
}

/// R174, R175: discovery is always whole.
#[test]
fn a_filter_on_discovery_is_refused_and_other_parameters_are_not_looked_at() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        let filtered = app.scim("GET", &format!("{path}?filter=id%20pr"), None);
        failures.add(path, scim_error(&filtered, 403, None));
        let paged = app.scim("GET", &format!("{path}?startIndex=5&count=1&sortBy=id"), None);
        let same = paged.body == app.scim("GET", path, None).body;
        failures.check(path, same, || "paged".to_owned());
    }
    failures.none();
}
