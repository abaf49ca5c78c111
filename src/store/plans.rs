//! Plans: commands for many accounts, as they were shown.

use super::schema::plans;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::TenantId;
use serde_json::Value;
use uuid::Uuid;

/// A plan.
#[derive(Debug, Clone, Queryable)]
pub struct PlanRow {
    /// Id.
    pub id: Uuid,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it can be run.
    pub expires_at: DateTime<Utc>,
    /// The command, as the API takes it.
    pub command: Value,
    /// The accounts, sorted.
    pub account_ids: Vec<Option<Uuid>>,
    /// The version of each.
    pub versions: Vec<Option<i64>>,
    /// When it was run.
    pub ran_at: Option<DateTime<Utc>>,
    /// What became of it.
    pub result: Option<Value>,
}

/// Keeps a plan.
///
/// # Errors
/// Database failures.
pub fn insert(
    conn: &mut TenantConnection,
    tenant: TenantId,
    plan: &PlanRow,
    by: &str,
) -> Result<(), StoreError> {
    diesel::insert_into(plans::table)
        .values((
            plans::tenant_id.eq(tenant.0),
            plans::id.eq(plan.id),
            plans::created_at.eq(plan.created_at),
            plans::created_by.eq(by),
            plans::expires_at.eq(plan.expires_at),
            plans::command.eq(&plan.command),
            plans::account_ids.eq(&plan.account_ids),
            plans::versions.eq(&plan.versions),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// The plan of an id; with `hold`, nobody else can run it until the end of the transaction.
///
/// # Errors
/// Database failures.
pub fn find(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    hold: bool,
) -> Result<Option<PlanRow>, StoreError> {
    let one = plans::table.find((tenant.0, id)).select((
        plans::id,
        plans::created_at,
        plans::expires_at,
        plans::command,
        plans::account_ids,
        plans::versions,
        plans::ran_at,
        plans::result,
    ));
    let found = if hold {
        one.for_no_key_update().first(&mut **conn).optional()?
    } else {
        one.first(&mut **conn).optional()?
    };
    Ok(found)
}

/// Records that a plan was run, and what became of it.
///
/// # Errors
/// Database failures.
pub fn ran(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    at: DateTime<Utc>,
    result: &Value,
) -> Result<(), StoreError> {
    diesel::update(plans::table.find((tenant.0, id)))
        .set((plans::ran_at.eq(at), plans::result.eq(result)))
        .execute(&mut **conn)?;
    Ok(())
}

/// Drops the plans that could not be run any more before a time.
///
/// # Errors
/// Database failures.
pub fn drop_older(
    conn: &mut TenantConnection,
    tenant: TenantId,
    before: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let old = plans::tenant_id.eq(tenant.0).and(plans::expires_at.lt(before));
    Ok(diesel::delete(plans::table.filter(old)).execute(&mut **conn)?)
}
