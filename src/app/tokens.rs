//! Bearer tokens: issuing, revoking, and knowing one when it comes back.

mod access;
mod codec;
pub mod expiry;
mod foreign;
pub mod keys;
mod verifier;
mod view;

pub(super) use access::mint;

pub use verifier::{MAX_AGE_OF_A_YES, Verifier};
pub use view::TokenView;

use super::audit::{self, By};
use super::{AppError, Rules, connections, mapping};
use crate::store::TenantConnection;
use crate::store::connections::{by_name, find_or_make};
use crate::store::tokens::{self as store, TokenRow};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::{ConnectionId, TenantId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `/scim/v2`, for identity providers.
    Scim,
    /// Reading under `/scim/v2`.
    ScimRead,
    /// `/api/v1`, for administrators and the learning platform.
    Api,
    /// Reading under `/api/v1`.
    ApiRead,
    /// What the session of a person carries whose role opens the API. No token is issued with it.
    Console,
}

impl Scope {
    /// Those that a token can be issued with.
    pub const ISSUED: [Scope; 4] = [Scope::Scim, Scope::ScimRead, Scope::Api, Scope::ApiRead];

    /// The word in tokens, commands and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Scim => "scim",
            Scope::ScimRead => "scim.read",
            Scope::Api => "api",
            Scope::ApiRead => "api.read",
            Scope::Console => "console",
        }
    }

    /// The scope of a word.
    pub fn from_word(word: &str) -> Option<Scope> {
        let all = Scope::ISSUED.into_iter().chain([Scope::Console]);
        all.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// Who a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    /// Tenant the token opens.
    pub tenant: TenantId,
    /// Connection that acts.
    pub connection: ConnectionId,
    /// What it opens.
    pub scope: Scope,
}

/// Who was let in, and by which rules.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Who.
    pub principal: Principal,
    /// The schemas of the tenant and the settings of the connection.
    pub rules: Arc<Rules>,
}

/// A token that was just issued.
pub struct Issued {
    /// The token, shown once.
    pub token: SecretString,
    /// Its id, for `token revoke`.
    pub id: Uuid,
    /// Whether the connection was made with it.
    pub connection_is_new: bool,
}

/// Issues a token at the operator's wish; the connection is made when there is none of that name.
///
/// # Errors
/// A connection name that is empty or too long, `Invalid` for the scope of sessions; database failures; no randomness.
pub fn issue(
    conn: &mut TenantConnection,
    tenant: TenantId,
    connection: &str,
    scope: Scope,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Issued, AppError> {
    connections::check_name(connection)?;
    let by = By::operator(now);
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let new_id = ConnectionId(crate::random::id(now));
        let name = connection;
        let (connection, connection_is_new) = find_or_make(conn, tenant, name, new_id, now)?;
        if connection_is_new {
            let facts = json!({"connection": name});
            audit::by_operator(conn, tenant, "connection.created", connection.0, facts, now)?;
        }
        let issued = issue_to(conn, Principal { tenant, connection, scope }, expires_at, &by)?;
        Ok(Issued { connection_is_new, ..issued })
    })
}

/// Issues a token for a connection that there is.
///
/// # Errors
/// `Invalid` for a connection that is none, and for the scope of sessions; database failures; no randomness.
pub fn issue_for(
    conn: &mut TenantConnection,
    tenant: TenantId,
    connection: &str,
    scope: Scope,
    expires_at: Option<DateTime<Utc>>,
    by: &By,
) -> Result<Issued, AppError> {
    let Some(found) = by_name(conn, tenant, connection)? else {
        let shown = mapping::shorten(connection);
        let detail = format!(
            "there is no connection {shown:?}; GET /connections lists all, and the operator makes them"
        );
        return Err(AppError::invalid("connection", detail));
    };
    let principal = Principal { tenant, connection: found.id, scope };
    conn.in_transaction(|conn| issue_to(conn, principal, expires_at, by))
}

fn issue_to(
    conn: &mut TenantConnection,
    principal: Principal,
    expires_at: Option<DateTime<Utc>>,
    by: &By,
) -> Result<Issued, AppError> {
    let Principal { tenant, connection, scope } = principal;
    if scope == Scope::Console {
        let detail = "console is what the session of a person carries whose role opens the API, and no token; sign in as one, or \
                      choose scim, scim.read, api or api.read";
        return Err(AppError::invalid("scope", detail.to_owned()));
    }
    let (key, secret) = keys::signing(conn, by.now)?;
    let id = crate::random::id(by.now);
    let token = codec::encode(&codec::Claims::new(id, principal, by.now, expires_at), key, &secret)?;
    let row = TokenRow {
        id,
        connection,
        scope: scope.as_str().to_owned(),
        digest: digest(token.expose_secret()).to_vec(),
        created_at: by.now,
        expires_at,
        revoked_at: None,
        key,
        last_used_at: None,
    };
    store::insert(conn, tenant, &row)?;
    let facts = json!({"connection": connection.to_string(), "scope": scope.as_str()});
    audit::record(conn, tenant, by, "token.issued", id, Vec::new(), facts)?;
    Ok(Issued { token, id, connection_is_new: false })
}

/// The tokens of a tenant, newest first, without the tokens themselves.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<Vec<TokenView>, AppError> {
    conn.enter(tenant)?;
    Ok(store::list(conn, tenant)?.into_iter().map(|(row, name)| TokenView::new(row, name, now)).collect())
}

/// Whether a token was issued for the tenant, whatever became of it.
///
/// # Errors
/// Database failures.
pub fn is_known(conn: &mut TenantConnection, tenant: TenantId, token: &str) -> Result<bool, AppError> {
    let digest = digest(token);
    conn.enter(tenant)?;
    Ok(store::list(conn, tenant)?.iter().any(|(row, _)| bool::from(row.digest.ct_eq(&digest))))
}

/// Revokes a token at the operator's wish.
///
/// # Errors
/// As [`revoke_by`].
pub fn revoke(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    revoke_by(conn, tenant, id, &By::operator(now))
}

/// Revokes a token. Every server refuses it within [`MAX_AGE_OF_A_YES`].
///
/// # Errors
/// `NotFound`; database failures.
pub fn revoke_by(conn: &mut TenantConnection, tenant: TenantId, id: Uuid, by: &By) -> Result<(), AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        if !store::revoke(conn, tenant, id, by.now)? {
            return Err(no_token(&id.to_string()));
        }
        audit::record(conn, tenant, by, "token.revoked", id, Vec::new(), json!({}))
    })
}

/// There is no such token, or none that the caller may know of.
pub fn no_token(id: &str) -> AppError {
    AppError::NotFound(format!(
        "the tenant has no token {id}; `rollcall token list` or GET /tokens shows all"
    ))
}

pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
