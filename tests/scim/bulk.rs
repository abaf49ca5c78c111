//! Bulk (RFC 7644 §3.7).

mod examples;
mod failures;
mod limits;
mod references;
mod requests;
mod side_by_side;
mod time;

use crate::support::http::Response;
use crate::support::{TestApp, expect};
use serde_json::{Value, json};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The answer to a bulk of these operations.
#[allow(clippy::needless_pass_by_value, reason = "it is always written where it is passed")]
fn send(app: &TestApp, operations: Value) -> Response {
    app.scim("POST", "/Bulk", Some(&json!({"schemas": [REQUEST], "Operations": operations})))
}

/// The entries of an answer, which must be a BulkResponse.
#[track_caller]
fn entries(answer: Response) -> Vec<Value> {
    let mut body = expect(answer, 200).json().unwrap();
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    let Value::Array(entries) = body["Operations"].take() else { panic!("no list of Operations") };
    entries
}

/// The entries of the answer to a bulk of these operations.
#[track_caller]
fn bulk(app: &TestApp, operations: Value) -> Vec<Value> {
    entries(send(app, operations))
}

fn statuses(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["status"].as_str().unwrap()).collect()
}

fn detail(entry: &Value) -> &str {
    entry["response"]["detail"].as_str().unwrap()
}

/// The path of the resource of an entry, below the base.
fn path(app: &TestApp, entry: &Value) -> String {
    let location = entry["location"].as_str().unwrap();
    location.strip_prefix(&app.scim_base()).unwrap().to_owned()
}

fn post_user(bulk_id: &str, name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"userName": name}})
}

/// A POST of somebody whose manager is another operation's.
fn post_managed(bulk_id: &str, name: &str, manager: &str) -> Value {
    let mut post = post_user(bulk_id, name);
    post["data"][ENTERPRISE] = json!({"department": "D", "manager": {"value": format!("bulkId:{manager}")}});
    post
}

fn post_group(bulk_id: &str, name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|member| json!({"value": member})).collect();
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": {"displayName": name, "members": members}})
}

/// How many users have a name that begins so.
fn count(app: &TestApp, prefix: &str) -> u64 {
    let page = app.read(&format!("/Users?count=0&filter=userName%20sw%20%22{prefix}%22"));
    page["totalResults"].as_u64().unwrap()
}
