//! The keys that sign tokens: the newest signs, all that are not retired verify. A key is replaced without a gap by making another,
//! issuing every token anew, and retiring the old one.

use crate::app::AppError;
use crate::app::audit;
use crate::app::mapping;
use crate::store::signing_keys::{self as store, KeyRow};
use crate::store::{TenantConnection, tenants, tokens};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// A key as it is shown.
#[derive(Debug)]
pub struct Key {
    /// Its id, which the tokens that it signed carry as `kid`.
    pub id: Uuid,
    /// signs, verifies or retired.
    pub state: &'static str,
    /// When it was made.
    pub made_at: String,
    /// When it was retired.
    pub retired_at: Option<String>,
    /// Live tokens that it signed, of all tenants.
    pub tokens: usize,
}

/// The newest key, which signs; the first one is made here.
pub(in crate::app) fn signing(
    conn: &mut TenantConnection,
    now: DateTime<Utc>,
) -> Result<(Uuid, Vec<u8>), AppError> {
    match store::live(conn)?.into_iter().next() {
        Some(newest) => Ok(newest),
        None => make(conn, now),
    }
}

fn make(conn: &mut TenantConnection, now: DateTime<Utc>) -> Result<(Uuid, Vec<u8>), AppError> {
    let (id, secret) = (crate::random::id(now), crate::random::secret::<32>()?);
    store::insert(conn, id, &secret, now)?;
    Ok((id, secret.to_vec()))
}

/// Makes a key that signs from now on, and returns its id. Tokens that others signed go on.
///
/// # Errors
/// Database failures; no randomness.
pub fn rotate(conn: &mut TenantConnection, now: DateTime<Utc>) -> Result<Uuid, AppError> {
    Ok(make(conn, now)?.0)
}

/// All keys, newest first.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, now: DateTime<Utc>) -> Result<Vec<Key>, AppError> {
    let rows = store::all(conn)?;
    let newest = newest(&rows);
    let mut keys = Vec::with_capacity(rows.len());
    for KeyRow { id, created_at, retired_at } in rows {
        let state = match retired_at {
            Some(_) => "retired",
            None if newest == Some(id) => "signs",
            None => "verifies",
        };
        let tokens = if retired_at.is_some() { 0 } else { of_every_tenant(conn, id, now)?.len() };
        let (made_at, retired_at) = (mapping::time(created_at), retired_at.map(mapping::time));
        keys.push(Key { id, state, made_at, retired_at, tokens });
    }
    Ok(keys)
}

/// Retires a key: from now on no server takes a token that it signed, within the second for which a yes is remembered. Returns how
/// many live tokens ended.
///
/// # Errors
/// `NotFound`; `Conflict` for the key that signs, and with the number of live tokens unless that is wanted (`anyway`); database
/// failures. When it failed half-way, the tokens have ended, and running it again puts the rest on record.
pub fn retire(
    conn: &mut TenantConnection,
    id: Uuid,
    anyway: bool,
    now: DateTime<Utc>,
) -> Result<usize, AppError> {
    let rows = store::all(conn)?;
    if !rows.iter().any(|row| row.id == id) {
        return Err(AppError::NotFound(format!(
            "there is no signing key {id}; `rollcall keys list` shows all"
        )));
    }
    if newest(&rows) == Some(id) {
        let detail = format!("{id} is the key that signs; make another with `rollcall keys rotate` first");
        return Err(AppError::Conflict { kind: "signing-key-in-use", detail });
    }
    let ending = of_every_tenant(conn, id, now)?;
    if !anyway && !ending.is_empty() {
        let detail = format!(
            "{} live tokens were signed by {id} and would end; issue others for their connections first (`rollcall token list` \
             names the key of each), or end them with --force",
            ending.len()
        );
        return Err(AppError::Conflict { kind: "signing-key-in-use", detail });
    }
    // This alone ends them all, whatever comes after it.
    store::retire(conn, id, now)?;
    for (tenant, token) in &ending {
        conn.enter(*tenant)?;
        conn.in_transaction(|conn| {
            tokens::revoke(conn, *tenant, *token, now)?;
            let facts = json!({"retiredKey": id});
            audit::by_operator(conn, *tenant, "token.revoked", *token, facts, now)
        })?;
    }
    Ok(ending.len())
}

fn newest(rows: &[KeyRow]) -> Option<Uuid> {
    rows.iter().find(|row| row.retired_at.is_none()).map(|row| row.id)
}

/// The live tokens that a key signed, with their tenants.
fn of_every_tenant(
    conn: &mut TenantConnection,
    key: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<(rollcall_domain::ids::TenantId, Uuid)>, AppError> {
    let mut all = Vec::new();
    for tenant in tenants::list(conn)? {
        conn.enter(tenant.id)?;
        all.extend(
            store::live_tokens(conn, tenant.id, key, now)?.into_iter().map(|token| (tenant.id, token)),
        );
    }
    Ok(all)
}
