//! What servers write of a schema that is not there any more: they may know it for a moment longer.
//!
//! Nobody can see or search it, but it would come to light when its name is known again. So it is dropped twice: some time
//! after the change, and when the name becomes known.

use super::{find, full_path, store};
use crate::app::AppError;
use crate::app::audit::By;
use crate::app::tokens::MAX_AGE_OF_A_YES;
use crate::store::TenantConnection;
use crate::store::db::POOL_WAIT;
use crate::store::filter::Table;
use rollcall_domain::ids::TenantId;
use rollcall_scim::schema::Attribute;
use serde_json::json;
use std::time::Duration;

/// How long after a change of the schemas requests may still write by those of before: as long as a server may know them, and
/// one that does may wait for a connection.
pub const LATE_WRITES: Duration = MAX_AGE_OF_A_YES.saturating_add(POOL_WAIT);

/// What is not, or no longer, a tenant's to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftovers {
    pub(super) urn: String,
    /// Attributes and sub-attributes, as names below the URN; no names: everything under the URN.
    pub(super) names: Vec<Vec<String>>,
}

impl Leftovers {
    /// Whether there can be any.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// Takes leftovers out of all resources, but for those whose names are known again by now.
///
/// # Errors
/// Database failures.
pub fn sweep(
    conn: &mut TenantConnection,
    tenant: TenantId,
    leftovers: &Leftovers,
    by: &By,
) -> Result<(), AppError> {
    let Leftovers { urn, names } = leftovers;
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        store::raise_version(conn, tenant)?;
        let known = match find(conn, tenant, urn) {
            Ok(known) => known.own.schema.attributes,
            Err(AppError::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let unknown: Vec<Vec<String>> =
            names.iter().filter(|path| !is_known(&known, path)).cloned().collect();
        drop_all(conn, tenant, urn, &unknown, by).map(drop)
    })
}

/// Whether the attributes have the path; of no names, whether there are any.
fn is_known(attributes: &[Attribute], path: &[String]) -> bool {
    match path.split_first() {
        None => !attributes.is_empty(),
        // In another letter case it would be another attribute.
        Some((name, rest)) => attributes
            .iter()
            .find(|attribute| attribute.name == *name)
            .is_some_and(|attribute| rest.is_empty() || is_known(&attribute.sub_attributes, rest)),
    }
}

/// Takes what is stored under these names out of all resources, whatever they are of. Returns how many times one was changed.
///
/// # Errors
/// Database failures.
pub(super) fn drop_all(
    conn: &mut TenantConnection,
    tenant: TenantId,
    urn: &str,
    names: &[Vec<String>],
    by: &By,
) -> Result<i64, AppError> {
    let mut changed = 0;
    for below in names {
        let path = full_path(urn, below);
        for (table, action) in [(Table::Accounts, "account.updated"), (Table::Groups, "group.updated")] {
            let entry = by.entry(action, vec![urn.to_owned()], json!({}));
            changed += store::drop_data(conn, tenant, table, &path, &entry)?;
        }
    }
    if !names.is_empty() {
        store::forget_in_tombstones(conn, tenant, urn)?;
    }
    Ok(changed)
}
