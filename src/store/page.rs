//! Pages of a table and how many rows there are in all: the same for users and groups.

use super::TenantConnection;
use super::filter::Condition;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Text, Uuid as SqlUuid};
use rollcall_domain::ids::TenantId;
use std::marker::PhantomData;
use uuid::Uuid;

/// What is wanted beside a row: the groups of a user, the members of a group.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// Whether they are wanted.
    pub related: bool,
    /// What stands before `/Users` or `/Groups` in their `$ref`.
    pub base: &'a str,
}

/// A page, in the order in which the rows were made.
pub struct Page<'a> {
    /// Tenant.
    pub tenant: TenantId,
    /// Which rows; all when `None`.
    pub condition: Option<&'a Condition>,
    /// How many to skip.
    pub offset: i64,
    /// How many at most.
    pub limit: i64,
    /// What to load of each.
    pub load: Load<'a>,
}

/// A table that can be listed. It is called `a` in the statement.
pub(super) trait Listed {
    /// SQL types of the columns.
    type SqlType;
    /// SELECT with the columns, whose two parameters are those of [`Load`].
    const SELECT: &'static str;
    /// FROM.
    const FROM: &'static str;
    /// What holds for every row that can be seen.
    const VISIBLE: &'static str;
}

/// The rows of a page.
pub(super) struct Rows<'a, T>(pub(super) Page<'a>, pub(super) PhantomData<T>);

impl<T> QueryId for Rows<'_, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: Listed> Query for Rows<'_, T> {
    type SqlType = T::SqlType;
}

impl<T, C> RunQueryDsl<C> for Rows<'_, T> {}

impl<T: Listed> QueryFragment<Pg> for Rows<'_, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let page = &self.0;
        let mut parts = T::SELECT.split("{}");
        out.push_sql(parts.next().unwrap_or_default());
        out.push_bind_param::<Bool, _>(&page.load.related)?;
        out.push_sql(parts.next().unwrap_or_default());
        out.push_bind_param::<Text, _>(&page.load.base)?;
        out.push_sql(parts.next().unwrap_or_default());
        from_where::<T>(page.condition, &page.tenant.0, out.reborrow())?;
        out.push_sql(" ORDER BY a.tenant_id, a.id LIMIT ");
        out.push_bind_param::<BigInt, _>(&page.limit)?;
        out.push_sql(" OFFSET ");
        out.push_bind_param::<BigInt, _>(&page.offset)
    }
}

struct Count<'a, T> {
    tenant: TenantId,
    condition: Option<&'a Condition>,
    table: PhantomData<T>,
}

impl<T> QueryId for Count<'_, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> Query for Count<'_, T> {
    type SqlType = BigInt;
}

impl<T, C> RunQueryDsl<C> for Count<'_, T> {}

impl<T: Listed> QueryFragment<Pg> for Count<'_, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT count(*)");
        from_where::<T>(self.condition, &self.tenant.0, out.reborrow())
    }
}

/// How many rows there are in all, or match.
pub(super) fn count<T: Listed>(
    conn: &mut TenantConnection,
    tenant: TenantId,
    condition: Option<&Condition>,
) -> QueryResult<i64> {
    Count::<T> { tenant, condition, table: PhantomData }.get_result(&mut **conn)
}

fn from_where<'b, T: Listed>(
    condition: Option<&'b Condition>,
    tenant: &'b Uuid,
    mut out: AstPass<'_, 'b, Pg>,
) -> QueryResult<()> {
    out.push_sql(T::FROM);
    out.push_sql(" WHERE a.tenant_id = ");
    out.push_bind_param::<SqlUuid, _>(tenant)?;
    out.push_sql(T::VISIBLE);
    if let Some(condition) = condition {
        // Filters have any shape the client likes; only the plain ones are worth remembering.
        if !condition.is_plain() {
            out.unsafe_to_cache_prepared();
        }
        out.push_sql(" AND ");
        condition.push(out.reborrow())?;
    }
    Ok(())
}
