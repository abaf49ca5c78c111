//! Why a command is refused: the fact that stands against it, and the way out. A refusal changes nothing.

use chrono::{DateTime, SecondsFormat, Utc};

/// A command that cannot be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account is switched off.
    #[error(
        "the account has been deactivated since {}; an administrator or the identity provider can reactivate it",
        .since.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    Inactive {
        /// When it was switched off.
        since: DateTime<Utc>,
    },
    /// A temporary password opens nothing but the way to a new one.
    #[error("the temporary password must be changed at first use; repeat the sign-in with `newPassword`")]
    PasswordChangeRequired,
    /// The temporary password came too late.
    #[error(
        "the temporary password expired at {}; ask an administrator for another",
        .at.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    TemporaryPasswordExpired {
        /// When it expired.
        at: DateTime<Utc>,
    },
    /// There is no password that could be used or changed.
    #[error("the account has no valid password; ask an administrator for a temporary one")]
    NoPassword,
    /// The account does not exist any more.
    #[error("the account was deleted")]
    Deleted,
}
