//! List answers (RFC 7644 §3.4.2, RFC 9865 §2).

use std::fmt::Write;

use serde_json::{Map, Value, json};

/// The schema of every list answer.
pub const LIST_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What a list answer says beside its resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFacts {
    /// How many resources match in all; `None` where it is not said (RFC 9865 §2).
    pub total: Option<u64>,
    /// The place of the first resource, from 1; `None` on pages of a cursor.
    pub start_index: Option<u64>,
    /// The cursor of the next page, in characters that need no escaping; `None` on the last page, and where there are no
    /// cursors.
    pub next_cursor: Option<String>,
}

/// A page of resources that are all there are. `itemsPerPage` is the number of resources in this page: a client that is
/// told more waits for more.
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

/// Appends a list answer to `out`, from resources that are JSON texts already. They are spliced in unread.
pub fn write_list<T: AsRef<str>>(facts: &ListFacts, items: impl Iterator<Item = T>, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{{\"schemas\":[\"{LIST_RESPONSE_URN}\"]");
    if let Some(total) = facts.total {
        let _ = write!(out, ",\"totalResults\":{total}");
    }
    if let Some(start_index) = facts.start_index {
        let _ = write!(out, ",\"startIndex\":{start_index}");
    }
    if let Some(cursor) = &facts.next_cursor {
        let _ = write!(out, ",\"nextCursor\":{}", Value::from(cursor.as_str()));
    }
    out.push_str(",\"Resources\":[");
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

    fn written(facts: &ListFacts, resources: &[Value]) -> Value {
        let mut text = String::new();
        write_list(facts, resources.iter().map(Value::to_string), &mut text);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn spliced_texts_make_the_same_answer() {
        let facts = ListFacts { total: Some(9), start_index: Some(3), next_cursor: None };
        for resources in [vec![], vec![json!({"id": "a"})], vec![json!({"id": "a"}), json!({"id": "b\"}"})]] {
            assert_eq!(written(&facts, &resources), list_response(9, 3, resources));
        }
    }

    /// R185, R186, R189: a page of a cursor has the next cursor, no place, and no total where none is known.
    #[test]
    fn a_page_of_a_cursor_says_where_the_next_one_begins() {
        let facts = ListFacts { next_cursor: Some("abc".to_owned()), ..ListFacts::default() };
        assert_eq!(
            written(&facts, &[json!({"id": "a"})]),
            json!({"schemas": [LIST_RESPONSE_URN], "itemsPerPage": 1, "nextCursor": "abc", "Resources": [{"id": "a"}]})
        );
    }
}
