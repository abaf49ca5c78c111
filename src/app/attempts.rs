//! Guessing passwords is slow, and shuts out nobody but who guesses (SECURITY S43): failures count by name and source together.

use super::AppError;
use super::household::household;
use crate::store::attempts::{self as store, Attempt, Limits};
use crate::store::{Db, TenantConnection};
use actix_web::rt::time::sleep;
use chrono::{DateTime, Duration, Utc};
use rollcall_domain::ids::TenantId;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Ten wrong passwords at once, then a wait that doubles up to a quarter of an hour: about a hundred guesses a day.
const LIMITS: Limits = Limits { free: 10, longest: 900, forgotten: Duration::hours(1) };

/// How often it is looked again whether an attempt under way was right, and how long it is waited between.
const PATIENCE: u32 = 4;
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(75);

/// An attempt of a source to be somebody.
pub(super) fn attempt(key: &str, source: IpAddr) -> Attempt {
    let source = match household(source) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    };
    Attempt { name_digest: Sha256::digest(key.as_bytes()).to_vec(), source }
}

/// Lets an attempt through, or says how long to wait.
///
/// # Errors
/// `Throttled`; database failures.
pub(super) async fn admit(
    db: &Db,
    tenant: TenantId,
    attempt: &Attempt,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let mut patience = PATIENCE;
    loop {
        let trying = attempt.clone();
        let admitted = db.run(tenant, move |conn| store::admit(conn, tenant, &trying, LIMITS, now)).await;
        let (last, failures) = match admitted.map_err(AppError::Store)? {
            Ok(()) => return Ok(()),
            Err(waiting) => waiting,
        };
        // Many at once count before any is checked: one of them that is right lets the others through.
        let under_way = now - last < Duration::seconds(2);
        if under_way && patience > 0 {
            patience -= 1;
            sleep(BETWEEN).await;
            continue;
        }
        let doubled =
            1_i64.checked_shl(u32::try_from(failures - LIMITS.free).unwrap_or(0)).unwrap_or(i64::MAX);
        let wait = last + Duration::seconds(doubled.clamp(1, LIMITS.longest.into())) - now;
        let seconds = wait.num_seconds().clamp(0, LIMITS.longest.into()) + 1;
        return Err(AppError::Throttled { seconds });
    }
}

/// Forgets the failures before a right password.
///
/// # Errors
/// Database failures.
pub(super) async fn forget(db: &Db, tenant: TenantId, attempt: &Attempt) -> Result<(), AppError> {
    let attempt = attempt.clone();
    db.run(tenant, move |conn| store::forget(conn, tenant, &attempt)).await.map_err(AppError::Store)
}

/// Drops what is forgotten anyway.
///
/// # Errors
/// Database failures.
pub(super) fn tidy(
    conn: &mut TenantConnection,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    store::drop_older(conn, tenant, now - LIMITS.forgotten)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_source() {
        let source = |address: &str| attempt("babs", address.parse().unwrap()).source;
        assert_eq!(source("192.0.2.7"), "192.0.2.7");
        assert_eq!(source("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(source("2001:db8:1:2:3::4"), source("2001:db8:1:2::9"));
        assert_ne!(source("2001:db8:1:2::9"), source("2001:db8:1:3::9"));
    }
}
