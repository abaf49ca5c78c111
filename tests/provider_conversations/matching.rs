//! Compares an answer with what a conversation expects: a subset, with a few words that begin with `$`.

use serde_json::{Map, Value};

/// One place where the answer is not what was expected.
#[derive(Debug, PartialEq)]
pub(crate) struct Mismatch {
    /// JSON pointer into the answer.
    pub(crate) pointer: String,
    /// What should have been there.
    pub(crate) expected: String,
    /// What was there.
    pub(crate) got: String,
}

impl Mismatch {
    fn new(pointer: &str, expected: &dyn ToString, got: Option<&Value>) -> Mismatch {
        let got = got.map_or_else(|| "nothing".to_owned(), Value::to_string);
        let pointer = if pointer.is_empty() { "/" } else { pointer };
        Mismatch { pointer: pointer.to_owned(), expected: expected.to_string(), got }
    }
}

/// Every place where `got` does not fulfil `expected`. `None` for `got`: the answer has nothing at that place.
pub(crate) fn compare(expected: &Value, got: Option<&Value>) -> Vec<Mismatch> {
    let mut found = Vec::new();
    compare_at("", expected, got, &mut found);
    found
}

fn compare_at(pointer: &str, expected: &Value, got: Option<&Value>, found: &mut Vec<Mismatch>) {
    match expected {
        Value::Object(words) if words.keys().any(|key| key.starts_with('$') && key != "$ref") => {
            for (word, argument) in words {
                if !word_holds(pointer, word, argument, got, found) {
                    found.push(Mismatch::new(pointer, &format!("{{{word:?}:{argument}}}"), got));
                }
            }
        }
        Value::Object(expected) => compare_object(pointer, expected, got, found),
        Value::Array(expected) => compare_array(pointer, expected, got, found),
        Value::String(text) if text == "*" => {
            if !matches!(got, Some(Value::String(text)) if !text.is_empty()) {
                found.push(Mismatch::new(pointer, &"a string that is not empty", got));
            }
        }
        scalar => {
            if got != Some(scalar) {
                found.push(Mismatch::new(pointer, scalar, got));
            }
        }
    }
}

fn compare_object(
    pointer: &str,
    expected: &Map<String, Value>,
    got: Option<&Value>,
    found: &mut Vec<Mismatch>,
) {
    let Some(Value::Object(object)) = got else {
        found.push(Mismatch::new(pointer, &"an object", got));
        return;
    };
    for (key, value) in expected {
        let escaped = key.replace('~', "~0").replace('/', "~1");
        compare_at(&format!("{pointer}/{escaped}"), value, object.get(key), found);
    }
}

fn compare_array(pointer: &str, expected: &[Value], got: Option<&Value>, found: &mut Vec<Mismatch>) {
    match got {
        Some(Value::Array(elements)) if elements.len() == expected.len() => {
            for (index, (expected, element)) in expected.iter().zip(elements).enumerate() {
                compare_at(&format!("{pointer}/{index}"), expected, Some(element), found);
            }
        }
        _ => found.push(Mismatch::new(pointer, &format!("an array of {}", expected.len()), got)),
    }
}

