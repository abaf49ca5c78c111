//! Which attributes an answer holds (RFC 7644 §3.9).

use serde_json::{Map, Value};

use crate::error::ScimError;
use crate::registry::ResourceType;
use crate::schema::{Attribute, Returned, Schema};

mod selection;
mod written;

use selection::{Choice, Selection};

/// The client's choice of attributes: all, only some, or all but some.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Projection(Mode);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Mode {
    #[default]
    Everything,
    /// Everything, and what is returned on request as far as the selection names it.
    Written(Selection),
    Only(Selection),
    Except(Selection),
}

impl Projection {
    /// What is returned unless asked otherwise.
    pub fn everything() -> Self {
        Self(Mode::Everything)
    }

    /// Reads the query parameters `attributes` and `excludedAttributes`: names separated by commas, with blanks around
    /// them and in any letter case, with or without URN, down to sub-attributes (`name.givenName`). Unknown names are
    /// ignored; a blank parameter counts as absent.
    ///
    /// # Errors
    /// `invalidValue` when both are given: RFC 7644 §3.9 makes them exclude each other.
    pub fn parse(
        rt: &ResourceType,
        attributes: Option<&str>,
        excluded: Option<&str>,
    ) -> Result<Self, ScimError> {
        let given = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        match (attributes, excluded) {
            (Some(_), Some(_)) if given(attributes) && given(excluded) => Err(ScimError::invalid_value(
                "attributes and excludedAttributes exclude each other. Send one of them.",
            )),
            (Some(names), _) if given(attributes) => Ok(Self(Mode::Only(Selection::parse(rt, names)))),
            (_, Some(names)) if given(excluded) => Ok(Self(Mode::Except(Selection::parse(rt, names)))),
            _ => Ok(Self::everything()),
        }
    }

    /// The same choice for the answer to a request that writes `body`: without a choice, the answer also holds what is
    /// returned on request and was written (RFC 7643 §7, R080).
    pub fn after_writing(self, rt: &ResourceType, body: &Map<String, Value>) -> Self {
        if self.0 != Mode::Everything || rt.shows_all_it_stores() {
            return self;
        }
        Self(Mode::Written(Selection::of(rt, written::names(rt, body).iter().map(String::as_str))))
    }

    /// Whether the client made no choice.
    pub fn is_everything(&self) -> bool {
        matches!(self.0, Mode::Everything | Mode::Written(_))
    }

    /// Whether the client named what it wants (`attributes`).
    pub fn is_by_name(&self) -> bool {
        matches!(self.0, Mode::Only(_))
    }

    /// Whether the answer holds anything of a top-level attribute (`members`, `groups`) or of an extension, given by
    /// its URN. What it does not hold need not be loaded.
    pub fn wants(&self, rt: &ResourceType, attribute: &str) -> bool {
        if let Some(extension) = rt.extension(attribute) {
            return extension.attributes.iter().any(|inner| self.keeps(Some(extension), inner).is_some());
        }
        rt.attribute(attribute).is_some_and(|attribute| self.keeps(None, attribute).is_some())
    }

    /// Removes from a resource in canonical form what the answer must not hold: what is never returned, whatever the
    /// client asks; what it did not choose, except what is always returned; and what no schema knows.
    pub fn apply(&self, rt: &ResourceType, resource: &mut Map<String, Value>) {
        resource.retain(|key, value| {
            if let Some(attribute) = rt.attribute(key) {
                return self.retain(None, attribute, value);
            }
            let (Some(schema), Value::Object(inner)) = (rt.extension(key), value) else { return false };
            inner.retain(|key, value| {
                schema.attribute(key).is_some_and(|attribute| self.retain(Some(schema), attribute, value))
            });
            !inner.is_empty()
        });
        drop_unused_urns(rt, resource);
    }

    fn retain(&self, schema: Option<&Schema>, attribute: &Attribute, value: &mut Value) -> bool {
        match self.keeps(schema, attribute) {
            None => false,
            Some(Kept::Whole) => true,
            Some(Kept::Parts) => {
                let keep = |sub: &Attribute| self.keeps_sub(schema, attribute, sub);
                retain_parts(attribute, value, &keep)
            }
        }
    }

    /// Whether and how an attribute is kept.
    fn keeps(&self, schema: Option<&Schema>, attribute: &Attribute) -> Option<Kept> {
        let choice = match &self.0 {
            Mode::Everything => None,
            Mode::Written(selection) | Mode::Only(selection) | Mode::Except(selection) => {
                Some(selection.choice(schema, attribute))
            }
        };
        let plain = attribute.sub_attributes.iter().all(|sub| sub.returned == Returned::Default);
        match (attribute.returned, &self.0, choice) {
            (Returned::Never, _, _) => None,
            (Returned::Always, _, _) => Some(Kept::Whole),
            (_, Mode::Only(_), Some(Choice::None)) => None,
            (_, Mode::Only(_), Some(Choice::Parts)) => Some(Kept::Parts),
            (_, Mode::Except(_), Some(Choice::Whole)) => None,
            (Returned::Request, Mode::Everything | Mode::Except(_), _) => None,
            (Returned::Request, Mode::Written(_), Some(Choice::None)) => None,
            (_, Mode::Except(_), Some(Choice::Parts)) => Some(Kept::Parts),
            _ if plain => Some(Kept::Whole),
            _ => Some(Kept::Parts),
        }
    }

    fn keeps_sub(&self, schema: Option<&Schema>, attribute: &Attribute, sub: &Attribute) -> bool {
        match (sub.returned, &self.0) {
            (Returned::Never, _) => false,
            (Returned::Always, _) => true,
            (Returned::Default, Mode::Everything | Mode::Written(_)) => true,
            (Returned::Request, Mode::Written(selection)) => {
                selection.names_sub(schema, attribute, sub)
                    || selection.choice(schema, attribute) == Choice::Whole
            }
            (Returned::Request, Mode::Everything | Mode::Except(_)) => false,
            (Returned::Default, Mode::Except(selection)) => !selection.names_sub(schema, attribute, sub),
            (returned, Mode::Only(selection)) => {
                selection.names_sub(schema, attribute, sub)
                    || returned == Returned::Default && selection.choice(schema, attribute) == Choice::Whole
            }
        }
    }
}

/// How much of a kept attribute stays.
#[derive(Clone, Copy)]
enum Kept {
    Whole,
    Parts,
}

/// Keeps the chosen sub-attributes. False: nothing is left.
fn retain_parts(attribute: &Attribute, value: &mut Value, keep: &dyn Fn(&Attribute) -> bool) -> bool {
    match value {
        Value::Object(object) => {
            object.retain(|key, _| attribute.sub_attribute(key).is_some_and(keep));
            !object.is_empty()
        }
        Value::Array(elements) => {
            elements.retain_mut(|element| retain_parts(attribute, element, keep));
            !elements.is_empty()
        }
        _ => true,
    }
}

/// `schemas` names the schemas of what is in the answer (RFC 7643 §3.1).
fn drop_unused_urns(rt: &ResourceType, resource: &mut Map<String, Value>) {
    let Some(Value::Array(mut urns)) = resource.remove("schemas") else { return };
    urns.retain(|urn| {
        urn.as_str()
            .is_some_and(|urn| rt.extension(urn).is_none_or(|schema| resource.contains_key(&schema.id)))
    });
    resource.insert("schemas".to_owned(), Value::Array(urns));
}

#[cfg(test)]
mod tests;
