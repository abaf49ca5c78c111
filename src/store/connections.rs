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

type Selected = (connections::id, connections::name, connections::created_at, connections::settings);

const COLUMNS: Selected =
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

#[diesel::dsl::auto_type]
fn named<'a>(tenant: TenantId, name: &'a str) -> _ {
    let tenant_id: Uuid = tenant.0;
    let columns: Selected = COLUMNS;
    connections::table
        .filter(connections::tenant_id.eq(tenant_id).and(connections::name.eq(name)))
        .select(columns)
}

/// PostgreSQL has no text with U+0000 in it, and would rather fail than find nothing.
fn can_be_stored(name: &str) -> bool {
    !name.contains('\0')
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
    if !can_be_stored(name) {
        return Ok(None);
    }
    let row: Option<Columns> = named(tenant, name).first(&mut **conn).optional()?;
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
    if !can_be_stored(name) {
        return Ok(None);
    }
    let row: Option<Columns> = named(tenant, name).for_no_key_update().first(&mut **conn).optional()?;
    Ok(row.map(from_columns))
}

/// The connection of a name in the tenant, made when there is none; `true` when it was made.
///
/// # Errors
/// Database failures.
pub fn find_or_make(
    conn: &mut TenantConnection,
    tenant: TenantId,
    name: &str,
    new_id: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(ConnectionId, bool), StoreError> {
    let made = diesel::insert_into(connections::table)
        .values((
            connections::tenant_id.eq(tenant.0),
            connections::id.eq(new_id.0),
            connections::name.eq(name),
            connections::created_at.eq(now),
        ))
        .on_conflict((connections::tenant_id, connections::name))
        .do_nothing()
        .execute(&mut **conn)?;
    let id = connections::table
        .filter(connections::tenant_id.eq(tenant.0).and(connections::name.eq(name)))
        .select(connections::id)
        .first(&mut **conn)?;
    Ok((ConnectionId(id), made == 1))
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
