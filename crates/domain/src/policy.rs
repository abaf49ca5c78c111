//! What a tenant may set: every question on which learning products contradict each other (LIFECYCLE C1–C11, L).
//!
//! Not to be set, because there is one right answer: that sessions end at once with a deactivation (C4), that no owner is shut out
//! (L31), and that who was suspended or on long-term leave in a former platform is inactive for that reason (L08).

mod choices;
mod preset;
mod setting;

pub use choices::{
    CertificatesWhileInactive, ConfirmDeactivate, DeleteResult, EnrolInactive, EraseRecords, ExpiryResult,
    InactiveWord, LabelSet, MailWhileInactive, OverLimit, ReactivatePassword, ReportsInactive, ResetMethod,
    Restore, SeatBasis, SeatRelease,
};
pub use preset::Preset;
pub use setting::{Days, Hours, Kind, People, Percent, Setting, SettingError};

use crate::guard::Threshold;
use chrono::Duration;
use setting::{Value, policy};

policy!(
    /// The settings of a tenant.
    Policy {
        label_set: LabelSet = "status.label_set", "C1; A, H, S: binary, U: four states, W: never logged in",
            "Which words are shown for a status?";
        inactive_word: InactiveWord = "status.inactive_word", "C2; A, H, S: off, W: unused",
            "Does \"Inactive\" mean switched off or unused?";
        dormant_after: Days = "status.dormant_after_days", "L06; W",
            "After how many days without signing in is somebody who could counted as not using their access?";
        expiry_result: ExpiryResult = "expiry.result", "C3; U: expired, S: deactivated",
            "What is an account called whose date has come?";
        expiry_needs_new_date: bool = "expiry.reactivate_requires_new_date", "C3, L43; U: true, S: false",
            "Is a reactivation after the date refused without a new one?";
        reports_inactive: ReportsInactive = "reports.inactive", "C5; A: include, H: archived only",
            "Are inactive people in the ordinary reports?";
        seat_release: SeatRelease = "seat.release_on_deactivate", "C6; W, S: true, H: false",
            "Does a deactivation free the seat?";
        seat_basis: SeatBasis = "seat.basis", "C7; W: account, S: active account, H: course started",
            "When is a seat taken?";
        over_limit: OverLimit = "over_limit.new_accounts", "L33; S: made inactive",
            "What happens to a new account without a free seat?";
        enrol_inactive: EnrolInactive = "enrol.inactive", "C8; H: silently, S: rejected",
            "Can inactive people be enrolled?";
        restore: Restore = "reactivate.restore", "C9; A: by hand, H, S: all",
            "Which enrolments are open again after a reactivation?";
        reactivate_password: ReactivatePassword = "reactivate.password", "C10; A: kept, H: username-only invalid",
            "What does a reactivation do to the password?";
        reset_method: ResetMethod = "reset.method", "C10; H: temporary password",
            "What does an administrator hand out for a new password?";
        reset_lifetime: Hours = "reset.lifetime_hours", "ASVS 6.4.1",
            "How long can what was handed out be used?";
        confirm_deactivate: ConfirmDeactivate = "confirm.deactivate", "C11; W: always, U: never",
            "Which deactivations does an administrator have to confirm?";
        mail: MailWhileInactive = "mail.while_inactive", "L15; H, S: none",
            "Which messages do inactive people get?";
        certificates: CertificatesWhileInactive = "certificates.while_inactive", "L14; H: none",
            "What may inactive people do with their certificates?";
        segments_keep: bool = "segments.keep_while_inactive", "L22; H: true",
            "Do groups count their inactive members?";
        delete_result: DeleteResult = "delete.result", "L20; W: erased",
            "What does a deletion by a provider leave behind?";
        erase_records: EraseRecords = "erase.records", "L20; W: removed",
            "What happens to the learning records of an erased person?";
        guard_count: People = "guard.count", "SECURITY S46",
            "How many people may a source put out within the window, however few it has? Never more than 20 % of them, but always five.";
        guard_percent: Percent = "guard.percent", "SECURITY S46",
            "How many of a hundred may a source put out within the window, if that is more?";
        guard_window: Hours = "guard.window_hours", "SECURITY S46",
            "How long is the window?";
    }
);

impl Policy {
    /// How long a temporary password can be used.
    pub fn temporary_password_lifetime(&self) -> Duration {
        Duration::hours(self.reset_lifetime.0.into())
    }

    /// How many people a source may put out within [`Policy::guard_window`] before an administrator looks.
    pub fn guard(&self) -> Threshold {
        Threshold { count: self.guard_count.0, percent: self.guard_percent.0 }
    }

    /// Whether an administrator who deactivates so many people has to confirm it (LIFECYCLE C11).
    pub fn must_be_confirmed(&self, people: usize) -> bool {
        match self.confirm_deactivate {
            ConfirmDeactivate::Always => true,
            ConfirmDeactivate::BulkOnly => people > 1,
            ConfirmDeactivate::Never => false,
        }
    }
}

#[cfg(test)]
mod tests;
