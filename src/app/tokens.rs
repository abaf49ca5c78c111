//! Bearer tokens: issuing, revoking, and knowing one when it comes back.

mod codec;
mod verifier;

pub use verifier::{MAX_AGE_OF_A_YES, Verifier};

use super::{AppError, Rules, audit, connections};
use crate::store::tokens::{self as store, TokenRow};
use crate::store::{TenantConnection, connections::find_or_make};
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
    /// `/api/v1`, for administrators and the learning platform.
    Api,
}

impl Scope {
    /// The word in tokens, commands and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Scim => "scim",
            Scope::Api => "api",
        }
    }

    /// The scope of a word.
    pub fn from_word(word: &str) -> Option<Scope> {
        [Scope::Scim, Scope::Api].into_iter().find(|scope| scope.as_str() == word)
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
    /// Requests a second that are set for the connection; 0 for no limit, `None` where nothing is set.
    pub requests_per_second: Option<u32>,
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

/// Issues a token for a connection of the tenant; the connection is made when there is none of that name.
///
/// # Errors
/// A connection name that is empty or too long; database failures; no randomness.
pub fn issue(
    conn: &mut TenantConnection,
    tenant: TenantId,
    connection: &str,
    scope: Scope,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Issued, AppError> {
    connections::check_name(connection)?;
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let new_id = ConnectionId(crate::random::id(now));
        let name = connection;
        let (connection, connection_is_new) = find_or_make(conn, tenant, name, new_id, now)?;
        if connection_is_new {
            let facts = json!({"connection": name});
            audit::by_operator(conn, tenant, "connection.created", connection.0, facts, now)?;
        }
        let key = signing_key(conn, now)?;
        let id = crate::random::id(now);
        let claims = codec::Claims::new(id, Principal { tenant, connection, scope }, now, expires_at);
        let token = codec::encode(&claims, key.0, &key.1)?;
        store::insert(
            conn,
            tenant,
            &TokenRow {
                id,
                connection,
                scope: scope.as_str().to_owned(),
                digest: digest(token.expose_secret()).to_vec(),
                created_at: now,
                expires_at,
                revoked_at: None,
            },
        )?;
        let facts = json!({"connection": connection.to_string(), "scope": scope.as_str()});
        audit::by_operator(conn, tenant, "token.issued", id, facts, now)?;
        Ok(Issued { token, id, connection_is_new })
    })
}

/// The newest signing key; the first one is made here.
fn signing_key(conn: &mut TenantConnection, now: DateTime<Utc>) -> Result<(Uuid, Vec<u8>), AppError> {
    if let Some(newest) = store::signing_keys(conn)?.into_iter().next() {
        return Ok(newest);
    }
    let (id, secret) = (crate::random::id(now), crate::random::secret::<32>()?);
    store::insert_signing_key(conn, id, &secret, now)?;
    Ok((id, secret.to_vec()))
}

/// The tokens of a tenant with the names of their connections.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<(TokenRow, String)>, AppError> {
    conn.enter(tenant)?;
    Ok(store::list(conn, tenant)?)
}

/// Whether a token was issued for the tenant, whatever became of it.
///
/// # Errors
/// Database failures.
pub fn is_known(conn: &mut TenantConnection, tenant: TenantId, token: &str) -> Result<bool, AppError> {
    let digest = digest(token);
    Ok(list(conn, tenant)?.iter().any(|(row, _)| bool::from(row.digest.ct_eq(&digest))))
}

/// Revokes a token.
///
/// # Errors
/// `NotFound`; database failures.
pub fn revoke(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        if !store::revoke(conn, tenant, id, now)? {
            let detail = format!("the tenant has no token {id}; `rollcall token list` shows all");
            return Err(AppError::NotFound(detail));
        }
        audit::by_operator(conn, tenant, "token.revoked", id, json!({}), now)
    })
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
