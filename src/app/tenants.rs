//! Making tenants. For the operator's commands; no request does it.

use super::{AppError, audit};
use crate::store::tenants::{self, Tenant};
use crate::store::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::TenantId;
use serde_json::json;

/// Makes a tenant.
///
/// # Errors
/// A name that is no DNS label or is taken; database failures.
pub fn create(conn: &mut TenantConnection, name: &str, now: DateTime<Utc>) -> Result<Tenant, AppError> {
    let invalid = |detail: String| AppError::invalid("tenant", detail);
    if !is_label(name) {
        return Err(invalid(format!(
            "{name:?} cannot be a tenant's name; use 1 to 63 lower-case letters, digits and hyphens, beginning and ending \
             with a letter or digit"
        )));
    }
    let tenant = Tenant { id: TenantId(crate::random::id(now)), name: name.to_owned(), created_at: now };
    conn.enter(tenant.id)?;
    let made = conn.in_transaction(|conn| {
        tenants::insert(conn, &tenant)?;
        audit::by_operator(conn, tenant.id, "tenant.created", tenant.id.0, json!({"name": name}), now)
    });
    match made {
        Ok(()) => Ok(tenant),
        Err(AppError::Store(StoreError::Taken(_))) => {
            Err(invalid(format!("{name:?} exists already; `tenant list` shows all")))
        }
        Err(other) => Err(other),
    }
}

/// The tenant of a name.
///
/// # Errors
/// `NotFound` with the way out; database failures.
pub fn by_name(conn: &mut TenantConnection, name: &str) -> Result<Tenant, AppError> {
    // What is no label is nobody's name, and need not be looked for.
    let found = if is_label(name) { tenants::by_name(conn, name)? } else { None };
    found.ok_or_else(|| {
        let name = rollcall_scim::error::shorten(name);
        AppError::NotFound(format!("there is no tenant {name:?}; `rollcall tenant list` shows all"))
    })
}

/// All tenants.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection) -> Result<Vec<Tenant>, AppError> {
    Ok(tenants::list(conn)?)
}

fn is_label(name: &str) -> bool {
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    bytes.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}
