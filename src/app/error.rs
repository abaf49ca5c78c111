//! Why an operation did not happen. Each surface writes it in its own envelope.

use super::quarantines::Tripped;
use crate::store::filter::Unsearchable;
use crate::store::{StoreError, StoreFailure};
use rollcall_domain::ids::ConnectionId;
use rollcall_domain::refusal::Refusal;
use rollcall_scim::error::{ScimError, ScimType};
use std::borrow::Cow;
use uuid::Uuid;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The request breaks the protocol, or names what is not there.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// The lifecycle refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such thing, or none that the caller may know of.
    #[error("{0}")]
    NotFound(String),
    /// A value of the request cannot be used.
    #[error("{field}: {detail}")]
    Invalid {
        /// The field.
        field: Cow<'static, str>,
        /// What is wrong with it, and the way out.
        detail: String,
    },
    /// What was decided before does not fit what there is now, or must be confirmed first.
    #[error("{detail}")]
    Conflict {
        /// The kind of problem, as the API names it.
        kind: &'static str,
        /// What stands against it, and the way out.
        detail: String,
    },
    /// Too many wrong passwords came for a name from one source.
    #[error(
        "too many wrong passwords for this name from where you are; wait {seconds} s and try again, or ask for a temporary password"
    )]
    Throttled {
        /// How long to wait.
        seconds: i64,
    },
    /// The guard keeps a connection from putting out more people (SECURITY S46).
    #[error("{0}")]
    Quarantined(Box<Tripped>),
    /// The user or group belongs to another source, which the caller may not change.
    #[error(
        "the {kind} {id} belongs to another connection ({owner}), and this one may only read it; an administrator can let this one \
         change all with its setting others=change, or give it a user with the command transfer"
    )]
    Foreign {
        /// What it is: user or group.
        kind: &'static str,
        /// Which.
        id: Uuid,
        /// The connection that owns it.
        owner: ConnectionId,
    },
    /// The public keys of a trusted issuer, or of a client, cannot be had, and none are known.
    #[error(
        "the public keys that a token has to be checked with cannot be fetched; try again in {seconds} s"
    )]
    IssuerAway {
        /// How long to wait.
        seconds: i64,
    },
    /// A connection sent more than its limit, or somebody without a credential more than anybody may.
    #[error("too many requests; wait {seconds} s and send them more slowly")]
    TooMany {
        /// After how long there is room for one.
        seconds: u64,
    },
    /// Name or password is wrong; which, is not said.
    #[error("the name or the password is wrong")]
    WrongCredentials,
    /// The session or token is missing, ended or unknown.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Others changed the same thing over and over while this was tried.
    #[error("the resource is being changed by others; try again")]
    Contended,
    /// The machine has no randomness to give.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// Hashing a password failed.
    #[error("password hash: {0}")]
    Hash(String),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// A row holds no JSON, or a token could not be signed.
    #[error("{0}")]
    Broken(String),
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSeat { limit, used } => AppError::Refused(Refusal::NoSeat { limit, used }),
            error => AppError::Store(error),
        }
    }
}

impl From<Unsearchable> for AppError {
    fn from(error: Unsearchable) -> Self {
        AppError::Scim(ScimError::invalid_filter(error.to_string()))
    }
}

impl StoreFailure for AppError {
    fn store(&self) -> Option<&StoreError> {
        match self {
            AppError::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<serde_json::Error> for AppError {
    fn from(error: serde_json::Error) -> Self {
        AppError::Broken(format!("stored JSON: {error}"))
    }
}

impl From<diesel::result::Error> for AppError {
    fn from(error: diesel::result::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl AppError {
    /// A value of the request that cannot be used: which field, what is wrong with it, and the way out.
    pub fn invalid(field: impl Into<Cow<'static, str>>, detail: String) -> Self {
        AppError::Invalid { field: field.into(), detail }
    }

    /// What the caller may not do, and who may.
    pub fn forbidden(detail: &str) -> Self {
        ScimError::forbidden(detail.to_owned()).into()
    }

    /// The field of the request that cannot be used.
    pub fn field(&self) -> Option<&str> {
        match self {
            AppError::Invalid { field, .. } => Some(field),
            AppError::Scim(error) if error.scim_type == Some(ScimType::InvalidFilter) => Some("filter"),
            _ => None,
        }
    }

    /// The HTTP status, the same on every surface.
    pub fn status(&self) -> u16 {
        match self {
            AppError::Scim(error) => error.status,
            AppError::Refused(Refusal::Deleted) | AppError::NotFound(_) => 404,
            AppError::Foreign { .. } => 403,
            AppError::Refused(
                Refusal::PasswordChangeRequired
                | Refusal::Inactive { .. }
                | Refusal::NotStarted { .. }
                | Refusal::AccessExpired { .. }
                | Refusal::Locked { .. }
                | Refusal::Owner
                | Refusal::LastAdministrator
                | Refusal::OwnAccount
                | Refusal::HigherRole { .. }
                | Refusal::OwnerOnly
                | Refusal::NoSeat { .. },
            ) => 403,
            AppError::Refused(Refusal::Ownership) => 400,
            // The same as the refusal of a single seat.
            AppError::Conflict { kind: "no-free-seat", .. } => 403,
            AppError::Refused(_) | AppError::Conflict { .. } => 409,
            AppError::Invalid { .. } => 400,
            AppError::Throttled { .. } | AppError::TooMany { .. } | AppError::Quarantined(_) => 429,
            AppError::WrongCredentials | AppError::Unauthenticated(_) => 401,
            AppError::IssuerAway { .. }
            | AppError::Contended
            | AppError::Store(StoreError::Unavailable(_) | StoreError::TimedOut | StoreError::Deadlock(_)) => {
                503
            }
            AppError::Store(StoreError::Taken(_)) => 409,
            AppError::Store(_) | AppError::Random(_) | AppError::Hash(_) | AppError::Broken(_) => 500,
        }
    }

    /// The error of the protocol, as the caller may read it.
    pub fn to_scim(&self) -> ScimError {
        match self {
            AppError::Scim(error) => error.clone(),
            AppError::Invalid { .. } => ScimError::invalid_value(self.public_detail()),
            AppError::Refused(Refusal::Ownership) => ScimError::mutability(self.public_detail()),
            AppError::Store(StoreError::Taken(_)) => ScimError::uniqueness(self.public_detail()),
            _ => ScimError { status: self.status(), scim_type: None, detail: self.public_detail() },
        }
    }

    /// What the caller may know: the whole message below 500, and nothing of a fault of ours.
    pub fn public_detail(&self) -> String {
        match self {
            AppError::Store(StoreError::Taken(_)) => {
                "a value that must be unique was taken by another request at the same time; read and try again"
                    .to_owned()
            }
            AppError::IssuerAway { .. } => self.to_string(),
            _ if self.status() < 500 => self.to_string(),
            _ if self.status() == 503 => "the server is busy or its database is away; try again shortly".to_owned(),
            _ => "internal error; the X-Request-Id of this answer leads to its cause in the server's log".to_owned(),
        }
    }
}
