//! One error envelope per surface: SCIM Error on /scim (RFC 7644 §3.12), problem details elsewhere (RFC 9457).

use crate::app::AppError;
use crate::app::quarantines::RETRY_IN_QUARANTINE;
use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use rollcall_domain::refusal::Refusal;
use serde_json::{Value, json};
use std::fmt;

/// Content type of SCIM answers.
pub(super) const SCIM_JSON: &str = "application/scim+json";

/// The envelope of a surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Envelope {
    /// SCIM Error.
    Scim,
    /// Problem details.
    Problem,
}

impl Envelope {
    /// The envelope of the surface that an address is on.
    pub(super) fn of(path: &str) -> Self {
        if path.starts_with("/scim") { Envelope::Scim } else { Envelope::Problem }
    }
}

/// An error on its way out of a handler.
#[derive(Debug)]
pub(super) struct Failure {
    envelope: Envelope,
    error: AppError,
}

impl Failure {
    pub(super) fn scim(error: impl Into<AppError>) -> Self {
        Self { envelope: Envelope::Scim, error: error.into() }
    }

    pub(super) fn problem(error: impl Into<AppError>) -> Self {
        Self { envelope: Envelope::Problem, error: error.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        status_code(&self.error)
    }

    fn error_response(&self) -> HttpResponse {
        error_response(self.envelope, &self.error)
    }
}

fn status_code(error: &AppError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The answer for an error.
pub(super) fn error_response(envelope: Envelope, error: &AppError) -> HttpResponse {
    let status = status_code(error);
    let mut response = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((RETRY_AFTER, "1"));
    }
    if let AppError::Throttled { seconds } | AppError::IssuerAway { seconds } = error {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    if let AppError::Quarantined(_) = error {
        response.insert_header((RETRY_AFTER, RETRY_IN_QUARANTINE));
    }
    if let AppError::TooMany { seconds } = error {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"rollcall\""));
    }
    let mut response = match envelope {
        Envelope::Scim => response.content_type(SCIM_JSON).body(error.to_scim().to_json().to_string()),
        Envelope::Problem => {
            response.content_type("application/problem+json").body(problem(error, status).to_string())
        }
    };
    if matches!(status, StatusCode::INTERNAL_SERVER_ERROR | StatusCode::SERVICE_UNAVAILABLE) {
        response.extensions_mut().insert(Cause(error.to_string()));
    }
    response
}

/// Why an answer is a 5xx: for the log, where it stands with the id of the request, and never for the client.
pub(super) struct Cause(pub(super) String);

fn problem(error: &AppError, status: StatusCode) -> Value {
    let kind = match error {
        AppError::Refused(Refusal::PasswordChangeRequired) => "password-change-required",
        AppError::Refused(Refusal::Inactive { .. }) => "account-inactive",
        AppError::Refused(Refusal::NotStarted { .. }) => "account-not-started",
        AppError::Refused(Refusal::AccessExpired { .. }) => "account-expired",
        AppError::Refused(Refusal::TemporaryPasswordExpired { .. }) => "temporary-password-expired",
        AppError::Refused(Refusal::NoPassword) => "no-password",
        AppError::Refused(Refusal::Locked { .. }) => "account-locked",
        AppError::Refused(Refusal::Owner) => "account-of-the-owner",
        AppError::Refused(Refusal::OwnAccount | Refusal::HigherRole { .. } | Refusal::OwnerOnly) => {
            "not-in-your-power"
        }
        AppError::Refused(Refusal::NoSeat { .. }) => "no-free-seat",
        AppError::Refused(Refusal::Ends { .. }) => "account-ends",
        AppError::Refused(Refusal::Expired { .. }) => "expired-needs-new-date",
        AppError::Conflict { kind, .. } => kind,
        AppError::Refused(Refusal::LastAdministrator) => "last-administrator",
        AppError::Throttled { .. } => "too-many-attempts",
        AppError::Quarantined(_) => "connection-in-quarantine",
        AppError::Foreign { .. } => "account-of-another-connection",
        AppError::TooMany { .. } => "too-many-requests",
        AppError::WrongCredentials => "wrong-credentials",
        _ => "",
    };
    let mut problem = json!({
        "type": if kind.is_empty() { "about:blank".to_owned() } else { format!("urn:rollcall:problem:{kind}") },
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": error.public_detail(),
    });
    if let Some(field) = error.field() {
        problem["field"] = field.into();
    }
    problem
}
