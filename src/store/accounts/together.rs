//! Accounts that many ask for at the same moment.

use super::row::{Columns, SqlColumns, account_columns};
use super::{AccountRow, FindEach};
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
    type Found = AccountRow;

    fn read(
        conn: &mut TenantConnection,
        tenant: TenantId,
        base: &String,
        wanted: &[&Uuid],
    ) -> Result<Vec<Option<AccountRow>>, StoreError> {
        let ids: Vec<Uuid> = wanted.iter().copied().copied().collect();
        let statement = FindEach { base, tenant: tenant.0, ids: &ids, lifetime: PhantomData };
        let found: Vec<Columns> = statement.load(&mut **conn)?;
        let mut by_id = HashMap::with_capacity(found.len());
        for columns in found {
            let row = AccountRow::from_columns(columns)?;
            by_id.insert(row.id.0, row);
        }
        Ok(ids.iter().map(|id| by_id.get(id).cloned()).collect())
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

statement!(
    /// The same without.
    FindNamedBare { tenant: Uuid => SqlUuid, names: &'a [&'a str] => Array<Text> } -> (SqlColumns, Text),
    concat!(
        "SELECT ", account_columns!(bare), ", a.user_name_key",
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
    type Found = AccountRow;

    fn read(
        conn: &mut TenantConnection,
        TenantId(tenant): TenantId,
        shown: &Shown,
        wanted: &[&String],
    ) -> Result<Vec<Option<AccountRow>>, StoreError> {
        let names: Vec<&str> = wanted.iter().map(|name| name.as_str()).collect();
        let (names, lifetime) = (names.as_slice(), PhantomData);
        let found: Vec<(Columns, String)> = match shown {
            Shown::Bare => FindNamedBare { tenant, names, lifetime }.load(&mut **conn)?,
            Shown::WithGroups(base) => FindNamedShown { base, tenant, names, lifetime }.load(&mut **conn)?,
        };
        let mut by_name = HashMap::with_capacity(found.len());
        for (columns, name) in found {
            by_name.insert(name, AccountRow::from_columns(columns)?);
        }
        Ok(names.iter().map(|name| by_name.get(*name).cloned()).collect())
    }

    fn gathering(all: &Gatherings) -> &Arc<Gathering<Self>> {
        &all.names
    }
}
