//! Whether a resource matches a filter (RFC 7644 §3.4.2.2, Table 3).

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::ast::CompareOp;
use super::date_time::parse_date_time;
use super::resolve::{Field, Filter, Typed};
use crate::letter_case::folded;

/// Whether `resource`, with keys in canonical case, matches.
///
/// A field with several values matches when one of them does. An attribute without value equals `null`, is different from
/// everything else (`ne` is true) and fails every other comparison.
pub fn matches(filter: &Filter, resource: &Map<String, Value>) -> bool {
    match filter {
        Filter::And(operands) => operands.iter().all(|operand| matches(operand, resource)),
        Filter::Or(operands) => operands.iter().any(|operand| matches(operand, resource)),
        Filter::Not(inner) => !matches(inner, resource),
        Filter::Compare { field, op, value } => {
            any_value(field, resource, |found| compare(field, *op, found, value))
        }
        Filter::In { field, values } => any_value(field, resource, |found| {
            values.iter().any(|value| compare(field, CompareOp::Eq, found, value))
        }),
        Filter::Present(field) => any_value(field, resource, |found| found.is_some_and(is_present)),
        Filter::Each { field, inner } => match attribute(field, resource) {
            Some(Value::Array(elements)) => {
                elements.iter().filter_map(Value::as_object).any(|element| matches(inner, element))
            }
            _ => false,
        },
    }
}

fn attribute<'v>(field: &Field, resource: &'v Map<String, Value>) -> Option<&'v Value> {
    match &field.schema {
        None => resource.get(&field.attribute),
        Some(urn) => resource.get(urn)?.get(&field.attribute),
    }
}

/// Whether `test` holds for a value of the field. Where there is none, `test` sees `None` once; an element without the
/// sub-attribute is also shown as `None`.
fn any_value(field: &Field, resource: &Map<String, Value>, test: impl Fn(Option<&Value>) -> bool) -> bool {
    let step = |value: &Value| match &field.sub_attribute {
        None => test(some_value(value)),
        Some(sub) => test(value.get(sub).and_then(some_value)),
    };
    match attribute(field, resource) {
        None => test(None),
        // The list of another schema, left over where one value belongs, is a value of another type.
        Some(Value::Array(elements)) if field.multi_valued && !elements.is_empty() => {
            elements.iter().any(step)
        }
        Some(Value::Array(elements)) if elements.is_empty() => test(None),
        Some(value) => step(value),
    }
}

fn some_value(value: &Value) -> Option<&Value> {
    if value.is_null() { None } else { Some(value) }
}

/// RFC 7644 Table 3, `pr`: "a non-empty or non-null value, or … a non-empty node for complex attributes".
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(is_present),
        Value::Object(members) => members.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare(field: &Field, op: CompareOp, found: Option<&Value>, wanted: &Typed) -> bool {
    let ordering = match (found, wanted) {
        (None, Typed::Null) => return op == CompareOp::Eq,
        (None, _) | (Some(_), Typed::Null) => return op == CompareOp::Ne,
        (Some(Value::String(found)), Typed::String(wanted)) => {
            return compare_text(field.case_exact, op, found, wanted);
        }
        (Some(Value::Bool(found)), Typed::Bool(wanted)) => Some(found.cmp(wanted)),
        (Some(Value::Number(found)), Typed::Number { value, .. }) => {
            found.as_f64().and_then(|found| found.partial_cmp(value))
        }
        (Some(Value::String(found)), Typed::DateTime(wanted)) => {
            parse_date_time(found).map(|found| found.cmp(wanted))
        }
        _ => None,
    };
    match (op, ordering) {
        (CompareOp::Ne, None) => true,
        (_, None) | (CompareOp::Co | CompareOp::Sw | CompareOp::Ew, _) => false,
        (CompareOp::Eq, Some(ordering)) => ordering.is_eq(),
        (CompareOp::Ne, Some(ordering)) => ordering.is_ne(),
        (CompareOp::Gt, Some(ordering)) => ordering.is_gt(),
        (CompareOp::Ge, Some(ordering)) => ordering.is_ge(),
        (CompareOp::Lt, Some(ordering)) => ordering.is_lt(),
        (CompareOp::Le, Some(ordering)) => ordering.is_le(),
    }
}

fn compare_text(case_exact: bool, op: CompareOp, found: &str, wanted: &str) -> bool {
    if op == CompareOp::Eq {
        return same_text(case_exact, found, wanted);
    }
    let fold = |text| if case_exact { Cow::Borrowed(text) } else { Cow::Owned(folded(text)) };
    let (found, wanted) = (fold(found), fold(wanted));
    match op {
        CompareOp::Eq => found == wanted,
        CompareOp::Ne => found != wanted,
        CompareOp::Co => found.contains(&*wanted),
        CompareOp::Sw => found.starts_with(&*wanted),
        CompareOp::Ew => found.ends_with(&*wanted),
        CompareOp::Gt => found > wanted,
        CompareOp::Ge => found >= wanted,
        CompareOp::Lt => found < wanted,
        CompareOp::Le => found <= wanted,
    }
}

/// Whether two texts are the same value, letter case counting only if `case_exact`.
pub(crate) fn same_text(case_exact: bool, a: &str, b: &str) -> bool {
    if case_exact {
        a == b
    } else if a.is_ascii() && b.is_ascii() {
        a.eq_ignore_ascii_case(b)
    } else {
        folded(a) == folded(b)
    }
}
