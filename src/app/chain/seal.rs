//! Adding links. Any number of sealers may try at the same time: one of them holds the end of the chain, the others leave it to that one.

use super::line;
use super::link::{self, Digest};
use crate::app::AppError;
use crate::clock::Clock;
use crate::store::TenantConnection;
use crate::store::audit::Position;
use crate::store::audit_chain::{self as store, LinkRow, Span};
use rollcall_domain::ids::TenantId;

/// Rows of a link at most, which are held in memory at once.
pub const AT_ONCE: i64 = 1_000;

/// Seals every row that is final and not sealed yet. Returns how many.
///
/// # Errors
/// `Broken` when the chain does not end where it was left: then nothing is added, so that it can still be seen. Database failures.
pub fn seal(conn: &mut TenantConnection, tenant: TenantId, clock: &Clock) -> Result<usize, AppError> {
    let mut sealed = 0;
    // Before anything is locked: mostly there is nothing to do.
    let last = store::last_link(conn, tenant)?;
    if !store::is_final_after(conn, tenant, end_of(last.as_ref()))? {
        return Ok(0);
    }
    loop {
        let some = conn.in_transaction(|conn| add_a_link(conn, tenant, clock))?;
        sealed += some;
        if i64::try_from(some).is_ok_and(|some| some < AT_ONCE) {
            return Ok(sealed);
        }
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
    if let Some(link) = link::make(tenant, number + 1, &previous, &sealed, clock.now()) {
        store::append(conn, tenant, &link)?;
    }
    Ok(sealed.len())
}
