//! The columns of an account as they are read.

use crate::store::StoreError;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::account::{Account, Deactivation, Reason, Role, ScheduledDeactivation, Seat};
use rollcall_domain::credential::{Password, SignIn};
use rollcall_domain::ids::{AccountId, ConnectionId};
use uuid::Uuid;

/// The columns, in the order of [`Columns`]: `bare`, or `with groups`, which come as JSON text, ready to stand in the answer, and have
/// a parameter, the base of their `$ref`.
///
/// Two texts and no condition: PostgreSQL would plan a statement anew at every execution where a parameter makes it cheaper.
macro_rules! account_columns {
    (bare) => {
        concat!(crate::store::accounts::row::account_columns!(), "NULL::text")
    };
    (with groups) => {
        concat!(
            crate::store::accounts::row::account_columns!(),
            crate::store::membership::membership_json!(crate::store::membership::groups_of_account!())
        )
    };
    () => {
        concat!(
            "a.id, a.connection_id, a.resource::text, a.active_unassigned, a.role, a.starts_at, a.expires_at, \
             a.deactivate_at, a.deactivate_reason, a.deactivated_at, a.deactivated_reason, a.locked_at, a.due_at, \
             a.seat_since, a.seat_until, a.first_course_at, a.first_access_at, a.last_login_at, \
             a.password_state, a.password_expires_at, a.login_email_key IS NOT NULL, a.session_epoch, \
             a.version, a.created_at, a.updated_at, a.login_changed_at, "
        )
    };
}
pub(in crate::store) use account_columns;

/// SQL types of the columns.
pub(in crate::store) type SqlColumns = (
    SqlUuid,
    SqlUuid,
    Text,
    Bool,
    Text,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Nullable<Text>,
    Nullable<Timestamptz>,
    Nullable<Text>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Text,
    Nullable<Timestamptz>,
    Bool,
    BigInt,
    BigInt,
    Timestamptz,
    Timestamptz,
    Nullable<Timestamptz>,
    Nullable<Text>,
);

/// Rust types of the columns.
pub(in crate::store) type Columns = (
    Uuid,
    Uuid,
    String,
    bool,
    String,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<String>,
    Option<DateTime<Utc>>,
    Option<String>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    String,
    Option<DateTime<Utc>>,
    bool,
    i64,
    i64,
    DateTime<Utc>,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
    Option<String>,
);

/// An account as it was read.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// Id.
    pub id: AccountId,
    /// Connection that made it.
    pub connection: ConnectionId,
    /// The client's attributes as JSON text.
    pub resource: String,
    /// Whether the client removed `active`, so that it is not shown.
    pub active_unassigned: bool,
    /// Facts of the lifecycle.
    pub account: Account,
    /// Version; a write is conditional on it.
    pub version: i64,
    /// meta.created.
    pub created_at: DateTime<Utc>,
    /// meta.lastModified.
    pub updated_at: DateTime<Utc>,
    /// When what the person signs in with was last changed.
    pub login_changed_at: Option<DateTime<Utc>>,
    /// The groups as a JSON array text, when wanted and there are any.
    pub groups: Option<String>,
}

impl AccountRow {
    pub(in crate::store) fn from_columns(columns: Columns) -> Result<AccountRow, StoreError> {
        let (
            id,
            connection,
            resource,
            active_unassigned,
            role,
            starts_at,
            expires_at,
            deactivate_at,
            deactivate_reason,
            deactivated_at,
            deactivated_reason,
            locked_at,
            due_at,
            seat_since,
            seat_until,
            first_course_at,
            first_access_at,
            last_login_at,
            password_state,
            password_expires_at,
            has_email,
            session_epoch,
            version,
            created_at,
            updated_at,
            login_changed_at,
            groups,
        ) = columns;
        let wrong = |column: &'static str, value: &str| StoreError::Inconsistent {
            table: "accounts",
            column,
            row: id.to_string(),
            value: value.to_owned(),
        };
        let reason =
            |column: &'static str, word: &str| Reason::from_word(word).ok_or_else(|| wrong(column, word));
        let deactivated = match (deactivated_at, deactivated_reason) {
            (Some(at), Some(word)) => Some(Deactivation { at, reason: reason("deactivated_reason", &word)? }),
            _ => None,
        };
        let deactivate_at = match (deactivate_at, deactivate_reason) {
            (Some(at), Some(word)) => {
                Some(ScheduledDeactivation { at, reason: reason("deactivate_reason", &word)? })
            }
            _ => None,
        };
        let password = Password::from_word(&password_state, password_expires_at)
            .ok_or_else(|| wrong("password_state", &password_state))?;
        Ok(AccountRow {
            id: AccountId(id),
            connection: ConnectionId(connection),
            resource,
            active_unassigned,
            account: Account {
                sign_in: if has_email { SignIn::Email } else { SignIn::Username },
                role: Role::from_word(&role).ok_or_else(|| wrong("role", &role))?,
                starts_at,
                expires_at,
                deactivate_at,
                deactivated,
                locked_at,
                seat: seat_since.map(|since| Seat { since, until: seat_until }),
                first_course_at,
                first_access_at,
                last_login_at,
                password,
                session_epoch,
                deleted_at: None,
                due_at,
            },
            version,
            created_at,
            updated_at,
            login_changed_at,
            groups,
        })
    }
}
