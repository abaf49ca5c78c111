//! Extension schemas of a tenant, and what resources hold of them.

use super::filter::Table;
use super::schema::{tenant_schemas as s, tenants};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid as SqlUuid};
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
    let (name, alive) = parts(table);
    // Read as a path of SQL/JSON, which looks into the elements of a list by itself. Names hold no quotation marks.
    let json_path: String = path.iter().map(|name| format!(".\"{name}\"")).collect();
    let statement = format!(
        "SELECT count(*) AS n FROM {name} WHERE tenant_id = $1 AND {alive} AND jsonb_path_exists(resource, $2::jsonpath)"
    );
    let count: Count = diesel::sql_query(statement)
        .bind::<SqlUuid, _>(tenant.0)
        .bind::<Text, _>(format!("${json_path}"))
        .get_result(&mut **conn)?;
    Ok(count.n)
}

/// Takes everything under a URN out of all resources, which get a new version; they are locked in the order of their ids, as
/// everywhere. Returns how many there were.
///
/// # Errors
/// Database failures.
pub fn drop_data(
    conn: &mut TenantConnection,
    tenant: TenantId,
    table: Table,
    urn: &str,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let (name, alive) = parts(table);
    let statement = format!(
        "WITH held AS MATERIALIZED (SELECT id FROM {name} \
           WHERE tenant_id = $3 AND {alive} AND jsonb_exists(resource, $1) ORDER BY id FOR NO KEY UPDATE), \
         cleared AS (UPDATE {name} r SET resource = resource - $1, version = version + 1, updated_at = $2 \
           FROM held WHERE r.tenant_id = $3 AND r.id = held.id RETURNING 1) SELECT count(*) AS n FROM cleared"
    );
    let count: Count = diesel::sql_query(statement)
        .bind::<Text, _>(urn)
        .bind::<Timestamptz, _>(now)
        .bind::<SqlUuid, _>(tenant.0)
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
