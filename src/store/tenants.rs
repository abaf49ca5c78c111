//! Tenants.

use super::schema::tenants;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::TenantId;
use serde_json::Value;
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
