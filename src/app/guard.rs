//! The guard: a sync that would put out more people than an administrator has looked at is stopped, and no sync puts out the last
//! administrator (SECURITY S46, S48). What counts is decided in the domain, how many there were by the statement that writes.

mod news;

pub(super) use news::News;

use super::connections::authority::{Authority, Guard, Others, Source};
use super::connections::{self, Connection};
use super::quarantines::{self, Tripped};
use super::{AppError, Call, Rules, notices};
use crate::store::TenantConnection;
use crate::store::accounts::{AccountRow, Administration, Leaving, Watched};
use crate::store::departures::{self as store, Standing};
use crate::store::groups::GroupRow;
use chrono::Duration;
use rollcall_domain::account::{Account, Effect};
use rollcall_domain::guard::{Threshold, departs, loses_administration, returns};
use rollcall_domain::ids::{Actor, ConnectionId};
use rollcall_domain::refusal::Refusal;
use uuid::Uuid;

/// Whom a source has made so lately, and who was never there, it takes back, as test tools do. In a small tenant that counts for
/// nothing.
const FRESH: Duration = Duration::hours(1);

/// What comes by itself, from a provider or an HR system, and not by somebody's hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sync {
    /// How many it may put out; `None`: as many as it says.
    watch: Option<Watch>,
    /// Whether it may change accounts of other sources.
    reaches_others: bool,
}

/// How many a sync may put out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// Within so many hours.
    hours: u16,
    /// So many.
    threshold: Threshold,
}

impl Sync {
    /// How callers with these rules are watched; `None` for administrators.
    pub fn of(rules: &Rules) -> Option<Self> {
        let Authority { source, guard, others } = rules.authority;
        let watch = Watch { hours: rules.policy.guard_window.0, threshold: rules.policy.guard() };
        let watch = (guard == Guard::On).then_some(watch);
        let reaches_others = others == Others::Change;
        (source != Source::Administrators).then_some(Self { watch, reaches_others })
    }
}

/// What the guard has to say about a change.
pub(super) fn leaving(call: &Call, row: &AccountRow, after: &Account, effects: &[Effect]) -> Leaving {
    let (before, now) = (&row.account, call.now);
    if after == before {
        return Leaving::default();
    }
    let is_deletion = after.deleted_at.is_some();
    let goes = departs(before, after, now);
    let watch = call.sync.and_then(|sync| sync.watch);
    let watched = watch.filter(|_| goes).map(|Watch { hours, threshold }| Watched {
        connection: call.connection.0,
        source: row.connection.0,
        hours: hours.into(),
        count: threshold.count.into(),
        percent: threshold.percent.into(),
        fresh: row.connection == call.connection
            && row.account.first_access_at.is_none()
            && now - row.created_at < FRESH,
    });
    let administration = match (loses_administration(before, after, now), call.sync) {
        (false, _) => Administration::Untouched,
        (true, None) => Administration::TakenByHand,
        (true, Some(_)) => Administration::TakenBySync,
    };
    // What an administrator decides of somebody who is out stands, and is not undone with the rest.
    let decided = call.sync.is_none()
        && call.actor != Actor::Worker
        && (after.deactivated, after.expires_at, after.starts_at, after.deactivate_at)
            != (before.deactivated, before.expires_at, before.starts_at, before.deactivate_at);
    Leaving {
        watched,
        kept_for: (call.sync.is_some() && (goes || is_deletion)).then_some(call.connection.0),
        returns: decided || !goes && returns(after, now),
        has_password: after.password.exists(),
        holds_enrolments: effects.contains(&Effect::EnrolmentsWait),
        decided,
        administration,
    }
}

