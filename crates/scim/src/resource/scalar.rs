//! Simple values: text, booleans, numbers, dates, base64 (RFC 7643 §2.3).

use serde_json::Value;

use super::{Dialect, limits};
use crate::error::{ScimError, shorten};
use crate::filter::date_time::read_date_time;
use crate::number::{LARGEST, is_exact};
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
        (AttributeType::Integer, Value::Number(number)) => !number.is_f64() && is_exact(number),
        (AttributeType::Decimal, Value::Number(number)) => is_exact(number),
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

fn expected(kind: AttributeType) -> String {
    let words = match kind {
        AttributeType::String => "a string",
        AttributeType::Boolean => "true or false",
        AttributeType::Decimal => return format!("a number, and a whole one at most {LARGEST}"),
        AttributeType::Integer => return format!("a whole number from -{LARGEST} to {LARGEST}"),
        AttributeType::DateTime => {
            "a date and time between the years 1 and 9999, such as \"2026-01-31T08:00:00Z\""
        }
        AttributeType::Binary => "base64 text",
        AttributeType::Reference => "a URI as a string",
        AttributeType::Complex => "an object",
    };
    words.to_owned()
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

    /// R038: an integer has no fraction, a decimal may have one, neither is a text, and neither is what a double cannot hold.
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
            ("9007199254740991", true, true),
            ("-9007199254740992", false, false),
            ("100000000000000000000", false, true),
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
