//! Who was put out by a source and has not come back.

use super::accounts::Watched;
use super::schema::{departures, quarantines};
use super::statement::statement;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::account::{Deactivation, Reason, ScheduledDeactivation};
use rollcall_domain::credential::Password;
use rollcall_domain::guard::Before;
use rollcall_domain::ids::{AccountId, TenantId};
use std::marker::PhantomData;
use uuid::Uuid;

/// Where a connection stands with its departures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether one more may go.
    pub allowed: bool,
    /// Whether an administrator has to decide first.
    pub quarantined: bool,
    /// How many went within the window.
    pub departed: i64,
    /// How many accounts the source has.
    pub accounts: i64,
    /// How many may go within the window.
    pub most: i64,
}

statement!(
    /// What `departures_within` says.
    Within {
        tenant: Uuid => SqlUuid, acting: Uuid => SqlUuid, source: Uuid => SqlUuid, account: Uuid => SqlUuid,
        at: DateTime<Utc> => Timestamptz, hours: i32 => Integer, count: i64 => BigInt, percent: i64 => BigInt, fresh: bool => Bool,
    } -> (Bool, Bool, BigInt, BigInt, BigInt),
    "SELECT allowed, quarantined, COALESCE(departed, 0), COALESCE(accounts, 0), COALESCE(most, 0) \
     FROM departures_within({}, {}, {}, {}, {}, make_interval(hours => {}), {}, {}, {})"
);

/// Whether a connection may put out an account, and the numbers.
///
/// # Errors
/// Database failures.
pub fn standing(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
    watched: &Watched,
    at: DateTime<Utc>,
) -> Result<Standing, StoreError> {
    let statement = Within {
        tenant: tenant.0,
        acting: watched.connection,
        source: watched.source,
        account: account.0,
        at,
        hours: watched.hours,
        count: watched.count,
        percent: watched.percent,
        fresh: watched.fresh,
        lifetime: PhantomData,
    };
    let (allowed, quarantined, departed, accounts, most) = statement.get_result(&mut **conn)?;
    Ok(Standing { allowed, quarantined, departed, accounts, most })
}

diesel::define_sql_function! {
    /// See the migration departures.
    #[sql_name = "another_administers"]
    fn another_administers_function(tenant: SqlUuid, account: SqlUuid, at_time: Timestamptz) -> Bool;
}

/// Whether somebody else than this account administers the tenant, now and without an end.
///
/// # Errors
/// Database failures.
pub fn another_administers(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let asked = diesel::select(another_administers_function(tenant.0, account.0, at));
    Ok(asked.get_result(&mut **conn)?)
}

/// Somebody who was put out, as they were.
#[derive(Debug, Clone)]
pub struct Departure {
    /// Who.
    pub account: AccountId,
    /// When.
    pub at: DateTime<Utc>,
    /// What they were.
    pub before: Before,
    /// The hash of the password they had.
    pub password_hash: Option<String>,
    /// The groups they were in.
    pub groups: Vec<Uuid>,
    /// The courses whose enrolments were open.
    pub open_courses: Vec<Uuid>,
}

type Columns = (
    (Uuid, DateTime<Utc>),
    (Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<String>),
    (Option<DateTime<Utc>>, Option<String>),
    (String, Option<String>, Option<DateTime<Utc>>),
    (Option<Vec<Option<Uuid>>>, Option<Vec<Option<Uuid>>>),
);

/// Those who went out by a quarantine's connection and are still out, some of them after an id, held until the end of the transaction.
///
/// # Errors
/// Database failures.
pub fn of_quarantine(
    conn: &mut TenantConnection,
    tenant: TenantId,
    quarantine: Uuid,
    after: AccountId,
    limit: i64,
) -> Result<Vec<Departure>, StoreError> {
    use departures as d;
    let of_it = d::tenant_id.eq(tenant.0).and(d::quarantine_id.eq(quarantine)).and(d::account_id.gt(after.0));
    let rows: Vec<Columns> = d::table
        .filter(of_it)
        .order(d::account_id)
        .limit(limit)
        .select((
            (d::account_id, d::at),
            (d::starts_at, d::expires_at, d::deactivate_at, d::deactivate_reason),
            (d::deactivated_at, d::deactivated_reason),
            (d::password_state, d::password_hash, d::password_expires_at),
            (d::group_ids, d::open_courses),
        ))
        .for_update()
        .load(&mut **conn)?;
    rows.into_iter().map(from_columns).collect()
}

