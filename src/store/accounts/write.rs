//! Writing an account and its audit row in one statement.

use super::shadow::alike;
use crate::store::audit::Entry;
use crate::store::statement::statement;
use crate::store::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::account::Account;
use rollcall_domain::credential::Password;
use rollcall_domain::ids::{AccountId, ConnectionId, TenantId};
use std::marker::PhantomData;
use uuid::Uuid;

/// What of the client's attributes is kept in columns of its own, prepared for comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Connection in which externalId is unique.
    pub connection: ConnectionId,
    /// userName, prepared.
    pub user_name: String,
    /// externalId, as sent.
    pub external_id: Option<String>,
    /// displayName, prepared.
    pub display_name: Option<String>,
    /// E-mail for signing in, prepared.
    pub login_email: Option<String>,
}

/// What happens to the stored hash.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordHash {
    /// It stays.
    Keep,
    /// It goes.
    Clear,
    /// Another takes its place; PHC string.
    Set(String),
}

impl PasswordHash {
    fn set(&self) -> Option<&str> {
        match self {
            PasswordHash::Set(hash) => Some(hash),
            PasswordHash::Keep | PasswordHash::Clear => None,
        }
    }
}

/// What an account becomes.
pub struct Change<'a> {
    /// Columns from the attributes.
    pub keys: &'a Keys,
    /// The attributes as JSON text.
    pub resource: &'a str,
    /// Whether the client has removed `active`.
    pub active_unassigned: bool,
    /// Facts of the lifecycle.
    pub account: &'a Account,
    /// The hash.
    pub password_hash: PasswordHash,
    /// The audit row.
    pub entry: &'a Entry,
    /// Whether what the person signs in with is another.
    pub login_changed: bool,
    /// What the guard has to say about it.
    pub leaving: Leaving,
}

/// Who may go, and what is kept of them (migration departures).
#[derive(Debug, Clone, Copy, Default)]
pub struct Leaving {
    /// How the connection is watched that puts somebody out; `None`: nobody is put out, or by hand.
    pub watched: Option<Watched>,
    /// The connection on whose account a departure is kept, so that it can be undone.
    pub kept_for: Option<Uuid>,
    /// Whether somebody is back, of whom nothing has to be kept any more if they are whole: with a start no later than they had,
    pub returns: bool,
    /// with a password if they had one,
    pub has_password: bool,
    /// and with their enrolments, which does not make those wait that are open;
    pub holds_enrolments: bool,
    /// or because somebody has decided so by hand.
    pub decided: bool,
    /// What an administrator's access means for it.
    pub administration: Administration,
}

/// How a connection is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// The connection that acts.
    pub connection: Uuid,
    /// The connection that owns the account.
    pub source: Uuid,
    /// Hours of the window.
    pub hours: i32,
    /// So many may go in any case.
    pub count: i64,
    /// So many of a hundred.
    pub percent: i64,
    /// Whether the connection takes back what it has just made.
    pub fresh: bool,
}

/// Whether a change takes an administrator's access away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Administration {
    /// It does not.
    #[default]
    Untouched,
    /// It does, by hand: others who do so wait.
    TakenByHand,
    /// It does, by a sync: not if nobody else is left.
    TakenBySync,
}

