//! Attributes that have a column, or are computed from columns.

use super::condition::{Node, Piece};
use super::text::{self, Case};
use super::{Table, Unsearchable, compare};
use rollcall_domain::ids::ConnectionId;
use rollcall_domain::name::{comparison_fragment, comparison_key};
use rollcall_scim::filter::{CompareOp, Field, Filter, Typed};
use uuid::Uuid;

pub(in crate::store) const USER_NAME: &str = "a.user_name_key";

/// Where an attribute is found.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Column {
    /// The uuid.
    Id,
    /// A name in prepared form.
    Key(&'static str),
    /// externalId, among those of the asking connection.
    ExternalId,
    /// Text that is compared as it stands.
    Text(&'static str),
    /// A time.
    Time(&'static str),
    /// A boolean: the conditions under which it is true and false. As they stand, so that a partial index is seen.
    Bool(&'static str, &'static str),
    /// Rows of group_members.
    Membership(Membership),
}

/// Which side of a membership is searched from.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Membership {
    /// The groups of a user.
    Groups,
    /// The members of a group.
    Members,
}

/// The column of a field; `None` when it is in the stored resource only.
pub(in crate::store) fn of(table: Table, field: &Field) -> Option<Column> {
    if let Some(schema) = &field.schema {
        return lifecycle(table, schema, &field.attribute);
    }
    match (table, field.attribute.as_str(), field.sub_attribute.as_deref()) {
        (_, "id", _) => Some(Column::Id),
        (_, "externalId", _) => Some(Column::ExternalId),
        (_, "displayName", _) => Some(Column::Key("a.display_name_key")),
        (_, "meta", Some("created")) => Some(Column::Time("a.created_at")),
        (_, "meta", Some("lastModified")) => Some(Column::Time("a.updated_at")),
        (Table::Accounts, "meta", Some("resourceType")) => Some(Column::Text("'User'::text")),
        (Table::Groups, "meta", Some("resourceType")) => Some(Column::Text("'Group'::text")),
        (Table::Accounts, "userName", _) => Some(Column::Key(USER_NAME)),
        (Table::Accounts, "active", _) => {
            Some(Column::Bool("a.deactivated_at IS NULL", "a.deactivated_at IS NOT NULL"))
        }
        (Table::Accounts, "groups", _) => Some(Column::Membership(Membership::Groups)),
        (Table::Groups, "members", _) => Some(Column::Membership(Membership::Members)),
        _ => None,
    }
}

/// The rollcall extension is computed, in SQL as in the domain.
fn lifecycle(table: Table, schema: &str, attribute: &str) -> Option<Column> {
    if table != Table::Accounts || schema != super::ROLLCALL_URN {
        return None;
    }
    match attribute {
        "status" => Some(Column::Text(
            "(CASE WHEN a.deactivated_at IS NOT NULL THEN 'deactivated' \
             WHEN a.first_access_at IS NOT NULL THEN 'active' ELSE 'activated' END)",
        )),
        "deactivatedAt" => Some(Column::Time("a.deactivated_at")),
        "deactivationReason" => {
            Some(Column::Text("replace(a.deactivated_reason, 'role_change', 'roleChange')"))
        }
        "firstAccessAt" => Some(Column::Time("a.first_access_at")),
        "lastSignInAt" => Some(Column::Time("a.last_login_at")),
        "signIn" => {
            Some(Column::Text("(CASE WHEN a.login_email_key IS NULL THEN 'username' ELSE 'email' END)"))
        }
        "passwordState" => Some(Column::Text("a.password_state")),
        _ => None,
    }
}

impl Column {
    pub(super) fn compare(
        self,
        connection: ConnectionId,
        op: CompareOp,
        values: &[Typed],
        field: &Field,
    ) -> Result<Node, Unsearchable> {
        match self {
            Column::Id => compare_id(op, &texts(values)),
            Column::Key(column) => {
                // Blanks around a user name do not count; they do in every other name, and in a part of one.
                let whole = column == USER_NAME && matches!(op, CompareOp::Eq | CompareOp::Ne);
                let prepare = if whole { comparison_key } else { comparison_fragment };
                let keys: Vec<String> = texts(values).iter().map(|text| prepare(text)).collect();
                if op == CompareOp::Sw {
                    return Ok(text::starts_with(column, &keys));
                }
                Ok(text::compare(&[Piece::Sql(column)], Case::Exact, op, &keys))
            }
            Column::ExternalId => {
                let own = vec![Piece::Sql("a.connection_id = "), Piece::Uuid(connection.0)];
                let values = texts(values);
                let same = match op {
                    CompareOp::Sw => text::starts_with("a.external_id", &values),
                    _ => text::compare(&[Piece::Sql("a.external_id")], Case::Exact, op, &values),
                };
                // Somebody else's externalId is as good as none.
                Ok(if op == CompareOp::Ne {
                    Node::Any(vec![Node::Not(Box::new(Node::Leaf(own))), same])
                } else {
                    Node::All(vec![Node::Leaf(own), same])
                })
            }
            Column::Text(sql) => compare(&[Piece::Sql(sql)], field.case_exact, op, values, field),
            Column::Time(sql) => compare(&[Piece::Sql(sql)], true, op, values, field),
            Column::Bool(when_true, when_false) => {
                let holds = |value: &Typed| match (value, op) {
                    (Typed::Bool(true), CompareOp::Eq) | (Typed::Bool(false), CompareOp::Ne) => {
                        Ok(Node::Leaf(vec![Piece::Sql(when_true)]))
                    }
                    (Typed::Bool(_), CompareOp::Eq | CompareOp::Ne) => {
                        Ok(Node::Leaf(vec![Piece::Sql(when_false)]))
                    }
                    _ => Err(Unsearchable(field.attribute.clone())),
                };
                Ok(Node::Any(values.iter().map(holds).collect::<Result<_, _>>()?))
            }
            Column::Membership(membership) => membership.compare(field.sub_attribute.as_deref(), op, values),
        }
    }

    pub(super) fn present(self) -> Node {
        let sql = match self {
            Column::Id | Column::Bool(..) => "TRUE",
            Column::ExternalId => "a.external_id IS NOT NULL",
            Column::Membership(membership) => membership.exists(),
            Column::Key(sql) | Column::Text(sql) | Column::Time(sql) => {
                return Node::Leaf(vec![Piece::Sql(sql), Piece::Sql(" IS NOT NULL")]);
            }
        };
        Node::Leaf(vec![Piece::Sql(sql)])
    }
}

impl Membership {
    fn exists(self) -> &'static str {
        match self {
            Membership::Groups => {
                "EXISTS (SELECT FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.member_id = a.id)"
            }
            Membership::Members => {
                "EXISTS (SELECT FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.group_id = a.id)"
            }
        }
    }

    /// Only the id of the other side can be searched for, by its index.
    pub(super) fn compare(
        self,
        sub_attribute: Option<&str>,
        op: CompareOp,
        values: &[Typed],
    ) -> Result<Node, Unsearchable> {
        let (name, before) = match self {
            Membership::Groups => (
                "groups",
                "a.id IN (SELECT m.member_id FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.group_id = ANY(",
            ),
            Membership::Members => (
                "members",
                "a.id IN (SELECT m.group_id FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.member_id = ANY(",
            ),
        };
        if op != CompareOp::Eq || sub_attribute.is_some_and(|sub| sub != "value") {
            return Err(Unsearchable(name.to_owned()));
        }
        let ids = texts(values).iter().filter_map(|text| Uuid::try_parse(text).ok()).collect();
        Ok(Node::Leaf(vec![Piece::Sql(before), Piece::Uuids(ids), Piece::Sql("))")]))
    }

    /// `members[value eq "…"]`.
    pub(super) fn each(self, inner: &Filter, attribute: &str) -> Result<Node, Unsearchable> {
        match inner {
            Filter::Compare { field, op, value } => {
                self.compare(Some(&field.attribute), *op, std::slice::from_ref(value))
            }
            Filter::In { field, values } => self.compare(Some(&field.attribute), CompareOp::Eq, values),
            _ => Err(Unsearchable(attribute.to_owned())),
        }
    }
}

/// An id that is no uuid is nobody's.
fn compare_id(op: CompareOp, values: &[String]) -> Result<Node, Unsearchable> {
    let ids: Vec<Uuid> = values.iter().filter_map(|text| Uuid::try_parse(text).ok()).collect();
    let same = Node::Leaf(vec![Piece::Sql("a.id = ANY("), Piece::Uuids(ids), Piece::Sql(")")]);
    match op {
        CompareOp::Eq => Ok(same),
        CompareOp::Ne => Ok(Node::Not(Box::new(same))),
        _ => Ok(text::compare(&[Piece::Sql("a.id::text")], Case::Exact, op, values)),
    }
}

pub(super) fn texts(values: &[Typed]) -> Vec<String> {
    values
        .iter()
        .filter_map(|value| match value {
            Typed::String(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}