/// Why a change was not written that the guard had a say in; nothing where it was for another reason.
///
/// # Errors
/// The refusal; database failures.
pub(super) fn objection(
    conn: &mut TenantConnection,
    call: &Call,
    row: &AccountRow,
    leaving: &Leaving,
) -> Result<(), AppError> {
    if leaving.administration == Administration::TakenBySync
        && !store::another_administers(conn, call.tenant, row.id, call.now)?
    {
        return Err(Refusal::LastAdministrator.into());
    }
    let Some(watched) = &leaving.watched else { return Ok(()) };
    let standing: Standing = store::standing(conn, call.tenant, row.id, watched, call.now)?;
    if standing.allowed {
        return Ok(());
    }
    Err(AppError::Quarantined(Tripped { watched: *watched, standing, quarantine: None }.into()))
}

/// Whether a sync may delete or command an account, which is of its own or it may change all.
///
/// # Errors
/// [`AppError::Foreign`].
pub(super) fn within_reach(call: &Call, row: &AccountRow) -> Result<(), AppError> {
    reached(call, "user", row.id.0, row.connection)
}

/// Whether a sync may change or delete a group, which is of its own or it may change all.
///
/// # Errors
/// [`AppError::Foreign`].
pub(super) fn group_within_reach(call: &Call, row: &GroupRow) -> Result<(), AppError> {
    reached(call, "group", row.id.0, row.connection)
}

fn reached(call: &Call, kind: &'static str, id: Uuid, owner: ConnectionId) -> Result<(), AppError> {
    match call.sync {
        Some(sync) if !sync.reaches_others && owner != call.connection => {
            Err(AppError::Foreign { kind, id, owner })
        }
        _ => Ok(()),
    }
}

/// A password that comes over SCIM, where it may be set: not on another source's account, and not for whom the console
/// opens, since whoever sends it could then sign in and decide by hand.
pub(super) fn settable<T>(call: &Call, row: &AccountRow, password: Option<T>) -> Option<T> {
    password.filter(|_| within_reach(call, row).is_ok() && !row.account.role.opens_console())
}

/// Does work that the guard may stop, and sees to it that the connection then is in quarantine: what was begun is undone by then.
///
/// # Errors
/// Those of the work.
pub fn guarded<T>(
    conn: &mut TenantConnection,
    call: &Call,
    work: impl FnOnce(&mut TenantConnection) -> Result<T, AppError>,
) -> Result<T, AppError> {
    match work(conn) {
        Err(AppError::Quarantined(tripped)) if !conn.is_in_transaction() => {
            Err(AppError::Quarantined(quarantines::begin(conn, call, &tripped)?.into()))
        }
        Err(AppError::Foreign { kind, id, owner }) if !conn.is_in_transaction() => {
            wanted(conn, call, owner)?;
            Err(AppError::Foreign { kind, id, owner })
        }
        done => done,
    }
}

/// The same for work that is one transaction.
///
/// # Errors
/// Those of the work.
pub fn guarded_transaction<T>(
    conn: &mut TenantConnection,
    call: &Call,
    work: impl FnMut(&mut TenantConnection) -> Result<T, AppError>,
) -> Result<T, AppError> {
    guarded(conn, call, |conn| conn.in_transaction(work))
}

/// Tells the administrators, once, that a connection asks for what another one owns.
pub(super) fn wanted(conn: &mut TenantConnection, call: &Call, owner: ConnectionId) -> Result<(), AppError> {
    let all = connections::list(conn, call.tenant)?;
    let detail = format!(
        "The connection {:?} wants to change or create users or groups that belong to {:?}, and was refused. If the users are its own \
         now, give them to it with the command transfer, one by one or by a plan; if it may change all users and groups, set \
         others=change for it.",
        name_of(&all, call.connection),
        name_of(&all, owner)
    );
    notices::write(conn, call.tenant, "accounts.wanted", call.connection.0, &detail, call.now)
}

fn name_of(all: &[Connection], id: ConnectionId) -> &str {
    all.iter().find(|one| one.id() == id).map_or("?", Connection::name)
}

/// A sync wants what somebody decides by hand.
pub fn not_by_hand() -> AppError {
    let detail = "this connection is a sync (its setting `source`), which does not decide this for administrators; use an administrator's";
    AppError::forbidden(detail)
}
