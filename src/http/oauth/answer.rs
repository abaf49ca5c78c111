//! The answers of the token endpoint (RFC 6749 §5.1, §5.2). They are not kept by anybody on the way.

use crate::app::AppError;
use crate::app::oauth::grant::{Denied, Granted};
use crate::http::envelope::Cause;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use secrecy::ExposeSecret;
use serde_json::json;

/// Why there is no token.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The request breaks the rules.
    Malformed(String),
    /// Its body is too large, or too late.
    Body(u16, String),
    /// Another grant.
    UnsupportedGrant,
    /// What came of a request in good form.
    Denied(Denied),
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Refusal::Denied(denied)
    }
}

impl Refusal {
    pub(super) fn answer(self) -> HttpResponse {
        match self {
            Refusal::Malformed(detail) => error(400, "invalid_request", &detail).finish_with(),
            Refusal::Body(status, detail) => error(status, "invalid_request", &detail).finish_with(),
            Refusal::UnsupportedGrant => {
                error(400, "unsupported_grant_type", "there is one grant: client_credentials").finish_with()
            }
            Refusal::Denied(Denied::Scope) => error(
                400,
                "invalid_scope",
                "the client cannot have this scope; leave it out to get what it can",
            )
            .finish_with(),
            Refusal::Denied(Denied::Client) => {
                let mut answer = error(
                    401,
                    "invalid_client",
                    "the client is not known, or its secret or assertion is not good: wrong, expired, revoked, used before, or not made for this server",
                );
                // RFC 9110 §15.5.2 wants one with every 401.
                answer
                    .response
                    .insert_header((WWW_AUTHENTICATE, "Basic realm=\"rollcall\", charset=\"UTF-8\""));
                answer.finish_with()
            }
            Refusal::Denied(Denied::Other(cause)) => other(&cause),
        }
    }
}

fn other(cause: &AppError) -> HttpResponse {
    if let AppError::Throttled { seconds } = cause {
        let detail =
            format!("too many failures of this client from where you are; wait {seconds} s and try again");
        let mut answer = error(429, "temporarily_unavailable", &detail);
        answer.response.insert_header((RETRY_AFTER, seconds.to_string()));
        return answer.finish_with();
    }
    let busy = cause.status() == 503;
    let (status, code) = if busy { (503, "temporarily_unavailable") } else { (500, "server_error") };
    let mut answer = error(status, code, &cause.public_detail());
    if busy {
        let seconds = if let AppError::IssuerAway { seconds } = cause { *seconds } else { 1 };
        answer.response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    let mut response = answer.finish_with();
    response.extensions_mut().insert(Cause(cause.to_string()));
    response
}

/// An answer that is not sent yet.
struct Answer {
    response: HttpResponseBuilder,
    body: serde_json::Value,
}

impl Answer {
    fn finish_with(mut self) -> HttpResponse {
        self.response.json(self.body)
    }
}

fn error(status: u16, code: &str, detail: &str) -> Answer {
    let mut response =
        HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    unkept(&mut response);
    // Only what RFC 6749 §5.2 lets stand there.
    let printable = |c: char| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '\'' };
    let detail: String = detail.chars().map(printable).collect();
    Answer { response, body: json!({"error": code, "error_description": detail}) }
}

/// The access token.
pub(super) fn granted(granted: &Granted) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    unkept(&mut response);
    response.json(json!({
        "access_token": granted.token.expose_secret(),
        "token_type": "Bearer",
        "expires_in": granted.expires_in,
        "scope": granted.scope.as_str(),
    }))
}

fn unkept(response: &mut HttpResponseBuilder) {
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
}
