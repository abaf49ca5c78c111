//! The names in `attributes` or `excludedAttributes`, resolved against the schema.

use crate::registry::ResourceType;
use crate::schema::{Attribute, Schema};

/// Longest list of names that is looked at. Each name costs a comparison per attribute of every resource.
const MAX_NAMES: usize = 200;

/// A resolved list of names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Selection(Vec<Name>);

/// One name, in canonical case.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    /// URN of the extension; `None` for the core schema.
    extension: Option<String>,
    /// `None` for a whole schema.
    attribute: Option<String>,
    sub: Option<String>,
}

/// How much of an attribute a selection names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    None,
    Parts,
    Whole,
}

impl Selection {
    pub(super) fn parse(rt: &ResourceType, names: &str) -> Self {
        Self::of(rt, names.split(',').map(str::trim).filter(|name| !name.is_empty()))
    }

    pub(super) fn of<'n>(rt: &ResourceType, names: impl Iterator<Item = &'n str>) -> Self {
        Self(names.take(MAX_NAMES).filter_map(|name| resolve(rt, name)).collect())
    }

    pub(super) fn choice(&self, schema: Option<&Schema>, attribute: &Attribute) -> Choice {
        let mut choice = Choice::None;
        for name in self.about(schema, attribute) {
            match name.sub {
                None => return Choice::Whole,
                Some(_) => choice = Choice::Parts,
            }
        }
        choice
    }

    pub(super) fn names_sub(&self, schema: Option<&Schema>, attribute: &Attribute, sub: &Attribute) -> bool {
        self.about(schema, attribute).any(|name| name.sub.as_deref() == Some(sub.name.as_str()))
    }

    fn about(&self, schema: Option<&Schema>, attribute: &Attribute) -> impl Iterator<Item = &Name> {
        let extension = schema.map(|schema| schema.id.as_str());
        self.0.iter().filter(move |name| {
            name.extension.as_deref() == extension
                && name.attribute.as_deref().is_none_or(|name| name == attribute.name)
        })
    }
}

fn resolve(rt: &ResourceType, text: &str) -> Option<Name> {
    if let Some((schema, rest)) = rt.split_urn(text) {
        let extension = (schema.id != rt.schema.id).then_some(schema);
        if rest.is_empty() {
            return Some(Name { extension: extension.map(|e| e.id.clone()), attribute: None, sub: None });
        }
        return inside(rt, extension, rest);
    }
    if let Some(name) = inside(rt, None, text) {
        return Some(name);
    }
    // "department" without URN means the one extension that has it, as in a body.
    rt.extension_with(|schema| inside(rt, Some(schema), text)).map(|(_, name)| name)
}

fn inside(rt: &ResourceType, extension: Option<&Schema>, text: &str) -> Option<Name> {
    let (name, sub) = match text.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (text, None),
    };
    let attribute = match extension {
        Some(schema) => schema.attribute(name)?,
        None => rt.attribute(name)?,
    };
    let sub = match sub {
        Some(sub) => Some(attribute.sub_attribute(sub)?.name.clone()),
        None => None,
    };
    Some(Name { extension: extension.map(|e| e.id.clone()), attribute: Some(attribute.name.clone()), sub })
}
