//! The SCIM endpoints (RFC 7644 §3.2, Table 2).

mod answer;
mod discovery;
mod groups;
mod users;

use super::State;
use super::auth;
use super::body::ScimBody;
use super::caller::Caller;
use super::envelope::{Envelope, Failure};
use super::query;
use super::routes::resource;
use crate::app::search::everything;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_scim::error::ScimError;

/// The service under its versioned address, and under the one without a version (RFC 7644 §3.13).
pub(super) fn configure(config: &mut web::ServiceConfig) {
    for base in ["/scim/v2", "/scim"] {
        config.service(
            web::scope(base)
                .configure(endpoints)
                .default_service(web::to(nothing_here))
                .wrap(from_fn(auth::scim)),
        );
    }
}

fn endpoints(config: &mut web::ServiceConfig) {
    use Method as M;
    let e = Envelope::Scim;
    config
        .service(resource("/Users/.search", e, vec![(M::POST, web::route().to(users::search))]))
        .service(resource("/Groups/.search", e, vec![(M::POST, web::route().to(groups::search))]))
        .service(resource("/.search", e, vec![(M::POST, web::route().to(search))]))
        .service(resource(
            "/Users",
            e,
            vec![(M::GET, web::route().to(users::list)), (M::POST, web::route().to(users::create))],
        ))
        .service(resource(
            "/Users/{id}",
            e,
            vec![
                (M::GET, web::route().to(users::get)),
                (M::PUT, web::route().to(users::replace)),
                (M::PATCH, web::route().to(users::patch)),
                (M::DELETE, web::route().to(users::delete)),
            ],
        ))
        .service(resource(
            "/Groups",
            e,
            vec![(M::GET, web::route().to(groups::list)), (M::POST, web::route().to(groups::create))],
        ))
        .service(resource(
            "/Groups/{id}",
            e,
            vec![
                (M::GET, web::route().to(groups::get)),
                (M::PUT, web::route().to(groups::replace)),
                (M::PATCH, web::route().to(groups::patch)),
                (M::DELETE, web::route().to(groups::delete)),
            ],
        ))
        .service(resource("/Me", e, vec![(M::GET, web::route().to(me))]))
        .configure(discovery::configure);
}

/// A search over all resource types.
async fn search(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    ScimBody(body): ScimBody,
) -> Result<HttpResponse, Failure> {
    let query = query::search(&body).map_err(Failure::scim)?;
    let rules = state.rules.clone();
    let listed = state.db.run(call.tenant, move |conn| everything(conn, &rules, &call, &query)).await;
    Ok(answer::json(&request, StatusCode::OK, listed.map_err(Failure::scim)?.to_json()))
}

/// Not built yet, and said so in the way of RFC 7644 §3.11.
async fn me() -> Result<HttpResponse, Failure> {
    Err(Failure::scim(ScimError::not_implemented("/Me is not supported; read the user under /Users")))
}

async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Failure> {
    let rest = request.path().trim_start_matches("/scim/");
    let version = rest.split('/').next().unwrap_or_default();
    let is_version =
        version.strip_prefix(['v', 'V']).is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()));
    if is_version && version != "v2" {
        let shown = rollcall_scim::error::shorten(version);
        return Err(Failure::scim(ScimError::invalid_vers(format!(
            "version {shown:?} is not served; use v2"
        ))));
    }
    Err(Failure::scim(ScimError::not_found(format!(
        "there is no endpoint at {:?}; /ResourceTypes lists them",
        rollcall_scim::error::shorten(request.path())
    ))))
}
