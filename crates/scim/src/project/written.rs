//! What a request that writes says something about, so that its answer can show it (RFC 7643 §7, `returned: request`).

use serde_json::{Map, Value};

use crate::registry::ResourceType;

/// The names of the attributes in the body of a POST, PUT or PATCH, as the client wrote them, with the URN before those that
/// stand inside an extension.
pub(super) fn names(rt: &ResourceType, body: &Map<String, Value>) -> Vec<String> {
    let Some(operations) = get(body, "operations").and_then(Value::as_array) else {
        return keys(rt, body);
    };
    operations
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|operation| match (get(operation, "path"), get(operation, "value")) {
            (Some(Value::String(path)), _) if !path.trim().is_empty() => {
                // Of `emails[type eq "work"].value` the attribute is enough.
                vec![path.split('[').next().unwrap_or_default().to_owned()]
            }
            (_, Some(Value::Object(value))) => keys(rt, value),
            _ => Vec::new(),
        })
        .collect()
}

fn keys(rt: &ResourceType, attributes: &Map<String, Value>) -> Vec<String> {
    let inside = |(key, value): (&String, &Value)| match (rt.extension(key), value) {
        (Some(schema), Value::Object(inner)) => {
            inner.keys().map(|name| format!("{}:{name}", schema.id)).collect()
        }
        _ => vec![key.clone()],
    };
    attributes.iter().flat_map(inside).collect()
}

fn get<'m>(object: &'m Map<String, Value>, name: &str) -> Option<&'m Value> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
