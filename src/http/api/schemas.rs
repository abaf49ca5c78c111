//! /schemas, the tenant's own, for administrators.

use super::problems::Problems;
use super::to_the_end;
use crate::app::AppError;
use crate::app::audit::By;
use crate::app::schemas::{self, LATE_WRITES, Leftovers, MAX_DEFINITION, Removed, Saved, TenantSchema};
use crate::http::State;
use crate::http::body::{ApiBody, required_text};
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use crate::store::Db;
use actix_web::rt::time::sleep;
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_domain::ids::TenantId;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A schema, and `resourceType` around it.
const MAX_BODY: usize = MAX_DEFINITION + 1024;

type Answer = Result<HttpResponse, Failure>;

/// A schema of the tenant's own.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the operation answers")]
pub(super) struct SchemaView {
    /// User or Group.
    resource_type: String,
    /// The schema as RFC 7643 §7 has it.
    schema: Value,
    /// When it was added.
    created_at: String,
    /// When it was last replaced.
    updated_at: String,
}

/// The tenant's own schemas.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the operation answers")]
pub(super) struct SchemaList {
    /// The oldest first.
    schemas: Vec<SchemaView>,
}

/// A schema to add or replace.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the operation reads")]
pub(super) struct NewSchema {
    /// User or Group.
    resource_type: String,
    /// The schema as RFC 7643 §7 has it; its id is the one in the address.
    #[schema(value_type = Object)]
    schema: Value,
}

/// The tenant's own schemas
#[utoipa::path(get, path = "/api/v1/schemas", tag = "settings",
    responses((status = 200, description = "All of them", body = SchemaList), Problems))]
pub(super) async fn list(state: web::Data<State>, Caller { call, .. }: Caller) -> Answer {
    let listed = state.db.run(call.tenant, move |conn| schemas::list(conn, call.tenant)).await;
    let all: Vec<Value> = listed.map_err(Failure::problem)?.iter().map(TenantSchema::to_json).collect();
    Ok(HttpResponse::Ok().json(json!({"schemas": all})))
}

/// A schema
#[utoipa::path(get, path = "/api/v1/schemas/{urn}", tag = "settings",
    params(("urn" = String, Path, description = "The id of the schema")),
    responses((status = 200, description = "The schema", body = SchemaView), Problems))]
pub(super) async fn get(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    urn: web::Path<String>,
) -> Answer {
    let found = state.db.run(call.tenant, move |conn| schemas::find(conn, call.tenant, &urn)).await;
    Ok(HttpResponse::Ok().json(found.map_err(Failure::problem)?.to_json()))
}

/// Add or replace a schema
#[utoipa::path(put, path = "/api/v1/schemas/{urn}", tag = "settings",
    params(("urn" = String, Path, description = "The id of the schema")),
    request_body = NewSchema,
    responses(
        (status = 200, description = "It was replaced", body = SchemaView),
        (status = 201, description = "It is new", body = SchemaView),
        Problems
    ))]
pub(super) async fn put(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    urn: web::Path<String>,
    ApiBody(mut body): ApiBody<MAX_BODY>,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, .. } = caller.still(&request).await?;
    let resource_type = required_text(&body, "resourceType").map_err(Failure::problem)?;
    let schema = body.remove("schema").unwrap_or_default();
    if schema.get("id").and_then(Value::as_str) != Some(urn.as_str()) {
        let shown = rollcall_scim::error::shorten(&urn);
        let detail = format!("is missing, or its id is not {shown:?}, as in the address");
        return Err(Failure::problem(AppError::invalid("schema", detail)).into());
    }
    let (tenant, by) = (call.tenant, call.by());
    let db = state.db.clone();
    let saving = async move {
        let work = move |conn: &mut _| schemas::save(conn, tenant, &resource_type, &schema, &by);
        let Saved { schema, is_new, leftovers } = db.run(tenant, work).await?;
        if !leftovers.is_empty() {
            sweep(&db, tenant, leftovers, by).await?;
        }
        Ok((schema, is_new))
    };
    let (schema, is_new) = to_the_end(saving).await?;
    let mut answer = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(schema.to_json()))
}

/// Remove a schema
#[utoipa::path(delete, path = "/api/v1/schemas/{urn}", tag = "settings",
    params(
        ("urn" = String, Path, description = "The id of the schema"),
        ("dropData" = Option<String>, Query, description = "true: also what is stored of it"),
    ),
    responses((status = 204, description = "It is gone"), Problems))]
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
            return Err(Failure::problem(AppError::invalid("dropData", detail)));
        }
    };
    let (tenant, by) = (call.tenant, call.by());
    let db = state.db.clone();
    let removing = async move {
        let work = move |conn: &mut _| schemas::remove(conn, tenant, &urn, drop_data, &by);
        let Removed { leftovers, .. } = db.run(tenant, work).await?;
        sweep(&db, tenant, leftovers, by).await
    };
    to_the_end(removing).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Waits until no server knows what is gone, and drops what was written until then.
async fn sweep(db: &Db, tenant: TenantId, leftovers: Leftovers, by: By) -> Result<(), AppError> {
    sleep(LATE_WRITES).await;
    let swept = db.run(tenant, move |conn| schemas::sweep(conn, tenant, &leftovers, &by)).await;
    swept.inspect_err(|error| log::warn!("what is left of a schema of tenant {tenant} stays: {error}"))
}
