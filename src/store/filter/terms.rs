//! Values that are in the stored resource only and looked for often: their terms (table account_terms) find the accounts that
//! come into question, by an index, and the comparison with the resource has the last word.

use super::Table;
use super::column::texts;
use super::condition::{Node, Piece};
use rollcall_scim::filter::{CompareOp, Field, Filter, Typed};

/// The condition, and before it the terms, where the attribute has terms and the operator can use them.
pub(super) fn first(table: Table, field: &Field, op: CompareOp, values: &[Typed], condition: Node) -> Node {
    match terms(table, field, field.sub_attribute.as_deref(), op, values) {
        Some(terms) => Node::All(vec![terms, condition]),
        None => condition,
    }
}

/// The same for `emails[value eq "…" and …]`: what one of the operands of the conjunction demands.
pub(super) fn first_of_element(table: Table, field: &Field, inner: &Filter, condition: Node) -> Node {
    let demanded = match inner {
        Filter::And(operands) => operands.as_slice(),
        single => std::slice::from_ref(single),
    };
    let found = demanded.iter().find_map(|operand| match operand {
        Filter::Compare { field: sub, op, value } => {
            terms(table, field, Some(&sub.attribute), *op, std::slice::from_ref(value))
        }
        Filter::In { field: sub, values } => terms(table, field, Some(&sub.attribute), CompareOp::Eq, values),
        _ => None,
    });
    match found {
        Some(terms) => Node::All(vec![terms, condition]),
        None => condition,
    }
}

fn terms(
    table: Table,
    field: &Field,
    sub_attribute: Option<&str>,
    op: CompareOp,
    values: &[Typed],
) -> Option<Node> {
    if table != Table::Accounts || field.schema.is_some() {
        return None;
    }
    let attribute = match (field.attribute.as_str(), sub_attribute?) {
        ("emails", "value") => "'emails.value'",
        ("name", "givenName") => "'name.givenName'",
        ("name", "familyName") => "'name.familyName'",
        _ => return None,
    };
    let mut pieces = vec![
        Piece::Sql(
            "EXISTS (SELECT FROM account_terms t WHERE t.tenant_id = a.tenant_id AND t.account_id = a.id AND t.attribute = ",
        ),
        Piece::Sql(attribute),
    ];
    // The database folds both sides, so that they are folded alike.
    match (op, texts(values).as_slice()) {
        (CompareOp::Eq, [one]) => pieces.extend([
            Piece::Sql(" AND t.term = left(folded("),
            Piece::Text(one.clone()),
            Piece::Sql("), 200))"),
        ]),
        (CompareOp::Eq, several @ [_, ..]) => pieces.extend([
            Piece::Sql(" AND t.term = ANY(ARRAY(SELECT left(folded(v), 200) FROM unnest("),
            Piece::Texts(several.to_vec()),
            Piece::Sql(") AS v)))"),
        ]),
        (CompareOp::Sw, [prefix]) => pieces.extend([
            Piece::Sql(" AND t.term >= left(folded("),
            Piece::Text(prefix.clone()),
            // No term is longer than 200 characters, and none of them is larger than the largest.
            Piece::Sql("), 200) AND t.term <= left(folded("),
            Piece::Text(prefix.clone()),
            Piece::Sql("), 200) || repeat(chr(1114111), 200))"),
        ]),
        _ => return None,
    }
    Some(Node::Leaf(pieces))
}
