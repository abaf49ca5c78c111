//! Users and groups in one order (RFC 7644 §3.4.2.1).

use super::accounts::Accounts;
use super::filter::Condition;
use super::groups::Groups;
use super::order::{Order, Position};
use super::page::Places;
use super::{StoreError, TenantConnection};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use rollcall_domain::ids::TenantId;
use std::marker::PhantomData;
use uuid::Uuid;

/// What is listed of one of the tables.
pub struct Part<'a> {
    /// Which rows; all when `None`.
    pub condition: Option<&'a Condition>,
    /// In which order: the same for both, except that one may have no values.
    pub order: &'a Order,
}

struct Last<'a> {
    users: Places<'a, Accounts>,
    groups: Places<'a, Groups>,
    before: i64,
}

impl QueryId for Last<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Last<'_> {
    type SqlType = (Nullable<Text>, SqlUuid);
}

impl<C> RunQueryDsl<C> for Last<'_> {}

impl QueryFragment<Pg> for Last<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT k, id FROM (");
        self.users.push(out.reborrow())?;
        out.push_sql(" UNION ALL ");
        self.groups.push(out.reborrow())?;
        out.push_sql(") AS both_of_them ORDER BY ");
        out.push_sql(self.users.order.of_texts());
        out.push_sql(" LIMIT 1 OFFSET ");
        out.push_bind_param::<BigInt, _>(&self.before)
    }
}

/// The place of number `number`, from 1, among users and groups; `None` where there are fewer.
///
/// # Errors
/// Database failures.
pub fn place_of(
    conn: &mut TenantConnection,
    tenant: TenantId,
    users: &Part<'_>,
    groups: &Part<'_>,
    number: i64,
) -> Result<Option<Position>, StoreError> {
    let last = Last {
        users: Places {
            tenant,
            condition: users.condition,
            order: users.order,
            limit: number,
            table: PhantomData,
        },
        groups: Places {
            tenant,
            condition: groups.condition,
            order: groups.order,
            limit: number,
            table: PhantomData,
        },
        before: number - 1,
    };
    let found: Option<(Option<String>, Uuid)> = last.get_result(&mut **conn).optional()?;
    Ok(found.map(|(key, id)| Position { key, id }))
}
