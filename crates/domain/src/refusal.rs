//! Why a command is refused: the fact that stands against it, and the way out. A refusal changes nothing.

use crate::account::Role;
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
    /// Its start is still to come.
    #[error("the account can be used from {} on", .at.to_rfc3339_opts(SecondsFormat::Secs, true))]
    NotStarted {
        /// The start.
        at: DateTime<Utc>,
    },
    /// Its time is over, for whoever wants to use it.
    #[error(
        "the account expired at {}; an administrator or the identity provider can extend it",
        .at.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    AccessExpired {
        /// When it expired.
        at: DateTime<Utc>,
    },
    /// Its time is over, for whoever wants to reactivate it (LIFECYCLE C3, L43).
    #[error(
        "the account expired at {} and cannot be reactivated as it is; send a later expiresAt with it, or null for none",
        .at.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    Expired {
        /// When it expired.
        at: DateTime<Utc>,
    },
    /// An administrator keeps it shut.
    #[error(
        "the account has been locked by an administrator since {}; an administrator can unlock it",
        .since.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    Locked {
        /// When it was locked.
        since: DateTime<Utc>,
    },
    /// Nobody shuts the owner out (LIFECYCLE L31, T6).
    #[error(
        "the account is the owner's, who cannot be deactivated, locked, given an end or deleted; make somebody else the owner first"
    )]
    Owner,
    /// No source shuts the last administrator out.
    #[error(
        "the account is the last one that administers the tenant (who was never there, or has no password where this one has one, does \
         not count), and no provider can deactivate, delete, end or demote it; give somebody else the role administrator, who signs in \
         then, or let an administrator do it"
    )]
    LastAdministrator,
    /// Who is to be the owner must stay.
    #[error(
        "the account ends at {} and cannot be the owner's; take back its expiry and its deactivation first",
        .at.to_rfc3339_opts(SecondsFormat::Secs, true)
    )]
    Ends {
        /// When.
        at: DateTime<Utc>,
    },
    /// No seat is free (LIFECYCLE L33, L34, T7).
    #[error("all {limit} seats are taken ({used} in use); deactivate somebody, or raise the limit")]
    NoSeat {
        /// Seats of the licence.
        limit: i64,
        /// How many are taken. More than there are after the limit was lowered.
        used: i64,
    },
    /// Ownership is no role that can be given or taken in passing.
    #[error(
        "the role owner can be neither given nor taken away like another; make somebody else the owner first, or leave the role as it is"
    )]
    Ownership,
    /// People administer others, and not themselves.
    #[error("nobody administers their own account; ask somebody else whose role allows it")]
    OwnAccount,
    /// Nobody acts on somebody of a higher role, or gives one.
    #[error("the role {} is above yours; ask somebody who has it, or one above it", .role.as_str())]
    HigherRole {
        /// The role that is higher.
        role: Role,
    },
    /// What cannot be undone, or changes who decides it.
    #[error(
        "only the owner can do this, or the learning platform with a token of the scope api; ask one of them"
    )]
    OwnerOnly,
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
