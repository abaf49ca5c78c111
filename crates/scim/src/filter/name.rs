//! From the name a client wrote to the definition of the attribute (RFC 7644 §3.10).

use crate::registry::ResourceType;
use crate::schema::{Attribute, AttributeType, Schema};

/// Where a name leads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lookup<'r> {
    /// To an attribute or a sub-attribute.
    Attribute(Located<'r>),
    /// The name is the URN of an extension and nothing else.
    Extension(&'r Schema),
    /// The name is the URN of the core schema and nothing else.
    Core,
    /// Nowhere.
    Unknown,
}

/// A definition with the way to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located<'r> {
    /// The extension it belongs to; `None` for the core schema and the common attributes.
    pub(crate) schema: Option<&'r Schema>,
    /// The attribute.
    pub(crate) attribute: &'r Attribute,
    /// The sub-attribute, when one was named.
    pub(crate) sub: Option<&'r Attribute>,
}

/// Follows `text`, any letter case, with or without URN. The longest known URN decides where the name begins, so the dot
/// in `…:2.0:User` separates nothing (quirks 38, 96).
pub(crate) fn locate<'r>(rt: &'r ResourceType, text: &str) -> Lookup<'r> {
    let Some((schema, rest)) = rt.split_urn(text) else {
        return attribute_of(None, text, |name| rt.attribute(name));
    };
    let core = schema.id == rt.schema.id;
    match (rest.is_empty(), core) {
        (true, true) => Lookup::Core,
        (true, false) => Lookup::Extension(schema),
        (false, true) => attribute_of(None, rest, |name| rt.attribute(name)),
        (false, false) => attribute_of(Some(schema), rest, |name| schema.attribute(name)),
    }
}

/// Like [`locate`], and a name the core schema does not have may belong to an extension, as long as exactly one extension
/// has it, the tenant's own coming last: `manager` (quirks 29, 105c), `department` (quirk 62).
pub(crate) fn locate_unqualified<'r>(rt: &'r ResourceType, text: &str) -> Lookup<'r> {
    match locate(rt, text) {
        Lookup::Unknown => match only_extension_with(rt, text) {
            Some(schema) => attribute_of(Some(schema), text, |name| schema.attribute(name)),
            None => Lookup::Unknown,
        },
        found => found,
    }
}

/// The extension that has the attribute `text` begins with, if there is exactly one and the core schema has none.
pub(crate) fn only_extension_with<'r>(rt: &'r ResourceType, text: &str) -> Option<&'r Schema> {
    let (name, _) = split_sub_attribute(text);
    if rt.attribute(name).is_some() {
        return None;
    }
    rt.extension_with(|schema| schema.attribute(name).map(drop)).map(|(schema, ())| schema)
}

/// `name.givenName` → (`name`, `givenName`).
pub(crate) fn split_sub_attribute(text: &str) -> (&str, Option<&str>) {
    match text.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (text, None),
    }
}

/// The sub-attribute that stands for the whole value when none is named: `emails eq "…"` means `emails.value` (RFC 7643
/// §2.4, quirk 32).
pub(crate) fn default_sub_attribute(attribute: &Attribute) -> Option<&Attribute> {
    if attribute.kind == AttributeType::Complex { attribute.sub_attribute("value") } else { None }
}

fn attribute_of<'r>(
    schema: Option<&'r Schema>,
    text: &str,
    find: impl FnOnce(&str) -> Option<&'r Attribute>,
) -> Lookup<'r> {
    let (name, sub_name) = split_sub_attribute(text);
    let Some(attribute) = find(name) else { return Lookup::Unknown };
    match sub_name {
        None => Lookup::Attribute(Located { schema, attribute, sub: None }),
        Some(sub_name) => match attribute.sub_attribute(sub_name) {
            Some(sub) => Lookup::Attribute(Located { schema, attribute, sub: Some(sub) }),
            None => Lookup::Unknown,
        },
    }
}
