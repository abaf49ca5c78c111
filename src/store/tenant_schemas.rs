//! Extension schemas of a tenant, and what resources hold of them.

use super::audit::Entry;
use super::filter::Table;
use super::schema::{tenant_schemas as s, tenants};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::ids::TenantId;
use serde_json::Value;

/// A schema as it is stored.
#[derive(Debug, Clone, Queryable)]
pub struct SchemaRow {
    /// Its id.
    pub urn: String,
    /// `User` or `Group`.
    pub resource_type: String,
    /// The schema in JSON.
    pub definition: Value,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last replaced.
    pub updated_at: DateTime<Utc>,
}

/// All schemas of a tenant, the oldest first.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<SchemaRow>, StoreError> {
    Ok(s::table
        .filter(s::tenant_id.eq(tenant.0))
        .order((s::created_at, s::urn))
        .select((s::urn, s::resource_type, s::definition, s::created_at, s::updated_at))
        .load(&mut **conn)?)
}

/// How often the tenant's own schemas have changed; 0 while there never were any, or no such tenant.
///
/// # Errors
/// Database failures.
pub fn version(conn: &mut TenantConnection, tenant: TenantId) -> Result<i64, StoreError> {
    let found =
        tenants::table.find(tenant.0).select(tenants::schemas_version).first(&mut **conn).optional()?;
    Ok(found.unwrap_or_default())
}

/// Raises the version of the tenant's schemas, and so lets one change of them be made at a time.
///
/// # Errors
/// Database failures.
pub fn raise_version(conn: &mut TenantConnection, tenant: TenantId) -> Result<(), StoreError> {
    diesel::update(tenants::table.filter(tenants::id.eq(tenant.0)))
        .set(tenants::schemas_version.eq(tenants::schemas_version + 1))
        .execute(&mut **conn)?;
    Ok(())
}

/// Adds a schema, or replaces the one of its URN.
///
/// # Errors
/// Database failures.
pub fn save(
    conn: &mut TenantConnection,
    tenant: TenantId,
    urn: &str,
    resource_type: &str,
    definition: &Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(s::table)
        .values((
            s::tenant_id.eq(tenant.0),
            s::urn.eq(urn),
            s::resource_type.eq(resource_type),
            s::definition.eq(definition),
            s::created_at.eq(now),
            s::updated_at.eq(now),
        ))
        .on_conflict((s::tenant_id, s::urn))
        .do_update()
        .set((s::definition.eq(definition), s::updated_at.eq(now)))
        .execute(&mut **conn)?;
    Ok(())
}

