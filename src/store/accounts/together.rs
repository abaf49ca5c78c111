//! Accounts that many ask for at the same moment.

use super::row::{Columns, SqlColumns, account_columns};
use super::{AccountRow, FindEach, find_named, named};
use crate::store::db::{Gathering, Gatherings, Together};
use crate::store::statement::{one_of, statement};
use crate::store::{StoreError, TenantConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use rollcall_domain::ids::TenantId;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;
use uuid::Uuid;

/// One account by id, with its groups. Common to all: what their `$ref` begins with.
pub struct ById;

impl Together for ById {
    type Common = String;
    type Wanted = Uuid;
    type Key = Uuid;
    type Found = AccountRow;

    fn key(wanted: &Uuid) -> &Uuid {
        wanted
    }

    fn read(
        conn: &mut TenantConnection,
        tenant: TenantId,
        base: &String,
        wanted: &[&Uuid],
    ) -> Result<HashMap<Uuid, AccountRow>, StoreError> {
        let ids: Vec<Uuid> = wanted.iter().copied().copied().collect();
        let statement = FindEach { base, tenant: tenant.0, ids: &ids, lifetime: PhantomData };
        let found: Vec<Columns> = statement.load(&mut **conn)?;
        let row = |columns| AccountRow::from_columns(columns).map(|row| (row.id.0, row));
        found.into_iter().map(row).collect()
    }

    fn gathering(all: &Gatherings) -> &Arc<Gathering<Self>> {
        &all.accounts
    }
}

statement!(
    /// Accounts by user name, with their groups.
    FindNamedShown { base: &'a str => Text, tenant: Uuid => SqlUuid, names: &'a [&'a str] => Array<Text> } -> (SqlColumns, Text),
    concat!(
        "SELECT ", account_columns!(with groups), ", a.user_name_key",
        " FROM accounts a WHERE a.tenant_id = {} AND a.user_name_key ",
        one_of!("text[]"),
        " AND a.deleted_at IS NULL"
    )
);

/// What of the accounts is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Without their groups.
    Bare,
    /// With them; what their `$ref` begins with.
    WithGroups(String),
}

/// One account by its user name, prepared.
pub struct ByUserName;

impl Together for ByUserName {
    type Common = Shown;
    type Wanted = String;
    type Key = String;
    type Found = AccountRow;

    fn key(wanted: &String) -> &String {
        wanted
    }

    fn read(
        conn: &mut TenantConnection,
        TenantId(tenant): TenantId,
        shown: &Shown,
        wanted: &[&String],
    ) -> Result<HashMap<String, AccountRow>, StoreError> {
        let names: Vec<&str> = wanted.iter().map(|name| name.as_str()).collect();
        let Shown::WithGroups(base) = shown else { return find_named(conn, TenantId(tenant), &names) };
        let statement = FindNamedShown { base, tenant, names: &names, lifetime: PhantomData };
        let found: Vec<(Columns, String)> = statement.load(&mut **conn)?;
        found.into_iter().map(named).collect()
    }

    fn gathering(all: &Gatherings) -> &Arc<Gathering<Self>> {
        &all.names
    }
}
