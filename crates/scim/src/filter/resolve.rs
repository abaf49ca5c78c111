//! From [`Expr`] to [`Filter`]: every name becomes a field of the schema and every value gets the type of its field.
//!
//! A filter that cannot be resolved is refused (RFC 7644 §3.4.2.2); ignoring part of it would answer with somebody else's
//! account (quirk 40).

use chrono::{DateTime, Utc};
use serde_json::Number;

use super::ast::{AttrRef, CompareOp, Expr, Literal};
use super::date_time::parse_date_time;
use super::name::{Located, Lookup, default_sub_attribute, locate_unqualified};
use crate::error::{ScimError, shorten};
use crate::number::{is_exact, is_too_precise};
use crate::registry::ResourceType;
use crate::schema::{Attribute, AttributeType, Returned};

/// A filter whose names and values are those of the schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every operand is true.
    And(Vec<Filter>),
    /// At least one operand is true.
    Or(Vec<Filter>),
    /// The operand is false.
    Not(Box<Filter>),
    /// A value of the field compares so. With a field of several values one match suffices.
    Compare {
        /// The left side.
        field: Field,
        /// The operator.
        op: CompareOp,
        /// The right side, of the field's type; [`Typed::Null`] only with `eq` and `ne`.
        value: Typed,
    },
    /// A value of the field equals one of these: an `or` chain of `eq` on one field (quirk 39). Never contains
    /// [`Typed::Null`].
    In {
        /// The left side.
        field: Field,
        /// At least two values, in the client's order.
        values: Vec<Typed>,
    },
    /// The field has a value that is not empty.
    Present(Field),
    /// One element of a multi-valued complex attribute satisfies the whole inner filter.
    Each {
        /// The attribute; no sub-attribute.
        field: Field,
        /// Its fields are relative to the element: no schema, `attribute` is the name of the sub-attribute.
        inner: Box<Filter>,
    },
}

/// A place in a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The URN of the extension the attribute belongs to; `None` for the core schema and the common attributes.
    pub schema: Option<String>,
    /// The attribute, canonical case.
    pub attribute: String,
    /// The sub-attribute, canonical case.
    pub sub_attribute: Option<String>,
    /// The type of what the field leads to; [`AttributeType::Complex`] only in [`Filter::Present`] and [`Filter::Each`].
    pub kind: AttributeType,
    /// Whether letter case counts.
    pub case_exact: bool,
    /// Whether the attribute holds an array.
    pub multi_valued: bool,
}

/// A value of the type of its field.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// For strings, references and binary values. Letter case as the client wrote it.
    String(String),
    /// For integers and decimals.
    Number {
        /// For comparing.
        value: f64,
        /// What the client wrote.
        original: Number,
    },
    /// For booleans.
    Bool(bool),
    /// For times.
    DateTime(DateTime<Utc>),
    /// No value.
    Null,
}

/// Gives `expr` the meaning it has for resources of type `rt`.
///
/// Lenient where identity providers need it: a complex attribute with a `value` sub-attribute may be compared without
/// naming it (quirk 32: `emails eq`, quirk 179: `members eq`), and an attribute of exactly one extension needs no URN
/// (quirk 29: `manager eq`).
///
/// # Errors
/// `invalidFilter` for an unknown attribute, a comparison the type does not have, a value of the wrong type, and for
/// attributes that are never returned: a filter on `password` would reveal it.
pub fn resolve(rt: &ResourceType, expr: &Expr) -> Result<Filter, ScimError> {
    resolve_in(Scope::Resource(rt), expr)
}

/// Gives the bracketed part of a value path its meaning for elements of the multi-valued complex `attribute`.
pub(crate) fn resolve_element(attribute: &Attribute, expr: &Expr) -> Result<Filter, ScimError> {
    resolve_in(Scope::Element(attribute), expr)
}

/// Whether every name in the brackets is one of the multi-valued complex `attribute`.
pub(crate) fn is_all_of(attribute: &Attribute, expr: &Expr) -> bool {
    match expr {
        Expr::And(operands) | Expr::Or(operands) => {
            operands.iter().all(|operand| is_all_of(attribute, operand))
        }
        Expr::Not(inner) => is_all_of(attribute, inner),
        Expr::Compare { attr, .. } | Expr::Present(attr) | Expr::ValuePath { attr, .. } => {
            attribute.sub_attribute(&attr.text).is_some()
        }
    }
}

