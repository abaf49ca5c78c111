//! Why a body of the API cannot be read, in our words: the field, the value and the way out.

use crate::app::AppError;
use rollcall_scim::error::shorten;
use serde_json::Value;
use serde_path_to_error::{Error, Path, Segment};

/// The error of whoever sent this body.
pub(super) fn explain(error: &Error<serde_json::Error>, body: &Value) -> AppError {
    let (field, value) = place(error.path(), body);
    let message = error.inner().to_string();
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        let field = if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
        return AppError::invalid(field, "is missing; send it".to_owned());
    }
    let shown = value.map(|value| shown(&field, value)).unwrap_or_default();
    let detail = if message.starts_with("unknown field `") {
        match words(&message) {
            known if known.is_empty() => "is not known here; leave it out".to_owned(),
            known => format!("is not known here; there are: {known}"),
        }
    } else if message.starts_with("unknown variant `") {
        format!("{shown} is not possible; send one of: {}", words(&message))
    } else if message.starts_with("UUID parsing failed") {
        format!("{shown} is no id; send one such as 01a20245-168f-764f-bfe1-8731c588367e")
    } else if let Some((_, expected)) = message.rsplit_once(", expected ") {
        format!("{shown} cannot be used; send {}", in_words(expected))
    } else {
        format!("{shown} cannot be used: {message}")
    };
    AppError::invalid(if field.is_empty() { "body".to_owned() } else { field }, detail)
}

/// A value as an answer may repeat it: of a password or token, what kind of JSON it is.
fn shown(field: &str, value: &Value) -> String {
    let field = field.to_ascii_lowercase();
    if !["password", "token", "secret"].iter().any(|word| field.contains(word)) {
        return shorten(&value.to_string());
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "the string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    kind.to_owned()
}

/// The name of the field that a path leads to, and its value. What stands inside of a word to choose from is no field.
fn place<'a>(path: &Path, body: &'a Value) -> (String, Option<&'a Value>) {
    let (mut name, mut value) = (String::new(), Some(body));
    for segment in path.iter() {
        match segment {
            Segment::Map { key } => {
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(&shorten(key));
                value = value.and_then(|value| value.get(key));
            }
            Segment::Seq { index } => {
                name.push_str(&format!("[{index}]"));
                value = value.and_then(|value| value.get(index));
            }
            Segment::Enum { .. } | Segment::Unknown => break,
        }
    }
    (name, value)
}

/// The names that a message lists behind the one that it is about, which may hold anything.
fn words(message: &str) -> String {
    let listed = message.rsplit_once("`, expected ").map(|(_, listed)| listed).unwrap_or_default();
    listed.split('`').skip(1).step_by(2).collect::<Vec<_>>().join(", ")
}

/// What is expected, as serde says it, in the words of JSON.
fn in_words(expected: &str) -> &str {
    match expected {
        "string or map" | "map with a single key" | "unit" | "unit variant" => "a string",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i32" | "i64" => "a whole number",
        "f64" => "a number",
        "a sequence" => "an array",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}
