//! What must hold for every resource before it is stored.

use serde_json::{Map, Value};

use super::value::settle;
use crate::error::ScimError;
use crate::registry::ResourceType;
use crate::schema::{Attribute, Mutability};

/// Brings a canonical resource into its final form: nothing empty is left, no value of one type stands twice in a
/// list and at most one is primary, `schemas` names what is in use. Keys must be canonical already.
///
/// # Errors
/// `invalidValue` naming a required attribute, or sub-attribute of a value that is there, that has no value or a blank one.
pub fn finish(rt: &ResourceType, resource: &mut Map<String, Value>) -> Result<(), ScimError> {
    finish_where(rt, resource, |_, _| true)
}

/// [`finish()`] for what a PATCH has made of `before`: what is required is asked for where the request has changed something,
/// so that nothing that is stored already keeps anybody from being deactivated.
///
/// # Errors
/// As [`finish()`].
pub(crate) fn finish_changed(
    rt: &ResourceType,
    before: &Map<String, Value>,
    resource: &mut Map<String, Value>,
) -> Result<(), ScimError> {
    finish_where(rt, resource, |after, name| before.get(name) != after.get(name))
}

/// `is_touched` tells of the name of a core attribute and of the URN of an extension whether what is required counts there.
fn finish_where(
    rt: &ResourceType,
    resource: &mut Map<String, Value>,
    is_touched: impl Fn(&Map<String, Value>, &str) -> bool,
) -> Result<(), ScimError> {
    tidy(resource, |name| rt.attribute(name).is_some());
    for extension in &rt.extensions {
        let Some(Value::Object(inner)) = resource.get_mut(&extension.schema.id) else { continue };
        tidy(inner, |name| extension.schema.attribute(name).is_some());
        if inner.is_empty() {
            resource.remove(&extension.schema.id);
        }
    }
    check_required("", rt.schema.attributes.iter().filter(|a| is_touched(resource, &a.name)), resource)?;
    for extension in rt.extensions.iter().filter(|extension| is_touched(resource, &extension.schema.id)) {
        let urn = &extension.schema.id;
        match resource.get(urn) {
            Some(Value::Object(inner)) => {
                check_required(&format!("{urn}:"), extension.schema.attributes.iter(), inner)?;
            }
            _ if extension.required => {
                return Err(ScimError::invalid_value(format!("The extension {urn} is required. Send it.")));
            }
            _ => {}
        }
    }
    set_schemas(rt, resource);
    Ok(())
}

/// Sets `schemas` to the core URN and the URN of each extension that has content, in this order. To be called again
/// after the server has added an extension of its own.
pub fn set_schemas(rt: &ResourceType, resource: &mut Map<String, Value>) {
    let in_use = rt.extensions.iter().map(|extension| extension.schema.id.as_str()).filter(|urn| {
        resource.get(*urn).and_then(Value::as_object).is_some_and(|extension| !extension.is_empty())
    });
    let urns: Vec<&str> = std::iter::once(rt.schema.id.as_str()).chain(in_use).collect();
    let urns = Value::from(urns);
    resource.insert("schemas".to_owned(), urns);
}

/// Removes nulls, empty lists and empty objects, which mean the same as nothing (RFC 7643 §2.5). What no schema knows is
/// left alone: its rules are not known either, and a request that does not name it must not change it.
fn tidy(resource: &mut Map<String, Value>, is_known: impl Fn(&str) -> bool) {
    resource.retain(|name, value| {
        if !is_known(name) {
            return true;
        }
        match value {
            Value::Array(elements) => tidy_list(elements),
            Value::Object(object) => object.retain(|_, value| !is_nothing(value)),
            _ => {}
        }
        !is_nothing(value)
    });
}

/// The same for the elements of a list, of which none stands twice then and at most one is primary.
pub(crate) fn tidy_list(elements: &mut Vec<Value>) {
    elements.retain(|element| !is_nothing(element));
    settle(elements);
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

/// `before` is what stands before a name in messages.
fn check_required<'a>(
    before: &str,
    attributes: impl Iterator<Item = &'a Attribute> + Clone,
    resource: &Map<String, Value>,
) -> Result<(), ScimError> {
    let set_by_client = |a: &&Attribute| a.required && a.mutability != Mutability::ReadOnly;
    for attribute in attributes.clone() {
        let elements = match resource.get(&attribute.name) {
            Some(Value::Array(elements)) => elements.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        for inner in elements.iter().filter_map(Value::as_object) {
            check_required(&format!("{before}{}.", attribute.name), attribute.sub_attributes.iter(), inner)?;
        }
    }
    for attribute in attributes.filter(set_by_client) {
        let blank = match resource.get(&attribute.name) {
            None => true,
            Some(Value::String(text)) => text.trim().is_empty(),
            Some(_) => false,
        };
        if blank {
            return Err(ScimError::invalid_value(format!(
                "{before}{} is required and must not be blank. Send it with a value.",
                attribute.name
            )));
        }
    }
    Ok(())
}
