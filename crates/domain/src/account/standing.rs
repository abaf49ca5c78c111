//! Where an account stands at a time: computed from its facts, so that it is true without anything having run.

use super::{Account, Deactivation, Reason};
use chrono::{DateTime, Utc};

/// Where an account stands (LIFECYCLE, state model; the four words of seed U and `staged`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its start is still to come.
    Staged,
    /// May sign in, never did.
    Activated,
    /// May sign in and has.
    Active,
    /// Switched off, by somebody or by the schedule that somebody set.
    Deactivated,
    /// Its time is over (LIFECYCLE C3).
    Expired,
}

impl Status {
    /// Every status, for tables and tests.
    pub const ALL: [Status; 5] =
        [Status::Staged, Status::Activated, Status::Active, Status::Deactivated, Status::Expired];

    /// The word used in SCIM and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Staged => "staged",
            Status::Activated => "activated",
            Status::Active => "active",
            Status::Deactivated => "deactivated",
            Status::Expired => "expired",
        }
    }
}

impl Account {
    /// The facts with what has fallen due carried out: a scheduled deactivation whose instant has come is a deactivation since
    /// then, for its reason, and no session of before lives on. Every decision starts from these facts.
    pub fn settled(&self, now: DateTime<Utc>) -> Account {
        let mut account = *self;
        if let (None, Some(due)) = (self.deactivated, self.deactivate_at.filter(|due| due.at <= now)) {
            account.deactivated = Some(Deactivation { at: due.at, reason: due.reason });
            account.session_epoch += 1;
        }
        account
    }

    /// Where the account stands.
    ///
    /// Who is both deactivated and expired is deactivated: that was somebody's decision, and it stays when the date is moved.
    /// Who is expired before having started is expired.
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        if self.settled(now).deactivated.is_some() {
            Status::Deactivated
        } else if self.expired(now).is_some() {
            Status::Expired
        } else if self.starts_at.is_some_and(|start| now < start) {
            Status::Staged
        } else if self.first_access_at.is_some() {
            Status::Active
        } else {
            Status::Activated
        }
    }

    /// SCIM `active`: may sign in (RFC 7643 §4.1.1 leaves the meaning to the provider; this is ours).
    pub fn is_active(&self, now: DateTime<Utc>) -> bool {
        self.deleted_at.is_none()
            && self.locked_at.is_none()
            && matches!(self.status(now), Status::Activated | Status::Active)
    }

    /// Since when its time is over, if it is.
    pub fn expired(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.expires_at.filter(|end| *end <= now)
    }

    /// When it will stop being usable by itself, if nothing changes.
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        let scheduled = self.deactivate_at.map(|scheduled| scheduled.at);
        self.expires_at.into_iter().chain(scheduled).min()
    }

    /// Why it is deactivated, or will be.
    pub fn reason(&self, now: DateTime<Utc>) -> Option<Reason> {
        let scheduled = self.deactivate_at.map(|scheduled| scheduled.reason);
        self.settled(now).deactivated.map(|deactivation| deactivation.reason).or(scheduled)
    }

    /// When the next date of this account will be past and has to be put on record. Nothing more comes to who is switched off.
    pub(super) fn next_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.deactivated.is_some() || self.deleted_at.is_some() {
            return None;
        }
        let dates = [self.starts_at, self.expires_at, self.deactivate_at.map(|scheduled| scheduled.at)];
        dates.into_iter().flatten().filter(|at| now < *at).min()
    }

    /// Whether it is switched off, or its time over. Whose start is still to come has not been away.
    pub fn is_off(&self, now: DateTime<Utc>) -> bool {
        matches!(self.status(now), Status::Deactivated | Status::Expired)
    }

    /// Whether the person counts as inactive where people are enrolled, told and reported on: off, or shut by an administrator.
    pub fn is_away(&self, now: DateTime<Utc>) -> bool {
        self.is_off(now) || self.locked_at.is_some()
    }
}
