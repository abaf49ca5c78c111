//! The API of the learning platform, /api/v1.

mod accounts;
mod audit;
mod audit_chain;
mod connections;
mod courses;
mod introspection;
mod learning;
mod openapi;
mod pieces;
mod plans;
mod policy;
mod problems;
mod quarantines;
mod reports;
mod schemas;
mod segments;
mod sessions;
mod tokens;

use super::State;
use super::auth;
use super::envelope::{Envelope, Failure};
use super::ops::nothing_here;
use super::routes::resource;
use crate::app::AppError;
use crate::store::StoreError;
use actix_web::http::Method as M;
use actix_web::middleware::from_fn;
use actix_web::rt::spawn;
use actix_web::{Handler, Responder, Route, web};
use rollcall_domain::ids::id_as_shown;
use uuid::Uuid;

/// An address with its methods.
type Address = (&'static str, Vec<(M, Route)>);

pub(super) fn configure(config: &mut web::ServiceConfig, state: &web::Data<State>) {
    for (path, routes) in open() {
        let resource = resource(&format!("{BASE}{path}"), Envelope::Problem, routes);
        config.service(resource.app_data(state.clone()));
    }
    let mut scope = web::scope(BASE).app_data(state.clone());
    for (path, routes) in behind_a_token() {
        scope = scope.service(resource(path, Envelope::Problem, routes));
    }
    config.service(scope.default_service(web::to(nothing_here)).wrap(from_fn(auth::api)));
}

const BASE: &str = "/api/v1";

fn to<F, Args>(method: M, handler: F) -> (M, Route)
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    (method, web::route().to(handler))
}

/// What needs no token: people sign in with a password and are known by their session, and the document is for everybody.
fn open() -> Vec<Address> {
    vec![
        ("/openapi.json", vec![to(M::GET, openapi::get)]),
        ("/sessions", vec![to(M::POST, sessions::sign_in)]),
        ("/sessions/current", vec![to(M::GET, sessions::current), to(M::DELETE, sessions::sign_out)]),
        ("/password-resets", vec![to(M::POST, sessions::reset)]),
    ]
}

/// Whether it is something that anybody may ask, without a token or a session: how often is all that can be bounded.
pub(super) fn is_open(method: &M, path: &str) -> bool {
    let asked = (method.as_str(), path.strip_prefix(BASE).unwrap_or_default());
    matches!(asked, ("GET" | "HEAD", "/openapi.json") | ("POST", "/sessions" | "/password-resets"))
}

/// What an administrator's token opens.
fn behind_a_token() -> Vec<Address> {
    vec![
        ("/accounts", vec![to(M::GET, accounts::list)]),
        ("/accounts/{id}", vec![to(M::GET, accounts::get)]),
        ("/accounts/{id}/commands", vec![to(M::POST, accounts::command)]),
        ("/accounts/{id}/timeline", vec![to(M::GET, accounts::timeline)]),
        ("/accounts/{id}/temporary-password", vec![to(M::POST, accounts::issue_temporary_password)]),
        ("/accounts/{id}/enrolments", vec![to(M::GET, learning::enrolments)]),
        ("/accounts/{id}/enrolments/reopen", vec![to(M::POST, learning::reopen)]),
        ("/accounts/{id}/courses/{course}/start", vec![to(M::POST, learning::start)]),
        ("/accounts/{id}/courses/{course}/completion", vec![to(M::POST, learning::complete)]),
        ("/accounts/{id}/completions", vec![to(M::GET, learning::completions)]),
        ("/accounts/{id}/certificates", vec![to(M::GET, learning::certificates)]),
        (
            "/attribute-owners",
            vec![
                to(M::GET, connections::attribute_owners),
                to(M::PATCH, connections::change_attribute_owners),
            ],
        ),
        ("/audit", vec![to(M::GET, audit::list)]),
        ("/audit/chain", vec![to(M::GET, audit_chain::head)]),
        ("/audit/export", vec![to(M::GET, audit_chain::export)]),
        ("/connections", vec![to(M::GET, connections::list)]),
        ("/connections/{name}", vec![to(M::GET, connections::get), to(M::PATCH, connections::change)]),
        ("/courses", vec![to(M::GET, courses::list), to(M::POST, courses::make)]),
        ("/courses/{id}", vec![to(M::GET, courses::get)]),
        ("/courses/{id}/enrolments", vec![to(M::POST, courses::enrol)]),
        ("/groups/{id}", vec![to(M::GET, segments::get)]),
        ("/introspect", vec![to(M::POST, introspection::introspect)]),
        ("/notices", vec![to(M::GET, quarantines::notices)]),
        ("/plans", vec![to(M::POST, plans::make)]),
        ("/plans/upload", vec![to(M::POST, plans::upload)]),
        ("/plans/{id}", vec![to(M::GET, plans::show)]),
        ("/plans/{id}/run", vec![to(M::POST, plans::run)]),
        ("/policy", vec![to(M::GET, policy::get), to(M::PATCH, policy::change)]),
        ("/quarantines", vec![to(M::GET, quarantines::list)]),
        ("/quarantines/{id}", vec![to(M::GET, quarantines::get)]),
        ("/quarantines/{id}/release", vec![to(M::POST, quarantines::release)]),
        ("/quarantines/{id}/reject", vec![to(M::POST, quarantines::reject)]),
        ("/quarantines/{id}/restore", vec![to(M::POST, quarantines::restore)]),
        ("/reports/{report}", vec![to(M::GET, reports::get)]),
        ("/seats", vec![to(M::GET, policy::seats), to(M::PUT, policy::set_seats)]),
        ("/tokens", vec![to(M::GET, tokens::list), to(M::POST, tokens::issue)]),
        ("/tokens/{id}", vec![to(M::DELETE, tokens::revoke)]),
        ("/schemas", vec![to(M::GET, schemas::list)]),
        (
            "/schemas/{urn}",
            vec![to(M::GET, schemas::get), to(M::PUT, schemas::put), to(M::DELETE, schemas::delete)],
        ),
    ]
}

