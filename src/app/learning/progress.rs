//! What people do with their courses: start them, complete them, and show what they have got for it.

use super::courses::{check, find};
use crate::app::accounts::{self, Planned};
use crate::app::{AppError, Call, Rules, guard, mapping, seats};
use crate::store::learning as store;
use crate::store::{TenantConnection, audit};
use rollcall_domain::account::{Command, decide};
use rollcall_domain::ids::AccountId;
use rollcall_domain::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// A completion to record.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCompletion {
    /// When, with an offset, such as 2026-06-30T12:00:00Z; now when it is left out. Not in the future.
    pub completed_at: Option<String>,
    /// What the certificate is found by, such as its number.
    pub certificate: Option<String>,
}

/// A completion of the training history.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Completion {
    /// Its id.
    id: Uuid,
    /// The course.
    course_id: Uuid,
    /// Its name.
    course_name: String,
    /// When it was completed.
    completed_at: String,
    /// What the certificate is found by.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

impl From<store::Completion> for Completion {
    fn from(row: store::Completion) -> Self {
        Self {
            id: row.id,
            course_id: row.course,
            course_name: row.course_name,
            completed_at: mapping::time(row.completed_at),
            certificate: row.certificate,
        }
    }
}

/// A certificate that the person may be shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// What it is found by.
    certificate: String,
    /// The course.
    course_id: Uuid,
    /// Its name.
    course_name: String,
    /// When the course was completed.
    completed_at: String,
}

/// Records that a person starts a course. Where that is what takes a seat, it takes one.
///
/// # Errors
/// `NotFound`; `Conflict` for who is not enrolled, or waits; a refusal for who is inactive, or for whom there is no seat;
/// database failures.
pub fn start(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    course: Uuid,
) -> Result<(), AppError> {
    seats::with_seat(conn, call, |conn| {
        conn.in_transaction(|conn| {
            let enrolment = taking(conn, rules, call, id, course)?;
            if enrolment.started_at.is_none() {
                store::advance(conn, call.tenant, id, course, call.now, None)?;
            }
            Ok(())
        })
    })
}

/// Records that a person completed a course. Who had not started it starts with it.
///
/// # Errors
/// As [`start`]; `Invalid` for a time to come.
pub fn complete(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    course: Uuid,
    new: &NewCompletion,
) -> Result<Completion, AppError> {
    let completed_at = match &new.completed_at {
        None => call.now,
        Some(text) => mapping::parse_date_time(text).ok_or_else(|| {
            let detail = format!("{:?} is no date and time between the years 1 and 9999; send one such as \"2026-06-30T12:00:00Z\"", mapping::shorten(text));
            AppError::invalid("completedAt", detail)
        })?,
    };
    if completed_at > call.now {
        let detail = format!("{} is still to come; send a time that has passed", mapping::time(completed_at));
        return Err(AppError::invalid("completedAt", detail));
    }
    if let Some(certificate) = &new.certificate {
        check("certificate", certificate)?;
    }
    seats::with_seat(conn, call, |conn| {
        conn.in_transaction(|conn| {
            let enrolment = taking(conn, rules, call, id, course)?;
            let started_at = enrolment.started_at.unwrap_or(completed_at);
            store::advance(conn, call.tenant, id, course, started_at, Some(completed_at))?;
            let completion = store::Completion {
                id: crate::random::id(call.now),
                course,
                course_name: enrolment.course_name,
                completed_at,
                certificate: new.certificate.clone(),
            };
            store::insert_completion(conn, call.tenant, id, &completion, call.now)?;
            let facts = json!({"course": course, "completion": completion.id});
            let entry = call.by().entry("account.course_completed", Vec::new(), facts);
            audit::insert(conn, call.tenant, id.0, &entry)?;
            Ok(completion.into())
        })
    })
}

/// The enrolment of a person who may take the course now, with the start on record.
fn taking(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    course: Uuid,
) -> Result<store::Enrolment, AppError> {
    crate::store::accounts::lock(conn, call.tenant, id)?;
    accounts::change(conn, call, id, &|row| {
        guard::within_reach(call, row)?;
        call.acting.may(Command::StartCourse, id, &row.account)?;
        let decision = decide(&row.account, Command::StartCourse, &rules.policy, call.now)?;
        // Only the first course of all changes the account.
        if decision.account == row.account {
            return Ok(None);
        }
        Ok(Some(Planned::decided(row, decision, None, "account.course_started")))
    })?;
    let course = find(conn, call, course)?;
    let enrolments = store::enrolments_of(conn, call.tenant, id)?;
    let Some(enrolment) = enrolments.into_iter().find(|enrolment| enrolment.course == course.id) else {
        let detail = format!("the person is not enrolled in {:?}; enrol them first", course.name);
        return Err(AppError::Conflict { kind: "not-enrolled", detail });
    };
    if let Some(since) = enrolment.waits_since {
        let detail = format!(
            "the enrolment in {:?} waits since the reactivation at {}; an administrator can open it again",
            course.name,
            mapping::time(since)
        );
        return Err(AppError::Conflict { kind: "enrolment-waits", detail });
    }
    if let Some(at) = enrolment.completed_at {
        let detail =
            format!("{:?} was completed at {}; enrol the person again first", course.name, mapping::time(at));
        return Err(AppError::Conflict { kind: "already-completed", detail });
    }
    Ok(enrolment)
}

/// The training history of a person, for administrators: it stays through deactivation.
///
/// # Errors
/// `NotFound`; database failures.
pub fn completions(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
) -> Result<Vec<Completion>, AppError> {
    accounts::find(conn, call, id)?;
    let rows = store::completions_of(conn, call.tenant, id)?;
    Ok(rows.into_iter().map(Completion::from).collect())
}

/// The certificates that the platform may show the person now (LIFECYCLE L14).
///
/// # Errors
/// `NotFound`; a refusal for who is inactive, unless the policy lets them look; database failures.
pub fn certificates(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
) -> Result<Vec<Certificate>, AppError> {
    let account = accounts::find(conn, call, id)?.account;
    if !account.may_see_certificates(&rules.policy, call.now) {
        // The same refusal as for using the account at all, which names the fact.
        decide(&account, Command::RecordAccess, &rules.policy, call.now)?;
        return Err(Refusal::Deleted.into());
    }
    let rows = store::completions_of(conn, call.tenant, id)?;
    let certificate = |row: store::Completion| {
        Some(Certificate {
            certificate: row.certificate?,
            course_id: row.course,
            course_name: row.course_name,
            completed_at: mapping::time(row.completed_at),
        })
    };
    Ok(rows.into_iter().filter_map(certificate).collect())
}
