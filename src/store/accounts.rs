//! Accounts: rows to facts and back. Every write that depends on what was read is conditional on the version that was read.

mod row;
mod write;

pub use row::AccountRow;
pub use write::{Change, Keys, PasswordHash, insert, save};

use super::filter::Condition;
use super::statement::statement;
use super::{StoreError, TenantConnection};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use rollcall_domain::ids::{AccountId, TenantId};
use row::{Columns, SqlColumns, account_columns};
use std::marker::PhantomData;
use uuid::Uuid;

/// What of an account is wanted beside its own row.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// Whether the groups are wanted.
    pub groups: bool,
    /// What stands before the id in a group's `$ref`.
    pub group_base: &'a str,
}

statement!(
    /// One account by id.
    Find { groups: bool => Bool, base: &'a str => Text, tenant: Uuid => SqlUuid, id: Uuid => SqlUuid } -> SqlColumns,
    concat!(
        "SELECT ", account_columns!(),
        " FROM accounts a WHERE a.tenant_id = {} AND a.id = {} AND a.deleted_at IS NULL"
    )
);

/// The account of an id.
///
/// # Errors
/// Database failures.
pub fn find(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: AccountId,
    load: Load<'_>,
) -> Result<Option<AccountRow>, StoreError> {
    let statement = Find {
        groups: load.groups,
        base: load.group_base,
        tenant: tenant.0,
        id: id.0,
        lifetime: PhantomData,
    };
    let columns: Option<Columns> = statement.get_result(&mut **conn).optional()?;
    columns.map(AccountRow::from_columns).transpose()
}

/// Locks the account until the end of the transaction.
///
/// # Errors
/// Database failures.
pub fn lock(conn: &mut TenantConnection, tenant: TenantId, id: AccountId) -> Result<(), StoreError> {
    use super::schema::accounts;
    accounts::table
        .filter(accounts::tenant_id.eq(tenant.0).and(accounts::id.eq(id.0)))
        .select(accounts::id)
        .for_update()
        .execute(&mut **conn)?;
    Ok(())
}

/// A page of accounts in the order in which they were made.
pub struct Page<'a> {
    /// Tenant.
    pub tenant: TenantId,
    /// Which accounts; all when `None`.
    pub condition: Option<&'a Condition>,
    /// How many to skip.
    pub offset: i64,
    /// How many at most.
    pub limit: i64,
    /// What to load of each.
    pub load: Load<'a>,
}

impl QueryId for Page<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Page<'_> {
    type SqlType = SqlColumns;
}

impl<C> RunQueryDsl<C> for Page<'_> {}

impl QueryFragment<Pg> for Page<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut parts = concat!("SELECT ", account_columns!(), " FROM accounts a").split("{}");
        out.push_sql(parts.next().unwrap_or_default());
        out.push_bind_param::<Bool, _>(&self.load.groups)?;
        out.push_sql(parts.next().unwrap_or_default());
        out.push_bind_param::<Text, _>(&self.load.group_base)?;
        out.push_sql(parts.next().unwrap_or_default());
        where_clause(self.condition, &self.tenant.0, out.reborrow())?;
        out.push_sql(" ORDER BY a.tenant_id, a.id LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(" OFFSET ");
        out.push_bind_param::<BigInt, _>(&self.offset)
    }
}

/// How many accounts a condition holds for.
struct Count<'a> {
    tenant: TenantId,
    condition: Option<&'a Condition>,
}

impl QueryId for Count<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Count<'_> {
    type SqlType = BigInt;
}

impl<C> RunQueryDsl<C> for Count<'_> {}

impl QueryFragment<Pg> for Count<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM accounts a");
        where_clause(self.condition, &self.tenant.0, out.reborrow())
    }
}

fn where_clause<'b>(
    condition: Option<&'b Condition>,
    tenant: &'b Uuid,
    mut out: AstPass<'_, 'b, Pg>,
) -> QueryResult<()> {
    out.push_sql(" WHERE a.tenant_id = ");
    out.push_bind_param::<SqlUuid, _>(tenant)?;
    out.push_sql(" AND a.deleted_at IS NULL");
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

/// The accounts of a page.
///
/// # Errors
/// Database failures.
pub fn page(conn: &mut TenantConnection, page: Page<'_>) -> Result<Vec<AccountRow>, StoreError> {
    let rows: Vec<Columns> = page.load(&mut **conn)?;
    rows.into_iter().map(AccountRow::from_columns).collect()
}

/// How many accounts there are in all, or match.
///
/// # Errors
/// Database failures.
pub fn count(
    conn: &mut TenantConnection,
    tenant: TenantId,
    condition: Option<&Condition>,
) -> Result<i64, StoreError> {
    Ok(Count { tenant, condition }.get_result(&mut **conn)?)
}

statement!(
    /// Who holds a user name or, in the connection, an externalId.
    Holder {
        groups: bool => Bool, base: &'a str => Text, tenant: Uuid => SqlUuid, user_name: &'a str => Text,
        connection: Uuid => SqlUuid, external_id: Option<&'a str> => Nullable<Text>,
    } -> SqlColumns,
    concat!(
        "SELECT ", account_columns!(), " FROM accounts a WHERE a.tenant_id = {} AND a.deleted_at IS NULL \
         AND (a.user_name_key = {} OR (a.connection_id = {} AND a.external_id = {})) ORDER BY a.id LIMIT 2"
    )
);

/// The accounts, two at most, that stand in the way of a new one with these keys.
///
/// # Errors
/// Database failures.
pub fn holders(
    conn: &mut TenantConnection,
    tenant: TenantId,
    keys: &Keys,
    load: Load<'_>,
) -> Result<Vec<AccountRow>, StoreError> {
    let statement = Holder {
        groups: load.groups,
        base: load.group_base,
        tenant: tenant.0,
        user_name: &keys.user_name,
        connection: keys.connection.0,
        external_id: keys.external_id.as_deref(),
        lifetime: PhantomData,
    };
    let rows: Vec<Columns> = statement.load(&mut **conn)?;
    rows.into_iter().map(AccountRow::from_columns).collect()
}
