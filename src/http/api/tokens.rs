//! /tokens: the bearer tokens of the tenant's connections.

use super::id_in;
use super::problems::Problems;
use crate::app::tokens::{self, Scope, TokenView};
use crate::app::{AppError, mapping};
use crate::http::State;
use crate::http::access;
use crate::http::body::Typed;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Duration;
use rollcall_scim::error::ScimError;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Days of a token's life at most.
const MAX_DAYS: u16 = 3_650;

/// The tokens that were issued for the tenant.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenList {
    /// The newest first. The tokens themselves are shown once, where they are issued.
    tokens: Vec<TokenView>,
}

/// A token to issue.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewToken {
    /// Name of the connection that acts with it.
    connection: String,
    /// scim, scim.read, api or api.read: nothing that you could not do yourself.
    scope: String,
    /// Days until it ends, 1 to 3650; until it is revoked when it is left out.
    expires_in_days: Option<u16>,
}

/// A token, shown once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssuedToken {
    /// The token.
    token: String,
    /// Its id, by which it is revoked.
    id: Uuid,
    /// Name of the connection that acts with it.
    connection: String,
    /// What it opens.
    scope: &'static str,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

/// The tokens
///
/// When each was last used, and a warning for those that end soon.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "credentials",
    responses((status = 200, description = "All of them", body = TokenList), Problems))]
pub(super) async fn list(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
) -> Result<HttpResponse, Failure> {
    let listed = state.db.run(call.tenant, move |conn| tokens::list(conn, call.tenant, call.now)).await;
    Ok(HttpResponse::Ok().json(TokenList { tokens: listed.map_err(Failure::problem)? }))
}

/// Issue a token
///
/// For a connection that there is. The token is in the answer and nowhere else; any number of a connection may live at a time.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "credentials", request_body = NewToken,
    responses((status = 201, description = "The token", body = IssuedToken), Problems))]
pub(super) async fn issue(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    Typed(NewToken { connection, scope, expires_in_days }): Typed<NewToken>,
) -> Result<HttpResponse, actix_web::Error> {
    let scope = Scope::from_word(&scope).ok_or_else(|| {
        let all = Scope::ISSUED.map(Scope::as_str).join(", ");
        let detail = format!("{:?} is none; choose one of {all}", mapping::shorten(&scope));
        Failure::problem(AppError::invalid("scope", detail))
    })?;
    if let Some(days) = expires_in_days.filter(|days| !(1..=MAX_DAYS).contains(days)) {
        let detail = format!("{days} is not from 1 to {MAX_DAYS}; choose fewer, or leave it out");
        return Err(Failure::problem(AppError::invalid("expiresInDays", detail)).into());
    }
    let caller = caller.still(&request).await?;
    if !access::may_issue(caller.rights, scope) {
        let detail = format!(
            "a token of the scope {} opens more than you may do yourself; ask the owner, or the operator of the server",
            scope.as_str()
        );
        return Err(Failure::problem(ScimError::forbidden(detail)).into());
    }
    let (name, call) = (connection.clone(), caller.call);
    let issued = crate::app::operate(&state.db, &state.clock, &call, move |conn, call| {
        let expires_at = expires_in_days.map(|days| call.now + Duration::days(days.into()));
        let issued = tokens::issue_for(conn, call.tenant, &name, scope, expires_at, &call.by())?;
        Ok((issued, expires_at))
    });
    let ((issued, expires_at), _) = issued.await.map_err(Failure::problem)?;
    Ok(HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(IssuedToken {
        token: issued.token.expose_secret().to_owned(),
        id: issued.id,
        connection,
        scope: scope.as_str(),
        expires_at: expires_at.map(mapping::time),
    }))
}

/// Revoke a token
///
/// Every server refuses it within a second. Your own, too.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "credentials",
    params(("id" = String, Path, description = "The id of the token")),
    responses((status = 204, description = "It is revoked"), Problems))]
pub(super) async fn revoke(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let id = id_in(&id, tokens::no_token)?;
    let revoked = crate::app::operate(&state.db, &state.clock, &call, move |conn, call| {
        tokens::revoke_by(conn, call.tenant, id, &call.by())
    });
    revoked.await.map_err(Failure::problem)?;
    Ok(HttpResponse::NoContent().finish())
}
