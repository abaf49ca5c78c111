//! Sessions of people: over SCIM they open their holder's own address (RFC 7644 §3.11), over the API what the role allows.

use super::{bearer, refusal};
use crate::app::{AppError, Rules, sessions};
use crate::http::State;
use crate::http::envelope::{Envelope, error_response};
use actix_web::dev::ServiceRequest;
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_domain::account::Role;
use rollcall_domain::ids::{AccountId, TenantId};
use secrecy::SecretString;
use std::sync::Arc;

/// Who is signed in, and asks about themselves.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct SignedIn {
    /// Tenant of the session.
    pub(in crate::http) tenant: TenantId,
    /// Whose it is.
    pub(in crate::http) account: AccountId,
}

/// Who is signed in, and administers.
#[derive(Debug, Clone)]
pub(in crate::http) struct Person {
    /// Tenant of the session.
    pub(in crate::http) tenant: TenantId,
    /// Whose it is.
    pub(in crate::http) account: AccountId,
    /// Their role, read with the session.
    pub(in crate::http) role: Role,
    /// The rules of the tenant.
    pub(in crate::http) rules: Arc<Rules>,
}

/// Whether a bearer token is that of a session, by its form.
pub(super) fn is_one(token: &str) -> bool {
    token.starts_with(sessions::PREFIX)
}

/// The token of a session that a request shows at its holder's own address.
pub(super) fn shown_for_me(request: &ServiceRequest) -> Option<SecretString> {
    if !matches!(request.path(), "/scim/v2/Me" | "/scim/Me") {
        return None;
    }
    bearer(request.headers()).filter(|token| is_one(token)).map(SecretString::from)
}

/// Whose session it is, or the answer that says that it is none.
pub(super) async fn holder(request: &HttpRequest, token: SecretString) -> Result<SignedIn, HttpResponse> {
    let Some(state) = request.app_data::<web::Data<State>>() else {
        return Err(error_response(Envelope::Scim, &AppError::Broken("no state".to_owned())));
    };
    match sessions::current(&state.db, &token, state.clock.now()).await {
        Ok((tenant, _, live)) => Ok(SignedIn { tenant, account: live.account }),
        Err(error) => Err(refusal(Envelope::Scim, &error)),
    }
}

/// Who is signed in, with the role that they have at this moment.
pub(super) async fn person(state: &State, token: SecretString) -> Result<Person, AppError> {
    let (tenant, _, live) = sessions::current(&state.db, &token, state.clock.now()).await?;
    let rules = Arc::new(state.verifier.rules_of_tenant(&state.db, tenant).await?);
    Ok(Person { tenant, account: live.account, role: live.role, rules })
}
