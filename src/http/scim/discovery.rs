//! What the server can do (RFC 7644 §4), and what the tenant has added to it. Query parameters are ignored, but a filter is refused.

use super::{Address, answer};
use crate::app::Rules;
use crate::http::State;
use crate::http::caller::{Caller, origin};
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_scim::error::ScimError;
use rollcall_scim::message::{list_response, resource_type_json, schema_json, service_provider_config};
use serde_json::Value;

type Answer = Result<HttpResponse, Failure>;

pub(super) fn addresses() -> [Address; 7] {
    let get = |path: &str, route| (path.to_owned(), vec![(Method::GET, route)]);
    [
        get("", web::route().to(service_provider)),
        get("/ServiceProviderConfig", web::route().to(service_provider)),
        // The address that Microsoft's sample client asks (IDP-QUIRKS 19).
        get("/serviceConfiguration", web::route().to(service_provider)),
        get("/ResourceTypes", web::route().to(resource_types)),
        get("/ResourceTypes/{name}", web::route().to(resource_type)),
        get("/Schemas", web::route().to(schemas)),
        get("/Schemas/{urn}", web::route().to(schema)),
    ]
}

async fn service_provider(request: HttpRequest, state: web::Data<State>) -> Answer {
    let base = format!("{}/scim/v2", origin(&request, &state));
    answer_with(&request, &service_provider_config(&base))
}

async fn resource_types(request: HttpRequest, Caller { call, rules, .. }: Caller) -> Answer {
    let all = rules.registry().resource_types().iter().map(|rt| resource_type_json(rt, &call.base)).collect();
    answer_with(&request, &list(all))
}

async fn resource_type(
    request: HttpRequest,
    Caller { call, rules, .. }: Caller,
    name: web::Path<String>,
) -> Answer {
    let found = rules.registry().resource_type(&name);
    let Some(found) = found else { return Err(not_here(&rules, "resource type", &name)) };
    answer_with(&request, &resource_type_json(found, &call.base))
}

async fn schemas(request: HttpRequest, Caller { call, rules, .. }: Caller) -> Answer {
    let all = rules.registry().schemas().iter().map(|schema| schema_json(schema, &call.base)).collect();
    answer_with(&request, &list(all))
}

async fn schema(request: HttpRequest, Caller { call, rules, .. }: Caller, urn: web::Path<String>) -> Answer {
    let found = rules.registry().schema(&urn);
    let Some(found) = found else { return Err(not_here(&rules, "schema", &urn)) };
    answer_with(&request, &schema_json(found, &call.base))
}

fn list(resources: Vec<Value>) -> Value {
    let total = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    list_response(total, 1, resources)
}

fn answer_with(request: &HttpRequest, body: &Value) -> Answer {
    // A client that filters here believes that it gets less than everything (RFC 7644 §4).
    if query::names(request.query_string(), "filter") {
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
