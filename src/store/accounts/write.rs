//! What of an account is written.

use crate::store::audit::Entry;
use chrono::{DateTime, Utc};
use rollcall_domain::account::Account;
use rollcall_domain::ids::ConnectionId;
use uuid::Uuid;

/// What of the client's attributes is kept in columns of its own, prepared for comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Connection in which externalId is unique.
    pub connection: ConnectionId,
    /// userName, prepared.
    pub user_name: String,
    /// externalId, as sent.
    pub external_id: Option<String>,
    /// displayName, prepared.
    pub display_name: Option<String>,
    /// E-mail for signing in, prepared.
    pub login_email: Option<String>,
}

/// What happens to the stored hash.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordHash {
    /// It stays.
    Keep,
    /// It goes.
    Clear,
    /// Another takes its place; PHC string.
    Set(String),
}

impl PasswordHash {
    pub(super) fn set(&self) -> Option<&str> {
        match self {
            PasswordHash::Set(hash) => Some(hash),
            PasswordHash::Keep | PasswordHash::Clear => None,
        }
    }
}

/// What an account becomes.
pub struct Change<'a> {
    /// Columns from the attributes.
    pub keys: &'a Keys,
    /// The attributes as JSON text.
    pub resource: &'a str,
    /// Whether the client has removed `active`.
    pub active_unassigned: bool,
    /// Facts of the lifecycle.
    pub account: &'a Account,
    /// The hash.
    pub password_hash: PasswordHash,
    /// The audit row.
    pub entry: &'a Entry,
    /// Whether what the person signs in with is another.
    pub login_changed: bool,
    /// What the guard has to say about it.
    pub leaving: Leaving,
    /// What becomes of the enrolments of somebody who is back, and the audit log's word for it.
    pub restore: Option<(Restore, &'static str)>,
}

/// What becomes of the enrolments of somebody who is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restore {
    /// All are open.
    Open,
    /// All that are not completed wait.
    Wait,
    /// Those wait that came after a time.
    WaitSince(DateTime<Utc>),
}

/// Who may go, and what is kept of them (migration departures).
#[derive(Debug, Clone, Copy, Default)]
pub struct Leaving {
    /// How the connection is watched that puts somebody out; `None`: nobody is put out, or by hand.
    pub watched: Option<Watched>,
    /// The connection on whose account a departure is kept, so that it can be undone.
    pub kept_for: Option<Uuid>,
    /// Whether somebody is back, of whom nothing has to be kept any more if they are whole: with a start no later than they had,
    pub returns: bool,
    /// with a password if they had one,
    pub has_password: bool,
    /// and with their enrolments, which does not make those wait that are open;
    pub holds_enrolments: bool,
    /// or because somebody has decided so by hand.
    pub decided: bool,
    /// What an administrator's access means for it.
    pub administration: Administration,
}

/// How a connection is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// The connection that acts.
    pub connection: Uuid,
    /// The connection that owns the account.
    pub source: Uuid,
    /// Hours of the window.
    pub hours: i32,
    /// So many may go in any case.
    pub count: i64,
    /// So many of a hundred.
    pub percent: i64,
    /// Whether the connection takes back what it has just made.
    pub fresh: bool,
}

/// Whether a change takes an administrator's access away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Administration {
    /// It does not.
    #[default]
    Untouched,
    /// It does, by hand: others who do so wait.
    TakenByHand,
    /// It does, by a sync: not if nobody else is left.
    TakenBySync,
}
