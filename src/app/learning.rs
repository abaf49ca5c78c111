//! Learning records, as far as it has to be known who may take what, and who has.

mod courses;
mod enrolment;
mod progress;

pub use courses::{Course, CourseWithCounts, course, list, make};
pub use enrolment::{Enrolled, Enrolment, Target, enrol, enrolments, reopen};
pub use progress::{Certificate, Completion, NewCompletion, certificates, complete, completions, start};

use super::{AppError, Call};
use crate::store::learning as store;
use crate::store::{TenantConnection, audit};
use chrono::{DateTime, Utc};
use rollcall_domain::account::{Account, Effect};
use rollcall_domain::ids::AccountId;
use serde_json::json;

/// Which enrolments wait from a decision on: `Some(None)` all, `Some(Some(since))` those since a time.
pub(super) fn waiting(
    effects: &[Effect],
    held: &Account,
    now: DateTime<Utc>,
) -> Option<Option<DateTime<Utc>>> {
    if effects.contains(&Effect::EnrolmentsWait) {
        return Some(None);
    }
    let off_since = held.settled(now).deactivated.map(|deactivation| deactivation.at);
    effects.contains(&Effect::LaterEnrolmentsWait).then_some(off_since)
}

/// Makes enrolments wait, and records how many.
pub(super) fn hold(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
    since: Option<DateTime<Utc>>,
) -> Result<(), AppError> {
    let held = store::hold(conn, call.tenant, id, since, call.now)?;
    if held > 0 {
        let entry = call.by().entry("account.enrolments_held", Vec::new(), json!({"enrolments": held}));
        audit::insert(conn, call.tenant, id.0, &entry)?;
    }
    Ok(())
}

/// Takes a person out of the learning records; how many there were.
pub(super) fn erase(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
    removed: bool,
) -> Result<usize, AppError> {
    Ok(store::erase(conn, call.tenant, id, removed)?)
}
