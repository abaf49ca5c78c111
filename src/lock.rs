//! Locks of what a panic elsewhere leaves whole, so that it is no reason to refuse everybody.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The value, alone. To be used only where no panic can leave it half changed.
pub fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
