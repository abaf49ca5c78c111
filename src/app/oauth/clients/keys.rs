//! The public keys of a client, for `private_key_jwt`.

use super::super::ASSERTION_ALGORITHMS;
use super::unknown;
use crate::app::jwt::{PublicKey, publish};
use crate::app::key_cache::check_address;
use crate::app::{AppError, audit};
use crate::store::TenantConnection;
use crate::store::oauth_clients::{self as store, ClientRow};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::TenantId;
use rollcall_scim::error::shorten;
use serde_json::{Value, json};
use uuid::Uuid;

/// Keys of a client at most.
const MAX_KEYS: usize = 8;

/// Adds public keys: a JWK, or a JWK Set. Returns their names.
///
/// # Errors
/// `Invalid` for what is no usable public key, or has the name of one that is there; `NotFound`; database failures.
pub fn add_keys(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: Uuid,
    document: &Value,
    now: DateTime<Utc>,
) -> Result<Vec<String>, AppError> {
    let invalid = |detail: String| AppError::invalid("key", detail);
    let documents = match document.get("keys") {
        Some(Value::Array(all)) => all.clone(),
        Some(_) => {
            return Err(invalid("has a member `keys` that is no array; give a JWK or a JWK Set".to_owned()));
        }
        None => vec![document.clone()],
    };
    let mut new = Vec::new();
    for (number, value) in documents.iter().enumerate() {
        let (kid, kept) = publish(value).map_err(|why| invalid(format!("number {}: {why}", number + 1)))?;
        let usable = PublicKey::read(&kept).is_ok_and(|key| key.signs_by(&ASSERTION_ALGORITHMS));
        if !usable {
            let which = ASSERTION_ALGORITHMS.join(", ");
            return Err(invalid(format!("{:?} signs by none of {which}; make one that does", shorten(&kid))));
        }
        new.push((kid, kept));
    }
    if new.is_empty() {
        return Err(invalid("there is none; give a JWK or a JWK Set".to_owned()));
    }
    change(conn, tenant, client, now, "client.key-added", |row| {
        if row.jwks_uri.is_some() {
            return Err(invalid(
                "the client's keys are fetched from an address; take that away first with `client key remove --uri`"
                    .to_owned(),
            ));
        }
        let mut all = keys_of(row);
        for (kid, kept) in &new {
            if all.iter().any(|key| key["kid"] == json!(kid)) {
                return Err(invalid(format!(
                    "{:?} is there already; give the new key another kid",
                    shorten(kid)
                )));
            }
            all.push(kept.clone());
        }
        if all.len() > MAX_KEYS {
            return Err(invalid(format!("a client has {MAX_KEYS} at most; remove one first")));
        }
        row.jwks = Some(json!({ "keys": all }));
        Ok(json!({"keys": new.iter().map(|(kid, _)| kid).collect::<Vec<_>>()}))
    })?;
    Ok(new.into_iter().map(|(kid, _)| kid).collect())
}

/// Takes away the public key of a name, and with it every access token that was got by a signature, whichever key made it.
///
/// # Errors
/// `NotFound`; database failures.
pub fn remove_key(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: Uuid,
    kid: &str,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    change(conn, tenant, client, now, "client.key-removed", |row| {
        let mut all = keys_of(row);
        let before = all.len();
        all.retain(|key| key["kid"] != json!(kid));
        if all.len() == before {
            let detail =
                format!("the client has no key {:?}; `rollcall client list` shows all", shorten(kid));
            return Err(AppError::NotFound(detail));
        }
        row.jwks = (!all.is_empty()).then(|| json!({ "keys": all }));
        row.keys_epoch += 1;
        Ok(json!({"keys": [kid]}))
    })
}

/// From now on the keys are fetched from this address, instead of those that were given.
///
/// # Errors
/// `Invalid` for an address that is not secured; `NotFound`; database failures.
pub fn fetch_keys(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: Uuid,
    address: &str,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    check_address(address).map_err(|why| AppError::invalid("uri", why))?;
    change(conn, tenant, client, now, "client.key-added", |row| {
        row.jwks = None;
        row.jwks_uri = Some(address.to_owned());
        row.keys_epoch += 1;
        Ok(json!({"uri": address}))
    })
}

/// The keys are fetched no more.
///
/// # Errors
/// `NotFound`; database failures.
pub fn stop_fetching(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: Uuid,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    change(conn, tenant, client, now, "client.key-removed", |row| {
        let Some(address) = row.jwks_uri.take() else {
            return Err(AppError::NotFound("the client's keys are not fetched from anywhere".to_owned()));
        };
        row.keys_epoch += 1;
        Ok(json!({"uri": address}))
    })
}

fn keys_of(row: &ClientRow) -> Vec<Value> {
    let set = row.jwks.as_ref().and_then(|set| set["keys"].as_array());
    set.cloned().unwrap_or_default()
}

fn change(
    conn: &mut TenantConnection,
    tenant: TenantId,
    client: Uuid,
    now: DateTime<Utc>,
    action: &'static str,
    work: impl Fn(&mut ClientRow) -> Result<Value, AppError>,
) -> Result<(), AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let mut row = store::lock(conn, tenant, client)?.ok_or_else(|| unknown(client))?;
        let facts = work(&mut row)?;
        store::save_keys(conn, tenant, &row)?;
        audit::by_operator(conn, tenant, action, client, facts, now)
    })
}
