//! Extension schemas of a tenant: adding, replacing and removing them without losing what is stored.

mod leftovers;

pub use leftovers::{LATE_WRITES, Leftovers, sweep};

use super::audit::{self, By};
use super::rules::Catalogue;
use super::{AppError, mapping};
use crate::store::TenantConnection;
use crate::store::filter::Table;
use crate::store::tenant_schemas::{self as store, SchemaRow};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::TenantId;
use rollcall_scim::error::{ScimError, shorten};
use rollcall_scim::registry::{OwnSchema, RegistryError, Revision, check_urn, read_schema, revise};
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

/// A schema that was added or replaced.
pub struct Saved {
    /// As it is now.
    pub schema: TenantSchema,
    /// Whether there was none of its URN.
    pub is_new: bool,
    /// What it has no longer, and servers may still write: to be [swept](sweep()) after [`LATE_WRITES`].
    pub leftovers: Leftovers,
}

/// Adds a schema, or replaces the one of the same URN. Every server knows it within a second.
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
) -> Result<Saved, AppError> {
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
        let urn = &new.schema.id;
        let Revision { removed, added, required } = match &before {
            Some(before) => revision(&before.own, &new)?,
            None => Revision { added: vec![Vec::new()], ..Revision::default() },
        };
        refuse_losses(conn, tenant, &new, &removed)?;
        // Nobody could see what is left from before; nobody shall, now that its name is known again.
        leftovers::drop_all(conn, tenant, urn, &[removed.clone(), added].concat(), by)?;
        refuse_lacks(conn, tenant, &new, &required)?;
        if before.as_ref().is_none_or(|before| before.own != new) {
            store::save(conn, tenant, urn, resource_type, &json!(new.schema), by.now)?;
            let action = if before.is_some() { "schema.updated" } else { "schema.added" };
            let facts = json!({"schema": urn, "resourceType": resource_type});
            audit::record(conn, tenant, by, action, tenant.0, Vec::new(), facts)?;
        }
        let leftovers = Leftovers { urn: urn.clone(), names: removed };
        Ok(Saved { schema: find(conn, tenant, urn)?, is_new: before.is_none(), leftovers })
    })
}

/// What differs between two schemas of the same URN.
fn revision(before: &OwnSchema, new: &OwnSchema) -> Result<Revision, AppError> {
    if before.resource_type != new.resource_type {
        let (urn, extended) = (&new.schema.id, &before.resource_type);
        return Err(invalid(format!("{urn} extends {extended}; remove it, or take another URN")));
    }
    revise(&before.schema, &new.schema).map_err(refused)
}

/// Refuses to lose what is stored.
fn refuse_losses(
    conn: &mut TenantConnection,
    tenant: TenantId,
    new: &OwnSchema,
    removed: &[Vec<String>],
) -> Result<(), AppError> {
    let urn = new.schema.id.as_str();
    for names in removed {
        let path = full_path(urn, names);
        let holding = store::holding(conn, tenant, table_of(&new.resource_type), &path)?;
        if holding > 0 {
            return Err(conflict(format!(
                "{urn}:{} is stored in {holding} resources and cannot be removed; leave it in the schema, or remove its values \
                 first",
                names.join(".")
            )));
        }
    }
    Ok(())
}

/// Refuses to require what resources with the schema lack.
fn refuse_lacks(
    conn: &mut TenantConnection,
    tenant: TenantId,
    new: &OwnSchema,
    required: &[Vec<String>],
) -> Result<(), AppError> {
    let (urn, table) = (new.schema.id.as_str(), table_of(&new.resource_type));
    for names in required {
        let path = full_path(urn, names);
        let lacking = store::lacking(conn, tenant, table, &path)?;
        if lacking > 0 {
            return Err(conflict(format!(
                "{urn}:{} cannot be required: {lacking} resources carry the schema without it; set it there first",
                names.join(".")
            )));
        }
    }
    Ok(())
}

/// A schema that is not there any more.
pub struct Removed {
    /// Its URN.
    pub id: String,
    /// Whether there was one until now.
    pub existed: bool,
    /// How many resources carried it, or something that was left of it.
    pub carriers: i64,
    /// What servers may still write: to be [swept](sweep()) after [`LATE_WRITES`].
    pub leftovers: Leftovers,
}

/// Removes a schema. With `drop_data` there need be none: then what is left under its URN is dropped, so that the same
/// request can be made again.
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
        let (id, resource_type) = match find(conn, tenant, urn) {
            Ok(TenantSchema { own: OwnSchema { resource_type, schema: Schema { id, .. } }, .. }) => {
                (id, Some(resource_type))
            }
            // Never the data of a schema that is not a tenant's to define.
            Err(AppError::NotFound(_)) if drop_data && check_urn(urn).is_ok() => (urn.to_owned(), None),
            Err(error) => return Err(error),
        };
        if let Some(resource_type) = &resource_type {
            let carriers = store::holding(conn, tenant, table_of(resource_type), &[&id])?;
            if carriers > 0 && !drop_data {
                return Err(conflict(format!(
                    "{id} is carried by {carriers} resources; what they hold of it would be lost. Remove it there first, or \
                     drop the data with the schema (--drop-data, ?dropData=true)"
                )));
            }
            store::delete(conn, tenant, &id)?;
        }
        let everything = vec![Vec::new()];
        let carriers = leftovers::drop_all(conn, tenant, &id, &everything, by)?;
        if resource_type.is_some() || carriers > 0 {
            let facts = json!({"schema": id, "resourceType": resource_type, "resourcesChanged": carriers});
            audit::record(conn, tenant, by, "schema.removed", tenant.0, Vec::new(), facts)?;
        }
        let leftovers = Leftovers { urn: id.clone(), names: everything };
        Ok(Removed { id, existed: resource_type.is_some(), carriers, leftovers })
    })
}

/// The path from the top of a resource to what has these names below the URN.
fn full_path<'a>(urn: &'a str, names: &'a [String]) -> Vec<&'a str> {
    std::iter::once(urn).chain(names.iter().map(String::as_str)).collect()
}

fn table_of(resource_type: &str) -> Table {
    if resource_type == "Group" { Table::Groups } else { Table::Accounts }
}

fn invalid(detail: String) -> AppError {
    AppError::invalid("schema", detail)
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
