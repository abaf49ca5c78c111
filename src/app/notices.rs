//! What administrators are told.

use super::AppError;
use crate::store::TenantConnection;
use crate::store::notices as store;
pub use crate::store::notices::NoticeRow;
use chrono::{DateTime, Utc};
use rollcall_domain::ids::TenantId;
use uuid::Uuid;

/// Notices of a page at most.
pub const MAX_PAGE: i64 = 1_000;

/// Writes a notice in the transaction of what it is about; the same words about the same subject only once.
///
/// # Errors
/// Database failures.
pub(super) fn write(
    conn: &mut TenantConnection,
    tenant: TenantId,
    kind: &'static str,
    subject: Uuid,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    if store::insert(conn, tenant, crate::random::id(now), kind, subject, detail, now)? {
        log::warn!("for the administrators of the tenant {tenant}: {detail}");
    }
    Ok(())
}

/// The notices of a tenant, the newest first; those before one.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    tenant: TenantId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<NoticeRow>, AppError> {
    conn.enter(tenant)?;
    Ok(store::list(conn, tenant, before, limit.clamp(1, MAX_PAGE))?)
}
