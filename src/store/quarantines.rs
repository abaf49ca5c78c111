//! Connections whose deactivations are refused until an administrator has looked.

use super::accounts::Watched;
use super::departures::Standing;
use super::schema::{connections, departures, quarantines};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::TenantId;
use uuid::Uuid;

/// A quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct QuarantineRow {
    /// Id.
    pub id: Uuid,
    /// Id of the connection that is in it.
    pub connection_id: Uuid,
    /// What administrators call the connection.
    pub connection: String,
    /// When the first one too many was refused.
    pub began_at: DateTime<Utc>,
    /// How many had gone.
    pub departed: i64,
    /// How many accounts the source had.
    pub accounts: i64,
    /// How many may go.
    pub most: i64,
    /// When it was said that the source is wrong.
    pub rejected_at: Option<DateTime<Utc>>,
    /// When it was said that the source may go on.
    pub released_at: Option<DateTime<Utc>>,
    /// Who decided last.
    pub decided_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// How many more may go after the release.
    pub allowance: i64,
    /// When people were last brought back.
    pub restored_at: Option<DateTime<Utc>>,
    /// How many were.
    pub restored: i64,
}

impl QuarantineRow {
    /// The word for where it stands: standing, rejected or released. Only the last lets the connection go on.
    pub fn state(&self) -> &'static str {
        match (self.released_at, self.rejected_at) {
            (Some(_), _) => "released",
            (None, Some(_)) => "rejected",
            (None, None) => "standing",
        }
    }
}

type Selected = (
    quarantines::id,
    quarantines::connection_id,
    connections::name,
    quarantines::began_at,
    quarantines::departed,
    quarantines::accounts,
    quarantines::most,
    quarantines::rejected_at,
    quarantines::released_at,
    quarantines::decided_by,
    quarantines::reason,
    quarantines::allowance,
    quarantines::restored_at,
    quarantines::restored,
);

const COLUMNS: Selected = (
    quarantines::id,
    quarantines::connection_id,
    connections::name,
    quarantines::began_at,
    quarantines::departed,
    quarantines::accounts,
    quarantines::most,
    quarantines::rejected_at,
    quarantines::released_at,
    quarantines::decided_by,
    quarantines::reason,
    quarantines::allowance,
    quarantines::restored_at,
    quarantines::restored,
);

#[diesel::dsl::auto_type]
fn of_tenant(tenant: TenantId) -> _ {
    let tenant_id: Uuid = tenant.0;
    let columns: Selected = COLUMNS;
    quarantines::table
        .inner_join(
            connections::table.on(connections::tenant_id
                .eq(quarantines::tenant_id)
                .and(connections::id.eq(quarantines::connection_id))),
        )
        .filter(quarantines::tenant_id.eq(tenant_id))
        .select(columns)
}

/// Puts a connection into quarantine; `false` when it is in one already. The departures of the window belong to it.
///
/// # Errors
/// Database failures.
pub fn begin(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    watched: &Watched,
    standing: &Standing,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let made = diesel::insert_into(quarantines::table)
        .values((
            quarantines::tenant_id.eq(tenant.0),
            quarantines::id.eq(id),
            quarantines::connection_id.eq(watched.connection),
            quarantines::source_id.eq(watched.source),
            quarantines::began_at.eq(at),
            quarantines::departed.eq(standing.departed),
            quarantines::accounts.eq(standing.accounts),
            quarantines::most.eq(standing.most),
        ))
        .on_conflict_do_nothing()
        .execute(&mut **conn)?;
    if made == 0 {
        return Ok(false);
    }
    let theirs = departures::tenant_id.eq(tenant.0).and(departures::connection_id.eq(watched.connection));
    let since = at - chrono::Duration::hours(watched.hours.into());
    let counted = departures::at.gt(since).and(departures::settled.eq(false));
    diesel::update(departures::table.filter(theirs.and(counted)))
        .set(departures::quarantine_id.eq(id))
        .execute(&mut **conn)?;
    Ok(true)
}

/// The quarantines of a tenant, the newest first.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<QuarantineRow>, StoreError> {
    Ok(of_tenant(tenant)
        .order((quarantines::began_at.desc(), quarantines::id.desc()))
        .limit(1_000)
        .load(&mut **conn)?)
}

/// The quarantine in which a connection is.
///
/// # Errors
/// Database failures.
pub fn standing_of(
    conn: &mut TenantConnection,
    tenant: TenantId,
    connection: Uuid,
) -> Result<Option<QuarantineRow>, StoreError> {
    let standing = quarantines::connection_id.eq(connection).and(quarantines::released_at.is_null());
    Ok(of_tenant(tenant).filter(standing).first(&mut **conn).optional()?)
}

/// A quarantine, held until the end of the transaction.
///
/// # Errors
/// Database failures.
pub fn find(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    hold: bool,
) -> Result<Option<QuarantineRow>, StoreError> {
    if hold {
        quarantines::table
            .find((tenant.0, id))
            .select(quarantines::id)
            .for_no_key_update()
            .execute(&mut **conn)?;
    }
    Ok(of_tenant(tenant).filter(quarantines::id.eq(id)).first(&mut **conn).optional()?)
}

/// What an administrator decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The source is right, and so many more may go within a window.
    Released {
        /// How many more than the threshold.
        allowance: i64,
    },
    /// The source is wrong.
    Rejected,
}

/// Writes a decision. With a release, whoever has gone is accepted and not counted any more.
///
/// # Errors
/// Database failures.
pub fn decide(
    conn: &mut TenantConnection,
    tenant: TenantId,
    row: &QuarantineRow,
    verdict: Verdict,
    by: &str,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let one = quarantines::table.find((tenant.0, row.id));
    let said = (quarantines::decided_by.eq(by), quarantines::reason.eq(reason));
    match verdict {
        Verdict::Rejected => {
            diesel::update(one).set((said, quarantines::rejected_at.eq(at))).execute(&mut **conn)?;
        }
        Verdict::Released { allowance } => {
            let released = (quarantines::released_at.eq(at), quarantines::allowance.eq(allowance));
            diesel::update(one).set((said, released)).execute(&mut **conn)?;
            let theirs = departures::tenant_id.eq(tenant.0);
            let of_it =
                departures::connection_id.eq(row.connection_id).or(departures::quarantine_id.eq(row.id));
            diesel::update(departures::table.filter(theirs.and(of_it)))
                .set(departures::settled.eq(true))
                .execute(&mut **conn)?;
        }
    }
    Ok(())
}

/// Writes that people were brought back.
///
/// # Errors
/// Database failures.
pub fn restored(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    people: i64,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(quarantines::table.find((tenant.0, id)))
        .set((quarantines::restored.eq(quarantines::restored + people), quarantines::restored_at.eq(at)))
        .execute(&mut **conn)?;
    Ok(())
}
