//! What administrators are told: written in the transaction of what it is about, and sent afterwards.

use super::schema::{accounts, notices};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::TenantId;
use uuid::Uuid;

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct NoticeRow {
    /// Id.
    pub id: Uuid,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// What it is about, such as `connection.quarantined`.
    pub kind: String,
    /// The quarantine, account or token it is about.
    pub subject_id: Uuid,
    /// What happened and what to do.
    pub detail: String,
    /// When it was sent by mail.
    pub sent_at: Option<DateTime<Utc>>,
}

const COLUMNS: (
    notices::id,
    notices::at,
    notices::kind,
    notices::subject_id,
    notices::detail,
    notices::sent_at,
) = (notices::id, notices::at, notices::kind, notices::subject_id, notices::detail, notices::sent_at);

/// Writes a notice, once: the same words about the same subject are not written again. `false`: they were there.
///
/// # Errors
/// Database failures.
pub fn insert(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    kind: &str,
    subject: Uuid,
    detail: &str,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let made = diesel::insert_into(notices::table)
        .values((
            notices::tenant_id.eq(tenant.0),
            notices::id.eq(id),
            notices::at.eq(at),
            notices::kind.eq(kind),
            notices::subject_id.eq(subject),
            notices::detail.eq(detail),
        ))
        .on_conflict_do_nothing()
        .execute(&mut **conn)?;
    Ok(made == 1)
}

/// The newest notices of a tenant.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    tenant: TenantId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<NoticeRow>, StoreError> {
    let mut query = notices::table
        .filter(notices::tenant_id.eq(tenant.0))
        .order(notices::id.desc())
        .limit(limit)
        .select(COLUMNS)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(notices::id.lt(before));
    }
    Ok(query.load(&mut **conn)?)
}

/// Notices of after a time that were not sent, the oldest first, held until the end of the transaction. Those that somebody else sends are left to them.
///
/// # Errors
/// Database failures.
pub fn claim_unsent(
    conn: &mut TenantConnection,
    tenant: TenantId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<NoticeRow>, StoreError> {
    let unsent = notices::sent_at.is_null().and(notices::at.gt(since));
    let unsent = notices::tenant_id.eq(tenant.0).and(unsent);
    Ok(notices::table
        .filter(unsent)
        .order(notices::id)
        .limit(limit)
        .select(COLUMNS)
        .for_update()
        .skip_locked()
        .load(&mut **conn)?)
}

/// Writes that a notice was sent.
///
/// # Errors
/// Database failures.
pub fn sent(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(notices::table.find((tenant.0, id))).set(notices::sent_at.eq(at)).execute(&mut **conn)?;
    Ok(())
}

/// Drops notices that were written before a time.
///
/// # Errors
/// Database failures.
pub fn drop_older(
    conn: &mut TenantConnection,
    tenant: TenantId,
    before: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let old = notices::tenant_id.eq(tenant.0).and(notices::at.lt(before));
    Ok(diesel::delete(notices::table.filter(old)).execute(&mut **conn)?)
}

/// The addresses of those who administer the tenant and may sign in.
///
/// # Errors
/// Database failures.
pub fn addresses(
    conn: &mut TenantConnection,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    let administers = accounts::role.eq_any(["administrator", "owner"]);
    let there = accounts::deleted_at.is_null().and(accounts::deactivated_at.is_null());
    let found: Vec<Option<String>> = accounts::table
        .filter(accounts::tenant_id.eq(tenant.0).and(administers).and(there))
        .filter(accounts::expires_at.is_null().or(accounts::expires_at.gt(now)))
        .filter(accounts::locked_at.is_null().and(accounts::login_email_key.is_not_null()))
        .order(accounts::id)
        .limit(100)
        .select(accounts::login_email_key)
        .load(&mut **conn)?;
    Ok(found.into_iter().flatten().collect())
}
