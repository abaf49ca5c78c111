//! The words that people read for where an account stands, in the language of the product (LIFECYCLE C1, C2).

use super::{Account, Status};
use crate::policy::{ExpiryResult, InactiveWord, LabelSet, Policy};
use chrono::{DateTime, Duration, Utc};

impl Account {
    /// The word to show. "Inactive" means what the policy says, and never two things.
    ///
    /// `created_at` is since when somebody who never signed in could have.
    pub fn label(&self, policy: &Policy, created_at: DateTime<Utc>, now: DateTime<Utc>) -> &'static str {
        let off = match policy.inactive_word {
            InactiveWord::Off => "Inactive",
            InactiveWord::Unused => "Deactivated",
        };
        let over = policy.expiry_result == ExpiryResult::ExpiredLocked;
        let dormant = self.is_dormant(policy, created_at, now);
        if self.locked_at.is_some() && self.deleted_at.is_none() {
            return "Locked";
        }
        match (policy.label_set, self.status(now)) {
            (_, Status::Staged) => "Staged",
            (LabelSet::FourState, Status::Deactivated) => "Deactivated",
            (_, Status::Deactivated) => off,
            (_, Status::Expired) if over => "Expired",
            (LabelSet::FourState, Status::Expired) => "Deactivated",
            (_, Status::Expired) => off,
            (LabelSet::Binary, _) => "Active",
            (LabelSet::FourState, Status::Activated) => "Activated",
            (LabelSet::WithNeverLoggedIn, Status::Activated) => "Never logged in",
            _ if dormant => match policy.inactive_word {
                InactiveWord::Off => "Dormant",
                InactiveWord::Unused => "Inactive",
            },
            _ => "Active",
        }
    }

    /// Whether it could be used and was not for as long as the policy calls dormant (LIFECYCLE L06).
    pub fn is_dormant(&self, policy: &Policy, created_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let last = self.last_login_at.or(self.first_access_at).or(self.starts_at).unwrap_or(created_at);
        self.is_active(now) && now - last >= Duration::days(policy.dormant_after.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Deactivation, Reason};
    use crate::credential::SignIn;
    use crate::policy::Preset;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    /// Staged, never signed in, active, not seen for long, switched off, expired, locked.
    fn people() -> [Account; 7] {
        let day = Duration::days(1);
        let new = Account::new(SignIn::Email);
        let used = |days| Account {
            first_access_at: Some(now() - day * 200),
            last_login_at: Some(now() - day * days),
            ..new
        };
        [
            Account { starts_at: Some(now() + day), ..new },
            new,
            used(1),
            used(90),
            Account { deactivated: Some(Deactivation { at: now(), reason: Reason::Left }), ..used(1) },
            Account { expires_at: Some(now()), ..used(1) },
            Account { locked_at: Some(now()), ..used(1) },
        ]
    }

    #[test]
    fn each_product_reads_its_own_words() {
        let words = |preset: Preset| {
            people().map(|account| account.label(&preset.policy(), now() - Duration::days(5), now()))
        };
        for (preset, expected) in [
            (
                Preset::Rollcall,
                ["Staged", "Activated", "Active", "Dormant", "Deactivated", "Expired", "Locked"],
            ),
            (
                Preset::United,
                ["Staged", "Activated", "Active", "Dormant", "Deactivated", "Expired", "Locked"],
            ),
            (Preset::Assure, ["Staged", "Active", "Active", "Active", "Inactive", "Expired", "Locked"]),
            (Preset::Ihasco, ["Staged", "Active", "Active", "Active", "Inactive", "Expired", "Locked"]),
            (Preset::Ispring, ["Staged", "Active", "Active", "Active", "Inactive", "Inactive", "Locked"]),
            (
                Preset::Workspace,
                ["Staged", "Never logged in", "Active", "Inactive", "Deactivated", "Expired", "Locked"],
            ),
        ] {
            assert_eq!(words(preset), expected, "{preset:?}");
        }
    }

    #[test]
    fn inactive_never_means_two_things() {
        for preset in Preset::ALL {
            for set in ["binary", "four_state", "with_never_logged_in"] {
                for word in ["off", "unused"] {
                    let policy = preset.policy().with("status.label_set", set).unwrap();
                    let policy = policy.with("status.inactive_word", word).unwrap();
                    let [.., dormant, off, _, _] =
                        people().map(|account| account.label(&policy, now(), now()));
                    assert!(dormant != "Inactive" || off != "Inactive", "{preset:?} {set} {word}");
                }
            }
        }
    }

    #[test]
    fn who_never_signed_in_is_dormant_by_the_time_the_account_is_there() {
        let new = Account::new(SignIn::Email);
        let policy = Policy::ROLLCALL;
        assert!(!new.is_dormant(&policy, now() - Duration::days(89), now()));
        assert!(new.is_dormant(&policy, now() - Duration::days(90), now()));
        let started = Account { starts_at: Some(now() - Duration::days(1)), ..new };
        assert!(!started.is_dormant(&policy, now() - Duration::days(900), now()));
    }
}
