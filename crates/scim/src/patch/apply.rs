//! Applies operations to a copy of a resource (RFC 7644 §3.5.2).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Op, Operation, elements, single};
use crate::error::{ScimError, shorten};
use crate::path::{self, Resolved, Spot};
use crate::quirk;
use crate::registry::ResourceType;
use crate::resource::{self, Dialect};
use crate::schema::{Attribute, AttributeType, Mutability, Schema};
use crate::{lookalike, twice};

/// A resource after a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// The new resource, in canonical form.
    pub resource: Map<String, Value>,
    /// Names of the top-level attributes and URNs of the extensions whose value is not what it was. Empty when the request
    /// changed nothing; then the version and `meta.lastModified` must not change either (RFC 7644 §3.5.2.1). `schemas`
    /// is never listed: it only follows from the rest.
    pub changed: BTreeSet<String>,
    /// Paths and attribute names that the schema does not know and that were therefore skipped (quirk 114), as the client
    /// wrote them. Always empty where the dialect refuses them.
    pub ignored: Vec<String>,
}

/// Applies `operations` in order to a copy of `resource`, which must be in canonical form. Nothing is changed when one of
/// them fails.
///
/// The compatible dialect forgives what the IDP-QUIRKS describe: flattened keys, values of the wrong JSON type, unknown
/// attributes, and a filter that matches nothing (the element is created, quirk 97). The strict dialect answers
/// `invalidPath`, `invalidValue` and `noTarget` instead; each of the last two can be set by itself.
///
/// # Errors
/// As RFC 7644 §3.5.2 and Table 9: `invalidPath`, `invalidFilter`, `noTarget`, `mutability`, `invalidValue`.
pub fn apply(
    rt: &ResourceType,
    resource: &Map<String, Value>,
    operations: &[Operation],
    dialect: &Dialect,
) -> Result<Patched, ScimError> {
    let mut engine = Engine { rt, dialect, resource: resource.clone(), ignored: Vec::new() };
    if operations.is_empty() {
        return Ok(Patched { resource: engine.resource, changed: BTreeSet::new(), ignored: engine.ignored });
    }
    for operation in operations {
        twice::refuse_in_operation(rt, operation)?;
        for operation in quirk::rewrite(rt, operation, dialect).iter() {
            engine.operation(operation)?;
        }
    }
    let Engine { resource: mut patched, ignored, .. } = engine;
    resource::finish_changed(rt, resource, &mut patched)?;
    resource::refuse_changed_immutable(rt, resource, &mut patched)?;
    let changed = changed(resource, &patched);
    if dialect.strict {
        resource::check_formats(&patched, |name| changed.contains(name))?;
    }
    Ok(Patched { resource: patched, changed, ignored })
}

fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> BTreeSet<String> {
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    let different = after.iter().filter(|(key, value)| before.get(*key) != Some(*value)).map(|(key, _)| key);
    gone.chain(different).filter(|key| *key != "schemas").cloned().collect()
}

/// How the client named an attribute.
#[derive(Clone, Copy, PartialEq)]
enum Named {
    /// In `path`: writing to what is read-only is an error.
    InPath,
    /// As a key of a value: clients send back what they have read, so read-only attributes are skipped (quirk 127).
    InValue,
}

struct Engine<'a> {
    rt: &'a ResourceType,
    dialect: &'a Dialect,
    resource: Map<String, Value>,
    ignored: Vec<String>,
}

impl<'a> Engine<'a> {
    fn operation(&mut self, operation: &Operation) -> Result<(), ScimError> {
        let op = operation.op;
        let value = operation.value.as_ref();
        let Some(path) = &operation.path else {
            if op == Op::Remove {
                return Err(ScimError::no_target(
                    "a remove operation needs a path; name the attribute to remove",
                ));
            }
            return self.pathless(op, value);
        };
        match path::resolve(self.rt, path)? {
            Resolved::Attribute(spot) => self.attribute(&spot, op, value, Named::InPath),
            Resolved::Extension(schema) => self.extension(schema, op, value),
            Resolved::Core | Resolved::Unknown => self.unknown(path, value, ScimError::invalid_path),
        }
    }

    /// The resource itself is the target (RFC 7644 §3.5.2.1, §3.5.2.3).
    fn pathless(&mut self, op: Op, value: Option<&Value>) -> Result<(), ScimError> {
        let Some(Value::Object(attributes)) = value else {
            return Err(ScimError::invalid_value(format!(
                "a \"{}\" operation without path needs an object of attributes as value",
                op.as_str()
            )));
        };
        let rt = self.rt;
        for (key, value) in attributes {
            if let Some(attribute) = rt.attribute(key) {
                let spot = Spot { schema: None, attribute, filter: None, sub: None };
                self.attribute(&spot, op, Some(value), Named::InValue)?;
            } else if let Some(schema) = rt.extension(key) {
                self.extension(schema, op, Some(value))?;
            } else {
                self.unknown(key, Some(value), ScimError::invalid_value)?;
            }
        }
        Ok(())
    }

