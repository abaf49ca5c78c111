//! /connections, for administrators.

use crate::app::AppError;
use crate::app::connections::{self, Connection};
use crate::http::State;
use crate::http::body::ApiBody;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

type Answer = Result<HttpResponse, Failure>;

/// All connections with their settings, by name.
pub(super) async fn list(state: web::Data<State>, Caller { call, .. }: Caller) -> Answer {
    let listed = state.db.run(call.tenant, move |conn| connections::list(conn, call.tenant)).await;
    let all: Vec<Value> = listed.map_err(Failure::problem)?.iter().map(Connection::to_json).collect();
    Ok(HttpResponse::Ok().json(json!({"connections": all})))
}

/// One connection.
pub(super) async fn get(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    name: web::Path<String>,
) -> Answer {
    let found = state.db.run(call.tenant, move |conn| connections::find(conn, call.tenant, &name)).await;
    Ok(HttpResponse::Ok().json(found.map_err(Failure::problem)?.to_json()))
}

/// Changes settings: `{"settings": {"passwords": "accept", "dialect": null}}`. Those that are not named stay, a null gives one
/// back to the dialect.
pub(super) async fn change(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    name: web::Path<String>,
    ApiBody(body): ApiBody,
) -> Answer {
    let changes = settings_in(body).map_err(Failure::problem)?;
    let (tenant, by) = (call.tenant, call.by());
    let changed =
        state.db.run(tenant, move |conn| connections::set(conn, tenant, &name, &changes, &by)).await;
    Ok(HttpResponse::Ok().json(changed.map_err(Failure::problem)?.to_json()))
}

fn settings_in(mut body: Map<String, Value>) -> Result<Map<String, Value>, AppError> {
    let settings = body.remove("settings");
    if let Some(other) = body.keys().next() {
        let shown = rollcall_scim::error::shorten(other);
        let detail = format!("is what can be changed; {shown:?} cannot, leave it out");
        return Err(AppError::Invalid { field: "settings", detail });
    }
    match settings {
        Some(Value::Object(settings)) => Ok(settings),
        _ => Err(AppError::Invalid {
            field: "settings",
            detail: "is missing or no object; send {\"settings\": {\"passwords\": \"accept\"}}".to_owned(),
        }),
    }
}
