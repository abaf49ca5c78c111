//! Where a key of a body belongs.

use crate::registry::ResourceType;
use crate::schema::{Attribute, Schema};

use super::Dialect;

/// What a key of a body means.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// The URN of the core schema, around attributes that belong outside.
    Core,
    /// An attribute of the core schema, or a common one.
    Attribute(Leaf<'a>),
    /// The URN of an extension.
    Extension(&'a Schema),
    /// An attribute of an extension, named from outside the extension.
    Inside(&'a Schema, Leaf<'a>),
}

/// An attribute, and the sub-attribute when the key names that: `name.givenName`.
#[derive(Clone, Copy)]
pub(super) struct Leaf<'a> {
    pub(super) attribute: &'a Attribute,
    pub(super) sub: Option<&'a Attribute>,
}

impl Leaf<'_> {
    /// Whether `key` spells the name exactly as the schema does.
    pub(super) fn is_exact(&self, key: &str) -> bool {
        self.sub.is_none() && key == self.attribute.name
    }
}

/// The place of a top-level key. `None`: the key is unknown.
pub(super) fn of<'a>(resource_type: &'a ResourceType, key: &str, dialect: Dialect) -> Option<Place<'a>> {
    if let Some((schema, rest)) = resource_type.split_urn(key) {
        let core = schema.id == resource_type.schema.id;
        return match (core, rest) {
            (false, "") => Some(Place::Extension(schema)),
            _ if dialect.strict => None,
            (true, "") => Some(Place::Core),
            (true, name) => leaf(|name| resource_type.attribute(name), name, dialect).map(Place::Attribute),
            (false, name) => inside(schema, name, dialect).map(|leaf| Place::Inside(schema, leaf)),
        };
    }
    if let Some(leaf) = leaf(|name| resource_type.attribute(name), key, dialect) {
        return Some(Place::Attribute(leaf));
    }
    if dialect.strict {
        return None;
    }
    // "department" at the top level can only mean the one extension that has it.
    let (schema, ()) = resource_type.extension_with(|schema| inside(schema, key, dialect).map(drop))?;
    inside(schema, key, dialect).map(|leaf| Place::Inside(schema, leaf))
}

/// The attribute of that name in a schema.
pub(super) fn inside<'a>(schema: &'a Schema, name: &str, dialect: Dialect) -> Option<Leaf<'a>> {
    leaf(|name| schema.attribute(name), name, dialect)
}

fn leaf<'a>(find: impl Fn(&str) -> Option<&'a Attribute>, name: &str, dialect: Dialect) -> Option<Leaf<'a>> {
    if let Some(attribute) = find(name) {
        return Some(Leaf { attribute, sub: None });
    }
    let (name, sub) = name.split_once('.').filter(|_| !dialect.strict)?;
    // Which element of a list `emails.value` would mean cannot be known.
    let attribute = find(name).filter(|attribute| !attribute.multi_valued)?;
    Some(Leaf { attribute, sub: Some(attribute.sub_attribute(sub)?) })
}
