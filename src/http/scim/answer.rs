//! Writing SCIM answers.

use crate::app::conditions::Conditions;
use crate::app::resources::Representation;
use crate::app::{AppError, Rules};
use crate::http::envelope::SCIM_JSON;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, CONTENT_LOCATION, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION,
};
use actix_web::{HttpRequest, HttpResponse};
use rollcall_scim::project::Projection;
use rollcall_scim::registry::ResourceType;

/// JSON under the name the client asked for: `application/json` for those who accept nothing else (IDP-QUIRKS 6).
pub(super) fn json(request: &HttpRequest, status: StatusCode, body: String) -> HttpResponse {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let plain_only =
        accept.contains("application/json") && !accept.contains("scim") && !accept.contains("*/*");
    let content_type = if plain_only { "application/json" } else { SCIM_JSON };
    HttpResponse::build(status).content_type(content_type).body(body)
}

/// One resource with its ETag; 304 when a GET names the version it has (RFC 7644 §3.14).
pub(super) fn one(request: &HttpRequest, status: StatusCode, one: Representation) -> HttpResponse {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if status == StatusCode::OK
        && one.whole
        && request.method().is_safe()
        && known.is_some_and(|header| one.etag.matches(header))
    {
        return HttpResponse::NotModified().insert_header((ETAG, one.etag.as_str())).finish();
    }
    let mut response = json(request, status, one.json);
    if let Ok(value) = one.etag.as_str().parse() {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

/// The answer to a creation, with Location.
pub(super) fn created(request: &HttpRequest, created: Representation, location: &str) -> HttpResponse {
    let mut response = shown_at(location, one(request, StatusCode::CREATED, created));
    if let Ok(value) = location.parse() {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

/// The answer with the address of the resource that it shows: RFC 7643 §3.1 wants Content-Location to be `meta.location`.
pub(super) fn shown_at(location: &str, mut response: HttpResponse) -> HttpResponse {
    if let Ok(value) = location.parse() {
        response.headers_mut().insert(CONTENT_LOCATION, value);
    }
    response
}

/// The conditions of the headers; several of a kind are one list. What cannot be read is one that does not hold: a condition
/// is never dropped.
pub(super) fn conditions(request: &HttpRequest) -> Conditions {
    let all = |name: HeaderName, unreadable: &str| {
        let values = request.headers().get_all(name);
        let all: Vec<&str> = values.map(|value| value.to_str().unwrap_or(unreadable)).collect();
        (!all.is_empty()).then(|| all.join(","))
    };
    Conditions { if_match: all(IF_MATCH, "unreadable"), if_none_match: all(IF_NONE_MATCH, "*") }
}

/// The projection that the query of a single resource asks for.
pub(super) fn projection(
    request: &HttpRequest,
    rules: &Rules,
    pick: fn(&Rules) -> &ResourceType,
) -> Result<Projection, AppError> {
    Ok(crate::http::query::scim(request.query_string())?.projection(pick(rules))?)
}