fn from_columns(columns: Columns) -> Result<Departure, StoreError> {
    let ((account, at), (starts_at, expires_at, due, due_reason), (off, off_reason), password, lists) =
        columns;
    let (state, password_hash, password_expires_at) = password;
    let wrong = |column: &'static str, value: &str| StoreError::Inconsistent {
        table: "departures",
        column,
        row: account.to_string(),
        value: value.to_owned(),
    };
    let reason = |column: &'static str, word: Option<String>| match word.as_deref().map(Reason::from_word) {
        Some(Some(reason)) => Ok(reason),
        _ => Err(wrong(column, word.as_deref().unwrap_or_default())),
    };
    let before = Before {
        starts_at,
        expires_at,
        deactivate_at: due
            .map(|at| {
                Ok::<_, StoreError>(ScheduledDeactivation {
                    at,
                    reason: reason("deactivate_reason", due_reason)?,
                })
            })
            .transpose()?,
        deactivated: off
            .map(|at| {
                Ok::<_, StoreError>(Deactivation { at, reason: reason("deactivated_reason", off_reason)? })
            })
            .transpose()?,
        password: Password::from_word(&state, password_expires_at)
            .ok_or_else(|| wrong("password_state", &state))?,
    };
    let ids = |list: Option<Vec<Option<Uuid>>>| list.into_iter().flatten().flatten().collect();
    let (groups, open_courses) = (ids(lists.0), ids(lists.1));
    Ok(Departure { account: AccountId(account), at, before, password_hash, groups, open_courses })
}

/// How many of a quarantine are still out.
///
/// # Errors
/// Database failures.
pub fn still_out(conn: &mut TenantConnection, tenant: TenantId, quarantine: Uuid) -> Result<i64, StoreError> {
    let of_it = departures::tenant_id.eq(tenant.0).and(departures::quarantine_id.eq(quarantine));
    Ok(departures::table.filter(of_it).count().get_result(&mut **conn)?)
}

/// Takes out of what was kept of an account everything that could open it again; that it went stays counted.
///
/// # Errors
/// Database failures.
pub fn empty(conn: &mut TenantConnection, tenant: TenantId, account: AccountId) -> Result<(), StoreError> {
    diesel::update(departures::table.find((tenant.0, account.0)))
        .set((
            departures::password_state.eq("none"),
            departures::password_hash.eq(None::<String>),
            departures::password_expires_at.eq(None::<DateTime<Utc>>),
            departures::group_ids.eq(None::<Vec<Option<Uuid>>>),
            departures::open_courses.eq(None::<Vec<Option<Uuid>>>),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// Forgets what was kept of an account.
///
/// # Errors
/// Database failures.
pub fn forget(conn: &mut TenantConnection, tenant: TenantId, account: AccountId) -> Result<(), StoreError> {
    diesel::delete(departures::table.find((tenant.0, account.0))).execute(&mut **conn)?;
    Ok(())
}

/// Forgets those who went before a time, but for those of whom an administrator has not decided yet.
///
/// # Errors
/// Database failures.
pub fn drop_older(
    conn: &mut TenantConnection,
    tenant: TenantId,
    before: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let standing = quarantines::table
        .filter(quarantines::tenant_id.eq(tenant.0).and(quarantines::released_at.is_null()))
        .select(quarantines::id.nullable());
    let old = departures::tenant_id.eq(tenant.0).and(departures::at.lt(before));
    let decided = departures::quarantine_id.is_null().or(departures::quarantine_id.ne_all(standing));
    Ok(diesel::delete(departures::table.filter(old.and(decided))).execute(&mut **conn)?)
}
