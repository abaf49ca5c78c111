//! What has to be done without anybody asking: dates that have come are put on record, and the audit log is sealed. Nothing waits
//! for it to be true.

use super::accounts::{self, Planned};
use super::tokens::expiry;
use super::{AppError, Call, attempts, chain, foresight, notices, policy};
use crate::clock::Clock;
use crate::store::tenants::{self, Tenant, Waiting};
use crate::store::{Db, TenantConnection, access_tokens, accounts as store, departures, plans};
use actix_web::rt::time::sleep;
use chrono::Duration;
use rollcall_domain::account::{Acting, settle};
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Instant;
use uuid::Uuid;

/// Accounts of a tenant that are claimed at once.
const AT_ONCE: i64 = 100;
/// How long a plan that cannot be run any more is kept to be looked at.
const PLANS_KEPT: Duration = Duration::days(7);
/// How often is looked for what is to come, and what is old is dropped: both take statements in every tenant, whether there is
/// something or not.
const LOOKS_EVERY: std::time::Duration = std::time::Duration::from_secs(3_600);
/// How soon it is looked again where that failed, and then twice as late each time: one tenant may fail for long, and all are looked at.
const LOOKS_AGAIN: std::time::Duration = std::time::Duration::from_secs(60);
/// How long it is kept what people were who were put out by a source, so that they can be restored.
const DEPARTURES_KEPT: Duration = Duration::days(30);

/// Does what is due, and waits, over and over. What fails is tried again the next time.
pub async fn forever(db: &Db, clock: &Clock, every: std::time::Duration) -> Infallible {
    let (mut next_look, mut again) = (Instant::now(), LOOKS_AGAIN);
    loop {
        if next_look <= Instant::now() {
            let (wait, then) = match run(db, clock, look).await {
                Ok(()) => (LOOKS_EVERY, LOOKS_AGAIN),
                Err(error) => {
                    log::warn!("what is to come is looked for again in {} s: {error}", again.as_secs());
                    (again, (again * 2).min(LOOKS_EVERY))
                }
            };
            (next_look, again) = (Instant::now() + wait, then);
        }
        match run(db, clock, once).await {
            Ok(0) => {}
            Ok(done) => log::info!("dates of accounts put on record: {done}"),
            Err(error) => log::warn!("what was due is done later: {error}"),
        }
        sleep(every).await;
    }
}

/// Has a round of work done with the rights of the server.
///
/// # Errors
/// Those of the work, and of the way to the database.
pub async fn run<T: Send + 'static>(
    db: &Db,
    clock: &Clock,
    work: impl FnOnce(&mut TenantConnection, &Clock) -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let clock = clock.clone();
    db.run_without_tenant(move |conn| work(conn, &clock)).await
}

/// All that a worker does, once: [`look`], then [`once`].
///
/// # Errors
/// Theirs; the one is done though the other fails.
pub fn whole(conn: &mut TenantConnection, clock: &Clock) -> Result<usize, AppError> {
    let looked = look(conn, clock);
    let recorded = once(conn, clock)?;
    looked.map(|()| recorded)
}

/// Tells what is to come in every tenant, and drops what is old.
///
/// # Errors
/// Database failures, the last one if there were several: what fails in one tenant keeps no other waiting.
pub fn look(conn: &mut TenantConnection, clock: &Clock) -> Result<(), AppError> {
    let mut failure = None;
    for tenant in tenants::list(conn)? {
        if let Err(error) = look_in(conn, tenant.id, clock) {
            log::warn!("what is to come, or old, in the tenant {}: {error}", tenant.name);
            failure = Some(error);
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Puts on record what fell due in every tenant, and returns how many accounts that were. Any number of workers may do so at the
/// same time: each claims accounts that no other has, and what is on record is not due any more.
///
/// # Errors
/// As [`look`]. What was recorded stays.
pub fn once(conn: &mut TenantConnection, clock: &Clock) -> Result<usize, AppError> {
    let (mut recorded, mut failure) = (0, None);
    for some in tenants::list(conn)?.chunks(tenants::AT_ONCE) {
        let waiting = tenants::waiting(conn, some, clock.now(), None).unwrap_or_else(|error| {
            log::warn!("what waits is looked for in each tenant: {error}");
            failure = Some(error.into());
            all_wait(some)
        });
        for tenant in some {
            let waits = waiting.get(&tenant.id).copied().unwrap_or_default();
            if waits.due
                && let Err(error) = settle_due(conn, tenant.id, clock, &mut recorded)
            {
                log::warn!("dates that have come in the tenant {}: {error}", tenant.name);
                failure = Some(error);
            }
            if (waits.unsealed || waits.due)
                && let Err(error) = seal(conn, tenant.id, clock)
            {
                log::error!("the audit log of the tenant {} is not sealed: {error}", tenant.name);
                failure = Some(error);
            }
        }
    }
    // Who names a tenant or a client that is none is counted, too, under no tenant.
    let nobody = TenantId(Uuid::nil());
    conn.enter(nobody)?;
    attempts::tidy(conn, nobody, clock.now())?;
    failure.map_or(Ok(recorded), Err)
}

/// Where it cannot be said what waits, it is looked for: one tenant in which that takes too long keeps no other waiting.
pub(super) fn all_wait(tenants: &[Tenant]) -> HashMap<TenantId, Waiting> {
    let waits = Waiting { due: true, unsealed: true, untold: true };
    tenants.iter().map(|tenant| (tenant.id, waits)).collect()
}

fn look_in(conn: &mut TenantConnection, tenant: TenantId, clock: &Clock) -> Result<(), AppError> {
    conn.enter(tenant)?;
    let now = clock.now();
    expiry::warn(conn, tenant, now)?;
    foresight::look(conn, tenant, now)?;
    access_tokens::drop_ended(conn, tenant, now)?;
    plans::drop_older(conn, tenant, now - PLANS_KEPT)?;
    notices::tidy(conn, tenant, now)?;
    departures::drop_older(conn, tenant, now - DEPARTURES_KEPT)?;
    attempts::tidy(conn, tenant, now)
}

fn seal(conn: &mut TenantConnection, tenant: TenantId, clock: &Clock) -> Result<(), AppError> {
    conn.enter(tenant)?;
    chain::seal(conn, tenant, clock).map(drop)
}

fn settle_due(
    conn: &mut TenantConnection,
    tenant: TenantId,
    clock: &Clock,
    recorded: &mut usize,
) -> Result<(), AppError> {
    conn.enter(tenant)?;
    loop {
        let some = claim(conn, tenant, clock)?;
        *recorded += some;
        if i64::try_from(some).is_ok_and(|some| some < AT_ONCE) {
            return Ok(());
        }
    }
}

fn claim(conn: &mut TenantConnection, tenant: TenantId, clock: &Clock) -> Result<usize, AppError> {
    conn.in_transaction(|conn| {
        let policy = policy::show(conn, tenant)?.in_force()?;
        let now = clock.now();
        let call = Call {
            tenant,
            connection: ConnectionId(Uuid::nil()),
            actor: Actor::Worker,
            acting: Acting::System,
            now,
            request_id: Uuid::nil(),
            base: String::new(),
            sync: None,
        };
        let due = store::claim_due(conn, tenant, now, AT_ONCE)?;
        for id in &due {
            accounts::change(conn, &call, *id, &|row| {
                let settled = settle(&row.account, &policy, now);
                Ok(Some(Planned::decided(row, settled, None, "account.settled")))
            })?;
        }
        Ok(due.len())
    })
}
