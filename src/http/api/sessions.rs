//! /sessions

use super::problems::Problems;
use crate::app::sessions::{self, Credentials, SignedIn};
use crate::app::{AppError, Rules, accounts, mapping, tenants};
use crate::http::State;
use crate::http::auth::{bearer, refusal};
use crate::http::body::{ApiBody, Typed, required_text, text};
use crate::http::caller::{client_address, personal};
use crate::http::envelope::{Envelope, Failure};
use crate::store::accounts::AccountRow;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

type Answer = Result<HttpResponse, Failure>;

/// What a person signs in with.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "describes the body, whose fields are read one by one for the sake of the messages"
)]
pub(super) struct SignIn {
    /// Name of the tenant.
    tenant: String,
    /// User name or e-mail address, in any letter case.
    user_name: String,
    /// The present password.
    password: String,
    /// The password to set with the same step; needed when the present one is temporary.
    new_password: Option<String>,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    /// The SCIM id.
    account_id: Uuid,
    /// The user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    /// What people call the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// When the session ends by itself.
    expires_at: String,
    /// The token of the session, shown once: where it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Sign in
///
/// With `newPassword` the same request changes the password; a temporary one has to be changed.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()), request_body = SignIn,
    responses((status = 201, description = "The session", body = Session), Problems))]
pub(super) async fn sign_in(request: HttpRequest, state: web::Data<State>, ApiBody(body): ApiBody) -> Answer {
    let signed_in = try_sign_in(&request, &state, body).await.map_err(Failure::problem)?;
    let SignedIn { token, expires_at, account } = signed_in;
    let answer = person(&account, expires_at, Some(token.expose_secret().to_owned()))?;
    Ok(HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

async fn try_sign_in(
    request: &HttpRequest,
    state: &State,
    body: Map<String, Value>,
) -> Result<SignedIn, AppError> {
    let tenant_name = required_text(&body, "tenant")?;
    let credentials = Credentials {
        name: required_text(&body, "userName")?,
        source: client_address(request, state),
        password: required_text(&body, "password")?.into(),
        new_password: text(&body, "newPassword")?.map(SecretString::from),
    };
    let tenant = state.db.run_without_tenant(move |conn| tenants::by_name(conn, &tenant_name));
    let (tenant, rules) = match tenant.await {
        Ok(tenant) => (tenant.id, state.verifier.rules_of_tenant(&state.db, tenant.id).await?),
        // Which tenants there are is nobody's business: an unknown one is as a wrong password, after the same work.
        Err(AppError::NotFound(_)) => {
            let nobody = TenantId(Uuid::nil());
            let _ = state.verifier.rules_of_tenant(&state.db, nobody).await;
            (nobody, Rules::clone(&state.standard))
        }
        Err(other) => return Err(other),
    };
    let call = personal(request, state, tenant, Actor::Connection(ConnectionId(Uuid::nil())));
    sessions::sign_in(&state.db, &state.hasher, &rules, &call, credentials).await
}

/// Who is signed in
///
/// Asked with the token of the session; 401 once it has ended.
#[utoipa::path(get, path = "/api/v1/sessions/current", tag = "sessions", security(("session" = [])),
    responses((status = 200, description = "The session", body = Session), Problems))]
pub(super) async fn current(request: HttpRequest, state: web::Data<State>) -> Answer {
    let token = session_token(&request)?;
    let now = state.clock.now();
    let (_, expires_at, row) = match sessions::checked(&state.db, &token, now).await {
        Ok(checked) => checked,
        Err(error) => return Ok(refusal(Envelope::Problem, &error)),
    };
    let answer = person(&row, expires_at, None)?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

/// Sign out
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "sessions", security(("session" = [])),
    responses((status = 204, description = "It has ended"), Problems))]
pub(super) async fn sign_out(request: HttpRequest, state: web::Data<State>) -> Answer {
    let token = session_token(&request)?;
    let nobody = Actor::Connection(ConnectionId(Uuid::nil()));
    let call = personal(&request, &state, TenantId(Uuid::nil()), nobody);
    match sessions::sign_out(&state.db, &call, &token).await {
        Ok(()) => Ok(HttpResponse::NoContent().finish()),
        Err(error) => Ok(refusal(Envelope::Problem, &error)),
    }
}

fn session_token(request: &HttpRequest) -> Result<SecretString, Failure> {
    let missing = "this needs a session: send `Authorization: Bearer <token of the session>`";
    let token =
        bearer(request.headers()).ok_or_else(|| Failure::problem(AppError::Unauthenticated(missing)))?;
    Ok(token.to_owned().into())
}

fn person(row: &AccountRow, expires_at: DateTime<Utc>, token: Option<String>) -> Result<Session, Failure> {
    let attributes: Map<String, Value> =
        serde_json::from_str(&row.resource).map_err(|e| Failure::problem(AppError::from(e)))?;
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(Session {
        account_id: row.id.0,
        user_name: text("userName"),
        display_name: text("displayName"),
        expires_at: mapping::time(expires_at),
        token,
    })
}

/// The secret of a link, and the password to set.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Reset {
    /// `resetToken` of the temporary password that was issued.
    token: String,
    /// 8 to 128 characters.
    new_password: String,
}

/// Set a new password with the secret of a link
///
/// It works once. Signing in is a step of its own.
#[utoipa::path(post, path = "/api/v1/password-resets", tag = "sessions", security(()), request_body = Reset,
    responses((status = 204, description = "The password is set"), Problems))]
pub(super) async fn reset(
    request: HttpRequest,
    state: web::Data<State>,
    Typed(Reset { token, new_password }): Typed<Reset>,
) -> Answer {
    let (token, new_password) = (SecretString::from(token), SecretString::from(new_password));
    let tenant = accounts::tenant_of(&token);
    let rules = match state.verifier.rules_of_tenant(&state.db, tenant).await {
        Ok(rules) => rules,
        // A tenant that is none has no accounts either: the same answer after the same work.
        Err(AppError::Store(error)) if error.is_missing() => Rules::clone(&state.standard),
        Err(error) => return Err(Failure::problem(error)),
    };
    let call = personal(&request, &state, tenant, Actor::Connection(ConnectionId(Uuid::nil())));
    let reset = accounts::redeem(&state.db, &state.hasher, &rules, &call, &token, &new_password).await;
    reset.map_err(Failure::problem)?;
    Ok(HttpResponse::NoContent().finish())
}
