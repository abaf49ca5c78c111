//! POST /Bulk (RFC 7644 §3.7).

use super::answer;
use crate::app::AppError;
use crate::app::bulk::Bulk;
use crate::http::State;
use crate::http::auth;
use crate::http::body::BulkBody;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::lock::hold;
use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use rollcall_domain::ids::TenantId;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a bulk holds a connection before others have their turn. Less than a request waits for one.
const SLICE: Duration = Duration::from_millis(200);

/// How long a bulk may take as a whole; what is not begun by then is answered 503.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a bulk that has begun asks again for a connection before it gives the rest up. It has more to lose than others.
const ATTEMPTS: u32 = 4;

/// Carries out a bulk, slice by slice. After each the token is looked at again, so that a revoked one stops it (the answer is
/// then 401, and what was done before stays).
pub(super) async fn bulk(
    request: HttpRequest,
    state: web::Data<State>,
    caller: Caller,
    BulkBody(body): BulkBody,
) -> Result<HttpResponse, Error> {
    let (begun, mut attempts) = (Instant::now(), ATTEMPTS);
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let tenant = call.tenant;
    let mut bulk = Bulk::new(rules, call, state.clock.clone(), body).map_err(Failure::scim)?;
    // Hashing takes its time, in which the token may have been revoked.
    if bulk.prepare(&state.hasher).await {
        bulk.go_by(Arc::clone(auth::again(&request).await?.rules()));
    }
    let bulk = Arc::new(Mutex::new(bulk));
    loop {
        match slice(&request, &state, tenant, &bulk).await {
            Ok(true) => break,
            Ok(false) if begun.elapsed() < PATIENCE => attempts = ATTEMPTS,
            Err(refused) if !is_busy(&refused) || hold(&bulk).is_untouched() => return Err(refused),
            Err(_) if attempts > 1 && begun.elapsed() < PATIENCE => attempts -= 1,
            _ => {
                hold(&bulk).give_up();
                break;
            }
        }
    }
    let body = hold(&bulk).to_json();
    Ok(answer::json(&request, StatusCode::OK, body))
}

/// One slice, by somebody who is still allowed to; `true` when nothing is left to do.
async fn slice(
    request: &HttpRequest,
    state: &State,
    tenant: TenantId,
    bulk: &Arc<Mutex<Bulk>>,
) -> Result<bool, Error> {
    // Before the first slice the token was looked at already.
    if !hold(bulk).is_untouched() {
        let known = auth::again(request).await?;
        hold(bulk).go_by(Arc::clone(known.rules()));
    }
    let bulk = Arc::clone(bulk);
    let worked = state.db.run(tenant, move |conn| {
        let mut bulk = hold(&bulk);
        bulk.proceed(conn, SLICE);
        Ok::<_, AppError>(bulk.is_done())
    });
    Ok(worked.await.map_err(Failure::scim)?)
}

fn is_busy(refused: &Error) -> bool {
    refused.as_response_error().status_code() == StatusCode::SERVICE_UNAVAILABLE
}
