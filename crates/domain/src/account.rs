//! The facts of an account. Status and SCIM `active` are computed from them, so they cannot contradict each other.

mod command;
mod decide;
mod effect;

pub use command::{Command, Reason};
pub use decide::{Decision, become_signing_in_by, decide};
pub use effect::Effect;

use crate::credential::{Password, SignIn};
use chrono::{DateTime, Utc};

/// That, when and why an account was switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deactivation {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: Reason,
}

/// What is known about an account: independent facts with timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// By e-mail or by user name only.
    pub sign_in: SignIn,
    /// Set while the account is switched off.
    pub deactivated: Option<Deactivation>,
    /// When the person used their access for the first time.
    pub first_access_at: Option<DateTime<Utc>>,
    /// When the person last signed in.
    pub last_login_at: Option<DateTime<Utc>>,
    /// State of the password.
    pub password: Password,
    /// Raised when all sessions end. A session carries the epoch in which it began and lives while the two are equal.
    pub session_epoch: i64,
    /// Set when it was deleted; nothing brings it back.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// The four words of seed U for where an account stands (LIFECYCLE C1), without its `expired`, which comes with expiry dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// May sign in, never did.
    Activated,
    /// May sign in and has.
    Active,
    /// Switched off.
    Deactivated,
}

impl Status {
    /// The word used in SCIM and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Activated => "activated",
            Status::Active => "active",
            Status::Deactivated => "deactivated",
        }
    }
}

impl Account {
    /// A new account, switched on, without a password.
    pub fn new(sign_in: SignIn) -> Account {
        Account {
            sign_in,
            deactivated: None,
            first_access_at: None,
            last_login_at: None,
            password: Password::None,
            session_epoch: 0,
            deleted_at: None,
        }
    }

    /// Where the account stands.
    pub fn status(&self) -> Status {
        match (self.deactivated, self.first_access_at) {
            (Some(_), _) => Status::Deactivated,
            (None, Some(_)) => Status::Active,
            (None, None) => Status::Activated,
        }
    }

    /// SCIM `active`: may sign in (RFC 7643 §4.1.1 leaves the meaning to the provider; this is ours).
    pub fn is_active(&self) -> bool {
        self.deactivated.is_none() && self.deleted_at.is_none()
    }
}
