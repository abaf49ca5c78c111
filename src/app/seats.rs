//! The seats of a tenant: how many there are, and taking one.

use super::accounts::{self, Planned};
use super::audit::{self, By};
use super::{AppError, Call, policy};
use crate::store::TenantConnection;
use crate::store::seats as store;
pub use crate::store::seats::Seats;
use chrono::{DateTime, Utc};
use rollcall_domain::account::{Account, settle};
use rollcall_domain::ids::TenantId;
use rollcall_domain::refusal::Refusal;
use serde_json::json;

/// Accounts whose lapsed seats are put on record before one of them is taken.
const LAPSED_AT_ONCE: i64 = 100;

/// The seats of a tenant at a time.
///
/// # Errors
/// Database failures.
pub fn show(conn: &mut TenantConnection, tenant: TenantId, by: &By) -> Result<Seats, AppError> {
    conn.enter(tenant)?;
    Ok(store::count(conn, tenant, by.now)?)
}

/// Sets how many seats a tenant has; `None`: as many as it needs. Nobody loses a seat by it.
///
/// # Errors
/// `Invalid` for less than none; database failures.
pub fn set_limit(
    conn: &mut TenantConnection,
    tenant: TenantId,
    limit: Option<i64>,
    by: &By,
) -> Result<Seats, AppError> {
    if let Some(limit) = limit.filter(|limit| *limit < 0) {
        let detail =
            format!("{limit} is no number of seats; send 0 or more, or none (in the API null) for no limit");
        return Err(AppError::invalid("limit", detail));
    }
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let before = store::count(conn, tenant, by.now)?;
        store::set_limit(conn, tenant, limit)?;
        let after = Seats { limit, ..before };
        if after != before {
            let facts = json!({"before": before.limit, "limit": limit, "used": after.used});
            audit::record(
                conn,
                tenant,
                by,
                "tenant.seats_changed",
                tenant.0,
                vec!["limit".to_owned()],
                facts,
            )?;
        }
        Ok(after)
    })
}

/// Whether a change goes on with a seat that has lapsed by its date. It was free since, and somebody else may have it: so it is given back
/// before it is taken anew, and counted.
pub(super) fn returns_to_a_lapsed_one(held: &Account, planned: &Account, now: DateTime<Utc>) -> bool {
    held.seat.is_some() && !held.holds_seat(now) && planned.seat.is_some()
}

/// Does work that may need a seat. When none is free, those that have lapsed by their dates are put on record, and it is done
/// again.
///
/// # Errors
/// Those of the work.
pub fn with_seat<T>(
    conn: &mut TenantConnection,
    call: &Call,
    mut work: impl FnMut(&mut TenantConnection) -> Result<T, AppError>,
) -> Result<T, AppError> {
    match work(conn) {
        // PostgreSQL has ended the transaction with the refusal: the whole of it has to be done again.
        Err(AppError::Refused(Refusal::NoSeat { .. })) if !conn.is_in_transaction() => {}
        done => return done,
    }
    let policy = policy::show(conn, call.tenant)?.in_force()?;
    for id in store::lapsed(conn, call.tenant, call.now, LAPSED_AT_ONCE)? {
        accounts::change(conn, call, id, &|row| {
            let settled = settle(&row.account, &policy, call.now);
            Ok(Some(Planned::decided(row, settled, None, "account.settled")))
        })?;
    }
    work(conn)
}
