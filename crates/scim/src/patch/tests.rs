use serde_json::{Map, Value, json};

use super::*;
use crate::error::ScimError;
use crate::registry::{Registry, ResourceType};
use crate::resource::Dialect;

mod list_values;
mod members;
mod parsing;
mod refusals;
mod single_values;

const U: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn user_type() -> ResourceType {
    Registry::standard().unwrap().resource_type("User").unwrap().clone()
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A user with only what is required, and what `more` says.
fn user(more: &Value) -> Map<String, Value> {
    let mut user = object(&json!({"schemas": [U], "id": "1", "userName": "bjensen", "active": true}));
    user.extend(object(more));
    if user.contains_key(ENT) {
        user.insert("schemas".to_owned(), json!([U, ENT]));
    }
    user
}

fn patch_with(
    dialect: Dialect,
    before: &Map<String, Value>,
    operations: &Value,
) -> Result<Patched, ScimError> {
    let body = object(
        &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}),
    );
    apply(&user_type(), before, &parse(body, &dialect)?, &dialect)
}

fn patch(before: &Map<String, Value>, operations: &Value) -> Patched {
    patch_with(Dialect::compat(), before, operations).unwrap()
}

/// The user is, apart from what every user has, exactly `expected` after the operations, and exactly the attributes that
/// differ are reported as changed.
#[track_caller]
fn gives(before: &Value, operations: &Value, expected: &Value) {
    let (before, expected) = (user(before), user(expected));
    let patched = patch(&before, operations);
    assert_eq!(Value::Object(patched.resource.clone()), Value::Object(expected.clone()));
    let mut different: Vec<&String> = before
        .keys()
        .chain(expected.keys())
        .filter(|key| *key != "schemas" && before.get(*key) != expected.get(*key))
        .collect();
    different.sort();
    different.dedup();
    assert_eq!(patched.changed.iter().collect::<Vec<_>>(), different, "changed");
}

/// The `scimType` of the refusal, in the compatible dialect.
#[track_caller]
fn refusal(before: &Value, operations: &Value) -> String {
    refusal_in(Dialect::compat(), before, operations)
}

#[track_caller]
fn refusal_in(dialect: Dialect, before: &Value, operations: &Value) -> String {
    let error = patch_with(dialect, &user(before), operations).unwrap_err();
    assert_eq!(error.status, 400, "{error}");
    error.scim_type.unwrap().as_str().to_owned()
}
