//! Changes of single-valued attributes, simple and complex.

use serde_json::{Map, Value};

use super::Op;
use super::apply::Change;
use crate::error::{ScimError, shorten};
use crate::resource::{self, Dialect};
use crate::schema::{Attribute, Mutability};

/// Sets or removes a simple attribute.
pub(super) fn simple(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    change: Change<'_>,
) -> Result<(), ScimError> {
    match change.canonical(attribute)? {
        Some(value) => set(container, attribute, value),
        None => unassign(container, attribute, change.op),
    }
}

/// Sets, merges or removes a complex attribute. Sub-attributes that are not named stay (RFC 7644 §3.5.2.3, quirk 101).
pub(super) fn complex(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    change: Change<'_>,
) -> Result<(), ScimError> {
    let canonical;
    let given = match change.value {
        Some(Value::Object(given)) if change.op != Op::Remove => given,
        _ => match change.canonical(attribute)? {
            Some(Value::Object(object)) => {
                canonical = object;
                &canonical
            }
            _ => return unassign(container, attribute, change.op),
        },
    };
    if says_no_value(attribute, given) {
        return unassign(container, attribute, change.op);
    }
    let object = object_mut(container, &attribute.name)?;
    merge(object, attribute, given, change.dialect)?;
    if object.is_empty() { unassign(container, attribute, change.op) } else { Ok(()) }
}

/// Sets or removes a sub-attribute of a single-valued complex attribute.
pub(super) fn sub_attribute(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    sub: &Attribute,
    change: Change<'_>,
) -> Result<(), ScimError> {
    match canonical_sub(sub, change)? {
        Some(value) => {
            let object = object_mut(container, &attribute.name)?;
            set_sub(object, attribute, sub, value)
        }
        // A reference without `value` refers to nothing (quirk 105e).
        None if sub.name == "value" && is_reference(attribute) => unassign(container, attribute, change.op),
        None => {
            let Some(Value::Object(object)) = container.get_mut(&attribute.name) else { return Ok(()) };
            unassign(object, sub, change.op)?;
            if object.is_empty() { unassign(container, attribute, change.op) } else { Ok(()) }
        }
    }
}

/// The new value of a sub-attribute; an empty `value` is none (quirks 105e, 108).
pub(super) fn canonical_sub(sub: &Attribute, change: Change<'_>) -> Result<Option<Value>, ScimError> {
    let value = change.canonical(sub)?;
    Ok(value.filter(|value| !(sub.name == "value" && value.as_str() == Some(""))))
}

/// Lays the sub-attributes of `given`, in any letter case, over `object`. A `null` removes one.
pub(super) fn merge(
    object: &mut Map<String, Value>,
    attribute: &Attribute,
    given: &Map<String, Value>,
    dialect: &Dialect,
) -> Result<(), ScimError> {
    // `value` first: what it invalidates may be given again beside it.
    let (values, others): (Vec<_>, Vec<_>) = given.iter().partition(|(key, _)| is_value_key(key));
    for (key, value) in values.into_iter().chain(others) {
        let Some(sub) = attribute.sub_attribute(key) else {
            if dialect.refuses_unknown() {
                return Err(ScimError::invalid_value(format!(
                    "{} has no sub-attribute \"{}\"; remove it",
                    attribute.name,
                    shorten(key)
                )));
            }
            continue;
        };
        if sub.mutability == Mutability::ReadOnly {
            continue;
        }
        match resource::canonical_value(sub, value.clone(), dialect)? {
            Some(value) => set_sub(object, attribute, sub, value)?,
            None => unassign(object, sub, Op::Replace)?,
        }
    }
    Ok(())
}

/// Sets a sub-attribute. When the `value` of a reference changes, what described the old target goes with it.
pub(super) fn set_sub(
    object: &mut Map<String, Value>,
    attribute: &Attribute,
    sub: &Attribute,
    value: Value,
) -> Result<(), ScimError> {
    if sub.name == "value" && is_reference(attribute) && object.get("value").is_some_and(|old| *old != value)
    {
        for stale in ["$ref", "display", "displayName"] {
            object.remove(stale);
        }
    }
    set(object, sub, value)
}

/// Whether the object says "no value" in the way identity providers clear a reference: `{"value":""}` (quirk 105e).
pub(super) fn says_no_value(attribute: &Attribute, given: &Map<String, Value>) -> bool {
    attribute.sub_attribute("value").is_some()
        && given
            .iter()
            .any(|(key, value)| is_value_key(key) && (value.is_null() || value.as_str() == Some("")))
}

/// Removes an attribute.
///
/// # Errors
/// When it is required: `mutability` for a remove operation (RFC 7644 §3.5.2.2), `invalidValue` for a `null` (quirk 109).
pub(super) fn unassign(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    op: Op,
) -> Result<(), ScimError> {
    if attribute.required {
        let detail = format!("{} is required; replace it instead of removing it", attribute.name);
        return Err(match op {
            Op::Remove => ScimError::mutability(detail),
            Op::Add | Op::Replace => ScimError::invalid_value(detail),
        });
    }
    container.remove(&attribute.name);
    Ok(())
}

/// The object under `name`, created when it is missing; `finish` removes it again if it stays empty.
///
/// # Errors
/// 500 when something else stands there: the stored resource is not canonical.
pub(super) fn object_mut<'m>(
    container: &'m mut Map<String, Value>,
    name: &str,
) -> Result<&'m mut Map<String, Value>, ScimError> {
    match container.entry(name).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(object) => Ok(object),
        _ => Err(ScimError::internal(format!("{name} of the stored resource is not an object"))),
    }
}

/// RFC 7644 §3.5.2: an immutable attribute takes a value only while it has none.
fn set(container: &mut Map<String, Value>, attribute: &Attribute, value: Value) -> Result<(), ScimError> {
    if attribute.mutability == Mutability::Immutable
        && container.get(&attribute.name).is_some_and(|old| *old != value)
    {
        return Err(ScimError::mutability(format!(
            "{} can be set only once and has a value already; leave it out, or send it as it is",
            attribute.name
        )));
    }
    match container.get_mut(&attribute.name) {
        Some(old) => *old = value,
        None => {
            container.insert(attribute.name.clone(), value);
        }
    }
    Ok(())
}

/// Whether the attribute refers to another resource, as `manager` does.
fn is_reference(attribute: &Attribute) -> bool {
    attribute.sub_attribute("$ref").is_some()
}

fn is_value_key(key: &str) -> bool {
    key.eq_ignore_ascii_case("value")
}
