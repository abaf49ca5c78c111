//! Groups in groups.
//!
//! Two promises: nothing is in itself, and chains have an end. Whether a new edge keeps them depends on edges that other
//! requests may be adding at the same time, so edges of a tenant are added one request after the other, under an advisory
//! lock that is taken before the lock of any group ([`hold`]). Deletions of groups share it among themselves: no edge is
//! added while they look for the groups that lose a member. Nothing else needs it; taking edges away can break no promise.
//!
//! Who waits for this lock may hold people, but only so that nobody changes them, as who has it may do too; so it makes no
//! difference which of the two comes first.

use crate::store::statement::statement;
use crate::store::{StoreError, TenantConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Text, Uuid as SqlUuid};
use rollcall_domain::ids::{GroupId, TenantId};
use std::marker::PhantomData;
use uuid::Uuid;

/// Groups on a chain of groups in groups, the first and the last counted. Far above what directories hold, and a bound for
/// every walk along the edges.
pub const MAX_LEVELS: i32 = 32;

/// Tells these advisory locks from others of the same database.
const LOCK_SEED: i64 = 0x006e_6573_7469_6e67;

statement!(
    /// The lock of a tenant's nesting, to add edges.
    Hold { tenant: Uuid => SqlUuid, seed: i64 => BigInt } -> Bool,
    "SELECT pg_advisory_xact_lock(hashtextextended({}::text, {})) IS NOT NULL"
);

statement!(
    /// The same, so that nobody adds edges.
    HoldShared { tenant: Uuid => SqlUuid, seed: i64 => BigInt } -> Bool,
    "SELECT pg_advisory_xact_lock_shared(hashtextextended({}::text, {})) IS NOT NULL"
);

/// Waits until no other transaction adds edges in the tenant or deletes a group, and keeps it so until the end of this one.
/// To be called before any group is locked.
///
/// # Errors
/// Database failures, also that the wait was too long.
pub fn hold(conn: &mut TenantConnection, tenant: TenantId) -> Result<(), StoreError> {
    let statement = Hold { tenant: tenant.0, seed: LOCK_SEED, lifetime: PhantomData };
    let _: bool = statement.get_result(&mut **conn)?;
    Ok(())
}

/// Locks a group that is to be deleted and the groups it is in until the end of the transaction, in the order of their ids as
/// everywhere, and keeps others from adding edges. To be called before any group is locked.
///
/// # Errors
/// Database failures, also that a wait was too long.
pub fn lock_with_parents(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: GroupId,
) -> Result<(), StoreError> {
    use crate::store::schema::{group_nesting as n, groups as g};
    let statement = HoldShared { tenant: tenant.0, seed: LOCK_SEED, lifetime: PhantomData };
    let _: bool = statement.get_result(&mut **conn)?;
    let parents =
        n::table.filter(n::tenant_id.eq(tenant.0).and(n::member_group_id.eq(id.0))).select(n::group_id);
    g::table
        .filter(g::tenant_id.eq(tenant.0).and(g::id.eq(id.0).or(g::id.eq_any(parents))))
        .order(g::id)
        .select(g::id)
        .for_update()
        .execute(&mut **conn)?;
    Ok(())
}

/// Takes a group out of all groups it is in. Returns these.
///
/// # Errors
/// Database failures.
pub fn leave_parents(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: GroupId,
) -> Result<Vec<GroupId>, StoreError> {
    use crate::store::schema::group_nesting as n;
    let theirs = n::tenant_id.eq(tenant.0).and(n::member_group_id.eq(id.0));
    let left: Vec<Uuid> =
        diesel::delete(n::table.filter(theirs)).returning(n::group_id).get_results(&mut **conn)?;
    Ok(left.into_iter().map(GroupId).collect())
}

/// Why a group cannot be a member of another.
#[derive(Debug)]
pub struct Misfit {
    /// Display name of the group that was to have the member.
    pub group: String,
    /// Id of the group that was to be the member.
    pub member: Uuid,
    /// Its display name.
    pub member_name: String,
    /// Whether it is the group itself or has it as a member, directly or through others; else the chain would be too long.
    pub is_circle: bool,
}

statement!(
    /// The worst of the groups that do not fit. Both walks end at the limit, whatever they find.
    Worst {
        group: Uuid => SqlUuid, above_tenant: Uuid => SqlUuid, above_limit: i32 => Integer,
        ids: &'a [Uuid] => Array<SqlUuid>, below_tenant: Uuid => SqlUuid, below_limit: i32 => Integer,
        tenant: Uuid => SqlUuid, member_tenant: Uuid => SqlUuid, id: Uuid => SqlUuid, limit: i32 => Integer,
    } -> (Text, SqlUuid, Text, Bool),
    "WITH RECURSIVE above (id, level) AS (\
       SELECT {}::uuid, 1 UNION SELECT n.group_id, level + 1 \
         FROM above JOIN group_nesting n ON n.tenant_id = {} AND n.member_group_id = above.id WHERE level <= {}), \
     below (top, id, level) AS (\
       SELECT v, v, 1 FROM unnest({}) AS v UNION SELECT top, n.member_group_id, level + 1 \
         FROM below JOIN group_nesting n ON n.tenant_id = {} AND n.group_id = below.id WHERE level <= {}), \
     sized AS (SELECT top, max(level) + (SELECT max(level) FROM above) AS levels, \
         top IN (SELECT id FROM above) AS is_circle FROM below GROUP BY top) \
     SELECT g.display_name, c.id, c.display_name, s.is_circle FROM sized s \
       JOIN groups c ON c.tenant_id = {} AND c.id = s.top JOIN groups g ON g.tenant_id = {} AND g.id = {} \
       WHERE s.is_circle OR s.levels > {} ORDER BY s.is_circle DESC, c.id LIMIT 1"
);

/// The first of the groups that cannot be a member of `group`: because it contains it, or because the chain would be longer
/// than [`MAX_LEVELS`]. Needs [`hold`].
///
/// # Errors
/// Database failures.
pub fn misfit(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    ids: &[Uuid],
) -> Result<Option<Misfit>, StoreError> {
    let statement = Worst {
        group: group.0,
        above_tenant: tenant.0,
        above_limit: MAX_LEVELS,
        ids,
        below_tenant: tenant.0,
        below_limit: MAX_LEVELS,
        tenant: tenant.0,
        member_tenant: tenant.0,
        id: group.0,
        limit: MAX_LEVELS,
        lifetime: PhantomData,
    };
    let found: Option<(String, Uuid, String, bool)> = statement.get_result(&mut **conn).optional()?;
    Ok(found.map(|(group, member, member_name, is_circle)| Misfit { group, member, member_name, is_circle }))
}

statement!(
    /// Adds those of the ids that are groups and not members yet.
    Nest { group: Uuid => SqlUuid, tenant: Uuid => SqlUuid, ids: &'a [Uuid] => Array<SqlUuid> } -> SqlUuid,
    "INSERT INTO group_nesting (tenant_id, group_id, member_group_id) \
     SELECT tenant_id, {}::uuid, id FROM groups WHERE tenant_id = {} AND id = ANY({}) \
     ON CONFLICT DO NOTHING RETURNING member_group_id"
);

/// Makes groups members of another; which is one already, or is no group, is passed over. Returns those that were added.
/// Needs [`hold`], and that none is a [`misfit`].
///
/// # Errors
/// Database failures.
pub fn nest(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    let statement = Nest { group: group.0, tenant: tenant.0, ids, lifetime: PhantomData };
    Ok(statement.load(&mut **conn)?)
}
