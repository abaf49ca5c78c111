//! Who is enrolled: by name, with a group, with everyone (LIFECYCLE C8, L35-L39).

use super::courses::find;
use crate::app::groups::not_found;
use crate::app::people::{self, Who};
use crate::app::{AppError, Call, Rules, accounts, guard, mapping};
use crate::store::learning::{self as store, Source};
use crate::store::page::Load;
use crate::store::{TenantConnection, audit, groups};
use chrono::{DateTime, Utc};
use rollcall_domain::account::{self, Account, Enrolling};
use rollcall_domain::ids::{AccountId, GroupId};
use rollcall_domain::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// People of an answer who are named; beyond it they are counted.
const NAMED: usize = 100;
/// People who can be named at once.
const MAX_NAMED: usize = 1_000;

/// Who is to be enrolled: exactly one of these.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// These accounts, up to 1,000.
    pub accounts: Option<Vec<Uuid>>,
    /// The members of this group, also those of groups in it, as they are now.
    pub group: Option<Uuid>,
    /// Those whom this SCIM filter finds now, such as `active eq true`.
    pub filter: Option<String>,
    /// Everyone who is there now.
    pub everyone: Option<bool>,
}

impl Target {
    fn who(self) -> Result<(Who, Source, Enrolling), AppError> {
        let one = |detail: &str| Err(AppError::invalid("accounts", detail.to_owned()));
        match (self.accounts, self.group, self.filter, self.everyone.unwrap_or(false)) {
            (Some(ids), None, None, false) if !ids.is_empty() && ids.len() <= MAX_NAMED => {
                Ok((Who::Ids(ids), Source::Name, Enrolling::ByName))
            }
            (Some(_), None, None, false) => one("has none or more than 1,000 ids; send 1 to 1,000"),
            (None, Some(id), None, false) => Ok((Who::Group(id), Source::Group(id), Enrolling::WithOthers)),
            (None, None, Some(text), false) => {
                let who = Who::found_by(&text)?;
                Ok((who, Source::Everyone, Enrolling::WithOthers))
            }
            (None, None, None, true) => Ok((Who::Everyone, Source::Everyone, Enrolling::WithOthers)),
            _ => one("send exactly one of \"accounts\", \"group\", \"filter\" and \"everyone\": true"),
        }
    }
}

/// What became of an enrolment.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enrolled {
    /// How many are enrolled by it.
    enrolled: usize,
    /// How many were enrolled already.
    already: usize,
    /// How many inactive people are among those who are meant to be enrolled, and must not be told of it.
    silently: usize,
    /// How many inactive people were left out.
    skipped: usize,
    /// Who was left out: the first hundred.
    skipped_accounts: Vec<Uuid>,
}

/// Enrols people in a course, all of them or nobody.
///
/// # Errors
/// `NotFound` for a course, group or account that is not there; `Invalid`; a refusal that names an inactive person where the
/// policy enrols none by name; database failures.
pub fn enrol(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    course: Uuid,
    target: Target,
) -> Result<Enrolled, AppError> {
    let (who, source, how) = target.who()?;
    let policy = &rules.policy;
    conn.in_transaction(|conn| {
        find(conn, call, course)?;
        if let Who::Group(id) = &who
            && groups::find(conn, call.tenant, GroupId(*id), Load { related: false, base: "" })?.is_none()
        {
            return Err(not_found(&id.to_string()));
        }
        let mut result = Enrolled::default();
        people::each(conn, rules, call, &who, |conn, rows| {
            let mut people: Vec<(AccountId, bool)> = Vec::with_capacity(rows.len());
            for row in rows {
                let away = row.account.is_away(call.now);
                if away && matches!(who, Who::Group(_)) && !policy.segments_keep {
                    continue;
                }
                match row.account.enrolled(how, policy, call.now) {
                    account::Enrolled::Yes { told } => {
                        result.silently += usize::from(!told);
                        people.push((row.id, told));
                    }
                    account::Enrolled::Skipped => {
                        result.skipped += 1;
                        if result.skipped_accounts.len() < NAMED {
                            result.skipped_accounts.push(row.id.0);
                        }
                    }
                    account::Enrolled::Refused => return Err(refused(&row.account, row.id, call.now)),
                }
            }
            if !people.is_empty() {
                let made = store::enrol(conn, call.tenant, course, &people, source, call.now)?;
                result.enrolled += made;
                result.already += people.len() - made;
            }
            Ok(())
        })?;
        let facts =
            json!({"enrolled": result.enrolled, "silently": result.silently, "skipped": result.skipped});
        let entry = call.by().entry("course.enrolled", Vec::new(), facts);
        audit::insert(conn, call.tenant, course, &entry)?;
        Ok(result)
    })
}

