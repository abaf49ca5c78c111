//! Attributes that one source alone may change.

use super::schema::{attribute_owners, connections};
use super::{StoreError, TenantConnection};
use diesel::prelude::*;
use rollcall_domain::ids::{ConnectionId, TenantId};
use uuid::Uuid;

/// All of a tenant, by attribute: the id of the owner, and what administrators call it.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    tenant: TenantId,
) -> Result<Vec<(String, ConnectionId, String)>, StoreError> {
    let rows: Vec<(String, Uuid, String)> = attribute_owners::table
        .inner_join(
            connections::table.on(connections::tenant_id
                .eq(attribute_owners::tenant_id)
                .and(connections::id.eq(attribute_owners::connection_id))),
        )
        .filter(attribute_owners::tenant_id.eq(tenant.0))
        .order(attribute_owners::attribute)
        .select((attribute_owners::attribute, attribute_owners::connection_id, connections::name))
        .load(&mut **conn)?;
    Ok(rows.into_iter().map(|(attribute, id, name)| (attribute, ConnectionId(id), name)).collect())
}

/// Gives an attribute to a connection, or to nobody.
///
/// # Errors
/// Database failures.
pub fn set(
    conn: &mut TenantConnection,
    tenant: TenantId,
    attribute: &str,
    owner: Option<ConnectionId>,
) -> Result<(), StoreError> {
    let Some(owner) = owner else {
        diesel::delete(attribute_owners::table.find((tenant.0, attribute))).execute(&mut **conn)?;
        return Ok(());
    };
    diesel::insert_into(attribute_owners::table)
        .values((
            attribute_owners::tenant_id.eq(tenant.0),
            attribute_owners::attribute.eq(attribute),
            attribute_owners::connection_id.eq(owner.0),
        ))
        .on_conflict((attribute_owners::tenant_id, attribute_owners::attribute))
        .do_update()
        .set(attribute_owners::connection_id.eq(owner.0))
        .execute(&mut **conn)?;
    Ok(())
}
