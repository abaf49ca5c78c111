//! What reaches people who are inactive, and where they are seen (LIFECYCLE C5, C8, L14, L15).

use super::Account;
use crate::policy::{CertificatesWhileInactive, EnrolInactive, MailWhileInactive, Policy, ReportsInactive};
use chrono::{DateTime, Utc};

/// How somebody comes to be enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolling {
    /// Named, one by one.
    ByName,
    /// As one of a group or of everybody.
    WithOthers,
}

/// What an enrolment of somebody becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolled {
    /// They are enrolled; whether the platform tells them so.
    Yes {
        /// Whether a message may go out.
        told: bool,
    },
    /// They are left out, and the answer says so.
    Skipped,
    /// The whole enrolment is refused.
    Refused,
}

/// Which people a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those whom the policy has in the ordinary report.
    Ordinary,
    /// Who is not away.
    Active,
    /// Who is away: switched off, or over.
    Archived,
    /// Everybody.
    All,
}

impl Scope {
    /// All scopes, the usual one first.
    pub const ALL: [Scope; 4] = [Scope::Ordinary, Scope::Active, Scope::Archived, Scope::All];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Ordinary => "ordinary",
            Scope::Active => "active",
            Scope::Archived => "archived",
            Scope::All => "all",
        }
    }

    /// The scope of a name from [`Scope::as_str`].
    pub fn from_word(word: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    /// Whether somebody who is away, or is not, belongs into the report.
    pub fn has(self, away: bool, policy: &Policy) -> bool {
        match self {
            Scope::All => true,
            Scope::Active => !away,
            Scope::Archived => away,
            Scope::Ordinary => !away || policy.reports_inactive != ReportsInactive::ExcludeArchivedTab,
        }
    }
}

impl Account {
    /// What an enrolment becomes of somebody whom it is about.
    pub fn enrolled(&self, how: Enrolling, policy: &Policy, now: DateTime<Utc>) -> Enrolled {
        if !self.is_away(now) {
            return Enrolled::Yes { told: true };
        }
        match (policy.enrol_inactive, how) {
            (EnrolInactive::EnrolSilently, _) => Enrolled::Yes { told: self.may_be_mailed(policy, now) },
            (EnrolInactive::Reject, Enrolling::ByName) => Enrolled::Refused,
            (EnrolInactive::Reject | EnrolInactive::SkipAndReport, _) => Enrolled::Skipped,
        }
    }

    /// Whether the platform may send messages.
    pub fn may_be_mailed(&self, policy: &Policy, now: DateTime<Utc>) -> bool {
        !self.is_away(now) || policy.mail == MailWhileInactive::All
    }

    /// Whether the platform may show the person their certificates.
    pub fn may_see_certificates(&self, policy: &Policy, now: DateTime<Utc>) -> bool {
        self.is_active(now) || policy.certificates == CertificatesWhileInactive::ViewOnly
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Deactivation, Reason};
    use crate::credential::SignIn;
    use crate::policy::Preset;
    use chrono::Duration;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    /// Usable, not yet usable, switched off, over.
    fn people() -> [Account; 4] {
        let new = Account::new(SignIn::Email);
        let day = Duration::days(1);
        [
            new,
            Account { starts_at: Some(now() + day), ..new },
            Account { deactivated: Some(Deactivation { at: now() - day, reason: Reason::Left }), ..new },
            Account { expires_at: Some(now()), ..new },
        ]
    }

    /// LIFECYCLE C8, L36, L37: who is away is enrolled silently (H), refused by name (S), or left out.
    #[test]
    fn c8_whether_the_inactive_are_enrolled_is_policy() {
        let all = |preset: Preset, how| people().map(|p| p.enrolled(how, &preset.policy(), now()));
        let told = Enrolled::Yes { told: true };
        let silently = Enrolled::Yes { told: false };
        for how in [Enrolling::ByName, Enrolling::WithOthers] {
            assert_eq!(all(Preset::Ihasco, how), [told, told, silently, silently]);
            assert_eq!(all(Preset::Rollcall, how), [told, told, Enrolled::Skipped, Enrolled::Skipped]);
        }
        assert_eq!(
            all(Preset::Ispring, Enrolling::ByName),
            [told, told, Enrolled::Refused, Enrolled::Refused]
        );
        assert_eq!(
            all(Preset::Ispring, Enrolling::WithOthers),
            [told, told, Enrolled::Skipped, Enrolled::Skipped]
        );
    }

    /// LIFECYCLE C5, L23-L25: in every product the archived report has who is away, and it alone where the policy says so.
    #[test]
    fn c5_the_archived_report_has_who_is_away_under_every_policy() {
        for preset in Preset::ALL {
            let policy = preset.policy();
            assert!(Scope::Archived.has(true, &policy) && !Scope::Archived.has(false, &policy));
            assert!(Scope::Active.has(false, &policy) && !Scope::Active.has(true, &policy));
            assert!(Scope::All.has(true, &policy) && Scope::All.has(false, &policy));
            assert!(Scope::Ordinary.has(false, &policy));
            assert_eq!(Scope::Ordinary.has(true, &policy), preset != Preset::Ihasco, "{preset:?}");
        }
    }

    /// LIFECYCLE L14, L15.
    #[test]
    fn l14_l15_mail_and_certificates_of_the_inactive_are_policy() {
        let policy = Policy::ROLLCALL;
        assert_eq!(people().map(|p| p.may_be_mailed(&policy, now())), [true, true, false, false]);
        assert_eq!(people().map(|p| p.may_see_certificates(&policy, now())), [true, false, false, false]);
        let policy = policy.with("mail.while_inactive", "all").unwrap();
        let policy = policy.with("certificates.while_inactive", "view_only").unwrap();
        assert!(people().iter().all(|p| p.may_be_mailed(&policy, now())));
        assert!(people().iter().all(|p| p.may_see_certificates(&policy, now())));
    }
}