fn refused(account: &Account, id: AccountId, now: DateTime<Utc>) -> AppError {
    let settled = account.settled(now);
    let refusal = match (settled.deactivated, account.expired(now), account.locked_at) {
        (Some(deactivation), ..) => Refusal::Inactive { since: deactivation.at },
        (None, Some(at), _) => Refusal::AccessExpired { at },
        (None, None, Some(since)) => Refusal::Locked { since },
        (None, None, None) => {
            return AppError::Broken(format!("account {id} is active and was refused as inactive"));
        }
    };
    let detail =
        format!("names {id}, who cannot be enrolled: {refusal}; leave them out, or let them in first");
    AppError::Conflict { kind: "account-inactive", detail: format!("accounts: {detail}") }
}

/// An enrolment of a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    /// The course.
    course_id: Uuid,
    /// Its name.
    course_name: String,
    /// `open`: the person can take the course; `waiting`: an administrator has to open it again first; `closed`: the person is
    /// inactive; `completed`.
    state: &'static str,
    /// How it came: by name, group or everyone.
    source: String,
    /// The group, if it was done with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<Uuid>,
    /// Since when.
    enrolled_at: String,
    /// Whether the platform was allowed to tell the person.
    told: bool,
    /// Since when it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_since: Option<String>,
    /// When it was first started.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    /// When it was completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

/// The enrolments of a person, the oldest first, with what the person can do with each now.
///
/// # Errors
/// `NotFound`; database failures.
pub fn enrolments(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
) -> Result<Vec<Enrolment>, AppError> {
    let account = accounts::find(conn, call, id)?.account;
    let active = account.is_active(call.now);
    let rows = store::enrolments_of(conn, call.tenant, id)?;
    Ok(rows.into_iter().map(|row| shown(row, active)).collect())
}

fn shown(row: store::Enrolment, active: bool) -> Enrolment {
    let state = match (row.completed_at, row.waits_since) {
        (Some(_), _) => "completed",
        (None, Some(_)) => "waiting",
        (None, None) if active => "open",
        (None, None) => "closed",
    };
    Enrolment {
        course_id: row.course,
        course_name: row.course_name,
        state,
        source: row.source,
        group_id: row.group,
        enrolled_at: mapping::time(row.enrolled_at),
        told: row.told,
        waits_since: row.waits_since.map(mapping::time),
        started_at: row.started_at.map(mapping::time),
        completed_at: row.completed_at.map(mapping::time),
    }
}

/// Opens enrolments again that wait since a reactivation: of these courses, or all. How many were opened.
///
/// # Errors
/// `NotFound`; database failures.
pub fn reopen(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
    only: Option<&[Uuid]>,
) -> Result<usize, AppError> {
    conn.in_transaction(|conn| {
        let row = accounts::find(conn, call, id)?;
        guard::within_reach(call, &row)?;
        call.acting.may_act_on(id, &row.account)?;
        let opened = store::reopen(conn, call.tenant, id, only)?;
        if opened > 0 {
            let entry =
                call.by().entry("account.enrolments_reopened", Vec::new(), json!({"enrolments": opened}));
            audit::insert(conn, call.tenant, id.0, &entry)?;
        }
        Ok(opened)
    })
}
