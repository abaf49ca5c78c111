//! Learning records, as far as it has to be known who may take what, and who has.

mod courses;
mod enrolment;
mod progress;

pub use courses::{Course, CourseWithCounts, course, list, make, no_course};
pub use enrolment::{Enrolled, Enrolment, Target, enrol, enrolments, reopen};
pub use progress::{Certificate, Completion, NewCompletion, certificates, complete, completions, start};

use super::{AppError, Call};
use crate::store::learning as store;
use crate::store::{TenantConnection, audit};
use chrono::{DateTime, Utc};
use rollcall_domain::account::{Account, Effect};
use rollcall_domain::ids::AccountId;
use serde_json::json;

/// What becomes of the enrolments of somebody who is back.
#[derive(Debug, Clone, Copy)]
pub(super) enum Restore {
    /// All are open.
    Open,
    /// All that are not completed wait.
    Wait,
    /// Those wait that came after a time.
    WaitSince(DateTime<Utc>),
}

/// What a decision says of the enrolments of somebody who is back; nothing where nobody is.
pub(super) fn after_return(effects: &[Effect], held: &Account, now: DateTime<Utc>) -> Option<Restore> {
    let settled = held.settled(now);
    let off = settled.deactivated.map(|deactivation| deactivation.at);
    let since = off.into_iter().chain(settled.expired(now)).min().unwrap_or(now);
    effects.iter().find_map(|effect| match effect {
        Effect::EnrolmentsReopened => Some(Restore::Open),
        Effect::EnrolmentsWait => Some(Restore::Wait),
        Effect::LaterEnrolmentsWait => Some(Restore::WaitSince(since)),
        _ => None,
    })
}

/// Makes enrolments wait, or opens them, and records how many.
pub(super) fn restore(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
    what: Restore,
) -> Result<(), AppError> {
    let (action, changed) = match what {
        Restore::Open => ("account.enrolments_reopened", store::reopen(conn, call.tenant, id, None)?),
        Restore::Wait => ("account.enrolments_held", store::hold(conn, call.tenant, id, None, call.now)?),
        Restore::WaitSince(since) => {
            ("account.enrolments_held", store::hold(conn, call.tenant, id, Some(since), call.now)?)
        }
    };
    if changed > 0 {
        let entry = call.by().entry(action, Vec::new(), json!({"enrolments": changed}));
        audit::insert(conn, call.tenant, id.0, &entry)?;
    }
    Ok(())
}

/// Takes a person out of the learning records.
pub(super) fn erase(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
    removed: bool,
) -> Result<store::Erased, AppError> {
    Ok(store::erase(conn, call.tenant, id, removed)?)
}
