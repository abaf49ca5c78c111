//! Which element of a list a new one says again (RFC 7644 §3.5.2.1, quirk 111), found without comparing each with each.

use std::collections::HashMap;

use serde_json::Value;

use crate::letter_case::folded;
use crate::schema::Attribute;

/// The elements of a list by what they say.
///
/// A new element says the same as a present one when it has the same `value` and, if it has one, the same `type`; without
/// `value` when all of its content is the same.
pub(super) struct Index<'a> {
    attribute: &'a Attribute,
    /// The first element of each key. One with a `value` stands under that, and under that and its type.
    places: HashMap<String, usize>,
}

impl<'a> Index<'a> {
    /// The elements of `list`.
    pub(super) fn of(attribute: &'a Attribute, list: &[Value]) -> Self {
        let mut index = Self { attribute, places: HashMap::with_capacity(list.len() * 2) };
        for (place, element) in list.iter().enumerate() {
            index.insert(element, place);
        }
        index
    }

    /// Takes an element up that stands at `place`.
    pub(super) fn insert(&mut self, element: &Value, place: usize) {
        let (value, whole) = (self.by_value(element), self.by_all(element));
        for key in value.into_iter().chain([whole]) {
            self.places.entry(key).or_insert(place);
        }
    }

    /// The first element that says the same as `new`.
    pub(super) fn same(&self, new: &Value) -> Option<usize> {
        let key = match new.get("type") {
            None => self.by_value(new),
            Some(_) => None,
        };
        self.places.get(&key.unwrap_or_else(|| self.by_all(new))).copied()
    }

    fn by_value(&self, element: &Value) -> Option<String> {
        Some(format!("value {}", self.part(element, "value")?))
    }

    fn by_all(&self, element: &Value) -> String {
        match (self.part(element, "value"), self.part(element, "type")) {
            (Some(value), Some(kind)) => format!("both {kind} {value}"),
            (Some(value), None) => format!("value {value}"),
            (None, _) if element.is_object() => format!("whole {element}"),
            (None, _) => format!("whole {}", key_of(self.attribute, element)),
        }
    }

    fn part(&self, element: &Value, name: &str) -> Option<String> {
        let part = element.get(name)?;
        Some(self.attribute.sub_attribute(name).map_or_else(|| part.to_string(), |sub| key_of(sub, part)))
    }
}

/// Equal for values that are equal by the rules of the attribute: text in any letter case where that does not count.
pub(super) fn key_of(attribute: &Attribute, value: &Value) -> String {
    match value {
        Value::String(text) if !attribute.case_exact => Value::String(folded(text)).to_string(),
        other => other.to_string(),
    }
}
