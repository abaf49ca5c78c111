//! What was broken once and mended: each told as the one who noticed it would tell it.

mod active;
mod addresses;
mod another_connection;
mod departure;
mod keys;
mod leavers;
mod member_lists;
mod members;
mod names;
mod operator;
mod passed_over;
mod patched_values;
mod queries;
mod readiness;
mod reasons;
mod returning;
mod schemas;
mod sign_in;
mod slow_bodies;
mod statements;
mod tokens;
mod twice;

use crate::support::http::Response;
use crate::support::{TestApp, expect};
use serde_json::{Value, json};

/// What is wrong with a SCIM Error that has to be of this kind and to name this in its detail.
fn refused_naming(answer: &Response, scim_type: &str, named: &str) -> Vec<String> {
    let mut wrong = crate::support::scim_error(answer, 400, Some(scim_type));
    let body = answer.json().unwrap_or_default();
    if !body["detail"].as_str().unwrap_or_default().contains(named) {
        wrong.push(format!("the detail does not name {named:?}: {body}"));
    }
    wrong
}

/// The version that a resource is read with.
fn tag(app: &TestApp, path: &str) -> String {
    expect(app.scim("GET", path, None), 200).header("ETag").unwrap().to_owned()
}

/// Creates a group and returns its path.
fn group(app: &TestApp, body: &Value) -> String {
    let made = expect(app.scim("POST", "/Groups", Some(body)), 201).json().unwrap();
    format!("/Groups/{}", made["id"].as_str().unwrap())
}

/// The ids of the members of a group, sorted.
fn members(app: &TestApp, group: &str) -> Vec<String> {
    let all = app.read(group)["members"].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<String> = all.iter().map(|m| m["value"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// The body of a PATCH that switches an account on or off.
fn switch(active: bool) -> Value {
    crate::support::patch_op(json!([{"op": "replace", "path": "active", "value": active}]))
}
