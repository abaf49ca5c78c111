//! Attributes that live in the stored resource only.

use super::condition::{Node, Piece};
use rollcall_scim::schema::AttributeType;

/// The value at a path of the resource, in the SQL type for its SCIM type.
pub(in crate::store) fn value(path: &[String], kind: AttributeType) -> Vec<Piece> {
    let path = Piece::Texts(path.to_vec());
    vec![Piece::Sql("(a.resource #>> "), path, Piece::Sql(cast(kind))]
}

/// The sub-attribute of the element `e`, or the element itself.
pub(in crate::store) fn element(sub_attribute: Option<&str>, kind: AttributeType) -> Vec<Piece> {
    let path = Piece::Texts(sub_attribute.into_iter().map(str::to_owned).collect());
    vec![Piece::Sql("(e.v #>> "), path, Piece::Sql(cast(kind))]
}

fn cast(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Boolean => ")::boolean",
        AttributeType::Decimal | AttributeType::Integer => ")::double precision",
        AttributeType::DateTime => ")::timestamptz",
        AttributeType::String | AttributeType::Binary | AttributeType::Reference | AttributeType::Complex => {
            ")"
        }
    }
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

/// That an expression has a value that is not empty (RFC 7644 §3.4.2.2, `pr`).
pub(super) fn not_empty(expression: Vec<Piece>) -> Node {
    let mut pieces = vec![Piece::Sql("COALESCE((")];
    pieces.extend(expression);
    pieces.push(Piece::Sql(")::text NOT IN ('', '[]', '{}'), FALSE)"));
    Node::Leaf(pieces)
}
