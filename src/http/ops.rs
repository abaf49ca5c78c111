//! For whoever runs the server.

use super::State;
use super::envelope::{Envelope, error_response};
use super::routes::resource;
use crate::app::{AppError, health};
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

pub(super) fn configure(config: &mut web::ServiceConfig, state: &web::Data<State>) {
    let get =
        |path, route| resource(path, Envelope::Problem, vec![(Method::GET, route)]).app_data(state.clone());
    config
        .service(get("/health/live", web::route().to(live)))
        .service(get("/health/ready", web::route().to(ready)));
}

/// The process answers.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "live"}))
}

/// The process answers, and its database takes writes.
async fn ready(state: web::Data<State>) -> HttpResponse {
    match state.db.run_without_tenant(health::writable).await {
        Ok(()) => HttpResponse::Ok().json(json!({"status": "ready"})),
        Err(error) => error_response(Envelope::Problem, &error),
    }
}

/// An address outside of everything.
pub(super) async fn nothing_here(request: HttpRequest) -> HttpResponse {
    let detail = format!(
        "there is nothing at {:?}; SCIM is at /scim/v2, the API at /api/v1",
        rollcall_scim::error::shorten(request.path())
    );
    error_response(Envelope::Problem, &AppError::NotFound(detail))
}
