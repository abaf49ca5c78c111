//! actix, and nothing else: from requests to operations and from their results to responses.

mod access;
mod api;
mod auth;
mod body;
mod caller;
mod envelope;
mod headers;
mod oauth;
mod ops;
mod query;
pub mod rate;
mod routes;
mod scim;
pub mod tls;
mod trace;

use crate::app::Rules;
use crate::app::key_cache::KeyCache;
use crate::app::passwords::Hasher;
use crate::app::tokens::Verifier;
use crate::clock::Clock;
use crate::store::Db;
use actix_web::middleware::{NormalizePath, TrailingSlash, from_fn};
use actix_web::{App, HttpServer, web};
use ipnet::IpNet;
use rate::Rates;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// What requests share.
#[derive(Clone)]
pub struct State {
    /// The database, for whoever the request is from; identity providers where nothing else is said.
    pub db: Db,
    /// The connections of administrators, people and the platform: identity providers cannot take them away.
    pub api_db: Db,
    /// The connection of whoever looks after the server.
    pub health_db: Db,
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
    /// How much is sent.
    pub rates: Arc<Rates>,
    /// Proxies that are believed about where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// Scheme, host and port that clients use, when they cannot be taken from the request.
    pub public_url: Option<String>,
    /// Whether the server ends TLS itself.
    pub speaks_tls: bool,
}

impl State {
    /// What requests of the API share.
    fn of_api(&self) -> Self {
        Self { db: self.api_db.clone(), ..self.clone() }
    }

    /// What requests of whoever looks after the server share.
    fn of_health(&self) -> Self {
        Self { db: self.health_db.clone(), ..self.clone() }
    }
}

/// A server on a listening socket, with TLS if there is a configuration for it; it runs when it is awaited.
///
/// # Errors
/// The socket cannot be used.
pub fn server(
    listener: TcpListener,
    state: State,
    workers: usize,
    tls: Option<rustls::ServerConfig>,
) -> std::io::Result<actix_web::dev::Server> {
    let of_api = web::Data::new(state.of_api());
    let of_health = web::Data::new(state.of_health());
    let state = web::Data::new(state);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .configure(scim::configure)
            .configure(|config| api::configure(config, &of_api))
            .configure(|config| oauth::configure(config, &of_api))
            .configure(|config| ops::configure(config, &of_health))
            .default_service(web::to(ops::nothing_here))
            .wrap(from_fn(rate::of_strangers))
            // Doubled and trailing slashes are the same address, without a redirect: clients drop the token on one.
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .wrap(from_fn(trace::trace))
    })
    .workers(workers)
    .keep_alive(Duration::from_secs(75))
    .client_request_timeout(Duration::from_secs(10))
    .shutdown_timeout(10)
    .tls_handshake_timeout(HANDSHAKE)
    .disable_signals();
    let server = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}