/// What the names in an expression are relative to.
#[derive(Clone, Copy)]
enum Scope<'r> {
    /// A resource.
    Resource(&'r ResourceType),
    /// One element of a multi-valued complex attribute.
    Element(&'r Attribute),
    /// The only value of a single-valued complex attribute: `name[givenName eq "x"]` is `name.givenName eq "x"`.
    Single(Located<'r>),
}

fn resolve_in(scope: Scope<'_>, expr: &Expr) -> Result<Filter, ScimError> {
    match expr {
        Expr::And(operands) => {
            Ok(Filter::And(operands.iter().map(|e| resolve_in(scope, e)).collect::<Result<_, _>>()?))
        }
        Expr::Or(operands) => resolve_or(scope, operands),
        Expr::Not(inner) => Ok(Filter::Not(Box::new(resolve_in(scope, inner)?))),
        Expr::Compare { attr, op, value } => {
            let located = comparable(located_in(scope, attr)?, attr)?;
            let value = typed(located, attr, *op, value)?;
            Ok(Filter::Compare { field: field_of(scope, located), op: *op, value })
        }
        Expr::Present(attr) => Ok(Filter::Present(field_of(scope, located_in(scope, attr)?))),
        Expr::ValuePath { attr, inner } => resolve_value_path(scope, attr, inner),
    }
}

/// Neighbouring `eq` terms on one field become one [`Filter::In`].
fn resolve_or(scope: Scope<'_>, operands: &[Expr]) -> Result<Filter, ScimError> {
    let mut resolved: Vec<Filter> = Vec::new();
    for operand in operands {
        match (resolved.last_mut(), resolve_in(scope, operand)?) {
            (
                Some(Filter::In { field, values }),
                Filter::Compare { field: next, op: CompareOp::Eq, value },
            ) if *field == next && value != Typed::Null => values.push(value),
            (
                Some(last @ Filter::Compare { op: CompareOp::Eq, .. }),
                Filter::Compare { field: next, op: CompareOp::Eq, value },
            ) if joins(last, &next, &value) => {
                if let Filter::Compare { value: first, .. } = std::mem::replace(last, Filter::Or(Vec::new()))
                {
                    *last = Filter::In { field: next, values: vec![first, value] };
                }
            }
            (_, other) => resolved.push(other),
        }
    }
    match resolved.pop() {
        Some(only) if resolved.is_empty() => Ok(only),
        last => {
            resolved.extend(last);
            Ok(Filter::Or(resolved))
        }
    }
}

fn joins(first: &Filter, next: &Field, next_value: &Typed) -> bool {
    matches!(first, Filter::Compare { field, value, .. }
        if field == next && *value != Typed::Null && *next_value != Typed::Null)
}

fn resolve_value_path(scope: Scope<'_>, attr: &AttrRef, inner: &Expr) -> Result<Filter, ScimError> {
    let located = located_in(scope, attr)?;
    if located.attribute.kind != AttributeType::Complex || located.sub.is_some() {
        return Err(invalid(attr, "has no sub-attributes, so no brackets may follow it"));
    }
    if !located.attribute.multi_valued {
        return resolve_in(Scope::Single(located), inner);
    }
    let inner = Box::new(resolve_in(Scope::Element(located.attribute), inner)?);
    Ok(Filter::Each { field: field_of(scope, located), inner })
}

fn located_in<'r>(scope: Scope<'r>, attr: &AttrRef) -> Result<Located<'r>, ScimError> {
    let located = match scope {
        Scope::Resource(rt) => match locate_unqualified(rt, &attr.text) {
            Lookup::Attribute(located) => Some(located),
            Lookup::Extension(_) | Lookup::Core | Lookup::Unknown => None,
        },
        Scope::Element(parent) => {
            parent.sub_attribute(&attr.text).map(|sub| Located { schema: None, attribute: sub, sub: None })
        }
        Scope::Single(parent) => {
            parent.attribute.sub_attribute(&attr.text).map(|sub| Located { sub: Some(sub), ..parent })
        }
    };
    let located =
        located.ok_or_else(|| invalid(attr, "is no attribute known here; /Schemas lists them all"))?;
    let hidden = |a: &Attribute| a.returned == Returned::Never;
    if hidden(located.attribute) || located.sub.is_some_and(hidden) {
        return Err(invalid(attr, "is never shown, so it cannot be searched for"));
    }
    Ok(located)
}

