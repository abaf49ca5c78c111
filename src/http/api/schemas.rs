//! /schemas, the tenant's own, for administrators.

use super::to_the_end;
use crate::app::AppError;
use crate::app::schemas::{self, LATE_WRITES, Leftovers, MAX_DEFINITION, Removed, Saved, TenantSchema};
use crate::http::State;
use crate::http::body::{ApiBody, required_text};
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use crate::store::Db;
use actix_web::rt::time::sleep;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::TenantId;
use serde_json::{Value, json};

/// A schema, and `resourceType` around it.
const MAX_BODY: usize = MAX_DEFINITION + 1024;

type Answer = Result<HttpResponse, Failure>;

/// The tenant's own schemas, the oldest first.
pub(super) async fn list(state: web::Data<State>, Caller { call, .. }: Caller) -> Answer {
    let listed = state.db.run(call.tenant, move |conn| schemas::list(conn, call.tenant)).await;
    let all: Vec<Value> = listed.map_err(Failure::problem)?.iter().map(TenantSchema::to_json).collect();
    Ok(HttpResponse::Ok().json(json!({"schemas": all})))
}

/// One of them.
pub(super) async fn get(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    urn: web::Path<String>,
) -> Answer {
    let found = state.db.run(call.tenant, move |conn| schemas::find(conn, call.tenant, &urn)).await;
    Ok(HttpResponse::Ok().json(found.map_err(Failure::problem)?.to_json()))
}

/// Adds or replaces one: `{"resourceType": "User", "schema": {…}}`, the schema as RFC 7643 §7 has it.
pub(super) async fn put(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    urn: web::Path<String>,
    ApiBody(mut body): ApiBody<MAX_BODY>,
) -> Answer {
    let resource_type = required_text(&body, "resourceType").map_err(Failure::problem)?;
    let schema = body.remove("schema").unwrap_or_default();
    if schema.get("id").and_then(Value::as_str) != Some(urn.as_str()) {
        let shown = rollcall_scim::error::shorten(&urn);
        let detail = format!("is missing, or its id is not {shown:?}, as in the address");
        return Err(Failure::problem(AppError::Invalid { field: "schema", detail }));
    }
    let (tenant, by) = (call.tenant, call.by());
    let db = state.db.clone();
    let saving = async move {
        let work = move |conn: &mut _| schemas::save(conn, tenant, &resource_type, &schema, &by);
        let Saved { schema, is_new, leftovers } = db.run(tenant, work).await?;
        if !leftovers.is_empty() {
            sweep(&db, tenant, leftovers, by.now).await?;
        }
        Ok((schema, is_new))
    };
    let (schema, is_new) = to_the_end(saving).await?;
    let mut answer = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(schema.to_json()))
}

/// Removes one; with `?dropData=true` also what is stored of it.
pub(super) async fn delete(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    urn: web::Path<String>,
) -> Answer {
    let drop_data = match query::value(request.query_string(), "dropData").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            let detail =
                format!("{:?} cannot be read; send true or false", rollcall_scim::error::shorten(other));
            return Err(Failure::problem(AppError::Invalid { field: "dropData", detail }));
        }
    };
    let (tenant, by) = (call.tenant, call.by());
    let db = state.db.clone();
    let removing = async move {
        let work = move |conn: &mut _| schemas::remove(conn, tenant, &urn, drop_data, &by);
        let Removed { leftovers, .. } = db.run(tenant, work).await?;
        sweep(&db, tenant, leftovers, by.now).await
    };
    to_the_end(removing).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Waits until no server knows what is gone, and drops what was written until then.
async fn sweep(db: &Db, tenant: TenantId, leftovers: Leftovers, now: DateTime<Utc>) -> Result<(), AppError> {
    sleep(LATE_WRITES).await;
    let swept = db.run(tenant, move |conn| schemas::sweep(conn, tenant, &leftovers, now)).await;
    swept.inspect_err(|error| log::warn!("what is left of a schema of tenant {tenant} stays: {error}"))
}
