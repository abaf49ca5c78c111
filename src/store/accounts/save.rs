//! Saving a changed account with its audit row, and all that hangs on it, in one statement.
//!
//! The statement is put together of what the change needs. PostgreSQL prepares, opens and closes every part of a statement at each
//! execution, also one whose condition is not met; and where a parameter decides whether a part is done, it plans anew each time.

use super::write::{Administration, Change, PasswordHash, Restore, Watched};
use crate::store::audit::Entry;
use crate::store::statement::{piece, whole};
use crate::store::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::account::Account;
use rollcall_domain::credential::Password;
use rollcall_domain::ids::{AccountId, TenantId};
use std::marker::PhantomData;
use uuid::Uuid;

piece!(
    /// The account itself, if the version is the expected one.
    Update {
        user_name: &'a str => Text, external_id: Option<&'a str> => Nullable<Text>,
        display_name: Option<&'a str> => Nullable<Text>, login_email: Option<&'a str> => Nullable<Text>,
        login_changed: bool => Bool, login_changed_at: DateTime<Utc> => Timestamptz,
        resource: &'a str => Text, active_unassigned: bool => Bool,
        deactivated_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        deactivated_reason: Option<&'static str> => Nullable<Text>,
        still_off: bool => Bool, fell_due: bool => Bool, deactivated_by: Option<&'a str> => Nullable<Text>,
        locked_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        still_locked: bool => Bool, locked_by: Option<&'a str> => Nullable<Text>,
        seat_since: Option<DateTime<Utc>> => Nullable<Timestamptz>, seat_until: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        first_course_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        first_access_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        last_login_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        role: &'static str => Text, starts_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        expires_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        deactivate_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        deactivate_reason: Option<&'static str> => Nullable<Text>,
        still_scheduled: bool => Bool, deactivate_by: Option<&'a str> => Nullable<Text>,
        due_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        password_state: &'static str => Text, keep_hash: bool => Bool, password_hash: Option<&'a str> => Nullable<Text>,
        password_expires_at: Option<DateTime<Utc>> => Nullable<Timestamptz>, epoch: i64 => BigInt,
        updated_at: DateTime<Utc> => Timestamptz, deleted_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        tenant: Uuid => SqlUuid, id: Uuid => SqlUuid, version: i64 => BigInt,
    },
    "WITH saved AS (UPDATE accounts SET user_name_key = {}, external_id = {}, display_name_key = {}, login_email_key = {}, \
       login_changed_at = CASE WHEN {} THEN {} ELSE login_changed_at END, resource = {}::jsonb, active_unassigned = {}, deactivated_at = {}, deactivated_reason = {}, \
       deactivated_by = CASE WHEN {} THEN deactivated_by WHEN {} THEN deactivate_by ELSE {} END, \
       locked_at = {}, locked_by = CASE WHEN {} THEN locked_by ELSE {} END, seat_since = {}, seat_until = {}, \
       first_course_at = COALESCE(first_course_at, {}), first_access_at = COALESCE(first_access_at, {}), \
       last_login_at = GREATEST(last_login_at, {}), role = {}, starts_at = {}, expires_at = {}, deactivate_at = {}, deactivate_reason = {}, \
       deactivate_by = CASE WHEN {} THEN deactivate_by ELSE {} END, due_at = {}, password_state = {}, \
       password_hash = CASE WHEN {} THEN password_hash ELSE {} END, password_expires_at = {}, session_epoch = {}, \
       version = version + 1, updated_at = GREATEST(updated_at, {}), deleted_at = {} \
     WHERE tenant_id = {} AND id = {} AND version = {} AND deleted_at IS NULL"
);

piece!(
    /// If the guard lets them go.
    Allowed {
        tenant: Uuid => SqlUuid, acting: Uuid => SqlUuid, source: Uuid => SqlUuid, account: Uuid => SqlUuid,
        at: DateTime<Utc> => Timestamptz, hours: i32 => Integer, most: i64 => BigInt, percent: i64 => BigInt, fresh: bool => Bool,
    },
    " AND departure_allowed({}, {}, {}, {}, {}, make_interval(hours => {}), {}, {}, {})"
);

piece!(
    /// If somebody else administers the tenant. By hand it is asked too (`IS NOT NULL` behind it), since others who do so wait for it, and
    /// not obeyed; not as a part of a condition that is true anyway, which the planner would leave out.
    Administered { tenant: Uuid => SqlUuid, account: Uuid => SqlUuid, at: DateTime<Utc> => Timestamptz },
    " AND another_administers({}, {}, {})"
);

