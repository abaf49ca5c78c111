//! Every setting by itself, in both ways of reading.

use super::*;
use crate::patch::{self, Op, Operation};

fn dialects(set: impl Fn(&mut Dialect)) -> [Dialect; 2] {
    [Dialect::compat(), Dialect::strict()].map(|mut dialect| {
        set(&mut dialect);
        dialect
    })
}

#[allow(clippy::needless_pass_by_value, reason = "it is always written where it is passed")]
fn patched(resource: Value, operation: Value, dialect: &Dialect) -> Result<Map<String, Value>, ScimError> {
    let urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    let body = object(json!({"schemas": [urn], "Operations": [operation]}));
    let operations = patch::parse(body, dialect)?;
    patch::apply(&resource_type("User"), &object(resource), &operations, dialect).map(|done| done.resource)
}

fn kind(error: &ScimError) -> &str {
    error.scim_type.unwrap().as_str()
}

#[test]
fn unknown_attributes_are_ignored_or_refused_wherever_they_stand() {
    let stored =
        json!({"userName": "t", "name": {"givenName": "G"}, "emails": [{"type": "work", "value": "w@x"}]});
    let bodies = [
        json!({"shoeSize": 7}),
        json!({"name": {"shoeSize": 7, "givenName": "G"}}),
        json!({"emails": [{"value": "w@x", "shoeSize": 7}]}),
        json!({ENTERPRISE: {"shoeSize": 7}}),
    ];
    let operations = [
        (json!({"op": "replace", "path": "shoeSize", "value": 7}), "invalidPath"),
        (json!({"op": "replace", "value": {"shoeSize": 7}}), "invalidValue"),
        (
            json!({"op": "replace", "path": "name", "value": {"shoeSize": 7, "givenName": "G"}}),
            "invalidValue",
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": {"shoeSize": 7}}),
            "invalidValue",
        ),
    ];
    for dialect in dialects(|d| d.unknown_attributes = UnknownAttributes::Ignore) {
        for extra in bodies.clone() {
            let mut body = object(json!({"schemas": [USER], "userName": "t"}));
            body.extend(object(extra));
            let accepted = accept(&resource_type("User"), body, &dialect).unwrap();
            assert!(!json!(accepted.attributes).to_string().contains("shoeSize"));
        }
        for (operation, _) in &operations {
            let left = patched(stored.clone(), operation.clone(), &dialect).unwrap();
            assert!(!json!(left).to_string().contains("shoeSize"), "{operation}");
        }
    }
    for dialect in dialects(|d| d.unknown_attributes = UnknownAttributes::Refuse) {
        for extra in bodies.clone() {
            let mut body = object(json!({"schemas": [USER], "userName": "t"}));
            body.extend(object(extra));
            let error = refused("User", Value::Object(body), dialect);
            assert!(error.detail.contains("shoeSize"), "{error}");
        }
        for (operation, expected) in &operations {
            let error = patched(stored.clone(), operation.clone(), &dialect).unwrap_err();
            assert_eq!(kind(&error), *expected, "{operation}: {error}");
        }
    }
    // What is refused is the unknown attribute: read generously, values still are.
    let dialect = Dialect { unknown_attributes: UnknownAttributes::Refuse, ..Dialect::compat() };
    let body = object(json!({"userName": "t", "active": "True", "name.givenName": "G", "department": "D"}));
    assert_eq!(accept(&resource_type("User"), body, &dialect).unwrap().attributes["active"], json!(true));
    let wrapped = object(json!({USER: {"userName": "t", "shoeSize": 7}}));
    assert!(accept(&resource_type("User"), wrapped, &dialect).unwrap_err().detail.contains("shoeSize"));
}

/// R142: a filter that matches nothing creates the element, or is 400 noTarget.
#[test]
fn an_unmatched_filter_creates_or_has_no_target() {
    let work = |op: &str| json!({"op": op, "path": "emails[type eq \"work\"].value", "value": "w@x"});
    for op in ["add", "replace"] {
        for dialect in dialects(|d| d.unmatched_filter = UnmatchedFilter::Create) {
            let left = patched(json!({"userName": "t"}), work(op), &dialect).unwrap();
            assert_eq!(left["emails"], json!([{"type": "work", "value": "w@x"}]));
        }
        for dialect in dialects(|d| d.unmatched_filter = UnmatchedFilter::NoTarget) {
            let error = patched(json!({"userName": "t"}), work(op), &dialect).unwrap_err();
            assert_eq!((error.status, kind(&error)), (400, "noTarget"), "{error}");
            let held = json!({"userName": "t", "emails": [{"type": "work", "value": "old@x"}]});
            let left = patched(held, work(op), &dialect).unwrap();
            assert_eq!(left["emails"], json!([{"type": "work", "value": "w@x"}]));
        }
    }
}

/// R145: an operation without path is accepted in both ways of reading, and refused where that is set.
#[test]
fn an_operation_without_path_is_accepted_or_refused() {
    let operation = json!({"op": "replace", "value": {"title": "Dr"}});
    for dialect in [Dialect::compat(), Dialect::strict()] {
        let left = patched(json!({"userName": "t"}), operation.clone(), &dialect).unwrap();
        assert_eq!(left["title"], "Dr");
    }
    for dialect in dialects(|d| d.pathless_patch = PathlessPatch::Refuse) {
        for mut operation in [operation.clone(), json!({"op": "add", "value": {"title": "Dr"}})] {
            for path in [None, Some(""), Some(" ")] {
                operation["path"] = json!(path);
                let error = patched(json!({"userName": "t"}), operation.clone(), &dialect).unwrap_err();
                assert_eq!((error.status, kind(&error)), (400, "invalidPath"), "{error}");
            }
        }
        // With a path all is as before.
        let operation = json!({"op": "replace", "path": "title", "value": "Dr"});
        assert_eq!(patched(json!({"userName": "t"}), operation, &dialect).unwrap()["title"], "Dr");
    }
}

/// R063: the password of a PATCH is found in whatever way it is named.
#[test]
fn the_password_that_operations_set_is_found() {
    let set = |operation: Operation| {
        patch::last_value(&resource_type("User"), &[operation], "password", &Dialect::compat())
    };
    let at = |path: &str, value: Value| Operation {
        op: Op::Replace,
        path: Some(path.to_owned()),
        value: Some(value),
    };
    let secret = Some(json!("s3cret"));
    for operation in [
        at("password", json!("s3cret")),
        at("PASSWORD", json!("s3cret")),
        at(&format!("{USER}:password"), json!("s3cret")),
        at("password", json!([{"value": "s3cret"}])),
        at("", json!({"Password": "s3cret"})),
        Operation { op: Op::Add, path: None, value: Some(json!({USER: {"password": "s3cret"}})) },
        Operation { op: Op::Add, path: None, value: Some(json!({format!("{USER}:password"): "s3cret"})) },
    ] {
        assert_eq!(set(operation.clone()).unwrap(), secret, "{operation:?}");
    }
    for operation in [
        at("title", json!("password")),
        at("password", Value::Null),
        Operation { op: Op::Remove, path: Some("password".into()), value: None },
    ] {
        assert_eq!(set(operation.clone()).unwrap(), None, "{operation:?}");
    }
    assert_eq!(kind(&set(at("password", json!(7))).unwrap_err()), "invalidValue");
}
