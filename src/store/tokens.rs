//! Bearer tokens, of which only digests are kept, and the keys that sign them.

use super::schema::{connections, signing_keys, tenants, tokens};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::{ConnectionId, TenantId};
use serde_json::Value;
use uuid::Uuid;

/// A token as it is remembered.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// The jti claim.
    pub id: Uuid,
    /// Connection that acts.
    pub connection: ConnectionId,
    /// `scim` or `api`.
    pub scope: String,
    /// SHA-256 of the token.
    pub digest: Vec<u8>,
    /// When it was issued.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

type Columns = (Uuid, Uuid, String, Vec<u8>, DateTime<Utc>, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

const COLUMNS: (
    tokens::id,
    tokens::connection_id,
    tokens::scope,
    tokens::digest,
    tokens::created_at,
    tokens::expires_at,
    tokens::revoked_at,
) = (
    tokens::id,
    tokens::connection_id,
    tokens::scope,
    tokens::digest,
    tokens::created_at,
    tokens::expires_at,
    tokens::revoked_at,
);

fn from_columns((id, connection, scope, digest, created_at, expires_at, revoked_at): Columns) -> TokenRow {
    TokenRow { id, connection: ConnectionId(connection), scope, digest, created_at, expires_at, revoked_at }
}

/// Remembers a new token.
///
/// # Errors
/// Database failures.
pub fn insert(conn: &mut TenantConnection, tenant: TenantId, token: &TokenRow) -> Result<(), StoreError> {
    diesel::insert_into(tokens::table)
        .values((
            tokens::tenant_id.eq(tenant.0),
            tokens::id.eq(token.id),
            tokens::connection_id.eq(token.connection.0),
            tokens::scope.eq(&token.scope),
            tokens::digest.eq(&token.digest),
            tokens::created_at.eq(token.created_at),
            tokens::expires_at.eq(token.expires_at),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// A token, and what decides how its requests are read and answered.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The token.
    pub token: TokenRow,
    /// Settings of its connection.
    pub settings: Value,
    /// What the tenant set of its policy.
    pub policy: Value,
    /// Raised with every change of the tenant's own schemas; 0 while there never were any.
    pub schemas_version: i64,
}

/// The token of an id with the settings of its connection, in one statement.
///
/// # Errors
/// Database failures.
pub fn admission(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Admission>, StoreError> {
    let row: Option<(Columns, Value, Value, i64)> =
        tokens::table
            .inner_join(connections::table.on(
                connections::tenant_id.eq(tokens::tenant_id).and(connections::id.eq(tokens::connection_id)),
            ))
            .inner_join(tenants::table.on(tenants::id.eq(tokens::tenant_id)))
            .filter(tokens::tenant_id.eq(tenant.0).and(tokens::id.eq(id)))
            .select((COLUMNS, connections::settings, tenants::policy, tenants::schemas_version))
            .first(&mut **conn)
            .optional()?;
    Ok(row.map(|(token, settings, policy, schemas_version)| Admission {
        token: from_columns(token),
        settings,
        policy,
        schemas_version,
    }))
}

/// All tokens of a tenant with the names of their connections, newest first.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<(TokenRow, String)>, StoreError> {
    let rows: Vec<(Columns, String)> =
        tokens::table
            .inner_join(connections::table.on(
                connections::tenant_id.eq(tokens::tenant_id).and(connections::id.eq(tokens::connection_id)),
            ))
            .filter(tokens::tenant_id.eq(tenant.0))
            .order((tokens::created_at.desc(), tokens::id.desc()))
            .select((COLUMNS, connections::name))
            .load(&mut **conn)?;
    Ok(rows.into_iter().map(|(token, name)| (from_columns(token), name)).collect())
}

/// Revokes a token; the time of an earlier revocation stays. `false` when there is no such token.
///
/// # Errors
/// Database failures.
pub fn revoke(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let one = tokens::tenant_id.eq(tenant.0).and(tokens::id.eq(id));
    diesel::update(tokens::table.filter(one).filter(tokens::revoked_at.is_null()))
        .set(tokens::revoked_at.eq(now))
        .execute(&mut **conn)?;
    Ok(diesel::select(diesel::dsl::exists(tokens::table.filter(one))).get_result(&mut **conn)?)
}

/// The signing keys, newest first: id and secret.
///
/// # Errors
/// Database failures.
pub fn signing_keys(conn: &mut TenantConnection) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    Ok(signing_keys::table
        .order((signing_keys::created_at.desc(), signing_keys::id.desc()))
        .select((signing_keys::id, signing_keys::secret))
        .load(&mut **conn)?)
}

/// Adds a signing key.
///
/// # Errors
/// Database failures.
pub fn insert_signing_key(
    conn: &mut TenantConnection,
    id: Uuid,
    secret: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(signing_keys::table)
        .values((signing_keys::id.eq(id), signing_keys::secret.eq(secret), signing_keys::created_at.eq(now)))
        .execute(&mut **conn)?;
    Ok(())
}
