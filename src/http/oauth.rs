//! OAuth 2.0: the token endpoint (RFC 6749 §3.2) and what the server says of itself (RFC 8414).

mod answer;
mod form;
mod proof;

use super::State;
use super::caller::{client_address, origin, request_id};
use super::envelope::Envelope;
use super::routes::resource;
use crate::app::oauth::{ASSERTION_ALGORITHMS, grant, scopes_supported};
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use answer::Refusal;
use form::Form;
use serde_json::json;

/// Where tokens are given.
const TOKEN: &str = "/oauth/token";

/// How clients may prove themselves.
const METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "private_key_jwt"];

/// The one grant there is.
const GRANT: &str = "client_credentials";

pub(super) fn configure(config: &mut web::ServiceConfig, state: &web::Data<State>) {
    let mut at = |path: &str, method, route| {
        let resource = resource(path, Envelope::Problem, vec![(method, route)]);
        config.service(resource.app_data(state.clone()));
    };
    at(TOKEN, Method::POST, web::route().to(token));
    at("/.well-known/oauth-authorization-server", Method::GET, web::route().to(metadata));
}

/// Client credentials for an access token (RFC 6749 §4.4). The query is never looked at: it stands in logs.
async fn token(request: HttpRequest, state: web::Data<State>, body: web::Payload) -> HttpResponse {
    match try_token(&request, &state, body).await {
        Ok(granted) => answer::granted(&granted),
        Err(refusal) => refusal.answer(),
    }
}

async fn try_token(
    request: &HttpRequest,
    state: &State,
    body: web::Payload,
) -> Result<grant::Granted, Refusal> {
    let mut form = Form::read(request.headers(), body.into_inner()).await?;
    match form.take("grant_type").as_deref() {
        Some(GRANT) => {}
        Some(_) => return Err(Refusal::UnsupportedGrant),
        None => return Err(Refusal::Malformed("grant_type is missing; send client_credentials".to_owned())),
    }
    let issuer = origin(request, state);
    let wanted = grant::Request {
        proof: proof::shown(request.headers(), &mut form)?,
        scope: form.take("scope"),
        audiences: vec![format!("{issuer}{TOKEN}"), issuer],
        source: client_address(request, state),
        now: state.clock.now(),
        request_id: request_id(request),
    };
    Ok(grant::grant(&state.db, &state.keys, wanted).await?)
}

/// What a client needs to know, and where to find it (RFC 8414 §2).
async fn metadata(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let issuer = origin(&request, &state);
    HttpResponse::Ok().json(json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}{TOKEN}"),
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "grant_types_supported": [GRANT],
        "response_types_supported": [],
        "scopes_supported": scopes_supported(),
    }))
}
