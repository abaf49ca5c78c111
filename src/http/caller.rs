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
use actix_web::http::uri::Authority;
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
    let peer = peer(request);
    if !is_trusted(peer, state) {
        return peer;
    }
    let forwarded = listed(request, "x-forwarded-for").filter_map(|address| address.parse().ok());
    let forwarded: Vec<IpAddr> = forwarded.collect();
    forwarded.into_iter().rfind(|address| !is_trusted(*address, state)).unwrap_or(peer)
}

/// Scheme, host and port under which the client knows the server. Forwarded headers are believed if a proxy of ours sent them:
/// anybody else can write into them what they like.
pub(super) fn origin(request: &HttpRequest, state: &State) -> String {
    if let Some(url) = &state.public_url {
        return url.clone();
    }
    let scheme = if is_https(request, state) { "https" } else { "http" };
    match host(request, state).filter(|host| is_host(host)) {
        Some(host) => format!("{scheme}://{host}"),
        None => format!("{scheme}://{}", request.app_config().local_addr()),
    }
}

/// The name that a request gives the server, of a proxy of ours or of the client itself.
fn host<'a>(request: &'a HttpRequest, state: &State) -> Option<&'a str> {
    let own = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    forwarded(request, state, "x-forwarded-host").or(own)
}

/// Whether the name that a request gives the server is none, or there are two (RFC 9112 §3.2), and addresses would be made of it.
pub(super) fn has_odd_host(request: &HttpRequest, state: &State) -> bool {
    let mut own = request.headers().get_all(HOST);
    let unreadable = own.next().is_some_and(|host| host.to_str().is_err()) || own.next().is_some();
    state.public_url.is_none() && (unreadable || host(request, state).is_some_and(|host| !is_host(host)))
}

/// Whether the client came by https: to this server, to the proxy in front of it, or because there is no other way.
pub(super) fn is_https(request: &HttpRequest, state: &State) -> bool {
    state.speaks_tls
        || state.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
        || forwarded(request, state, "x-forwarded-proto")
            .is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

/// What the proxy in front says about the way that a request came. Of several values the last, which is the word of the nearest.
fn forwarded<'a>(request: &'a HttpRequest, state: &State, name: &'static str) -> Option<&'a str> {
    listed(request, name).last().filter(|value| !value.is_empty() && is_trusted(peer(request), state))
}

/// The values of a header that is a list.
fn listed<'a>(request: &'a HttpRequest, name: &'static str) -> impl Iterator<Item = &'a str> {
    let values = request.headers().get_all(name).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

fn peer(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip())
}

fn is_trusted(address: IpAddr, state: &State) -> bool {
    state.trusted_proxies.iter().any(|net| net.contains(&address.to_canonical()))
}

/// Name or number, with or without a port.
fn is_host(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    let has_port = |host: &Authority| host.host().len() == text.len() || host.port_u16().is_some();
    text.bytes().all(is_known)
        && text.parse::<Authority>().is_ok_and(|host| {
            host.host().bytes().any(|byte| byte.is_ascii_alphanumeric() || byte == b':') && has_port(&host)
        })
}
