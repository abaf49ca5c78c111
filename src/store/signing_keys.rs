//! The keys that sign bearer tokens. They belong to no tenant.

use super::schema::{signing_keys, tokens};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::TenantId;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A key, without its secret.
#[derive(Debug, Clone, Copy)]
pub struct KeyRow {
    /// The kid header of the tokens it signed.
    pub id: Uuid,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was retired.
    pub retired_at: Option<DateTime<Utc>>,
}

/// The keys that are not retired, newest first: id and secret.
///
/// # Errors
/// Database failures.
pub fn live(conn: &mut TenantConnection) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    Ok(signing_keys::table
        .filter(signing_keys::retired_at.is_null())
        .order((signing_keys::created_at.desc(), signing_keys::id.desc()))
        .select((signing_keys::id, signing_keys::secret))
        .load(&mut **conn)?)
}

/// The keys of [`live`], and when a connection read them.
pub(super) struct ReadKeys(Instant, Vec<(Uuid, Vec<u8>)>);

/// How old keys may be: what is retired does so within a second.
const LATELY: Duration = Duration::from_millis(500);

/// The keys of [`live`] as they were a moment ago, or as they are now where the key that is `needed` was not among them.
///
/// # Errors
/// Database failures.
pub fn lately(conn: &mut TenantConnection, needed: Option<Uuid>) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    if let Some(ReadKeys(at, keys)) = &conn.keys
        && at.elapsed() < LATELY
        && needed.is_none_or(|needed| keys.iter().any(|(id, _)| *id == needed))
    {
        return Ok(keys.clone());
    }
    let (asked, keys) = (Instant::now(), live(conn)?);
    conn.keys = Some(ReadKeys(asked, keys.clone()));
    Ok(keys)
}

/// All keys, newest first.
///
/// # Errors
/// Database failures.
pub fn all(conn: &mut TenantConnection) -> Result<Vec<KeyRow>, StoreError> {
    let rows: Vec<(Uuid, DateTime<Utc>, Option<DateTime<Utc>>)> = signing_keys::table
        .order((signing_keys::created_at.desc(), signing_keys::id.desc()))
        .select((signing_keys::id, signing_keys::created_at, signing_keys::retired_at))
        .load(&mut **conn)?;
    Ok(rows.into_iter().map(|(id, created_at, retired_at)| KeyRow { id, created_at, retired_at }).collect())
}

/// Adds a key.
///
/// # Errors
/// Database failures.
pub fn insert(
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

/// Retires a key; the time of an earlier retirement stays.
///
/// # Errors
/// Database failures.
pub fn retire(conn: &mut TenantConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(signing_keys::table.find(id).filter(signing_keys::retired_at.is_null()))
        .set(signing_keys::retired_at.eq(now))
        .execute(&mut **conn)?;
    Ok(())
}

/// The live tokens of a tenant that a key signed: neither revoked nor over.
///
/// # Errors
/// Database failures.
pub fn live_tokens(
    conn: &mut TenantConnection,
    tenant: TenantId,
    key: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, StoreError> {
    Ok(tokens::table
        .filter(tokens::tenant_id.eq(tenant.0).and(tokens::key_id.eq(key)).and(tokens::revoked_at.is_null()))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.assume_not_null().gt(now)))
        .select(tokens::id)
        .order(tokens::id)
        .load(&mut **conn)?)
}
