//! Reports: the training history, and where accounts stand; of now or of a past day (LIFECYCLE C5, L23-L28).

use super::{AppError, Call, Rules, mapping};
use crate::store::TenantConnection;
use crate::store::reports::{self as store, PersonRow, Span};
use chrono::{DateTime, Utc};
use rollcall_domain::account::Account;
pub use rollcall_domain::account::Scope;
use rollcall_domain::policy::{Policy, ReportsInactive};
use serde_json::Value;
use uuid::Uuid;

/// Rows that are read at once: a stream holds no more of them.
const AT_ONCE: i64 = 2_000;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Who completed which course.
    Training,
    /// Where each account stands.
    Accounts,
    /// Who holds a seat.
    Seats,
    /// Who used the access, when last, and who never did.
    SignIns,
}

impl Kind {
    /// All reports.
    pub const ALL: [Kind; 4] = [Kind::Training, Kind::Accounts, Kind::Seats, Kind::SignIns];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Training => "training",
            Kind::Accounts => "accounts",
            Kind::Seats => "seats",
            Kind::SignIns => "sign-ins",
        }
    }

    /// The report of a name from [`Kind::as_str`].
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A report that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// What it is about.
    pub kind: Kind,
    /// About whom.
    pub scope: Scope,
    /// Of which time.
    pub at: DateTime<Utc>,
    /// Whether that time is past, so that it is made of what was recorded.
    pub recorded: bool,
    /// The only course of a training history; all when `None`.
    pub course: Option<Uuid>,
}

/// A row: the names of its columns are [`Report::columns`].
pub type Row = Vec<Value>;

impl Report {
    /// Whether inactive people are marked as such, which only means something where there are others.
    fn marks(&self, policy: &Policy) -> bool {
        self.scope != Scope::Ordinary || policy.reports_inactive == ReportsInactive::IncludeMarked
    }

    /// The names of the columns, in order.
    pub fn columns(&self, policy: &Policy) -> Vec<&'static str> {
        let mut columns = vec!["accountId", "userName", "displayName", "label"];
        columns.extend(self.marks(policy).then_some("inactive"));
        columns.extend(match self.kind {
            Kind::Training => &["courseId", "courseName", "completedAt", "certificate"][..],
            Kind::Accounts => &[
                "status",
                "role",
                "deactivatedAt",
                "deactivationReason",
                "startsAt",
                "expiresAt",
                "deactivateAt",
            ],
            Kind::Seats => &["seatSince", "seatUntil"],
            Kind::SignIns => &["firstAccessAt", "lastSignInAt", "neverSignedIn", "dormant"],
        });
        columns
    }

    /// Some rows of the report, and from where to go on; `None` at the end. Some may be none.
    ///
    /// # Errors
    /// Database failures.
    pub fn some(
        &self,
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        after: Uuid,
    ) -> Result<(Vec<Row>, Option<Uuid>), AppError> {
        let span = Span { at: self.at, recorded: self.recorded, after, limit: AT_ONCE };
        let mut rows = Vec::new();
        if self.kind == Kind::Training {
            for completion in store::completions(conn, call.tenant, self.course, span)? {
                let Some((mut row, _)) = self.person(&completion.person, &rules.policy)? else { continue };
                row.extend([
                    completion.course_id.to_string().into(),
                    completion.course_name.into(),
                    mapping::time(completion.completed_at).into(),
                    completion.certificate.into(),
                ]);
                rows.push(row);
            }
            return Ok((rows, store::end_of_completions(conn, call.tenant, self.course, span)?));
        }
        let people = store::people(conn, call.tenant, span)?;
        let is_last = i64::try_from(people.len()).is_ok_and(|n| n < AT_ONCE);
        let last = people.last().map(|person| person.account_id).filter(|_| !is_last);
        for person in &people {
            let Some((mut row, account)) = self.person(person, &rules.policy)? else { continue };
            if self.kind == Kind::Seats && !account.holds_seat(self.at) {
                continue;
            }
            row.extend(self.facts(&account, person.created_at, &rules.policy));
            rows.push(row);
        }
        Ok((rows, last))
    }

    /// The columns that every report has, and the facts; `None` for who is not in it.
    fn person(&self, person: &PersonRow, policy: &Policy) -> Result<Option<(Row, Account)>, AppError> {
        let account = person.account()?;
        let away = account.is_away(self.at);
        if !self.scope.has(away, policy) {
            return Ok(None);
        }
        let mut row = vec![
            person.account_id.to_string().into(),
            person.user_name.clone().into(),
            person.display_name.clone().into(),
            account.label(policy, person.created_at, self.at).into(),
        ];
        row.extend(self.marks(policy).then(|| away.into()));
        Ok(Some((row, account)))
    }

    fn facts(&self, account: &Account, created_at: DateTime<Utc>, policy: &Policy) -> Row {
        let time = |at: Option<DateTime<Utc>>| Value::from(at.map(mapping::time));
        let settled = account.settled(self.at);
        match self.kind {
            Kind::Training => Vec::new(),
            Kind::Accounts => vec![
                account.status(self.at).as_str().into(),
                account.role.as_str().into(),
                time(settled.deactivated.map(|deactivation| deactivation.at)),
                account.reason(self.at).map(mapping::reason_word).into(),
                time(account.starts_at),
                time(account.expires_at),
                time(account.deactivate_at.map(|scheduled| scheduled.at)),
            ],
            Kind::Seats => vec![
                time(account.seat.map(|seat| seat.since)),
                time(account.seat.and_then(|seat| seat.until)),
            ],
            Kind::SignIns => vec![
                time(account.first_access_at),
                time(account.last_login_at),
                account.last_login_at.is_none().into(),
                account.is_dormant(policy, created_at, self.at).into(),
            ],
        }
    }
}
