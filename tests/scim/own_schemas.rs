//! Extension schemas that a tenant brings.

mod life;
mod removal;
mod use_of_it;
mod values;

use crate::support::TestApp;
use crate::support::http::Response;
use serde_json::{Value, json};

const URN: &str = "urn:example:scim:acme:2.0:User";

/// A schema with an attribute of every kind that matters for filters.
fn acme() -> Value {
    json!({"id": URN, "name": "Acme", "attributes": [
        {"name": "costCentre", "caseExact": true},
        {"name": "site"},
        {"name": "level", "type": "integer"},
        {"name": "hired", "type": "dateTime"},
        {"name": "firstAider", "type": "boolean"},
        {"name": "badges", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value"}, {"name": "type"}]},
        {"name": "note", "returned": "request"},
        {"name": "department"},
    ]})
}

/// Adds or replaces a schema of users.
fn put(app: &TestApp, schema: &Value) -> Response {
    let path = format!("/schemas/{}", schema["id"].as_str().unwrap());
    app.api("PUT", &path, Some(&json!({"resourceType": "User", "schema": schema})))
}

/// Waits until every server has looked again.
fn settle() {
    std::thread::sleep(rollcall::app::tokens::MAX_AGE_OF_A_YES);
}