    /// A whole extension: its attributes one by one, the others stay as they are (quirk 95).
    fn extension(&mut self, schema: &'a Schema, op: Op, value: Option<&Value>) -> Result<(), ScimError> {
        let attributes = match value {
            _ if op == Op::Remove => return self.remove_extension(schema),
            Some(Value::Null) => return self.remove_extension(schema),
            Some(Value::Object(attributes)) => attributes,
            _ => {
                return Err(ScimError::invalid_value(format!(
                    "the value of {} must be an object of attributes",
                    schema.id
                )));
            }
        };
        for (key, value) in attributes {
            let spot = match schema.attribute(key) {
                Some(attribute) => Some(Spot { schema: Some(schema), attribute, filter: None, sub: None }),
                None if self.dialect.strict => None,
                None => match path::resolve(self.rt, &format!("{}:{key}", schema.id)) {
                    Ok(Resolved::Attribute(spot)) => Some(spot),
                    _ => None,
                },
            };
            match spot {
                Some(spot) => self.attribute(&spot, op, Some(value), Named::InValue)?,
                None => self.unknown(key, None, ScimError::invalid_value)?,
            }
        }
        Ok(())
    }

    fn remove_extension(&mut self, schema: &Schema) -> Result<(), ScimError> {
        let writable = |a: &&Attribute| a.mutability != Mutability::ReadOnly;
        if !schema.attributes.iter().any(|a| writable(&a)) {
            return Err(read_only(&schema.id));
        }
        if let Some(Value::Object(attributes)) = self.resource.get_mut(&schema.id) {
            // Nothing of it is required where it is not there.
            for attribute in schema.attributes.iter().filter(writable) {
                attributes.remove(&attribute.name);
            }
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        spot: &Spot<'_>,
        op: Op,
        value: Option<&Value>,
        named: Named,
    ) -> Result<(), ScimError> {
        let Spot { schema, attribute, filter, sub } = spot;
        if is_schemas(spot) && op != Op::Remove {
            return Ok(());
        }
        let is_read_only = |a: &Attribute| a.mutability == Mutability::ReadOnly;
        if is_read_only(attribute) || sub.is_some_and(is_read_only) {
            return match named {
                Named::InValue if !self.dialect.strict => Ok(()),
                _ => Err(read_only(&sub.unwrap_or(attribute).name)),
            };
        }
        if sub.is_none() && !attribute.multi_valued && attribute.kind == AttributeType::Boolean {
            refuse_no_boolean(attribute, op, value)?;
        }
        let change = Change { op, value, dialect: self.dialect };
        let container = match schema {
            None => &mut self.resource,
            Some(schema) => single::object_mut(&mut self.resource, &schema.id)?,
        };
        match (attribute.multi_valued, sub) {
            (false, None) if attribute.kind == AttributeType::Complex => {
                single::complex(container, attribute, change)
            }
            (false, None) => single::simple(container, attribute, change),
            (false, Some(sub)) => single::sub_attribute(container, attribute, sub, change),
            (true, None) if filter.is_none() => elements::whole(container, attribute, change),
            (true, sub) => elements::selected(container, attribute, filter.as_ref(), *sub, change),
        }
    }

    /// Quirk 114: an unknown attribute must not lose the `active` that stands beside it.
    fn unknown(
        &mut self,
        name: &str,
        value: Option<&Value>,
        error: fn(String) -> ScimError,
    ) -> Result<(), ScimError> {
        lookalike::refuse(self.rt, name, value)?;
        if self.dialect.refuses_unknown() {
            return Err(error(format!(
                "{} has no attribute \"{}\"; /Schemas lists them all",
                self.rt.name,
                shorten(name)
            )));
        }
        self.ignored.push(name.to_owned());
        Ok(())
    }
}

/// What to do with an attribute, once it is found.
#[derive(Clone, Copy)]
pub(super) struct Change<'c> {
    pub(super) op: Op,
    pub(super) value: Option<&'c Value>,
    pub(super) dialect: &'c Dialect,
}

impl Change<'_> {
    /// The canonical new value of `attribute`; `None` means that it shall have none.
    pub(super) fn canonical(&self, attribute: &Attribute) -> Result<Option<Value>, ScimError> {
        match (self.op, self.value) {
            (Op::Remove, _) | (_, None) => Ok(None),
            (_, Some(value)) => resource::canonical_value(attribute, value.clone(), self.dialect),
        }
    }
}

/// `schemas` follows from the content of the resource, so setting it changes nothing.
fn is_schemas(spot: &Spot<'_>) -> bool {
    spot.schema.is_none() && spot.attribute.name == "schemas"
}

/// A boolean set to nothing would leave open what is meant, so only `true` and `false` are taken (quirk 109). Removing one is
/// the client's right (RFC 7644 §3.5.2.2).
fn refuse_no_boolean(attribute: &Attribute, op: Op, value: Option<&Value>) -> Result<(), ScimError> {
    let way_out = format!("{} cannot be without value; send true or false", attribute.name);
    match value {
        _ if op == Op::Remove => Ok(()),
        None | Some(Value::Null | Value::Array(_)) => Err(ScimError::invalid_value(way_out)),
        Some(_) => Ok(()),
    }
}

fn read_only(name: &str) -> ScimError {
    ScimError::mutability(format!("{name} is read-only: only this server sets it; leave it out"))
}
