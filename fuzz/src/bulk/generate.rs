//! Bulk requests out of choices: operations that refer to each other, forwards, backwards and in circles.

use rollcall_scim::bulk::BULK_REQUEST_URN;
use serde_json::{Map, Value, json};

use super::super::fixtures::ENTERPRISE;
use super::super::generate::Choices;

const PATCH_OP_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The body of a request of up to 16 operations, and now and then of up to 256.
pub fn body(choices: &mut impl Choices) -> Map<String, Value> {
    let most = if choices.one_in(8) { 256 } else { 16 };
    let count = 1 + choices.below(most);
    let operations: Vec<Value> = (0..count).map(|place| operation(place, count, choices)).collect();
    Map::from_iter([
        ("schemas".to_owned(), json!([BULK_REQUEST_URN])),
        ("Operations".to_owned(), Value::Array(operations)),
    ])
}

fn operation(place: usize, count: usize, choices: &mut impl Choices) -> Value {
    let id = place.to_string();
    match choices.below(12) {
        // One reference, to the next one: rings of any length at the price of a byte each.
        0 => user(&id, &[reference((place + 1) % count)]),
        1 => user(&id, &[reference(choices.below(count))]),
        2 => user(&id, &[reference(choices.below(count)), reference(choices.below(count))]),
        3 => user(&id, &[]),
        4 => group(&id, &[reference(choices.below(count))]),
        5 => group(&id, &[reference(choices.below(count)), reference(choices.below(count))]),
        6 => group(&id, &[reference((place + 1) % count)]),
        7 => json!({"method": "DELETE", "path": format!("/Users/{}", somebody(count, choices))}),
        8 => json!({"method": "PUT", "path": format!("/Users/{}", somebody(count, choices)),
                    "data": manager("changed", &[reference(choices.below(count))])}),
        9 => change(
            &format!("/Groups/{}", somebody(count, choices)),
            &json!([
            {"op": "add", "path": "members", "value": [{"value": reference(choices.below(count))}]},
            {"op": "remove", "path": format!("members[value eq \"{}\"]", reference(choices.below(count)))}]),
        ),
        10 => change(
            &format!("/Users/{}", somebody(count, choices)),
            &json!([
            {"op": "replace", "value": {"active": false, "title": reference(choices.below(count))}}]),
        ),
        _ => json!({"method": "POST", "path": "/Nowhere", "bulkId": id, "data": {}}),
    }
}

fn reference(place: usize) -> String {
    format!("bulkId:{place}")
}

/// One of three who are there already, in either letter case, or one who is made.
fn somebody(count: usize, choices: &mut impl Choices) -> String {
    match choices.below(8) {
        choice @ 0..=4 => ["a", "A", "b", "B", "c"][choice].to_owned(),
        _ => reference(choices.below(count)),
    }
}

fn change(path: &str, operations: &Value) -> Value {
    json!({"method": "PATCH", "path": path, "data": {"schemas": [PATCH_OP_URN], "Operations": operations}})
}

fn user(id: &str, references: &[String]) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": id, "data": manager(id, references)})
}

/// Somebody with a manager, and with as many texts that refer to others.
fn manager(name: &str, references: &[String]) -> Value {
    let mut data = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
                          "userName": name, "title": "T", ENTERPRISE: {"department": "D"}});
    if let Some(first) = references.first() {
        data[ENTERPRISE]["manager"] = json!({"value": first, "$ref": format!("../Users/{first}")});
    }
    if let Some(second) = references.get(1) {
        data["roles"] = json!([{"value": "r", "primary": true}, {"value": second}]);
    }
    data
}

fn group(id: &str, references: &[String]) -> Value {
    let members: Vec<Value> = references.iter().map(|reference| json!({"value": reference})).collect();
    json!({"method": "POST", "path": "/Groups", "bulkId": id,
           "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                    "displayName": id, "members": members}})
}
