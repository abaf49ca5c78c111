//! /introspect: what the platform's backend asks with the token of a session (RFC 7662).

use super::problems::Problems;
use crate::app::tokens::Scope;
use crate::app::{AppError, sessions};
use crate::http::State;
use crate::http::access;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::store::accounts::AccountRow;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use rollcall_scim::error::ScimError;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// The form of RFC 7662 §2.1.
#[derive(Deserialize, ToSchema)]
pub(super) struct Question {
    /// The token of a session.
    token: String,
    /// Ignored: there is one kind.
    #[expect(dead_code, reason = "a client may send it (RFC 7662 §2.1)")]
    token_type_hint: Option<String>,
}

/// The answer of RFC 7662 §2.2. Of a token that is not active nothing else is said.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct Introspection {
    /// Whether it is the token of a session of this tenant that lives.
    active: bool,
    /// The SCIM id of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<Uuid>,
    /// The user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// What the person does on the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// `console` where the session opens this API by the role of its holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// When the session ends, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// Introspect the token of a session
///
/// Whether it lives is read from the database at every request: who was deactivated before is not active.
#[utoipa::path(post, path = "/api/v1/introspect", tag = "sessions",
    request_body(content = Question, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Whether it lives, and whose it is", body = Introspection), Problems))]
pub(super) async fn introspect(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    question: Result<web::Form<Question>, actix_web::Error>,
) -> Result<HttpResponse, Failure> {
    let question = question.map_err(|error| {
        if error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE {
            return Failure::problem(ScimError::payload_too_large(
                "the form is too large; a token is short".to_owned(),
            ));
        }
        // Not in the words of the library that reads forms.
        let detail = "stands in no form that can be read, or not once; send token=<token of the session> as application/x-www-form-urlencoded";
        Failure::problem(AppError::invalid("token", detail.to_owned()))
    })?;
    let token = SecretString::from(question.into_inner().token);
    let found = sessions::introspect(&state.db, &call, &token).await.map_err(Failure::problem)?;
    let answer = match found {
        None => Introspection::default(),
        Some((end, row)) => of(end, &row).map_err(Failure::problem)?,
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

fn of(end: DateTime<Utc>, row: &AccountRow) -> Result<Introspection, AppError> {
    let attributes: Map<String, Value> = serde_json::from_str(&row.resource)?;
    Ok(Introspection {
        active: true,
        sub: Some(row.id.0),
        username: attributes.get("userName").and_then(Value::as_str).map(str::to_owned),
        role: Some(row.account.role.as_str()),
        scope: (!access::of_role(row.account.role).is_empty()).then_some(Scope::Console.as_str()),
        token_type: Some("Bearer"),
        exp: Some(end.timestamp()),
    })
}
