//! Every request gets an id and its answer the headers that protect it, and a line in the log without the query: filters hold
//! personal data (RFC 7644 §7.5.2).

use super::State;
use super::caller::{has_odd_host, is_https};
use super::envelope::{Cause, Envelope, error_response};
use super::headers::protect;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use log::Level;
use rollcall_scim::error::ScimError;
use std::borrow::Cow;
use std::time::Instant;
use uuid::Uuid;

/// Bytes of path and query at most. Beyond 64 KiB nothing could answer any more but the framework, without an envelope.
const MAX_ADDRESS: usize = 60 * 1024;

/// Bytes of all header fields at most, names and values. The largest that a provider has a reason to send is its token.
const MAX_HEADERS: usize = 16 * 1024;

/// The id of a request: in the answer's header, in the log and in the audit log.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestId(pub(super) Uuid);

pub(super) async fn trace<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let started = Instant::now();
    let now = request.app_data::<web::Data<State>>().map(|state| state.clock.now()).unwrap_or_default();
    let id = crate::random::id(now);
    request.extensions_mut().insert(RequestId(id));
    let envelope = Envelope::of(request.path());
    let mut response = match refusal(&request) {
        Some(error) => request.into_response(error_response(envelope, &error.into())).map_into_right_body(),
        None => next.call(request).await?.map_into_left_body(),
    };
    let is_https = {
        let request = response.request();
        request.app_data::<web::Data<State>>().is_some_and(|state| is_https(request, state))
    };
    protect(response.headers_mut(), is_https);
    let text = id.to_string();
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    if let Some(Cause(cause)) = response.response().extensions().get::<Cause>() {
        let level =
            if response.status() == StatusCode::SERVICE_UNAVAILABLE { Level::Warn } else { Level::Error };
        log::log!(level, "{cause} request={id}");
    }
    if log::log_enabled!(target: "rollcall::access", Level::Info) {
        let request = response.request();
        log::info!(
            target: "rollcall::access",
            "{} {} {} {:.1}ms request={id}",
            request.method(),
            without_credentials(request.path()),
            response.status().as_u16(),
            started.elapsed().as_secs_f64() * 1_000.0,
        );
    }
    Ok(response)
}

/// A path as it may be logged. Who pastes a token into an address by mistake does not find it in the log.
fn without_credentials(path: &str) -> Cow<'_, str> {
    let is_one = |segment: &str| {
        ["rcs_", "rcr_", "eyJ"].iter().any(|beginning| segment.contains(beginning)) || segment.len() > 200
    };
    if !path.split('/').any(is_one) {
        return Cow::Borrowed(path);
    }
    let shown: Vec<&str> =
        path.split('/').map(|segment| if is_one(segment) { "…" } else { segment }).collect();
    Cow::Owned(shown.join("/"))
}

/// What is refused before anybody looks at it: an address or header fields that are too long, and a name that is none.
fn refusal(request: &ServiceRequest) -> Option<ScimError> {
    let refused = |status, detail| Some(ScimError { status, scim_type: None, detail });
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > MAX_ADDRESS) {
        let detail =
            format!("the address is longer than {MAX_ADDRESS} bytes; POST a long filter to /.search");
        return refused(414, detail);
    }
    let bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > MAX_HEADERS {
        return refused(
            431,
            format!("the header fields are longer than {MAX_HEADERS} bytes together; send fewer"),
        );
    }
    // Whoever asks whether the server is well need not know its name.
    let state = request.app_data::<web::Data<State>>().filter(|_| !request.path().starts_with("/health/"));
    if state.is_some_and(|state| has_odd_host(request.request(), state)) {
        let detail = "Host (or X-Forwarded-Host) is empty, there twice or no name of a server; send one such as scim.example.com:8443";
        return refused(400, detail.to_owned());
    }
    None
}
