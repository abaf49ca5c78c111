//! What each setting can be.

use super::setting::{Kind, Value};

/// A setting with a few words to choose from.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl Value for $name {
            const KIND: Kind = Kind::Words(&[$($word),*]);

            fn word(self) -> String {
                match self {
                    $(Self::$variant => $word.to_owned(),)*
                }
            }

            fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

choice!(
    /// Which words people read where a status is shown (LIFECYCLE C1).
    LabelSet {
        /// Active, Inactive (seeds A, H, S).
        Binary = "binary",
        /// Active, Activated, Deactivated, Expired (seed U), and Staged.
        FourState = "four_state",
        /// Active, Deactivated, and for those who could sign in and do not: Never logged in, Inactive (seed W).
        WithNeverLoggedIn = "with_never_logged_in",
    }
);

choice!(
    /// What the word "Inactive" means to people (LIFECYCLE C2). The other meaning gets another word.
    InactiveWord {
        /// Switched off (seeds A, H, S); who does not use their access is "Dormant".
        Off = "off",
        /// Could sign in and did not for long (seed W); who is switched off is "Deactivated".
        Unused = "unused",
    }
);

choice!(
    /// What an account is called whose time is over (LIFECYCLE C3).
    ExpiryResult {
        /// Expired, which is something else than deactivated (seed U).
        ExpiredLocked = "expired_locked",
        /// As if somebody had deactivated it on that day (seed S).
        Deactivated = "deactivated",
    }
);

choice!(
    /// Whether inactive people are in the ordinary reports (LIFECYCLE C5). They always are in the archived ones.
    ReportsInactive {
        /// Like everybody else (seed A).
        Include = "include",
        /// Only in the archived reports (seed H).
        ExcludeArchivedTab = "exclude_archived_tab",
        /// In them, and marked as inactive.
        IncludeMarked = "include_marked",
    }
);

choice!(
    /// Whether a deactivation frees the seat (LIFECYCLE C6).
    SeatRelease {
        /// It does (seeds W, S).
        Always = "true",
        /// It does not (seed H).
        Never = "false",
        /// It does unless a course was started.
        OnlyIfNotStarted = "only_if_not_started",
    }
);

choice!(
    /// When a seat is taken (LIFECYCLE C7).
    SeatBasis {
        /// By the account being there (seed W).
        Account = "account",
        /// By the account being usable, now or from its start on (seed S).
        ActiveAccount = "active_account",
        /// By the first course that the person starts (seed H).
        FirstCourseStart = "first_course_start",
    }
);

choice!(
    /// What happens to a new account for which no seat is free (LIFECYCLE L33).
    OverLimit {
        /// It is refused, with the numbers.
        Refuse = "refuse",
        /// It is made, but inactive (seed S).
        CreateInactive = "create_inactive",
    }
);

choice!(
    /// Whether inactive people can be enrolled (LIFECYCLE C8).
    EnrolInactive {
        /// An enrolment that names one is refused (seed S).
        Reject = "reject",
        /// They are left out, and the answer says who.
        SkipAndReport = "skip_and_report",
        /// They are enrolled and not told of it (seed H).
        EnrolSilently = "enrol_silently",
    }
);

choice!(
    /// Which enrolments are open again after a reactivation (LIFECYCLE C9).
    Restore {
        /// None by itself: an administrator is shown them and reopens what is wanted (seed A).
        ManualList = "manual_list",
        /// All, those too that came while the account was inactive (seed H).
        All = "all",
        /// Those that were open before; what came meanwhile waits for an administrator.
        LastSnapshot = "last_snapshot",
    }
);

choice!(
    /// What a reactivation does to the password (LIFECYCLE C10).
    ReactivatePassword {
        /// Every password goes on working.
        Keep = "keep",
        /// Passwords of username-only accounts become invalid; e-mail accounts keep theirs (seed H).
        InvalidateUsernameOnly = "invalidate_username_only",
        /// Every password becomes invalid.
        InvalidateAll = "invalidate_all",
    }
);

choice!(
    /// What an administrator hands to somebody who has no valid password (LIFECYCLE C10).
    ResetMethod {
        /// A secret to be put into a link, for those who have an e-mail address. Others get a code.
        Link = "link",
        /// A code that can be read out (seed H).
        OneTimeCode = "one_time_code",
    }
);

choice!(
    /// Which deactivations an administrator has to confirm (LIFECYCLE C11).
    ConfirmDeactivate {
        /// Every one (seed W).
        Always = "always",
        /// Those of more than one person.
        BulkOnly = "bulk_only",
        /// None (seed U).
        Never = "never",
    }
);

choice!(
    /// Which messages inactive people get (LIFECYCLE L15).
    MailWhileInactive {
        /// None (seeds H, S).
        None = "none",
        /// The same as everybody.
        All = "all",
    }
);

choice!(
    /// What inactive people may do with their certificates (LIFECYCLE L14).
    CertificatesWhileInactive {
        /// Nothing (seed H).
        None = "none",
        /// The platform may still show them.
        ViewOnly = "view_only",
    }
);

choice!(
    /// What a deletion by a provider leaves behind.
    DeleteResult {
        /// A record that nobody is shown, from which an administrator can erase what is left.
        Tombstone = "tombstone",
        /// Nothing that says who it was, as an erasure.
        Erase = "erase",
    }
);

choice!(
    /// What an erasure does to the learning records (LIFECYCLE L20).
    EraseRecords {
        /// They stay for the counts, and nothing says whose they were.
        KeepAnonymous = "keep_anonymous",
        /// They go too (seed W).
        Remove = "remove",
    }
);
