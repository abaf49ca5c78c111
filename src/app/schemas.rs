//! Extension schemas of a tenant: adding, replacing and removing them without losing what is stored.

use super::audit::{self, By};
use super::rules::Catalogue;
use super::{AppError, mapping};
use crate::store::TenantConnection;
use crate::store::filter::Table;
use crate::store::tenant_schemas::{self as store, SchemaRow};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::TenantId;
use rollcall_scim::error::{ScimError, shorten};
use rollcall_scim::registry::{OwnSchema, RegistryError, Revision, read_schema, revise};
use rollcall_scim::schema::Schema;
use serde_json::{Value, json};

/// Schemas of a tenant at most.
pub const MAX_SCHEMAS: usize = 20;
/// Bytes of a schema in JSON at most.
pub const MAX_DEFINITION: usize = 64 * 1024;

/// A schema of a tenant.
pub struct TenantSchema {
    /// The schema, and what it extends.
    pub own: OwnSchema,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last replaced.
    pub updated_at: DateTime<Utc>,
}

impl TenantSchema {
    /// As commands and the API show it.
    pub fn to_json(&self) -> Value {
        json!({
            "resourceType": self.own.resource_type,
            "schema": self.own.schema,
            "createdAt": mapping::time(self.created_at),
            "updatedAt": mapping::time(self.updated_at),
        })
    }

    fn read(row: SchemaRow) -> Result<Self, AppError> {
        let schema = serde_json::from_value(row.definition)?;
        let own = OwnSchema { resource_type: row.resource_type, schema };
        Ok(Self { own, created_at: row.created_at, updated_at: row.updated_at })
    }
}

/// All schemas of a tenant, the oldest first.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<TenantSchema>, AppError> {
    conn.enter(tenant)?;
    store::list(conn, tenant)?.into_iter().map(TenantSchema::read).collect()
}

/// The schema of a URN, whatever its letter case.
///
/// # Errors
/// `NotFound`; database failures.
pub fn find(conn: &mut TenantConnection, tenant: TenantId, urn: &str) -> Result<TenantSchema, AppError> {
    let all = list(conn, tenant)?;
    all.into_iter().find(|one| one.own.schema.id.eq_ignore_ascii_case(urn)).ok_or_else(|| {
        AppError::NotFound(format!(
            "the tenant has no schema {:?} of its own; `rollcall schema list` shows all",
            shorten(urn)
        ))
    })
}

/// Adds a schema, or replaces the one of the same URN; `true` when it is new. Every server knows it within a second.
///
/// # Errors
/// `Invalid` naming the attribute and the rule that it breaks; 409 with the number of resources whose data would be lost or
/// would not do any more; database failures.
pub fn save(
    conn: &mut TenantConnection,
    tenant: TenantId,
    resource_type: &str,
    definition: &Value,
    by: &By,
) -> Result<(TenantSchema, bool), AppError> {
    let size = definition.to_string().len();
    if size > MAX_DEFINITION {
        return Err(invalid(format!("has {size} bytes; at most {MAX_DEFINITION} are possible")));
    }
    let schema = read_schema(definition).map_err(refused)?;
    let new = OwnSchema { resource_type: resource_type.to_owned(), schema };
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        store::raise_version(conn, tenant)?;
        let mut others = list(conn, tenant)?;
        let present = others.iter().position(|one| one.own.schema.id == new.schema.id);
        let before = present.map(|at| others.remove(at));
        if before.is_none() && others.len() >= MAX_SCHEMAS {
            return Err(invalid(format!("would be one more than {MAX_SCHEMAS}; remove another first")));
        }
        let all = others.into_iter().map(|one| one.own).chain([new.clone()]);
        Catalogue::standard().and_then(|standard| standard.with_own(all)).map_err(refused)?;
        if let Some(before) = &before {
            check_revision(conn, tenant, &before.own, &new)?;
        }
        let urn = &new.schema.id;
        if before.as_ref().is_none_or(|before| before.own != new) {
            store::save(conn, tenant, urn, resource_type, &json!(new.schema), by.now)?;
            let action = if before.is_some() { "schema.updated" } else { "schema.added" };
            let facts = json!({"schema": urn, "resourceType": resource_type});
            audit::record(conn, tenant, by, action, tenant.0, Vec::new(), facts)?;
        }
        Ok((find(conn, tenant, urn)?, before.is_none()))
    })
}

