//! /audit, for administrators.

use crate::app::{AppError, audit, mapping};
use crate::http::State;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use std::str::FromStr;

/// Who did what, newest first: `?resourceId=`, `?limit=` (100), `?before=` for the next page.
pub(super) async fn list(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, .. }: Caller,
) -> Result<HttpResponse, Failure> {
    let resource = parameter(&request, "resourceId", "an id")?;
    let before = parameter(&request, "before", "the `next` of the page before")?;
    let limit = parameter(&request, "limit", "a whole number")?.unwrap_or(100_i64);
    let listed =
        state.db.run(call.tenant, move |conn| audit::list(conn, &call, resource, before, limit)).await;
    let rows = listed.map_err(Failure::problem)?;
    let full = i64::try_from(rows.len()).is_ok_and(|n| n == limit.clamp(1, audit::MAX_PAGE));
    let next = rows.last().filter(|_| full).map(|row| row.seq);
    let entries: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            json!({
                "at": mapping::time(row.at),
                "actor": row.actor,
                "action": row.action,
                "resourceId": row.resource_id,
                "attributes": row.attributes,
                "facts": row.facts,
                "requestId": row.request_id,
            })
        })
        .collect();
    let mut answer = json!({"entries": entries});
    if let Some(next) = next {
        answer["next"] = next.into();
    }
    Ok(HttpResponse::Ok().json(answer))
}

fn parameter<T: FromStr>(
    request: &HttpRequest,
    field: &'static str,
    expected: &str,
) -> Result<Option<T>, Failure> {
    let Some(text) = query::value(request.query_string(), field) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let shown = rollcall_scim::error::shorten(&text);
        Failure::problem(AppError::Invalid {
            field,
            detail: format!("{shown:?} cannot be read; send {expected}"),
        })
    })
}
