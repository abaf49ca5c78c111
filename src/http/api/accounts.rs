//! /accounts, for administrators.

use super::id_in;
use super::problems::Problems;
use crate::app::accounts::{self, AccountList, AccountView};
use crate::app::audit::{Position, Wanted};
use crate::app::commands::{self, Done, Order};
use crate::app::mapping;
use crate::app::timeline::{self, Timeline};
use crate::http::State;
use crate::http::body::{Nothing, Typed};
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_domain::ids::AccountId;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

type Answer = Result<HttpResponse, Failure>;

/// The accounts
///
/// The same filters, orders and pages as SCIM's `/Users`, over the same attributes; those of the life cycle are in
/// `urn:ietf:params:scim:schemas:extension:rollcall:2.0:User`.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts",
    params(
        ("filter" = Option<String>, Query, description = "A filter of RFC 7644 §3.4.2.2, such as `active eq true`"),
        ("sortBy" = Option<String>, Query, description = "The attribute to sort by"),
        ("sortOrder" = Option<String>, Query, description = "ascending or descending"),
        ("startIndex" = Option<i64>, Query, description = "The first account of the page, from 1"),
        ("count" = Option<i64>, Query, description = "Accounts of the page, at most 1000"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before; empty for the first"),
    ),
    responses((status = 200, description = "A page", body = AccountList), Problems))]
pub(super) async fn list(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
) -> Answer {
    let query = query::scim(request.query_string()).map_err(Failure::problem)?;
    let listed = state.db.run(call.tenant, move |conn| accounts::list(conn, &rules, &call, &query)).await;
    Ok(HttpResponse::Ok().json(listed.map_err(Failure::problem)?))
}

/// An account
///
/// Who it is and where it stands.
#[utoipa::path(get, path = "/api/v1/accounts/{id}", tag = "accounts",
    params(("id" = String, Path, description = "The SCIM id")),
    responses((status = 200, description = "The account", body = AccountView), Problems))]
pub(super) async fn get(
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let (id, now) = (account_id(&id)?, call.now);
    let found = state.db.run(call.tenant, move |conn| accounts::find(conn, &call, id)).await;
    let view = AccountView::new(&found.map_err(Failure::problem)?, &rules.policy, now);
    Ok(HttpResponse::Ok().json(view.map_err(Failure::problem)?))
}

/// A command for an account
///
/// Deactivate, reactivate, dates, role, lock, owner, erase. Nothing is changed by one that changes nothing.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/commands", tag = "accounts",
    params(("id" = String, Path, description = "The SCIM id")),
    request_body = Order,
    responses((status = 200, description = "What became of it", body = Done), Problems))]
pub(super) async fn command(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<String>,
    Typed(order): Typed<Order>,
) -> Result<HttpResponse, actix_web::Error> {
    let id = account_id(&id)?;
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let done = crate::app::operate(&state.db, &state.clock, &call, move |conn, call| {
        commands::run(conn, &rules, call, id, &order)
    });
    let (done, _) = done.await.map_err(Failure::problem)?;
    Ok(HttpResponse::Ok().json(done))
}

/// The history of an account
///
/// Where it stands, why, since when and by whom, what will happen next, and what happened, the newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{id}/timeline", tag = "accounts",
    params(
        ("id" = String, Path, description = "The SCIM id"),
        ("limit" = Option<i64>, Query, description = "Events at most, 1 to 1000; 100 when it is left out"),
        ("before" = Option<String>, Query, description = "`before` of the page before"),
    ),
    responses((status = 200, description = "The history", body = Timeline), Problems))]
pub(super) async fn timeline(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let id = account_id(&id)?;
    let before: Option<Position> = query::parameter(&request, "before", "a position")?;
    let limit = query::limit(&request)?;
    let wanted = before.map_or(Wanted::Newest, Wanted::Before);
    let shown =
        state.db.run(call.tenant, move |conn| timeline::show(conn, &rules, &call, id, wanted, limit)).await;
    Ok(HttpResponse::Ok().json(shown.map_err(Failure::problem)?))
}

/// What replaces a password, shown once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TemporaryPassword {
    /// A password that can be read out; it opens nothing but the change to a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    temporary_password: Option<String>,
    /// Where the policy hands out links: the secret to put into one, for `POST /api/v1/password-resets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_token: Option<String>,
    /// Until when it can be used.
    expires_at: String,
}

/// A temporary password
///
/// Replaces the password and ends every session. What replaces it is in the answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/temporary-password", tag = "credentials",
    params(("id" = String, Path, description = "The SCIM id")),
    responses((status = 201, description = "What to hand over", body = TemporaryPassword), Problems))]
pub(super) async fn issue_temporary_password(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<String>,
    Typed(Nothing {}): Typed<Nothing>,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let id = account_id(&id)?;
    let issued = accounts::issue_temporary_password(&state.db, &state.hasher, &rules, &call, id).await;
    let issued = issued.map_err(Failure::problem)?;
    let secret = issued.secret.expose_secret().to_owned();
    let (temporary_password, reset_token) =
        if issued.is_for_a_link { (None, Some(secret)) } else { (Some(secret), None) };
    let expires_at = mapping::time(issued.expires_at);
    Ok(HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(TemporaryPassword {
        temporary_password,
        reset_token,
        expires_at,
    }))
}

pub(super) fn account_id(id: &str) -> Result<AccountId, Failure> {
    id_in(id, accounts::not_found).map(AccountId)
}
