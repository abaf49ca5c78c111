//! Bearer tokens, of which only digests are kept.

use super::schema::{connections, signing_keys, tenants, tokens};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Duration, Utc};
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
    /// `scim`, `scim.read`, `api` or `api.read`.
    pub scope: String,
    /// SHA-256 of the token.
    pub digest: Vec<u8>,
    /// When it was issued.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key that signed it.
    pub key: Uuid,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

type Columns = (
    Uuid,
    Uuid,
    String,
    Vec<u8>,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Uuid,
    Option<DateTime<Utc>>,
);

const COLUMNS: (
    tokens::id,
    tokens::connection_id,
    tokens::scope,
    tokens::digest,
    tokens::created_at,
    tokens::expires_at,
    tokens::revoked_at,
    tokens::key_id,
    tokens::last_used_at,
) = (
    tokens::id,
    tokens::connection_id,
    tokens::scope,
    tokens::digest,
    tokens::created_at,
    tokens::expires_at,
    tokens::revoked_at,
    tokens::key_id,
    tokens::last_used_at,
);

fn from_columns(
    (id, connection, scope, digest, created_at, expires_at, revoked_at, key, last_used_at): Columns,
) -> TokenRow {
    let connection = ConnectionId(connection);
    TokenRow { id, connection, scope, digest, created_at, expires_at, revoked_at, key, last_used_at }
}

impl TokenRow {
    fn admitting(self) -> Admitting {
        let Self { connection, scope, digest, expires_at, revoked_at, last_used_at, .. } = self;
        Admitting { connection, scope, digest, expires_at, revoked_at, last_used_at }
    }
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
            tokens::key_id.eq(token.key),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// What of a token decides whether it is good.
#[derive(Debug, Clone)]
pub struct Admitting {
    /// Connection that acts.
    pub connection: ConnectionId,
    /// What it opens.
    pub scope: String,
    /// SHA-256 of the token.
    pub digest: Vec<u8>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The last use on record; `None` also where none is kept.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A token, and what decides how its requests are read and answered.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The token.
    pub token: Admitting,
    /// Settings of its connection.
    pub settings: Value,
    /// What the tenant set of its policy.
    pub policy: Value,
    /// Raised with every change of the tenant's own schemas; 0 while there never were any.
    pub schemas_version: i64,
}

/// The token of an id with the settings of its connection, in one statement; `None` also when the key that signed it was retired.
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
            .inner_join(
                signing_keys::table
                    .on(signing_keys::id.eq(tokens::key_id).and(signing_keys::retired_at.is_null())),
            )
            .filter(tokens::tenant_id.eq(tenant.0).and(tokens::id.eq(id)))
            .select((COLUMNS, connections::settings, tenants::policy, tenants::schemas_version))
            .first(&mut **conn)
            .optional()?;
    Ok(row.map(|(token, settings, policy, schemas_version)| Admission {
        token: from_columns(token).admitting(),
        settings,
        policy,
        schemas_version,
    }))
}

/// All tokens of a tenant with the names of their connections, newest first. One whose key was retired is revoked since then.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<(TokenRow, String)>, StoreError> {
    let rows: Vec<(Columns, String, Option<DateTime<Utc>>)> =
        tokens::table
            .inner_join(connections::table.on(
                connections::tenant_id.eq(tokens::tenant_id).and(connections::id.eq(tokens::connection_id)),
            ))
            .inner_join(signing_keys::table.on(signing_keys::id.eq(tokens::key_id)))
            .filter(tokens::tenant_id.eq(tenant.0))
            .order((tokens::created_at.desc(), tokens::id.desc()))
            .select((COLUMNS, connections::name, signing_keys::retired_at))
            .load(&mut **conn)?;
    let with_name = |(token, name, retired_at): (Columns, String, Option<DateTime<Utc>>)| {
        let token = from_columns(token);
        (TokenRow { revoked_at: token.revoked_at.or(retired_at), ..token }, name)
    };
    Ok(rows.into_iter().map(with_name).collect())
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

/// How long a use is not worth recording again.
const USE_RECORDED_EVERY: Duration = Duration::minutes(1);

/// Whether the last use on record is so long ago that this one is recorded.
pub fn is_use_due(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last.is_none_or(|last| now - last >= USE_RECORDED_EVERY)
}

/// Records that a token was used, if nobody else has within the minute.
///
/// # Errors
/// Database failures.
pub fn record_use(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let due = tokens::last_used_at
        .is_null()
        .or(tokens::last_used_at.assume_not_null().le(now - USE_RECORDED_EVERY));
    diesel::update(tokens::table.filter(tokens::tenant_id.eq(tenant.0).and(tokens::id.eq(id))).filter(due))
        .set(tokens::last_used_at.eq(now))
        .execute(&mut **conn)?;
    Ok(())
}

/// A token that ends soon: its id, its connection, and when.
pub type Ending = (Uuid, Uuid, DateTime<Utc>);

/// Notes for the live tokens of a tenant that end within `days` that this was warned of, and returns those of which it was not.
/// A token that was issued for no longer than that is none of them.
///
/// # Errors
/// Database failures.
pub fn warn(
    conn: &mut TenantConnection,
    tenant: TenantId,
    days: i16,
    now: DateTime<Utc>,
) -> Result<Vec<Ending>, StoreError> {
    let step = Duration::days(days.into());
    let live = tokens::tenant_id.eq(tenant.0).and(tokens::revoked_at.is_null());
    let at = tokens::expires_at.assume_not_null();
    let ends = tokens::expires_at.is_not_null().and(at.gt(now)).and(at.le(now + step));
    let was_for_longer = tokens::expires_at.assume_not_null().gt(tokens::created_at + step);
    let unsaid = tokens::warned_days.is_null().or(tokens::warned_days.assume_not_null().gt(days));
    let rows: Vec<(Uuid, Uuid, Option<DateTime<Utc>>)> =
        diesel::update(tokens::table.filter(live).filter(ends).filter(was_for_longer).filter(unsaid))
            .set(tokens::warned_days.eq(days))
            .returning((tokens::id, tokens::connection_id, tokens::expires_at))
            .get_results(&mut **conn)?;
    Ok(rows.into_iter().filter_map(|(id, connection, at)| Some((id, connection, at?))).collect())
}
