//! Holding back who sends too much: a connection by its own limit, and an address that shows no good credential. Nobody else waits
//! for them.

mod addresses;
mod counting;

use super::State;
use super::caller::client_address;
use super::envelope::{Envelope, error_response};
use crate::app::tokens::Admitted;
use crate::app::{AppError, rates};
use crate::lock::hold;
use crate::store::Db;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use addresses::Addresses;
use counting::{Counter, Limit, Verdict};
use rollcall_domain::ids::ConnectionId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Connections that are counted at most before those are forgotten of which nothing is left.
const COUNTED: usize = 10_000;

/// How much may be sent.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests a second of a connection for which nothing else is set; 0 for no limit.
    pub of_a_connection: u32,
    /// Requests a second of an address without a good credential; 0 for no limit.
    pub of_a_stranger: u32,
}

/// What was sent lately.
pub struct Rates {
    limits: Limits,
    connections: Mutex<HashMap<ConnectionId, Arc<Connection>>>,
    strangers: Mutex<Addresses>,
}

struct Connection {
    counter: Mutex<Counter>,
    /// Held by who tells the other servers: once is enough.
    telling: tokio::sync::Mutex<()>,
}

impl Rates {
    /// Nothing was sent yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, connections: Mutex::default(), strangers: Mutex::new(Addresses::new(Instant::now())) }
    }

    /// Counts a request of a connection, on all servers.
    ///
    /// # Errors
    /// `TooMany`. That the others could not be told is none: this server then counts alone.
    async fn admit(&self, db: &Db, admitted: &Admitted) -> Result<(), AppError> {
        let per_second = admitted.rules.requests_per_second.unwrap_or(self.limits.of_a_connection);
        if per_second == 0 {
            return Ok(());
        }
        let (limit, principal) = (Limit(per_second), admitted.principal);
        let connection = self.connection(principal.connection, limit);
        // Bound first: the lock is not held while others are told.
        let verdict = hold(&connection.counter).take(limit, Instant::now());
        match verdict {
            Verdict::Serve => return Ok(()),
            Verdict::Wait(wait) => return Err(too_many(wait)),
            Verdict::Report => {}
        }
        let _telling = connection.telling.lock().await;
        let untold = hold(&connection.counter).untold(limit);
        // Whoever held it before has told of this request, too.
        let Some(served) = untold else { return Ok(()) };
        let level = rates::report(db, principal.tenant, principal.connection, served, per_second).await;
        let level = level.inspect_err(|error| log::debug!("rate of {}: {error}", principal.connection)).ok();
        hold(&connection.counter).hear(served, level, limit, Instant::now());
        Ok(())
    }

    fn connection(&self, id: ConnectionId, limit: Limit) -> Arc<Connection> {
        let (mut all, now) = (hold(&self.connections), Instant::now());
        if all.len() >= COUNTED && !all.contains_key(&id) {
            all.retain(|_, one| !hold(&one.counter).is_idle(limit, now));
        }
        let new = || {
            Arc::new(Connection {
                counter: Mutex::new(Counter::new(now)),
                telling: tokio::sync::Mutex::default(),
            })
        };
        Arc::clone(all.entry(id).or_insert_with(new))
    }

    /// Counts a request of somebody without a good credential.
    fn admit_stranger(&self, request: &ServiceRequest, state: &State) -> Result<(), AppError> {
        match self.limits.of_a_stranger {
            0 => Ok(()),
            limit => {
                let address = client_address(request.request(), state);
                hold(&self.strangers).take(address, limit, Instant::now()).map_err(too_many)
            }
        }
    }
}

/// Refuses a connection that sends too much.
pub(super) async fn of_connection(
    request: &ServiceRequest,
    admitted: &Admitted,
    envelope: Envelope,
) -> Result<(), HttpResponse> {
    let Some(state) = request.app_data::<web::Data<State>>() else { return Ok(()) };
    let counted = state.rates.admit(&state.db, admitted).await;
    counted.map_err(|error| error_response(envelope, &error))
}

/// Refuses addresses that send too much without a good credential: what needs none is counted before it is done, everything else
/// when it turns out that the credential is none. So nobody with a good token waits for somebody behind the same address.
pub(super) async fn of_strangers<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(state) = request.app_data::<web::Data<State>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    };
    let envelope = Envelope::of(request.path());
    if super::api::is_open(request.method(), request.path()) {
        return match state.rates.admit_stranger(&request, &state) {
            Ok(()) => next.call(request).await.map(ServiceResponse::map_into_left_body),
            Err(error) => Ok(request.into_response(error_response(envelope, &error)).map_into_right_body()),
        };
    }
    let response = next.call(request).await?;
    if response.status() != StatusCode::UNAUTHORIZED {
        return Ok(response.map_into_left_body());
    }
    let (request, refused) = response.into_parts();
    let request = ServiceRequest::from_request(request);
    match state.rates.admit_stranger(&request, &state) {
        Ok(()) => Ok(request.into_response(refused).map_into_left_body()),
        Err(error) => Ok(request.into_response(error_response(envelope, &error)).map_into_right_body()),
    }
}

/// In whole seconds, as Retry-After counts.
fn too_many(wait: Duration) -> AppError {
    AppError::TooMany { seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0) }
}
