//! /audit, for administrators.

use crate::app::audit::{self, EntryRow, Wanted};
use crate::app::{AppError, mapping};
use crate::http::State;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use std::str::FromStr;

/// Who did what: `?resourceId=`, `?limit=` (100). Newest first, with `?before=` for the next page; with `?after=` in the order
/// of the sequence of changes, for a reader that follows it.
pub(super) async fn list(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, .. }: Caller,
) -> Result<HttpResponse, Failure> {
    let resource = parameter(&request, "resourceId", "an id")?;
    let place = "a position, as `next` of the page before, or 0-0 for the beginning";
    let before = parameter(&request, "before", place)?.map(Wanted::Before);
    let after = parameter(&request, "after", place)?.map(Wanted::After);
    let limit = parameter(&request, "limit", "a whole number")?.unwrap_or(100_i64);
    let wanted = match (before, after) {
        (Some(_), Some(_)) => {
            let detail = "and before exclude each other; send one of them".to_owned();
            return Err(Failure::problem(AppError::Invalid { field: "after", detail }));
        }
        (one, other) => one.or(other).unwrap_or(Wanted::Newest),
    };
    let listed =
        state.db.run(call.tenant, move |conn| audit::list(conn, &call, resource, wanted, limit)).await;
    let rows = listed.map_err(Failure::problem)?;
    let full = i64::try_from(rows.len()).is_ok_and(|n| n == limit.clamp(1, audit::MAX_PAGE));
    let next = match wanted {
        // The last position read is where the next reading begins, today or tomorrow.
        Wanted::After(position) => Some(rows.last().map_or(position, EntryRow::position)),
        Wanted::Newest | Wanted::Before(_) => rows.last().filter(|_| full).map(EntryRow::position),
    };
    let entries: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            json!({
                "position": row.position().to_string(),
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
        answer["next"] = next.to_string().into();
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
