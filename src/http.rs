//! actix, and nothing else: from requests to operations and from their results to responses.

mod access;
mod api;
mod auth;
mod body;
mod caller;
mod envelope;
mod oauth;
mod ops;
mod query;
mod routes;
mod scim;
mod trace;

use crate::app::Rules;
use crate::app::key_cache::KeyCache;
use crate::app::passwords::Hasher;
use crate::app::tokens::Verifier;
use crate::clock::Clock;
use crate::store::Db;
use actix_web::middleware::{DefaultHeaders, NormalizePath, TrailingSlash, from_fn};
use actix_web::{App, HttpServer, web};
use ipnet::IpNet;
use std::net::TcpListener;
use std::time::Duration;

/// What requests share.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub db: Db,
    /// Password hashing.
    pub hasher: Hasher,
    /// The rules where nobody has set anything, for requests without a token. Everybody else has rules of their own.
    pub standard: Rules,
    /// Knows tokens.
    pub verifier: Verifier,
    /// Knows the public keys of trusted issuers, and of clients that publish theirs.
    pub keys: KeyCache,
    /// Knows the time.
    pub clock: Clock,
    /// Proxies that are believed about where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// Scheme, host and port that clients use, when they cannot be taken from the request.
    pub public_url: Option<String>,
}

/// A server on a listening socket; it runs when it is awaited.
///
/// # Errors
/// The socket cannot be used.
pub fn server(
    listener: TcpListener,
    state: State,
    workers: usize,
) -> std::io::Result<actix_web::dev::Server> {
    let state = web::Data::new(state);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .configure(scim::configure)
            .configure(api::configure)
            .configure(oauth::configure)
            .configure(ops::configure)
            .default_service(web::to(ops::nothing_here))
            .wrap(DefaultHeaders::new().add(("X-Content-Type-Options", "nosniff")))
            // Doubled and trailing slashes are the same address, without a redirect: clients drop the token on one.
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .wrap(from_fn(trace::trace))
    })
    .workers(workers)
    .keep_alive(Duration::from_secs(75))
    .client_request_timeout(Duration::from_secs(10))
    .shutdown_timeout(10)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}
