use serde_json::json;

use super::*;
use crate::registry::Registry;

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn operation(op: Op, path: Option<&str>, value: Option<Value>) -> Operation {
    Operation { op, path: path.map(str::to_owned), value }
}

#[track_caller]
fn becomes(dialect: Dialect, wrong: &Operation, right: &[Operation]) {
    let registry = Registry::standard().unwrap();
    let rewritten = rewrite(registry.resource_type("User").unwrap(), wrong, &dialect);
    assert_eq!(rewritten.as_ref(), right);
}

#[test]
fn every_rule_turns_the_wrong_request_into_the_right_one() {
    let compat = Dialect::compat();
    let value = || Some(json!({"active": false}));
    for path in ["", " ", "urn:ietf:params:scim:schemas:core:2.0:User"] {
        becomes(
            compat,
            &operation(Op::Replace, Some(path), value()),
            &[operation(Op::Replace, None, value())],
        );
    }
    becomes(
        compat,
        &operation(
            Op::Replace,
            None,
            Some(json!({"urn:ietf:params:scim:schemas:core:2.0:User": {"title": "Dr"}, "active": true})),
        ),
        &[operation(Op::Replace, None, Some(json!({"title": "Dr", "active": true})))],
    );
    becomes(
        compat,
        &operation(
            Op::Add,
            None,
            Some(json!({"displayName": "B", "department": "D", "emails[type eq \"work\"].value": "b@x",
                        "meta.version": "1", "name.givenName": "K", (format!("{ENT}:employeeNumber")): "1"})),
        ),
        &[
            operation(Op::Add, None, Some(json!({"displayName": "B"}))),
            operation(Op::Add, Some(&format!("{ENT}:department")), Some(json!("D"))),
            operation(Op::Add, Some("emails[type eq \"work\"].value"), Some(json!("b@x"))),
            operation(Op::Add, Some("name.givenName"), Some(json!("K"))),
            operation(Op::Add, Some(&format!("{ENT}:employeeNumber")), Some(json!("1"))),
        ],
    );
    becomes(
        compat,
        &operation(Op::Remove, Some("Manager"), None),
        &[operation(Op::Remove, Some(&format!("{ENT}:Manager")), None)],
    );
    // Read-only or not, it is the same attribute.
    becomes(
        compat,
        &operation(Op::Replace, Some("seat"), Some(json!(false))),
        &[operation(Op::Replace, Some(&format!("{ROLLCALL}:seat")), Some(json!(false)))],
    );
    let key = operation(Op::Replace, None, Some(json!({"seat": false})));
    becomes(compat, &key, std::slice::from_ref(&key));
    becomes(
        compat,
        &operation(Op::Replace, Some("displayName"), Some(json!([{"$ref": null, "value": "Joy"}]))),
        &[operation(Op::Replace, Some("displayName"), Some(json!("Joy")))],
    );
    becomes(
        compat,
        &operation(
            Op::Remove,
            Some("emails"),
            Some(json!([{"value": "b\"@x", "display": "B"}, {"type": "work"}])),
        ),
        &[
            operation(Op::Remove, Some(r#"emails[value eq "b\"@x"]"#), None),
            operation(Op::Remove, Some("emails[type eq \"work\"]"), None),
        ],
    );
}

#[test]
fn a_correct_operation_is_not_even_copied() {
    let registry = Registry::standard().unwrap();
    let user = registry.resource_type("User").unwrap();
    for correct in [
        operation(
            Op::Replace,
            None,
            Some(json!({"active": false, "name": {"givenName": "B"}, (ENT): {"department": "D"}})),
        ),
        operation(Op::Replace, Some("active"), Some(json!(false))),
        operation(Op::Add, Some("emails"), Some(json!([{"value": "b@x"}]))),
        operation(Op::Remove, Some("emails"), None),
        operation(Op::Replace, Some("unknown"), Some(json!([1]))),
    ] {
        assert!(matches!(rewrite(user, &correct, &Dialect::compat()), Cow::Borrowed(_)), "{correct:?}");
    }
}

#[test]
fn the_strict_dialect_only_protects_what_was_not_named() {
    let strict = Dialect::strict();
    let wrong = operation(Op::Replace, None, Some(json!({"name.givenName": "K"})));
    becomes(strict, &wrong, std::slice::from_ref(&wrong));
    becomes(
        strict,
        &operation(Op::Remove, Some("emails"), Some(json!([{"value": "b@x"}]))),
        &[operation(Op::Remove, Some("emails[value eq \"b@x\"]"), None)],
    );
}

#[test]
fn every_rule_says_what_it_is_about_and_who_needs_it() {
    for quirk in QUIRKS {
        assert!(!quirk.name.is_empty());
        assert!(
            quirk.source.contains(|c: char| c.is_ascii_digit()),
            "{} names no item of the list",
            quirk.name
        );
    }
}
