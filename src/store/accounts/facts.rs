//! Single facts about accounts that no resource shows.

use crate::store::schema::accounts;
use crate::store::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::{AccountId, ConnectionId, TenantId};
use serde_json::json;
use uuid::Uuid;

/// The owner, if there is one.
///
/// # Errors
/// Database failures.
pub fn owner(conn: &mut TenantConnection, tenant: TenantId) -> Result<Option<AccountId>, StoreError> {
    let owner = accounts::role.eq("owner").and(accounts::deleted_at.is_null());
    let id: Option<Uuid> = accounts::table
        .filter(accounts::tenant_id.eq(tenant.0).and(owner))
        .select(accounts::id)
        .first(&mut **conn)
        .optional()?;
    Ok(id.map(AccountId))
}

/// Whether an account was deleted and something of it may be left.
///
/// # Errors
/// Database failures.
pub fn is_tombstone(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: AccountId,
) -> Result<bool, StoreError> {
    let one = accounts::tenant_id.eq(tenant.0).and(accounts::id.eq(id.0));
    let tombstone = accounts::deleted_at.is_not_null().and(accounts::erased_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(accounts::table.filter(one.and(tombstone))))
        .get_result(&mut **conn)?)
}

/// Gives an account to a connection, as a part of the change that comes after it; `false` where there is no such connection.
///
/// # Errors
/// Database failures.
pub fn transfer(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: AccountId,
    to: ConnectionId,
) -> Result<bool, StoreError> {
    use crate::store::schema::connections;
    let known = connections::table.find((tenant.0, to.0));
    let known: bool = diesel::select(diesel::dsl::exists(known)).get_result(&mut **conn)?;
    if known {
        let one = accounts::tenant_id.eq(tenant.0).and(accounts::id.eq(id.0));
        diesel::update(accounts::table.filter(one))
            .set((accounts::connection_id.eq(to.0), accounts::external_id.eq(None::<String>)))
            .execute(&mut **conn)?;
    }
    Ok(known)
}

/// Takes a deletion back, as a part of the restoration that comes after it; `false` where there is none, or nothing is left.
///
/// # Errors
/// [`StoreError::Taken`] when somebody else has the name by now.
pub fn undelete(conn: &mut TenantConnection, tenant: TenantId, id: AccountId) -> Result<bool, StoreError> {
    let one = accounts::tenant_id.eq(tenant.0).and(accounts::id.eq(id.0));
    let tombstone = accounts::deleted_at.is_not_null().and(accounts::erased_at.is_null());
    let undeleted = diesel::update(accounts::table.filter(one.and(tombstone)))
        .set(accounts::deleted_at.eq(None::<DateTime<Utc>>))
        .execute(&mut **conn)?;
    Ok(undeleted == 1)
}

/// Takes everything out of a deleted account that says who it was.
///
/// # Errors
/// Database failures.
pub fn erase(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: AccountId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let one = accounts::tenant_id.eq(tenant.0).and(accounts::id.eq(id.0));
    diesel::update(accounts::table.filter(one.and(accounts::deleted_at.is_not_null())))
        .set((
            // Nobody is called so, and the row needs a name.
            accounts::user_name_key.eq(id.to_string()),
            accounts::external_id.eq(None::<String>),
            accounts::display_name_key.eq(None::<String>),
            accounts::login_email_key.eq(None::<String>),
            accounts::resource.eq(json!({})),
            accounts::password_state.eq("none"),
            accounts::password_hash.eq(None::<String>),
            accounts::password_expires_at.eq(None::<DateTime<Utc>>),
            accounts::first_access_at.eq(None::<DateTime<Utc>>),
            accounts::last_login_at.eq(None::<DateTime<Utc>>),
            accounts::first_course_at.eq(None::<DateTime<Utc>>),
            accounts::erased_at.eq(now),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// Gives the seat of an account back that was read in `version`, as a part of the change that comes after it.
///
/// # Errors
/// Database failures.
pub fn free_seat(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: AccountId,
    version: i64,
) -> Result<(), StoreError> {
    let one = accounts::tenant_id.eq(tenant.0).and(accounts::id.eq(id.0));
    diesel::update(accounts::table.filter(one.and(accounts::version.eq(version))))
        .set((accounts::seat_since.eq(None::<DateTime<Utc>>), accounts::seat_until.eq(None::<DateTime<Utc>>)))
        .execute(&mut **conn)?;
    Ok(())
}

/// Accounts of which a date is past and not on record, the longest past first, held until the end of the transaction. Those that
/// somebody else holds are left to them.
///
/// # Errors
/// Database failures.
pub fn claim_due(
    conn: &mut TenantConnection,
    tenant: TenantId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<AccountId>, StoreError> {
    let due = accounts::due_at.le(now).and(accounts::deleted_at.is_null());
    let ids: Vec<Uuid> = accounts::table
        .filter(accounts::tenant_id.eq(tenant.0).and(due))
        .order(accounts::due_at)
        .limit(limit)
        .select(accounts::id)
        .for_update()
        .skip_locked()
        .load(&mut **conn)?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// Who brought an account to where it stands, as the audit log names them.
#[derive(Debug, Clone, Default, Queryable)]
pub struct Origins {
    /// Who switched it off.
    pub deactivated_by: Option<String>,
    /// Who set the date on which it will be, or was.
    pub deactivate_by: Option<String>,
    /// Who locked it.
    pub locked_by: Option<String>,
}

/// The origins of an account.
///
/// # Errors
/// Database failures.
pub fn origins(conn: &mut TenantConnection, tenant: TenantId, id: AccountId) -> Result<Origins, StoreError> {
    let one = accounts::tenant_id.eq(tenant.0).and(accounts::id.eq(id.0));
    let found = accounts::table
        .filter(one)
        .select((accounts::deactivated_by, accounts::deactivate_by, accounts::locked_by))
        .first(&mut **conn)
        .optional()?;
    Ok(found.unwrap_or_default())
}