/// Removes a schema.
///
/// # Errors
/// Database failures.
pub fn delete(conn: &mut TenantConnection, tenant: TenantId, urn: &str) -> Result<(), StoreError> {
    diesel::delete(s::table.filter(s::tenant_id.eq(tenant.0).and(s::urn.eq(urn)))).execute(&mut **conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How many resources hold something at a path of names: the URN, an attribute, a sub-attribute.
///
/// # Errors
/// Database failures.
pub fn holding(
    conn: &mut TenantConnection,
    tenant: TenantId,
    table: Table,
    path: &[&str],
) -> Result<i64, StoreError> {
    matching(conn, tenant, table, &json_path(path))
}

/// How many resources have something at all names of the path but the last, and there, in one value at least, nothing under
/// the last or only a blank, which is nothing for who requires it.
///
/// # Errors
/// Database failures.
pub fn lacking(
    conn: &mut TenantConnection,
    tenant: TenantId,
    table: Table,
    path: &[&str],
) -> Result<i64, StoreError> {
    let Some((name, parents)) = path.split_last() else { return Ok(0) };
    let parents = json_path(parents);
    // What the protocol trims: the white space of Unicode.
    let blank = "^[\\\\s\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*$";
    let some = format!("@.\"{name}\" ? (@.type() != \"string\" || !(@ like_regex \"{blank}\"))");
    matching(conn, tenant, table, &format!("{parents} ? (!exists({some}))"))
}

/// A path of SQL/JSON, which looks into the elements of a list by itself. Names hold no quotation marks.
fn json_path(path: &[&str]) -> String {
    std::iter::once("$".to_owned()).chain(path.iter().map(|name| format!(".\"{name}\""))).collect()
}

fn matching(
    conn: &mut TenantConnection,
    tenant: TenantId,
    table: Table,
    json_path: &str,
) -> Result<i64, StoreError> {
    let (name, alive) = parts(table);
    let statement = format!(
        "SELECT count(*) AS n FROM {name} WHERE tenant_id = $1 AND {alive} AND jsonb_path_exists(resource, $2::jsonpath)"
    );
    let count: Count = diesel::sql_query(statement)
        .bind::<SqlUuid, _>(tenant.0)
        .bind::<Text, _>(json_path)
        .get_result(&mut **conn)?;
    Ok(count.n)
}

/// What is left of a resource when `$1` (the URN) is taken out of it.
const WITHOUT_SCHEMA: &str = "resource - $1";

/// The same for the attribute `$2` below it; an extension in which nothing is left goes with it.
const WITHOUT_ATTRIBUTE: &str = "CASE resource -> $1 WHEN jsonb_build_object($2, resource #> ARRAY[$1, $2]) THEN resource - $1 \
     ELSE resource #- ARRAY[$1, $2] END";

/// The same for its sub-attribute `$3`, in an object or in every element of a list; what is empty then goes with it.
const WITHOUT_SUB_ATTRIBUTE: &str = "(SELECT CASE WHEN kept.extension = '{}' THEN resource - $1 \
       ELSE jsonb_set(resource, ARRAY[$1], kept.extension) END \
     FROM (SELECT CASE WHEN pruned.value IN ('{}', '[]') THEN (resource -> $1) - $2 \
         ELSE jsonb_set(resource -> $1, ARRAY[$2], pruned.value) END AS extension \
       FROM (SELECT CASE jsonb_typeof(resource #> ARRAY[$1, $2]) \
           WHEN 'object' THEN (resource #> ARRAY[$1, $2]) - $3 \
           WHEN 'array' THEN (SELECT COALESCE(jsonb_agg(e.kept ORDER BY e.n) FILTER (WHERE e.kept <> '{}'), '[]') \
             FROM (SELECT n, CASE jsonb_typeof(v) WHEN 'object' THEN v - $3 ELSE v END AS kept \
               FROM jsonb_array_elements(resource #> ARRAY[$1, $2]) WITH ORDINALITY AS all_of_them (v, n)) AS e) \
           ELSE resource #> ARRAY[$1, $2] END AS value) AS pruned) AS kept)";

/// Takes what is at a path of names (the URN, an attribute, a sub-attribute) out of all resources, which get a new version.
/// They are locked in the order of their ids, as everywhere, and each has its row in the audit log. Returns how many there were.
///
/// # Errors
/// Database failures.
pub fn drop_data(
    conn: &mut TenantConnection,
    tenant: TenantId,
    table: Table,
    path: &[&str],
    entry: &Entry,
) -> Result<i64, StoreError> {
    let (name, alive) = parts(table);
    let left = match path.len() {
        0 | 1 => WITHOUT_SCHEMA,
        2 => WITHOUT_ATTRIBUTE,
        _ => WITHOUT_SUB_ATTRIBUTE,
    };
    let statement = format!(
        "WITH held AS MATERIALIZED (SELECT id FROM {name} \
           WHERE tenant_id = $5 AND {alive} AND jsonb_path_exists(resource, $6::jsonpath) ORDER BY id FOR NO KEY UPDATE), \
         cleared AS (UPDATE {name} r SET resource = {left}, version = version + 1, updated_at = GREATEST(updated_at, $4) \
           FROM held WHERE r.tenant_id = $5 AND r.id = held.id RETURNING r.id), \
         logged AS (INSERT INTO audit_log (tenant_id, at, actor, action, attributes, request_id, resource_id) \
           SELECT $5, $4, $7, $8, $9, $10, id FROM cleared) SELECT count(*) AS n FROM cleared"
    );
    let name_at = |n: usize| path.get(n).copied().unwrap_or_default();
    let count: Count = diesel::sql_query(statement)
        .bind::<Text, _>(name_at(0))
        .bind::<Text, _>(name_at(1))
        .bind::<Text, _>(name_at(2))
        .bind::<Timestamptz, _>(entry.at)
        .bind::<SqlUuid, _>(tenant.0)
        .bind::<Text, _>(json_path(path))
        .bind::<Text, _>(&entry.actor)
        .bind::<Text, _>(entry.action)
        .bind::<Array<Text>, _>(&entry.attributes)
        .bind::<SqlUuid, _>(entry.request_id)
        .get_result(&mut **conn)?;
    Ok(count.n)
}

/// Takes everything under a URN out of what was deleted: nobody reads it any more, and values of a type that the schema has
/// no longer would break its filters.
///
/// # Errors
/// Database failures.
pub fn forget_in_tombstones(
    conn: &mut TenantConnection,
    tenant: TenantId,
    urn: &str,
) -> Result<(), StoreError> {
    diesel::sql_query(
        "UPDATE accounts SET resource = resource - $1 \
         WHERE tenant_id = $2 AND deleted_at IS NOT NULL AND jsonb_exists(resource, $1)",
    )
    .bind::<Text, _>(urn)
    .bind::<SqlUuid, _>(tenant.0)
    .execute(&mut **conn)?;
    Ok(())
}

/// The name of the table, and which of its rows are shown.
fn parts(table: Table) -> (&'static str, &'static str) {
    match table {
        Table::Accounts => ("accounts", "deleted_at IS NULL"),
        Table::Groups => ("groups", "TRUE"),
    }
}
