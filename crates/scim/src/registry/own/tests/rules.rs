//! What is refused, and that it is named.

use super::*;

/// R035, R042: the rules of RFC 7643, and those of this server.
#[test]
fn what_breaks_a_rule_is_refused_with_its_name() {
    let complex = json!({"name": "inner", "type": "complex", "subAttributes": [{"name": "leaf"}]});
    let outer = json!([{"name": "outer", "type": "complex", "subAttributes": [complex]}]);
    let many: Vec<Value> = (0..=MAX_ATTRIBUTES).map(|n| json!({"name": format!("a{n}")})).collect();
    let secret = json!([{"name": "x", "mutability": "writeOnly", "returned": "never"}]);
    let device = json!([{"name": "r", "type": "reference", "referenceTypes": ["Device"]}]);
    for (attributes, expected) in [
        (
            json!([{"name": "first.name"}]),
            "urn:example:scim:acme:2.0:User:first.name: not a legal attribute name",
        ),
        (json!([{"name": "1st"}]), "User:1st: not a legal"),
        (json!([{"name": "a"}, {"name": "A"}]), "User:A: defined twice"),
        (outer, "User:outer: a complex attribute may hold no complex one"),
        (json!([{"name": "c", "type": "complex"}]), "User:c: complex attributes, and no others"),
        (json!([{"name": "r", "type": "reference"}]), "User:r: references, and no others"),
        (device, "\"Device\" can be referred to"),
        (json!([{"name": "x", "mutability": "readOnly"}]), "User:x: nobody could set"),
        (secret, "User:x: nobody could use"),
        (json!([{"name": "x", "returned": "never"}]), "User:x: what is only written is never returned"),
        (json!([{"name": "x", "uniqueness": "server"}]), "User:x: uniqueness is not watched over"),
        (json!([{"name": "n", "type": "integer", "canonicalValues": ["1"]}]), "User:n: only strings"),
        (json!(many), "has 101 attributes; at most 100"),
        (json!([]), "has no attributes"),
    ] {
        let error = with(attributes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_is_no_schema_is_refused_with_its_name() {
    for (attribute, expected) in [
        (json!({"name": "x", "type": "text"}), "User:x: unknown variant `text`"),
        (json!({"name": "x", "multivalued": true}), "User:x: unknown field `multivalued`"),
        (json!({"type": "string"}), "every attribute needs a name"),
        (json!("x"), "every attribute is a JSON object"),
        (json!({"name": "x", "subAttributes": [{"name": "y", "required": "yes"}]}), "User:x.y: invalid type"),
    ] {
        let error = read_schema(&json!({"id": URN, "attributes": [attribute]})).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    for (broken, expected) in [
        (json!([]), "a schema is a JSON object"),
        (json!({"attributes": []}), "a schema needs an id"),
        (json!({"id": URN}), "attributes must be a list"),
        (json!({"id": URN, "attributes": [], "extends": "User"}), "\"extends\" is no member of a schema"),
    ] {
        let error = read_schema(&broken).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

fn own(urn: &str, resource_type: &str) -> OwnSchema {
    let mut schema = schema(json!([{"name": "x"}]));
    schema.id = urn.to_owned();
    OwnSchema { resource_type: resource_type.to_owned(), schema }
}

/// R082: a tenant's schema takes no URN of RFC 7643 or RFC 7644, those of messages among them.
#[test]
fn a_urn_is_a_tenants_own() {
    let within_enterprise = format!("{ENTERPRISE}:Acme");
    let long = format!("urn:example:{}", "x".repeat(250));
    for (urn, expected) in [
        ("acme", "must be a URN"),
        ("urn:acme", "must be a URN"),
        ("urn:acme:", "must be a URN"),
        ("urn:acme:a\"b", "must be a URN"),
        (long.as_str(), "longer than 256"),
        (ENTERPRISE, "not a tenant's to define"),
        ("URN:ietf:params:scim:schemas:core:2.0:Course", "not a tenant's to define"),
        ("urn:ietf:params:scim:schemas:extension:rollcall:3.0:User", "not a tenant's to define"),
        ("urn:ietf:params:scim:api:messages:2.0:Error", "not a tenant's to define"),
        (within_enterprise.as_str(), "not a tenant's to define"),
    ] {
        let error = Registry::standard().unwrap().with_own([own(urn, "User")]).unwrap_err().to_string();
        assert!(error.contains(expected), "{urn}: {error}");
    }
    // Providers want their own below the extension URNs of the RFC.
    let theirs = own("urn:ietf:params:scim:schemas:extension:acme:2.0:User", "User");
    Registry::standard().unwrap().with_own([theirs]).unwrap();
}

#[test]
fn a_urn_overlaps_with_no_other() {
    for (pair, expected) in [
        ([own("urn:a:b", "User"), own("urn:A:B", "Group")], "defined twice"),
        ([own("urn:a:b", "User"), own("urn:a:b:c", "User")], "begins with"),
        ([own("urn:a:b.c", "User"), own("urn:a:b", "User")], "begins with"),
        ([own("urn:a:b", "User"), own("urn:a:c", "Course")], "no resource type \"Course\""),
    ] {
        let error = Registry::standard().unwrap().with_own(pair).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let beside = [own("urn:a:b", "User"), own("urn:a:bc", "User")];
    Registry::standard().unwrap().with_own(beside).unwrap();
}

/// R075: where an extension is required, every resource carries it and what it requires inside.
#[test]
fn a_required_extension_is_demanded() {
    let mut rt = user(json!([{"name": "badge", "required": true}]));
    for extension in rt.extensions.iter_mut().filter(|extension| extension.own) {
        extension.required = true;
    }
    let accepted = |body: Value| accept(&rt, object(body), &Dialect::compat());
    for lacking in [json!({"userName": "t"}), json!({"userName": "t", URN: {}})] {
        let error = accepted(lacking).unwrap_err();
        assert!(error.detail.starts_with(&format!("The extension {URN} is required")), "{error}");
    }
    assert!(accepted(json!({"userName": "t", URN: {"badge": "7"}})).is_ok());
}
