//! Groups and their members. Membership is rows: what a change costs depends on the change, not on the group.

mod members;
mod nesting;

pub use members::{
    Known, NewMember, add, clear, hold_known, leave_all, lock_groups_of, members_among, remove,
};
pub use nesting::{MAX_LEVELS, Misfit, hold, leave_parents, lock_with_parents, misfit, nest};

use super::audit::Entry;
use super::filter::Condition;
use super::order::Position;
use super::page::{self, Listed, Load, Page};
use super::statement::statement;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::ids::{ConnectionId, GroupId, TenantId};
use std::marker::PhantomData;
use uuid::Uuid;

/// The columns, in the order of [`Columns`]: `bare`, or `with members`, which have a parameter, the base of their `$ref`. Two texts for
/// the reason that those of accounts are.
macro_rules! group_columns {
    (bare) => {
        concat!(group_columns!(), "NULL::text")
    };
    (with members) => {
        concat!(group_columns!(), super::membership::membership_json!(super::membership::members_of_group!()))
    };
    () => {
        "a.id, a.connection_id, a.resource::text, a.version, a.created_at, a.updated_at, "
    };
}

type SqlColumns = (SqlUuid, SqlUuid, Text, BigInt, Timestamptz, Timestamptz, Nullable<Text>);
type Columns = (Uuid, Uuid, String, i64, DateTime<Utc>, DateTime<Utc>, Option<String>);

/// A group as it was read.
#[derive(Debug, Clone)]
pub struct GroupRow {
    /// Id.
    pub id: GroupId,
    /// Connection that made it.
    pub connection: ConnectionId,
    /// The client's attributes as JSON text.
    pub resource: String,
    /// Version.
    pub version: i64,
    /// meta.created.
    pub created_at: DateTime<Utc>,
    /// meta.lastModified.
    pub updated_at: DateTime<Utc>,
    /// The members as a JSON array text, when wanted and there are any.
    pub members: Option<String>,
}

fn from_columns((id, connection, resource, version, created_at, updated_at, members): Columns) -> GroupRow {
    GroupRow {
        id: GroupId(id),
        connection: ConnectionId(connection),
        resource,
        version,
        created_at,
        updated_at,
        members,
    }
}

statement!(
    /// One group by id.
    Find { tenant: Uuid => SqlUuid, id: Uuid => SqlUuid } -> SqlColumns,
    concat!("SELECT ", group_columns!(bare), " FROM groups a WHERE a.tenant_id = {} AND a.id = {}")
);

