//! Sorting (RFC 7644 §3.4.2.3): what `sortBy` names and what `sortOrder` says.
//!
//! [`Sort`] is what a store translates into its query language; [`Sort::compare`] is the same order on JSON resources.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::error::{ScimError, shorten};
use crate::filter::Field;
use crate::filter::date_time::parse_date_time;
use crate::filter::name::{Located, Lookup, default_sub_attribute, locate_unqualified};
use crate::letter_case::folded;
use crate::registry::ResourceType;
use crate::schema::{Attribute, AttributeType, Returned};

/// Characters of a text that count: whole attributes, except certificates and photos, which have to fit into a cursor.
pub const COMPARED: usize = 1_024;

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The smallest value first; resources without a value last.
    #[default]
    Ascending,
    /// The exact reverse.
    Descending,
}

impl Direction {
    /// Reads `sortOrder`, in any letter case.
    ///
    /// # Errors
    /// `invalidValue` for every other word.
    pub fn from_word(word: &str) -> Result<Self, ScimError> {
        match word.trim() {
            word if word.eq_ignore_ascii_case("ascending") => Ok(Self::Ascending),
            word if word.eq_ignore_ascii_case("descending") => Ok(Self::Descending),
            other => Err(ScimError::invalid_value(format!(
                "sortOrder {:?} is not known; send ascending or descending",
                shorten(other)
            ))),
        }
    }
}

/// A total order of resources: by the value of a field, and by `id` where the values are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// What is compared. Of a multi-valued attribute it is the primary element, else the first.
    pub field: Field,
    /// Which way.
    pub direction: Direction,
}

/// Finds the attribute that `sort_by` names for resources of type `rt`: with or without URN, in any letter case, and a
/// complex attribute with a `value` stands for that, as in a filter.
///
/// # Errors
/// `invalidValue`, and not `invalidPath`, which is for paths of a PATCH (RFC 7644 §3.12, Table 9): the attribute is not
/// known, is never returned (its order would reveal it), or is complex and has no `value`.
pub fn resolve(rt: &ResourceType, sort_by: &str, direction: Direction) -> Result<Sort, ScimError> {
    let Lookup::Attribute(located) = locate_unqualified(rt, sort_by.trim()) else {
        return Err(invalid(sort_by, "is no attribute known here; /Schemas lists them all"));
    };
    let hidden = |a: &Attribute| a.returned == Returned::Never;
    if hidden(located.attribute) || located.sub.is_some_and(hidden) {
        return Err(invalid(sort_by, "is never shown, so nothing can be sorted by it"));
    }
    Ok(Sort { field: field(located, sort_by)?, direction })
}

fn field(located: Located<'_>, sort_by: &str) -> Result<Field, ScimError> {
    let sub = match located.sub {
        None if located.attribute.kind == AttributeType::Complex => {
            let value = default_sub_attribute(located.attribute);
            Some(value.ok_or_else(|| {
                invalid(sort_by, "is complex: name one of its sub-attributes, separated by a dot")
            })?)
        }
        sub => sub,
    };
    let target = sub.unwrap_or(located.attribute);
    Ok(Field {
        schema: located.schema.map(|schema| schema.id.clone()),
        attribute: located.attribute.name.clone(),
        sub_attribute: sub.map(|sub| sub.name.clone()),
        kind: target.kind,
        case_exact: target.case_exact,
        multi_valued: located.attribute.multi_valued,
    })
}

fn invalid(sort_by: &str, problem: &str) -> ScimError {
    ScimError::invalid_value(format!("sortBy {:?} {problem}", shorten(sort_by)))
}

/// A value as it is compared: instants, numbers, booleans (false before true), or text by code point.
#[derive(Debug, PartialEq, PartialOrd)]
enum Key {
    Bool(bool),
    Number(f64),
    Time(DateTime<Utc>),
    Text(String),
}

impl Sort {
    /// Compares two resources with keys in canonical case. Equal only for the same `id`.
    pub fn compare(&self, a: &Map<String, Value>, b: &Map<String, Value>) -> Ordering {
        let by_value = match (self.key(a), self.key(b)) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        let id =
            |resource: &Map<String, Value>| resource.get("id").and_then(Value::as_str).map(str::to_owned);
        let ascending = by_value.then_with(|| id(a).cmp(&id(b)));
        match self.direction {
            Direction::Ascending => ascending,
            Direction::Descending => ascending.reverse(),
        }
    }

    fn key(&self, resource: &Map<String, Value>) -> Option<Key> {
        let attribute = match &self.field.schema {
            None => resource.get(&self.field.attribute),
            Some(urn) => resource.get(urn)?.get(&self.field.attribute),
        };
        let one = match attribute? {
            Value::Array(elements) if self.field.multi_valued => {
                let is_primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
                elements.iter().find(is_primary).or_else(|| elements.first())?
            }
            single => single,
        };
        let value = match &self.field.sub_attribute {
            None => one,
            Some(sub) => one.get(sub)?,
        };
        match (value, self.field.kind) {
            // A value of another type, left over from another schema, is none.
            (Value::Bool(value), AttributeType::Boolean) => Some(Key::Bool(*value)),
            (Value::Number(value), AttributeType::Integer | AttributeType::Decimal) => {
                value.as_f64().map(Key::Number)
            }
            (_, AttributeType::Boolean | AttributeType::Integer | AttributeType::Decimal) => None,
            (Value::String(text), AttributeType::DateTime) => parse_date_time(text).map(Key::Time),
            (Value::String(text), _) if self.field.case_exact => Some(Key::Text(beginning(text))),
            (Value::String(text), _) => Some(Key::Text(beginning(&folded(text)))),
            _ => None,
        }
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(COMPARED).collect()
}

#[cfg(test)]
mod tests;
