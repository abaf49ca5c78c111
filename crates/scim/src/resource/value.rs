//! One attribute value in canonical form.

use std::fmt;

use serde_json::{Map, Value};

use super::repeated::join_repeated;
use super::{Dialect, limits, scalar};
use crate::error::{ScimError, shorten};
use crate::schema::{Attribute, AttributeType, Mutability};

/// Where a value stands, for messages: `emails.primary`.
#[derive(Clone, Copy)]
struct Path<'a>(Option<&'a str>, &'a str);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(parent) => write!(f, "{parent}.{}", self.1),
            None => f.write_str(self.1),
        }
    }
}

/// Canonicalises one attribute value by its definition. A multi-valued attribute comes back as an array, a complex one
/// with its sub-attributes in canonical case and without those that only the server sets.
///
/// `Ok(None)` means "no value": `null`, `[]` (RFC 7643 §2.5), an object without content, and the empty string where it
/// cannot be meant as text: `externalId`, a whole complex attribute, or the `value` of one (an identity provider
/// removes a manager by sending `""`).
///
/// # Errors
/// `invalidValue` naming the attribute: a value of the wrong type, too long, or too many of them.
pub fn canonical_value(
    attr: &Attribute,
    value: Value,
    dialect: &Dialect,
) -> Result<Option<Value>, ScimError> {
    canonical(Path(None, &attr.name), attr, value, *dialect)
}

fn canonical(
    path: Path<'_>,
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Option<Value>, ScimError> {
    match value {
        Value::Null => Ok(None),
        Value::Array(elements) if attribute.multi_valued => many(path, attribute, elements, dialect),
        value if attribute.multi_valued => {
            if dialect.strict {
                return Err(wrong_type(path, "an array", &value));
            }
            many(path, attribute, vec![value], dialect)
        }
        Value::Array(mut elements) => match (elements.pop(), elements.is_empty()) {
            (None, _) => Ok(None),
            (Some(only), true) if attribute.kind == AttributeType::Complex && !dialect.strict => {
                one(path, attribute, only, dialect)
            }
            _ => Err(ScimError::invalid_value(format!("{path} holds a single value, found an array."))),
        },
        value => one(path, attribute, value, dialect),
    }
}

/// A single value, or one element of many.
fn one(
    path: Path<'_>,
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Option<Value>, ScimError> {
    if value.is_null() {
        return Ok(None);
    }
    if attribute.kind == AttributeType::Complex {
        return complex(path, attribute, value, dialect);
    }
    if attribute.name == "externalId" && value.as_str() == Some("") {
        return Ok(None);
    }
    scalar::canonical(&path, attribute, value, dialect).map(Some)
}

fn complex(
    path: Path<'_>,
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Option<Value>, ScimError> {
    let given = match value {
        Value::Object(object) => object,
        Value::String(text) if !dialect.strict => {
            if text.is_empty() {
                return Ok(None);
            }
            if attribute.sub_attribute("value").is_none() {
                return Err(wrong_type(path, "an object", &Value::String(text)));
            }
            Map::from_iter([("value".to_owned(), Value::String(text))])
        }
        other => return Err(wrong_type(path, "an object", &other)),
    };
    let mut object = Map::new();
    for (key, value) in given {
        let Some(sub) = attribute.sub_attribute(&key) else {
            if dialect.refuses_unknown() {
                return Err(ScimError::invalid_value(format!(
                    "{path} has no sub-attribute \"{}\". Remove it.",
                    shorten(&key)
                )));
            }
            continue;
        };
        // The server sets these itself, and the exact name wins over another spelling of it.
        if sub.mutability == Mutability::ReadOnly || key != sub.name && object.contains_key(&sub.name) {
            continue;
        }
        match canonical(Path(Some(path.1), &sub.name), sub, value, dialect)? {
            Some(value) => object.insert(sub.name.clone(), value),
            None => object.remove(&sub.name),
        };
    }
    let no_value = object.is_empty() || object.get("value").and_then(Value::as_str) == Some("");
    Ok((!no_value).then_some(Value::Object(object)))
}

fn many(
    path: Path<'_>,
    attribute: &Attribute,
    elements: Vec<Value>,
    dialect: Dialect,
) -> Result<Option<Value>, ScimError> {
    if let Some(limit) = limits::elements(attribute)
        && elements.len() > limit
    {
        return Err(ScimError::invalid_value(format!(
            "{path} has {} values; at most {limit} are kept. Send fewer.",
            elements.len()
        )));
    }
    let mut list = Vec::with_capacity(elements.len());
    for element in elements {
        list.extend(one(path, attribute, element, dialect)?);
    }
    settle(&mut list);
    Ok((!list.is_empty()).then_some(Value::Array(list)))
}

/// Brings the elements of a list into their final form (RFC 7643 §2.4): a value of one type stands once, and at most one is
/// primary. A client that marks several gets the last one: refusing would lose the whole user.
pub(super) fn settle(elements: &mut Vec<Value>) {
    join_repeated(elements);
    // What differed only by being primary may be the same now.
    if keep_last_primary(elements) {
        join_repeated(elements);
    }
}

/// Whether an element had to give up being primary.
fn keep_last_primary(elements: &mut [Value]) -> bool {
    let (mut found, mut given_up) = (false, false);
    for primary in elements.iter_mut().rev().filter_map(|element| element.get_mut("primary")) {
        if *primary == Value::Bool(true) && std::mem::replace(&mut found, true) {
            *primary = Value::Bool(false);
            given_up = true;
        }
    }
    given_up
}

fn wrong_type(path: Path<'_>, expected: &str, value: &Value) -> ScimError {
    ScimError::invalid_value(format!("{path} must be {expected}, found {}.", scalar::found(value)))
}
