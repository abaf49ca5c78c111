//! The call of an authenticated request.

use super::State;
use super::access::Rights;
use super::auth;
use super::auth::{Known, Person};
use super::trace::RequestId;
use crate::app::guard::Sync;
use crate::app::tokens::MAX_AGE_OF_A_YES;
use crate::app::{AppError, Call, Rules};
use actix_web::dev::Payload;
use actix_web::http::header::HOST;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use rollcall_domain::account::Acting;
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// Who calls and by which rules, of a request that the authentication let through.
pub(super) struct Caller {
    pub(super) call: Call,
    pub(super) rules: Arc<Rules>,
    /// What they may, beside what each route asks for.
    pub(super) rights: Rights,
    /// When that was so.
    known: Instant,
}

impl Caller {
    /// The same, as it is now. A body may have been slow to arrive, and hashing takes its time: whoever was admitted longer ago
    /// than a yes counts is looked at again.
    pub(super) async fn still(self, request: &HttpRequest) -> Result<Self, Error> {
        if self.known.elapsed() < MAX_AGE_OF_A_YES {
            return Ok(self);
        }
        let known = Instant::now();
        let again = auth::again(request).await?;
        let call = Call { acting: acting(&again), sync: Sync::of(again.rules()), ..self.call };
        Ok(Self { call, rules: Arc::clone(again.rules()), rights: again.rights(), known })
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = match (request.app_data::<web::Data<State>>(), request.extensions().get::<Known>()) {
            (Some(state), Some(known)) => Ok(Caller {
                call: call_of(known, request, state),
                rules: Arc::clone(known.rules()),
                rights: known.rights(),
                known: Instant::now(),
            }),
            // A route outside of the authentication asked for a caller: a fault of ours, and closed.
            _ => Err(super::envelope::Failure::problem(AppError::Broken("no principal".to_owned())).into()),
        };
        ready(caller)
    }
}

fn call_of(known: &Known, request: &HttpRequest, state: &State) -> Call {
    match known {
        Known::Token(admitted) => {
            let principal = admitted.principal;
            let actor = Actor::Connection(principal.connection);
            let sync = Sync::of(&admitted.rules);
            Call {
                connection: principal.connection,
                sync,
                ..personal(request, state, principal.tenant, actor)
            }
        }
        Known::Person(Person { tenant, account, .. }) => {
            let call = personal(request, state, *tenant, Actor::Account(*account));
            Call { acting: acting(known), ..call }
        }
    }
}

fn acting(known: &Known) -> Acting {
    match known {
        Known::Token(_) => Acting::System,
        Known::Person(Person { account, role, .. }) => Acting::Person { account: *account, role: *role },
    }
}

/// The call of a person: somebody who is signed in, or who wants to be.
pub(super) fn personal(request: &HttpRequest, state: &State, tenant: TenantId, actor: Actor) -> Call {
    Call {
        tenant,
        connection: ConnectionId(Uuid::nil()),
        actor,
        acting: Acting::System,
        now: state.clock.now(),
        request_id: request_id(request),
        base: format!("{}/scim/v2", origin(request, state)),
        sync: None,
    }
}

/// The id that the request was given.
pub(super) fn request_id(request: &HttpRequest) -> Uuid {
    request.extensions().get::<RequestId>().map_or(Uuid::nil(), |id| id.0)
}

/// Where a request comes from. What a proxy says of it (`X-Forwarded-For`) is believed if the proxy is one of ours, and of several
/// the last that is not.
pub(super) fn client_address(request: &HttpRequest, state: &State) -> IpAddr {
    let trusted =
        |address: &IpAddr| state.trusted_proxies.iter().any(|net| net.contains(&address.to_canonical()));
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    if !trusted(&peer) {
        return peer;
    }
    let forwarded: Vec<IpAddr> = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|address| address.trim().parse().ok())
        .collect();
    forwarded.into_iter().rfind(|address| !trusted(address)).unwrap_or(peer)
}

/// Scheme, host and port under which the client knows the server. Forwarded headers are not believed: anybody can send them.
pub(super) fn origin(request: &HttpRequest, state: &State) -> String {
    if let Some(url) = &state.public_url {
        return url.clone();
    }
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    match host.filter(|host| host.bytes().all(is_host_byte)) {
        Some(host) => format!("http://{host}"),
        None => format!("http://{}", request.app_config().local_addr()),
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte)
}
