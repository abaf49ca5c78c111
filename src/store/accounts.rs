//! Accounts: rows to facts and back. Every write that depends on what was read is conditional on the version that was read.

mod facts;
mod insert;
pub(in crate::store) mod row;
mod save;
mod shadow;
pub(in crate::store) mod standing;
mod together;
mod write;

pub use facts::{Origins, claim_due, erase, free_seat, is_tombstone, origins, owner, transfer, undelete};
pub use insert::insert;
pub use row::AccountRow;
pub use save::save;
pub use shadow::shadowed;
pub use together::{ById, ByUserName, Shown};
pub use write::{Administration, Change, Keys, Leaving, PasswordHash, Restore, Watched};

use super::filter::Condition;
use super::order::Position;
use super::page::{self, Listed, Page};
use super::statement::{one_of, statement};
use super::{StoreError, TenantConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use rollcall_domain::ids::{AccountId, TenantId};
use row::{Columns, SqlColumns, account_columns};
use std::collections::HashMap;
use std::marker::PhantomData;
use uuid::Uuid;

statement!(
    /// Accounts by id, with their groups.
    FindEach { base: &'a str => Text, tenant: Uuid => SqlUuid, ids: &'a [Uuid] => Array<SqlUuid> } -> SqlColumns,
    concat!(
        "SELECT ", account_columns!(with groups),
        " FROM accounts a WHERE a.tenant_id = {} AND a.id ",
        one_of!("uuid[]"),
        " AND a.deleted_at IS NULL"
    )
);

/// The account of an id, with its groups, whose `$ref` begins with `base`.
///
/// # Errors
/// Database failures.
pub fn find(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: AccountId,
    base: &str,
) -> Result<Option<AccountRow>, StoreError> {
    let statement = FindEach { base, tenant: tenant.0, ids: &[id.0], lifetime: PhantomData };
    let columns: Option<Columns> = statement.get_result(&mut **conn).optional()?;
    columns.map(AccountRow::from_columns).transpose()
}

statement!(
    /// Accounts by id.
    FindAll { tenant: Uuid => SqlUuid, ids: &'a [Uuid] => Array<SqlUuid> } -> SqlColumns,
    concat!(
        "SELECT ", account_columns!(bare),
        " FROM accounts a WHERE a.tenant_id = {} AND a.id = ANY({}) AND a.deleted_at IS NULL ORDER BY a.id"
    )
);

/// The accounts of these ids, without their groups, in the order of the ids; those that are not there are left out.
///
/// # Errors
/// Database failures.
pub fn find_all(
    conn: &mut TenantConnection,
    tenant: TenantId,
    ids: &[Uuid],
) -> Result<Vec<AccountRow>, StoreError> {
    let statement = FindAll { tenant: tenant.0, ids, lifetime: PhantomData };
    let rows: Vec<Columns> = statement.load(&mut **conn)?;
    rows.into_iter().map(AccountRow::from_columns).collect()
}

statement!(
    /// Accounts by user name.
    FindNamed { tenant: Uuid => SqlUuid, names: &'a [&'a str] => Array<Text> } -> (SqlColumns, Text),
    concat!(
        "SELECT ", account_columns!(bare), ", a.user_name_key",
        " FROM accounts a WHERE a.tenant_id = {} AND a.user_name_key ",
        one_of!("text[]"),
        " AND a.deleted_at IS NULL"
    )
);

/// The accounts of these user names, prepared, without their groups, by user name; names that nobody has are left out.
///
/// # Errors
/// Database failures.
pub fn find_named(
    conn: &mut TenantConnection,
    tenant: TenantId,
    names: &[&str],
) -> Result<HashMap<String, AccountRow>, StoreError> {
    let statement = FindNamed { tenant: tenant.0, names, lifetime: PhantomData };
    let found: Vec<(Columns, String)> = statement.load(&mut **conn)?;
    found.into_iter().map(named).collect()
}

fn named((columns, name): (Columns, String)) -> Result<(String, AccountRow), StoreError> {
    Ok((name, AccountRow::from_columns(columns)?))
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

/// The table, as it is listed.
pub(super) struct Accounts;

impl Listed for Accounts {
    type SqlType = SqlColumns;
    const SELECT: &'static str = concat!("SELECT ", account_columns!(bare));
    const SELECT_RELATED: &'static str = concat!("SELECT ", account_columns!(with groups));
    const FROM: &'static str = " FROM accounts a";
    const VISIBLE: &'static str = " AND a.deleted_at IS NULL";
}

/// The accounts of a page, each with its place.
///
/// # Errors
/// Database failures.
pub fn page(
    conn: &mut TenantConnection,
    wanted: &Page<'_>,
) -> Result<Vec<(AccountRow, Position)>, StoreError> {
    let rows: Vec<(Columns, Option<String>, Uuid)> =
        page::load::<Accounts, _>(wanted, |rows| rows.load(&mut **conn))?;
    let row = |(columns, key, id)| Ok((AccountRow::from_columns(columns)?, Position { key, id }));
    rows.into_iter().map(row).collect()
}

/// How many accounts match.
///
/// # Errors
/// Database failures.
pub fn count(
    conn: &mut TenantConnection,
    tenant: TenantId,
    condition: &Condition,
) -> Result<i64, StoreError> {
    Ok(page::count::<Accounts>(conn, tenant, Some(condition))?.0)
}

statement!(
    /// Who holds a user name or, in the connection, an externalId.
    Holder {
        tenant: Uuid => SqlUuid, user_name: &'a str => Text, connection: Uuid => SqlUuid, external_id: Option<&'a str> => Nullable<Text>,
    } -> SqlColumns,
    concat!(
        "SELECT ", account_columns!(bare), " FROM accounts a WHERE a.tenant_id = {} AND a.deleted_at IS NULL \
         AND (a.user_name_key = {} OR (a.connection_id = {} AND a.external_id = {})) ORDER BY a.id LIMIT 2"
    )
);

/// The accounts, without their groups, two at most, that stand in the way of a new one with these keys.
///
/// # Errors
/// Database failures.
pub fn holders(
    conn: &mut TenantConnection,
    tenant: TenantId,
    keys: &Keys,
) -> Result<Vec<AccountRow>, StoreError> {
    let statement = Holder {
        tenant: tenant.0,
        user_name: &keys.user_name,
        connection: keys.connection.0,
        external_id: keys.external_id.as_deref(),
        lifetime: PhantomData,
    };
    let rows: Vec<Columns> = statement.load(&mut **conn)?;
    rows.into_iter().map(AccountRow::from_columns).collect()
}
