//! Filters: whatever the text, there is an answer, and what was understood is what was written.

use rollcall_scim::filter::{self, AttrRef, Expr, Filter, FilterError, Typed, limits};
use rollcall_scim::registry::ResourceType;
use serde_json::{Map, Value};

use super::{fixtures, refusal};

/// `data` is the text of a filter.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match filter::parse(text) {
        Err(error) => refused(text, &error),
        Ok(expr) => understood(text, &expr),
    }
}

fn refused(text: &str, error: &FilterError) {
    assert!(text.is_char_boundary(error.offset), "{error} is no place in {text:?}");
    assert!(!error.expected.is_empty() && !error.found.is_empty(), "{error:?}");
    refusal::check(&error.clone().into());
}

fn understood(text: &str, expr: &Expr) {
    assert!(text.len() <= limits::MAX_TOTAL_LENGTH);
    let mut terms = 0;
    size(text, expr, &mut terms, 0);
    assert!(terms <= limits::MAX_TERMS, "{terms} comparisons");
    printed_again(text, expr);
    for fixture in fixtures::all() {
        if let Some(filter) = resolved(&fixture.rt, expr) {
            assert!(!holds_nul(&filter), "a database cannot look for U+0000: {text:?}");
            same_meaning(&fixture.rt, expr, &filter, &fixture.resource);
        }
    }
}

/// Printing gives the same tree, unless the brackets it writes for clarity pass a limit.
fn printed_again(text: &str, expr: &Expr) {
    let printed = expr.to_string();
    match filter::parse(&printed) {
        Ok(again) => assert_eq!(&again, expr, "{text:?} was printed as {printed:?}"),
        Err(error) => assert!(
            error.found == "more"
                && (printed.len() > limits::MAX_LENGTH || error.expected.contains("nested")),
            "{text:?} was printed as {printed:?}, and {error}"
        ),
    }
}

fn size(text: &str, expr: &Expr, terms: &mut usize, depth: usize) {
    // Every bracket adds at most a negation or value path, an `or` and an `and`.
    assert!(depth <= 3 * (limits::MAX_DEPTH + 1), "{depth} deep: {text:?}");
    match expr {
        Expr::And(operands) | Expr::Or(operands) => {
            assert!(operands.len() >= 2, "a list of {}", operands.len());
            operands.iter().for_each(|operand| size(text, operand, terms, depth + 1));
        }
        Expr::Not(inner) => size(text, inner, terms, depth + 1),
        Expr::Compare { attr, .. } | Expr::Present(attr) => {
            *terms += 1;
            stands_there(text, attr);
        }
        Expr::ValuePath { attr, inner } => {
            stands_there(text, attr);
            assert!(!has_value_path(inner), "a value path in a value path: {text:?}");
            size(text, inner, terms, depth + 1);
        }
    }
}

fn stands_there(text: &str, attr: &AttrRef) {
    assert!(
        text.get(attr.offset..).is_some_and(|rest| rest.starts_with(&attr.text)),
        "{} does not stand at {} in {text:?}",
        attr.text,
        attr.offset
    );
}

fn has_value_path(expr: &Expr) -> bool {
    match expr {
        Expr::And(operands) | Expr::Or(operands) => operands.iter().any(has_value_path),
        Expr::Not(inner) => has_value_path(inner),
        Expr::ValuePath { .. } => true,
        Expr::Compare { .. } | Expr::Present(_) => false,
    }
}

fn resolved(rt: &ResourceType, expr: &Expr) -> Option<Filter> {
    match filter::resolve(rt, expr) {
        Ok(filter) => Some(filter),
        Err(error) => {
            refusal::check(&error);
            assert_eq!(error.scim_type.map(|keyword| keyword.as_str()), Some("invalidFilter"), "{error}");
            None
        }
    }
}

fn holds_nul(filter: &Filter) -> bool {
    let in_value = |value: &Typed| matches!(value, Typed::String(text) if text.contains('\0'));
    match filter {
        Filter::And(operands) | Filter::Or(operands) => operands.iter().any(holds_nul),
        Filter::Not(inner) | Filter::Each { inner, .. } => holds_nul(inner),
        Filter::Compare { value, .. } => in_value(value),
        Filter::In { values, .. } => values.iter().any(in_value),
        Filter::Present(_) => false,
    }
}

/// The whole means what its parts mean, although neighbouring terms were made one list.
fn same_meaning(rt: &ResourceType, expr: &Expr, filter: &Filter, resource: &Map<String, Value>) {
    let part = |expr: &Expr| filter::resolve(rt, expr).map(|filter| filter::matches(&filter, resource));
    let whole = filter::matches(filter, resource);
    let expected = match expr {
        Expr::And(operands) => {
            operands.iter().try_fold(true, |all, operand| part(operand).map(|one| all && one))
        }
        Expr::Or(operands) => {
            operands.iter().try_fold(false, |any, operand| part(operand).map(|one| any || one))
        }
        Expr::Not(inner) => part(inner).map(|inner| !inner),
        _ => return,
    };
    assert_eq!(Ok(whole), expected, "{expr}");
}
