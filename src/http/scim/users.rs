//! /Users

use super::answer::{self, One, if_match};
use crate::app::{AppError, Call, Rules, accounts, mapping, users};
use crate::http::State;
use crate::http::body::ScimBody;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use crate::store::accounts::AccountRow;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_domain::ids::AccountId;
use rollcall_scim::project::Projection;
use uuid::Uuid;

type Answer = Result<HttpResponse, Failure>;

pub(super) async fn list(request: HttpRequest, state: web::Data<State>, Caller(call): Caller) -> Answer {
    let query = query::scim(request.query_string()).map_err(Failure::scim)?;
    let rules = state.rules.clone();
    let listed = state.db.run(call.tenant, move |conn| users::list(conn, &rules, &call, &query)).await;
    Ok(answer::json(&request, StatusCode::OK, listed.map_err(Failure::scim)?.to_json()))
}

/// The query as a body, for filters that do not fit an address or do not belong in one (RFC 7644 §3.4.3).
pub(super) async fn search(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    ScimBody(body): ScimBody,
) -> Answer {
    let query = query::search(&body).map_err(Failure::scim)?;
    let rules = state.rules.clone();
    let listed = state.db.run(call.tenant, move |conn| users::list(conn, &rules, &call, &query)).await;
    Ok(answer::json(&request, StatusCode::OK, listed.map_err(Failure::scim)?.to_json()))
}

pub(super) async fn create(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    ScimBody(body): ScimBody,
) -> Answer {
    let projection = answer::projection(&request, &state.rules, Rules::user).map_err(Failure::scim)?;
    let (rules, asking) = (state.rules.clone(), call.clone());
    let row = state.db.run(call.tenant, move |conn| users::create(conn, &rules, &asking, body)).await;
    let row = row.map_err(Failure::scim)?;
    let location = format!("{}/Users/{}", call.base, row.id);
    one(&state.rules, &call, &row, &projection)
        .map(|one| one.created(&request, &location))
        .map_err(Failure::scim)
}

pub(super) async fn get(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    id: web::Path<String>,
) -> Answer {
    let projection = answer::projection(&request, &state.rules, Rules::user).map_err(Failure::scim)?;
    let (id, asking) = (account_id(&id)?, call.clone());
    let row = state.db.run(call.tenant, move |conn| users::get(conn, &asking, id)).await;
    let row = row.map_err(Failure::scim)?;
    one(&state.rules, &call, &row, &projection)
        .map(|one| one.answer(&request, StatusCode::OK))
        .map_err(Failure::scim)
}

pub(super) async fn replace(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    id: web::Path<String>,
    ScimBody(body): ScimBody,
) -> Answer {
    let projection = answer::projection(&request, &state.rules, Rules::user).map_err(Failure::scim)?;
    let (id, if_match) = (account_id(&id)?, if_match(&request));
    let (rules, asking) = (state.rules.clone(), call.clone());
    let replaced = state
        .db
        .run(call.tenant, move |conn| users::replace(conn, &rules, &asking, id, body, if_match.as_deref()));
    let row = replaced.await.map_err(Failure::scim)?;
    one(&state.rules, &call, &row, &projection)
        .map(|one| one.answer(&request, StatusCode::OK))
        .map_err(Failure::scim)
}

pub(super) async fn patch(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    id: web::Path<String>,
    ScimBody(body): ScimBody,
) -> Answer {
    let projection = answer::projection(&request, &state.rules, Rules::user).map_err(Failure::scim)?;
    let (id, if_match) = (account_id(&id)?, if_match(&request));
    let (rules, asking) = (state.rules.clone(), call.clone());
    let patched = state
        .db
        .run(call.tenant, move |conn| users::patch(conn, &rules, &asking, id, body, if_match.as_deref()));
    let row = patched.await.map_err(Failure::scim)?;
    one(&state.rules, &call, &row, &projection)
        .map(|one| one.answer(&request, StatusCode::OK))
        .map_err(Failure::scim)
}

pub(super) async fn delete(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    id: web::Path<String>,
) -> Answer {
    let (id, if_match, rules) = (account_id(&id)?, if_match(&request), state.rules.clone());
    let deleted =
        state.db.run(call.tenant, move |conn| users::delete(conn, &rules, &call, id, if_match.as_deref()));
    deleted.await.map_err(Failure::scim)?;
    Ok(HttpResponse::NoContent().finish())
}

fn one(rules: &Rules, call: &Call, row: &AccountRow, projection: &Projection) -> Result<One, AppError> {
    let json = mapping::projected_user(rules.user(), row, &call.base, projection)?;
    Ok(One { json, etag: mapping::user_etag(row, &call.base), whole: projection.is_everything() })
}

/// What is no uuid is nobody's id: 404, as for every other id that does not exist.
fn account_id(id: &str) -> Result<AccountId, Failure> {
    let unknown = || -> AppError { accounts::not_found(&rollcall_scim::error::shorten(id)) };
    Uuid::try_parse(id).map(AccountId).map_err(|_| Failure::scim(unknown()))
}