/// Whether one `$word` holds. `$contains` reports its missing elements itself, one by one.
fn word_holds(
    pointer: &str,
    word: &str,
    argument: &Value,
    got: Option<&Value>,
    found: &mut Vec<Mismatch>,
) -> bool {
    match (word, argument) {
        ("$absent", Value::Bool(true)) => got.is_none(),
        ("$none", Value::Bool(true)) => got.is_none_or(|value| value.as_array().is_some_and(Vec::is_empty)),
        ("$count", number) => {
            got.and_then(Value::as_array).map(Vec::len)
                == number.as_u64().and_then(|n| usize::try_from(n).ok())
        }
        ("$contains", Value::Array(wanted)) => {
            let elements = got.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            for want in wanted {
                if !elements.iter().any(|element| compare(want, Some(element)).is_empty()) {
                    found.push(Mismatch::new(pointer, &format!("an element like {want}"), got));
                }
            }
            true
        }
        ("$not", unwanted) => !compare(unwanted, got).is_empty(),
        ("$oneOf", Value::Array(choices)) => choices.iter().any(|choice| compare(choice, got).is_empty()),
        ("$prefix", Value::String(prefix)) => {
            got.and_then(Value::as_str).is_some_and(|text| text.starts_with(prefix.as_str()))
        }
        // A misspelt word must fail, not pass unseen.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pointers(expected: &Value, got: &Value) -> Vec<String> {
        compare(expected, Some(got)).into_iter().map(|mismatch| mismatch.pointer).collect()
    }

    fn holds(expected: &Value, got: &Value) -> bool {
        compare(expected, Some(got)).is_empty()
    }

    #[test]
    fn listed_keys_must_match_and_others_may_be_there() {
        assert!(holds(&json!({"a": {"b": 1}}), &json!({"a": {"b": 1, "c": 2}, "d": 3})));
        assert_eq!(pointers(&json!({"a": {"b": 1}}), &json!({"a": {"b": 2}})), ["/a/b"]);
        assert_eq!(pointers(&json!({"a": {"b": 1}}), &json!({"a": 1})), ["/a"]);
        assert_eq!(pointers(&json!({"a": 1, "x/y~z": 1}), &json!({})), ["/a", "/x~1y~0z"]);
    }

    #[test]
    fn arrays_are_of_the_same_length_and_in_order() {
        assert!(holds(&json!([{"a": 1}, {}]), &json!([{"a": 1, "b": 1}, {"c": 1}])));
        assert_eq!(pointers(&json!([1, 2]), &json!([2, 1])), ["/0", "/1"]);
        assert_eq!(pointers(&json!([1]), &json!([1, 2])), ["/"]);
        assert_eq!(pointers(&json!([]), &json!({})), ["/"]);
    }

    #[test]
    fn scalars_are_exact_in_type() {
        assert!(!holds(&json!(true), &json!("true")));
        assert!(!holds(&json!(1), &json!(1.0)));
        assert!(!holds(&json!("409"), &json!(409)));
        assert!(!holds(&json!(null), &json!(false)));
    }

    #[test]
    fn a_star_is_any_string_but_the_empty_one() {
        assert!(holds(&json!("*"), &json!("x")));
        assert!(!holds(&json!("*"), &json!("")));
        assert!(!holds(&json!("*"), &json!(5)));
        assert_eq!(pointers(&json!({"a": "*"}), &json!({})), ["/a"]);
    }

    #[test]
    fn absent_and_none_look_at_the_key_itself() {
        assert!(holds(&json!({"a": {"$absent": true}}), &json!({"b": 1})));
        assert_eq!(pointers(&json!({"a": {"$absent": true}}), &json!({"a": null})), ["/a"]);
        assert!(holds(&json!({"a": {"$none": true}}), &json!({"a": []})));
        assert!(holds(&json!({"a": {"$none": true}}), &json!({})));
        assert!(!holds(&json!({"a": {"$none": true}}), &json!({"a": [1]})));
    }

    #[test]
    fn contains_ignores_order_and_says_which_element_is_missing() {
        let members = json!([{"value": "1", "type": "User"}, {"value": "2"}]);
        assert!(holds(&json!({"$contains": [{"value": "2"}, {"value": "1"}], "$count": 2}), &members));
        assert!(!holds(&json!({"$count": 3}), &members));
        let found = compare(&json!({"$contains": [{"value": "3"}]}), Some(&members));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].expected, r#"an element like {"value":"3"}"#);
    }

    #[test]
    fn not_one_of_and_prefix() {
        assert!(holds(&json!({"$not": "a"}), &json!("b")));
        assert!(!holds(&json!({"$not": "a"}), &json!("a")));
        assert!(holds(&json!({"x": {"$not": true}}), &json!({})));
        assert!(!holds(&json!({"$not": {"$oneOf": ["a", "b"]}}), &json!("b")));
        assert!(holds(&json!({"$prefix": "application/"}), &json!("application/json")));
        assert!(!holds(&json!({"$prefix": "text/"}), &json!("application/json")));
    }

    #[test]
    fn an_unknown_word_never_passes_and_ref_is_no_word() {
        assert!(!holds(&json!({"$contain": []}), &json!([])));
        assert!(holds(&json!({"$ref": "*"}), &json!({"$ref": "http://localhost/Users/1"})));
    }
}
