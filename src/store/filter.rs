//! A resolved SCIM filter as a condition in SQL. Values are always bound; the text is ours.
//!
//! What has a column is compared in the column, so that its index serves. E-mail addresses and names of people are found by
//! their terms first. Any other attribute is read out of the stored resource by a scan.

pub(super) mod column;
pub(super) mod condition;
mod elements;
pub(super) mod json;
mod membership;
mod terms;
mod text;

pub use column::asked_user_name;
pub use condition::Condition;

use chrono::{DateTime, Utc};
use condition::{Node, Piece};
use elements::Elements;
use rollcall_domain::ids::ConnectionId;
use rollcall_scim::filter::{CompareOp, Field, Filter, Typed};
use text::Case;

/// The extension whose attributes are computed from the facts of the lifecycle.
pub const ROLLCALL_URN: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// The table a filter is for; both are called `a` in the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Users.
    Accounts,
    /// Groups.
    Groups,
}

/// What is well-formed and cannot be searched for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsearchable {
    /// An attribute that is shown and stands nowhere.
    #[error("`{0}` cannot be searched for in this way; filter by another attribute")]
    Attribute(String),
    /// What is no date, for an attribute that is compared as one.
    #[error(
        "`{attribute}` is compared as a date and time, and {value:?} is none; send one such as \"2026-12-31T18:00:00Z\""
    )]
    NoDate {
        /// The attribute.
        attribute: String,
        /// What was sent.
        value: String,
    },
}

impl Unsearchable {
    /// The attribute, as the schema writes it.
    pub fn attribute(&self) -> &str {
        match self {
            Self::Attribute(attribute) | Self::NoDate { attribute, .. } => attribute,
        }
    }
}

/// Who asks, and when, as far as the answer depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Its connection: an externalId is searched for among its own.
    pub connection: ConnectionId,
    /// Where an account stands depends on it.
    pub now: DateTime<Utc>,
    /// What stands before `/Users` and `/Groups` in the addresses that it is shown.
    pub base: &'a str,
}

/// Translates a filter.
///
/// # Errors
/// [`Unsearchable`] names the attribute; nothing is ever left out of a filter silently.
pub fn compile(table: Table, asking: Asking<'_>, filter: &Filter) -> Result<Condition, Unsearchable> {
    let node = Compiler { table, asking }.node(filter)?;
    Ok(Condition::new(node, is_repeatable(filter)))
}

/// Of equalities there are few shapes, and their plan does not depend on the value. A list of texts is one array.
fn is_repeatable(filter: &Filter) -> bool {
    let is_equality = |one: &Filter| matches!(one, Filter::Compare { op: CompareOp::Eq, .. });
    match filter {
        Filter::Compare { op: CompareOp::Eq, .. } | Filter::Present(_) => true,
        Filter::In { values, .. } => matches!(values.first(), Some(Typed::String(_))),
        // emails[type eq "work"].value eq "…"
        Filter::Each { inner, .. } => match &**inner {
            Filter::And(two) => two.len() == 2 && two.iter().all(is_equality),
            one => is_equality(one),
        },
        _ => false,
    }
}

struct Compiler<'a> {
    table: Table,
    asking: Asking<'a>,
}

impl<'a> Compiler<'a> {
    fn node(&self, filter: &Filter) -> Result<Node, Unsearchable> {
        let all = |filters: &[Filter]| filters.iter().map(|f| self.node(f)).collect::<Result<Vec<_>, _>>();
        match filter {
            Filter::And(filters) => Ok(Node::All(all(filters)?)),
            Filter::Or(filters) => Ok(Node::Any(all(filters)?)),
            Filter::Not(inner) => Ok(Node::Not(Box::new(self.node(inner)?))),
            Filter::Compare { field, op, value } => self.compare(field, *op, std::slice::from_ref(value)),
            Filter::In { field, values } => self.compare(field, CompareOp::Eq, values),
            Filter::Present(field) => self.present(field),
            Filter::Each { field, inner } => self.each(field, inner),
        }
    }

