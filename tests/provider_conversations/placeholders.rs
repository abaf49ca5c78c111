//! `{{name}}` in paths, headers, bodies and expectations.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Names and what stands for them: `base`, `token`, `random`, `n`, and everything a conversation saved.
pub(crate) type Values = BTreeMap<String, String>;

/// Replaces every `{{name}}` of a text.
///
/// # Errors
/// Names the first placeholder that nothing stands for.
pub(crate) fn fill(text: &str, values: &Values) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        let value = values.get(name).ok_or_else(|| format!("nothing was saved as {{{{{name}}}}}"))?;
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// [`fill`] for every string and key inside a JSON value.
///
/// # Errors
/// As [`fill`].
pub(crate) fn fill_json(value: &Value, values: &Values) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill(text, values)?),
        Value::Array(elements) => {
            Value::Array(elements.iter().map(|element| fill_json(element, values)).collect::<Result<_, _>>()?)
        }
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(key, value)| Ok((fill(key, values)?, fill_json(value, values)?)))
                .collect::<Result<Map<_, _>, String>>()?,
        ),
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values() -> Values {
        Values::from([("userId".to_owned(), "7f".to_owned()), ("quoted".to_owned(), "W/\"1\"".to_owned())])
    }

    #[test]
    fn names_are_replaced_everywhere() {
        assert_eq!(fill("/Users/{{userId}}?a={{userId}}", &values()), Ok("/Users/7f?a=7f".to_owned()));
        let body = json!({"a": ["{{userId}}", 1], "k{{userId}}": {"v": "{{quoted}}"}});
        assert_eq!(fill_json(&body, &values()), Ok(json!({"a": ["7f", 1], "k7f": {"v": "W/\"1\""}})));
    }

    #[test]
    fn an_unknown_name_is_an_error_and_single_braces_are_text() {
        assert_eq!(fill("{{nobody}}", &values()), Err("nothing was saved as {{nobody}}".to_owned()));
        assert_eq!(fill("{user.active} {{", &values()), Ok("{user.active} {{".to_owned()));
    }
}
