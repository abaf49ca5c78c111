//! Reading the audit log.

use super::{AppError, Call};
use crate::store::TenantConnection;
use crate::store::audit::{self, EntryRow};
use uuid::Uuid;

/// Rows of a page at most.
pub const MAX_PAGE: i64 = 1_000;

/// Rows, newest first: of one account or group or of all, older than row `before`.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    call: &Call,
    resource: Option<Uuid>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<EntryRow>, AppError> {
    Ok(audit::list(conn, call.tenant, resource, before, limit.clamp(1, MAX_PAGE))?)
}
