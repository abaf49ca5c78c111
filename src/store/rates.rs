//! What busy connections have used of their limits, on all servers together.

use super::statement::statement;
use super::{StoreError, TenantConnection};
use diesel::prelude::*;
use diesel::sql_types::{Double, Uuid as SqlUuid};
use rollcall_domain::ids::{ConnectionId, TenantId};
use std::marker::PhantomData;
use uuid::Uuid;

statement!(
    /// Adds requests to the level, which has sunk since it was last written. By the clock of the database: that of each server
    /// would let in as much more as it goes wrong.
    Report {
        tenant: Uuid => SqlUuid, connection: Uuid => SqlUuid, served: f64 => Double, per_second: f64 => Double,
    } -> Double,
    "INSERT INTO request_rates AS r (tenant_id, connection_id, level, at) VALUES ({}, {}, {}, clock_timestamp()) \
     ON CONFLICT (tenant_id, connection_id) DO UPDATE SET \
       level = GREATEST(0, r.level - {} * GREATEST(0, extract(epoch FROM excluded.at - r.at)::double precision)) + excluded.level, \
       at = GREATEST(r.at, excluded.at) \
     RETURNING level"
);

/// Adds `served` requests of a connection whose limit is `per_second`, and gives the level of all servers.
///
/// # Errors
/// Database failures.
pub fn report(
    conn: &mut TenantConnection,
    tenant: TenantId,
    connection: ConnectionId,
    served: u32,
    per_second: u32,
) -> Result<f64, StoreError> {
    let statement = Report {
        tenant: tenant.0,
        connection: connection.0,
        served: served.into(),
        per_second: per_second.into(),
        lifetime: PhantomData,
    };
    Ok(statement.get_result(&mut **conn)?)
}
