//! Adding links. Any number of sealers may try at the same time: one of them holds the end of the chain, the others leave it to that one.

use super::line;
use super::link::{self, Digest};
use crate::app::AppError;
use crate::clock::Clock;
use crate::store::TenantConnection;
use crate::store::audit::{At, Position};
use crate::store::audit_chain::{self as store, LinkRow, Span};
use chrono::Duration;
use rollcall_domain::ids::TenantId;

/// Rows of a link at most, which are held in memory at once.
pub const AT_ONCE: i64 = 1_000;

/// A server seals within seconds. A chain that begins with older rows than this had no server until now, or was taken away.
const SOON: Duration = Duration::hours(1);

/// Seals every row that is final and not sealed yet. Returns how many.
///
/// # Errors
/// `Broken` when the chain does not end where it was left, or that is not on record: then nothing is added, so that it can still be
/// seen; and when a row is ahead of all transactions: it cannot be sealed, and the others were. Database failures.
pub fn seal(conn: &mut TenantConnection, tenant: TenantId, clock: &Clock) -> Result<usize, AppError> {
    let mut sealed = 0;
    // Nothing is locked yet: mostly there is nothing to do.
    if store::head(conn, tenant)?.is_none() {
        return Err(AppError::Broken(format!(
            "the record of where the audit chain of tenant {tenant} ends was taken away, and it is not begun anew; `rollcall audit verify` says more"
        )));
    }
    let last = store::last_link(conn, tenant)?;
    if store::is_final_after(conn, tenant, end_of(last.as_ref()))? {
        loop {
            let some = conn.in_transaction(|conn| add_a_link(conn, tenant, clock))?;
            sealed += some;
            if i64::try_from(some).is_ok_and(|some| some < AT_ONCE) {
                break;
            }
        }
    }
    match store::ahead(conn, tenant)? {
        None => Ok(sealed),
        Some(position) => Err(AppError::Broken(format!(
            "row {position} of the audit log of tenant {tenant} is ahead of all transactions and cannot be sealed; `rollcall audit verify` says more"
        ))),
    }
}

/// Where the rows of the next link begin: behind this.
fn end_of(last: Option<&LinkRow>) -> Position {
    last.map_or(Position::FIRST, LinkRow::through)
}

fn add_a_link(conn: &mut TenantConnection, tenant: TenantId, clock: &Clock) -> Result<usize, AppError> {
    let Some((number, digest)) = store::hold_head(conn, tenant)? else { return Ok(0) };
    let last = store::last_link(conn, tenant)?;
    let is_end = last.as_ref().map_or(number == 0, |link| (link.number, &link.digest) == (number, &digest));
    let (true, Some(previous)) = (is_end, Digest::from_bytes(&digest)) else {
        return Err(AppError::Broken(format!(
            "the audit chain of tenant {tenant} does not end at link {number}, where it was left; `rollcall audit verify` says more"
        )));
    };
    let rows = store::rows(conn, tenant, Span::final_after(end_of(last.as_ref())), AT_ONCE)?;
    let sealed = rows.iter().map(line::sealed).collect::<Result<Vec<_>, _>>()?;
    if let (0, Some(At::Time(at))) = (number, rows.first().map(|row| &row.at))
        && clock.now() - *at > SOON
    {
        log::warn!(
            "the audit chain of tenant {tenant} begins only now, with rows since {at}: if it had been begun before, it was taken away"
        );
    }
    if let Some(link) = link::make(tenant, number + 1, &previous, &sealed, clock.now()) {
        store::append(conn, tenant, &link)?;
    }
    Ok(sealed.len())
}
