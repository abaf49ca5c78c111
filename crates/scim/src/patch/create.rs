//! The element that a path describes when there is none yet (quirk 97).

use serde_json::{Map, Value};

use crate::filter::{CompareOp, Filter, Typed};

/// What an element must contain to match `filter`: `type eq "work"` asks for `{"type":"work"}`. `None` when the filter does
/// not describe one element, as with `or`, `not` and every operator except `eq`.
///
/// Nothing becomes primary unless the filter itself says `primary eq true`; without that the next request with the same
/// filter would create the element once more.
pub(super) fn element_of(filter: &Filter) -> Option<Map<String, Value>> {
    let mut element = Map::new();
    collect(filter, &mut element)?;
    Some(element)
}

fn collect(filter: &Filter, element: &mut Map<String, Value>) -> Option<()> {
    match filter {
        Filter::And(operands) => operands.iter().try_for_each(|operand| collect(operand, element)),
        Filter::Compare { field, op: CompareOp::Eq, value } => {
            let value = match value {
                Typed::String(text) => Value::from(text.as_str()),
                Typed::Bool(value) => Value::from(*value),
                Typed::Number { original, .. } => Value::Number(original.clone()),
                Typed::DateTime(_) | Typed::Null => return None,
            };
            element.insert(field.attribute.clone(), value);
            Some(())
        }
        _ => None,
    }
}
