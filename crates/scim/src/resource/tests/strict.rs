//! The letter of the RFCs.

use super::*;

#[test]
fn a_correct_body_is_accepted() {
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "bjensen", "active": true, "id": "ignored",
        "emails": [{"value": "b@x", "primary": true}], ENTERPRISE: {"manager": {"value": "26118915"}},
    });
    let accepted = accept(&resource_type("User"), object(body), &Dialect::strict()).unwrap();
    assert_eq!(accepted.attributes[ENTERPRISE], json!({"manager": {"value": "26118915"}}));
    assert!(!accepted.attributes.contains_key("id"));
}

#[test]
fn what_the_forgiving_dialect_forgives_is_refused_with_its_name() {
    let cases = [
        (json!({"shoeSize": 7}), "\"shoeSize\" is not an attribute of User"),
        (json!({"department": "x"}), "\"department\" is not an attribute of User"),
        (json!({"name.givenName": "x"}), "\"name.givenName\" is not an attribute of User"),
        (json!({"urn:x:y": {}}), "\"urn:x:y\" is not an attribute of User"),
        (json!({ENTERPRISE: {"x": 1}}), "\"x\" is not an attribute of urn:ietf"),
        (json!({"name": {"x": 1}}), "name has no sub-attribute \"x\""),
        (json!({"active": "True"}), "active must be true or false, found the string \"True\""),
        (json!({"emails": {"value": "x"}}), "emails must be an array, found an object"),
        (json!({"emails": ["x"]}), "emails must be an object, found the string \"x\""),
        (json!({ENTERPRISE: {"manager": "7"}}), "manager must be an object, found the string \"7\""),
        (
            json!({"schemas": [ENTERPRISE]}),
            "schemas must contain \"urn:ietf:params:scim:schemas:core:2.0:User\"",
        ),
        (json!({"schemas": []}), "schemas must contain"),
    ];
    for (extra, expected) in cases {
        let mut body = object(json!({"schemas": [USER], "userName": "t"}));
        body.extend(object(extra));
        let error = refused("User", Value::Object(body.clone()), Dialect::strict());
        assert!(error.detail.starts_with(expected), "{error}");
        // … and the other dialect takes all of it.
        user(Value::Object(body));
    }
}
