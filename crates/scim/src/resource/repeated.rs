//! A value that stands twice in a list.

use std::collections::HashMap;

use serde_json::Value;

/// Joins the elements of a list that have the same `value` and `type`: such a pair is not returned twice (RFC 7643 §2.4).
/// What the later one says beyond it counts, but one of them being primary makes the joined one primary. Elements without a `value` are the same when all of their content is.
pub(super) fn join_repeated(elements: &mut Vec<Value>) {
    if elements.len() < 2 {
        return;
    }
    let mut places: HashMap<String, usize> = HashMap::with_capacity(elements.len());
    let mut joined: Vec<Value> = Vec::with_capacity(elements.len());
    for element in std::mem::take(elements) {
        let place = *places.entry(what_it_says(&element)).or_insert(joined.len());
        match (joined.get_mut(place), element) {
            (Some(Value::Object(first)), Value::Object(again)) => {
                let was_primary = first.get("primary") == Some(&Value::Bool(true));
                first.extend(again);
                if was_primary {
                    first.insert("primary".to_owned(), Value::Bool(true));
                }
            }
            (Some(_), _) => {}
            (None, new) => joined.push(new),
        }
    }
    *elements = joined;
}

fn what_it_says(element: &Value) -> String {
    match element.get("value") {
        Some(value) => format!("{value} {}", element.get("type").unwrap_or(&Value::Null)),
        None => element.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn joined(list: Value) -> Value {
        let Value::Array(mut elements) = list else { panic!("no list") };
        join_repeated(&mut elements);
        elements.into()
    }

    /// R046: a pair of type and value stands once, with everything that was said of it.
    #[test]
    fn a_value_of_one_type_stands_once() {
        assert_eq!(
            joined(json!([
                {"value": "a@x", "type": "work", "display": "A"},
                {"value": "b@x"},
                {"value": "a@x", "type": "work", "primary": true},
                {"value": "b@x", "display": "B"},
            ])),
            json!([{"value": "a@x", "type": "work", "display": "A", "primary": true}, {"value": "b@x", "display": "B"}])
        );
    }

    /// R046: who was primary is so still when the same value follows once more.
    #[test]
    fn the_primary_stays_primary() {
        assert_eq!(
            joined(json!([
                {"value": "a@x", "type": "home", "primary": true},
                {"value": "a@x", "type": "home", "primary": false, "display": "A"},
            ])),
            json!([{"value": "a@x", "type": "home", "primary": true, "display": "A"}])
        );
    }

    #[test]
    fn what_differs_stays() {
        let list = json!([
            {"value": "a@x", "type": "work"}, {"value": "a@x", "type": "home"}, {"value": "a@x"},
            {"type": "work", "locality": "L"}, {"type": "work", "locality": "M"},
        ]);
        assert_eq!(joined(list.clone()), list);
    }

    #[test]
    fn the_same_content_without_a_value_is_the_same() {
        assert_eq!(
            joined(json!([{"locality": "L"}, {"locality": "L"}, "x", "x"])),
            json!([{"locality": "L"}, "x"])
        );
    }
}
