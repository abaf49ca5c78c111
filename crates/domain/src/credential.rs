//! What is known about an account's password. The password and its hash are the shell's business.

use chrono::{DateTime, Utc};

/// How a person signs in; decides what a reactivation does to the password (LIFECYCLE C10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// By e-mail: a reset link would reach the person.
    Email,
    /// By user name only ("no email" users of the iHasco seed): only an administrator can hand over a new password.
    Username,
}

impl SignIn {
    /// The word used in SCIM, the API and the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            SignIn::Email => "email",
            SignIn::Username => "username",
        }
    }
}

/// State of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// There never was one; the person signs in elsewhere or was not given one yet.
    None,
    /// Chosen by the person.
    Set,
    /// Issued by an administrator: works until `expires_at`, and only to set a new one.
    Temporary {
        /// End of its validity.
        expires_at: DateTime<Utc>,
    },
    /// There was one, and a reactivation, or another e-mail address, made it worthless.
    Invalidated,
}

impl Password {
    /// The word used in SCIM, the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Password::None => "none",
            Password::Set => "set",
            Password::Temporary { .. } => "temporary",
            Password::Invalidated => "invalidated",
        }
    }

    /// The state of a word from [`Password::as_str`] and, of a temporary one, the end of its validity.
    pub fn from_word(word: &str, expires_at: Option<DateTime<Utc>>) -> Option<Password> {
        match (word, expires_at) {
            ("none", _) => Some(Password::None),
            ("set", _) => Some(Password::Set),
            ("temporary", Some(expires_at)) => Some(Password::Temporary { expires_at }),
            ("invalidated", _) => Some(Password::Invalidated),
            _ => None,
        }
    }

    /// Whether there is something a person could type.
    pub fn exists(self) -> bool {
        matches!(self, Password::Set | Password::Temporary { .. })
    }
}
