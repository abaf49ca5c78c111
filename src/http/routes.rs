//! Addresses that know their methods: another method is answered 405 with Allow, OPTIONS with 204.

use super::access;
use super::auth;
use super::envelope::{Envelope, error_response};
use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpResponse, Resource, Route, web};
use rollcall_scim::error::ScimError;

/// The resource at `path`, with a route for each method, behind the right that it needs. HEAD is answered wherever GET is. A
/// route whose right nobody has written down ([`access::needed`]) is not there.
pub(super) fn resource(path: &str, envelope: Envelope, routes: Vec<(Method, Route)>) -> Resource {
    let routes: Vec<_> = routes
        .into_iter()
        .filter_map(|(method, route)| Some((access::needed(envelope, path, &method)?, method, route)))
        .collect();
    let mut allowed: Vec<&str> = Vec::new();
    for (_, method, _) in &routes {
        allowed.push(method.as_str());
        if method == Method::GET {
            allowed.push("HEAD");
        }
    }
    allowed.push("OPTIONS");
    let allow = allowed.join(", ");
    let mut resource = web::resource(path);
    for (right, method, route) in routes {
        let behind = from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
            auth::route(right, envelope, request, next)
        });
        resource = resource.route(route.wrap(behind).guard(method_guard(method)));
    }
    resource.default_service(web::to(move |method: Method| {
        let allow = allow.clone();
        async move { other_method(&method, &allow, envelope) }
    }))
}

fn method_guard(method: Method) -> impl Guard {
    guard::fn_guard(move |context| {
        let asked = &context.head().method;
        *asked == method || (method == Method::GET && *asked == Method::HEAD)
    })
}

fn other_method(method: &Method, allow: &str, envelope: Envelope) -> HttpResponse {
    if method == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((ALLOW, allow)).finish();
    }
    let error = ScimError::method_not_allowed(format!("{method} is not possible here; use one of: {allow}"));
    let mut response = error_response(envelope, &error.into());
    if let Ok(value) = allow.parse() {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
