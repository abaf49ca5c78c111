//! Who may write what.

use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

/// R076: schemas are read, and nobody writes them here.
#[test]
fn nobody_writes_to_schemas() {
    let app = TestApp::start();
    let before = app.read("/Schemas");
    let urn = "urn:ietf:params:scim:schemas:core:2.0:User";
    let mut schema = app.read(&format!("/Schemas/{urn}"));
    assert_eq!(schema["id"], urn);
    schema["description"] = json!("changed");
    let mut failures = Failures::default();
    for path in ["/Schemas".to_owned(), format!("/Schemas/{urn}"), "/Schemas/urn:example:new".to_owned()] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = app.scim(method, &path, Some(&schema));
            let case = format!("{method} {path}");
            failures.add(&case, scim_error(&answer, 405, None));
            let allowed = answer.header("Allow").unwrap_or_default().to_owned();
            failures.check(&case, allowed.contains("GET") && !allowed.contains(method), || allowed.clone());
        }
    }
    failures.none();
    assert_eq!(app.read("/Schemas"), before);
}

/// R087: what a resource is follows from where it was made, whatever the client says of it.
#[test]
fn the_resource_type_is_that_of_the_endpoint() {
    let app = TestApp::start();
    for (endpoint, body, kind) in
        [("/Users", user("bjensen"), "User"), ("/Groups", json!({"displayName": "Guides"}), "Group")]
    {
        let mut body = body;
        body["meta"] = json!({"resourceType": "Device", "location": "https://elsewhere.example/x"});
        let made = expect(app.scim("POST", endpoint, Some(&body)), 201).json().unwrap();
        let path = format!("{endpoint}/{}", made["id"].as_str().unwrap());
        let put = expect(app.scim("PUT", &path, Some(&body)), 200).json().unwrap();
        for shown in [made, put, app.read(&path), app.read(endpoint)["Resources"][0].clone()] {
            assert_eq!(shown["meta"]["resourceType"], kind, "{shown}");
            assert_eq!(shown["meta"]["location"], format!("{}{path}", app.scim_base()));
        }
    }
}

/// R054: an externalId is the client's alone: the server gives none, keeps the letter case of one, and finds it by that.
#[test]
fn an_external_id_comes_from_the_client_only() {
    let app = TestApp::start();
    for (endpoint, body) in [("/Users", user("bjensen")), ("/Groups", json!({"displayName": "Guides"}))] {
        let made = expect(app.scim("POST", endpoint, Some(&body)), 201).json().unwrap();
        let path = format!("{endpoint}/{}", made["id"].as_str().unwrap());
        let put = expect(app.scim("PUT", &path, Some(&body)), 200).json().unwrap();
        let rename = patch_op(json!([{"op": "replace", "path": "displayName", "value": "Other"}]));
        let patched = expect(app.scim("PATCH", &path, Some(&rename)), 200).json().unwrap();
        let listed = app.read(endpoint)["Resources"][0].clone();
        for shown in
            [made, put, patched, listed, app.read(&path), app.read(&format!("{path}?attributes=externalId"))]
        {
            assert!(shown.get("externalId").is_none(), "{shown}");
        }
        let total = |filter: &str| {
            let found = app.scim("POST", &format!("{endpoint}/.search"), Some(&json!({"filter": filter})));
            expect(found, 200).json().unwrap()["totalResults"].clone()
        };
        assert_eq!(total("externalId pr"), json!(0));
        let set = patch_op(json!([{"op": "add", "path": "externalId", "value": "Ab-1"}]));
        let set = expect(app.scim("PATCH", &path, Some(&set)), 200).json().unwrap();
        assert_eq!(set["externalId"], "Ab-1");
        assert_eq!((total("externalId eq \"Ab-1\""), total("externalId eq \"AB-1\"")), (json!(1), json!(0)));
    }
}

/// R120: an immutable attribute takes its first value, whenever it comes, and never another.
#[test]
fn an_immutable_attribute_takes_one_value() {
    let app = TestApp::start();
    let urn = "urn:example:scim:acme:2.0:User";
    let attributes = json!([{"name": "badge", "mutability": "immutable"}, {"name": "site"}]);
    let schema = json!({"resourceType": "User", "schema": {"id": urn, "attributes": attributes}});
    expect(app.api("PUT", &format!("/schemas/{urn}"), Some(&schema)), 201);
    let person = |extension: Value| {
        let mut body = user("bjensen");
        body[urn] = extension;
        body
    };
    let path = format!("/Users/{}", app.provision(&person(json!({"site": "London"}))));
    let put = |extension: Value| app.scim("PUT", &path, Some(&person(extension)));
    let first = expect(put(json!({"site": "Leeds", "badge": "7"})), 200).json().unwrap();
    assert_eq!(
        first[urn],
        json!({"site": "Leeds", "badge": "7"}),
        "where there was no value, the new one is applied"
    );
    let mut failures = Failures::default();
    failures.add(
        "PUT of another",
        scim_error(&put(json!({"site": "York", "badge": "8"})), 400, Some("mutability")),
    );
    let at = format!("{urn}:badge");
    for operation in [
        json!({"op": "replace", "path": at, "value": "8"}),
        json!({"op": "add", "path": at, "value": "8"}),
        json!({"op": "remove", "path": at}),
    ] {
        let answer = app.scim("PATCH", &path, Some(&patch_op(json!([operation]))));
        failures.add(&operation.to_string(), scim_error(&answer, 400, Some("mutability")));
    }
    failures.none();
    assert_eq!(app.read(&path)[urn], first[urn], "nothing of a refused request is done");
    let same = expect(put(json!({"site": "York", "badge": "7"})), 200).json().unwrap();
    assert_eq!(same[urn], json!({"site": "York", "badge": "7"}));
    let left_out = expect(put(json!({"site": "Hull"})), 200).json().unwrap();
    assert_eq!(left_out[urn], json!({"site": "Hull", "badge": "7"}));
}
