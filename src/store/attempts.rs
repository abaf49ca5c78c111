//! Sign-ins that failed, by name and source.

use super::statement::statement;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::ids::TenantId;
use std::marker::PhantomData;
use uuid::Uuid;

/// Who tries, and whom.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// SHA-256 of the name.
    pub name_digest: Vec<u8>,
    /// Address.
    pub source: String,
}

/// How failures are answered.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many are let through without a wait.
    pub free: i32,
    /// The longest wait, in seconds; each failure beyond the free ones doubles it from one second on.
    pub longest: i32,
    /// After how long without an attempt failures are forgotten.
    pub forgotten: Duration,
}

statement!(
    /// Counts an attempt before it is checked, unless it has to wait; then nothing is counted.
    Admit {
        tenant: Uuid => SqlUuid, name_digest: &'a [u8] => Binary, source: &'a str => Text, at: DateTime<Utc> => Timestamptz,
        old: DateTime<Utc> => Timestamptz, old_again: DateTime<Utc> => Timestamptz, free: i32 => Integer,
        longest: i32 => Integer, free_again: i32 => Integer, now: DateTime<Utc> => Timestamptz,
    } -> Integer,
    "INSERT INTO sign_in_attempts AS s (tenant_id, name_digest, source, failures, last_at) VALUES ({}, {}, {}, 1, {}) \
     ON CONFLICT (tenant_id, name_digest, source) DO UPDATE SET last_at = excluded.last_at, \
       failures = CASE WHEN s.last_at < {} THEN 1 ELSE s.failures + 1 END \
     WHERE s.last_at < {} OR s.failures < {} \
       OR s.last_at + make_interval(secs => LEAST({}, power(2, LEAST(s.failures - {}, 30)))) <= {} \
     RETURNING failures"
);

/// Lets an attempt through, counted as a failure until [`forget`] says otherwise; or says since when the one before it was and how
/// many failed, when it has to wait.
///
/// # Errors
/// Database failures.
pub fn admit(
    conn: &mut TenantConnection,
    tenant: TenantId,
    attempt: &Attempt,
    limits: Limits,
    now: DateTime<Utc>,
) -> Result<Result<(), (DateTime<Utc>, i32)>, StoreError> {
    use super::schema::sign_in_attempts as table;
    let statement = Admit {
        tenant: tenant.0,
        name_digest: &attempt.name_digest,
        source: &attempt.source,
        at: now,
        old: now - limits.forgotten,
        old_again: now - limits.forgotten,
        free: limits.free,
        longest: limits.longest,
        free_again: limits.free,
        now,
        lifetime: PhantomData,
    };
    let admitted: Option<i32> = statement.get_result(&mut **conn).optional()?;
    if admitted.is_some() {
        return Ok(Ok(()));
    }
    let one = table::table.find((tenant.0, &attempt.name_digest, &attempt.source));
    let waiting = one.select((table::last_at, table::failures)).first(&mut **conn).optional()?;
    // Forgotten in the meantime: whoever it was may try again at once.
    Ok(Err(waiting.unwrap_or((now, limits.free))))
}

/// Forgets the failures of a name and a source: the password was right.
///
/// # Errors
/// Database failures.
pub fn forget(conn: &mut TenantConnection, tenant: TenantId, attempt: &Attempt) -> Result<(), StoreError> {
    use super::schema::sign_in_attempts as table;
    let one = table::table.find((tenant.0, &attempt.name_digest, &attempt.source));
    diesel::delete(one).execute(&mut **conn)?;
    Ok(())
}

/// Drops what is forgotten anyway.
///
/// # Errors
/// Database failures.
pub fn drop_older(
    conn: &mut TenantConnection,
    tenant: TenantId,
    before: DateTime<Utc>,
) -> Result<usize, StoreError> {
    use super::schema::sign_in_attempts as table;
    let old = table::tenant_id.eq(tenant.0).and(table::last_at.lt(before));
    Ok(diesel::delete(table::table.filter(old)).execute(&mut **conn)?)
}
