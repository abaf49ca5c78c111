//! Learning records, as far as it has to be known who may take what, and who has.

mod courses;
mod enrolment;
mod progress;

pub use courses::{Course, CourseWithCounts, course, list, make, no_course};
pub use enrolment::{Enrolled, Enrolment, Target, enrol, enrolments, reopen};
pub use progress::{Certificate, Completion, NewCompletion, certificates, complete, completions, start};

use super::{AppError, Call};
use crate::store::TenantConnection;
use crate::store::accounts::Restore;
use crate::store::learning as store;
use chrono::{DateTime, Utc};
use rollcall_domain::account::{Account, Effect};
use rollcall_domain::ids::AccountId;

/// What a decision says of the enrolments of somebody who is back, and the audit log's word for it; nothing where nobody is.
pub(super) fn after_return(
    effects: &[Effect],
    held: &Account,
    now: DateTime<Utc>,
) -> Option<(Restore, &'static str)> {
    let settled = held.settled(now);
    let off = settled.deactivated.map(|deactivation| deactivation.at);
    let since = off.into_iter().chain(settled.expired(now)).min().unwrap_or(now);
    effects.iter().find_map(|effect| match effect {
        Effect::EnrolmentsReopened => Some((Restore::Open, "account.enrolments_reopened")),
        Effect::EnrolmentsWait => Some((Restore::Wait, "account.enrolments_held")),
        Effect::LaterEnrolmentsWait => Some((Restore::WaitSince(since), "account.enrolments_held")),
        _ => None,
    })
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