statement!(
    /// One group by id, with its members.
    FindWithMembers { base: &'a str => Text, tenant: Uuid => SqlUuid, id: Uuid => SqlUuid } -> SqlColumns,
    concat!("SELECT ", group_columns!(with members), " FROM groups a WHERE a.tenant_id = {} AND a.id = {}")
);

/// The group of an id.
///
/// # Errors
/// Database failures.
pub fn find(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: GroupId,
    load: Load<'_>,
) -> Result<Option<GroupRow>, StoreError> {
    let (tenant, id, lifetime) = (tenant.0, id.0, PhantomData);
    let row: QueryResult<Columns> = match load.related {
        true => FindWithMembers { base: load.base, tenant, id, lifetime }.get_result(&mut **conn),
        false => Find { tenant, id, lifetime }.get_result(&mut **conn),
    };
    Ok(row.optional()?.map(from_columns))
}

statement!(
    /// One group by id, with its members if they are few, and whether they are more. The limit stands in the text: a plan for any limit is
    /// one for a tenth of the members, so PostgreSQL would plan anew each time.
    FindFew { base: &'a str => Text, tenant: Uuid => SqlUuid, id: Uuid => SqlUuid } -> (SqlColumns, Bool),
    concat!(
        "SELECT ", group_columns!(), "CASE WHEN s.few THEN ",
        super::membership::membership_json!(super::membership::members_of_group!()), " END, NOT s.few \
         FROM groups a CROSS JOIN LATERAL (SELECT count(*) <= 100 AS few FROM (\
           SELECT FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.group_id = a.id \
           UNION ALL SELECT FROM group_nesting n WHERE n.tenant_id = a.tenant_id AND n.group_id = a.id LIMIT 101) c) s \
         WHERE a.tenant_id = {} AND a.id = {}"
    )
);

/// The group of an id with its members, people and groups, if they are few: at most 100, as many as resources on a page. And whether
/// they are more.
///
/// # Errors
/// Database failures.
pub fn find_few(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: GroupId,
    base: &str,
) -> Result<Option<(GroupRow, bool)>, StoreError> {
    let statement = FindFew { base, tenant: tenant.0, id: id.0, lifetime: PhantomData };
    let row: Option<(Columns, bool)> = statement.get_result(&mut **conn).optional()?;
    Ok(row.map(|(columns, many)| (from_columns(columns), many)))
}

statement!(
    /// One group by id, held weakly enough for others to make it a member of theirs in the meantime.
    Hold { tenant: Uuid => SqlUuid, id: Uuid => SqlUuid } -> SqlColumns,
    concat!(
        "SELECT ", group_columns!(bare),
        " FROM groups a WHERE a.tenant_id = {} AND a.id = {} FOR NO KEY UPDATE"
    )
);

/// The group of an id without its members, locked until the end of the transaction: providers split one change of members over parallel
/// requests (IDP-QUIRKS 177).
///
/// # Errors
/// Database failures.
pub fn lock(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: GroupId,
) -> Result<Option<GroupRow>, StoreError> {
    let statement = Hold { tenant: tenant.0, id: id.0, lifetime: PhantomData };
    let row: Option<Columns> = statement.get_result(&mut **conn).optional()?;
    Ok(row.map(from_columns))
}

/// The table, as it is listed.
pub(super) struct Groups;

impl Listed for Groups {
    type SqlType = SqlColumns;
    const SELECT: &'static str = concat!("SELECT ", group_columns!(bare));
    const SELECT_RELATED: &'static str = concat!("SELECT ", group_columns!(with members));
    const FROM: &'static str = " FROM groups a";
    const VISIBLE: &'static str = "";
}

/// The groups of a page, each with its place.
///
/// # Errors
/// Database failures.
pub fn page(conn: &mut TenantConnection, wanted: &Page<'_>) -> Result<Vec<(GroupRow, Position)>, StoreError> {
    let rows: Vec<(Columns, Option<String>, Uuid)> =
        page::load::<Groups, _>(wanted, |rows| rows.load(&mut **conn))?;
    Ok(rows.into_iter().map(|(columns, key, id)| (from_columns(columns), Position { key, id })).collect())
}

/// How many groups match.
///
/// # Errors
/// Database failures.
pub fn count(
    conn: &mut TenantConnection,
    tenant: TenantId,
    condition: &Condition,
) -> Result<i64, StoreError> {
    Ok(page::count::<Groups>(conn, tenant, Some(condition))?.0)
}

/// What a group becomes.
pub struct Attributes<'a> {
    /// displayName as sent.
    pub display_name: &'a str,
    /// displayName, prepared.
    pub display_name_key: &'a str,
    /// externalId.
    pub external_id: Option<&'a str>,
    /// The attributes as JSON.
    pub resource: &'a serde_json::Value,
}

/// Adds a group without members.
///
/// # Errors
/// [`StoreError::Taken`] when the connection has a group of that name or externalId.
pub fn insert(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: GroupId,
    connection: ConnectionId,
    attributes: &Attributes<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    use super::schema::groups;
    diesel::insert_into(groups::table)
        .values((
            groups::tenant_id.eq(tenant.0),
            groups::id.eq(id.0),
            groups::connection_id.eq(connection.0),
            groups::display_name.eq(attributes.display_name),
            groups::display_name_key.eq(attributes.display_name_key),
            groups::external_id.eq(attributes.external_id),
            groups::resource.eq(attributes.resource),
            groups::created_at.eq(now),
            groups::updated_at.eq(now),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// Saves a changed group that the transaction has locked, and raises its version.
///
/// # Errors
/// [`StoreError::Taken`] when the connection has another group of that name or externalId.
pub fn save(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: GroupId,
    attributes: &Attributes<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    use super::schema::groups;
    // A request that began earlier may be written later; the time of the last change never goes back.
    let latest = sql::<Timestamptz>("GREATEST(updated_at, ").bind::<Timestamptz, _>(now).sql(")");
    diesel::update(groups::table.filter(groups::tenant_id.eq(tenant.0).and(groups::id.eq(id.0))))
        .set((
            groups::version.eq(groups::version + 1),
            groups::updated_at.eq(latest),
            groups::display_name.eq(attributes.display_name),
            groups::display_name_key.eq(attributes.display_name_key),
            groups::external_id.eq(attributes.external_id),
            groups::resource.eq(attributes.resource),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

statement!(
    /// Another version of a group, and the audit row.
    SaveMembers {
        now: DateTime<Utc> => Timestamptz, tenant: Uuid => SqlUuid, id: Uuid => SqlUuid,
        log_tenant: Uuid => SqlUuid, at: DateTime<Utc> => Timestamptz, actor: &'a str => Text, action: &'a str => Text,
        attributes: &'a [String] => Array<Text>, facts: String => Text, request_id: Uuid => SqlUuid,
    } -> (),
    "WITH saved AS (UPDATE groups SET version = version + 1, updated_at = GREATEST(updated_at, {}) \
       WHERE tenant_id = {} AND id = {} RETURNING id) \
     INSERT INTO audit_log (tenant_id, at, actor, action, attributes, facts, request_id, resource_id) \
     SELECT {}, {}, {}, {}, {}, {}::jsonb, {}, id FROM saved"
);

/// Raises the version of a group that the transaction has locked, because its members changed, and says so in the audit log.
///
/// # Errors
/// Database failures.
pub fn save_members(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: GroupId,
    entry: &Entry,
) -> Result<(), StoreError> {
    let statement = SaveMembers {
        now: entry.at,
        tenant: tenant.0,
        id: id.0,
        log_tenant: tenant.0,
        at: entry.at,
        actor: &entry.actor,
        action: entry.action,
        attributes: &entry.attributes,
        facts: entry.facts.to_string(),
        request_id: entry.request_id,
        lifetime: PhantomData,
    };
    statement.execute(&mut **conn)?;
    Ok(())
}

/// Deletes a group and its memberships; the people and groups that were in it stay.
///
/// # Errors
/// Database failures.
pub fn delete(conn: &mut TenantConnection, tenant: TenantId, id: GroupId) -> Result<(), StoreError> {
    use super::schema::groups;
    diesel::delete(groups::table.filter(groups::tenant_id.eq(tenant.0).and(groups::id.eq(id.0))))
        .execute(&mut **conn)?;
    Ok(())
}
