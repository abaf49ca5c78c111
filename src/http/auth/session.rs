//! The one SCIM address that the session of a person opens: their own (RFC 7644 §3.11).

use super::{bearer, refusal};
use crate::app::{AppError, sessions};
use crate::http::State;
use crate::http::envelope::{Envelope, error_response};
use actix_web::dev::ServiceRequest;
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_domain::ids::{AccountId, TenantId};
use secrecy::SecretString;

/// Who is signed in.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct SignedIn {
    /// Tenant of the session.
    pub(in crate::http) tenant: TenantId,
    /// Whose it is.
    pub(in crate::http) account: AccountId,
}

/// The token of a session that a request shows where one counts. Everywhere else it is no good token.
pub(super) fn shown(request: &ServiceRequest) -> Option<SecretString> {
    if !matches!(request.path(), "/scim/v2/Me" | "/scim/Me") {
        return None;
    }
    bearer(request.headers()).filter(|token| token.starts_with(sessions::PREFIX)).map(SecretString::from)
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
