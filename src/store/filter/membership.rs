//! The members of a group and the groups of a user: rows, which are asked as they are shown.

use super::condition::{Node, Piece};
use super::{Table, column};
use crate::store::membership::{groups_of_account, members_of_group};
use rollcall_scim::filter::{CompareOp, Field, Filter, Typed};
use uuid::Uuid;

/// Which side of a membership is searched from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Membership {
    /// The groups of a user.
    Groups,
    /// The members of a group.
    Members,
}

/// That the account `a` is a member of one of some groups or of a group below them; a query for their ids follows, and then
/// `and_below`. An array, because PostgreSQL takes it for a few ids, and the result of a recursion for many.
macro_rules! in_groups_below {
    () => {
        "(a.tenant_id, a.id) IN (SELECT m.tenant_id, m.member_id FROM group_members m WHERE m.group_id = ANY(ARRAY(\
         WITH RECURSIVE below (id) AS ("
    };
}

/// The end of `in_groups_below`.
macro_rules! and_below {
    () => {
        " UNION SELECT n.member_group_id FROM below JOIN LATERAL (SELECT member_group_id FROM group_nesting \
         WHERE group_id = below.id OFFSET 0) n ON TRUE) SELECT id FROM below)))"
    };
}

/// That of a field; `None` when it is about something else.
pub(super) fn of(table: Table, field: &Field) -> Option<Membership> {
    match (table, &field.schema, field.attribute.as_str()) {
        (Table::Accounts, None, "groups") => Some(Membership::Groups),
        (Table::Groups, None, "members") => Some(Membership::Members),
        _ => None,
    }
}

/// A sub-attribute of an element `e`. Without a name it is the id, as everywhere (IDP-QUIRKS 179).
pub(super) fn sub(name: Option<&str>, base: &str) -> Vec<Piece> {
    match name {
        Some("display") => vec![Piece::Sql("(e.display)")],
        Some("type") => vec![Piece::Sql("(e.type)")],
        Some("$ref") => vec![Piece::Sql("("), Piece::Text(base.to_owned()), Piece::Sql(" || e.path)")],
        _ => vec![Piece::Sql("(e.id::text)")],
    }
}

impl Membership {
    /// That the condition holds for one element; `asks_type`: whether it is about its `type`.
    pub(super) fn any(self, condition: Node, asks_type: bool) -> Node {
        let before = match self {
            // Everything but the type is the group's own: first the groups, then who is in them.
            Membership::Groups if !asks_type => {
                let groups = Piece::Sql(concat!(
                    in_groups_below!(),
                    "SELECT e.id FROM (SELECT id, '/Groups/' || id AS path, display_name AS display FROM groups) e WHERE "
                ));
                return Node::Wrapped(vec![groups], Box::new(condition), and_below!());
            }
            Membership::Groups => concat!("EXISTS (SELECT FROM ", groups_of_account!(), " e WHERE "),
            Membership::Members => concat!("EXISTS (SELECT FROM ", members_of_group!(), " e WHERE "),
        };
        Node::Wrapped(vec![Piece::Sql(before)], Box::new(condition), ")")
    }

    /// That there is an element: who is in a group through others is a member of one.
    pub(super) fn exist(self) -> Node {
        Node::Leaf(vec![Piece::Sql(match self {
            Membership::Groups => {
                "EXISTS (SELECT FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.member_id = a.id)"
            }
            Membership::Members => {
                "(EXISTS (SELECT FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.group_id = a.id) \
                 OR EXISTS (SELECT FROM group_nesting n WHERE n.tenant_id = a.tenant_id AND n.group_id = a.id))"
            }
        })])
    }

    /// That one of these ids is among the elements, by an index on the other side, whatever the number of rows on this one:
    /// the subquery knows nothing of `a`, so it is answered once.
    pub(super) fn one_of(self, values: &[Typed]) -> Node {
        let ids: Vec<Uuid> = column::texts(values).iter().filter_map(|text| shown_id(text)).collect();
        Node::Leaf(match self {
            Membership::Groups => vec![
                Piece::Sql(concat!(in_groups_below!(), "SELECT v FROM unnest(")),
                Piece::Uuids(ids),
                Piece::Sql(concat!(") AS v", and_below!())),
            ],
            Membership::Members => vec![
                Piece::Sql(
                    "(a.tenant_id, a.id) IN (SELECT m.tenant_id, m.group_id FROM group_members m WHERE m.member_id = ANY(",
                ),
                Piece::Uuids(ids.clone()),
                Piece::Sql(
                    ") UNION ALL SELECT n.tenant_id, n.group_id FROM group_nesting n WHERE n.member_group_id = ANY(",
                ),
                Piece::Uuids(ids),
                Piece::Sql("))"),
            ],
        })
    }

    /// What of `members[…]` an index can answer before the elements are looked at: an id that one of them must have.
    /// `true` when that is all there is to ask.
    pub(super) fn by_id(self, inner: &Filter) -> Option<(Node, bool)> {
        match inner {
            Filter::Compare { field, op: CompareOp::Eq, value: value @ Typed::String(_) } if is_id(field) => {
                Some((self.one_of(std::slice::from_ref(value)), true))
            }
            Filter::In { field, values } if is_id(field) => Some((self.one_of(values), true)),
            Filter::And(operands) => {
                operands.iter().find_map(|f| self.by_id(f)).map(|(node, _)| (node, false))
            }
            _ => None,
        }
    }
}

fn is_id(field: &Field) -> bool {
    field.attribute == "value"
}

/// The id of a text, in the one form in which ids are shown; letter case does not count.
fn shown_id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| id.to_string().eq_ignore_ascii_case(text))
}
