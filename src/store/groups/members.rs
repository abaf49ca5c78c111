//! Members in and out. Every function tells whether anything changed, so that nothing is written when nothing did.

use crate::store::statement::{one_of, statement};
use crate::store::{StoreError, TenantConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text, Uuid as SqlUuid};
use rollcall_domain::ids::{AccountId, GroupId, TenantId};
use std::collections::HashSet;
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

/// Those of some ids that can be members.
#[derive(Debug, Default)]
pub struct Known {
    /// Accounts that are not deleted.
    pub people: HashSet<Uuid>,
    /// Groups.
    pub groups: HashSet<Uuid>,
}

statement!(
    /// Which of the ids are accounts of the tenant, and which are groups. The accounts are held until the commit, in the order
    /// of their ids, so that none is deleted in the meantime and stays a member.
    HoldPeople {
        tenant: Uuid => SqlUuid, ids: &'a [Uuid] => Array<SqlUuid>, groups_tenant: Uuid => SqlUuid,
        group_ids: &'a [Uuid] => Array<SqlUuid>,
    } -> (SqlUuid, Bool),
    concat!(
        "SELECT id, FALSE FROM (SELECT id FROM accounts WHERE tenant_id = {} AND id ", one_of!("uuid[]"), " AND deleted_at IS NULL \
           ORDER BY id FOR SHARE) a \
         UNION ALL SELECT id, TRUE FROM groups WHERE tenant_id = {} AND id ", one_of!("uuid[]")
    )
);

/// What the ids are; those of nobody, and of other tenants, are not in the answer. Nobody can delete or change the accounts
/// until the end of the transaction. To be called before any group is locked.
///
/// # Errors
/// Database failures.
pub fn hold_known(conn: &mut TenantConnection, tenant: TenantId, ids: &[Uuid]) -> Result<Known, StoreError> {
    let statement =
        HoldPeople { tenant: tenant.0, ids, groups_tenant: tenant.0, group_ids: ids, lifetime: PhantomData };
    Ok(known_of(statement.load(&mut **conn)?))
}

/// Parts ids by whether they are those of groups.
fn known_of(found: Vec<(Uuid, bool)>) -> Known {
    let (groups, people): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, is_group)| *is_group);
    let ids = |of: Vec<(Uuid, bool)>| of.into_iter().map(|(id, _)| id).collect();
    Known { people: ids(people), groups: ids(groups) }
}

statement!(
    /// Which of the ids are members, people and groups.
    Among {
        tenant: Uuid => SqlUuid, group: Uuid => SqlUuid, people: &'a [Uuid] => Array<SqlUuid>,
        nested_tenant: Uuid => SqlUuid, nested_in: Uuid => SqlUuid, groups: &'a [Uuid] => Array<SqlUuid>,
    } -> (SqlUuid, Bool),
    "SELECT member_id, FALSE FROM group_members WHERE tenant_id = {} AND group_id = {} AND member_id = ANY({}) \
     UNION ALL SELECT member_group_id, TRUE FROM group_nesting \
       WHERE tenant_id = {} AND group_id = {} AND member_group_id = ANY({})"
);

/// Those of the ids who are members of the group.
///
/// # Errors
/// Database failures.
pub fn members_among(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    ids: &[Uuid],
) -> Result<Known, StoreError> {
    let statement = Among {
        tenant: tenant.0,
        group: group.0,
        people: ids,
        nested_tenant: tenant.0,
        nested_in: group.0,
        groups: ids,
        lifetime: PhantomData,
    };
    Ok(known_of(statement.load(&mut **conn)?))
}

statement!(
    /// Adds those of the ids that are accounts and not members yet. The arrays stand behind a SELECT for the reason of `one_of!`.
    Add {
        group: Uuid => SqlUuid, ids: &'a [Uuid] => Array<SqlUuid>, displays: &'a [Option<String>] => Array<Nullable<Text>>,
        tenant: Uuid => SqlUuid,
    } -> SqlUuid,
    "WITH known AS (SELECT a.tenant_id, a.id, {}::uuid AS group_id, n.display FROM unnest((SELECT {}), (SELECT {})) AS n (id, display) \
       JOIN accounts a ON a.tenant_id = {} AND a.id = n.id AND a.deleted_at IS NULL) \
     INSERT INTO group_members (tenant_id, group_id, member_id, display) \
     SELECT tenant_id, group_id, id, display FROM known ON CONFLICT DO NOTHING RETURNING member_id"
);

/// Adds people, who must be held ([`hold_known`]); who is a member already, or is no account, is passed over. Returns those who
/// were added.
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

statement!(
    /// Removes people and groups.
    Remove {
        tenant: Uuid => SqlUuid, group: Uuid => SqlUuid, people: &'a [Uuid] => Array<SqlUuid>,
        nested_tenant: Uuid => SqlUuid, nested_in: Uuid => SqlUuid, groups: &'a [Uuid] => Array<SqlUuid>,
    } -> SqlUuid,
    concat!(
        "WITH people AS (DELETE FROM group_members WHERE tenant_id = {} AND group_id = {} AND member_id ", one_of!("uuid[]"), " \
           RETURNING member_id), \
         groups AS (DELETE FROM group_nesting WHERE tenant_id = {} AND group_id = {} AND member_group_id ", one_of!("uuid[]"), " \
           RETURNING member_group_id) \
         SELECT member_id FROM people UNION ALL SELECT member_group_id FROM groups"
    )
);

/// Removes those of `people` who are people and those of `groups` that are groups; who is no member is passed over. Returns
/// those who were removed.
///
/// # Errors
/// Database failures.
pub fn remove(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    people: &[Uuid],
    groups: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    let statement = Remove {
        tenant: tenant.0,
        group: group.0,
        people,
        nested_tenant: tenant.0,
        nested_in: group.0,
        groups,
        lifetime: PhantomData,
    };
    Ok(statement.load(&mut **conn)?)
}

statement!(
    /// Removes everybody but some. The list is joined and not compared with, so that it may be as long as the group.
    Clear {
        tenant: Uuid => SqlUuid, group: Uuid => SqlUuid, people: &'a [Uuid] => Array<SqlUuid>,
        nested_tenant: Uuid => SqlUuid, nested_in: Uuid => SqlUuid, groups: &'a [Uuid] => Array<SqlUuid>,
    } -> SqlUuid,
    "WITH people AS (DELETE FROM group_members m WHERE tenant_id = {} AND group_id = {} \
       AND NOT EXISTS (SELECT FROM unnest({}) AS k (id) WHERE k.id = m.member_id) RETURNING member_id), \
     groups AS (DELETE FROM group_nesting n WHERE tenant_id = {} AND group_id = {} \
       AND NOT EXISTS (SELECT FROM unnest({}) AS k (id) WHERE k.id = n.member_group_id) RETURNING member_group_id) \
     SELECT member_id FROM people UNION ALL SELECT member_group_id FROM groups"
);

/// Removes every person and group but `keep`. Returns those who were removed.
///
/// # Errors
/// Database failures.
pub fn clear(
    conn: &mut TenantConnection,
    tenant: TenantId,
    group: GroupId,
    keep: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    let statement = Clear {
        tenant: tenant.0,
        group: group.0,
        people: keep,
        nested_tenant: tenant.0,
        nested_in: group.0,
        groups: keep,
        lifetime: PhantomData,
    };
    Ok(statement.load(&mut **conn)?)
}

/// Locks the groups of an account until the end of the transaction, in the order of their ids. These are all, and stay all,
/// when the account was locked before: who comes into a group is held in it first ([`hold_known`]).
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
        .for_no_key_update()
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