    /// The elements of an attribute with several values.
    fn elements(&self, field: &Field) -> Elements<'a> {
        Elements::of(membership::of(self.table, field), self.asking, field)
    }

    /// `field op value`; several values only with `eq`.
    fn compare(&self, field: &Field, op: CompareOp, values: &[Typed]) -> Result<Node, Unsearchable> {
        if let [Typed::Null] = values {
            let present = self.present(field)?;
            if op == CompareOp::Ne {
                return Ok(present);
            }
            let absent = Node::Not(Box::new(present));
            if !field.multi_valued || field.sub_attribute.is_none() {
                return Ok(absent);
            }
            // One element without the sub-attribute is enough, as one element is for every comparison.
            let elements = self.elements(field);
            let element = elements.anything(field.sub_attribute.as_deref());
            let lacking = Node::Not(Box::new(json::not_empty(element)));
            return Ok(Node::Any(vec![elements.any(lacking, asks_type(field)), absent]));
        }
        refuse_unstored(field)?;
        if let Some(column) = column::of(self.table, field) {
            return column.compare(self.asking, op, values, field);
        }
        if !field.multi_valued {
            let value = json::value(&full_path(field), field.kind);
            let same = compare(&value, field.case_exact, op, values, field)?;
            return Ok(terms::first(self.table, field, op, values, same));
        }
        let is_id = field.sub_attribute.as_deref().is_none_or(|sub| sub == "value");
        if let (Some(membership), CompareOp::Eq, true) = (membership::of(self.table, field), op, is_id) {
            return Ok(membership.one_of(values));
        }
        let elements = self.elements(field);
        let element = elements.sub(field.sub_attribute.as_deref(), field.kind);
        let one = elements.any(compare(&element, field.case_exact, op, values, field)?, asks_type(field));
        // No value at all is another value than the one asked for.
        Ok(match op {
            CompareOp::Ne => Node::Any(vec![one, Node::Not(Box::new(self.present(field)?))]),
            _ => terms::first(self.table, field, op, values, one),
        })
    }

    fn present(&self, field: &Field) -> Result<Node, Unsearchable> {
        refuse_unstored(field)?;
        match column::of(self.table, field) {
            Some(column) => Ok(column.present(self.asking)),
            None if field.multi_valued => {
                let elements = self.elements(field);
                Ok(match &field.sub_attribute {
                    None => elements.exist(),
                    Some(sub) => elements.have(sub),
                })
            }
            None => Ok(json::not_empty(json::anything(&full_path(field)))),
        }
    }

    fn each(&self, field: &Field, inner: &Filter) -> Result<Node, Unsearchable> {
        let elements = self.elements(field);
        let all = elements.any(element_node(&elements, inner)?, mentions_type(inner));
        Ok(match membership::of(self.table, field).and_then(|membership| membership.by_id(inner)) {
            Some((by_id, true)) => by_id,
            Some((by_id, false)) => Node::All(vec![by_id, all]),
            None => terms::first_of_element(self.table, field, inner, all),
        })
    }
}

/// Whether a field is about the rows of a membership, of which none is the primary one.
pub(super) fn is_membership(table: Table, field: &Field) -> bool {
    membership::of(table, field).is_some()
}

/// What is made for each answer is stored nowhere, and matching nobody would be a lie.
pub(super) fn refuse_unstored(field: &Field) -> Result<(), Unsearchable> {
    let searchable = match (field.attribute.as_str(), field.sub_attribute.as_deref()) {
        ("schemas", _) => field.schema.is_some(),
        ("meta", sub) => {
            field.schema.is_some() || matches!(sub, Some("created" | "lastModified" | "resourceType"))
        }
        _ => true,
    };
    if searchable { Ok(()) } else { Err(Unsearchable::Attribute(full_path(field).join("."))) }
}

fn asks_type(field: &Field) -> bool {
    field.sub_attribute.as_deref() == Some("type")
}

