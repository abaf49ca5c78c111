//! Attributes with several values: what is said of them is said of their elements. One of these is called `e` in SQL.

use super::condition::{Node, Piece};
use super::membership::Membership;
use super::{Asking, json};
use rollcall_scim::filter::Field;
use rollcall_scim::schema::AttributeType;

/// Where the elements are.
pub(super) enum Elements<'a> {
    /// In an array of the stored resource, at this path.
    Stored(Vec<String>),
    /// In rows: who belongs to what; with what stands before the paths in `$ref`.
    Rows(Membership, &'a str),
}

impl<'a> Elements<'a> {
    /// Those of the attribute that a field is about.
    pub(super) fn of(membership: Option<Membership>, asking: Asking<'a>, field: &Field) -> Self {
        match membership {
            Some(membership) => Self::Rows(membership, asking.base),
            None => Self::Stored(super::path(field)),
        }
    }

    /// That the condition holds for one of them; `asks_type`: whether it is about their `type`.
    pub(super) fn any(&self, condition: Node, asks_type: bool) -> Node {
        match self {
            Self::Stored(path) => json::any_element(path, condition),
            Self::Rows(membership, _) => membership.any(condition, asks_type),
        }
    }

    /// That there is one.
    pub(super) fn exist(&self) -> Node {
        match self {
            Self::Stored(path) => json::not_empty(json::anything(path)),
            Self::Rows(membership, _) => membership.exist(),
        }
    }

    /// That one of them has this sub-attribute, of whatever type.
    pub(super) fn have(&self, name: &str) -> Node {
        match self {
            // What the server makes of a row is always there; what somebody is called comes from clients.
            Self::Rows(..) if name != "display" => self.exist(),
            _ => self.any(json::not_empty(self.anything(Some(name))), false),
        }
    }

    /// A sub-attribute of the element, or the element itself, of whatever type.
    pub(super) fn anything(&self, name: Option<&str>) -> Vec<Piece> {
        match self {
            Self::Stored(_) => json::anything_of_element(name),
            Self::Rows(_, base) => super::membership::sub(name, base),
        }
    }

    /// A sub-attribute of the element, or the element itself, in the SQL type for its SCIM type.
    pub(super) fn sub(&self, name: Option<&str>, kind: AttributeType) -> Vec<Piece> {
        match self {
            Self::Stored(_) => json::element(name, kind),
            Self::Rows(_, base) => super::membership::sub(name, base),
        }
    }
}
