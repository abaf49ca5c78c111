//! What a sync does that puts nobody out today and that an administrator should look at all the same: many who end within days, many
//! whose login is another, and many who are new and whom nobody has seen. It is told, not stopped (SECURITY S46).

use super::connections::authority::{Guard, Source};
use super::connections::{self, Connection};
use super::{AppError, notices, policy};
use crate::store::{TenantConnection, foresight as store};
use chrono::{DateTime, Duration, Utc};
use rollcall_domain::guard::NEAR;
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
        let ends: i64 = ending.iter().filter(|(id, ..)| *id == source.id()).map(|(.., number)| number).sum();
        let logins = renamed.iter().find(|(id, _)| *id == source.id()).map_or(0, |(_, number)| *number);
        let new = unused.iter().find(|(id, ..)| *id == source.id());
        // Its accounts are only counted where there can be something to tell.
        if as_many(ends.max(logins)) <= policy.guard().of(0) && new.is_none() {
            continue;
        }
        let accounts = store::size(conn, tenant, source.id())?;
        let exceeds = |number: i64| as_many(number) > policy.guard().of(as_many(accounts));
        let mut by_then = 0;
        for (_, day, number) in ending.iter().filter(|(id, ..)| *id == source.id()) {
            by_then += number;
            if exceeds(by_then) {
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
        if exceeds(logins) {
            let detail = format!(
                "More users of the connection {:?} were given another user name or e-mail address to sign in with by {} than it may \
                 put out unseen. If nobody meant that, revoke its tokens, and let the source send the \
                 right ones; the history of an account says what changed and when.",
                source.name(),
                now.format("%Y-%m-%d")
            );
            notices::write(conn, tenant, "logins.changed", source.id().0, &detail, now)?;
        }
        if let Some((.., last)) = new.filter(|(_, number, _)| are_many(*number, accounts - number)) {
            let detail = format!(
                "The connection {:?} has, by {}, made more users within a week than it has others, and nobody has used them yet. If \
                 nobody meant that, revoke its tokens and delete them; they make room for more deactivations once they are older than \
                 that.",
                source.name(),
                last.format("%Y-%m-%d")
            );
            notices::write(conn, tenant, "accounts.many_new", source.id().0, &detail, now)?;
        }
    }
    Ok(())
}

/// Whether so many who are new may be invented, so that more of the others may go.
fn are_many(number: i64, others: i64) -> bool {
    others >= SET_UP && number > others
}

fn as_many(number: i64) -> u64 {
    number.try_into().unwrap_or_default()
}

fn window(policy: &Policy) -> Duration {
    Duration::hours(policy.guard_window.0.into())
}

fn is_watched(connection: &Connection) -> bool {
    let authority = connection.settings.authority(false);
    authority.guard == Guard::On && authority.source != Source::Administrators
}
