//! What a tenant may set. Sessions ending at once with a deactivation is not a setting (LIFECYCLE C4).

use chrono::Duration;

/// What a reactivation does to the password (LIFECYCLE C10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReactivatePassword {
    /// Every password goes on working.
    Keep,
    /// Passwords of username-only accounts become invalid; e-mail accounts keep theirs (seed H, iHasco).
    InvalidateUsernameOnly,
    /// Every password becomes invalid.
    InvalidateAll,
}

/// The settings of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// What a reactivation does to the password.
    pub reactivate_password: ReactivatePassword,
    /// How long a temporary password can be used. ASVS 6.4.1 wants it short; long enough for a manager to hand it over.
    pub temporary_password_lifetime: Duration,
}

impl Policy {
    /// The safe default, `rollcall`.
    pub const ROLLCALL: Policy = Policy {
        reactivate_password: ReactivatePassword::InvalidateUsernameOnly,
        temporary_password_lifetime: Duration::hours(72),
    };
}
