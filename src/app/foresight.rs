//! What a sync does that puts nobody out today and that an administrator should look at all the same: many who end within days, many
//! whose login is another, and many who are new and whom nobody has seen. It is told, not stopped (SECURITY S46).

use super::connections::authority::{Guard, Source};
use super::connections::{self, Connection};
use super::{AppError, notices, policy};
use crate::store::{TenantConnection, foresight as store};
use chrono::{DateTime, Duration, Utc};
use rollcall_domain::guard::{NEAR, Threshold};
use rollcall_domain::ids::TenantId;
use rollcall_domain::policy::Policy;

/// Who was made within this time and never used may be invented, as the guard counts.
const YOUNG: Duration = Duration::days(7);
/// A source that has fewer others is being set up, and who is new there is no news.
const SET_UP: i64 = 25;

/// Looks at the accounts of every watched source of a tenant, and tells the administrators what is more than the guard lets a source
/// do unseen; the same only once.
///
/// # Errors
/// Database failures.
pub fn look(conn: &mut TenantConnection, tenant: TenantId, now: DateTime<Utc>) -> Result<(), AppError> {
    let policy = policy::show(conn, tenant)?.in_force()?;
    let ending = store::ending(conn, tenant, now, now + NEAR)?;
    let renamed = store::renamed(conn, tenant, now - window(&policy))?;
    let mut unused = store::unused(conn, tenant, now - YOUNG.max(window(&policy)))?;
    // Nobody has fewer than that many others and more than these.
    unused.retain(|(_, number, _)| *number > SET_UP);
    if ending.is_empty() && renamed.is_empty() && unused.is_empty() {
        return Ok(());
    }
    let watched = connections::list(conn, tenant)?.into_iter().filter(is_watched);
    for source in watched {
        let threshold =
            |conn: &mut TenantConnection, number: i64| exceeds(conn, tenant, &source, &policy, number);
        let mut by_then = 0;
        for (_, day, number) in ending.iter().filter(|(id, ..)| *id == source.id()) {
            by_then += number;
            if threshold(conn, by_then)? {
                let detail = format!(
                    "More users of the connection {:?} lose their access by a date until the end of {} than it may put out unseen. If \
                     the dates are wrong, let the source send the right ones, or set them by a plan (setExpiry, cancelDeactivation).",
                    source.name(),
                    day.format("%Y-%m-%d")
                );
                notices::write(conn, tenant, "accounts.ending", source.id().0, &detail, now)?;
                break;
            }
        }
        for (_, number) in renamed.iter().filter(|(id, _)| *id == source.id()) {
            if threshold(conn, *number)? {
                let detail = format!(
                    "More users of the connection {:?} were given another user name or e-mail address to sign in with by {} than it may \
                     put out unseen. If nobody meant that, revoke its tokens, and let the source send the \
                     right ones; the history of an account says what changed and when.",
                    source.name(),
                    now.format("%Y-%m-%d")
                );
                notices::write(conn, tenant, "logins.changed", source.id().0, &detail, now)?;
            }
        }
        for (_, number, last) in unused.iter().filter(|(id, ..)| *id == source.id()) {
            tell_of_many_new(conn, tenant, &source, *number, *last, now)?;
        }
    }
    Ok(())
}

/// Many who are new: they may be invented, so that more of the others may go. Told once of those that were made until a day.
fn tell_of_many_new(
    conn: &mut TenantConnection,
    tenant: TenantId,
    source: &Connection,
    number: i64,
    last: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let others = store::size(conn, tenant, source.id())? - number;
    if others < SET_UP || number <= others {
        return Ok(());
    }
    let detail = format!(
        "The connection {:?} has, by {}, made more users within a week than it has others, and nobody has used them yet. If nobody meant \
         that, revoke its tokens and delete them; they make room for more deactivations once they are older than that.",
        source.name(),
        last.format("%Y-%m-%d")
    );
    notices::write(conn, tenant, "accounts.many_new", source.id().0, &detail, now)
}

fn window(policy: &Policy) -> Duration {
    Duration::hours(policy.guard_window.0.into())
}

fn is_watched(connection: &Connection) -> bool {
    let authority = connection.settings.authority(false);
    authority.guard == Guard::On && authority.source != Source::Administrators
}

/// Whether so many are more than a source may put out unseen. Its accounts are only counted where that can be.
fn exceeds(
    conn: &mut TenantConnection,
    tenant: TenantId,
    source: &Connection,
    policy: &Policy,
    number: i64,
) -> Result<bool, AppError> {
    let (threshold, number): (Threshold, u64) = (policy.guard(), number.try_into().unwrap_or_default());
    if number <= threshold.of(0) {
        return Ok(false);
    }
    let accounts = store::size(conn, tenant, source.id())?;
    Ok(number > threshold.of(accounts.try_into().unwrap_or_default()))
}
