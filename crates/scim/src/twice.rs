//! One attribute that a value names twice, by different spellings.
//!
//! `active` and `urn:ietf:params:scim:schemas:core:2.0:User:active` are one attribute. Where the two say different things,
//! whichever were taken, the other would be lost; a deactivation must not be. Names that differ in letter case alone are found
//! when the body is read.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::error::{ScimError, shorten};
use crate::filter::name::{Located, Lookup, locate};
use crate::patch::{Op, Operation};
use crate::quirk::with_extension_urn;
use crate::registry::ResourceType;
use crate::schema::{Attribute, AttributeType};

/// Refuses an operation whose value names an attribute twice and says different things of it.
///
/// # Errors
/// `invalidSyntax` naming the attribute.
pub(crate) fn refuse_in_operation(rt: &ResourceType, operation: &Operation) -> Result<(), ScimError> {
    let Some(Value::Object(value)) = operation.value.as_ref().filter(|_| operation.op != Op::Remove) else {
        return Ok(());
    };
    let path = operation.path.as_deref().map(str::trim).filter(|path| !path.is_empty());
    match path.map(|path| locate(rt, path)) {
        None | Some(Lookup::Core) => refuse(rt, None, value, |_| true),
        Some(Lookup::Extension(schema)) => refuse(rt, Some(&schema.id), value, |_| true),
        Some(Lookup::Attribute(_) | Lookup::Unknown) => Ok(()),
    }
}

/// Refuses the body of a POST or PUT that names a switch twice and says different things of it. Of other attributes, the one in
/// its own place and spelling wins.
///
/// # Errors
/// `invalidSyntax` naming the attribute.
pub(crate) fn refuse_switches(rt: &ResourceType, body: &Map<String, Value>) -> Result<(), ScimError> {
    refuse(rt, None, body, |attribute| attribute.kind == AttributeType::Boolean)
}

/// Refuses an object of attributes that names one of those that count twice and says different things of it. `urn`: the extension
/// that it is the value of.
///
/// # Errors
/// `invalidSyntax` naming the attribute.
fn refuse(
    rt: &ResourceType,
    urn: Option<&str>,
    attributes: &Map<String, Value>,
    counts: fn(&Attribute) -> bool,
) -> Result<(), ScimError> {
    let mut said = Said { rt, counts, values: HashMap::with_capacity(attributes.len()) };
    attributes.iter().try_for_each(|(key, value)| said.name(urn, key, value))
}

/// What was said so far, by schema, attribute and sub-attribute.
struct Said<'r, 'v> {
    rt: &'r ResourceType,
    counts: fn(&Attribute) -> bool,
    values: HashMap<(Option<&'r str>, &'r str, Option<&'r str>), &'v Value>,
}

impl<'r, 'v> Said<'r, 'v> {
    fn name(&mut self, urn: Option<&str>, key: &str, value: &'v Value) -> Result<(), ScimError> {
        let rt = self.rt;
        let full = urn.map(|urn| format!("{urn}:{key}"));
        let mut found = locate(rt, full.as_deref().unwrap_or(key));
        if let (Lookup::Unknown, None, Some(path)) = (found, urn, with_extension_urn(rt, key)) {
            found = locate(rt, &path);
        }
        match (found, value) {
            (Lookup::Core, Value::Object(inner)) => {
                inner.iter().try_for_each(|(key, value)| self.name(None, key, value))
            }
            (Lookup::Extension(schema), Value::Object(inner)) => {
                inner.iter().try_for_each(|(key, value)| self.name(Some(&schema.id), key, value))
            }
            (Lookup::Attribute(Located { schema, attribute, sub: None }), Value::Object(inner))
                if attribute.kind == AttributeType::Complex && !attribute.multi_valued =>
            {
                inner.iter().try_for_each(|(key, value)| match attribute.sub_attribute(key) {
                    Some(sub) => self.say(Located { schema, attribute, sub: Some(sub) }, value),
                    None => Ok(()),
                })
            }
            (Lookup::Attribute(located), value) => self.say(located, value),
            (Lookup::Core | Lookup::Extension(_) | Lookup::Unknown, _) => Ok(()),
        }
    }

    fn say(&mut self, located: Located<'r>, value: &'v Value) -> Result<(), ScimError> {
        let Located { schema, attribute, sub } = located;
        if !(self.counts)(sub.unwrap_or(attribute)) {
            return Ok(());
        }
        let key = (schema.map(|s| s.id.as_str()), attribute.name.as_str(), sub.map(|s| s.name.as_str()));
        if self.values.insert(key, value).is_some_and(|before| before != value) {
            let name =
                sub.map_or_else(|| attribute.name.clone(), |sub| format!("{}.{}", attribute.name, sub.name));
            return Err(ScimError::invalid_syntax(format!(
                "{} stands twice, in different spellings and with different values; send it once.",
                shorten(&name)
            )));
        }
        Ok(())
    }
}
