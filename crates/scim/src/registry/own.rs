//! Extension schemas that a tenant brings (RFC 7643 §6, §7): read from JSON, checked, and added to the registry.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Extension, Registry, RegistryError, check};
use crate::error::shorten;
use crate::schema::{Attribute, AttributeType, Mutability, Schema, Uniqueness};

/// Attributes of a tenant's schema at most, sub-attributes included.
pub const MAX_ATTRIBUTES: usize = 100;

/// Characters of a URN at most.
const MAX_URN: usize = 256;

/// What nobody else may define: the URNs of RFC 7643 and RFC 7644, and those of this server.
const RESERVED: [&str; 4] = [
    "urn:ietf:params:scim:api:",
    "urn:ietf:params:scim:schemas:core:",
    "urn:ietf:params:scim:schemas:extension:enterprise:",
    "urn:ietf:params:scim:schemas:extension:rollcall:",
];

/// A tenant's schema and what it extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSchema {
    /// Name of the resource type, such as `User`.
    pub resource_type: String,
    /// The schema.
    pub schema: Schema,
}

impl Registry {
    /// This registry and the schemas of a tenant. No resource has to carry one of them, whatever it requires inside.
    ///
    /// # Errors
    /// A schema that breaks a rule of RFC 7643 or of this server, or contradicts another; the message names it.
    pub fn with_own(&self, own: impl IntoIterator<Item = OwnSchema>) -> Result<Registry, RegistryError> {
        let mut registry = self.clone();
        for OwnSchema { resource_type, schema } in own {
            check_own(&registry, &schema)?;
            let names: Vec<&str> = registry.resource_types.iter().map(|rt| rt.name.as_str()).collect();
            let names = names.join(", ");
            let Some(extended) = registry.resource_types.iter_mut().find(|rt| rt.name == resource_type)
            else {
                let shown = shorten(&resource_type);
                return rule(format!("there is no resource type {shown:?} to extend; there are: {names}"));
            };
            let schema = Arc::new(schema);
            extended.extensions.push(Extension::new(Arc::clone(&schema), false, true));
            registry.schemas.push(schema);
        }
        check::registry(&registry)?;
        Ok(registry)
    }
}

/// Reads a schema in the form of RFC 7643 §7, as `/Schemas` shows it. What is not said is as RFC 7643 §2.2 has it:
/// optional, single-valued, a string, without regard to letter case (references and binary values: with), read and written,
/// returned by default, not unique. `schemas` and `meta` are not looked at.
///
/// # Errors
/// What is no schema; the message names the attribute.
pub fn read_schema(definition: &Value) -> Result<Schema, RegistryError> {
    let Value::Object(definition) = definition else {
        return rule("a schema is a JSON object with id and attributes".to_owned());
    };
    if let Some(place) = definition.iter().find_map(|(key, value)| place_of_nul(key, value)) {
        return rule(format!("{} holds a NUL, which cannot be stored; remove it", shorten(&place)));
    }
    for key in definition.keys() {
        if !["id", "name", "description", "attributes", "schemas", "meta"].contains(&key.as_str()) {
            return rule(format!("{:?} is no member of a schema; remove it", shorten(key)));
        }
    }
    let text = |name: &str| match definition.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => rule(format!("{name} of a schema must be a string")),
    };
    let Some(id) = text("id")? else {
        return rule("a schema needs an id, its URN, such as urn:example:scim:acme:2.0:User".to_owned());
    };
    let Some(Value::Array(list)) = definition.get("attributes") else {
        return rule(format!("{}: attributes must be a list", shorten(&id)));
    };
    let attributes =
        list.iter().map(|one| read_attribute(&format!("{id}:"), one)).collect::<Result<_, _>>()?;
    let name = text("name")?.unwrap_or_else(|| id.clone());
    Ok(Schema { name, description: text("description")?.unwrap_or_default(), attributes, id })
}

/// Where a text holds a NUL, which no text of PostgreSQL can: the path of members and positions, such as `attributes[0].name`.
fn place_of_nul(path: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(|| path.to_owned()),
        Value::Array(list) => {
            list.iter().enumerate().find_map(|(at, one)| place_of_nul(&format!("{path}[{at}]"), one))
        }
        Value::Object(members) => {
            members.iter().find_map(|(key, inner)| place_of_nul(&format!("{path}.{key}"), inner))
        }
        _ => None,
    }
}

