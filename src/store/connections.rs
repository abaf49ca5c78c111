//! The connections of a tenant and their settings.

use super::schema::connections;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::{ConnectionId, TenantId};
use serde_json::Value;
use uuid::Uuid;

/// A connection.
#[derive(Debug, Clone)]
pub struct ConnectionRow {
    /// Id.
    pub id: ConnectionId,
    /// What administrators call it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What was set for it, a JSON object.
    pub settings: Value,
}

type Columns = (Uuid, String, DateTime<Utc>, Value);

const COLUMNS: (connections::id, connections::name, connections::created_at, connections::settings) =
    (connections::id, connections::name, connections::created_at, connections::settings);

fn from_columns((id, name, created_at, settings): Columns) -> ConnectionRow {
    ConnectionRow { id: ConnectionId(id), name, created_at, settings }
}

/// All connections of a tenant, by name.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<ConnectionRow>, StoreError> {
    let rows: Vec<Columns> = connections::table
        .filter(connections::tenant_id.eq(tenant.0))
        .order(connections::name)
        .select(COLUMNS)
        .load(&mut **conn)?;
    Ok(rows.into_iter().map(from_columns).collect())
}

/// The connection of a name.
///
/// # Errors
/// Database failures.
pub fn by_name(
    conn: &mut TenantConnection,
    tenant: TenantId,
    name: &str,
) -> Result<Option<ConnectionRow>, StoreError> {
    let row: Option<Columns> = connections::table
        .filter(connections::tenant_id.eq(tenant.0).and(connections::name.eq(name)))
        .select(COLUMNS)
        .first(&mut **conn)
        .optional()?;
    Ok(row.map(from_columns))
}

/// The same, held until the end of the transaction, so that two changes of its settings do not lose each other.
///
/// # Errors
/// Database failures.
pub fn lock_by_name(
    conn: &mut TenantConnection,
    tenant: TenantId,
    name: &str,
) -> Result<Option<ConnectionRow>, StoreError> {
    let row: Option<Columns> = connections::table
        .filter(connections::tenant_id.eq(tenant.0).and(connections::name.eq(name)))
        .select(COLUMNS)
        .for_no_key_update()
        .first(&mut **conn)
        .optional()?;
    Ok(row.map(from_columns))
}

/// Writes the settings of a connection.
///
/// # Errors
/// Database failures.
pub fn save_settings(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: ConnectionId,
    settings: &Value,
) -> Result<(), StoreError> {
    let one = connections::tenant_id.eq(tenant.0).and(connections::id.eq(id.0));
    diesel::update(connections::table.filter(one))
        .set(connections::settings.eq(settings))
        .execute(&mut **conn)?;
    Ok(())
}
