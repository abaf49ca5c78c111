//! What a client may set once (RFC 7643 §7, R079). Elements of lists are not looked into: they are added and removed whole.

use serde_json::{Map, Value};

use crate::error::ScimError;
use crate::registry::ResourceType;
use crate::schema::{Attribute, Mutability};

/// Compares what a PUT leaves of a resource with what is stored. What is immutable and is not said again stays as it is
/// (RFC 7644 §3.5.1 wants a value that is said to match). An extension or a complex attribute that only such a value brings back
/// comes with what it requires, or no later request could get past it.
///
/// # Errors
/// `mutability` naming an immutable attribute whose value would be another.
pub fn keep_immutable(
    rt: &ResourceType,
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
) -> Result<(), ScimError> {
    each_schema(rt, before, after, Omitted::Stays)
}

/// Compares what a PATCH leaves of a resource with what is stored (RFC 7644 §3.5.2).
///
/// # Errors
/// `mutability` naming an immutable attribute whose value would be another, or gone.
pub(crate) fn refuse_changed_immutable(
    rt: &ResourceType,
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
) -> Result<(), ScimError> {
    each_schema(rt, before, after, Omitted::IsRefused)
}

/// What it means that a value is not there any more.
#[derive(Clone, Copy, PartialEq)]
enum Omitted {
    Stays,
    IsRefused,
}

fn each_schema(
    rt: &ResourceType,
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
    omitted: Omitted,
) -> Result<(), ScimError> {
    compare(None, &rt.schema.attributes, before, after, omitted)?;
    for extension in &rt.extensions {
        let (urn, attributes) = (&extension.schema.id, &extension.schema.attributes);
        if attributes.iter().any(is_or_holds_immutable) {
            inside(urn, Some(urn), attributes, before, after, omitted)?;
        }
    }
    Ok(())
}

/// Keeps what an extension or a complex attribute requires beside the immutable values that were kept.
fn keep_required(attributes: &[Attribute], held: &Map<String, Value>, kept: &mut Map<String, Value>) {
    for attribute in attributes.iter().filter(|attribute| attribute.required) {
        if let (Some(value), false) = (held.get(&attribute.name), kept.contains_key(&attribute.name)) {
            kept.insert(attribute.name.clone(), value.clone());
        }
    }
}

fn is_or_holds_immutable(attribute: &Attribute) -> bool {
    attribute.mutability == Mutability::Immutable
        || attribute.sub_attributes.iter().any(is_or_holds_immutable)
}

/// Compares the objects under `key`; one that is not there any more counts as empty.
fn inside(
    key: &str,
    path: Option<&str>,
    attributes: &[Attribute],
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
    omitted: Omitted,
) -> Result<(), ScimError> {
    let Some(Value::Object(held)) = before.get(key) else { return Ok(()) };
    let was_said = after.contains_key(key);
    let wanted = after.entry(key).or_insert_with(|| Map::new().into());
    if let Value::Object(wanted) = wanted {
        compare(path, attributes, held, wanted, omitted)?;
        if wanted.is_empty() {
            after.remove(key);
        } else if !was_said {
            keep_required(attributes, held, wanted);
        }
    }
    Ok(())
}

fn compare(
    owner: Option<&str>,
    attributes: &[Attribute],
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
    omitted: Omitted,
) -> Result<(), ScimError> {
    for attribute in attributes.iter().filter(|attribute| is_or_holds_immutable(attribute)) {
        let name = &attribute.name;
        let path = owner.map_or_else(|| name.clone(), |owner| format!("{owner}:{name}"));
        if attribute.mutability != Mutability::Immutable {
            inside(name, Some(&path), &attribute.sub_attributes, before, after, omitted)?;
            continue;
        }
        match (before.get(name), after.get(name)) {
            (None, _) => {}
            (Some(held), None) if omitted == Omitted::Stays => {
                after.insert(name.clone(), held.clone());
            }
            (Some(held), Some(wanted)) if held == wanted => {}
            (Some(_), _) => {
                return Err(ScimError::mutability(format!(
                    "{path} can be set only once and has a value already; leave it out, or send it as it is"
                )));
            }
        }
    }
    Ok(())
}
