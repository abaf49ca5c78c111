//! What has to be done without anybody asking: dates that have come are put on record, and the audit log is sealed. Nothing waits
//! for it to be true.

use super::accounts::{self, Planned};
use super::tokens::expiry;
use super::{AppError, Call, attempts, chain, foresight, notices, policy};
use crate::clock::Clock;
use crate::store::{Db, TenantConnection, access_tokens, accounts as store, departures, plans, tenants};
use actix_web::rt::time::sleep;
use chrono::Duration;
use rollcall_domain::account::{Acting, settle};
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use std::convert::Infallible;
use std::time::Instant;
use uuid::Uuid;

/// Accounts of a tenant that are claimed at once.
const AT_ONCE: i64 = 100;
/// How long a plan that cannot be run any more is kept to be looked at.
const PLANS_KEPT: Duration = Duration::days(7);
/// How often is looked for what is to come: it counts all who end within days.
const LOOKS_EVERY: std::time::Duration = std::time::Duration::from_secs(3_600);
/// How long it is kept what people were who were put out by a source, so that they can be restored.
const DEPARTURES_KEPT: Duration = Duration::days(30);

/// Does what is due, and waits, over and over. What fails is tried again the next time.
pub async fn forever(db: &Db, clock: &Clock, every: std::time::Duration) -> Infallible {
    let mut looked: Option<Instant> = None;
    loop {
        let looks = looked.is_none_or(|at| at.elapsed() > LOOKS_EVERY);
        if looks {
            looked = Some(Instant::now());
        }
        match with(db, clock, looks).await {
            Ok(0) => {}
            Ok(done) => log::info!("dates of accounts put on record: {done}"),
            Err(error) => log::warn!("what was due is done later: {error}"),
        }
        sleep(every).await;
    }
}

/// Does what is due, and, if it `looks`, tells what is to come.
///
/// # Errors
/// As [`once`].
pub async fn with(db: &Db, clock: &Clock, looks: bool) -> Result<usize, AppError> {
    let clock = clock.clone();
    db.run_without_tenant(move |conn| once(conn, &clock, looks)).await
}

/// Puts on record what fell due in every tenant, and returns how many accounts that were. Any number of workers may do so at the
/// same time: each claims accounts that no other has, and what is on record is not due any more.
///
/// # Errors
/// Database failures, the last one if there were several: what fails in one tenant keeps no other waiting. What was recorded stays.
pub fn once(conn: &mut TenantConnection, clock: &Clock, looks: bool) -> Result<usize, AppError> {
    let (mut recorded, mut failure) = (0, None);
    for tenant in tenants::list(conn)? {
        if let Err(error) = in_tenant(conn, tenant.id, clock, &mut recorded) {
            log::warn!("dates that have come in the tenant {}: {error}", tenant.name);
            failure = Some(error);
        }
        if looks && let Err(error) = foresee(conn, tenant.id, clock) {
            log::warn!("what is to come in the tenant {}: {error}", tenant.name);
            failure = Some(error);
        }
        if let Err(error) = seal(conn, tenant.id, clock) {
            log::error!("the audit log of the tenant {} is not sealed: {error}", tenant.name);
            failure = Some(error);
        }
    }
    // Who names a tenant or a client that is none is counted, too, under no tenant.
    let nobody = TenantId(Uuid::nil());
    conn.enter(nobody)?;
    attempts::tidy(conn, nobody, clock.now())?;
    failure.map_or(Ok(recorded), Err)
}

fn foresee(conn: &mut TenantConnection, tenant: TenantId, clock: &Clock) -> Result<(), AppError> {
    conn.enter(tenant)?;
    foresight::look(conn, tenant, clock.now())
}

fn seal(conn: &mut TenantConnection, tenant: TenantId, clock: &Clock) -> Result<(), AppError> {
    conn.enter(tenant)?;
    chain::seal(conn, tenant, clock).map(drop)
}

fn in_tenant(
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
            break;
        }
    }
    expiry::warn(conn, tenant, clock.now())?;
    access_tokens::drop_ended(conn, tenant, clock.now())?;
    plans::drop_older(conn, tenant, clock.now() - PLANS_KEPT)?;
    notices::tidy(conn, tenant, clock.now())?;
    departures::drop_older(conn, tenant, clock.now() - DEPARTURES_KEPT)?;
    attempts::tidy(conn, tenant, clock.now())
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
