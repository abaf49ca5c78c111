//! /Me: who is signed in, about themselves (RFC 7644 §3.11).

use super::{Address, answer};
use crate::app::resources::{Resources, Users};
use crate::app::{Rules, accounts};
use crate::http::State;
use crate::http::auth::SignedIn;
use crate::http::caller::personal;
use crate::http::envelope::Failure;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::http::{Method as M, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use rollcall_domain::ids::Actor;
use rollcall_scim::error::ScimError;

type Answer = Result<HttpResponse, Failure>;

pub(super) fn address() -> Address {
    let mut routes = vec![(M::GET, web::route().to(read))];
    routes.extend([M::POST, M::PUT, M::PATCH, M::DELETE].map(|method| (method, web::route().to(change))));
    ("/Me".to_owned(), routes)
}

/// The account that the session belongs to. Its address is its own, not this one.
async fn read(request: HttpRequest, state: web::Data<State>) -> Answer {
    let me = signed_in(&request)?;
    let rules = state.verifier.rules_of_tenant(&state.db, me.tenant).await.map_err(Failure::scim)?;
    let projection = answer::projection(&request, &rules, Rules::user).map_err(Failure::scim)?;
    let call = personal(&request, &state, me.tenant, Actor::Account(me.account));
    let asking = call.clone();
    let row = state.db.run(me.tenant, move |conn| accounts::find(conn, &asking, me.account)).await;
    let row = row.map_err(Failure::scim)?;
    let one = Users::represent(&rules, &call, &row, &projection).map_err(Failure::scim)?;
    let location = format!("{}/Users/{}", call.base, row.id);
    let mut response = answer::shown_at(&location, answer::one(&request, StatusCode::OK, one));
    let headers = response.headers_mut();
    if let Ok(location) = location.parse() {
        headers.insert(LOCATION, location);
    }
    headers.insert(CACHE_CONTROL, actix_web::http::header::HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Nobody changes their own account here: who somebody is comes from the identity provider.
async fn change(request: HttpRequest) -> Answer {
    signed_in(&request)?;
    Err(Failure::scim(ScimError::forbidden(
        "/Me can only be read; who you are is kept by your identity provider, ask its administrator for a change",
    )))
}

/// Whose session it is; a connection is no person, and has nothing of its own to see here.
fn signed_in(request: &HttpRequest) -> Result<SignedIn, Failure> {
    request.extensions().get::<SignedIn>().copied().ok_or_else(|| {
        Failure::scim(ScimError::not_implemented(
            "/Me is for people who are signed in, with the token of their session; a connection reads a user under /Users",
        ))
    })
}
