//! Queries: which page, which filter, which attributes.

use crate::app::AppError;
use crate::store::filter::{Asking, Condition, Table, compile};
use rollcall_scim::error::ScimError;
use rollcall_scim::filter::{self, Expr};
use rollcall_scim::message::write_list;
use rollcall_scim::project::Projection;
use rollcall_scim::registry::ResourceType;

/// Resources of a page when the client names no number. Advertised nowhere in RFC 7643; authentik counts on it (IDP-QUIRKS 48).
pub const DEFAULT_PAGE: i64 = 100;
/// Resources of a page at most: `filter.maxResults` of the ServiceProviderConfig.
pub const MAX_PAGE: i64 = 1_000;
/// The query of a list request.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// `filter`.
    pub filter: Option<Expr>,
    /// `startIndex`, from 1.
    pub start_index: Option<i64>,
    /// `count`.
    pub count: Option<i64>,
    /// `attributes`.
    pub attributes: Option<String>,
    /// `excludedAttributes`.
    pub excluded: Option<String>,
}

/// A query that was understood.
pub struct Plan {
    /// Which attributes are answered.
    pub projection: Projection,
    /// Which resources.
    pub condition: Option<Condition>,
    /// The first resource, from 1.
    pub start_index: i64,
    /// How many at most.
    pub count: i64,
}

impl Query {
    /// Reads the query for a resource type. Numbers out of range are brought into it (RFC 7644 §3.4.2.4).
    ///
    /// # Errors
    /// `invalidFilter` or `invalidValue`.
    pub fn plan(&self, rt: &ResourceType, table: Table, asking: Asking<'_>) -> Result<Plan, AppError> {
        let condition = match &self.filter {
            None => None,
            Some(expression) => Some(compile(table, asking, &filter::resolve(rt, expression)?)?),
        };
        let start_index = self.start_index.unwrap_or(1).max(1);
        Ok(Plan { projection: self.projection(rt)?, condition, start_index, count: self.page_size() })
    }

    /// Resources of the page at most.
    pub fn page_size(&self) -> i64 {
        self.count.unwrap_or(DEFAULT_PAGE).clamp(0, MAX_PAGE)
    }

    /// The attributes that are answered.
    ///
    /// # Errors
    /// `invalidValue` when both lists are given.
    pub fn projection(&self, rt: &ResourceType) -> Result<Projection, ScimError> {
        Projection::parse(rt, self.attributes.as_deref(), self.excluded.as_deref())
    }
}

impl Plan {
    /// The total, counted only when the page does not show it.
    ///
    /// # Errors
    /// What `count` returns.
    pub fn total<E>(&self, found: usize, count: impl FnOnce() -> Result<i64, E>) -> Result<i64, E> {
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        let page_is_last = found < self.count && (found > 0 || self.start_index == 1);
        if page_is_last { Ok(self.start_index - 1 + found) } else { count() }
    }

    /// How many resources stand before the page.
    pub fn offset(&self) -> i64 {
        self.start_index - 1
    }
}

/// A page of resources in JSON text.
pub struct Listed {
    /// How many there are in all.
    pub total: i64,
    /// The first of the page, from 1.
    pub start_index: i64,
    /// The page.
    pub resources: Vec<String>,
}

impl Listed {
    /// The ListResponse (RFC 7644 §3.4.2).
    pub fn to_json(&self) -> String {
        let length = self.resources.iter().map(|r| r.len() + 1).sum::<usize>();
        let mut out = String::with_capacity(length + 200);
        let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
        write_list(unsigned(self.total), unsigned(self.start_index), self.resources.iter(), &mut out);
        out
    }
}
