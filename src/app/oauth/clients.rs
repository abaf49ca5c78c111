//! The OAuth clients of connections: making them, their secrets and their public keys. For the operator's commands.

mod keys;

pub use keys::{add_keys, fetch_keys, remove_key, stop_fetching};

use super::{digest_of, scopes};
use crate::app::audit;
use crate::app::connections::check_name;
use crate::app::{AppError, tokens};
use crate::store::oauth_clients::{self as store, ClientRow, SecretRow};
use crate::store::oauth_routes::{self, Route};
use crate::store::{TenantConnection, connections::find_or_make};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rollcall_domain::ids::{ConnectionId, TenantId};
use rollcall_scim::error::shorten;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use uuid::Uuid;

/// What a client's secret begins with, so that it is known where it leaks.
pub const PREFIX: &str = "rcc_";
/// Secrets of a client that live at once, at most: all are compared.
const MAX_SECRETS: usize = 10;

/// A secret that was just made.
pub struct NewSecret {
    /// The secret, shown once.
    pub secret: SecretString,
    /// Its id, for `client secret revoke`.
    pub id: Uuid,
}

/// A client that was just made.
pub struct NewClient {
    /// The client_id.
    pub id: Uuid,
    /// Its first secret, if one was asked for.
    pub secret: Option<NewSecret>,
    /// Whether the connection was made with it.
    pub connection_is_new: bool,
}

/// What leads to a client before its tenant is known.
pub(super) fn route_key(client: Uuid) -> Vec<u8> {
    digest_of(&["client", &client.to_string()])
}

/// Makes a client of a connection; the connection is made when there is none of that name.
///
/// # Errors
/// A connection name or scope that cannot be; database failures; no randomness.
pub fn create(
    conn: &mut TenantConnection,
    tenant: TenantId,
    connection: &str,
    scope: &str,
    secret: Option<Option<DateTime<Utc>>>,
    now: DateTime<Utc>,
) -> Result<NewClient, AppError> {
    check_name(connection)?;
    check_scope(scope)?;
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let (connection, connection_is_new) = connection_of(conn, tenant, connection, now)?;
        // The server signs access tokens, but makes no key.
        tokens::keys::signing(conn, now)?;
        let id = crate::random::id(now);
        let row = ClientRow {
            id,
            connection,
            scope: scope.to_owned(),
            jwks: None,
            jwks_uri: None,
            keys_epoch: 0,
            created_at: now,
        };
        store::insert(conn, tenant, &row)?;
        let key = route_key(id);
        oauth_routes::insert(conn, &Route { family: key.clone(), key, tenant, opens: id })?;
        let facts = json!({"connection": connection.to_string(), "scope": scope});
        audit::by_operator(conn, tenant, "client.created", id, facts, now)?;
        let secret = secret.map(|expires_at| new_secret(conn, tenant, id, expires_at, now)).transpose()?;
        Ok(NewClient { id, secret, connection_is_new })
    })
}

/// The connection of a name, made when there is none, and whether it was.
pub(super) fn connection_of(
    conn: &mut TenantConnection,
    tenant: TenantId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(ConnectionId, bool), AppError> {
    let (connection, is_new) = find_or_make(conn, tenant, name, ConnectionId(crate::random::id(now)), now)?;
    if is_new {
        let facts = json!({"connection": name});
        audit::by_operator(conn, tenant, "connection.created", connection.0, facts, now)?;
    }
    Ok((connection, is_new))
}

/// Whether a machine may have a scope.
pub(super) fn check_scope(scope: &str) -> Result<(), AppError> {
    let supported = scopes::supported();
    if supported.contains(&scope) {
        return Ok(());
    }
    let detail = format!("{:?} is no scope for this; there are: {}", shorten(scope), supported.join(", "));
    Err(AppError::invalid("scope", detail))
}

/// The clients of a tenant with the names of their connections, newest first, and the secrets of all of them.
///
/// # Errors
/// Database failures.
#[expect(clippy::type_complexity, reason = "rows, as the store gives them")]
pub fn list(
    conn: &mut TenantConnection,
    tenant: TenantId,
) -> Result<(Vec<(ClientRow, String)>, Vec<SecretRow>), AppError> {
    conn.enter(tenant)?;
    Ok((store::list(conn, tenant)?, store::secrets(conn, tenant, None)?))
}

/// Removes a client. Its secrets, keys and access tokens end with it.
///
/// # Errors
/// `NotFound`; database failures.
pub fn remove(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        if !store::delete(conn, tenant, id)? {
            return Err(unknown(id));
        }
        oauth_routes::delete(conn, tenant, id)?;
        audit::by_operator(conn, tenant, "client.removed", id, json!({}), now)
    })
}

/// Adds a secret; those there are go on living.
///
/// # Errors
/// `NotFound`; `Invalid` when there are too many; database failures; no randomness.
pub fn add_secret(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: Uuid,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<NewSecret, AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        store::lock(conn, tenant, client)?.ok_or_else(|| unknown(client))?;
        let secrets = store::secrets(conn, tenant, Some(client))?;
        let live = secrets.iter().filter(|row| is_live(row, now)).count();
        if live >= MAX_SECRETS {
            let detail = format!("the client has {live} secrets that live; revoke one of them first");
            return Err(AppError::invalid("secret", detail));
        }
        new_secret(conn, tenant, client, expires_at, now)
    })
}

/// Whether a secret counts.
pub fn is_live(secret: &SecretRow, now: DateTime<Utc>) -> bool {
    secret.revoked_at.is_none() && secret.expires_at.is_none_or(|at| now < at)
}

fn new_secret(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: Uuid,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<NewSecret, AppError> {
    let random = URL_SAFE_NO_PAD.encode(crate::random::secret::<32>()?);
    let secret = SecretString::from(format!("{PREFIX}{random}"));
    let id = crate::random::id(now);
    let row = SecretRow {
        id,
        client,
        digest: tokens::digest(secret.expose_secret()).to_vec(),
        created_at: now,
        expires_at,
        revoked_at: None,
    };
    store::insert_secret(conn, tenant, &row)?;
    audit::by_operator(conn, tenant, "client.secret-added", client, json!({"secret": id}), now)?;
    Ok(NewSecret { secret, id })
}

/// Revokes a secret, and with it every access token that was got for it.
///
/// # Errors
/// `NotFound`; database failures.
pub fn revoke_secret(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let Some(client) = store::revoke_secret(conn, tenant, id, now)? else {
            let detail = format!("the tenant has no secret {id}; `rollcall client list` shows all");
            return Err(AppError::NotFound(detail));
        };
        audit::by_operator(conn, tenant, "client.secret-revoked", client, json!({"secret": id}), now)
    })
}

fn unknown(id: Uuid) -> AppError {
    AppError::NotFound(format!("the tenant has no client {id}; `rollcall client list` shows all"))
}
