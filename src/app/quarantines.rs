//! Connections that wanted to put out too many: what an administrator decides, and bringing everybody back (SECURITY S46).

mod restoration;
mod view;

pub use restoration::{NotRestored, Restored, restore};
pub use view::QuarantineView;

use super::audit::By;
use super::{AppError, Call, audit, mapping, notices};
use crate::store::TenantConnection;
use crate::store::accounts::Watched;
use crate::store::departures::{self, Standing};
pub use crate::store::quarantines::QuarantineRow;
use crate::store::quarantines::{self as store, Verdict};
use rollcall_domain::ids::{AccountId, TenantId};
use serde_json::json;
use std::fmt;
use uuid::Uuid;

/// Seconds after which a connection in quarantine may ask again: an administrator has to look first.
pub const RETRY_IN_QUARANTINE: &str = "900";
/// Characters of a reason at most.
const MAX_REASON: usize = 1_000;
/// More than this is no number of people.
const MAX_ALLOWANCE: i64 = 10_000_000;

/// What the guard has stopped.
#[derive(Debug)]
pub struct Tripped {
    /// How the connection is watched.
    pub(super) watched: Watched,
    /// The numbers.
    pub(super) standing: Standing,
    /// The quarantine that the connection is in.
    pub(super) quarantine: Option<QuarantineRow>,
}

impl fmt::Display for Tripped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.watched.hours;
        match &self.quarantine {
            None => write!(
                f,
                "this connection has put out {} of {} accounts within {hours} hours, and {} may go before an administrator looks",
                self.standing.departed, self.standing.accounts, self.standing.most
            ),
            Some(row) => {
                write!(
                    f,
                    "the connection {:?} is in quarantine since {}: it had deactivated or deleted {} of {} accounts within {hours} \
                     hours, and wanted to go beyond the {} that may go unseen; ",
                    mapping::shorten(&row.connection),
                    mapping::time(row.began_at),
                    row.departed,
                    row.accounts,
                    row.most,
                )?;
                match &row.reason {
                    Some(reason) => {
                        write!(f, "an administrator has rejected this: {}", mapping::shorten(reason))?
                    }
                    None => write!(f, "an administrator has to release or reject it")?,
                }
                write!(f, " (quarantine {}). Everything else goes on", row.id)
            }
        }
    }
}

/// Puts a connection into quarantine, and tells the administrators.
pub(super) fn begin(
    conn: &mut TenantConnection,
    call: &Call,
    tripped: &Tripped,
) -> Result<Tripped, AppError> {
    let watched = tripped.watched;
    let (standing, quarantine) = conn.in_transaction(|conn| {
        // Anew: of a plan that was refused as a whole nobody has gone.
        let standing = departures::standing(conn, call.tenant, AccountId(Uuid::nil()), &watched, call.now)?;
        let id = crate::random::id(call.now);
        let began = store::begin(conn, call.tenant, id, &watched, &standing, call.now)?;
        let row = store::standing_of(conn, call.tenant, watched.connection)?;
        if let (true, Some(row)) = (began, &row) {
            let facts = json!({
                "connection": row.connection, "quarantine": id, "departed": standing.departed, "accounts": standing.accounts,
                "most": standing.most, "windowHours": watched.hours,
            });
            let connection = watched.connection;
            audit::record(conn, call.tenant, &call.by(), "connection.quarantined", connection, Vec::new(), facts)?;
            let detail = format!(
                "The connection {:?} has deactivated or deleted {} of {} accounts within {} hours and wanted to go beyond the {} that may \
                 go unseen. Further deactivations are refused until an administrator has looked: release the quarantine {id} if they are \
                 right; if not, reject it, and restore who has gone.",
                row.connection, standing.departed, standing.accounts, watched.hours, standing.most
            );
            notices::write(conn, call.tenant, "connection.quarantined", id, &detail, call.now)?;
        }
        Ok::<_, AppError>((standing, row))
    })?;
    Ok(Tripped { watched, standing, quarantine })
}

/// The quarantines of a tenant, the newest first.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<QuarantineRow>, AppError> {
    conn.enter(tenant)?;
    Ok(store::list(conn, tenant)?)
}

/// A quarantine, and how many of those who went are still out.
///
/// # Errors
/// `NotFound`; database failures.
pub fn show(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<(QuarantineRow, i64), AppError> {
    conn.enter(tenant)?;
    let row = find(conn, tenant, id, false)?;
    let out = departures::still_out(conn, tenant, id)?;
    Ok((row, out))
}

fn find(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    hold: bool,
) -> Result<QuarantineRow, AppError> {
    store::find(conn, tenant, id, hold)?.ok_or_else(|| no_quarantine(&id.to_string()))
}

/// There is no such quarantine, or none that the caller may know of.
pub fn no_quarantine(id: &str) -> AppError {
    AppError::NotFound(format!("there is no quarantine {id:?}; GET /quarantines lists them"))
}

/// Lets the connection go on: whoever has gone is accepted, and counting begins anew, with `allowance` more for one window.
///
/// # Errors
/// `NotFound`; `Conflict` for one that was released; `Invalid` for a reason or an allowance that is none; database failures.
pub fn release(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    reason: &str,
    allowance: i64,
    by: &By,
) -> Result<QuarantineRow, AppError> {
    if !(0..=MAX_ALLOWANCE).contains(&allowance) {
        let detail = format!("{allowance} is no number of people; send 0 to {MAX_ALLOWANCE}");
        return Err(AppError::invalid("allow", detail));
    }
    decide(conn, tenant, id, Verdict::Released { allowance }, reason, by)
}

/// Says that the source is wrong: its deactivations stay refused until the quarantine is released.
///
/// # Errors
/// As [`release`].
pub fn reject(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    reason: &str,
    by: &By,
) -> Result<QuarantineRow, AppError> {
    decide(conn, tenant, id, Verdict::Rejected, reason, by)
}

fn decide(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    verdict: Verdict,
    reason: &str,
    by: &By,
) -> Result<QuarantineRow, AppError> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if reason.contains('\0') {
        let detail = "has the control character U+0000, which no text can hold; leave it out".to_owned();
        return Err(AppError::invalid("reason", detail));
    }
    if reason.is_empty() || length > MAX_REASON {
        let detail = format!("has {length} characters; say why in 1 to {MAX_REASON}");
        return Err(AppError::invalid("reason", detail));
    }
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let row = find(conn, tenant, id, true)?;
        if let Some(at) = row.released_at {
            let detail =
                format!("it was released at {}; there is nothing to decide any more", mapping::time(at));
            return Err(AppError::Conflict { kind: "quarantine-is-over", detail });
        }
        store::decide(conn, tenant, &row, verdict, &by.actor.to_string(), reason, by.now)?;
        let (action, allowance) = match verdict {
            Verdict::Released { allowance } => ("connection.released", Some(allowance)),
            Verdict::Rejected => ("connection.rejected", None),
        };
        let facts =
            json!({"connection": row.connection, "quarantine": id, "reason": reason, "allowance": allowance});
        audit::record(conn, tenant, by, action, row.connection_id, Vec::new(), facts)?;
        find(conn, tenant, id, false)
    })
}
