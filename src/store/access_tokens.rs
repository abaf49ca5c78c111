//! Access tokens that clients got at the token endpoint, and the assertions that were taken for them.

use super::schema::{
    access_tokens as table, connections, oauth_clients, oauth_secrets, tenants, used_assertions as used,
};
use super::tokens::{Admission, Admitting};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use rollcall_domain::ids::{ConnectionId, TenantId};
use serde_json::Value;
use uuid::Uuid;

/// An access token as it is remembered.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The jti claim.
    pub id: Uuid,
    /// Client that got it.
    pub client: Uuid,
    /// Secret it was got for; `None`: for a signature.
    pub secret: Option<Uuid>,
    /// Epoch of the client's keys at that time.
    pub keys_epoch: i32,
    /// What it opens.
    pub scope: String,
    /// SHA-256 of the token.
    pub digest: Vec<u8>,
    /// When it was issued.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Remembers a new access token. `false` when its client was removed meanwhile.
///
/// # Errors
/// Database failures.
pub fn insert(
    conn: &mut TenantConnection,
    tenant: TenantId,
    token: &AccessToken,
) -> Result<bool, StoreError> {
    let inserted = diesel::insert_into(table::table)
        .values((
            table::tenant_id.eq(tenant.0),
            table::id.eq(token.id),
            table::client_id.eq(token.client),
            table::secret_id.eq(token.secret),
            table::keys_epoch.eq(token.keys_epoch),
            table::scope.eq(&token.scope),
            table::digest.eq(&token.digest),
            table::created_at.eq(token.created_at),
            table::expires_at.eq(token.expires_at),
        ))
        .execute(&mut **conn);
    while_the_client_is_there(inserted)
}

fn while_the_client_is_there(written: QueryResult<usize>) -> Result<bool, StoreError> {
    match written {
        Ok(rows) => Ok(rows == 1),
        Err(DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

type Columns = (String, Vec<u8>, DateTime<Utc>, Uuid);

/// The access token of an id with the settings of its connection, in one statement; none whose secret was revoked, or whose key
/// was taken away.
///
/// # Errors
/// Database failures.
pub fn admission(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Admission>, StoreError> {
    let for_a_secret = oauth_secrets::id.nullable().is_not_null().and(oauth_secrets::revoked_at.is_null());
    let for_a_key = table::secret_id.is_null().and(table::keys_epoch.eq(oauth_clients::keys_epoch));
    let row: Option<(Columns, Value, Value, i64)> = table::table
        .inner_join(
            oauth_clients::table.on(oauth_clients::tenant_id
                .eq(table::tenant_id)
                .and(oauth_clients::id.eq(table::client_id))),
        )
        .inner_join(connections::table.on(
            connections::tenant_id.eq(table::tenant_id).and(connections::id.eq(oauth_clients::connection_id)),
        ))
        .inner_join(tenants::table.on(tenants::id.eq(table::tenant_id)))
        .left_join(
            oauth_secrets::table.on(oauth_secrets::tenant_id
                .eq(table::tenant_id)
                .and(oauth_secrets::id.nullable().eq(table::secret_id))),
        )
        .filter(table::tenant_id.eq(tenant.0).and(table::id.eq(id)))
        .filter(for_a_secret.or(for_a_key))
        .select((
            (table::scope, table::digest, table::expires_at, oauth_clients::connection_id),
            connections::settings,
            tenants::policy,
            tenants::schemas_version,
        ))
        .first(&mut **conn)
        .optional()?;
    Ok(row.map(|((scope, digest, expires_at, connection), settings, policy, schemas_version)| {
        let token = Admitting {
            connection: ConnectionId(connection),
            scope,
            digest,
            expires_at: Some(expires_at),
            revoked_at: None,
            last_used_at: None,
        };
        Admission { token, settings, policy, schemas_version }
    }))
}

/// Takes an assertion, which nobody can do a second time. `false` when it was taken before, or the client is gone.
///
/// # Errors
/// Database failures.
pub fn take_assertion(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: Uuid,
    digest: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let taken = diesel::insert_into(used::table)
        .values((
            used::tenant_id.eq(tenant.0),
            used::client_id.eq(client),
            used::digest.eq(digest),
            used::expires_at.eq(expires_at),
        ))
        .on_conflict_do_nothing()
        .execute(&mut **conn);
    while_the_client_is_there(taken)
}

/// Drops access tokens and assertions that ended before.
///
/// # Errors
/// Database failures.
pub fn drop_ended(
    conn: &mut TenantConnection,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let tokens = table::tenant_id.eq(tenant.0).and(table::expires_at.lt(now));
    diesel::delete(table::table.filter(tokens)).execute(&mut **conn)?;
    let assertions = used::tenant_id.eq(tenant.0).and(used::expires_at.lt(now));
    diesel::delete(used::table.filter(assertions)).execute(&mut **conn)?;
    Ok(())
}
