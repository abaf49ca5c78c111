//! Tenants.

use super::schema::tenants;
use super::statement::statement;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::ids::TenantId;
use serde_json::Value;
use std::collections::HashMap;
use std::marker::PhantomData;
use uuid::Uuid;

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Id.
    pub id: TenantId,
    /// Name, a DNS label in lower case.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

const COLUMNS: (tenants::id, tenants::name, tenants::created_at) =
    (tenants::id, tenants::name, tenants::created_at);

/// Keeps others from making tenants until the end of the transaction.
///
/// # Errors
/// Database failures.
pub fn lock_making(conn: &mut TenantConnection) -> Result<(), StoreError> {
    // Arbitrary, but ours.
    const LOCK: i64 = 7_665_534;
    diesel::sql_query(format!("SELECT pg_advisory_xact_lock({LOCK})")).execute(&mut **conn)?;
    Ok(())
}

/// Adds a tenant.
///
/// # Errors
/// [`StoreError::Taken`] when the name is in use.
pub fn insert(conn: &mut TenantConnection, tenant: &Tenant) -> Result<(), StoreError> {
    diesel::insert_into(tenants::table)
        .values((
            tenants::id.eq(tenant.id.0),
            tenants::name.eq(&tenant.name),
            tenants::created_at.eq(tenant.created_at),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// All tenants, by name.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection) -> Result<Vec<Tenant>, StoreError> {
    let rows: Vec<(Uuid, String, DateTime<Utc>)> =
        tenants::table.select(COLUMNS).order(tenants::name).load(&mut **conn)?;
    Ok(rows.into_iter().map(|(id, name, created_at)| Tenant { id: TenantId(id), name, created_at }).collect())
}

/// What waits in a tenant until a worker does it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Accounts of which a date is past.
    pub due: bool,
    /// Rows of the audit log that are in no link of the chain; also where that cannot be said.
    pub unsealed: bool,
    /// Notices that were not sent.
    pub untold: bool,
}

/// Of how many tenants one statement says what waits in them: it has the time that every statement has.
pub const AT_ONCE: usize = 1_000;

statement!(
    /// Where something waits.
    WaitingWork { tenants: &'a [Uuid] => Array<SqlUuid>, now: DateTime<Utc> => Timestamptz, told_since: Option<DateTime<Utc>> => Nullable<Timestamptz> }
        -> (SqlUuid, Bool, Bool, Bool),
    "SELECT tenant, has_due, has_unsealed, has_untold FROM waiting_work({}, {}, {})"
);

/// Those of some tenants where something waits now; of notices only those since a time, and none without. One statement, whatever tenant
/// the connection is in.
///
/// # Errors
/// Database failures.
pub fn waiting(
    conn: &mut TenantConnection,
    tenants: &[Tenant],
    now: DateTime<Utc>,
    told_since: Option<DateTime<Utc>>,
) -> Result<HashMap<TenantId, Waiting>, StoreError> {
    let tenants: Vec<Uuid> = tenants.iter().map(|tenant| tenant.id.0).collect();
    let statement = WaitingWork { tenants: &tenants, now, told_since, lifetime: PhantomData };
    let rows: Vec<(Uuid, bool, bool, bool)> = statement.load(&mut **conn)?;
    let waiting = |(id, due, unsealed, untold)| (TenantId(id), Waiting { due, unsealed, untold });
    Ok(rows.into_iter().map(waiting).collect())
}

/// The tenant of a name.
///
/// # Errors
/// Database failures.
pub fn by_name(conn: &mut TenantConnection, name: &str) -> Result<Option<Tenant>, StoreError> {
    let row: Option<(Uuid, String, DateTime<Utc>)> =
        tenants::table.filter(tenants::name.eq(name)).select(COLUMNS).first(&mut **conn).optional()?;
    Ok(row.map(|(id, name, created_at)| Tenant { id: TenantId(id), name, created_at }))
}

/// What a tenant set of its policy, a JSON object. With `hold`, nobody else can change it until the end of the transaction.
///
/// # Errors
/// Database failures.
pub fn policy(conn: &mut TenantConnection, tenant: TenantId, hold: bool) -> Result<Value, StoreError> {
    let one = tenants::table.find(tenant.0).select(tenants::policy);
    let policy = if hold { one.for_no_key_update().first(&mut **conn) } else { one.first(&mut **conn) };
    Ok(policy?)
}

/// Writes what a tenant set of its policy.
///
/// # Errors
/// Database failures.
pub fn save_policy(conn: &mut TenantConnection, tenant: TenantId, policy: &Value) -> Result<(), StoreError> {
    diesel::update(tenants::table.find(tenant.0)).set(tenants::policy.eq(policy)).execute(&mut **conn)?;
    Ok(())
}
