//! What the server can do (RFC 7644 §4). Query parameters are ignored, but a filter is refused.

use super::answer;
use crate::app::Rules;
use crate::http::State;
use crate::http::caller::origin;
use crate::http::envelope::{Envelope, Failure};
use crate::http::query;
use crate::http::routes::resource;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_scim::error::ScimError;
use rollcall_scim::message::{list_response, resource_type_json, schema_json, service_provider_config};
use serde_json::Value;

type Answer = Result<HttpResponse, Failure>;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let mut get = |path: &str, route| {
        config.service(resource(path, Envelope::Scim, vec![(Method::GET, route)]));
    };
    get("", web::route().to(service_provider));
    get("/ServiceProviderConfig", web::route().to(service_provider));
    // The address that Microsoft's sample client asks (IDP-QUIRKS 19).
    get("/serviceConfiguration", web::route().to(service_provider));
    get("/ResourceTypes", web::route().to(resource_types));
    get("/ResourceTypes/{name}", web::route().to(resource_type));
    get("/Schemas", web::route().to(schemas));
    get("/Schemas/{urn}", web::route().to(schema));
}

async fn service_provider(request: HttpRequest, state: web::Data<State>) -> Answer {
    answer_with(&request, &service_provider_config(&base(&request, &state)))
}

async fn resource_types(request: HttpRequest, state: web::Data<State>) -> Answer {
    let base = base(&request, &state);
    let all =
        state.rules.registry().resource_types().iter().map(|rt| resource_type_json(rt, &base)).collect();
    answer_with(&request, &list(all))
}

async fn resource_type(request: HttpRequest, state: web::Data<State>, name: web::Path<String>) -> Answer {
    let found = state.rules.registry().resource_type(&name);
    let Some(found) = found else { return Err(not_here(&state.rules, "resource type", &name)) };
    answer_with(&request, &resource_type_json(found, &base(&request, &state)))
}

async fn schemas(request: HttpRequest, state: web::Data<State>) -> Answer {
    let base = base(&request, &state);
    let all = state.rules.registry().schemas().iter().map(|schema| schema_json(schema, &base)).collect();
    answer_with(&request, &list(all))
}

async fn schema(request: HttpRequest, state: web::Data<State>, urn: web::Path<String>) -> Answer {
    let found = state.rules.registry().schema(&urn);
    let Some(found) = found else { return Err(not_here(&state.rules, "schema", &urn)) };
    answer_with(&request, &schema_json(found, &base(&request, &state)))
}

fn base(request: &HttpRequest, state: &State) -> String {
    format!("{}/scim/v2", origin(request, state))
}

fn list(resources: Vec<Value>) -> Value {
    let total = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    list_response(total, 1, resources)
}

fn answer_with(request: &HttpRequest, body: &Value) -> Answer {
    // A client that filters here believes that it gets less than everything (RFC 7644 §4).
    if query::value(request.query_string(), "filter").is_some() {
        let detail = "discovery cannot be filtered; ask without filter, or for one by its id";
        return Err(Failure::scim(ScimError::forbidden(detail)));
    }
    Ok(answer::json(request, StatusCode::OK, body.to_string()))
}

fn not_here(rules: &Rules, kind: &str, name: &str) -> Failure {
    let known: Vec<&str> = match kind {
        "schema" => rules.registry().schemas().iter().map(|schema| schema.id.as_str()).collect(),
        _ => rules.registry().resource_types().iter().map(|rt| rt.name.as_str()).collect(),
    };
    let shown = rollcall_scim::error::shorten(name);
    Failure::scim(ScimError::not_found(format!(
        "there is no {kind} {shown:?}; there are: {}",
        known.join(", ")
    )))
}
