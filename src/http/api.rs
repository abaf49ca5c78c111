//! The API of the learning platform, /api/v1.

mod accounts;
mod audit;
mod connections;
mod policy;
mod schemas;
mod sessions;

use super::auth;
use super::envelope::{Envelope, Failure};
use super::ops::nothing_here;
use super::routes::resource;
use crate::app::AppError;
use crate::store::StoreError;
use actix_web::http::Method as M;
use actix_web::middleware::from_fn;
use actix_web::rt::spawn;
use actix_web::web;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let e = Envelope::Problem;
    config
        // People sign in with a password and are known by their session; everything else needs an administrator's token.
        .service(resource("/api/v1/sessions", e, vec![(M::POST, web::route().to(sessions::sign_in))]))
        .service(resource(
            "/api/v1/sessions/current",
            e,
            vec![
                (M::GET, web::route().to(sessions::current)),
                (M::DELETE, web::route().to(sessions::sign_out)),
            ],
        ))
        .service(
            web::scope("/api/v1")
                .service(resource("/accounts/{id}", e, vec![(M::GET, web::route().to(accounts::get))]))
                .service(resource(
                    "/accounts/{id}/temporary-password",
                    e,
                    vec![(M::POST, web::route().to(accounts::issue_temporary_password))],
                ))
                .service(resource("/audit", e, vec![(M::GET, web::route().to(audit::list))]))
                .service(resource("/connections", e, vec![(M::GET, web::route().to(connections::list))]))
                .service(resource(
                    "/connections/{name}",
                    e,
                    vec![
                        (M::GET, web::route().to(connections::get)),
                        (M::PATCH, web::route().to(connections::change)),
                    ],
                ))
                .service(resource(
                    "/policy",
                    e,
                    vec![(M::GET, web::route().to(policy::get)), (M::PATCH, web::route().to(policy::change))],
                ))
                .service(resource(
                    "/seats",
                    e,
                    vec![
                        (M::GET, web::route().to(policy::seats)),
                        (M::PUT, web::route().to(policy::set_seats)),
                    ],
                ))
                .service(resource("/schemas", e, vec![(M::GET, web::route().to(schemas::list))]))
                .service(resource(
                    "/schemas/{urn}",
                    e,
                    vec![
                        (M::GET, web::route().to(schemas::get)),
                        (M::PUT, web::route().to(schemas::put)),
                        (M::DELETE, web::route().to(schemas::delete)),
                    ],
                ))
                .default_service(web::to(nothing_here))
                .wrap(from_fn(auth::api)),
        );
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
