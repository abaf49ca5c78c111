//! Every request gets an id, and a line in the log without its query: filters hold personal data (RFC 7644 §7.5.2).

use super::State;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use std::time::Instant;
use uuid::Uuid;

/// The id of a request: in the answer's header, in the log and in the audit log.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestId(pub(super) Uuid);

pub(super) async fn trace<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let now = request.app_data::<web::Data<State>>().map(|state| state.clock.now()).unwrap_or_default();
    let id = crate::random::id(now);
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.call(request).await?;
    let text = id.to_string();
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    if log::log_enabled!(target: "rollcall::access", log::Level::Info) {
        let request = response.request();
        log::info!(
            target: "rollcall::access",
            "{} {} {} {:.1}ms request={id}",
            request.method(),
            request.path(),
            response.status().as_u16(),
            started.elapsed().as_secs_f64() * 1_000.0,
        );
    }
    Ok(response)
}
