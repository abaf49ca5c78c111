//! Knowing a token: its signature, its row, and for a moment the answer of the last time.

use super::{Principal, codec, digest};
use crate::app::AppError;
use crate::store::{Db, tokens as store};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long a yes may be used again. A revocation takes effect within it, on every server.
pub const MAX_AGE_OF_A_YES: Duration = Duration::from_secs(1);
/// Remembered tokens at most; beyond it, all are asked for again.
const REMEMBERED: usize = 10_000;
/// Unknown key ids make the keys be read again, but not more often than this.
const KEYS_READ_AT_MOST: Duration = Duration::from_secs(1);

const REFUSED: AppError =
    AppError::Unauthenticated("the token is not valid here: it is malformed, expired or revoked");

/// Knows tokens.
#[derive(Clone, Default)]
pub struct Verifier {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// By the digest of the token.
    known: Mutex<HashMap<[u8; 32], Known>>,
    keys: Mutex<Keys>,
}

#[derive(Clone, Copy)]
struct Known {
    principal: Principal,
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
    /// Who the token stands for.
    ///
    /// # Errors
    /// `Unauthenticated` for every token that is not good now, without saying why; database failures.
    pub async fn verify(&self, db: &Db, token: &str, now: DateTime<Utc>) -> Result<Principal, AppError> {
        let digest = digest(token);
        let known = lock(&self.inner.known).get(&digest).copied();
        if let Some(known) = known.filter(|known| known.is_fresh(now)) {
            return Ok(known.principal);
        }
        let answer = self.ask(db, token, &digest, now).await;
        let mut all = lock(&self.inner.known);
        match answer {
            Ok(known) => {
                if all.len() >= REMEMBERED {
                    all.clear();
                }
                all.insert(digest, known);
                Ok(known.principal)
            }
            Err(error) => {
                all.remove(&digest);
                Err(error)
            }
        }
    }

    async fn ask(
        &self,
        db: &Db,
        token: &str,
        digest: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Known, AppError> {
        let asked = Instant::now();
        let key_id = codec::key_id(token).ok_or(REFUSED)?;
        let secret = self.secret(db, key_id).await?.ok_or(REFUSED)?;
        let claims = codec::decode(token, &secret).ok_or(REFUSED)?;
        let principal = claims.principal().ok_or(REFUSED)?;
        let (tenant, id) = (principal.tenant, claims.jti);
        let row = db.run(tenant, move |conn| store::find(conn, tenant, id)).await.map_err(AppError::Store)?;
        let row = row.ok_or(REFUSED)?;
        let good = bool::from(row.digest.ct_eq(digest))
            && row.revoked_at.is_none()
            && row.expires_at.is_none_or(|at| now < at)
            && row.connection == principal.connection
            && row.scope == principal.scope.as_str();
        if good { Ok(Known { principal, expires_at: row.expires_at, asked }) } else { Err(REFUSED) }
    }

    async fn secret(&self, db: &Db, key_id: Uuid) -> Result<Option<Vec<u8>>, AppError> {
        {
            let keys = lock(&self.inner.keys);
            let known = keys.secrets.get(&key_id).cloned();
            if known.is_some() || keys.read_at.is_some_and(|at| at.elapsed() < KEYS_READ_AT_MOST) {
                return Ok(known);
            }
        }
        let read = db.run_without_tenant(store::signing_keys).await.map_err(AppError::Store)?;
        let mut keys = lock(&self.inner.keys);
        keys.secrets = read.into_iter().collect();
        keys.read_at = Some(Instant::now());
        Ok(keys.secrets.get(&key_id).cloned())
    }
}

/// A panic elsewhere leaves these maps whole, so a poisoned lock is no reason to refuse everybody.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
