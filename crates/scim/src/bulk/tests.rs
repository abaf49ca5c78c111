//! What is understood of a bulk request, in which order it runs, and how it is answered.

#![allow(clippy::needless_pass_by_value, reason = "bodies are always written where they are passed")]

mod answers;
mod order;
mod parsing;
mod references;

use super::*;
use crate::registry::Registry;
use crate::resource::Dialect;
use serde_json::json;

const BASE: &str = "https://rollcall.example/scim/v2";

fn body(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("no object: {other}"),
    }
}

fn read_with(value: Value, dialect: &Dialect) -> Result<BulkRequest, ScimError> {
    parse(body(value), &Registry::standard().unwrap(), BASE, dialect)
}

fn read(value: Value) -> Result<BulkRequest, ScimError> {
    read_with(value, &Dialect::compat())
}

/// The operations of a request that is good as a whole.
fn operations(list: Value) -> Vec<Requested> {
    read(json!({"Operations": list})).unwrap().operations
}

/// A POST of a user or group.
fn post(endpoint: &str, bulk_id: &str, data: Value) -> Value {
    json!({"method": "POST", "path": endpoint, "bulkId": bulk_id, "data": data})
}
