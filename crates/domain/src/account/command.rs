//! What somebody may want done to an account.

use super::{Role, ScheduledDeactivation};
use chrono::{DateTime, Utc};

/// Why an account is switched off (LIFECYCLE, state model).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The person left the organisation.
    Left,
    /// Leave of absence; comes back.
    Leave,
    /// Another role, which needs no training.
    RoleChange,
    /// Not used for long.
    Dormant,
    /// Suspected misuse.
    Security,
    /// No reason was given; a provider's `active:false` says no more.
    Administrative,
}

impl Reason {
    /// All reasons, for parsing and for tests.
    pub const ALL: [Reason; 6] = [
        Reason::Left,
        Reason::Leave,
        Reason::RoleChange,
        Reason::Dormant,
        Reason::Security,
        Reason::Administrative,
    ];

    /// The word in the database; SCIM writes `roleChange` for `role_change`.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Left => "left",
            Reason::Leave => "leave",
            Reason::RoleChange => "role_change",
            Reason::Dormant => "dormant",
            Reason::Security => "security",
            Reason::Administrative => "administrative",
        }
    }

    /// The reason of a word from [`Reason::as_str`].
    pub fn from_word(word: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// A command. Passwords have been checked by the shell before a command that needs them is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Made, with the facts it begins with: takes the seat it needs.
    Create,
    /// Switch off: no sign-in, and every open session ends with the commit.
    Deactivate(Reason),
    /// Switch on again; what happens to the password is policy (C10). Cancels a schedule that fell due, not one still to come.
    Reactivate,
    /// From when on the account may be used; `None`: at once.
    SetStart(Option<DateTime<Utc>>),
    /// Until when it may be used: extended, shortened or, with `None`, without an end.
    SetExpiry(Option<DateTime<Utc>>),
    /// Switch off at an instant, or at once if it is past. Another schedule is replaced.
    ScheduleDeactivation(ScheduledDeactivation),
    /// Take the schedule back. A deactivation that it has brought already stays.
    CancelDeactivation,
    /// Another role.
    SetRole(Role),
    /// An administrator hands out a new, short-lived password. Every open session ends.
    IssueTemporaryPassword,
    /// The person chose a new password, having proved the present one. Every open session ends.
    ChangePassword,
    /// The identity provider sets the password, without proof of a present one. Every open session ends.
    SetPassword,
    /// The person proved the present password and wants a session.
    SignIn,
    /// The person used their access, having signed in elsewhere.
    RecordAccess,
    /// The person starts a course.
    StartCourse,
    /// Shut by an administrator, so that no source can open it: every session ends.
    Lock,
    /// The administrator's lock is taken back. Nothing else is undone by it.
    Unlock,
    /// Becomes the owner. Who was it before is made an administrator by the shell, with [`Command::GiveUpOwnership`].
    TakeOwnership,
    /// The owner becomes an administrator, because somebody else is the owner now.
    GiveUpOwnership,
    /// Deleted by the provider: as deactivated, and never seen again.
    Delete,
    /// As deleted, and nothing is kept that says who it was.
    Erase,
}
