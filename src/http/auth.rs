//! Who calls: decided from the Authorization header before any body is read. Deny by default.

mod session;

pub(super) use session::{Person, SignedIn};

use super::State;
use super::access::{self, Right, Rights};
use super::envelope::{Envelope, error_response};
use super::rate;
use crate::app::connections::authority::Source;
use crate::app::tokens::Admitted;
use crate::app::{AppError, Rules, guard};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use rollcall_scim::error::ScimError;
use std::sync::Arc;

/// Somebody whose credential is good.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// A connection, by a token.
    Token(Admitted),
    /// A person, by a session.
    Person(Person),
}

impl Known {
    /// The rules for them.
    pub(super) fn rules(&self) -> &Arc<Rules> {
        match self {
            Known::Token(admitted) => &admitted.rules,
            Known::Person(person) => &person.rules,
        }
    }

    /// What they may.
    pub(super) fn rights(&self) -> Rights {
        match self {
            Known::Token(admitted) => access::of_scope(admitted.principal.scope),
            Known::Person(person) => access::of_role(person.role),
        }
    }
}

/// What a request needed, so that it can be asked again.
#[derive(Debug, Clone, Copy)]
struct Needed(Envelope, Right);

/// Lets requests through that carry a token for SCIM. What the server can do is told to everybody (RFC 7643 §5), and a
/// session opens its holder's own address (RFC 7644 §3.11).
pub(super) async fn scim<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if matches!(request.path(), "/scim/v2/ServiceProviderConfig" | "/scim/ServiceProviderConfig") {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    if let Some(token) = session::shown_for_me(&request) {
        return match session::holder(request.request(), token).await {
            Ok(holder) => {
                request.extensions_mut().insert(holder);
                next.call(request).await.map(ServiceResponse::map_into_left_body)
            }
            Err(refusal) => Ok(request.into_response(refusal).map_into_right_body()),
        };
    }
    surface(Envelope::Scim, request, next).await
}

/// Lets requests through that carry a token for the API, or the session of somebody whose role opens it.
pub(super) async fn api<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    surface(Envelope::Problem, request, next).await
}

/// Lets those through who may do something here. What there is, and what each needs, is looked at behind it.
async fn surface<B: MessageBody + 'static>(
    envelope: Envelope,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let known = match known(envelope, request.request()).await {
        Ok(known) if access::opens(known.rights(), envelope) => known,
        Ok(_) => {
            let least = if envelope == Envelope::Scim { Right::ReadScim } else { Right::ReadPeople };
            return Ok(request.into_response(insufficient(envelope, least)).map_into_right_body());
        }
        Err(refusal) => return Ok(request.into_response(refusal).map_into_right_body()),
    };
    if let Known::Token(admitted) = &known
        && let Err(refusal) = rate::of_connection(&request, admitted, envelope).await
    {
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    request.extensions_mut().insert(known);
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

/// Lets those through who have the right that a route needs.
pub(super) async fn route<B: MessageBody + 'static>(
    needed: Right,
    envelope: Envelope,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let allowed = match needed {
        Right::Open | Right::Myself => true,
        right => request.extensions().get::<Known>().is_some_and(|known| known.rights().contains(&right)),
    };
    // A sync administers nothing, whatever its token opens.
    if matches!(needed, Right::Administer | Right::Own) && is_of_a_sync(&request) {
        let refusal = error_response(envelope, &guard::not_by_hand());
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    if !allowed {
        return Ok(request.into_response(insufficient(envelope, needed)).map_into_right_body());
    }
    request.extensions_mut().insert(Needed(envelope, needed));
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

fn is_of_a_sync(request: &ServiceRequest) -> bool {
    let source = request.extensions().get::<Known>().map(|known| known.rules().authority.source);
    source.is_some_and(|source| source != Source::Administrators)
}

/// Whose credential it is.
async fn known(envelope: Envelope, request: &HttpRequest) -> Result<Known, HttpResponse> {
    let Some(state) = request.app_data::<web::Data<State>>() else {
        return Err(error_response(envelope, &AppError::Broken("no state".to_owned())));
    };
    let Some(token) = bearer(request.headers()) else {
        // No error code where no credential was shown (RFC 6750 §3.1).
        let missing = AppError::Unauthenticated("this needs a token: send `Authorization: Bearer <token>`");
        return Err(error_response(envelope, &missing));
    };
    // Over SCIM a session opens nothing but its holder's own address.
    if envelope == Envelope::Problem && session::is_one(token) {
        let person = session::person(state, token.to_owned().into()).await;
        return person.map(Known::Person).map_err(|error| refusal(envelope, &error));
    }
    match state.verifier.verify(&state.db, token, state.clock.now()).await {
        Ok(admitted) => Ok(Known::Token(admitted)),
        Err(error) => Err(refusal(envelope, &error)),
    }
}

/// Looks at the credential of a request once more: it may have been revoked, its holder may be another's equal now, and the rules
/// that come with it may be others.
pub(super) async fn again(request: &HttpRequest) -> Result<Known, Error> {
    let refused =
        |refusal| Error::from(InternalError::from_response("the credential is not good any more", refusal));
    let asked = request.extensions().get::<Needed>().copied();
    let Some(Needed(envelope, right)) = asked else {
        let unknown = AppError::Broken("no right was asked for".to_owned());
        return Err(refused(error_response(Envelope::Problem, &unknown)));
    };
    let known = known(envelope, request).await.map_err(refused)?;
    if known.rights().contains(&right) { Ok(known) } else { Err(refused(insufficient(envelope, right))) }
}

/// The answer to a credential that is not good, or could not be looked up.
pub(super) fn refusal(envelope: Envelope, error: &AppError) -> HttpResponse {
    let refusal = error_response(envelope, error);
    if refusal.status() == StatusCode::UNAUTHORIZED {
        return challenge(refusal, "Bearer realm=\"rollcall\", error=\"invalid_token\"");
    }
    refusal
}

/// The answer to a good credential that does not open what was asked for.
fn insufficient(envelope: Envelope, needed: Right) -> HttpResponse {
    let detail = format!("the credential does not open this; it needs {}", access::in_words(needed));
    let refusal = error_response(envelope, &ScimError::forbidden(detail).into());
    challenge(refusal, "Bearer realm=\"rollcall\", error=\"insufficient_scope\"")
}

fn challenge(mut refusal: HttpResponse, value: &'static str) -> HttpResponse {
    refusal.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(value));
    refusal
}

/// The bearer token of a request. The scheme's letter case and blanks do not matter (IDP-QUIRKS 175); a token in the query is
/// never looked at (RFC 6750 §2.3), two Authorization headers are none, and no cookie is ever read.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION);
    let (value, None) = (all.next()?.to_str().ok()?.trim(), all.next()) else { return None };
    let (scheme, token) = value.split_once(char::is_whitespace)?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
