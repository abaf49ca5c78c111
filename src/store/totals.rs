//! How many there are of a kind, for many who ask at the same moment: a page by index says it, and it takes longer than the page.

use super::db::{Gathering, Gatherings, Together};
use super::filter::Table;
use super::{StoreError, TenantConnection, accounts, groups};
use rollcall_domain::ids::TenantId;
use std::collections::HashMap;
use std::sync::Arc;

/// How many accounts or groups a tenant has. Common to all: which.
pub struct Total;

impl Together for Total {
    type Common = Table;
    type Wanted = ();
    type Key = ();
    type Found = i64;

    fn key((): &()) -> &() {
        &()
    }

    fn read(
        conn: &mut TenantConnection,
        tenant: TenantId,
        table: &Table,
        _wanted: &[&()],
    ) -> Result<HashMap<(), i64>, StoreError> {
        let count = match table {
            Table::Accounts => accounts::count,
            Table::Groups => groups::count,
        };
        Ok(HashMap::from([((), count(conn, tenant, None)?)]))
    }

    fn gathering(all: &Gatherings) -> &Arc<Gathering<Self>> {
        &all.totals
    }
}
