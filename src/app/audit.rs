//! Reading the audit log.

use super::{AppError, Call};
use crate::store::TenantConnection;
use crate::store::audit::{self, Entry};
pub use crate::store::audit::{EntryRow, Position, Wanted};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::{Actor, TenantId};
use serde_json::Value;
use uuid::Uuid;

/// Rows of a page at most.
pub const MAX_PAGE: i64 = 1_000;

/// Records what the operator did to a token or a tenant.
///
/// # Errors
/// Database failures.
pub fn by_operator(
    conn: &mut TenantConnection,
    tenant: TenantId,
    action: &'static str,
    resource: Uuid,
    facts: Value,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let entry = Entry {
        at: now,
        actor: Actor::Operator.to_string(),
        action,
        attributes: Vec::new(),
        facts,
        // A command is no request.
        request_id: Uuid::nil(),
    };
    Ok(audit::insert(conn, tenant, resource, &entry)?)
}

/// Rows of one account or group, or of all.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    call: &Call,
    resource: Option<Uuid>,
    wanted: Wanted,
    limit: i64,
) -> Result<Vec<EntryRow>, AppError> {
    Ok(audit::list(conn, call.tenant, resource, wanted, limit.clamp(1, MAX_PAGE))?)
}
