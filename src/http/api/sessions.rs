//! /sessions

use crate::app::sessions::{self, Credentials, SignedIn};
use crate::app::{AppError, Rules, mapping, tenants};
use crate::http::State;
use crate::http::auth::{bearer, refusal};
use crate::http::body::{ApiBody, required_text, text};
use crate::http::caller::personal;
use crate::http::envelope::{Envelope, Failure};
use crate::store::accounts::AccountRow;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use uuid::Uuid;

type Answer = Result<HttpResponse, Failure>;

/// Signs a person in: `{"tenant", "userName", "password"}`, and `newPassword` where the present one is temporary.
pub(super) async fn sign_in(request: HttpRequest, state: web::Data<State>, ApiBody(body): ApiBody) -> Answer {
    let signed_in = try_sign_in(&request, &state, body).await.map_err(Failure::problem)?;
    let SignedIn { token, expires_at, account } = signed_in;
    let mut answer = person(&account)?;
    answer["token"] = token.expose_secret().into();
    answer["expiresAt"] = mapping::time(expires_at).into();
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

/// Who is signed in.
pub(super) async fn current(request: HttpRequest, state: web::Data<State>) -> Answer {
    let token = session_token(&request)?;
    let now = state.clock.now();
    let (tenant, _, live) = match sessions::current(&state.db, &token, now).await {
        Ok(current) => current,
        Err(error) => return Ok(refusal(Envelope::Problem, &error)),
    };
    let call = personal(&request, &state, tenant, Actor::Account(live.account));
    let found = state.db.run(tenant, move |conn| crate::app::accounts::find(conn, &call, live.account)).await;
    let row = found.map_err(Failure::problem)?;
    let mut answer = person(&row)?;
    answer["expiresAt"] = mapping::time(sessions::end(&row.account, live.expires_at)).into();
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

/// Ends the session.
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

fn person(row: &AccountRow) -> Result<Value, Failure> {
    let attributes: Map<String, Value> =
        serde_json::from_str(&row.resource).map_err(|e| Failure::problem(AppError::from(e)))?;
    let mut person = json!({"accountId": row.id.to_string()});
    for name in ["userName", "displayName"] {
        if let Some(value) = attributes.get(name) {
            person[name] = value.clone();
        }
    }
    Ok(person)
}
