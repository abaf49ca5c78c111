//! Knowing a token: its signature, its row, and for a moment the answer of the last time.

use super::{Admitted, Principal, Scope, codec, digest, foreign};
use crate::app::attribute_owners::AttributeOwners;
use crate::app::connections::Settings;
use crate::app::connections::authority::Authority;
use crate::app::key_cache::KeyCache;
use crate::app::rules::Catalogues;
use crate::app::{AppError, Rules, policy};
use crate::lock::hold;
use crate::store::tokens::{self as store, Admitting};
use crate::store::{Db, TenantConnection, access_tokens, signing_keys, tenant_schemas, tenants};
use actix_web::rt::spawn;
use chrono::{DateTime, Utc};
use rollcall_domain::ids::TenantId;
use rollcall_scim::resource::Dialect;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long a yes may be used again. A revocation, and a change of settings or schemas, takes effect within it, on every
/// server.
pub const MAX_AGE_OF_A_YES: Duration = Duration::from_secs(1);
/// Remembered tokens at most; beyond it, all are asked for again.
const REMEMBERED: usize = 10_000;
/// Unknown key ids make the keys be read again, but not more often than this.
const KEYS_READ_AT_MOST: Duration = Duration::from_millis(100);

const REFUSED: AppError =
    AppError::Unauthenticated("the token is not valid here: it is malformed, expired or revoked");

/// Knows tokens.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    /// By the digest of the token.
    known: Mutex<HashMap<[u8; 32], Known>>,
    keys: Mutex<Keys>,
    catalogues: Catalogues,
    /// Public keys of trusted issuers.
    issuers: KeyCache,
}

#[derive(Clone)]
struct Known {
    admitted: Admitted,
    expires_at: Option<DateTime<Utc>>,
    /// When the question was asked: the row may have been revoked since it was read.
    asked: Instant,
}

impl Known {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.asked.elapsed() < MAX_AGE_OF_A_YES && self.expires_at.is_none_or(|at| now < at)
    }
}

#[derive(Default)]
struct Keys {
    secrets: HashMap<Uuid, Vec<u8>>,
    read_at: Option<Instant>,
}

impl Verifier {
    /// Knows no token yet. `standard` are the rules where nobody has set anything.
    pub fn new(standard: &Rules, issuers: KeyCache) -> Self {
        let catalogues = Catalogues::beginning_with(standard);
        Self {
            inner: Arc::new(Inner { known: Mutex::default(), keys: Mutex::default(), catalogues, issuers }),
        }
    }

    /// Who the token stands for, and the rules for them.
    ///
    /// # Errors
    /// `Unauthenticated` for every token that is not good now, without saying why; database failures.
    pub async fn verify(&self, db: &Db, token: &str, now: DateTime<Utc>) -> Result<Admitted, AppError> {
        let digest = digest(token);
        let known = hold(&self.inner.known).get(&digest).cloned();
        if let Some(known) = known.filter(|known| known.is_fresh(now)) {
            return Ok(known.admitted);
        }
        let answer = self.ask(db, token, &digest, now).await;
        let mut all = hold(&self.inner.known);
        match answer {
            Ok(known) => {
                if all.len() >= REMEMBERED {
                    all.clear();
                }
                all.insert(digest, known.clone());
                Ok(known.admitted)
            }
            Err(error) => {
                all.remove(&digest);
                Err(error)
            }
        }
    }

    /// The rules for people of a tenant, who come with a session and through no connection.
    ///
    /// # Errors
    /// Database failures.
    pub async fn rules_of_tenant(&self, db: &Db, tenant: TenantId) -> Result<Rules, AppError> {
        let inner = Arc::clone(&self.inner);
        let read = db.run(tenant, move |conn: &mut TenantConnection| {
            let version = tenant_schemas::version(conn, tenant)?;
            let policy = policy::stored(tenants::policy(conn, tenant, false)?)?;
            let catalogue = inner.catalogues.of(conn, tenant, version)?;
            Ok::<_, AppError>(Rules::new(
                catalogue,
                Dialect::compat(),
                policy.in_force()?,
                Authority::BY_HAND,
            ))
        });
        read.await
    }

