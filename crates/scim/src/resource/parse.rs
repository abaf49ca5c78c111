//! Bytes become a JSON object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::limits::MAX_DEPTH;
use super::scalar::kind_of;
use crate::error::{ScimError, shorten};
use crate::number::{DIGITS, is_too_precise};

/// Reads a request body as a JSON object. No name may stand in an object twice: of `active` with two values
/// one would be lost, whichever were taken.
///
/// # Errors
/// `invalidSyntax`, with what was expected and where: not UTF-8, not JSON, not an object, nested deeper than
/// [`MAX_DEPTH`], or with a name that stands twice, in whatever letter case. `invalidValue` for a number that would come back
/// as another.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, ScimError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        ScimError::invalid_syntax(format!(
            "The body is not UTF-8: byte {} is invalid. Send JSON in UTF-8 (RFC 7644 §3.8).",
            error.valid_up_to()
        ))
    })?;
    // RFC 8259 §8.1 lets a reader skip a byte order mark, and editors still write them.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(ScimError::invalid_syntax("The body is empty; a JSON object was expected."));
    }
    check_depth(text)?;
    check_numbers(text)?;
    match parse_unambiguous(text) {
        Ok(Value::Object(object)) => refuse_twins(&object).map(|()| object),
        Ok(other) => Err(ScimError::invalid_syntax(format!(
            "The body is {}; a JSON object was expected.",
            kind_of(&other)
        ))),
        // Only a name that stands twice is refused by what is built here, and not by the grammar.
        Err(error) if error.is_data() => Err(ScimError::invalid_syntax(format!("{error}. Send it once."))),
        Err(error) => Err(ScimError::invalid_syntax(format!("The body is not valid JSON: {error}."))),
    }
}

/// Reads JSON in which no name stands in an object twice, letter by letter: which of two values is meant, readers do not agree on
/// (RFC 8259 §4, RFC 7515 §4, RFC 7519 §4).
///
/// # Errors
/// It is no JSON, or a name stands twice; then [`serde_json::Error::is_data`] is true.
pub fn parse_unambiguous(text: &str) -> serde_json::Result<Value> {
    let mut reader = serde_json::Deserializer::from_str(text);
    Unambiguous.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value))
}

/// Builds a value as `serde_json` does, but refuses a name that stands in an object twice instead of taking the last
/// (RFC 8259 §4). How deep it goes, `serde_json` bounds.
#[derive(Clone, Copy)]
struct Unambiguous;

impl<'de> DeserializeSeed<'de> for Unambiguous {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match object.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(members.next_value_seed(self)?);
                }
                Entry::Occupied(twin) => {
                    return Err(A::Error::custom(format!(
                        "{:?} stands twice in one object",
                        shorten(twin.key())
                    )));
                }
            }
        }
        Ok(Value::Object(object))
    }
}

/// Names are case-insensitive (RFC 7643 §2.1): `active` and `ACTIVE` are one attribute with two values, and whichever were
/// taken, the other would be lost.
fn refuse_twins(object: &Map<String, Value>) -> Result<(), ScimError> {
    let mut names: Vec<String> = object.keys().map(|key| key.to_ascii_lowercase()).collect();
    names.sort_unstable();
    if let Some(twin) =
        names.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first()).flatten())
    {
        return Err(ScimError::invalid_syntax(format!(
            "{} stands twice, in different letter case; names are case-insensitive, send it once.",
            shorten(twin)
        )));
    }
    object.values().try_for_each(refuse_twins_inside)
}

/// The depth was checked before, so this recursion is bounded.
fn refuse_twins_inside(value: &Value) -> Result<(), ScimError> {
    match value {
        Value::Object(object) => refuse_twins(object),
        Value::Array(list) => list.iter().try_for_each(refuse_twins_inside),
        _ => Ok(()),
    }
}

