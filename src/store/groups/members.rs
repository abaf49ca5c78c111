//! Members in and out. Every function tells whether anything changed, so that nothing is written when nothing did.

use crate::store::statement::statement;
use crate::store::{StoreError, TenantConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use rollcall_domain::ids::{GroupId, TenantId};
use std::marker::PhantomData;
use uuid::Uuid;

/// Somebody to add.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Account.
    pub id: Uuid,
    /// What the client calls them.
    pub display: Option<String>,
}

statement!(
    /// How many of the ids are accounts of the tenant.
    Known { tenant: Uuid => SqlUuid, ids: &'a [Uuid] => Array<SqlUuid> } -> BigInt,
    "SELECT count(*) FROM accounts WHERE tenant_id = {} AND id = ANY({}) AND deleted_at IS NULL"
);

/// How many of the ids are accounts of the tenant.
///
/// # Errors
/// Database failures.
pub fn known(conn: &mut TenantConnection, tenant: TenantId, ids: &[Uuid]) -> Result<i64, StoreError> {
    Ok(Known { tenant: tenant.0, ids, lifetime: PhantomData }.get_result(&mut **conn)?)
}

statement!(
    /// Adds those of the ids that are accounts and not members yet.
    Add {
        group: Uuid => SqlUuid, ids: &'a [Uuid] => Array<SqlUuid>, displays: &'a [Option<String>] => Array<Nullable<Text>>,
        tenant: Uuid => SqlUuid,
    } -> BigInt,
    "WITH added AS (INSERT INTO group_members (tenant_id, group_id, member_id, display) \
       SELECT a.tenant_id, {}, a.id, n.display FROM unnest({}, {}) AS n (id, display) \
       JOIN accounts a ON a.tenant_id = {} AND a.id = n.id AND a.deleted_at IS NULL \
       ON CONFLICT DO NOTHING RETURNING member_id) \
     SELECT count(*) FROM added"
);

/// Adds members; who is one already, or is no account, is passed over. Returns how many were added.
///
/// # Errors
/// Database failures.
pub fn add(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    members: &[NewMember],
) -> Result<i64, StoreError> {
    let ids: Vec<Uuid> = members.iter().map(|m| m.id).collect();
    let displays: Vec<Option<String>> = members.iter().map(|m| m.display.clone()).collect();
    let statement =
        Add { group: group.0, ids: &ids, displays: &displays, tenant: tenant.0, lifetime: PhantomData };
    Ok(statement.get_result(&mut **conn)?)
}

/// Removes members; who is none is passed over. Returns how many were removed.
///
/// # Errors
/// Database failures.
pub fn remove(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    ids: &[Uuid],
) -> Result<i64, StoreError> {
    use crate::store::schema::group_members as m;
    let removed = diesel::delete(
        m::table.filter(m::tenant_id.eq(tenant.0).and(m::group_id.eq(group.0)).and(m::member_id.eq_any(ids))),
    )
    .execute(&mut **conn)?;
    Ok(i64::try_from(removed).unwrap_or(i64::MAX))
}

/// Removes everybody but `keep`. Returns how many were removed.
///
/// # Errors
/// Database failures.
pub fn clear(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    keep: &[Uuid],
) -> Result<i64, StoreError> {
    use crate::store::schema::group_members as m;
    let removed = diesel::delete(
        m::table
            .filter(m::tenant_id.eq(tenant.0).and(m::group_id.eq(group.0)))
            .filter(m::member_id.ne_all(keep)),
    )
    .execute(&mut **conn)?;
    Ok(i64::try_from(removed).unwrap_or(i64::MAX))
}
