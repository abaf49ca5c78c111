//! The connections of a tenant: making them, and what is set for each.

pub mod authority;
mod settings;

pub use settings::{LEAST_REQUESTS, SETTINGS, Setting, Settings};

use super::audit::{self, By};
use super::{AppError, mapping};
use crate::store::TenantConnection;
use crate::store::connections::{self as store, ConnectionRow};
use rollcall_domain::ids::{ConnectionId, TenantId};
use rollcall_scim::error::shorten;
use serde_json::{Map, Value, json};

/// A connection and what is set for it.
pub struct Connection {
    /// The row.
    row: ConnectionRow,
    /// What is set.
    pub settings: Settings,
}

impl Connection {
    /// What administrators call it.
    pub fn name(&self) -> &str {
        &self.row.name
    }

    /// Its id.
    pub fn id(&self) -> ConnectionId {
        self.row.id
    }

    /// As commands and the API show it: `settings` were set, `inForce` is what holds.
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.row.name,
            "id": self.row.id.to_string(),
            "createdAt": mapping::time(self.row.created_at),
            "settings": self.settings,
            "inForce": self.settings.in_force(),
        })
    }

    fn read(row: ConnectionRow) -> Result<Self, AppError> {
        let settings = Settings::stored(row.settings.clone())?;
        Ok(Self { row, settings })
    }
}

/// Whether a connection may be called so.
///
/// # Errors
/// `Invalid` with the limits, or the invisible character in it.
pub fn check_name(name: &str) -> Result<(), AppError> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > 100 {
        let detail = format!("has {length} characters; a connection's name has 1 to 100, not only blanks");
        return Err(AppError::invalid("connection", detail));
    }
    // It is printed as it is, in terminals too.
    if let Some(detail) = mapping::hidden_in(name) {
        return Err(AppError::invalid("connection", detail));
    }
    Ok(())
}

/// Makes a connection.
///
/// # Errors
/// `Invalid` for a name that is taken or cannot be one; database failures.
pub fn create(
    conn: &mut TenantConnection,
    tenant: TenantId,
    name: &str,
    by: &By,
) -> Result<Connection, AppError> {
    check_name(name)?;
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let new_id = ConnectionId(crate::random::id(by.now));
        let (id, made) = store::find_or_make(conn, tenant, name, new_id, by.now)?;
        if !made {
            let detail = format!("{:?} exists already; `connection list` shows all", shorten(name));
            return Err(AppError::invalid("connection", detail));
        }
        audit::record(conn, tenant, by, "connection.created", id.0, Vec::new(), json!({"connection": name}))?;
        find(conn, tenant, name)
    })
}

/// All connections of a tenant, by name.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<Connection>, AppError> {
    conn.enter(tenant)?;
    store::list(conn, tenant)?.into_iter().map(Connection::read).collect()
}

/// The connection of a name.
///
/// # Errors
/// `NotFound`; database failures.
pub fn find(conn: &mut TenantConnection, tenant: TenantId, name: &str) -> Result<Connection, AppError> {
    conn.enter(tenant)?;
    store::by_name(conn, tenant, name)?.ok_or_else(|| not_found(name)).and_then(Connection::read)
}

/// Changes settings; a null gives one back to the dialect. Every server reads and answers so within a second.
///
/// # Errors
/// `NotFound`; `Invalid` with what can be set; database failures.
pub fn set(
    conn: &mut TenantConnection,
    tenant: TenantId,
    name: &str,
    changes: &Map<String, Value>,
    by: &By,
) -> Result<Connection, AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let row = store::lock_by_name(conn, tenant, name)?.ok_or_else(|| not_found(name))?;
        let Connection { row, settings: before } = Connection::read(row)?;
        let after = before.merged(changes)?;
        if after != before {
            store::save_settings(conn, tenant, row.id, &json!(after))?;
            let (old, new) = (before.to_map()?, after.to_map()?);
            let changed = changes.keys().filter(|name| old.get(*name) != new.get(*name)).cloned().collect();
            let facts = json!({"connection": name});
            audit::record(conn, tenant, by, "connection.updated", row.id.0, changed, facts)?;
        }
        Ok(Connection { row, settings: after })
    })
}

fn not_found(name: &str) -> AppError {
    AppError::NotFound(format!(
        "the tenant has no connection {:?}; `rollcall connection list` shows all",
        shorten(name)
    ))
}
