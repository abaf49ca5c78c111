//! Bodies in, canonical resources out.

use super::*;
use crate::error::ScimError;
use crate::registry::{Registry, ResourceType};
use serde_json::json;

mod groups;
mod idempotence;
mod limits;
mod providers;
mod strict;
mod switches;
mod values;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn resource_type(name: &str) -> ResourceType {
    Registry::standard().unwrap().resource_type(name).unwrap().clone()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

/// A user accepted in the forgiving dialect.
fn user(body: Value) -> Accepted {
    accept(&resource_type("User"), object(body), &Dialect::compat()).unwrap()
}

fn refused(name: &str, body: Value, dialect: Dialect) -> ScimError {
    let error = accept(&resource_type(name), object(body), &dialect).unwrap_err();
    assert_eq!((error.status, error.scim_type.unwrap().as_str()), (400, "invalidValue"), "{error}");
    error
}

fn cleared(accepted: &Accepted) -> Vec<&str> {
    accepted.cleared.iter().map(String::as_str).collect()
}
