//! Comparing text in SQL.

use super::condition::{Node, Piece};
use rollcall_scim::filter::CompareOp;

/// How letter case is left out of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// It counts, or both sides are prepared already.
    Exact,
    /// The database folds both sides, so that they are folded alike.
    Folded,
}

impl Case {
    fn around(self, inner: &[Piece]) -> Vec<Piece> {
        let (open, close) = match self {
            Case::Exact => ("(", ")"),
            Case::Folded => ("folded(", ")"),
        };
        [&[Piece::Sql(open)], inner, &[Piece::Sql(close)]].concat()
    }

    fn any(self) -> (&'static str, &'static str) {
        match self {
            Case::Exact => (" = ANY(", ")"),
            Case::Folded => (" = ANY(ARRAY(SELECT folded(v) FROM unnest(", ") AS v))"),
        }
    }
}

/// `expression op value` for one of the values. A chain of equalities is one comparison with an array.
pub(super) fn compare(expression: &[Piece], case: Case, op: CompareOp, values: &[String]) -> Node {
    // Without parentheses where there is nothing to fold, so that an index is seen at once.
    let left = if case == Case::Exact { expression.to_vec() } else { case.around(expression) };
    if let (CompareOp::Eq, [_, _, ..]) = (op, values) {
        let (open, close) = case.any();
        return Node::Leaf(
            [left, vec![Piece::Sql(open), Piece::Texts(values.to_vec()), Piece::Sql(close)]].concat(),
        );
    }
    Node::Any(
        values.iter().map(|value| one(&left, op, &case.around(&[Piece::Text(value.clone())]))).collect(),
    )
}

fn one(left: &[Piece], op: CompareOp, right: &[Piece]) -> Node {
    let join = |parts: &[&[Piece]]| Node::Leaf(parts.concat());
    let infix = |operator| join(&[left, &[Piece::Sql(operator)], right]);
    match op {
        CompareOp::Eq => infix(" = "),
        CompareOp::Ne => infix(" IS DISTINCT FROM "),
        // By code point, whatever the collation of the database.
        CompareOp::Gt => infix(" COLLATE \"C\" > "),
        CompareOp::Ge => infix(" COLLATE \"C\" >= "),
        CompareOp::Lt => infix(" COLLATE \"C\" < "),
        CompareOp::Le => infix(" COLLATE \"C\" <= "),
        CompareOp::Co => {
            join(&[&[Piece::Sql("position(")], right, &[Piece::Sql(" IN ")], left, &[Piece::Sql(") > 0")]])
        }
        CompareOp::Sw => {
            join(&[&[Piece::Sql("starts_with(")], left, &[Piece::Sql(", ")], right, &[Piece::Sql(")")]])
        }
        CompareOp::Ew => join(&[
            &[Piece::Sql("right(")],
            left,
            &[Piece::Sql(", length(")],
            right,
            &[Piece::Sql(")) = ")],
            right,
        ]),
    }
}

/// That a column, ordered by code point, begins with one of the prefixes: as ranges, which its index serves.
pub(super) fn starts_with(column: &'static str, prefixes: &[String]) -> Node {
    let range = |prefix: &String| {
        let mut pieces =
            vec![Piece::Sql(column), Piece::Sql(" COLLATE \"C\" >= "), Piece::Text(prefix.clone())];
        if let Some(end) = after_all_with(prefix) {
            pieces.extend([
                Piece::Sql(" AND "),
                Piece::Sql(column),
                Piece::Sql(" COLLATE \"C\" < "),
                Piece::Text(end),
            ]);
        }
        Node::All(vec![Node::Leaf(pieces)])
    };
    Node::Any(prefixes.iter().map(range).collect())
}

/// The smallest text that is larger than every text with the prefix: its last character one further. `None` when there is
/// none.
fn after_all_with(prefix: &str) -> Option<String> {
    let mut kept = prefix.to_owned();
    while let Some(last) = kept.pop() {
        // A range of characters leaves out what is no character.
        if let Some(next) = (last..=char::MAX).nth(1) {
            kept.push(next);
            return Some(kept);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::after_all_with;

    #[test]
    fn the_end_of_a_prefix_is_its_last_character_one_further() {
        for (prefix, end) in [
            ("ab", Some("ac")),
            ("a\u{10ffff}", Some("b")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("100%", Some("100&")),
            ("\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(after_all_with(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}
