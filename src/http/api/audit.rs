//! /audit, for administrators.

use super::problems::Problems;
use crate::app::AppError;
use crate::app::audit::{self, EntryRow, Wanted};
use crate::http::State;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

/// Rows of the audit log.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditPage {
    /// The rows.
    entries: Vec<AuditEntry>,
    /// Where the next page begins: `before`, or `after` for a reader that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A change.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditEntry {
    /// The place in the sequence of changes.
    position: String,
    /// When.
    at: String,
    /// Who: connection:ID, account:ID, operator or worker.
    actor: String,
    /// What.
    action: String,
    /// To whom or what.
    resource_id: Uuid,
    /// Names of what changed, never values.
    attributes: Vec<String>,
    /// What followed.
    #[schema(value_type = Object)]
    facts: Box<RawValue>,
    /// The X-Request-Id of the answer.
    request_id: Uuid,
}

/// The audit log
///
/// Newest first, with `before` for the next page; with `after` in the order of the sequence of changes, for a reader that follows it.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit",
    params(
        ("resourceId" = Option<String>, Query, description = "Of this account, group or other thing only"),
        ("limit" = Option<i64>, Query, description = "Rows at most, 1 to 1000; 100 when it is left out"),
        ("before" = Option<String>, Query, description = "Rows before this position"),
        ("after" = Option<String>, Query, description = "Rows after this position; 0-0 for the beginning"),
    ),
    responses((status = 200, description = "Rows", body = AuditPage), Problems))]
pub(super) async fn list(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, .. }: Caller,
) -> Result<HttpResponse, Failure> {
    let resource = query::parameter(&request, "resourceId", "an id")?;
    let place = "a position, as `next` of the page before, or 0-0 for the beginning";
    let before = query::parameter(&request, "before", place)?.map(Wanted::Before);
    let after = query::parameter(&request, "after", place)?.map(Wanted::After);
    let limit = query::limit(&request)?;
    let wanted = match (before, after) {
        (Some(_), Some(_)) => {
            let detail = "and before exclude each other; send one of them".to_owned();
            return Err(Failure::problem(AppError::invalid("after", detail)));
        }
        (one, other) => one.or(other).unwrap_or(Wanted::Newest),
    };
    let listed =
        state.db.run(call.tenant, move |conn| audit::list(conn, &call, resource, wanted, limit)).await;
    let rows = listed.map_err(Failure::problem)?;
    let full = i64::try_from(rows.len()).is_ok_and(|n| n == limit);
    let next = match wanted {
        // The last position read is where the next reading begins, today or tomorrow.
        Wanted::After(position) => Some(rows.last().map_or(position, EntryRow::position)),
        Wanted::Newest | Wanted::Oldest | Wanted::Before(_) => {
            rows.last().filter(|_| full).map(EntryRow::position)
        }
    };
    let entries: Result<_, AppError> = rows.into_iter().map(entry).collect();
    let entries = entries.map_err(Failure::problem)?;
    Ok(HttpResponse::Ok().json(AuditPage { entries, next: next.map(|next| next.to_string()) }))
}

fn entry(row: EntryRow) -> Result<AuditEntry, AppError> {
    Ok(AuditEntry {
        position: row.position().to_string(),
        facts: row.facts()?,
        at: audit::time(row.at),
        actor: row.actor,
        action: row.action,
        resource_id: row.resource_id,
        attributes: row.attributes.into_iter().flatten().collect(),
        request_id: row.request_id,
    })
}
