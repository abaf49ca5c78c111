//! What administrators are told.

mod mail;

pub use mail::{MailError, Mailer};

use super::AppError;
use super::work::all_wait;
use crate::clock::Clock;
use crate::store::notices as store;
pub use crate::store::notices::NoticeRow;
use crate::store::{Db, TenantConnection, tenants};
use actix_web::rt::time::sleep;
use chrono::{DateTime, Duration, Utc};
use rollcall_domain::ids::TenantId;
use std::convert::Infallible;
use uuid::Uuid;

/// How long it is tried to send one.
const TRIED: Duration = Duration::days(1);
/// How long they are kept.
const KEPT: Duration = Duration::days(90);
/// Notices of a tenant that are sent at once.
const AT_ONCE: i64 = 20;
/// Notices of a page at most.
pub const MAX_PAGE: i64 = 1_000;

/// Writes a notice in the transaction of what it is about; the same words about the same subject only once.
///
/// # Errors
/// Database failures.
pub(super) fn write(
    conn: &mut TenantConnection,
    tenant: TenantId,
    kind: &'static str,
    subject: Uuid,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    if store::insert(conn, tenant, crate::random::id(now), kind, subject, detail, now)? {
        log::warn!("for the administrators of the tenant {tenant}: {detail}");
    }
    Ok(())
}

/// The notices of a tenant, the newest first; those before one.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    tenant: TenantId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<NoticeRow>, AppError> {
    conn.enter(tenant)?;
    Ok(store::list(conn, tenant, before, limit.clamp(1, MAX_PAGE))?)
}

/// Sends what there is to send, and waits, over and over.
pub async fn forever(db: &Db, clock: &Clock, mailer: &Mailer, every: std::time::Duration) -> Infallible {
    loop {
        let (clock, mailer) = (clock.clone(), mailer.clone());
        if let Err(error) = db.run_without_tenant(move |conn| send(conn, &clock, &mailer)).await {
            log::warn!("notices are sent later: {error}");
        }
        sleep(every).await;
    }
}

/// Sends the notices of every tenant that were not sent, to those who administer it; returns how many. Any number may do so at the
/// same time. One that nobody can be told, since nobody there has an e-mail address, waits until somebody has.
///
/// # Errors
/// Database failures; what was sent is on record.
pub fn send(conn: &mut TenantConnection, clock: &Clock, mailer: &Mailer) -> Result<usize, AppError> {
    let mut sent = 0;
    for some in tenants::list(conn)?.chunks(tenants::AT_ONCE) {
        let now = clock.now();
        let waiting = tenants::waiting(conn, some, now, Some(now - TRIED)).unwrap_or_else(|error| {
            log::warn!("notices are looked for in each tenant: {error}");
            all_wait(some)
        });
        for tenant in some.iter().filter(|tenant| waiting.get(&tenant.id).is_some_and(|waits| waits.untold)) {
            conn.enter(tenant.id)?;
            sent += conn.in_transaction(|conn| send_some(conn, tenant.id, &tenant.name, clock, mailer))?;
        }
    }
    Ok(sent)
}

fn send_some(
    conn: &mut TenantConnection,
    tenant: TenantId,
    name: &str,
    clock: &Clock,
    mailer: &Mailer,
) -> Result<usize, AppError> {
    let now = clock.now();
    let some = store::claim_unsent(conn, tenant, now - TRIED, AT_ONCE)?;
    let addresses = if some.is_empty() { Vec::new() } else { store::addresses(conn, tenant, now)? };
    let mut sent = 0;
    for notice in some.iter().filter(|_| !addresses.is_empty()) {
        let subject = format!("Rollcall, tenant {name}: {}", notice.kind);
        if let Err(error) = mailer.send(&addresses, &subject, &notice.detail) {
            // What went before is on record; a mail server that is away is away for the others, too.
            log::warn!("the notice {} is sent later: {error}", notice.id);
            break;
        }
        store::sent(conn, tenant, notice.id, now)?;
        sent += 1;
    }
    Ok(sent)
}

/// Drops notices that are old.
///
/// # Errors
/// Database failures.
pub(super) fn tidy(
    conn: &mut TenantConnection,
    tenant: TenantId,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    store::drop_older(conn, tenant, now - KEPT)?;
    Ok(())
}