    async fn ask(
        &self,
        db: &Db,
        token: &str,
        digest: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Known, AppError> {
        let asked = Instant::now();
        // What we did not sign, a trusted issuer may have.
        let Some(key_id) = codec::key_id(token) else {
            let found = foreign::ask(db, &self.inner.issuers, Arc::clone(&self.inner), token, now).await?;
            let (admitted, ends) = found.ok_or(REFUSED)?;
            return Ok(Known { admitted, expires_at: Some(ends), asked });
        };
        let secret = self.secret(db, key_id).await?.ok_or(REFUSED)?;
        let claims = codec::decode(token, &secret).ok_or(REFUSED)?;
        let principal = claims.principal().ok_or(REFUSED)?;
        let (inner, digest) = (Arc::clone(&self.inner), *digest);
        let (id, is_access_token) = (claims.jti, claims.client_id.is_some());
        let admitted = db.run(principal.tenant, move |conn: &mut TenantConnection| {
            let row = match claims.client_id {
                None => store::admission(conn, principal.tenant, claims.jti)?,
                Some(_) => access_tokens::admission(conn, principal.tenant, claims.jti)?,
            };
            let row = row.filter(|row| is_good(&row.token, &digest, principal, now)).ok_or(REFUSED)?;
            let setting = (row.schemas_version, row.settings, row.policy);
            let rules = inner.rules(conn, principal.tenant, principal.scope, setting)?;
            Ok::<_, AppError>((Admitted { principal, rules }, row.token))
        });
        let (admitted, row) = admitted.await?;
        let expires_at = row.expires_at;
        // What lives an hour needs no record of its use.
        if !is_access_token && store::is_use_due(row.last_used_at, now) {
            record_use(db.clone(), principal.tenant, id, now);
        }
        Ok(Known { admitted, expires_at, asked })
    }

    async fn secret(&self, db: &Db, key_id: Uuid) -> Result<Option<Vec<u8>>, AppError> {
        {
            let keys = hold(&self.inner.keys);
            let known = keys.secrets.get(&key_id).cloned();
            // A key may have been retired since.
            let good_for = if known.is_some() { MAX_AGE_OF_A_YES } else { KEYS_READ_AT_MOST };
            if keys.read_at.is_some_and(|at| at.elapsed() < good_for) {
                return Ok(known);
            }
        }
        let asked = Instant::now();
        let read = db.run_without_tenant(signing_keys::live).await.map_err(AppError::Store)?;
        let mut keys = hold(&self.inner.keys);
        keys.secrets = read.into_iter().collect();
        keys.read_at = Some(asked);
        Ok(keys.secrets.get(&key_id).cloned())
    }
}

/// Puts on record that a token was used, beside the request that used it. That nobody waits for it is worth more than that it is
/// never missed.
fn record_use(db: Db, tenant: TenantId, id: Uuid, now: DateTime<Utc>) {
    spawn(async move {
        let recorded = db.run(tenant, move |conn| store::record_use(conn, tenant, id, now)).await;
        if let Err(error) = recorded {
            log::debug!("the use of token {id} is not on record: {error}");
        }
    });
}

impl Inner {
    /// The rules of a tenant and a connection, from what their rows hold: the version of the tenant's schemas, the settings of the
    /// connection and the tenant's policy.
    pub(super) fn rules(
        &self,
        conn: &mut TenantConnection,
        tenant: TenantId,
        scope: Scope,
        (schemas_version, settings, policy): (i64, Value, Value),
    ) -> Result<Arc<Rules>, AppError> {
        let catalogue = self.catalogues.of(conn, tenant, schemas_version)?;
        let settings = Settings::stored(settings)?;
        let authority = settings.authority(matches!(scope, Scope::Api | Scope::ApiRead));
        let policy = policy::stored(policy)?.in_force()?;
        let mut rules = Rules::new(catalogue, settings.dialect(), policy, authority);
        rules.requests_per_second = settings.requests_per_second;
        rules.attribute_owners = AttributeOwners::of(conn, tenant)?;
        Ok(Arc::new(rules))
    }
}

/// Whether the row says that the token is what it claims to be, and may be used now.
fn is_good(row: &Admitting, digest: &[u8; 32], principal: Principal, now: DateTime<Utc>) -> bool {
    bool::from(row.digest.ct_eq(digest))
        && row.revoked_at.is_none()
        && row.expires_at.is_none_or(|at| now < at)
        && row.connection == principal.connection
        && row.scope == principal.scope.as_str()
}
