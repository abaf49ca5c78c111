//! Limits of requests: what a connection used here becomes known to the other servers, and theirs here.

use super::AppError;
use crate::store::{Db, rates as store};
use rollcall_domain::ids::{ConnectionId, TenantId};

/// Tells the others of `served` requests of a connection, and gives how much all servers have served above what the limit of
/// `per_second` has allowed since.
///
/// # Errors
/// Database failures.
pub async fn report(
    db: &Db,
    tenant: TenantId,
    connection: ConnectionId,
    served: u32,
    per_second: u32,
) -> Result<f64, AppError> {
    db.run(tenant, move |conn| Ok(store::report(conn, tenant, connection, served, per_second)?)).await
}
