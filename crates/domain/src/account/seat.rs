//! Whether an account holds a seat (LIFECYCLE C6, C7).

use super::Account;
use crate::policy::{ExpiryResult, Policy, SeatBasis, SeatRelease};
use chrono::{DateTime, Utc};

/// A seat that an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Since when.
    pub since: DateTime<Utc>,
    /// At which date it will be free by itself, if nothing changes; `None`: at none.
    pub until: Option<DateTime<Utc>>,
}

impl Account {
    /// Whether it holds a seat now. A seat lapses at its date without anything having run.
    pub fn holds_seat(&self, now: DateTime<Utc>) -> bool {
        self.seat.is_some_and(|seat| seat.until.is_none_or(|end| now < end))
    }

    /// The seat that the facts ask for. `self` is [settled](Account::settled).
    pub(super) fn needed_seat(&self, policy: &Policy, now: DateTime<Utc>) -> Option<Seat> {
        if self.deleted_at.is_some() {
            return None;
        }
        let releases = match policy.seat_release {
            SeatRelease::Always => true,
            SeatRelease::Never => false,
            SeatRelease::OnlyIfNotStarted => self.first_course_at.is_none(),
        };
        // Whether the end of the account's time is for the seat what a deactivation is.
        let expiry_counts = policy.seat_basis == SeatBasis::ActiveAccount
            || policy.expiry_result == ExpiryResult::Deactivated;
        let over = self.deactivated.is_some() || (expiry_counts && self.expired(now).is_some());
        let needed = match policy.seat_basis {
            _ if over => self.seat.is_some() && !releases,
            SeatBasis::Account | SeatBasis::ActiveAccount => true,
            SeatBasis::FirstCourseStart => self.first_course_at.is_some(),
        };
        let scheduled = self.deactivate_at.map(|scheduled| scheduled.at);
        let expiry = self.expires_at.filter(|_| expiry_counts);
        let until = scheduled.into_iter().chain(expiry).min().filter(|_| releases);
        needed.then(|| Seat { since: self.seat.map_or(now, |seat| seat.since), until })
    }
}
