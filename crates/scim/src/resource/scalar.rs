//! Simple values: text, booleans, numbers, dates, base64 (RFC 7643 §2.3).

use serde_json::Value;

use super::{Dialect, limits};
use crate::error::{ScimError, shorten};
use crate::filter::date_time::read_date_time;
use crate::schema::{Attribute, AttributeType, Returned};

/// Checks a value against the type of a simple attribute and returns it as it is to be stored. Text stays exactly as
/// it was sent.
pub(super) fn canonical(
    path: &dyn std::fmt::Display,
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Value, ScimError> {
    let fits = match (attribute.kind, &value) {
        (AttributeType::Boolean, Value::Bool(_)) => true,
        (AttributeType::Boolean, Value::String(text)) if !dialect.strict => {
            if text.eq_ignore_ascii_case("true") {
                return Ok(Value::Bool(true));
            }
            if text.eq_ignore_ascii_case("false") {
                return Ok(Value::Bool(false));
            }
            false
        }
        (AttributeType::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
        (AttributeType::Decimal, Value::Number(_)) => true,
        (AttributeType::String | AttributeType::Reference, Value::String(_)) => true,
        (AttributeType::DateTime, Value::String(text)) => read_date_time(text).is_some(),
        (AttributeType::Binary, Value::String(text)) => is_base64(text),
        _ => false,
    };
    if !fits {
        return Err(ScimError::invalid_value(format!(
            "{path} must be {}, found {}.",
            expected(attribute.kind),
            if attribute.returned == Returned::Never { kind_of(&value).to_owned() } else { found(&value) }
        )));
    }
    if let Value::String(text) = &value {
        check_text(path, attribute, text)?;
    }
    Ok(value)
}

fn check_text(path: &dyn std::fmt::Display, attribute: &Attribute, text: &str) -> Result<(), ScimError> {
    // What is never returned is not quoted either (RFC 7643 §4.1.1).
    let shown = || match attribute.returned {
        Returned::Never => "(not shown)".to_owned(),
        _ => format!("\"{}\"", shorten(text)),
    };
    let limit = limits::characters(attribute);
    // Every character takes at least one byte: most texts need not be counted.
    if text.len() > limit && text.chars().count() > limit {
        return Err(ScimError::invalid_value(format!(
            "{path} is longer than {limit} characters: {}. Shorten it.",
            shown()
        )));
    }
    // PostgreSQL cannot store this character in text or JSON.
    if text.contains('\0') {
        return Err(ScimError::invalid_value(format!(
            "{path} contains the character U+0000: {}. Remove it.",
            shown()
        )));
    }
    Ok(())
}

fn expected(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "a string",
        AttributeType::Boolean => "true or false",
        AttributeType::Decimal => "a number",
        AttributeType::Integer => "a whole number",
        AttributeType::DateTime => "a date and time such as \"2026-01-31T08:00:00Z\"",
        AttributeType::Binary => "base64 text",
        AttributeType::Reference => "a URI as a string",
        AttributeType::Complex => "an object",
    }
}

/// What a JSON value is, in words: "an array".
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// What a JSON value is, with its shortened text where that is short to tell.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the string \"{}\"", shorten(text)),
        Value::Number(number) => format!("the number {number}"),
        Value::Bool(value) => format!("the boolean {value}"),
        other => kind_of(other).to_owned(),
    }
}

/// Base64, also with the URL alphabet, without padding (RFC 7643 §2.3.6) or broken into lines.
fn is_base64(text: &str) -> bool {
    let data: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let padding = data.iter().rev().take_while(|byte| **byte == b'=').count();
    let (digits, _) = data.split_at(data.len() - padding);
    padding <= 2
        && digits.len() % 4 != 1
        && (padding == 0 || data.len().is_multiple_of(4))
        && digits.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R039: a dateTime has a date and a time, of a kind that the database can hold.
    #[test]
    fn dates_need_a_date_and_a_time() {
        for good in ["2008-01-23T04:56:22Z", "0001-01-03T00:00:00.0000000Z", "2011-05-13T04:42:34+02:00"] {
            assert!(read_date_time(good).is_some(), "{good}");
        }
        assert!(read_date_time("2011-05-13T04:42:34").is_some());
        for bad in [
            "2008-01-23",
            "2008-01-23 04:56:22Z",
            "23/01/2008",
            "2008-13-23T04:56:22Z",
            "0000-01-01T00:00:00Z",
            "+12008-01-23T04:56:22",
            "2008-01-23T04:56:22+23:00",
            "2008-01-23T04:56:22.00000000000000000000000000000000000000Z",
            "",
        ] {
            assert!(read_date_time(bad).is_none(), "{bad}");
        }
    }

    /// R038: an integer has no fraction, a decimal may have one, and neither is a text.
    #[test]
    fn numbers_are_numbers() {
        let of = |kind: &str, value: Value| {
            let schema = serde_json::json!({"id": "urn:x:y", "attributes": [{"name": "n", "type": kind}]});
            let schema = crate::registry::read_schema(&schema).unwrap();
            canonical(&"n", &schema.attributes[0], value, Dialect::compat()).is_ok()
        };
        for (value, integer, decimal) in [
            ("3", true, true),
            ("-3", true, true),
            ("3.5", false, true),
            ("3e2", false, true),
            ("\"3\"", false, false),
            ("true", false, false),
        ] {
            let value: Value = serde_json::from_str(value).unwrap();
            let found = (of("integer", value.clone()), of("decimal", value.clone()));
            assert_eq!(found, (integer, decimal), "{value}");
        }
    }

    /// R040: binary values are base64, with padding or without.
    #[test]
    fn base64_may_lack_its_padding() {
        for good in ["", "TQ==", "TQ", "TWE=", "TWFu", "TWFu\nTWFu", "_-__"] {
            assert!(is_base64(good), "{good}");
        }
        for bad in ["T", "TWFu=", "TQ===", "T=Q=", "TW!u"] {
            assert!(!is_base64(bad), "{bad}");
        }
    }
}