/// `before` is what stands before the name in messages.
fn read_attribute(before: &str, definition: &Value) -> Result<Attribute, RegistryError> {
    let Value::Object(definition) = definition else {
        return rule(format!("{before} every attribute is a JSON object with a name"));
    };
    let Some(name) = definition.get("name").and_then(Value::as_str) else {
        return rule(format!("{before} every attribute needs a name, a string"));
    };
    let path = format!("{before}{}", shorten(name));
    // A null says as much as nothing.
    let mut stated: Map<String, Value> =
        definition.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
    let sub_attributes = match stated.remove("subAttributes") {
        None => Vec::new(),
        Some(Value::Array(list)) => {
            list.iter().map(|one| read_attribute(&format!("{path}."), one)).collect::<Result<_, _>>()?
        }
        Some(_) => return rule(format!("{path}: subAttributes must be a list")),
    };
    let kind = stated.get("type").cloned().unwrap_or_else(|| json!("string"));
    let case_exact = kind == json!("reference") || kind == json!("binary");
    for (characteristic, default) in [
        ("type", kind),
        ("multiValued", json!(false)),
        ("description", json!("")),
        ("required", json!(false)),
        ("caseExact", json!(case_exact)),
        ("mutability", json!("readWrite")),
        ("returned", json!("default")),
        ("uniqueness", json!("none")),
    ] {
        stated.entry(characteristic).or_insert(default);
    }
    let read = serde_json::from_value::<Attribute>(Value::Object(stated));
    let read = read.map_err(|error| RegistryError::Rule(format!("{path}: {error}")))?;
    Ok(Attribute { sub_attributes, ..read })
}

/// The rules for a tenant's schema beyond those of every schema.
fn check_own(registry: &Registry, schema: &Schema) -> Result<(), RegistryError> {
    check_urn(&schema.id)?;
    check::schema(schema)?;
    let all = || schema.attributes.iter().flat_map(|a| std::iter::once(a).chain(&a.sub_attributes));
    let count = all().count();
    if count > MAX_ATTRIBUTES {
        return rule(format!("{} has {count} attributes; at most {MAX_ATTRIBUTES} are possible", schema.id));
    }
    for attribute in all() {
        let path = format!("{}:{}", schema.id, attribute.name);
        match attribute.mutability {
            Mutability::ReadOnly => {
                return rule(format!("{path}: nobody could set a readOnly attribute; make it readWrite"));
            }
            Mutability::WriteOnly => {
                return rule(format!("{path}: nobody could use a writeOnly attribute; make it readWrite"));
            }
            Mutability::ReadWrite | Mutability::Immutable => {}
        }
        if attribute.uniqueness != Uniqueness::None {
            return rule(format!("{path}: uniqueness is not watched over in own schemas; make it none"));
        }
        if !attribute.canonical_values.is_empty() && attribute.kind != AttributeType::String {
            return rule(format!("{path}: only strings have canonicalValues"));
        }
        let known = |target: &String| {
            ["external", "uri"].contains(&target.as_str()) || registry.resource_type(target).is_some()
        };
        if let Some(unknown) = attribute.reference_types.iter().find(|target| !known(target)) {
            let shown = shorten(unknown);
            return rule(format!(
                "{path}: {shown:?} can be referred to by no reference; use external, uri or a resource type"
            ));
        }
    }
    Ok(())
}

/// Whether a tenant may have a schema with this URN.
///
/// # Errors
/// The rule that it breaks.
pub fn check_urn(urn: &str) -> Result<(), RegistryError> {
    let shown = shorten(urn);
    if urn.chars().count() > MAX_URN {
        return rule(format!("the id {shown:?} is longer than {MAX_URN} characters; choose a shorter URN"));
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    let parts: Vec<&str> = urn.split(':').collect();
    let scheme = parts.first().is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn"));
    if !scheme
        || parts.len() < 3
        || parts.iter().any(|part| part.is_empty())
        || !urn.chars().all(legal)
        || urn.ends_with('.')
    {
        return rule(format!(
            "the id {shown:?} cannot be used; it must be a URN of letters, digits, \"-\", \"_\", \".\" and \":\", such as \
             urn:example:scim:acme:2.0:User"
        ));
    }
    let lower = format!("{}:", urn.to_ascii_lowercase());
    match RESERVED.iter().find(|reserved| lower.starts_with(*reserved)) {
        Some(reserved) => {
            rule(format!("the id {shown:?} begins with {reserved}, which is not a tenant's to define"))
        }
        None => Ok(()),
    }
}

/// The URN of another schema that begins with that of `schema`, or the other way round: a path could mean either.
pub(super) fn overlapping(urns: &BTreeSet<String>) -> Option<(&str, &str)> {
    urns.iter().find_map(|short| {
        let inside = |long: &&String| {
            long.strip_prefix(short.as_str()).is_some_and(|rest| rest.starts_with([':', '.']))
        };
        urns.iter().find(inside).map(|long| (short.as_str(), long.as_str()))
    })
}

fn rule<T>(message: String) -> Result<T, RegistryError> {
    Err(RegistryError::Rule(message))
}

#[cfg(test)]
mod tests;
