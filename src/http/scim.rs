//! The SCIM endpoints (RFC 7644 §3.2, Table 2).

mod answer;
mod bulk;
mod discovery;
mod me;
mod resources;

use super::State;
use super::auth;
use super::body::ScimBody;
use super::caller::Caller;
use super::envelope::{Envelope, Failure};
use super::query;
use super::routes::resource;
use crate::app::operate;
use crate::app::resources::{Groups, Resources, Users};
use crate::app::search::everything;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::{Error, HttpRequest, HttpResponse, Route, web};
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

/// An address with its methods.
pub(super) type Address = (String, Vec<(Method, Route)>);

fn endpoints(config: &mut web::ServiceConfig) {
    for (path, routes) in addresses() {
        config.service(resource(&path, Envelope::Scim, routes));
    }
}

/// Every address that there is.
pub(super) fn addresses() -> Vec<Address> {
    let mut all = vec![
        ("/.search".to_owned(), vec![(Method::POST, web::route().to(search))]),
        ("/Bulk".to_owned(), vec![(Method::POST, web::route().to(bulk::bulk))]),
    ];
    all.extend(endpoint::<Users>("/Users"));
    all.extend(endpoint::<Groups>("/Groups"));
    all.push(me::address());
    all.extend(discovery::addresses());
    all
}

/// The addresses of a kind of resource.
fn endpoint<R: Resources>(path: &str) -> [Address; 3] {
    use Method as M;
    let search = vec![(M::POST, web::route().to(resources::search::<R>))];
    let all = vec![
        (M::GET, web::route().to(resources::list::<R>)),
        (M::POST, web::route().to(resources::create::<R>)),
    ];
    let one = vec![
        (M::GET, web::route().to(resources::get::<R>)),
        (M::PUT, web::route().to(resources::replace::<R>)),
        (M::PATCH, web::route().to(resources::patch::<R>)),
        (M::DELETE, web::route().to(resources::delete::<R>)),
    ];
    // The search before the ids, or it would be one.
    [(format!("{path}/.search"), search), (path.to_owned(), all), (format!("{path}/{{id}}"), one)]
}

/// A search over all resource types.
async fn search(
    request: HttpRequest,
    state: web::Data<State>,
    caller: Caller,
    ScimBody(body): ScimBody,
) -> Result<HttpResponse, Error> {
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let query = query::search(request.query_string(), &body).map_err(Failure::scim)?;
    let listed =
        operate(&state.db, &state.clock, &call, move |conn, call| everything(conn, &rules, call, &query))
            .await;
    let (listed, _) = listed.map_err(Failure::scim)?;
    Ok(answer::json(&request, StatusCode::OK, listed.to_json()))
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
