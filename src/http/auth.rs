//! Who calls: decided from the Authorization header before any body is read. Deny by default.

mod session;

pub(super) use session::SignedIn;

use super::State;
use super::envelope::{Envelope, error_response};
use super::rate;
use crate::app::AppError;
use crate::app::tokens::{Admitted, Scope};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use rollcall_scim::error::ScimError;

/// Lets requests through that carry a token for SCIM. What the server can do is told to everybody (RFC 7643 §5), and a
/// session opens its holder's own address (RFC 7644 §3.11).
pub(super) async fn scim<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if matches!(request.path(), "/scim/v2/ServiceProviderConfig" | "/scim/ServiceProviderConfig") {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    if let Some(token) = session::shown(&request) {
        return match session::holder(request.request(), token).await {
            Ok(holder) => {
                request.extensions_mut().insert(holder);
                next.call(request).await.map(ServiceResponse::map_into_left_body)
            }
            Err(refusal) => Ok(request.into_response(refusal).map_into_right_body()),
        };
    }
    require(Scope::Scim, Envelope::Scim, request, next).await
}

/// The answer to a credential that is not good, or could not be looked up.
pub(super) fn refusal(envelope: Envelope, error: &AppError) -> HttpResponse {
    let refusal = error_response(envelope, error);
    if refusal.status() == StatusCode::UNAUTHORIZED {
        return challenge(refusal, "Bearer realm=\"rollcall\", error=\"invalid_token\"");
    }
    refusal
}

/// Lets requests through that carry an administrator's token.
pub(super) async fn api<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    require(Scope::Api, Envelope::Problem, request, next).await
}

async fn require<B: MessageBody + 'static>(
    scope: Scope,
    envelope: Envelope,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    match admitted(scope, envelope, request.request()).await {
        Ok(admitted) => {
            if let Err(refusal) = rate::of_connection(&request, &admitted, envelope).await {
                return Ok(request.into_response(refusal).map_into_right_body());
            }
            request.extensions_mut().insert(admitted);
            next.call(request).await.map(ServiceResponse::map_into_left_body)
        }
        Err(refusal) => Ok(request.into_response(refusal).map_into_right_body()),
    }
}

async fn admitted(scope: Scope, envelope: Envelope, request: &HttpRequest) -> Result<Admitted, HttpResponse> {
    let Some(state) = request.app_data::<web::Data<State>>() else {
        return Err(error_response(envelope, &AppError::Broken("no state".to_owned())));
    };
    let Some(token) = bearer(request.headers()) else {
        // No error code where no credential was shown (RFC 6750 §3.1).
        let missing = AppError::Unauthenticated("this needs a token: send `Authorization: Bearer <token>`");
        return Err(error_response(envelope, &missing));
    };
    match state.verifier.verify(&state.db, token, state.clock.now()).await {
        Ok(admitted) if admitted.principal.scope == scope => Ok(admitted),
        Ok(_) => {
            let detail = format!("the token does not open this; it needs the scope {}", scope.as_str());
            let refusal = error_response(envelope, &ScimError::forbidden(detail).into());
            Err(challenge(refusal, "Bearer realm=\"rollcall\", error=\"insufficient_scope\""))
        }
        Err(error) => Err(refusal(envelope, &error)),
    }
}

/// Looks at the token of a SCIM request once more: it may have been revoked, and the rules that come with it may be others now.
pub(super) async fn again(request: &HttpRequest) -> Result<Admitted, Error> {
    let refused = |refusal| InternalError::from_response("the token is not good any more", refusal).into();
    admitted(Scope::Scim, Envelope::Scim, request).await.map_err(refused)
}

fn challenge(mut refusal: HttpResponse, value: &'static str) -> HttpResponse {
    refusal.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(value));
    refusal
}

/// The bearer token of a request. The scheme's letter case and blanks do not matter (IDP-QUIRKS 175); a token in the query is
/// never looked at (RFC 6750 §2.3), and two Authorization headers are none.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION);
    let (value, None) = (all.next()?.to_str().ok()?.trim(), all.next()) else { return None };
    let (scheme, token) = value.split_once(char::is_whitespace)?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