/// The id in an address. What is not spelt as ids are shown is nobody's id, which `unknown` says.
fn id_in(address: &str, unknown: fn(&str) -> AppError) -> Result<Uuid, Failure> {
    id_as_shown(address).ok_or_else(|| Failure::problem(unknown(&rollcall_scim::error::shorten(address))))
}

/// Does work that is not left halfway when the client does not wait for it.
async fn to_the_end<T: 'static>(
    work: impl Future<Output = Result<T, AppError>> + 'static,
) -> Result<T, Failure> {
    let done = spawn(work).await.unwrap_or_else(|ended| {
        Err(StoreError::Unavailable(format!("the server stopped before it was done: {ended}")).into())
    });
    done.map_err(Failure::problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::access;
    use std::collections::BTreeSet;

    /// Every address has a right for each of its methods, and no right is written down for an address that is not there.
    #[test]
    fn every_route_has_a_right_and_every_right_a_route() {
        let own = |addresses: Vec<Address>| {
            addresses.into_iter().flat_map(|(path, routes)| {
                routes.into_iter().map(move |(method, _)| (path.to_owned(), method))
            })
        };
        let api: Vec<_> = own(open()).chain(own(behind_a_token())).collect();
        let scim: Vec<_> = crate::http::scim::addresses()
            .into_iter()
            .flat_map(|(path, routes)| routes.into_iter().map(move |(method, _)| (path.clone(), method)))
            .collect();
        for (envelope, routes, count) in [
            (Envelope::Problem, api, access::count(Envelope::Problem)),
            (Envelope::Scim, scim, access::count(Envelope::Scim)),
        ] {
            for (path, method) in &routes {
                assert!(access::needed(envelope, path, method).is_some(), "{method} {path} has no right");
            }
            assert_eq!(routes.len(), count, "rights for what is not there");
        }
    }

    /// Every operation that there is, and no other, stands in the document.
    #[test]
    fn the_document_has_every_operation_and_no_other() {
        let document = serde_json::to_value(openapi::document()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let documented: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                let methods = item.as_object().unwrap().keys();
                methods.map(move |method| (path.clone(), method.to_uppercase()))
            })
            .collect();
        let routed = |addresses: Vec<Address>| {
            addresses.into_iter().flat_map(|(path, routes)| {
                routes.into_iter().map(move |(method, _)| (format!("{BASE}{path}"), method.to_string()))
            })
        };
        let there: BTreeSet<_> = routed(open()).chain(routed(behind_a_token())).collect();
        assert_eq!(documented, there);
    }

    #[test]
    fn what_needs_neither_token_nor_session_is_counted_by_address() {
        for (path, routes) in open() {
            for (method, _) in routes {
                let needs_a_session = path == "/sessions/current";
                assert_eq!(is_open(&method, &format!("{BASE}{path}")), !needs_a_session, "{method} {path}");
            }
        }
        for (path, routes) in behind_a_token() {
            assert!(routes.iter().all(|(method, _)| !is_open(method, &format!("{BASE}{path}"))), "{path}");
        }
    }
}
