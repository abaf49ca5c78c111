//! The audit log. Rows are written by the statements that make the change; here they are read, and written for groups.

use super::schema::audit_log;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::TenantId;
use serde_json::Value;
use uuid::Uuid;

/// What the audit row of a change says.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// Who, such as `connection:<id>`.
    pub actor: String,
    /// What, such as `account.deactivated`.
    pub action: &'static str,
    /// Names of the attributes that changed; never values.
    pub attributes: Vec<String>,
    /// What followed.
    pub facts: Value,
    /// Id of the request.
    pub request_id: Uuid,
}

/// A row that was read.
#[derive(Debug, Clone, Queryable)]
pub struct EntryRow {
    /// Rises with every row.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To whom.
    pub resource_id: Uuid,
    /// Names of the attributes that changed.
    pub attributes: Vec<Option<String>>,
    /// What followed.
    pub facts: Value,
    /// Id of the request.
    pub request_id: Uuid,
}

/// Adds a row.
///
/// # Errors
/// Database failures.
pub fn insert(
    conn: &mut TenantConnection,
    tenant: TenantId,
    resource: Uuid,
    entry: &Entry,
) -> Result<(), StoreError> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::tenant_id.eq(tenant.0),
            audit_log::at.eq(entry.at),
            audit_log::actor.eq(&entry.actor),
            audit_log::action.eq(entry.action),
            audit_log::resource_id.eq(resource),
            audit_log::attributes.eq(&entry.attributes),
            audit_log::facts.eq(&entry.facts),
            audit_log::request_id.eq(entry.request_id),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// Rows of the tenant, newest first: those of one resource or of all, older than `before`, at most `limit`.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    tenant: TenantId,
    resource: Option<Uuid>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let mut query = audit_log::table
        .filter(audit_log::tenant_id.eq(tenant.0))
        .order(audit_log::seq.desc())
        .limit(limit)
        .select((
            audit_log::seq,
            audit_log::at,
            audit_log::actor,
            audit_log::action,
            audit_log::resource_id,
            audit_log::attributes,
            audit_log::facts,
            audit_log::request_id,
        ))
        .into_boxed();
    if let Some(resource) = resource {
        query = query.filter(audit_log::resource_id.eq(resource));
    }
    if let Some(before) = before {
        query = query.filter(audit_log::seq.lt(before));
    }
    Ok(query.load(&mut **conn)?)
}
