//! What the operations of a PATCH say of the life cycle, before they are applied.

use crate::app::{Rules, mapping};
use crate::store::filter::ROLLCALL_URN;
use rollcall_scim::patch::{Op, Operation};
use serde_json::Value;

/// How many operations say something about the core attribute `active`.
pub(super) fn mentions_of_active(rules: &Rules, operations: &[Operation]) -> usize {
    // An extension may have an attribute of this name, too: only the core URN, or none, may stand before it.
    let core = &rules.user().schema.id;
    let is_active = |name: &str| match rules.user().split_urn(name.trim()) {
        Some((schema, rest)) => schema.id == *core && rest.eq_ignore_ascii_case("active"),
        None => name.trim().eq_ignore_ascii_case("active"),
    };
    // Also wrapped in the URN of the core schema, as if that were an extension.
    let is_core = |name: &str| name.trim().eq_ignore_ascii_case(core);
    let holds = |value: &Value| value.as_object().is_some_and(|inner| inner.keys().any(|key| is_active(key)));
    let speaks = |operation: &&Operation| match (&operation.path, &operation.value) {
        (Some(path), Some(value)) if is_core(path) => holds(value),
        (Some(path), _) => is_active(path),
        (None, Some(value @ Value::Object(members))) => {
            holds(value) || members.iter().any(|(name, inner)| is_core(name) && holds(inner))
        }
        _ => false,
    };
    operations.iter().filter(speaks).count()
}

/// The operations with what a null for the whole rollcall extension means: as in a PUT, role and dates are not lost by it, and
/// the reason is. Who wants to clear them all removes the extension by name.
pub(super) fn keeping_what_null_does_not_clear(operations: Vec<Operation>) -> Vec<Operation> {
    let is_rollcall = |name: &str| name.trim().eq_ignore_ascii_case(ROLLCALL_URN);
    let clears_reason = || Operation {
        op: Op::Remove,
        path: Some(format!("{ROLLCALL_URN}:{}", mapping::REASON)),
        value: None,
    };
    let mut meant = Vec::with_capacity(operations.len());
    for mut operation in operations {
        if operation.op == Op::Remove {
            meant.push(operation);
            continue;
        }
        match (&operation.path, &mut operation.value) {
            (Some(path), Some(Value::Null)) if is_rollcall(path) => meant.push(clears_reason()),
            (None, Some(Value::Object(members))) => {
                let before = members.len();
                members.retain(|name, value| !(value.is_null() && is_rollcall(name)));
                let was_null = members.len() < before;
                meant.push(operation);
                meant.extend(was_null.then(clears_reason));
            }
            _ => meant.push(operation),
        }
    }
    meant
}
