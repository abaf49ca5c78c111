//! What is to come, or has come about, for many accounts of a source at once.

use super::schema::accounts;
use super::statement::statement;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::ids::{ConnectionId, TenantId};
use std::marker::PhantomData;
use uuid::Uuid;

statement!(
    /// How many accounts end on which day, by the source that owns them.
    Ending {
        tenant: Uuid => SqlUuid, from: DateTime<Utc> => Timestamptz, until: DateTime<Utc> => Timestamptz,
        end_until: DateTime<Utc> => Timestamptz,
    } -> (SqlUuid, Timestamptz, BigInt),
    "SELECT a.connection_id, date_trunc('day', LEAST(a.expires_at, a.deactivate_at) - interval '1 second', 'UTC') AS day, count(*) \
     FROM accounts a WHERE a.tenant_id = {} AND a.due_at > {} AND a.due_at < {} AND LEAST(a.expires_at, a.deactivate_at) < {} \
       AND a.deleted_at IS NULL AND a.deactivated_at IS NULL \
     GROUP BY 1, 2 ORDER BY 1, 2"
);

/// How many accounts end by a date between two times, by the source that owns them and
/// the last day that they have something of (its midnight, UTC), in this order.
///
/// # Errors
/// Database failures.
pub fn ending(
    conn: &mut TenantConnection,
    tenant: TenantId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(ConnectionId, DateTime<Utc>, i64)>, StoreError> {
    let statement = Ending { tenant: tenant.0, from, until, end_until: until, lifetime: PhantomData };
    let rows: Vec<(Uuid, DateTime<Utc>, i64)> = statement.load(&mut **conn)?;
    Ok(rows.into_iter().map(|(source, day, number)| (ConnectionId(source), day, number)).collect())
}

/// How many accounts have been given another user name or e-mail address to sign in with since a time, by the source that owns them.
///
/// # Errors
/// Database failures.
pub fn renamed(
    conn: &mut TenantConnection,
    tenant: TenantId,
    since: DateTime<Utc>,
) -> Result<Vec<(ConnectionId, i64)>, StoreError> {
    let lately = accounts::tenant_id
        .eq(tenant.0)
        .and(accounts::login_changed_at.gt(since))
        .and(accounts::deleted_at.is_null());
    let rows: Vec<(Uuid, i64)> = accounts::table
        .filter(lately)
        .group_by(accounts::connection_id)
        .select((accounts::connection_id, diesel::dsl::count_star()))
        .order(accounts::connection_id)
        .load(&mut **conn)?;
    Ok(rows.into_iter().map(|(source, number)| (ConnectionId(source), number)).collect())
}

statement!(
    /// How many accounts were made since a time and never used, by the source that owns them.
    Unused {
        tenant: Uuid => SqlUuid, since: DateTime<Utc> => Timestamptz,
    } -> (SqlUuid, BigInt, Timestamptz),
    "SELECT a.connection_id, count(*), max(a.created_at) FROM accounts a \
     WHERE a.tenant_id = {} AND a.created_at > {} AND a.first_access_at IS NULL AND a.deleted_at IS NULL AND a.deactivated_at IS NULL \
     GROUP BY 1 ORDER BY 1"
);

/// How many accounts were made since a time and that nobody has used, by the source that owns them, and when the last was made.
///
/// # Errors
/// Database failures.
pub fn unused(
    conn: &mut TenantConnection,
    tenant: TenantId,
    since: DateTime<Utc>,
) -> Result<Vec<(ConnectionId, i64, DateTime<Utc>)>, StoreError> {
    let statement = Unused { tenant: tenant.0, since, lifetime: PhantomData };
    let rows: Vec<(Uuid, i64, DateTime<Utc>)> = statement.load(&mut **conn)?;
    Ok(rows.into_iter().map(|(source, number, last)| (ConnectionId(source), number, last)).collect())
}

/// How many accounts of a source can be used, or will be.
///
/// # Errors
/// Database failures.
pub fn size(conn: &mut TenantConnection, tenant: TenantId, source: ConnectionId) -> Result<i64, StoreError> {
    let theirs = accounts::tenant_id.eq(tenant.0).and(accounts::connection_id.eq(source.0));
    let there = accounts::deleted_at.is_null().and(accounts::deactivated_at.is_null());
    Ok(accounts::table.filter(theirs.and(there)).count().get_result(&mut **conn)?)
}
