//! Attributes that have a column, or are computed from columns.

use super::condition::{Node, Piece};
use super::text::{self, Case};
use super::{Asking, Table, Unsearchable, compare};
use crate::store::accounts::standing;
use chrono::{DateTime, Utc};
use rollcall_domain::ids::id_as_shown;
use rollcall_domain::name::{comparison_fragment, comparison_key};
use rollcall_scim::filter::date_time::parse_date_time;
use rollcall_scim::filter::{CompareOp, Field, Filter, Typed};
use uuid::Uuid;

pub(in crate::store) const USER_NAME: &str = "a.user_name_key";

/// Where an attribute is found. A `{}` in SQL stands for the present time.
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
    /// A time that clients write as text, because it may be a local one; compared as the instant it stands for.
    Instant(&'static str),
    /// A boolean: the conditions under which it is true and false. As they stand, so that a partial index is seen.
    Bool(&'static str, &'static str),
    /// Whether the account may be used; a client may have removed the attribute, which leaves the account as it is.
    Active,
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
        (Table::Accounts, "active", _) => Some(Column::Active),
        _ => None,
    }
}

/// The user name that a filter of accounts asks for and nothing else, prepared.
pub fn asked_user_name(filter: &Filter) -> Option<String> {
    match filter {
        Filter::Compare { field, op: CompareOp::Eq, value: Typed::String(name) }
            if matches!(of(Table::Accounts, field), Some(Column::Key(USER_NAME))) =>
        {
            Some(comparison_key(name))
        }
        _ => None,
    }
}

/// The rollcall extension is computed, in SQL as in the domain.
fn lifecycle(table: Table, schema: &str, attribute: &str) -> Option<Column> {
    if table != Table::Accounts || schema != super::ROLLCALL_URN {
        return None;
    }
    match attribute {
        "status" => Some(Column::Text(standing::STATUS)),
        "role" => Some(Column::Text("a.role")),
        "startsAt" => Some(Column::Instant("a.starts_at")),
        "expiresAt" => Some(Column::Instant("a.expires_at")),
        "deactivateAt" => Some(Column::Instant("a.deactivate_at")),
        "deactivatedAt" => Some(Column::Time(standing::DEACTIVATED_AT)),
        "deactivationReason" => Some(Column::Text(standing::REASON)),
        "seat" => Some(Column::Bool(standing::SEATED, standing::UNSEATED)),
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
        asking: Asking,
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
                let own = vec![Piece::Sql("a.connection_id = "), Piece::Uuid(asking.connection.0)];
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
            Column::Text(sql) => compare(&at(sql, asking.now), field.case_exact, op, values, field),
            Column::Time(sql) => compare(&at(sql, asking.now), true, op, values, field),
            Column::Instant(sql) => {
                let instants = values.iter().map(|value| instant(value, field));
                let instants: Vec<Typed> = instants.collect::<Result<_, _>>()?;
                compare(&at(sql, asking.now), true, op, &instants, field)
            }
            Column::Active => {
                Column::Bool(standing::USABLE, standing::UNUSABLE).compare(asking, op, values, field)
            }
            Column::Bool(when_true, when_false) => {
                let holds = |value: &Typed| match (value, op) {
                    (Typed::Bool(true), CompareOp::Eq) | (Typed::Bool(false), CompareOp::Ne) => {
                        Ok(Node::Leaf(at(when_true, asking.now)))
                    }
                    (Typed::Bool(_), CompareOp::Eq | CompareOp::Ne) => {
                        Ok(Node::Leaf(at(when_false, asking.now)))
                    }
                    _ => Err(Unsearchable::Attribute(field.attribute.clone())),
                };
                Ok(Node::Any(values.iter().map(holds).collect::<Result<_, _>>()?))
            }
        }
    }

    pub(super) fn present(self, asking: Asking) -> Node {
        let sql = match self {
            Column::Id | Column::Bool(..) => "TRUE",
            // What a client removed is not shown (RFC 7644 §3.4.2.2).
            Column::Active => "NOT a.active_unassigned",
            Column::ExternalId => {
                let own = vec![Piece::Sql("a.connection_id = "), Piece::Uuid(asking.connection.0)];
                let any = vec![Piece::Sql("a.external_id IS NOT NULL")];
                return Node::All(vec![Node::Leaf(own), Node::Leaf(any)]);
            }
            // A name may be empty, which is no value (RFC 7644 §3.4.2.2, Table 3).
            Column::Key(sql) => return Node::Leaf(vec![Piece::Sql(sql), Piece::Sql(" <> ''")]),
            Column::Text(sql) | Column::Time(sql) | Column::Instant(sql) => {
                let mut pieces = at(sql, asking.now);
                pieces.push(Piece::Sql(" IS NOT NULL"));
                return Node::Leaf(pieces);
            }
        };
        Node::Leaf(vec![Piece::Sql(sql)])
    }
}

/// SQL with the present time bound where it says so.
pub(in crate::store) fn at(sql: &'static str, now: DateTime<Utc>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (n, part) in sql.split("{}").enumerate() {
        if n > 0 {
            pieces.push(Piece::Time(now));
        }
        pieces.push(Piece::Sql(part));
    }
    pieces
}

/// The instant of a text; without an offset it is in UTC, as every account may be in a zone of its own.
fn instant(value: &Typed, field: &Field) -> Result<Typed, Unsearchable> {
    let unreadable = |shown: &str| Unsearchable::NoDate {
        attribute: field.attribute.clone(),
        value: rollcall_scim::error::shorten(shown),
    };
    match value {
        Typed::String(text) => {
            let at = parse_date_time(text);
            at.map(Typed::DateTime).ok_or_else(|| unreadable(text))
        }
        other => Ok(other.clone()),
    }
}

/// An id that is no uuid in the form in which ids are shown is nobody's: ids are case-exact (RFC 7643 §3.1).
fn compare_id(op: CompareOp, values: &[String]) -> Result<Node, Unsearchable> {
    let ids: Vec<Uuid> = values.iter().filter_map(|text| id_as_shown(text)).collect();
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
