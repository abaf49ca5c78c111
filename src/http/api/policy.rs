//! /policy and /seats, for administrators.

use super::problems::Problems;
use super::quarantines::by_hand;
use super::to_the_end;
use crate::app::AppError;
use crate::app::policy::{self, TenantPolicy};
use crate::app::seats::{self, Seats};
use crate::app::tokens::MAX_AGE_OF_A_YES;
use crate::http::State;
use crate::http::body::ApiBody;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use actix_web::rt::time::sleep;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

type Answer = Result<HttpResponse, Failure>;

/// The policy of the tenant.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the operation answers")]
pub(super) struct PolicyView {
    /// What it starts from.
    preset: String,
    /// What holds, by key.
    settings: BTreeMap<String, String>,
    /// The keys that were set singly.
    set_singly: Vec<String>,
}

/// The policy
///
/// What the tenant set of the life cycle, and what holds.
#[utoipa::path(get, path = "/api/v1/policy", tag = "settings",
    responses((status = 200, description = "The policy", body = PolicyView), Problems))]
pub(super) async fn get(state: web::Data<State>, Caller { call, .. }: Caller) -> Answer {
    let shown = state.db.run(call.tenant, move |conn| policy::show(conn, call.tenant)).await;
    answer(&shown.map_err(Failure::problem)?)
}

/// Change the policy
///
/// `{"preset": "united", "seat.basis": "account", "mail.while_inactive": null}`: those that are not named stay, a null gives one back to
/// the preset.
#[utoipa::path(patch, path = "/api/v1/policy", tag = "settings", request_body = BTreeMap<String, Option<String>>,
    responses((status = 200, description = "The policy", body = PolicyView), Problems))]
pub(super) async fn change(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    ApiBody(body): ApiBody,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, .. } = caller.still(&request).await?;
    let (tenant, by, db) = (call.tenant, by_hand(&call)?, state.db.clone());
    let changing = async move {
        let changed = db.run(tenant, move |conn| policy::set(conn, tenant, &body, &by)).await?;
        // The answer is a promise: when it comes, every server decides by the new policy, and what one decided by the old one until
        // then is counted again.
        sleep(MAX_AGE_OF_A_YES).await;
        db.run(tenant, move |conn| policy::recount(conn, tenant, &by)).await?;
        Ok(changed)
    };
    Ok(answer(&to_the_end(changing).await?)?)
}

fn answer(policy: &TenantPolicy) -> Answer {
    Ok(HttpResponse::Ok().json(policy.to_json().map_err(Failure::problem)?))
}

/// The seats of the tenant.
#[derive(Serialize, ToSchema)]
pub(super) struct SeatsView {
    /// How many there are; null for as many as are needed.
    limit: Option<i64>,
    /// How many are taken.
    used: i64,
}

/// How many seats there are to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the operation reads")]
pub(super) struct NewSeats {
    /// 0 or more, or null for as many as are needed.
    #[schema(required)]
    limit: Option<i64>,
}

/// The seats
#[utoipa::path(get, path = "/api/v1/seats", tag = "settings",
    responses((status = 200, description = "How many, and how many are taken", body = SeatsView), Problems))]
pub(super) async fn seats(state: web::Data<State>, Caller { call, .. }: Caller) -> Answer {
    let (tenant, by) = (call.tenant, call.by());
    let shown = state.db.run(tenant, move |conn| seats::show(conn, tenant, &by)).await;
    Ok(of_seats(shown.map_err(Failure::problem)?))
}

/// Set how many seats there are
///
/// Nobody loses one by it.
#[utoipa::path(put, path = "/api/v1/seats", tag = "settings", request_body = NewSeats,
    responses((status = 200, description = "How many, and how many are taken", body = SeatsView), Problems))]
pub(super) async fn set_seats(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    ApiBody(body): ApiBody,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, .. } = caller.still(&request).await?;
    let limit = match body.get("limit") {
        Some(Value::Null) => Ok(None),
        Some(number) if number.is_i64() => Ok(number.as_i64()),
        _ => {
            let detail =
                "is missing or no whole number; send {\"limit\": 50}, or null for no limit".to_owned();
            Err(Failure::problem(AppError::invalid("limit", detail)))
        }
    }?;
    let (tenant, by) = (call.tenant, call.by());
    let set = state.db.run(tenant, move |conn| seats::set_limit(conn, tenant, limit, &by)).await;
    Ok(of_seats(set.map_err(Failure::problem)?))
}

fn of_seats(Seats { limit, used }: Seats) -> HttpResponse {
    HttpResponse::Ok().json(SeatsView { limit, used })
}
