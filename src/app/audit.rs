//! Reading the audit log.

use super::{AppError, Call, mapping};
use crate::store::TenantConnection;
use crate::store::audit::{self, At, Entry};
pub use crate::store::audit::{EntryRow, Position, Wanted};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::{Actor, TenantId};
use serde_json::Value;
use uuid::Uuid;

/// Rows of a page at most.
pub const MAX_PAGE: i64 = 1_000;

/// Who does something that is no change of an account or group, and when.
#[derive(Debug, Clone, Copy)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// When.
    pub now: DateTime<Utc>,
    /// Id of the request; zeros for a command, which is none.
    pub request_id: Uuid,
}

impl By {
    /// The audit row of what is done.
    pub fn entry(&self, action: &'static str, attributes: Vec<String>, facts: Value) -> Entry {
        let By { actor, now, request_id } = *self;
        Entry { at: now, actor: actor.to_string(), action, attributes, facts, request_id }
    }

    /// Whoever runs the server, by a command.
    pub fn operator(now: DateTime<Utc>) -> Self {
        Self { actor: Actor::Operator, now, request_id: Uuid::nil() }
    }
}

/// Records what was done to a tenant, a token, a connection or a schema.
///
/// # Errors
/// Database failures.
pub fn record(
    conn: &mut TenantConnection,
    tenant: TenantId,
    by: &By,
    action: &'static str,
    resource: Uuid,
    attributes: Vec<String>,
    facts: Value,
) -> Result<(), AppError> {
    Ok(audit::insert(conn, tenant, resource, &by.entry(action, attributes, facts))?)
}

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
    record(conn, tenant, &By::operator(now), action, resource, Vec::new(), facts)
}

/// A time as it is shown; what is none, as the database says it.
pub fn time(at: At) -> String {
    match at {
        At::Time(at) => mapping::time(at),
        At::NoTime(text) => text,
    }
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
