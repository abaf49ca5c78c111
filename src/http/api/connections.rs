//! /connections, for administrators.

use super::problems::Problems;
use super::quarantines::by_hand;
use crate::app::connections::{self, Connection};
use crate::app::{AppError, attribute_owners};
use crate::http::State;
use crate::http::body::{ApiBody, Typed};
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

type Answer = Result<HttpResponse, Failure>;

/// The value of a setting.
#[derive(serde::Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what the operations answer")]
pub(super) enum Chosen {
    /// One of the words of the setting.
    Word(String),
    /// A number, where the setting is one.
    Number(u32),
}

/// A connection with its settings.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the operation answers")]
pub(super) struct ConnectionView {
    /// What administrators call it.
    name: String,
    /// Its id.
    id: Uuid,
    /// When it was made.
    created_at: String,
    /// What was set for it.
    settings: BTreeMap<String, Chosen>,
    /// What holds.
    in_force: BTreeMap<String, Chosen>,
}

/// All connections.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the operation answers")]
pub(super) struct ConnectionList {
    /// By name.
    connections: Vec<ConnectionView>,
}

/// Settings to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the operation reads")]
pub(super) struct ConnectionChange {
    /// By name, a word or a number; null gives one back to the dialect.
    settings: BTreeMap<String, Value>,
}

/// The connections
#[utoipa::path(get, path = "/api/v1/connections", tag = "settings",
    responses((status = 200, description = "All of them", body = ConnectionList), Problems))]
pub(super) async fn list(state: web::Data<State>, Caller { call, .. }: Caller) -> Answer {
    let listed = state.db.run(call.tenant, move |conn| connections::list(conn, call.tenant)).await;
    let all: Vec<Value> = listed.map_err(Failure::problem)?.iter().map(Connection::to_json).collect();
    Ok(HttpResponse::Ok().json(json!({"connections": all})))
}

/// A connection
#[utoipa::path(get, path = "/api/v1/connections/{name}", tag = "settings",
    params(("name" = String, Path, description = "What administrators call it")),
    responses((status = 200, description = "The connection", body = ConnectionView), Problems))]
pub(super) async fn get(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    name: web::Path<String>,
) -> Answer {
    let found = state.db.run(call.tenant, move |conn| connections::find(conn, call.tenant, &name)).await;
    Ok(HttpResponse::Ok().json(found.map_err(Failure::problem)?.to_json()))
}

/// Change settings of a connection
///
/// Those that are not named stay.
#[utoipa::path(patch, path = "/api/v1/connections/{name}", tag = "settings",
    params(("name" = String, Path, description = "What administrators call it")),
    request_body = ConnectionChange,
    responses((status = 200, description = "The connection", body = ConnectionView), Problems))]
pub(super) async fn change(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    name: web::Path<String>,
    ApiBody(body): ApiBody,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, .. } = caller.still(&request).await?;
    let changes = settings_in(body).map_err(Failure::problem)?;
    let (tenant, by) = (call.tenant, by_hand(&call)?);
    let changed =
        state.db.run(tenant, move |conn| connections::set(conn, tenant, &name, &changes, &by)).await;
    Ok(HttpResponse::Ok().json(changed.map_err(Failure::problem)?.to_json()))
}

fn settings_in(mut body: Map<String, Value>) -> Result<Map<String, Value>, AppError> {
    let settings = body.remove("settings");
    if let Some(other) = body.keys().next() {
        let shown = rollcall_scim::error::shorten(other);
        let detail = format!("is what can be changed; {shown:?} cannot, leave it out");
        return Err(AppError::invalid("settings", detail));
    }
    match settings {
        Some(Value::Object(settings)) => Ok(settings),
        _ => Err(AppError::invalid(
            "settings",
            "is missing or no object; send {\"settings\": {\"passwords\": \"accept\"}}".to_owned(),
        )),
    }
}

/// Which connection owns which attribute.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the operation answers")]
pub(super) struct AttributeOwnersView {
    /// By attribute, the name of the connection.
    attributes: BTreeMap<String, String>,
}

/// Attributes to give or to take back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the operation reads")]
pub(super) struct AttributeOwnersChange {
    /// By attribute, the name of a connection; null gives one back to whoever owns the account.
    attributes: BTreeMap<String, Option<String>>,
}

/// Which source owns which attribute
///
/// Attributes that one connection alone may change, whoever owns the account. What another sync says of them is kept out.
#[utoipa::path(get, path = "/api/v1/attribute-owners", tag = "settings",
    responses((status = 200, description = "All of them", body = AttributeOwnersView), Problems))]
pub(super) async fn attribute_owners(state: web::Data<State>, Caller { call, .. }: Caller) -> Answer {
    let listed = state.db.run(call.tenant, move |conn| attribute_owners::list(conn, call.tenant)).await;
    Ok(HttpResponse::Ok().json(json!({"attributes": listed.map_err(Failure::problem)?})))
}

/// Give attributes to a source
///
/// Those that are not named stay. It is in force on every server within a second.
#[utoipa::path(patch, path = "/api/v1/attribute-owners", tag = "settings", request_body = AttributeOwnersChange,
    responses((status = 200, description = "All of them", body = AttributeOwnersView), Problems))]
pub(super) async fn change_attribute_owners(
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    Typed(body): Typed<NewAttributeOwners>,
) -> Answer {
    let (tenant, by) = (call.tenant, by_hand(&call)?);
    let changed = state
        .db
        .run(tenant, move |conn| attribute_owners::set(conn, tenant, &rules, &body.attributes, &by))
        .await;
    Ok(HttpResponse::Ok().json(json!({"attributes": changed.map_err(Failure::problem)?})))
}

/// The body of a change.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAttributeOwners {
    attributes: Map<String, Value>,
}
