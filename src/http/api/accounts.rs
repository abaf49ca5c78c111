//! /accounts, for administrators.

use crate::app::{AppError, accounts, mapping};
use crate::http::State;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use rollcall_domain::ids::{AccountId, id_as_shown};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

type Answer = Result<HttpResponse, Failure>;

/// An account: who it is and where it stands.
pub(super) async fn get(
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let (id, now) = (account_id(&id)?, call.now);
    let policy = rules.policy;
    let found = state.db.run(call.tenant, move |conn| accounts::find(conn, &call, id)).await;
    let row = found.map_err(Failure::problem)?;
    let attributes: Map<String, Value> =
        serde_json::from_str(&row.resource).map_err(|e| Failure::problem(AppError::from(e)))?;
    let mut answer = mapping::whole_standing(&row.account, &attributes, now);
    answer.insert("id".to_owned(), row.id.to_string().into());
    answer.insert("active".to_owned(), row.account.is_active(now).into());
    answer.insert("label".to_owned(), row.account.label(&policy, row.created_at, now).into());
    for name in ["userName", "displayName", "externalId"] {
        answer.extend(attributes.get_key_value(name).map(|(name, value)| (name.clone(), value.clone())));
    }
    Ok(HttpResponse::Ok().json(answer))
}

/// Replaces the password by a temporary one, which is in the answer and nowhere else.
pub(super) async fn issue_temporary_password(
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let id = account_id(&id)?;
    let issued = accounts::issue_temporary_password(&state.db, &state.hasher, &rules, &call, id).await;
    let issued = issued.map_err(Failure::problem)?;
    Ok(HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(json!({
        "temporaryPassword": issued.password.expose_secret(),
        "expiresAt": mapping::time(issued.expires_at),
    })))
}

/// What is not spelt as ids are shown is nobody's id.
fn account_id(id: &str) -> Result<AccountId, Failure> {
    let unknown = || accounts::not_found(&rollcall_scim::error::shorten(id));
    id_as_shown(id).map(AccountId).ok_or_else(|| Failure::problem(unknown()))
}
