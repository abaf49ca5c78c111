//! A whole POST or PUT body in canonical form.

use serde_json::{Map, Value};

use super::place::{self, Leaf, Place};
use super::{Accepted, Dialect, canonical_value, check_formats, finish, scalar};
use crate::error::{ScimError, shorten};
use crate::registry::ResourceType;
use crate::schema::{Mutability, Schema};
use crate::{lookalike, twice};

/// Canonicalises the body of a POST or PUT (RFC 7644 §3.3, §3.5.1).
///
/// What only the server sets (`id`, `meta`, `groups` …) is dropped silently, as is the client's `schemas`: the result
/// carries the URNs that are in use. A password stays in the result; whether it may be kept is the caller's decision.
///
/// # Errors
/// `invalidValue` naming the attribute: a wrong type, a required attribute without a value, an unknown attribute
/// where the dialect refuses them, and read strictly a missing core URN in `schemas`, or a value without the format that
/// RFC 7643 §4.1 gives it.
pub fn accept(rt: &ResourceType, body: Map<String, Value>, dialect: &Dialect) -> Result<Accepted, ScimError> {
    let mut draft = Draft { rt, dialect: *dialect, accepted: Accepted::default() };
    let mut body = body;
    draft.check_schemas(&body)?;
    body.retain(|key, _| !key.eq_ignore_ascii_case("schemas"));
    twice::refuse_switches(rt, &body)?;
    // Whole attributes first, so that "name.givenName" adds to "name", whichever came first in the body.
    let (flat, whole) = body.into_iter().partition(|(key, _)| is_flat(rt, key));
    draft.top_level(whole)?;
    draft.top_level(flat)?;
    let Accepted { attributes, cleared } = &mut draft.accepted;
    finish(rt, attributes)?;
    if dialect.strict {
        check_formats(attributes, |_| true)?;
    }
    cleared.retain(|name| !is_set(rt, attributes, name));
    Ok(draft.accepted)
}

/// Whether the key names something inside an attribute or extension from outside of it.
fn is_flat(rt: &ResourceType, key: &str) -> bool {
    match rt.split_urn(key) {
        Some((_, rest)) => !rest.is_empty(),
        None => key.contains('.') || rt.attribute(key).is_none(),
    }
}

fn is_set(rt: &ResourceType, attributes: &Map<String, Value>, cleared: &str) -> bool {
    match rt.split_urn(cleared) {
        Some((schema, name)) if !name.is_empty() => {
            attributes.get(&schema.id).is_some_and(|extension| extension.get(name).is_some())
        }
        _ => attributes.contains_key(cleared),
    }
}

struct Draft<'a> {
    rt: &'a ResourceType,
    dialect: Dialect,
    accepted: Accepted,
}

impl<'a> Draft<'a> {
    fn top_level(&mut self, body: Map<String, Value>) -> Result<(), ScimError> {
        for (key, value) in body {
            match place::of(self.rt, &key, self.dialect) {
                Some(Place::Attribute(leaf)) => self.put(None, leaf.is_exact(&key), leaf, value)?,
                Some(Place::Inside(schema, leaf)) => self.put(Some(schema), false, leaf, value)?,
                Some(Place::Extension(schema)) => self.extension(schema, value)?,
                Some(Place::Core) => {
                    let inner = object(&self.rt.schema.id, value)?;
                    self.core(inner)?;
                }
                None => self.unknown(&key, Some(&value), &self.rt.name)?,
            }
        }
        Ok(())
    }

    /// Attributes wrapped in the URN of the core schema, as if that were an extension.
    fn core(&mut self, inner: Map<String, Value>) -> Result<(), ScimError> {
        for (key, value) in inner {
            match place::of(self.rt, &key, self.dialect) {
                Some(Place::Attribute(leaf)) => self.put(None, false, leaf, value)?,
                _ => self.unknown(&key, None, &self.rt.schema.id)?,
            }
        }
        Ok(())
    }

