//! OAuth clients, their secrets (digests only) and public keys.

use super::schema::{connections, oauth_clients as clients, oauth_secrets as secrets};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::{ConnectionId, TenantId};
use serde_json::Value;
use uuid::Uuid;

/// A client.
#[derive(Debug, Clone)]
pub struct ClientRow {
    /// The client_id.
    pub id: Uuid,
    /// Connection that acts.
    pub connection: ConnectionId,
    /// The widest scope it can ask for.
    pub scope: String,
    /// Its public keys, a JWK Set.
    pub jwks: Option<Value>,
    /// Where they are fetched, instead.
    pub jwks_uri: Option<String>,
    /// Raised when a key is taken away.
    pub keys_epoch: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A secret of a client.
#[derive(Debug, Clone)]
pub struct SecretRow {
    /// By which it is revoked.
    pub id: Uuid,
    /// Whose it is.
    pub client: Uuid,
    /// SHA-256 of it.
    pub digest: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

type Columns = (Uuid, Uuid, String, Option<Value>, Option<String>, i32, DateTime<Utc>);

type Selected = (
    clients::id,
    clients::connection_id,
    clients::scope,
    clients::jwks,
    clients::jwks_uri,
    clients::keys_epoch,
    clients::created_at,
);

const COLUMNS: Selected = (
    clients::id,
    clients::connection_id,
    clients::scope,
    clients::jwks,
    clients::jwks_uri,
    clients::keys_epoch,
    clients::created_at,
);

fn from_columns((id, connection, scope, jwks, jwks_uri, keys_epoch, created_at): Columns) -> ClientRow {
    ClientRow { id, connection: ConnectionId(connection), scope, jwks, jwks_uri, keys_epoch, created_at }
}

type SecretColumns = (Uuid, Uuid, Vec<u8>, DateTime<Utc>, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

const SECRET_COLUMNS: (
    secrets::id,
    secrets::client_id,
    secrets::digest,
    secrets::created_at,
    secrets::expires_at,
    secrets::revoked_at,
) = (
    secrets::id,
    secrets::client_id,
    secrets::digest,
    secrets::created_at,
    secrets::expires_at,
    secrets::revoked_at,
);

fn secret((id, client, digest, created_at, expires_at, revoked_at): SecretColumns) -> SecretRow {
    SecretRow { id, client, digest, created_at, expires_at, revoked_at }
}

/// Adds a client.
///
/// # Errors
/// Database failures.
pub fn insert(conn: &mut TenantConnection, tenant: TenantId, client: &ClientRow) -> Result<(), StoreError> {
    diesel::insert_into(clients::table)
        .values((
            clients::tenant_id.eq(tenant.0),
            clients::id.eq(client.id),
            clients::connection_id.eq(client.connection.0),
            clients::scope.eq(&client.scope),
            clients::jwks.eq(&client.jwks),
            clients::jwks_uri.eq(&client.jwks_uri),
            clients::keys_epoch.eq(client.keys_epoch),
            clients::created_at.eq(client.created_at),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// All clients of a tenant with the names of their connections, newest first.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<(ClientRow, String)>, StoreError> {
    let rows: Vec<(Columns, String)> = clients::table
        .inner_join(connections::table.on(
            connections::tenant_id.eq(clients::tenant_id).and(connections::id.eq(clients::connection_id)),
        ))
        .filter(clients::tenant_id.eq(tenant.0))
        .order((clients::created_at.desc(), clients::id.desc()))
        .select((COLUMNS, connections::name))
        .load(&mut **conn)?;
    Ok(rows.into_iter().map(|(client, name)| (from_columns(client), name)).collect())
}

/// The client of an id.
///
/// # Errors
/// Database failures.
pub fn find(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<ClientRow>, StoreError> {
    let one = clients::table.find((tenant.0, id)).select(COLUMNS);
    let row: Option<Columns> = one.first(&mut **conn).optional()?;
    Ok(row.map(from_columns))
}

/// The same, held until the end of the transaction.
///
/// # Errors
/// Database failures.
pub fn lock(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<ClientRow>, StoreError> {
    let one = clients::table.find((tenant.0, id)).select(COLUMNS);
    let row: Option<Columns> = one.for_no_key_update().first(&mut **conn).optional()?;
    Ok(row.map(from_columns))
}

/// Writes where the keys of a client are, and their epoch.
///
/// # Errors
/// Database failures.
pub fn save_keys(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: &ClientRow,
) -> Result<(), StoreError> {
    diesel::update(clients::table.find((tenant.0, client.id)))
        .set((
            clients::jwks.eq(&client.jwks),
            clients::jwks_uri.eq(&client.jwks_uri),
            clients::keys_epoch.eq(client.keys_epoch),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// Removes a client with its secrets and access tokens. `false` when there is none.
///
/// # Errors
/// Database failures.
pub fn delete(conn: &mut TenantConnection, tenant: TenantId, id: Uuid) -> Result<bool, StoreError> {
    Ok(diesel::delete(clients::table.find((tenant.0, id))).execute(&mut **conn)? == 1)
}

/// Adds a secret.
///
/// # Errors
/// Database failures.
pub fn insert_secret(
    conn: &mut TenantConnection,
    tenant: TenantId,
    new: &SecretRow,
) -> Result<(), StoreError> {
    diesel::insert_into(secrets::table)
        .values((
            secrets::tenant_id.eq(tenant.0),
            secrets::id.eq(new.id),
            secrets::client_id.eq(new.client),
            secrets::digest.eq(&new.digest),
            secrets::created_at.eq(new.created_at),
            secrets::expires_at.eq(new.expires_at),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// The secrets of a client, or of all clients of the tenant, oldest first.
///
/// # Errors
/// Database failures.
pub fn secrets(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: Option<Uuid>,
) -> Result<Vec<SecretRow>, StoreError> {
    let mut wanted = secrets::table
        .filter(secrets::tenant_id.eq(tenant.0))
        .order((secrets::created_at, secrets::id))
        .select(SECRET_COLUMNS)
        .into_boxed();
    if let Some(client) = client {
        wanted = wanted.filter(secrets::client_id.eq(client));
    }
    let rows: Vec<SecretColumns> = wanted.load(&mut **conn)?;
    Ok(rows.into_iter().map(secret).collect())
}

/// Revokes a secret; the time of an earlier revocation stays. `None` when there is no such secret, otherwise its client.
///
/// # Errors
/// Database failures.
pub fn revoke_secret(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, StoreError> {
    let one = secrets::tenant_id.eq(tenant.0).and(secrets::id.eq(id));
    diesel::update(secrets::table.filter(one).filter(secrets::revoked_at.is_null()))
        .set(secrets::revoked_at.eq(now))
        .execute(&mut **conn)?;
    Ok(secrets::table.filter(one).select(secrets::client_id).first(&mut **conn).optional()?)
}
