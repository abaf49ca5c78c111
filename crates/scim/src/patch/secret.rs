//! What a request makes of an attribute that is kept outside of the resource, such as `password`.

use serde_json::Value;

use super::{Op, Operation};
use crate::error::ScimError;
use crate::path::{self, Resolved};
use crate::quirk;
use crate::registry::ResourceType;
use crate::resource::{self, Dialect};
use crate::schema::Attribute;

/// The value that the operations leave in the core attribute `name`, in canonical form. `None`: they set none, or take it
/// away again.
///
/// # Errors
/// `invalidValue` for a value of the wrong type; a broken path is left to [`apply`](super::apply()).
pub fn last_value(
    rt: &ResourceType,
    operations: &[Operation],
    name: &str,
    dialect: &Dialect,
) -> Result<Option<Value>, ScimError> {
    let mut last = None;
    for operation in operations {
        for operation in quirk::rewrite(rt, operation, dialect).iter() {
            for (attribute, value) in set_by(rt, operation, name) {
                last = match (operation.op, value) {
                    (Op::Remove, _) | (_, None) => None,
                    (_, Some(value)) => resource::canonical_value(attribute, value.clone(), dialect)?,
                };
            }
        }
    }
    Ok(last)
}

/// Where one operation speaks of the attribute.
fn set_by<'a>(
    rt: &'a ResourceType,
    operation: &'a Operation,
    name: &str,
) -> Vec<(&'a Attribute, Option<&'a Value>)> {
    match (&operation.path, &operation.value) {
        (Some(path), value) => match path::resolve(rt, path) {
            Ok(Resolved::Attribute(spot)) if spot.schema.is_none() && spot.attribute.name == name => {
                vec![(spot.attribute, value.as_ref())]
            }
            _ => Vec::new(),
        },
        (None, Some(Value::Object(attributes))) => attributes
            .iter()
            .filter_map(|(key, value)| Some((rt.attribute(key)?, Some(value))))
            .filter(|(attribute, _)| attribute.name == name)
            .collect(),
        (None, _) => Vec::new(),
    }
}
