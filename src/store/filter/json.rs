//! Attributes that live in the stored resource only.
//!
//! Nothing in the database says that a stored value is of the type of its attribute, and a cast that fails would fail the
//! whole list. So a value of another type is no value here, as it is none for the evaluator on JSON.

use super::condition::{Node, Piece};
use rollcall_scim::schema::AttributeType;

/// An instant of a text `t.v`, as [`rollcall_scim::filter::date_time::parse_date_time`] reads one: years from 1 to 9999 in
/// UTC, days that there are, offsets up to 14 hours. What is rounded up out of these years is the last instant of them.
const INSTANT: &str = "CASE WHEN i.v >= '0001-01-01T00:00:00Z' AND i.v <= '10000-01-01T00:00:00Z' \
     THEN LEAST(i.v, '9999-12-31T23:59:59.999999Z') END \
     FROM (SELECT CASE WHEN length(t.v) <= 40 AND t.v ~ '^(?:\
     (?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])\
     |(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))\
     |(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29)\
     T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]+)?\
     (?:[Zz]|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?$' \
     THEN t.v::timestamptz END AS v FROM (SELECT ";

/// The value at a path of the resource, in the SQL type for its SCIM type; NULL when it is of another.
pub(in crate::store) fn value(path: &[String], kind: AttributeType) -> Vec<Piece> {
    typed("a.resource", path.to_vec(), kind)
}

/// The sub-attribute of the element `e`, or the element itself, likewise.
pub(in crate::store) fn element(sub_attribute: Option<&str>, kind: AttributeType) -> Vec<Piece> {
    typed("e.v", sub_attribute.into_iter().map(str::to_owned).collect(), kind)
}

/// What stands at a path of the resource, of whatever type.
pub(super) fn anything(path: &[String]) -> Vec<Piece> {
    raw("a.resource", path.to_vec())
}

/// The sub-attribute of the element `e`, or the element itself, likewise.
pub(super) fn anything_of_element(sub_attribute: Option<&str>) -> Vec<Piece> {
    raw("e.v", sub_attribute.into_iter().map(str::to_owned).collect())
}

fn raw(holder: &'static str, path: Vec<String>) -> Vec<Piece> {
    vec![Piece::Sql("("), Piece::Sql(holder), Piece::Sql(" #> "), Piece::Texts(path), Piece::Sql(")")]
}

fn typed(holder: &'static str, path: Vec<String>, kind: AttributeType) -> Vec<Piece> {
    let (before, operator, after) = match kind {
        AttributeType::Boolean => ("(CASE ", " #> ", " WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)"),
        AttributeType::Decimal | AttributeType::Integer => (
            "(SELECT CASE jsonb_typeof(n.v) WHEN 'number' THEN n.v::double precision END FROM (SELECT ",
            " #> ",
            " AS v) AS n)",
        ),
        AttributeType::DateTime => return instant(holder, path),
        AttributeType::String | AttributeType::Binary | AttributeType::Reference | AttributeType::Complex => {
            ("(", " #>> ", ")")
        }
    };
    vec![Piece::Sql(before), Piece::Sql(holder), Piece::Sql(operator), Piece::Texts(path), Piece::Sql(after)]
}

fn instant(holder: &'static str, path: Vec<String>) -> Vec<Piece> {
    vec![
        Piece::Sql("(SELECT "),
        Piece::Sql(INSTANT),
        Piece::Sql(holder),
        Piece::Sql(" #>> "),
        Piece::Texts(path),
        Piece::Sql(" AS v) AS t) AS i)"),
    ]
}

/// That the condition holds for one element `e` of the array at a path.
pub(super) fn any_element(path: &[String], condition: Node) -> Node {
    let array = || Piece::Texts(path.to_vec());
    let before = vec![
        Piece::Sql("(jsonb_typeof(a.resource #> "),
        array(),
        Piece::Sql(") = 'array' AND EXISTS (SELECT FROM jsonb_array_elements(a.resource #> "),
        array(),
        Piece::Sql(") AS e (v) WHERE "),
    ];
    Node::Wrapped(before, Box::new(condition), "))")
}

/// That an expression has a value that is not empty (RFC 7644 §3.4.2.2, `pr`). A text of brackets is a text.
pub(super) fn not_empty(expression: Vec<Piece>) -> Node {
    let mut pieces = vec![Piece::Sql("COALESCE(to_jsonb(")];
    pieces.extend(expression);
    pieces.push(Piece::Sql(") NOT IN ('\"\"', '[]', '{}', 'null'), FALSE)"));
    Node::Leaf(pieces)
}
