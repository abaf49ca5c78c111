//! List answers (RFC 7644 §3.4.2).

use std::fmt::Write;

use serde_json::{Map, Value, json};

/// The schema of every list answer.
pub const LIST_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A page of resources. `total` counts all matches, `start_index` is the 1-based place of the first resource, and
/// `itemsPerPage` is the number of resources in this page: a client that is told more waits for more.
pub fn list_response(total: u64, start_index: u64, resources: Vec<Value>) -> Value {
    let count = resources.len();
    Value::Object(Map::from_iter([
        ("schemas".to_owned(), json!([LIST_RESPONSE_URN])),
        ("totalResults".to_owned(), Value::from(total)),
        ("startIndex".to_owned(), Value::from(start_index)),
        ("itemsPerPage".to_owned(), Value::from(count)),
        ("Resources".to_owned(), Value::Array(resources)),
    ]))
}

/// Appends the same answer to `out`, from resources that are JSON texts already. They are spliced in unread.
pub fn write_list<T: AsRef<str>>(
    total: u64,
    start_index: u64,
    items: impl Iterator<Item = T>,
    out: &mut String,
) {
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "{{\"schemas\":[\"{LIST_RESPONSE_URN}\"],\"totalResults\":{total},\"startIndex\":{start_index},\
         \"Resources\":["
    );
    let mut count = 0_u64;
    for item in items {
        if count > 0 {
            out.push(',');
        }
        out.push_str(item.as_ref());
        count += 1;
    }
    let _ = write!(out, "],\"itemsPerPage\":{count}}}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_past_the_end_says_so_in_numbers() {
        assert_eq!(
            list_response(2, 101, vec![]),
            json!({"schemas": [LIST_RESPONSE_URN], "totalResults": 2, "startIndex": 101, "itemsPerPage": 0,
                   "Resources": []})
        );
    }

    #[test]
    fn spliced_texts_make_the_same_answer() {
        for resources in [vec![], vec![json!({"id": "a"})], vec![json!({"id": "a"}), json!({"id": "b\"}"})]] {
            let mut text = String::new();
            write_list(9, 3, resources.iter().map(Value::to_string), &mut text);
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read, list_response(9, 3, resources));
        }
    }
}
