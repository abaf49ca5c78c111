//! The facts of an account. Status and SCIM `active` are computed from them, so they cannot contradict each other.

mod command;
mod decide;
mod effect;
mod label;
mod rank;
mod role;
mod seat;
mod standing;
mod visibility;

pub use command::{Command, Reason};
pub use decide::{Decision, become_known_as_another, become_seated, become_signing_in_by, decide, settle};
pub use effect::Effect;
pub use rank::Acting;
pub use role::Role;
pub use seat::Seat;
pub use standing::Status;
pub use visibility::{Enrolled, Enrolling, Scope};

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

/// A deactivation that is still to come, or has come by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledDeactivation {
    /// The instant from which the account counts as deactivated.
    pub at: DateTime<Utc>,
    /// Why it will be.
    pub reason: Reason,
}

/// What is known about an account: independent facts with timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// By e-mail or by user name only.
    pub sign_in: SignIn,
    /// What the person does on the platform.
    pub role: Role,
    /// From when on the account may be used; at once when `None`.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when it may be used; for ever when `None`. At this instant it is over already.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it will be switched off. It stays here after it fell due, until a reactivation.
    pub deactivate_at: Option<ScheduledDeactivation>,
    /// Set while the account is switched off.
    pub deactivated: Option<Deactivation>,
    /// Set while an administrator keeps the account shut, whatever else is said of it.
    pub locked_at: Option<DateTime<Utc>>,
    /// The seat it holds; it may have lapsed by a date, see [`Account::holds_seat`].
    pub seat: Option<Seat>,
    /// When the person started a course for the first time.
    pub first_course_at: Option<DateTime<Utc>>,
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
    /// From when on a date of this account is past and not on record; `None` where no date is to come. Every decision sets it.
    pub due_at: Option<DateTime<Utc>>,
}

impl Account {
    /// A new account, switched on, without dates and without a password.
    pub fn new(sign_in: SignIn) -> Account {
        Account {
            sign_in,
            role: Role::Learner,
            starts_at: None,
            expires_at: None,
            deactivate_at: None,
            deactivated: None,
            locked_at: None,
            seat: None,
            first_course_at: None,
            first_access_at: None,
            last_login_at: None,
            password: Password::None,
            session_epoch: 0,
            deleted_at: None,
            due_at: None,
        }
    }
}
