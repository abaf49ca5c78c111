//! Rows of reports, some at a time: today's from the accounts, those of a past day from what the audit log recorded.

use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::account::{Account, Deactivation, Reason, Role, ScheduledDeactivation, Seat};
use rollcall_domain::credential::SignIn;
use rollcall_domain::ids::TenantId;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// Where a report is in its walk.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The day of which it is.
    pub at: DateTime<Utc>,
    /// Whether that day is past, so that it is made of what was recorded by then.
    pub recorded: bool,
    /// The last row that was read.
    pub after: Uuid,
    /// Rows to read at most.
    pub limit: i64,
}

/// A person of a report.
#[derive(Debug, Clone, QueryableByName)]
pub struct PersonRow {
    /// Id of the account.
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    /// userName.
    #[diesel(sql_type = Nullable<Text>)]
    pub user_name: Option<String>,
    /// displayName.
    #[diesel(sql_type = Nullable<Text>)]
    pub display_name: Option<String>,
    /// When the account was made.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// Where it stood.
    #[diesel(sql_type = Jsonb)]
    pub state: Value,
}

/// A completion of a report, with the person.
#[derive(Debug, Clone, QueryableByName)]
pub struct CompletionRow {
    /// Id of the completion.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The course.
    #[diesel(sql_type = SqlUuid)]
    pub course_id: Uuid,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub course_name: String,
    /// When it was completed.
    #[diesel(sql_type = Timestamptz)]
    pub completed_at: DateTime<Utc>,
    /// What the certificate is found by.
    #[diesel(sql_type = Nullable<Text>)]
    pub certificate: Option<String>,
    /// The person.
    #[diesel(embed)]
    pub person: PersonRow,
}

/// Columns of a person, whose account is called `a` and whose state is called `s`.
const PERSON: &str = "a.id AS account_id, a.resource ->> 'userName' AS user_name, \
    a.resource ->> 'displayName' AS display_name, a.created_at, s.state";

/// Where the account `a` stands: as it is, or as it was recorded last until `$2`. Nobody who was erased is in a report, and of the
/// deleted those only who were there then.
fn state(recorded: bool) -> &'static str {
    if recorded {
        "CROSS JOIN LATERAL (SELECT l.state FROM audit_log l WHERE l.tenant_id = a.tenant_id AND l.resource_id = a.id \
           AND l.at <= $2 AND l.state IS NOT NULL ORDER BY l.transaction_id DESC, l.seq DESC LIMIT 1) s \
         WHERE a.erased_at IS NULL AND s.state -> 'deletedAt' IS NULL AND"
    } else {
        "CROSS JOIN LATERAL (SELECT account_state(a) AS state) s WHERE a.deleted_at IS NULL AND"
    }
}

/// People, in the order of their ids.
///
/// # Errors
/// Database failures.
pub fn people(
    conn: &mut TenantConnection,
    tenant: TenantId,
    span: Span,
) -> Result<Vec<PersonRow>, StoreError> {
    let sql = format!(
        "SELECT {PERSON} FROM accounts a {} a.tenant_id = $1 AND a.created_at <= $2 AND a.id > $3 ORDER BY a.id LIMIT $4",
        state(span.recorded)
    );
    let rows = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tenant.0)
        .bind::<Timestamptz, _>(span.at)
        .bind::<SqlUuid, _>(span.after)
        .bind::<BigInt, _>(span.limit)
        .load(&mut **conn)?;
    Ok(rows)
}

