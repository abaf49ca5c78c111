//! Pages of a table and how many rows there are in all: the same for users and groups.

use super::TenantConnection;
use super::filter::Condition;
use super::order::{Order, Position, Stretch};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
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

/// Where a page begins.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// After so many rows. They are all read.
    Offset(i64),
    /// Just after a place, which an index finds wherever it is.
    After(&'a Position),
}

/// A page.
pub struct Page<'a> {
    /// Tenant.
    pub tenant: TenantId,
    /// Which rows; all when `None`.
    pub condition: Option<&'a Condition>,
    /// In which order.
    pub order: &'a Order,
    /// Where it begins.
    pub start: Start<'a>,
    /// How many at most.
    pub limit: i64,
    /// What to load of each.
    pub load: Load<'a>,
}

/// A table that can be listed. It is called `a` in the statement.
pub(super) trait Listed {
    /// SQL types of the columns.
    type SqlType;
    /// SELECT with the columns.
    const SELECT: &'static str;
    /// The same with what is wanted beside a row, whose parameter is the base of [`Load`].
    const SELECT_RELATED: &'static str;
    /// FROM.
    const FROM: &'static str;
    /// What holds for every row that can be seen.
    const VISIBLE: &'static str;
}

/// The rows of a page, or of one stretch of it, each with its key and its id.
pub(super) struct Rows<'a, T> {
    page: &'a Page<'a>,
    stretch: Option<Stretch<'a>>,
    limit: i64,
    table: PhantomData<T>,
}

impl<T> QueryId for Rows<'_, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: Listed> Query for Rows<'_, T> {
    type SqlType = (T::SqlType, Nullable<Text>, SqlUuid);
}

impl<T, C> RunQueryDsl<C> for Rows<'_, T> {}

impl<T: Listed> QueryFragment<Pg> for Rows<'_, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let page = self.page;
        if page.load.related {
            let mut parts = T::SELECT_RELATED.split("{}");
            out.push_sql(parts.next().unwrap_or_default());
            out.push_bind_param::<Text, _>(&page.load.base)?;
            out.push_sql(parts.next().unwrap_or_default());
        } else {
            out.push_sql(T::SELECT);
        }
        out.push_sql(", ");
        page.order.push_key_as_text(out.reborrow())?;
        out.push_sql(", a.id");
        from_where::<T>(page.condition, &page.tenant.0, out.reborrow())?;
        // Planned with its values: where it begins, and how much is wanted, decide which index is worth it.
        if !page.order.is_by_id() {
            out.unsafe_to_cache_prepared();
        }
        if let Some(stretch) = &self.stretch {
            out.push_sql(" AND ");
            page.order.push_stretch(stretch, out.reborrow())?;
        }
        out.push_sql(" ORDER BY ");
        page.order.push_order_by(out.reborrow())?;
        out.push_sql(" LIMIT ");
        match usual(self.limit) {
            // A plan for any limit is one for a tenth of the table, so PostgreSQL would plan anew each time.
            Some(limit) => out.push_sql(limit),
            None => out.push_bind_param::<BigInt, _>(&self.limit)?,
        }
        if let Start::Offset(rows @ 1..) = &page.start {
            out.push_sql(" OFFSET ");
            out.push_bind_param::<BigInt, _>(rows)?;
        }
        Ok(())
    }
}

/// How much clients usually want, with the one more by which it is known whether there is another page. They are few, because each is a
/// prepared statement of every connection.
fn usual(limit: i64) -> Option<&'static str> {
    match limit {
        1 => Some("1"),
        100 => Some("100"),
        101 => Some("101"),
        200 => Some("200"),
        201 => Some("201"),
        _ => None,
    }
}

/// Reads a page: in one statement, or in two where rows without a key begin on it.
pub(super) fn load<'a, T, R>(
    page: &'a Page<'a>,
    mut load: impl FnMut(Rows<'a, T>) -> QueryResult<Vec<R>>,
) -> QueryResult<Vec<R>> {
    let mut rows = |stretch, limit| load(Rows { page, stretch, limit, table: PhantomData });
    let Start::After(place) = page.start else { return rows(None, page.limit) };
    let mut all = Vec::new();
    for stretch in page.order.stretches_after(place) {
        let missing = page.limit - i64::try_from(all.len()).unwrap_or(i64::MAX);
        if missing > 0 {
            all.extend(rows(Some(stretch), missing)?);
        }
    }
    Ok(all)
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
    type SqlType = (BigInt, Nullable<Text>);
}

impl<T, C> RunQueryDsl<C> for Count<'_, T> {}

impl<T: Listed> QueryFragment<Pg> for Count<'_, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT count(*), CASE WHEN NOT pg_is_in_recovery() THEN pg_current_snapshot()::text END",
        );
        from_where::<T>(self.condition, &self.tenant.0, out.reborrow())
    }
}

/// How many rows there are in all, or match, and the `pg_snapshot` that sees so many. Not on a standby, where it does not say which
/// transactions are under way.
pub(super) fn count<T: Listed>(
    conn: &mut TenantConnection,
    tenant: TenantId,
    condition: Option<&Condition>,
) -> QueryResult<(i64, Option<String>)> {
    Count::<T> { tenant, condition, table: PhantomData }.get_result(&mut **conn)
}

/// The first places of a table in an order, so many that no other can be among the first of all tables.
pub(super) struct Places<'a, T> {
    pub(super) tenant: TenantId,
    pub(super) condition: Option<&'a Condition>,
    pub(super) order: &'a Order,
    pub(super) limit: i64,
    pub(super) table: PhantomData<T>,
}

impl<T: Listed> Places<'_, T> {
    pub(super) fn push<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(SELECT ");
        self.order.push_key_as_text(out.reborrow())?;
        out.push_sql(" AS k, a.id");
        from_where::<T>(self.condition, &self.tenant.0, out.reborrow())?;
        out.push_sql(" ORDER BY ");
        self.order.push_order_by(out.reborrow())?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(")");
        Ok(())
    }
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
        if !condition.is_repeatable() {
            out.unsafe_to_cache_prepared();
        }
        out.push_sql(" AND ");
        condition.push(out.reborrow())?;
    }
    Ok(())
}
