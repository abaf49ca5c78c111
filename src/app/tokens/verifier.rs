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
    /// Digest of a token to whom it stood for, and when that was found out.
    known: Mutex<HashMap<[u8; 32], (Principal, Instant)>>,
    keys: Mutex<Keys>,
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
        if let Some((principal, at)) = lock(&self.inner.known).get(&digest)
            && at.elapsed() < MAX_AGE_OF_A_YES
        {
            return Ok(*principal);
        }
        let asked = Instant::now();
        let principal = self.ask(db, token, &digest, now).await;
        let mut known = lock(&self.inner.known);
        match &principal {
            Ok(principal) => {
                if known.len() >= REMEMBERED {
                    known.clear();
                }
                // From before the question: the row may have been revoked since it was read.
                known.insert(digest, (*principal, asked));
            }
            Err(_) => {
                known.remove(&digest);
            }
        }
        principal
    }

    async fn ask(
        &self,
        db: &Db,
        token: &str,
        digest: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Principal, AppError> {
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
        if good { Ok(principal) } else { Err(REFUSED) }
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
