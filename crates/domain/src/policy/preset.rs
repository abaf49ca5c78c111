//! The products of the seeds as policies, and the safe default.

use super::{
    CertificatesWhileInactive, ConfirmDeactivate, Days, DeleteResult, EnrolInactive, EraseRecords,
    ExpiryResult, Hours, InactiveWord, LabelSet, MailWhileInactive, OverLimit, People, Percent, Policy,
    ReactivatePassword, ReportsInactive, ResetMethod, Restore, SeatBasis, SeatRelease,
};

/// A policy to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The safe default (the last column of the table of contradictions in LIFECYCLE).
    Rollcall,
    /// Assure Learn (seed A).
    Assure,
    /// The workspace with learners and trainers (seed W).
    Workspace,
    /// The learning portal of United Educators (seed U).
    United,
    /// iHasco (seed H).
    Ihasco,
    /// iSpring Learn (seed S).
    Ispring,
}

impl Preset {
    /// All presets, the default first.
    pub const ALL: [Preset; 6] = [
        Preset::Rollcall,
        Preset::Assure,
        Preset::Workspace,
        Preset::United,
        Preset::Ihasco,
        Preset::Ispring,
    ];

    /// Its name on the command line, in the API and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Preset::Rollcall => "rollcall",
            Preset::Assure => "assure",
            Preset::Workspace => "workspace",
            Preset::United => "united",
            Preset::Ihasco => "ihasco",
            Preset::Ispring => "ispring",
        }
    }

    /// The preset of a name from [`Preset::as_str`].
    pub fn from_word(word: &str) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| preset.as_str() == word)
    }

    /// Its settings. Where a seed says nothing, the default stands.
    pub fn policy(self) -> Policy {
        const DEFAULT: Policy = Policy::ROLLCALL;
        match self {
            Preset::Rollcall => DEFAULT,
            Preset::Assure => Policy {
                label_set: LabelSet::Binary,
                reports_inactive: ReportsInactive::Include,
                restore: Restore::ManualList,
                reactivate_password: ReactivatePassword::Keep,
                ..DEFAULT
            },
            Preset::Workspace => Policy {
                label_set: LabelSet::WithNeverLoggedIn,
                inactive_word: InactiveWord::Unused,
                seat_basis: SeatBasis::Account,
                confirm_deactivate: ConfirmDeactivate::Always,
                delete_result: DeleteResult::Erase,
                erase_records: EraseRecords::Remove,
                ..DEFAULT
            },
            Preset::United => Policy { confirm_deactivate: ConfirmDeactivate::Never, ..DEFAULT },
            Preset::Ihasco => Policy {
                label_set: LabelSet::Binary,
                reports_inactive: ReportsInactive::ExcludeArchivedTab,
                seat_release: SeatRelease::Never,
                seat_basis: SeatBasis::FirstCourseStart,
                enrol_inactive: EnrolInactive::EnrolSilently,
                restore: Restore::All,
                ..DEFAULT
            },
            Preset::Ispring => Policy {
                label_set: LabelSet::Binary,
                expiry_result: ExpiryResult::Deactivated,
                expiry_needs_new_date: false,
                over_limit: OverLimit::CreateInactive,
                enrol_inactive: EnrolInactive::Reject,
                restore: Restore::All,
                ..DEFAULT
            },
        }
    }
}

impl Policy {
    /// The safe default, `rollcall`.
    pub const ROLLCALL: Policy = Policy {
        label_set: LabelSet::FourState,
        inactive_word: InactiveWord::Off,
        dormant_after: Days(90),
        expiry_result: ExpiryResult::ExpiredLocked,
        expiry_needs_new_date: true,
        reports_inactive: ReportsInactive::IncludeMarked,
        seat_release: SeatRelease::Always,
        seat_basis: SeatBasis::ActiveAccount,
        over_limit: OverLimit::Refuse,
        enrol_inactive: EnrolInactive::SkipAndReport,
        restore: Restore::LastSnapshot,
        reactivate_password: ReactivatePassword::InvalidateUsernameOnly,
        reset_method: ResetMethod::OneTimeCode,
        // Short, as ASVS 6.4.1 wants it; long enough for a manager to hand it over.
        reset_lifetime: Hours(72),
        guard_count: People(5),
        guard_percent: Percent(2),
        guard_window: Hours(24),
        confirm_deactivate: ConfirmDeactivate::BulkOnly,
        mail: MailWhileInactive::None,
        certificates: CertificatesWhileInactive::None,
        segments_keep: true,
        delete_result: DeleteResult::Tombstone,
        erase_records: EraseRecords::KeepAnonymous,
    };
}