piece!(
    /// What is kept of somebody who goes.
    Departed {
        kept_for: Uuid => SqlUuid, at: DateTime<Utc> => Timestamptz, settled: bool => Bool, fresh: bool => Bool,
        tenant: Uuid => SqlUuid, account: Uuid => SqlUuid,
    },
    ", departed AS (INSERT INTO departures AS d (tenant_id, account_id, connection_id, source_id, at, settled, fresh, starts_at, expires_at, deactivate_at, \
         deactivate_reason, deactivated_at, deactivated_reason, password_state, password_hash, password_expires_at, group_ids, open_courses) \
       SELECT a.tenant_id, a.id, {}, a.connection_id, {}, {}, {}, a.starts_at, a.expires_at, a.deactivate_at, a.deactivate_reason, a.deactivated_at, \
         a.deactivated_reason, a.password_state, a.password_hash, a.password_expires_at, \
         ARRAY(SELECT m.group_id FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.member_id = a.id), \
         ARRAY(SELECT e.course_id FROM enrolments e WHERE e.tenant_id = a.tenant_id AND e.account_id = a.id AND e.completed_at IS NULL AND e.waits_since IS NULL) \
       FROM accounts a WHERE a.tenant_id = {} AND a.id = {} AND EXISTS (SELECT FROM saved) \
       ON CONFLICT (tenant_id, account_id) DO UPDATE SET group_ids = ARRAY(SELECT unnest(d.group_ids) UNION SELECT unnest(excluded.group_ids)), \
         connection_id = CASE WHEN excluded.settled THEN d.connection_id ELSE excluded.connection_id END, \
         source_id = CASE WHEN excluded.settled THEN d.source_id ELSE excluded.source_id END, \
         at = CASE WHEN excluded.settled THEN d.at ELSE excluded.at END, \
         fresh = CASE WHEN excluded.settled THEN d.fresh ELSE excluded.fresh END, settled = d.settled AND excluded.settled)"
);

piece!(
    /// What was kept of somebody who is back, and whole.
    Returned {
        tenant: Uuid => SqlUuid, decided: bool => Bool, has_password: bool => Bool, at: DateTime<Utc> => Timestamptz,
        holds_enrolments: bool => Bool,
    },
    ", returned AS (DELETE FROM departures d USING saved s WHERE d.tenant_id = {} AND d.account_id = s.id \
       AND ({} OR (({} OR d.password_hash IS NULL) AND (s.starts_at IS NULL OR s.starts_at <= {} OR s.starts_at <= d.starts_at) \
         AND NOT EXISTS (SELECT FROM enrolments e WHERE e.tenant_id = d.tenant_id AND e.account_id = d.account_id AND e.course_id = ANY (d.open_courses) \
           AND e.completed_at IS NULL AND (e.waits_since IS NOT NULL OR {})))))"
);

piece!(
    /// The audit row.
    Logged {
        tenant: Uuid => SqlUuid, at: DateTime<Utc> => Timestamptz, actor: &'a str => Text, action: &'a str => Text,
        attributes: &'a [String] => Array<Text>, facts: String => Text, request_id: Uuid => SqlUuid,
    },
    ", logged AS (INSERT INTO audit_log (tenant_id, at, actor, action, attributes, facts, request_id, resource_id, state) \
       SELECT {}, {}, {}, {}, {}, {}::jsonb, {}, id, state FROM saved RETURNING resource_id)"
);

piece!(
    /// The enrolments of somebody who is back, and the audit row of it behind that of the change. A function, because it has to see
    /// what was enrolled while this waited for the account.
    Restored {
        tenant: Uuid => SqlUuid, opens: bool => Bool, since: Option<DateTime<Utc>> => Nullable<Timestamptz>, at: DateTime<Utc> => Timestamptz,
        log_tenant: Uuid => SqlUuid, log_at: DateTime<Utc> => Timestamptz, actor: &'a str => Text, action: &'a str => Text,
        request_id: Uuid => SqlUuid,
    },
    ", restored AS MATERIALIZED (SELECT l.resource_id, restore_enrolments({}, l.resource_id, {}, {}, {}) AS changed FROM logged l), \
     restored_logged AS (INSERT INTO audit_log (tenant_id, at, actor, action, attributes, facts, request_id, resource_id) \
       SELECT {}, {}, {}, {}, ARRAY[]::text[], jsonb_build_object('enrolments', r.changed), {}, r.resource_id FROM restored r WHERE r.changed > 0)"
);

/// All of it.
struct Save<'a> {
    update: Update<'a>,
    allowed: Option<Allowed<'a>>,
    administered: Option<Administered<'a>>,
    by_hand: bool,
    /// Whether the audit row says where the account stands from then on.
    stands_elsewhere: bool,
    departed: Option<Departed<'a>>,
    returned: Option<Returned<'a>>,
    logged: Logged<'a>,
    restored: Option<Restored<'a>>,
}

whole!(Save -> BigInt);

impl QueryFragment<Pg> for Save<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.update.walk_ast(out.reborrow())?;
        self.allowed.walk_ast(out.reborrow())?;
        self.administered.walk_ast(out.reborrow())?;
        if self.by_hand {
            out.push_sql(" IS NOT NULL");
        }
        out.push_sql(if self.stands_elsewhere {
            " RETURNING id, starts_at, account_state(accounts) AS state)"
        } else {
            " RETURNING id, starts_at, NULL::jsonb AS state)"
        });
        self.departed.walk_ast(out.reborrow())?;
        self.returned.walk_ast(out.reborrow())?;
        self.logged.walk_ast(out.reborrow())?;
        self.restored.walk_ast(out.reborrow())?;
        out.push_sql(" SELECT count(*) FROM logged");
        Ok(())
    }
}