/// Once parsed, a number does not tell that it was rounded (RFC 8259 §6).
fn check_numbers(text: &str) -> Result<(), ScimError> {
    // What is between quotes is no number: every second piece, where escaped quotes end none.
    let mut in_string = false;
    for piece in text.split('"') {
        if !in_string {
            let mut words = piece.split(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
            if let Some(number) = words.find(|word| is_too_precise(word)) {
                return Err(ScimError::invalid_value(format!(
                    "The number {} has more digits than can be kept. Send at most {DIGITS}, or a string where one is allowed.",
                    shorten(number)
                )));
            }
        }
        let backslashes = piece.bytes().rev().take_while(|byte| *byte == b'\\').count();
        if !in_string || backslashes % 2 == 0 {
            in_string = !in_string;
        }
    }
    Ok(())
}

/// One pass over the text before it is parsed, so that a hostile body costs no stack.
fn check_depth(text: &str) -> Result<(), ScimError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(ScimError::invalid_syntax(format!(
                "The body is nested deeper than {MAX_DEPTH} levels at byte {offset}. Send it flatter."
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        let error = parse_object(bytes).unwrap_err();
        assert_eq!((error.status, error.scim_type.unwrap().as_str()), (400, "invalidSyntax"));
        error.detail
    }

    #[test]
    fn an_object_is_read_as_serde_json_reads_it() {
        let text = r#" {"a": [1, -2, 0.5, 1e30, 18446744073709551615, "\u00e9\n", true, null, {}, []], "A b": {"a": 1}} "#;
        let object = parse_object(format!("\u{feff}{text}").as_bytes()).unwrap();
        assert_eq!(Value::Object(object), serde_json::from_str::<Value>(text).unwrap());
        assert!(refusal(b"{\"a\": 1} x").contains("trailing characters at line 1 column 10"));
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_wherever_it_is() {
        for (body, name) in [
            (r#"{"active": false, "active": true}"#, "\"active\""),
            (r#"{"a": 1, "a": 1}"#, "\"a\""),
            (r#"{"a": [{"op": "add"}, {"op": "add", "path": "x", "op": "remove"}]}"#, "\"op\""),
            (r#"{"a": {"b": {"c\u0065": 1, "ce": null}}}"#, "\"ce\""),
            (r#"{"active": false, "ACTIVE": true}"#, "active"),
            (r#"{"a": [{"Op": "add", "op": "add"}]}"#, "op"),
        ] {
            let detail = refusal(body.as_bytes());
            assert!(detail.contains(&format!("{name} stands twice")), "{detail}");
        }
        assert!(parse_object(br#"{"a": {"a": [{"a": 1}, {"a": 2}]}}"#).is_ok());
    }

    #[test]
    fn what_is_no_object_is_named() {
        assert!(refusal(b"").contains("empty"));
        assert!(refusal(b"[1]").contains("is an array; a JSON object was expected"));
        assert!(refusal(b"\"x\"").contains("is a string"));
    }

    #[test]
    fn a_syntax_error_tells_line_and_column() {
        let detail = refusal(b"{\n  \"a\": 1\n  \"b\": 2\n}");
        assert!(detail.contains("line 3 column 3"), "{detail}");
        assert!(refusal(b"{\"a\": 1").contains("line 1 column 7"));
    }

    /// R003: JSON is UTF-8.
    #[test]
    fn bytes_that_are_not_utf8_are_refused_with_their_position() {
        assert!(refusal(b"{\"a\": \"\xff\"}").contains("byte 7"));
    }

    /// R038: what would come back as another number is refused; in a text any digits may stand.
    #[test]
    fn a_number_with_too_many_digits_is_named() {
        let long = "0.123456789012345678901234567890";
        let error = parse_object(format!(r#"{{"a": "\\", "b": [1, {long}]}}"#).as_bytes()).unwrap_err();
        assert_eq!(error.scim_type.unwrap().as_str(), "invalidValue");
        assert!(error.detail.contains(long), "{error}");
        for kept in
            [format!(r#"{{"a": "\"{long}", "{long}": 0.5}}"#), "{\"a\": 0.30000000000000004}".to_owned()]
        {
            let read = parse_object(kept.as_bytes()).unwrap();
            assert_eq!(Value::Object(read), serde_json::from_str::<Value>(&kept).unwrap());
        }
    }

    #[test]
    fn the_depth_limit_holds_exactly_and_ignores_brackets_in_strings() {
        let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse_object(nested(MAX_DEPTH - 1).as_bytes()).is_ok());
        assert!(refusal(nested(MAX_DEPTH).as_bytes()).contains("deeper than 32 levels at byte 36"));
        assert!(refusal(nested(1_000_000).as_bytes()).contains("deeper"));
        assert!(parse_object(format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(100)).as_bytes()).is_ok());
    }
}
