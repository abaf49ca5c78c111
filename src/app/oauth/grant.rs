//! The token endpoint: client credentials for an access token (RFC 6749 §4.4).

use super::clients::{is_live, route_key};
use super::{assertion, scopes};
use crate::app::audit::{self, By};
use crate::app::key_cache::KeyCache;
use crate::app::tokens::{self, Principal, Scope};
use crate::app::{AppError, attempts};
use crate::store::access_tokens::{self, AccessToken};
use crate::store::oauth_clients::{self as store, ClientRow, SecretRow};
use crate::store::{Db, oauth_routes};
use chrono::{DateTime, Duration, Utc};
use rollcall_domain::ids::{Actor, TenantId, id_as_shown};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::net::IpAddr;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long an access token lives, unless its secret ends before.
pub const LIFETIME: Duration = Duration::hours(1);

/// What a client proves itself with.
pub enum Proof {
    /// A secret that it was given.
    Secret {
        /// The client_id.
        client: String,
        /// The secret.
        secret: SecretString,
    },
    /// A JWT that it signed.
    Assertion {
        /// The client_id, if it was said beside the assertion.
        client: Option<String>,
        /// The JWT.
        assertion: SecretString,
    },
}

/// A request for an access token.
pub struct Request {
    /// Who asks.
    pub proof: Proof,
    /// What for; `None`: all that the client has.
    pub scope: Option<String>,
    /// For whom an assertion may be made: the token endpoint, and the issuer.
    pub audiences: Vec<String>,
    /// Where it comes from.
    pub source: IpAddr,
    /// When.
    pub now: DateTime<Utc>,
    /// Id of the request.
    pub request_id: Uuid,
}

/// An access token for a client.
pub struct Granted {
    /// The token, shown once.
    pub token: SecretString,
    /// Seconds until it ends.
    pub expires_in: i64,
    /// What it opens.
    pub scope: Scope,
}

/// Why there is none.
#[derive(Debug)]
pub enum Denied {
    /// Unknown client, or no good proof; which, is not said.
    Client,
    /// The scope is unknown, or more than the client has.
    Scope,
    /// Something else.
    Other(AppError),
}

impl<E: Into<AppError>> From<E> for Denied {
    fn from(error: E) -> Self {
        Denied::Other(error.into())
    }
}

/// A client that proved itself.
struct Proved {
    client: ClientRow,
    /// The secret it had; `None`: it signed.
    secret: Option<SecretRow>,
}

/// Gives a client an access token.
///
/// # Errors
/// See [`Denied`]; `Throttled` within, after too many failures from one source.
pub async fn grant(db: &Db, keys: &KeyCache, request: Request) -> Result<Granted, Denied> {
    let now = request.now;
    let name = match &request.proof {
        Proof::Secret { client, .. } | Proof::Assertion { client: Some(client), .. } => client.clone(),
        Proof::Assertion { client: None, assertion } => {
            assertion::client_of(assertion.expose_secret()).unwrap_or_default()
        }
    };
    // Nobody has no id; a client that is none is looked for like one that is.
    let id = id_as_shown(&name).unwrap_or_default();
    let key = vec![route_key(id)];
    let routes = db.run_without_tenant(move |conn| oauth_routes::find(conn, &key)).await;
    let tenant = routes.map_err(AppError::Store)?.first().map_or(TenantId(Uuid::nil()), |route| route.tenant);
    let attempt = attempts::attempt(&format!("client {name}"), request.source);
    attempts::admit(db, tenant, &attempt, now).await?;
    let proved = prove(db, keys, tenant, id, &request).await?.ok_or(Denied::Client)?;
    attempts::forget(db, tenant, &attempt).await?;
    let scope = scopes::granted(&proved.client.scope, request.scope.as_deref()).ok_or(Denied::Scope)?;
    issue(db, tenant, proved, scope, now, request.request_id).await
}

async fn prove(
    db: &Db,
    keys: &KeyCache,
    tenant: TenantId,
    id: Uuid,
    request: &Request,
) -> Result<Option<Proved>, AppError> {
    let read = db.run(tenant, move |conn| {
        Ok::<_, AppError>((store::find(conn, tenant, id)?, store::secrets(conn, tenant, Some(id))?))
    });
    let (client, secrets) = read.await?;
    match (&request.proof, client) {
        (Proof::Secret { secret, .. }, client) => {
            let digest = tokens::digest(secret.expose_secret());
            // All are compared, whichever it is.
            let mut found = None;
            for row in secrets {
                let live = is_live(&row, request.now);
                if bool::from(row.digest.ct_eq(&digest)) && live {
                    found = Some(row);
                }
            }
            Ok(client.zip(found).map(|(client, secret)| Proved { client, secret: Some(secret) }))
        }
        (Proof::Assertion { assertion, .. }, Some(client)) => {
            let assertion = assertion.expose_secret();
            let good = assertion::check(assertion, &client, &request.audiences, keys, request.now).await?;
            let Some(good) = good else { return Ok(None) };
            let taken = db.run(tenant, move |conn| {
                access_tokens::take_assertion(conn, tenant, id, &good.digest, good.forgotten_at)
            });
            Ok(taken.await.map_err(AppError::Store)?.then_some(Proved { client, secret: None }))
        }
        (Proof::Assertion { .. }, None) => Ok(None),
    }
}

async fn issue(
    db: &Db,
    tenant: TenantId,
    proved: Proved,
    scope: Scope,
    now: DateTime<Utc>,
    request_id: Uuid,
) -> Result<Granted, Denied> {
    let Proved { client, secret } = proved;
    // It does not outlive what it was got for.
    let latest = now + LIFETIME;
    let expires_at = secret.as_ref().and_then(|row| row.expires_at).map_or(latest, |at| at.min(latest));
    let principal = Principal { tenant, connection: client.connection, scope };
    let by = By { actor: Actor::Connection(client.connection), now, request_id };
    let written = db.run(tenant, move |conn| {
        conn.in_transaction(|conn| {
            let minted = tokens::mint(conn, principal, client.id, now, expires_at)?;
            let row = AccessToken {
                id: minted.id,
                client: client.id,
                secret: secret.as_ref().map(|row| row.id),
                keys_epoch: client.keys_epoch,
                scope: scope.as_str().to_owned(),
                digest: minted.digest.to_vec(),
                created_at: now,
                expires_at,
            };
            if !access_tokens::insert(conn, tenant, &row)? {
                return Err(AppError::Unauthenticated("the client was removed"));
            }
            let facts = json!({
                "client": client.id,
                "scope": scope.as_str(),
                "secret": row.secret,
                "method": if row.secret.is_some() { "client_secret" } else { "private_key_jwt" },
            });
            audit::record(conn, tenant, &by, "access-token.issued", minted.id, Vec::new(), facts)?;
            Ok(minted.token)
        })
    });
    match written.await {
        Ok(token) => Ok(Granted { token, expires_in: (expires_at - now).num_seconds(), scope }),
        Err(AppError::Unauthenticated(_)) => Err(Denied::Client),
        Err(error) => Err(error.into()),
    }
}