    fn extension(&mut self, schema: &'a Schema, value: Value) -> Result<(), ScimError> {
        if value.is_null() {
            self.accepted.cleared.insert(schema.id.clone());
            return Ok(());
        }
        for (key, value) in object(&schema.id, value)? {
            match place::inside(schema, &key, self.dialect) {
                Some(leaf) => self.put(Some(schema), leaf.is_exact(&key), leaf, value)?,
                None => self.unknown(&key, None, &schema.id)?,
            }
        }
        Ok(())
    }

    /// Stores one value. `exact`: the client named the attribute in its own place and spelling, which wins over any
    /// other way to name it.
    fn put(
        &mut self,
        extension: Option<&Schema>,
        exact: bool,
        leaf: Leaf<'_>,
        value: Value,
    ) -> Result<(), ScimError> {
        let Leaf { attribute, sub } = leaf;
        if attribute.mutability == Mutability::ReadOnly {
            return Ok(());
        }
        let value = match sub {
            Some(sub) => Value::Object(Map::from_iter([(sub.name.clone(), value)])),
            None => value,
        };
        let canonical = canonical_value(attribute, value, &self.dialect)?;
        let Some(value) = canonical else {
            self.accepted.cleared.insert(match extension {
                Some(schema) => format!("{}:{}", schema.id, attribute.name),
                None => attribute.name.clone(),
            });
            return Ok(());
        };
        let Some(target) = container(&mut self.accepted.attributes, extension) else { return Ok(()) };
        match (target.get_mut(&attribute.name), value) {
            (Some(Value::Object(present)), Value::Object(more)) if sub.is_some() => present.extend(more),
            (Some(_), _) if !exact => {}
            (_, value) => {
                target.insert(attribute.name.clone(), value);
            }
        }
        Ok(())
    }

    fn unknown(&self, key: &str, value: Option<&Value>, owner: &str) -> Result<(), ScimError> {
        lookalike::refuse(self.rt, key, value)?;
        if !self.dialect.refuses_unknown() {
            return Ok(());
        }
        Err(ScimError::invalid_value(format!(
            "\"{}\" is not an attribute of {owner}. Remove it; /Schemas lists the attributes.",
            shorten(key)
        )))
    }

    /// The client's `schemas` changes nothing, but a value of the wrong type shows that the body is not what it
    /// seems to be.
    fn check_schemas(&self, body: &Map<String, Value>) -> Result<(), ScimError> {
        let core = &self.rt.schema.id;
        let mut names_core = false;
        for value in
            body.iter().filter(|(key, _)| key.eq_ignore_ascii_case("schemas")).map(|(_, value)| value)
        {
            let one = std::slice::from_ref(value);
            let urns = match value {
                Value::Null => &[],
                Value::Array(urns) => urns.as_slice(),
                Value::String(_) if !self.dialect.strict => one,
                other => return Err(not_urns(other)),
            };
            for urn in urns {
                let Value::String(urn) = urn else { return Err(not_urns(urn)) };
                names_core |= urn.eq_ignore_ascii_case(core);
                if self.rt.split_urn(urn).is_none_or(|(_, rest)| !rest.is_empty()) {
                    self.unknown(urn, None, "schemas")?;
                }
            }
        }
        if self.dialect.strict && !names_core {
            return Err(ScimError::invalid_value(format!("schemas must contain \"{core}\".")));
        }
        Ok(())
    }
}

fn not_urns(value: &Value) -> ScimError {
    ScimError::invalid_value(format!("schemas must be an array of URNs, found {}.", scalar::found(value)))
}

fn object(name: &str, value: Value) -> Result<Map<String, Value>, ScimError> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(ScimError::invalid_value(format!(
            "{name} must be an object of attributes, found {}.",
            scalar::found(&other)
        ))),
    }
}

/// The object the attribute belongs to: the resource itself, or the extension in it.
fn container<'m>(
    attributes: &'m mut Map<String, Value>,
    extension: Option<&Schema>,
) -> Option<&'m mut Map<String, Value>> {
    match extension {
        None => Some(attributes),
        Some(schema) => {
            attributes.entry(schema.id.as_str()).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
        }
    }
}
