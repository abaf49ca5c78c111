//! What of an account is written, and writing a new one with its audit row in one statement.

use super::shadow::alike;
use crate::store::audit::Entry;
use crate::store::statement::statement;
use crate::store::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::account::Account;
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
    pub(super) fn set(&self) -> Option<&str> {
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
    /// What becomes of the enrolments of somebody who is back, and the audit log's word for it.
    pub restore: Option<(Restore, &'static str)>,
}

/// What becomes of the enrolments of somebody who is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restore {
    /// All are open.
    Open,
    /// All that are not completed wait.
    Wait,
    /// Those wait that came after a time.
    WaitSince(DateTime<Utc>),
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