/// Whether stored resources bear the new schema in place of the old.
fn check_revision(
    conn: &mut TenantConnection,
    tenant: TenantId,
    before: &OwnSchema,
    new: &OwnSchema,
) -> Result<(), AppError> {
    let urn = new.schema.id.as_str();
    if before.resource_type != new.resource_type {
        let extended = &before.resource_type;
        return Err(invalid(format!("{urn} extends {extended}; remove it, or take another URN")));
    }
    let table = table_of(&before.resource_type);
    let Revision { removed, required } = revise(&before.schema, &new.schema).map_err(refused)?;
    for names in &removed {
        let path: Vec<&str> = std::iter::once(urn).chain(names.iter().map(String::as_str)).collect();
        let holding = store::holding(conn, tenant, table, &path)?;
        if holding > 0 {
            return Err(conflict(format!(
                "{urn}:{} is stored in {holding} resources and cannot be removed; leave it in the schema, or remove its values \
                 first",
                names.join(".")
            )));
        }
    }
    if !removed.is_empty() {
        store::forget_in_tombstones(conn, tenant, urn)?;
    }
    let carriers = if required.is_empty() { 0 } else { store::holding(conn, tenant, table, &[urn])? };
    for name in &required {
        let lacking = carriers - store::holding(conn, tenant, table, &[urn, name])?;
        if lacking > 0 {
            return Err(conflict(format!(
                "{urn}:{name} cannot be required: {lacking} resources carry the schema without it; set it there first"
            )));
        }
    }
    Ok(())
}

/// A schema that is not there any more.
pub struct Removed {
    /// Its URN.
    pub id: String,
    /// How many resources carried it.
    pub carriers: i64,
}

/// Removes a schema.
///
/// # Errors
/// `NotFound`; 409 with the number of resources that carry it, unless `drop_data`; database failures.
pub fn remove(
    conn: &mut TenantConnection,
    tenant: TenantId,
    urn: &str,
    drop_data: bool,
    by: &By,
) -> Result<Removed, AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        store::raise_version(conn, tenant)?;
        let OwnSchema { resource_type, schema: Schema { id, .. } } = find(conn, tenant, urn)?.own;
        let table = table_of(&resource_type);
        let carriers = store::holding(conn, tenant, table, &[&id])?;
        if carriers > 0 && !drop_data {
            return Err(conflict(format!(
                "{id} is carried by {carriers} resources; what they hold of it would be lost. Remove it there first, or drop \
                 the data with the schema (--drop-data, ?dropData=true)"
            )));
        }
        store::delete(conn, tenant, &id)?;
        sweep(conn, tenant, &resource_type, &id, by.now)?;
        let facts = json!({"schema": id, "resourceType": resource_type, "resourcesChanged": carriers});
        audit::record(conn, tenant, by, "schema.removed", tenant.0, Vec::new(), facts)?;
        Ok(Removed { id, carriers })
    })
}

/// Takes what is stored under a URN out of all resources, unless there is a schema for it.
///
/// A server may know a schema for a second longer than it is there; what it accepts in that second is dropped by a sweep
/// after it, as every attribute is that no schema has.
///
/// # Errors
/// Database failures.
pub fn sweep_leftovers(
    conn: &mut TenantConnection,
    tenant: TenantId,
    urn: &str,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        store::raise_version(conn, tenant)?;
        match find(conn, tenant, urn) {
            Err(AppError::NotFound(_)) => {}
            added_again => return added_again.map(drop),
        }
        sweep(conn, tenant, "User", urn, now)?;
        sweep(conn, tenant, "Group", urn, now)
    })
}

fn sweep(
    conn: &mut TenantConnection,
    tenant: TenantId,
    resource_type: &str,
    urn: &str,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let table = table_of(resource_type);
    store::drop_data(conn, tenant, table, urn, now)?;
    if table == Table::Accounts {
        store::forget_in_tombstones(conn, tenant, urn)?;
    }
    Ok(())
}

fn table_of(resource_type: &str) -> Table {
    if resource_type == "Group" { Table::Groups } else { Table::Accounts }
}

fn invalid(detail: String) -> AppError {
    AppError::Invalid { field: "schema", detail }
}

fn conflict(detail: String) -> AppError {
    ScimError::conflict(detail).into()
}

fn refused(error: RegistryError) -> AppError {
    match error {
        RegistryError::Rule(detail) => invalid(detail),
        broken @ RegistryError::Json { .. } => AppError::Broken(broken.to_string()),
    }
}