statement!(
    /// A new account and its audit row; nothing when a key is taken, or another connection's account signs in with one.
    Insert {
        tenant: Uuid => SqlUuid, id: Uuid => SqlUuid, connection: Uuid => SqlUuid, user_name: &'a str => Text,
        external_id: Option<&'a str> => Nullable<Text>, display_name: Option<&'a str> => Nullable<Text>,
        login_email: Option<&'a str> => Nullable<Text>, resource: &'a str => Text,
        deactivated_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        deactivated_reason: Option<&'static str> => Nullable<Text>,
        deactivated_by: Option<&'a str> => Nullable<Text>, seat_since: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        seat_until: Option<DateTime<Utc>> => Nullable<Timestamptz>, role: &'static str => Text,
        starts_at: Option<DateTime<Utc>> => Nullable<Timestamptz>, expires_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        deactivate_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        deactivate_reason: Option<&'static str> => Nullable<Text>, deactivate_by: Option<&'a str> => Nullable<Text>,
        due_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        password_state: &'static str => Text, password_hash: Option<&'a str> => Nullable<Text>, epoch: i64 => BigInt,
        created_at: DateTime<Utc> => Timestamptz, updated_at: DateTime<Utc> => Timestamptz,
        shadows: bool => Bool, name_tenant: Uuid => SqlUuid, name: &'a str => Text, name_email: Option<&'a str> => Nullable<Text>, name_connection: Uuid => SqlUuid,
        email_tenant: Uuid => SqlUuid, email_name: &'a str => Text, email: Option<&'a str> => Nullable<Text>, email_connection: Uuid => SqlUuid,
        log_tenant: Uuid => SqlUuid, at: DateTime<Utc> => Timestamptz, actor: &'a str => Text, action: &'a str => Text,
        attributes: &'a [String] => Array<Text>, facts: String => Text, request_id: Uuid => SqlUuid,
    } -> BigInt,
    concat!("WITH made AS (INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, external_id, display_name_key, \
       login_email_key, resource, deactivated_at, deactivated_reason, deactivated_by, seat_since, seat_until, role, starts_at, expires_at, deactivate_at, \
       deactivate_reason, deactivate_by, due_at, password_state, password_hash, session_epoch, created_at, updated_at) \
     SELECT {}, {}, {}, {}, {}, {}, {}, {}::jsonb, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {} \
       WHERE {} OR NOT (EXISTS (SELECT ", alike!("user_name_key"), ") OR EXISTS (SELECT ", alike!("login_email_key"), ")) \
       ON CONFLICT DO NOTHING RETURNING id, account_state(accounts) AS state), \
     logged AS (INSERT INTO audit_log (tenant_id, at, actor, action, attributes, facts, request_id, resource_id, state) \
     SELECT {}, {}, {}, {}, {}, {}::jsonb, {}, id, state FROM made) \
     SELECT count(*) FROM made")
);

/// Adds an account; `false` when its user name or externalId is taken, or, unless it may shadow, an account of another connection signs in
/// with its user name or e-mail address.
///
/// # Errors
/// Database failures.
pub fn insert(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: AccountId,
    change: &Change<'_>,
    may_shadow: bool,
) -> Result<bool, StoreError> {
    let Change { keys, account, entry, .. } = change;
    let statement = Insert {
        tenant: tenant.0,
        id: id.0,
        connection: keys.connection.0,
        user_name: &keys.user_name,
        external_id: keys.external_id.as_deref(),
        display_name: keys.display_name.as_deref(),
        login_email: keys.login_email.as_deref(),
        resource: change.resource,
        deactivated_at: account.deactivated.map(|d| d.at),
        deactivated_reason: account.deactivated.map(|d| d.reason.as_str()),
        deactivated_by: account.deactivated.map(|_| entry.actor.as_str()),
        seat_since: account.seat.map(|seat| seat.since),
        seat_until: account.seat.and_then(|seat| seat.until),
        role: account.role.as_str(),
        starts_at: account.starts_at,
        expires_at: account.expires_at,
        deactivate_at: account.deactivate_at.map(|s| s.at),
        deactivate_reason: account.deactivate_at.map(|s| s.reason.as_str()),
        deactivate_by: account.deactivate_at.map(|_| entry.actor.as_str()),
        due_at: account.due_at,
        password_state: account.password.as_str(),
        password_hash: change.password_hash.set(),
        epoch: account.session_epoch,
        created_at: entry.at,
        updated_at: entry.at,
        shadows: may_shadow,
        name_tenant: tenant.0,
        name: &keys.user_name,
        name_email: keys.login_email.as_deref(),
        name_connection: keys.connection.0,
        email_tenant: tenant.0,
        email_name: &keys.user_name,
        email: keys.login_email.as_deref(),
        email_connection: keys.connection.0,
        log_tenant: tenant.0,
        at: entry.at,
        actor: &entry.actor,
        action: entry.action,
        attributes: &entry.attributes,
        facts: entry.facts.to_string(),
        request_id: entry.request_id,
        lifetime: PhantomData,
    };
    let made: i64 = statement.get_result(&mut **conn)?;
    Ok(made == 1)
}

