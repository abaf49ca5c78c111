//! A condition as a tree of SQL pieces, some of them bound.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::sql_types::{Array, Bool, Double, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) enum Piece {
    /// Text of ours.
    Sql(&'static str),
    /// A bound text.
    Text(String),
    /// A bound array of texts.
    Texts(Vec<String>),
    /// A bound uuid.
    Uuid(Uuid),
    /// A bound array of uuids.
    Uuids(Vec<Uuid>),
    /// A bound boolean.
    Bool(bool),
    /// A bound number.
    Number(f64),
    /// A bound time.
    Time(DateTime<Utc>),
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// All hold; none: true.
    All(Vec<Node>),
    /// One holds; none: false.
    Any(Vec<Node>),
    /// Does not hold.
    Not(Box<Node>),
    /// An SQL expression.
    Leaf(Vec<Piece>),
    /// A condition inside of SQL: what stands before it, the condition, what stands after it.
    Wrapped(Vec<Piece>, Box<Node>, &'static str),
}

/// A condition, ready to stand after WHERE.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    node: Node,
    repeatable: bool,
}

impl Condition {
    pub(super) fn new(node: Node, repeatable: bool) -> Self {
        Self { node, repeatable }
    }

    /// Whether the statement is worth being prepared: there are few of its shape, and the plan is the same for all values.
    pub(in crate::store) fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    pub(in crate::store) fn push<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.node.push(out)
    }
}

impl Node {
    fn push<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Node::All(nodes) => push_list(nodes, " AND ", "TRUE", out),
            Node::Any(nodes) => push_list(nodes, " OR ", "FALSE", out),
            // An attribute without a value makes a comparison NULL, which counts as false: so its negation is true.
            Node::Not(inner) => {
                out.push_sql("NOT COALESCE(");
                inner.push(out.reborrow())?;
                out.push_sql(", FALSE)");
                Ok(())
            }
            Node::Leaf(pieces) => pieces.iter().try_for_each(|piece| piece.push(out.reborrow())),
            Node::Wrapped(before, inner, after) => {
                before.iter().try_for_each(|piece| piece.push(out.reborrow()))?;
                inner.push(out.reborrow())?;
                out.push_sql(after);
                Ok(())
            }
        }
    }
}

fn push_list<'b>(
    nodes: &'b [Node],
    separator: &str,
    when_empty: &str,
    mut out: AstPass<'_, 'b, Pg>,
) -> QueryResult<()> {
    let Some((first, rest)) = nodes.split_first() else {
        out.push_sql(when_empty);
        return Ok(());
    };
    out.push_sql("(");
    first.push(out.reborrow())?;
    for node in rest {
        out.push_sql(separator);
        node.push(out.reborrow())?;
    }
    out.push_sql(")");
    Ok(())
}

impl Piece {
    pub(in crate::store) fn push<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Piece::Sql(text) => {
                out.push_sql(text);
                Ok(())
            }
            Piece::Text(value) => out.push_bind_param::<Text, _>(value),
            Piece::Texts(values) => out.push_bind_param::<Array<Text>, _>(values),
            Piece::Uuid(value) => out.push_bind_param::<SqlUuid, _>(value),
            Piece::Uuids(values) => out.push_bind_param::<Array<SqlUuid>, _>(values),
            Piece::Bool(value) => out.push_bind_param::<Bool, _>(value),
            Piece::Number(value) => out.push_bind_param::<Double, _>(value),
            Piece::Time(value) => out.push_bind_param::<Timestamptz, _>(value),
        }
    }
}
