//! Whom a credential belongs to, before its tenant is known. Only commands write here.

use super::schema::oauth_routes as table;
use super::{StoreError, TenantConnection};
use diesel::prelude::*;
use rollcall_domain::ids::TenantId;
use uuid::Uuid;

/// Where a credential leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// SHA-256 of what the credential says of itself.
    pub key: Vec<u8>,
    /// SHA-256 of that part of it which only one tenant may claim.
    pub family: Vec<u8>,
    /// The tenant.
    pub tenant: TenantId,
    /// The client or trusted issuer.
    pub opens: Uuid,
}

type Columns = (Vec<u8>, Vec<u8>, Uuid, Uuid);

const COLUMNS: (table::key, table::family, table::opens_tenant, table::opens) =
    (table::key, table::family, table::opens_tenant, table::opens);

fn from_columns((key, family, tenant, opens): Columns) -> Route {
    Route { key, family, tenant: TenantId(tenant), opens }
}

/// The routes of these keys.
///
/// # Errors
/// Database failures.
pub fn find(conn: &mut TenantConnection, keys: &[Vec<u8>]) -> Result<Vec<Route>, StoreError> {
    let rows: Vec<Columns> =
        table::table.filter(table::key.eq_any(keys)).select(COLUMNS).load(&mut **conn)?;
    Ok(rows.into_iter().map(from_columns).collect())
}

/// The routes of a family, which nobody else can add to until the end of the transaction.
///
/// # Errors
/// Database failures.
pub fn hold_family(conn: &mut TenantConnection, family: &[u8]) -> Result<Vec<Route>, StoreError> {
    // Arbitrary, but ours. Commands are few: one lock for all families.
    const LOCK: i64 = 7_665_535;
    diesel::sql_query(format!("SELECT pg_advisory_xact_lock({LOCK})")).execute(&mut **conn)?;
    let rows: Vec<Columns> =
        table::table.filter(table::family.eq(family)).select(COLUMNS).load(&mut **conn)?;
    Ok(rows.into_iter().map(from_columns).collect())
}

/// Adds a route.
///
/// # Errors
/// [`StoreError::Taken`] when there is one of that key.
pub fn insert(conn: &mut TenantConnection, route: &Route) -> Result<(), StoreError> {
    diesel::insert_into(table::table)
        .values((
            table::key.eq(&route.key),
            table::family.eq(&route.family),
            table::opens_tenant.eq(route.tenant.0),
            table::opens.eq(route.opens),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// Takes away what leads to a client or trusted issuer.
///
/// # Errors
/// Database failures.
pub fn delete(conn: &mut TenantConnection, tenant: TenantId, opens: Uuid) -> Result<(), StoreError> {
    let those = table::opens_tenant.eq(tenant.0).and(table::opens.eq(opens));
    diesel::delete(table::table.filter(those)).execute(&mut **conn)?;
    Ok(())
}
