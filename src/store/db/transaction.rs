//! Transactions, and what happens to one that PostgreSQL ended because it and another waited for each other.

use super::TenantConnection;
use crate::store::error::{StoreError, StoreFailure};
use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// How often something is tried. Each time costs PostgreSQL's `deadlock_timeout`, a second, and the request still waits.
const ATTEMPTS: u32 = 3;

/// Before a repetition, so that two that were ended together do not meet again in the same way: up to 64 milliseconds.
fn pause() -> Duration {
    Duration::from_millis(RandomState::new().build_hasher().finish() % 64)
}

impl TenantConnection {
    /// Runs `work` in one transaction: all of it happens, or nothing. Within another transaction it is a part of that one, which
    /// can be undone alone.
    ///
    /// # Errors
    /// What `work` returns, after a rollback; or the failure to begin or commit.
    pub fn in_transaction<T, E: StoreFailure>(
        &mut self,
        mut work: impl FnMut(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.repeated(|conn| conn.in_one_transaction(&mut work))
    }

    /// Runs `work` again, from its beginning, when a deadlock ended it: by then the other transaction is through. A part of a
    /// transaction is not repeated, since PostgreSQL has undone what came before it as well; the whole of it is.
    ///
    /// `work` may therefore run several times, and only what its last run did in the database stays.
    ///
    /// # Errors
    /// What `work` returns, at last also [`StoreError::Deadlock`].
    pub fn repeated<T, E: StoreFailure>(
        &mut self,
        mut work: impl FnMut(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let attempts = if self.is_in_transaction() { 1 } else { ATTEMPTS };
        for attempt in 1..attempts {
            match work(self) {
                Err(error) if matches!(error.store(), Some(StoreError::Deadlock(_))) => {
                    log::warn!(
                        "a deadlock ended a transaction, which is repeated (attempt {attempt} of {attempts})"
                    );
                    std::thread::sleep(pause());
                }
                done => return done,
            }
        }
        work(self)
    }

    fn in_one_transaction<T, E: StoreFailure>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let failed = |error: diesel::result::Error| E::from(StoreError::from(error));
        AnsiTransactionManager::begin_transaction(&mut self.inner).map_err(failed)?;
        match work(self) {
            Ok(value) => {
                AnsiTransactionManager::commit_transaction(&mut self.inner).map_err(failed)?;
                Ok(value)
            }
            Err(error) => {
                // The first error says more; a connection that cannot roll back is dropped by the pool.
                let _ = AnsiTransactionManager::rollback_transaction(&mut self.inner);
                Err(error)
            }
        }
    }

    /// Whether a transaction is open. A broken one counts as none: to begin another fails, and says why.
    pub fn is_in_transaction(&mut self) -> bool {
        let status =
            <AnsiTransactionManager as TransactionManager<PgConnection>>::transaction_manager_status_mut(
                &mut self.inner,
            );
        matches!(status.transaction_depth(), Ok(Some(_)))
    }
}
