//! How many seats a tenant has, and who holds one. The number of taken ones is kept by a trigger on accounts.

use super::audit::Entry;
use super::schema::{accounts, licences};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::ids::{AccountId, TenantId};
use rollcall_domain::policy::{ExpiryResult, Policy, SeatBasis, SeatRelease};
use uuid::Uuid;

/// The seats of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// How many there are; `None`: as many as are needed.
    pub limit: Option<i64>,
    /// How many are taken at the time of asking.
    pub used: i64,
}

/// The seats at a time: what has lapsed by its date is free, also where nothing has put that on record yet.
///
/// # Errors
/// Database failures.
pub fn count(conn: &mut TenantConnection, tenant: TenantId, now: DateTime<Utc>) -> Result<Seats, StoreError> {
    let limit = licences::table.find(tenant.0).select(licences::seat_limit).first(&mut **conn).optional()?;
    let held = accounts::seat_until.is_null().or(accounts::seat_until.gt(now));
    let used = accounts::table
        .filter(accounts::tenant_id.eq(tenant.0).and(accounts::deleted_at.is_null()))
        .filter(accounts::seat_since.is_not_null().and(held))
        .count()
        .get_result(&mut **conn)?;
    Ok(Seats { limit, used })
}

/// Sets the limit, or with `None` takes it away. Whoever writes accounts waits until the seats are counted; fewer than are
/// taken may be set, and then none is free.
///
/// # Errors
/// Database failures.
pub fn set_limit(
    conn: &mut TenantConnection,
    tenant: TenantId,
    limit: Option<i64>,
) -> Result<(), StoreError> {
    let Some(limit) = limit else {
        diesel::delete(licences::table.find(tenant.0)).execute(&mut **conn)?;
        return Ok(());
    };
    // Who takes a seat while there is no licence yet would not be counted.
    conn.batch_execute("LOCK TABLE accounts IN SHARE MODE")?;
    let used: i64 = accounts::table
        .filter(accounts::tenant_id.eq(tenant.0).and(accounts::seat_since.is_not_null()))
        .count()
        .get_result(&mut **conn)?;
    diesel::insert_into(licences::table)
        .values((licences::tenant_id.eq(tenant.0), licences::seat_limit.eq(limit), licences::used.eq(used)))
        .on_conflict(licences::tenant_id)
        .do_update()
        .set((licences::seat_limit.eq(limit), licences::used.eq(used)))
        .execute(&mut **conn)?;
    Ok(())
}

/// Accounts whose seat has lapsed by its date and that nothing has put on record yet, the longest lapsed first.
///
/// # Errors
/// Database failures.
pub fn lapsed(
    conn: &mut TenantConnection,
    tenant: TenantId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<AccountId>, StoreError> {
    let ids: Vec<Uuid> = accounts::table
        .filter(accounts::tenant_id.eq(tenant.0).and(accounts::deleted_at.is_null()))
        .filter(accounts::seat_since.is_not_null().and(accounts::seat_until.le(now)))
        .order(accounts::seat_until)
        .select(accounts::id)
        .limit(limit)
        .load(&mut **conn)?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// What a change of the policy did to the seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recounted {
    /// Accounts that hold a seat now and did not.
    pub taken: i64,
    /// Accounts that do not any more.
    pub released: i64,
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Gives every account of a tenant the seat that a policy asks for, as `Account::needed_seat` of the domain decides. Each that
/// changes has a row in the audit log as `entry` says, with where it stands from now on.
///
/// # Errors
/// [`StoreError::NoSeat`] when there are not enough; database failures.
pub fn recount(
    conn: &mut TenantConnection,
    tenant: TenantId,
    policy: &Policy,
    entry: &Entry,
) -> Result<Recounted, StoreError> {
    let releases = match policy.seat_release {
        SeatRelease::Always => "TRUE",
        SeatRelease::Never => "FALSE",
        SeatRelease::OnlyIfNotStarted => "a.first_course_at IS NULL",
    };
    let expiry = match (policy.seat_basis, policy.expiry_result) {
        (SeatBasis::ActiveAccount, _) | (_, ExpiryResult::Deactivated) => "a.expires_at",
        _ => "NULL::timestamptz",
    };
    let basis = match policy.seat_basis {
        SeatBasis::Account | SeatBasis::ActiveAccount => "TRUE",
        SeatBasis::FirstCourseStart => "a.first_course_at IS NOT NULL",
    };
    let ruled = format!(
        "SELECT a.id, CASE WHEN a.deactivated_at IS NOT NULL OR a.deactivate_at <= $2 OR {expiry} <= $2 \
           THEN a.seat_since IS NOT NULL AND NOT ({releases}) ELSE {basis} END AS needed, \
           CASE WHEN {releases} THEN LEAST(a.deactivate_at, {expiry}) END AS until \
         FROM accounts a WHERE a.tenant_id = $1 AND a.deleted_at IS NULL"
    );
    let mut change = |set: &str, which: &str| -> Result<i64, StoreError> {
        let statement = format!(
            "WITH changed AS (UPDATE accounts b SET {set} FROM ({ruled} ORDER BY a.id FOR NO KEY UPDATE) AS r \
             WHERE b.tenant_id = $1 AND b.id = r.id AND {which} RETURNING b.id, account_state(b) AS state), \
             logged AS (INSERT INTO audit_log (tenant_id, at, actor, action, request_id, resource_id, state) \
             SELECT $1, $2, $3, $4, $5, id, state FROM changed) SELECT count(*) AS n FROM changed"
        );
        let changed: Changed = diesel::sql_query(statement)
            .bind::<SqlUuid, _>(tenant.0)
            .bind::<Timestamptz, _>(entry.at)
            .bind::<Text, _>(&entry.actor)
            .bind::<Text, _>(entry.action)
            .bind::<SqlUuid, _>(entry.request_id)
            .get_result(&mut **conn)?;
        Ok(changed.n)
    };
    // First what becomes free, so that it can be taken.
    let released =
        change("seat_since = NULL, seat_until = NULL", "b.seat_since IS NOT NULL AND NOT r.needed")?;
    let taken = change("seat_since = $2, seat_until = r.until", "b.seat_since IS NULL AND r.needed")?;
    change(
        "seat_until = r.until",
        "b.seat_since IS NOT NULL AND r.needed AND b.seat_until IS DISTINCT FROM r.until",
    )?;
    Ok(Recounted { taken, released })
}