/// Completions that were on record, in the order in which they came, of one course or of all.
///
/// # Errors
/// Database failures.
pub fn completions(
    conn: &mut TenantConnection,
    tenant: TenantId,
    course: Option<Uuid>,
    span: Span,
) -> Result<Vec<CompletionRow>, StoreError> {
    // The page is cut before anything is joined to it, so that a page costs what it holds.
    let sql = format!(
        "SELECT c.id, c.course_id, k.name AS course_name, c.completed_at, c.certificate, {PERSON} \
         FROM (SELECT * FROM completions WHERE tenant_id = $1 AND recorded_at <= $2 AND id > $3 AND account_id IS NOT NULL \
           AND ($5::uuid IS NULL OR course_id = $5) ORDER BY id LIMIT $4) c \
         JOIN courses k ON k.tenant_id = c.tenant_id AND k.id = c.course_id \
         JOIN accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id {} TRUE ORDER BY c.id",
        state(span.recorded)
    );
    let rows = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tenant.0)
        .bind::<Timestamptz, _>(span.at)
        .bind::<SqlUuid, _>(span.after)
        .bind::<BigInt, _>(span.limit)
        .bind::<Nullable<SqlUuid>, _>(course)
        .load(&mut **conn)?;
    Ok(rows)
}

/// The id of the last completion of a page of [`completions`], also where the person is in no report; `None` at the end.
///
/// # Errors
/// Database failures.
pub fn end_of_completions(
    conn: &mut TenantConnection,
    tenant: TenantId,
    course: Option<Uuid>,
    span: Span,
) -> Result<Option<Uuid>, StoreError> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = Nullable<SqlUuid>)]
        id: Option<Uuid>,
    }
    let sql = "SELECT (array_agg(id ORDER BY id DESC))[1] AS id FROM (SELECT id FROM completions WHERE tenant_id = $1 \
        AND recorded_at <= $2 AND id > $3 AND account_id IS NOT NULL AND ($5::uuid IS NULL OR course_id = $5) \
        ORDER BY id LIMIT $4) c";
    let last: Last = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tenant.0)
        .bind::<Timestamptz, _>(span.at)
        .bind::<SqlUuid, _>(span.after)
        .bind::<BigInt, _>(span.limit)
        .bind::<Nullable<SqlUuid>, _>(course)
        .get_result(&mut **conn)?;
    Ok(last.id)
}

/// A state as `account_state` of the database writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct State {
    role: String,
    starts_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    deactivate_at: Option<DateTime<Utc>>,
    deactivate_reason: Option<String>,
    deactivated_at: Option<DateTime<Utc>>,
    deactivated_reason: Option<String>,
    locked_at: Option<DateTime<Utc>>,
    seat_since: Option<DateTime<Utc>>,
    seat_until: Option<DateTime<Utc>>,
    first_access_at: Option<DateTime<Utc>>,
    last_login_at: Option<DateTime<Utc>>,
}

impl PersonRow {
    /// The facts from which it follows where the account stood. What has no bearing on that is as in a new account.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`]: no code of ours wrote the state.
    pub fn account(&self) -> Result<Account, StoreError> {
        let wrong = |column: &'static str, value: &str| StoreError::Inconsistent {
            table: "audit_log",
            column,
            row: self.account_id.to_string(),
            value: value.to_owned(),
        };
        let state = State::deserialize(&self.state).map_err(|error| wrong("state", &error.to_string()))?;
        let reason = |word: Option<String>| {
            let word = word.unwrap_or_default();
            Reason::from_word(&word).ok_or_else(|| wrong("state", &word))
        };
        let deactivated = match state.deactivated_at {
            Some(at) => Some(Deactivation { at, reason: reason(state.deactivated_reason)? }),
            None => None,
        };
        let deactivate_at = match state.deactivate_at {
            Some(at) => Some(ScheduledDeactivation { at, reason: reason(state.deactivate_reason)? }),
            None => None,
        };
        Ok(Account {
            role: Role::from_word(&state.role).ok_or_else(|| wrong("state", &state.role))?,
            starts_at: state.starts_at,
            expires_at: state.expires_at,
            deactivate_at,
            deactivated,
            locked_at: state.locked_at,
            seat: state.seat_since.map(|since| Seat { since, until: state.seat_until }),
            first_access_at: state.first_access_at,
            last_login_at: state.last_login_at,
            ..Account::new(SignIn::Email)
        })
    }
}
