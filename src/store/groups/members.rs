//! Members in and out. Every function tells whether anything changed, so that nothing is written when nothing did.

use crate::store::statement::statement;
use crate::store::{StoreError, TenantConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use rollcall_domain::ids::{AccountId, GroupId, TenantId};
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
    /// Those of the ids that are no accounts of the tenant.
    Unknown { ids: &'a [Uuid] => Array<SqlUuid>, tenant: Uuid => SqlUuid } -> SqlUuid,
    "SELECT n.id FROM unnest({}) AS n (id) WHERE NOT EXISTS (SELECT FROM accounts a \
       WHERE a.tenant_id = {} AND a.id = n.id AND a.deleted_at IS NULL)"
);

/// Those of the ids that are no accounts of the tenant.
///
/// # Errors
/// Database failures.
pub fn unknown(conn: &mut TenantConnection, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    Ok(Unknown { ids, tenant: tenant.0, lifetime: PhantomData }.load(&mut **conn)?)
}

statement!(
    /// Adds those of the ids that are accounts and not members yet. The accounts are held until the commit, in the order of
    /// their ids, so that none is deleted in the meantime and stays a member.
    Add {
        group: Uuid => SqlUuid, ids: &'a [Uuid] => Array<SqlUuid>, displays: &'a [Option<String>] => Array<Nullable<Text>>,
        tenant: Uuid => SqlUuid,
    } -> SqlUuid,
    "WITH known AS (SELECT a.tenant_id, a.id, {}::uuid AS group_id, n.display FROM unnest({}, {}) AS n (id, display) \
       JOIN accounts a ON a.tenant_id = {} AND a.id = n.id AND a.deleted_at IS NULL ORDER BY a.id FOR SHARE OF a) \
     INSERT INTO group_members (tenant_id, group_id, member_id, display) \
     SELECT tenant_id, group_id, id, display FROM known ON CONFLICT DO NOTHING RETURNING member_id"
);

/// Adds members; who is one already, or is no account, is passed over. Returns those who were added.
///
/// # Errors
/// Database failures.
pub fn add(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    members: &[NewMember],
) -> Result<Vec<Uuid>, StoreError> {
    let ids: Vec<Uuid> = members.iter().map(|m| m.id).collect();
    let displays: Vec<Option<String>> = members.iter().map(|m| m.display.clone()).collect();
    let statement =
        Add { group: group.0, ids: &ids, displays: &displays, tenant: tenant.0, lifetime: PhantomData };
    Ok(statement.load(&mut **conn)?)
}

/// Removes members; who is none is passed over. Returns those who were removed.
///
/// # Errors
/// Database failures.
pub fn remove(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    use crate::store::schema::group_members as m;
    let one = m::tenant_id.eq(tenant.0).and(m::group_id.eq(group.0)).and(m::member_id.eq_any(ids));
    Ok(diesel::delete(m::table.filter(one)).returning(m::member_id).get_results(&mut **conn)?)
}

/// Removes everybody but `keep`. Returns those who were removed.
///
/// # Errors
/// Database failures.
pub fn clear(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    keep: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    use crate::store::schema::group_members as m;
    let all = m::tenant_id.eq(tenant.0).and(m::group_id.eq(group.0)).and(m::member_id.ne_all(keep));
    Ok(diesel::delete(m::table.filter(all)).returning(m::member_id).get_results(&mut **conn)?)
}

/// Locks the groups of an account until the end of the transaction, in the order of their ids. Taken before the account's own
/// lock, as a change of members takes them.
///
/// # Errors
/// Database failures.
pub fn lock_groups_of(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<(), StoreError> {
    use crate::store::schema::{group_members as m, groups as g};
    let theirs =
        m::table.filter(m::tenant_id.eq(tenant.0).and(m::member_id.eq(account.0))).select(m::group_id);
    g::table
        .filter(g::tenant_id.eq(tenant.0).and(g::id.eq_any(theirs)))
        .order(g::id)
        .select(g::id)
        .for_update()
        .execute(&mut **conn)?;
    Ok(())
}

/// Takes an account out of all groups. Returns the groups.
///
/// # Errors
/// Database failures.
pub fn leave_all(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Vec<GroupId>, StoreError> {
    use crate::store::schema::group_members as m;
    let theirs = m::tenant_id.eq(tenant.0).and(m::member_id.eq(account.0));
    let left: Vec<Uuid> =
        diesel::delete(m::table.filter(theirs)).returning(m::group_id).get_results(&mut **conn)?;
    Ok(left.into_iter().map(GroupId).collect())
}