/// A complex attribute cannot be compared, its `value` can.
fn comparable<'r>(located: Located<'r>, attr: &AttrRef) -> Result<Located<'r>, ScimError> {
    if located.sub.is_some() || located.attribute.kind != AttributeType::Complex {
        return Ok(located);
    }
    match default_sub_attribute(located.attribute) {
        Some(value) => Ok(Located { sub: Some(value), ..located }),
        None => Err(invalid(attr, "is complex: name one of its sub-attributes, separated by a dot")),
    }
}

fn field_of(scope: Scope<'_>, located: Located<'_>) -> Field {
    let target = located.sub.unwrap_or(located.attribute);
    let in_element = matches!(scope, Scope::Element(_));
    Field {
        schema: located.schema.filter(|_| !in_element).map(|schema| schema.id.clone()),
        attribute: located.attribute.name.clone(),
        sub_attribute: located.sub.map(|sub| sub.name.clone()),
        kind: target.kind,
        case_exact: target.case_exact,
        multi_valued: located.attribute.multi_valued,
    }
}

fn typed(located: Located<'_>, attr: &AttrRef, op: CompareOp, value: &Literal) -> Result<Typed, ScimError> {
    use AttributeType as Kind;
    use CompareOp::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};

    let kind = located.sub.unwrap_or(located.attribute).kind;
    if *value == Literal::Null {
        return match op {
            Eq | Ne => Ok(Typed::Null),
            _ => Err(invalid(attr, "can be compared with null only by eq and ne")),
        };
    }
    match op {
        // RFC 7644 §3.4.2.2, Table 3, demands this refusal.
        Gt | Ge | Lt | Le if matches!(kind, Kind::Boolean | Kind::Binary) => {
            return Err(invalid(attr, "has no order: use eq or ne"));
        }
        Co | Sw | Ew if !matches!(kind, Kind::String | Kind::Reference | Kind::Binary) => {
            return Err(invalid(attr, "is no text: use eq, ne, gt, ge, lt or le"));
        }
        _ => {}
    }
    let typed = match (kind, value) {
        (Kind::String | Kind::Reference | Kind::Binary, Literal::String(text) | Literal::Bare(text)) => {
            Some(Typed::String(text.clone()))
        }
        // Quirk 28: an employee number without quotation marks.
        (Kind::String | Kind::Reference | Kind::Binary, Literal::Number(number)) => {
            Some(Typed::String(number.to_string()))
        }
        (Kind::Boolean, Literal::Bool(value)) => Some(Typed::Bool(*value)),
        // `roles[primary eq "True"]` is what attribute mappings of Entra contain.
        (Kind::Boolean, Literal::String(text)) => boolean(text).map(Typed::Bool),
        (Kind::Integer | Kind::Decimal, Literal::Number(number)) => number_of(number.clone()),
        (Kind::Integer | Kind::Decimal, Literal::Bare(text)) if !is_too_precise(text) => {
            serde_json::from_str(text).ok().and_then(number_of)
        }
        (Kind::DateTime, Literal::String(text) | Literal::Bare(text)) => {
            parse_date_time(text).map(Typed::DateTime)
        }
        _ => None,
    };
    typed.ok_or_else(|| {
        let must = match kind {
            Kind::Boolean => "must be compared with true or false",
            Kind::Integer | Kind::Decimal => {
                "must be compared with a number (whole up to 9007199254740991, else of at most 17 digits)"
            }
            Kind::DateTime => "must be compared with a time such as \"2011-05-13T04:42:34Z\"",
            _ => "must be compared with a string in double quotation marks",
        };
        invalid(attr, &format!("{must}, not with {}", shorten(&value.to_string())))
    })
}

/// A number that values can equal: one that is kept exactly.
fn number_of(original: Number) -> Option<Typed> {
    let value = original.as_f64().filter(|_| is_exact(&original))?;
    Some(Typed::Number { value, original })
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn invalid(attr: &AttrRef, problem: &str) -> ScimError {
    ScimError::invalid_filter(format!(
        "the filter cannot be used: \"{}\" at offset {} {problem}",
        shorten(&attr.text),
        attr.offset
    ))
}
