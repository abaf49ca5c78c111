//! From the body of a PATCH request to its operations.

use serde_json::{Map, Value};

use super::{Op, Operation};
use crate::error::{ScimError, shorten};
use crate::resource::{Dialect, PathlessPatch};

/// The schema of a PATCH body.
pub(crate) const PATCH_OP_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Most operations in one request.
pub const MAX_OPERATIONS: usize = 1_000;

/// Reads the operations from a PATCH body.
///
/// Keys and the values of `op` may have any letter case (quirks 89, 90). `schemas` must name the PatchOp schema only in the
/// strict dialect.
///
/// # Errors
/// `invalidSyntax` when there are no operations (quirk 115) or one is not understood, `invalidPath` for a path that is no
/// string and, where the dialect wants one, for `add` or `replace` without, `invalidValue` for `add` or `replace` without `value`, 413 for more than [`MAX_OPERATIONS`].
pub fn parse(body: Map<String, Value>, dialect: &Dialect) -> Result<Vec<Operation>, ScimError> {
    let mut operations = None;
    let mut schemas = None;
    for (key, value) in body {
        if key.eq_ignore_ascii_case("operations") {
            operations = Some(value);
        } else if key.eq_ignore_ascii_case("schemas") {
            schemas = Some(value);
        }
    }
    if dialect.strict && !names_patch_op(schemas.as_ref()) {
        return Err(ScimError::invalid_syntax(format!(
            "schemas must be a list that contains \"{PATCH_OP_URN}\""
        )));
    }
    match operations {
        Some(Value::Array(list)) if list.is_empty() => {
            Err(ScimError::invalid_syntax("Operations is empty; send at least one operation"))
        }
        Some(Value::Array(list)) if list.len() > MAX_OPERATIONS => Err(ScimError::payload_too_large(
            format!("Operations has {} entries; send at most {MAX_OPERATIONS} in one request", list.len()),
        )),
        Some(Value::Array(list)) => {
            list.into_iter().enumerate().map(|(index, value)| operation(index, value, dialect)).collect()
        }
        _ => Err(ScimError::invalid_syntax(
            "Operations is missing or no list; a PATCH body is {\"schemas\":[…],\"Operations\":[{\"op\":…}]}",
        )),
    }
}

fn names_patch_op(schemas: Option<&Value>) -> bool {
    schemas.and_then(Value::as_array).is_some_and(|urns| {
        urns.iter().filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(PATCH_OP_URN))
    })
}

fn operation(index: usize, value: Value, dialect: &Dialect) -> Result<Operation, ScimError> {
    let Value::Object(members) = value else {
        return Err(ScimError::invalid_syntax(format!("Operations[{index}] is not an object")));
    };
    let (mut op, mut path, mut value) = (None, None, None);
    for (key, member) in members {
        if key.eq_ignore_ascii_case("op") {
            op = Some(member);
        } else if key.eq_ignore_ascii_case("path") {
            path = Some(member);
        } else if key.eq_ignore_ascii_case("value") {
            value = Some(member);
        }
    }
    let op = op_of(index, op.as_ref())?;
    let path = match path {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path),
        Some(_) => {
            return Err(ScimError::invalid_path(format!("Operations[{index}].path is not a string")));
        }
    };
    let names_nothing = path.as_deref().is_none_or(|path| path.trim().is_empty());
    if names_nothing && op != Op::Remove && dialect.pathless_patch == PathlessPatch::Refuse {
        return Err(ScimError::invalid_path(format!(
            "Operations[{index}] has no path, which this connection refuses; name the attribute in path"
        )));
    }
    if value.is_none() && op != Op::Remove {
        return Err(ScimError::invalid_value(format!(
            "Operations[{index}] has no value; \"{}\" needs one",
            op.as_str()
        )));
    }
    Ok(Operation { op, path, value })
}

fn op_of(index: usize, op: Option<&Value>) -> Result<Op, ScimError> {
    let Some(Value::String(word)) = op else {
        return Err(ScimError::invalid_syntax(format!(
            "Operations[{index}].op is missing or no string; it is \"add\", \"remove\" or \"replace\""
        )));
    };
    [Op::Add, Op::Remove, Op::Replace]
        .into_iter()
        .find(|op| op.as_str().eq_ignore_ascii_case(word))
        .ok_or_else(|| {
            ScimError::invalid_syntax(format!(
                "Operations[{index}].op is \"{}\"; it must be \"add\", \"remove\" or \"replace\"",
                shorten(word)
            ))
        })
}