/// Saves a change of an account that was read in `version` with the facts `before`; `false` when it has changed since, and nothing was written.
///
/// # Errors
/// [`StoreError::Taken`] when a key is taken; database failures.
pub fn save(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: AccountId,
    version: i64,
    change: &Change<'_>,
    before: &Account,
) -> Result<bool, StoreError> {
    let (leaving, tenant, id) = (&change.leaving, tenant.0, id.0);
    let (entry, lifetime) = (change.entry, PhantomData);
    let allowed = |watched: Watched| Allowed {
        tenant,
        acting: watched.connection,
        source: watched.source,
        account: id,
        at: entry.at,
        hours: watched.hours,
        most: watched.count,
        percent: watched.percent,
        fresh: watched.fresh,
        lifetime,
    };
    let is = |administration| leaving.administration == administration;
    let by_hand = is(Administration::TakenByHand);
    let departed = |kept_for| Departed {
        kept_for,
        at: entry.at,
        settled: leaving.watched.is_none(),
        fresh: leaving.watched.is_some_and(|watched| watched.fresh),
        tenant,
        account: id,
        lifetime,
    };
    let statement = Save {
        update: updated(tenant, id, version, change, before),
        allowed: leaving.watched.map(allowed),
        administered: (by_hand || is(Administration::TakenBySync)).then_some(Administered {
            tenant,
            account: id,
            at: entry.at,
            lifetime,
        }),
        by_hand,
        stands_elsewhere: *change.account != *before,
        departed: leaving.kept_for.map(departed),
        returned: leaving.returns.then_some(Returned {
            tenant,
            decided: leaving.decided,
            has_password: leaving.has_password,
            at: entry.at,
            holds_enrolments: leaving.holds_enrolments,
            lifetime,
        }),
        logged: Logged {
            tenant,
            at: entry.at,
            actor: &entry.actor,
            action: entry.action,
            attributes: &entry.attributes,
            facts: entry.facts.to_string(),
            request_id: entry.request_id,
            lifetime,
        },
        restored: change.restore.map(|(restore, action)| restored(tenant, entry, restore, action)),
    };
    let saved: i64 = statement.get_result(&mut **conn)?;
    Ok(saved == 1)
}

fn updated<'a>(tenant: Uuid, id: Uuid, version: i64, change: &'a Change<'_>, before: &Account) -> Update<'a> {
    let Change { keys, account, entry, .. } = change;
    let expires_at = match account.password {
        Password::Temporary { expires_at } => Some(expires_at),
        _ => None,
    };
    Update {
        user_name: &keys.user_name,
        external_id: keys.external_id.as_deref(),
        display_name: keys.display_name.as_deref(),
        login_email: keys.login_email.as_deref(),
        login_changed: change.login_changed,
        login_changed_at: entry.at,
        resource: change.resource,
        active_unassigned: change.active_unassigned,
        deactivated_at: account.deactivated.map(|d| d.at),
        deactivated_reason: account.deactivated.map(|d| d.reason.as_str()),
        still_off: before.deactivated.is_some() && account.deactivated.is_some(),
        fell_due: account.deactivated.is_some()
            && account.deactivated.map(|d| d.at) == before.settled(entry.at).deactivated.map(|d| d.at),
        deactivated_by: account.deactivated.map(|_| entry.actor.as_str()),
        locked_at: account.locked_at,
        still_locked: before.locked_at.is_some() && account.locked_at.is_some(),
        locked_by: account.locked_at.map(|_| entry.actor.as_str()),
        seat_since: account.seat.map(|seat| seat.since),
        seat_until: account.seat.and_then(|seat| seat.until),
        first_course_at: account.first_course_at,
        first_access_at: account.first_access_at,
        last_login_at: account.last_login_at,
        role: account.role.as_str(),
        starts_at: account.starts_at,
        expires_at: account.expires_at,
        deactivate_at: account.deactivate_at.map(|s| s.at),
        deactivate_reason: account.deactivate_at.map(|s| s.reason.as_str()),
        still_scheduled: account.deactivate_at.is_some() && account.deactivate_at == before.deactivate_at,
        deactivate_by: account.deactivate_at.map(|_| entry.actor.as_str()),
        due_at: account.due_at,
        password_state: account.password.as_str(),
        keep_hash: change.password_hash == PasswordHash::Keep,
        password_hash: change.password_hash.set(),
        password_expires_at: expires_at,
        epoch: account.session_epoch,
        updated_at: entry.at,
        deleted_at: account.deleted_at,
        tenant,
        id,
        version,
        lifetime: PhantomData,
    }
}

fn restored<'a>(tenant: Uuid, entry: &'a Entry, restore: Restore, action: &'static str) -> Restored<'a> {
    Restored {
        tenant,
        opens: restore == Restore::Open,
        since: match restore {
            Restore::WaitSince(since) => Some(since),
            Restore::Open | Restore::Wait => None,
        },
        at: entry.at,
        log_tenant: tenant,
        log_at: entry.at,
        actor: &entry.actor,
        action,
        request_id: entry.request_id,
        lifetime: PhantomData,
    }
}
