//! The one place that draws ids and secrets.

use chrono::{DateTime, Utc};
use std::sync::{Mutex, PoisonError};
use uuid::{ContextV7, Timestamp, Uuid};

/// A new id, UUID version 7: ids made later by a server sort later, whichever thread made them, so that pages are in the order of
/// creation.
pub fn id(now: DateTime<Utc>) -> Uuid {
    static CONTEXT: Mutex<ContextV7> = Mutex::new(ContextV7::new());
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    // A panic elsewhere leaves the counter whole.
    let context = CONTEXT.lock().unwrap_or_else(PoisonError::into_inner);
    Uuid::new_v7(Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos()))
}

/// `N` bytes that nobody can guess.
///
/// # Errors
/// The operating system has no randomness to give.
pub fn secret<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
