//! Opening a circle: what of a new resource has to wait until the others are made (RFC 7644 §3.7.1).

use serde_json::{Map, Value, json};

use super::references::refers_to;
use crate::patch::PATCH_OP_URN;

/// Parts the body of a POST into what can be sent now and what has to wait, because it refers to one that `later` names. Whole
/// attributes wait, so that both halves have the shape of the body.
pub fn part(
    data: Map<String, Value>,
    later: &dyn Fn(&str) -> bool,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut now, mut waiting) = (Map::new(), Map::new());
    for (key, value) in data {
        match value {
            value if !refers_to(&key, &value, later) => {
                now.insert(key, value);
            }
            // The attributes of an extension, each by itself.
            Value::Object(attributes) if is_urn(&key) => {
                let (here, there) = part(attributes, later);
                if !here.is_empty() {
                    now.insert(key.clone(), Value::Object(here));
                }
                waiting.insert(key, Value::Object(there));
            }
            value => {
                waiting.insert(key, value);
            }
        }
    }
    (now, waiting)
}

/// The PATCH that puts in what had to wait.
pub fn completion(waiting: Map<String, Value>) -> Map<String, Value> {
    Map::from_iter([
        ("schemas".to_owned(), json!([PATCH_OP_URN])),
        ("Operations".to_owned(), json!([{"op": "add", "value": Value::Object(waiting)}])),
    ])
}

fn is_urn(key: &str) -> bool {
    key.split_at_checked(4).is_some_and(|(start, _)| start.eq_ignore_ascii_case("urn:"))
}