/// Whether the inside of `attr[…]` is about `type`.
fn mentions_type(inner: &Filter) -> bool {
    match inner {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().any(mentions_type),
        Filter::Not(inner) => mentions_type(inner),
        Filter::Compare { field, .. }
        | Filter::In { field, .. }
        | Filter::Present(field)
        | Filter::Each { field, .. } => field.attribute == "type",
    }
}

/// The inside of `attr[…]`: fields are sub-attributes of one element.
fn element_node(elements: &Elements<'_>, filter: &Filter) -> Result<Node, Unsearchable> {
    let all =
        |filters: &[Filter]| filters.iter().map(|f| element_node(elements, f)).collect::<Result<Vec<_>, _>>();
    let element = |field: &Field| elements.sub(Some(&field.attribute), field.kind);
    let anything = |field: &Field| elements.anything(Some(&field.attribute));
    match filter {
        Filter::And(filters) => Ok(Node::All(all(filters)?)),
        Filter::Or(filters) => Ok(Node::Any(all(filters)?)),
        Filter::Not(inner) => Ok(Node::Not(Box::new(element_node(elements, inner)?))),
        Filter::Compare { field, op, value: Typed::Null } => {
            let present = json::not_empty(anything(field));
            Ok(if *op == CompareOp::Ne { present } else { Node::Not(Box::new(present)) })
        }
        Filter::Compare { field, op, value } => {
            compare(&element(field), field.case_exact, *op, std::slice::from_ref(value), field)
        }
        Filter::In { field, values } => {
            compare(&element(field), field.case_exact, CompareOp::Eq, values, field)
        }
        Filter::Present(field) => Ok(json::not_empty(anything(field))),
        Filter::Each { field, .. } => Err(Unsearchable::Attribute(field.attribute.clone())),
    }
}

/// Compares an SQL expression of the type of the values with them.
fn compare(
    expression: &[Piece],
    case_exact: bool,
    op: CompareOp,
    values: &[Typed],
    field: &Field,
) -> Result<Node, Unsearchable> {
    if let [Typed::String(_), ..] = values {
        let case = if case_exact { Case::Exact } else { Case::Folded };
        return Ok(text::compare(expression, case, op, &column::texts(values)));
    }
    let one = |value: &Typed| -> Result<Node, Unsearchable> {
        let operator = order_operator(op).ok_or_else(|| Unsearchable::Attribute(field.attribute.clone()))?;
        let bound = match value {
            Typed::Bool(value) => Piece::Bool(*value),
            Typed::Number { value, .. } => Piece::Number(*value),
            Typed::DateTime(value) => Piece::Time(*value),
            Typed::String(_) | Typed::Null => return Err(Unsearchable::Attribute(field.attribute.clone())),
        };
        let mut pieces = vec![Piece::Sql("(")];
        pieces.extend(expression.iter().cloned());
        pieces.extend([Piece::Sql(")"), Piece::Sql(operator), bound]);
        Ok(Node::Leaf(pieces))
    };
    Ok(Node::Any(values.iter().map(one).collect::<Result<_, _>>()?))
}

/// The operators that every ordered type has; `ne` also holds where there is no value.
fn order_operator(op: CompareOp) -> Option<&'static str> {
    match op {
        CompareOp::Eq => Some(" = "),
        CompareOp::Ne => Some(" IS DISTINCT FROM "),
        CompareOp::Gt => Some(" > "),
        CompareOp::Ge => Some(" >= "),
        CompareOp::Lt => Some(" < "),
        CompareOp::Le => Some(" <= "),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => None,
    }
}

/// The path to the attribute, without its sub-attribute.
pub(super) fn path(field: &Field) -> Vec<String> {
    field.schema.iter().chain([&field.attribute]).cloned().collect()
}

pub(super) fn full_path(field: &Field) -> Vec<String> {
    let mut path = path(field);
    path.extend(field.sub_attribute.clone());
    path
}

#[cfg(test)]
mod tests;