statement!(
    /// A changed account and its audit row; nothing when the version is not the expected one any more.
    Save {
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
        unwatched: bool => Bool, guard_tenant: Uuid => SqlUuid, acting: Uuid => SqlUuid, source: Uuid => SqlUuid, guard_account: Uuid => SqlUuid,
        guard_at: DateTime<Utc> => Timestamptz, hours: i32 => Integer, most: i64 => BigInt, percent: i64 => BigInt, fresh: bool => Bool,
        administration_untouched: bool => Bool, administration_tenant: Uuid => SqlUuid, administration_account: Uuid => SqlUuid,
        administration_at: DateTime<Utc> => Timestamptz, administration_by_hand: bool => Bool,
        facts_changed: bool => Bool,
        kept_for: Option<Uuid> => Nullable<SqlUuid>, departed_at: DateTime<Utc> => Timestamptz, settled: bool => Bool, departed_fresh: bool => Bool,
        keeps: bool => Bool, kept_tenant: Uuid => SqlUuid, kept_account: Uuid => SqlUuid,
        returns: bool => Bool, returned_tenant: Uuid => SqlUuid, decided: bool => Bool, has_password: bool => Bool, returned_at: DateTime<Utc> => Timestamptz,
        holds_enrolments: bool => Bool,
        log_tenant: Uuid => SqlUuid, at: DateTime<Utc> => Timestamptz, actor: &'a str => Text, action: &'a str => Text,
        attributes: &'a [String] => Array<Text>, facts: String => Text, request_id: Uuid => SqlUuid,
    } -> BigInt,
    "WITH saved AS (UPDATE accounts SET user_name_key = {}, external_id = {}, display_name_key = {}, login_email_key = {}, \
       login_changed_at = CASE WHEN {} THEN {} ELSE login_changed_at END, resource = {}::jsonb, active_unassigned = {}, deactivated_at = {}, deactivated_reason = {}, \
       deactivated_by = CASE WHEN {} THEN deactivated_by WHEN {} THEN deactivate_by ELSE {} END, \
       locked_at = {}, locked_by = CASE WHEN {} THEN locked_by ELSE {} END, seat_since = {}, seat_until = {}, \
       first_course_at = COALESCE(first_course_at, {}), first_access_at = COALESCE(first_access_at, {}), \
       last_login_at = GREATEST(last_login_at, {}), role = {}, starts_at = {}, expires_at = {}, deactivate_at = {}, deactivate_reason = {}, \
       deactivate_by = CASE WHEN {} THEN deactivate_by ELSE {} END, due_at = {}, password_state = {}, \
       password_hash = CASE WHEN {} THEN password_hash ELSE {} END, password_expires_at = {}, session_epoch = {}, \
       version = version + 1, updated_at = GREATEST(updated_at, {}), deleted_at = {} \
     WHERE tenant_id = {} AND id = {} AND version = {} AND deleted_at IS NULL \
       AND ({} OR departure_allowed({}, {}, {}, {}, {}, make_interval(hours => {}), {}, {}, {})) \
       AND ({} OR another_administers({}, {}, {}) OR {}) \
       RETURNING id, starts_at, CASE WHEN {} THEN account_state(accounts) END AS state), \
     departed AS (INSERT INTO departures AS d (tenant_id, account_id, connection_id, source_id, at, settled, fresh, starts_at, expires_at, deactivate_at, \
         deactivate_reason, deactivated_at, deactivated_reason, password_state, password_hash, password_expires_at, group_ids, open_courses) \
       SELECT a.tenant_id, a.id, {}, a.connection_id, {}, {}, {}, a.starts_at, a.expires_at, a.deactivate_at, a.deactivate_reason, a.deactivated_at, \
         a.deactivated_reason, a.password_state, a.password_hash, a.password_expires_at, \
         ARRAY(SELECT m.group_id FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.member_id = a.id), \
         ARRAY(SELECT e.course_id FROM enrolments e WHERE e.tenant_id = a.tenant_id AND e.account_id = a.id AND e.completed_at IS NULL AND e.waits_since IS NULL) \
       FROM accounts a WHERE {} AND a.tenant_id = {} AND a.id = {} AND EXISTS (SELECT FROM saved) \
       ON CONFLICT (tenant_id, account_id) DO UPDATE SET group_ids = ARRAY(SELECT unnest(d.group_ids) UNION SELECT unnest(excluded.group_ids)), \
         connection_id = CASE WHEN excluded.settled THEN d.connection_id ELSE excluded.connection_id END, \
         source_id = CASE WHEN excluded.settled THEN d.source_id ELSE excluded.source_id END, \
         at = CASE WHEN excluded.settled THEN d.at ELSE excluded.at END, \
         fresh = CASE WHEN excluded.settled THEN d.fresh ELSE excluded.fresh END, settled = d.settled AND excluded.settled), \
     returned AS (DELETE FROM departures d USING saved s WHERE {} AND d.tenant_id = {} AND d.account_id = s.id \
       AND ({} OR (({} OR d.password_hash IS NULL) AND (s.starts_at IS NULL OR s.starts_at <= {} OR s.starts_at <= d.starts_at) \
         AND NOT EXISTS (SELECT FROM enrolments e WHERE e.tenant_id = d.tenant_id AND e.account_id = d.account_id AND e.course_id = ANY (d.open_courses) \
           AND e.completed_at IS NULL AND (e.waits_since IS NOT NULL OR {}))))), \
     logged AS (INSERT INTO audit_log (tenant_id, at, actor, action, attributes, facts, request_id, resource_id, state) \
     SELECT {}, {}, {}, {}, {}, {}::jsonb, {}, id, state FROM saved) \
     SELECT count(*) FROM saved"
);

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
    let Change { keys, account, entry, leaving, .. } = change;
    let expires_at = match account.password {
        Password::Temporary { expires_at } => Some(expires_at),
        _ => None,
    };
    let statement = Save {
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
        tenant: tenant.0,
        id: id.0,
        version,
        unwatched: leaving.watched.is_none(),
        guard_tenant: tenant.0,
        acting: leaving.watched.map_or(Uuid::nil(), |watched| watched.connection),
        source: leaving.watched.map_or(Uuid::nil(), |watched| watched.source),
        guard_account: id.0,
        guard_at: entry.at,
        hours: leaving.watched.map_or(0, |watched| watched.hours),
        most: leaving.watched.map_or(0, |watched| watched.count),
        percent: leaving.watched.map_or(0, |watched| watched.percent),
        fresh: leaving.watched.is_some_and(|watched| watched.fresh),
        administration_untouched: leaving.administration == Administration::Untouched,
        administration_tenant: tenant.0,
        administration_account: id.0,
        administration_at: entry.at,
        administration_by_hand: leaving.administration == Administration::TakenByHand,
        facts_changed: *account != before,
        kept_for: leaving.kept_for,
        departed_at: entry.at,
        settled: leaving.watched.is_none(),
        departed_fresh: leaving.watched.is_some_and(|watched| watched.fresh),
        keeps: leaving.kept_for.is_some(),
        kept_tenant: tenant.0,
        kept_account: id.0,
        returns: leaving.returns,
        returned_tenant: tenant.0,
        decided: leaving.decided,
        has_password: leaving.has_password,
        returned_at: entry.at,
        holds_enrolments: leaving.holds_enrolments,
        log_tenant: tenant.0,
        at: entry.at,
        actor: &entry.actor,
        action: entry.action,
        attributes: &entry.attributes,
        facts: entry.facts.to_string(),
        request_id: entry.request_id,
        lifetime: PhantomData,
    };
    let saved: i64 = statement.get_result(&mut **conn)?;
    Ok(saved == 1)
}
