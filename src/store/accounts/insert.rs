//! Writing new accounts and their audit rows in one statement, which costs many together much less than each alone.

use super::shadow::alike;
use super::write::Change;
use crate::store::statement::{piece, whole};
use crate::store::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::ids::{AccountId, TenantId};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::marker::PhantomData;
use uuid::Uuid;

piece!(
    /// One account.
    One {
        id: Uuid => SqlUuid, connection: Uuid => SqlUuid, user_name: &'a str => Text, external_id: Option<&'a str> => Nullable<Text>,
        display_name: Option<&'a str> => Nullable<Text>, login_email: Option<&'a str> => Nullable<Text>, resource: &'a str => Text,
        deactivated_at: Option<DateTime<Utc>> => Nullable<Timestamptz>, deactivated_reason: Option<&'a str> => Nullable<Text>,
        deactivated_by: Option<&'a str> => Nullable<Text>, seat_since: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        seat_until: Option<DateTime<Utc>> => Nullable<Timestamptz>, role: &'a str => Text,
        starts_at: Option<DateTime<Utc>> => Nullable<Timestamptz>, expires_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        deactivate_at: Option<DateTime<Utc>> => Nullable<Timestamptz>, deactivate_reason: Option<&'a str> => Nullable<Text>,
        deactivate_by: Option<&'a str> => Nullable<Text>, due_at: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        password_state: &'a str => Text, password_hash: Option<&'a str> => Nullable<Text>, epoch: i64 => BigInt,
        attributes: &'a [String] => Array<Text>, facts: String => Text,
    },
    "WITH new AS MATERIALIZED (SELECT {} AS id, {} AS connection, {} AS user_name, {} AS external_id, {} AS display_name, {} AS login_email, \
       {}::jsonb AS resource, {} AS deactivated_at, {} AS deactivated_reason, {} AS deactivated_by, {} AS seat_since, {} AS seat_until, {} AS role, \
       {} AS starts_at, {} AS expires_at, {} AS deactivate_at, {} AS deactivate_reason, {} AS deactivate_by, {} AS due_at, {} AS password_state, \
       {} AS password_hash, {} AS epoch, {} AS attributes, {}::jsonb AS facts)"
);

piece!(
    /// Many, as JSON.
    Many { rows: String => Text },
    "WITH new AS MATERIALIZED (SELECT * FROM jsonb_to_recordset({}::jsonb) AS n (id uuid, connection uuid, user_name text, external_id text, \
       display_name text, login_email text, resource jsonb, deactivated_at timestamptz, deactivated_reason text, deactivated_by text, seat_since timestamptz, \
       seat_until timestamptz, role text, starts_at timestamptz, expires_at timestamptz, deactivate_at timestamptz, deactivate_reason text, deactivate_by text, \
       due_at timestamptz, password_state text, password_hash text, epoch bigint, attributes text[], facts jsonb))"
);

piece!(
    /// Writes them and their audit rows, without those of which a key is taken, or with which another connection's account signs in.
    Made {
        tenant: Uuid => SqlUuid, at: DateTime<Utc> => Timestamptz, at_again: DateTime<Utc> => Timestamptz,
        shadows: bool => Bool, name_tenant: Uuid => SqlUuid, email_tenant: Uuid => SqlUuid,
        log_tenant: Uuid => SqlUuid, log_at: DateTime<Utc> => Timestamptz, actor: &'a str => Text, action: &'a str => Text,
        request_id: Uuid => SqlUuid,
    },
    concat!(", made AS (INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, external_id, display_name_key, \
       login_email_key, resource, deactivated_at, deactivated_reason, deactivated_by, seat_since, seat_until, role, starts_at, expires_at, deactivate_at, \
       deactivate_reason, deactivate_by, due_at, password_state, password_hash, session_epoch, created_at, updated_at) \
     SELECT {}, n.id, n.connection, n.user_name, n.external_id, n.display_name, n.login_email, n.resource, n.deactivated_at, n.deactivated_reason, \
       n.deactivated_by, n.seat_since, n.seat_until, n.role, n.starts_at, n.expires_at, n.deactivate_at, n.deactivate_reason, n.deactivate_by, n.due_at, \
       n.password_state, n.password_hash, n.epoch, {}, {} FROM new n \
       WHERE {} OR NOT (EXISTS (SELECT ", alike!("user_name_key", "n.user_name", "n.login_email", "n.connection"), ") \
         OR EXISTS (SELECT ", alike!("login_email_key", "n.user_name", "n.login_email", "n.connection"), ")) \
       ON CONFLICT DO NOTHING RETURNING id, account_state(accounts) AS state), \
     logged AS (INSERT INTO audit_log (tenant_id, at, actor, action, attributes, facts, request_id, resource_id, state) \
     SELECT {}, {}, {}, {}, n.attributes, n.facts, {}, m.id, m.state FROM made m JOIN new n ON n.id = m.id) \
     SELECT count(*) FROM made")
);

/// All of it.
struct Insert<'a> {
    one: Option<One<'a>>,
    many: Option<Many<'a>>,
    made: Made<'a>,
}

whole!(Insert -> BigInt);

impl QueryFragment<Pg> for Insert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.one.walk_ast(out.reborrow())?;
        self.many.walk_ast(out.reborrow())?;
        self.made.walk_ast(out)
    }
}

/// An account, as the statement reads it.
#[derive(Serialize)]
struct Row<'a> {
    id: Uuid,
    connection: Uuid,
    user_name: &'a str,
    external_id: Option<&'a str>,
    display_name: Option<&'a str>,
    login_email: Option<&'a str>,
    resource: &'a RawValue,
    deactivated_at: Option<DateTime<Utc>>,
    deactivated_reason: Option<&'static str>,
    deactivated_by: Option<&'a str>,
    seat_since: Option<DateTime<Utc>>,
    seat_until: Option<DateTime<Utc>>,
    role: &'static str,
    starts_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    deactivate_at: Option<DateTime<Utc>>,
    deactivate_reason: Option<&'static str>,
    deactivate_by: Option<&'a str>,
    due_at: Option<DateTime<Utc>>,
    password_state: &'static str,
    password_hash: Option<&'a str>,
    epoch: i64,
    attributes: &'a [String],
    facts: &'a Value,
}

impl<'a> Row<'a> {
    fn of(id: AccountId, change: &'a Change<'a>) -> Result<Self, serde_json::Error> {
        let Change { keys, account, entry, .. } = change;
        Ok(Self {
            id: id.0,
            connection: keys.connection.0,
            user_name: &keys.user_name,
            external_id: keys.external_id.as_deref(),
            display_name: keys.display_name.as_deref(),
            login_email: keys.login_email.as_deref(),
            resource: serde_json::from_str(change.resource)?,
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
            attributes: &entry.attributes,
            facts: &entry.facts,
        })
    }
}

impl Row<'_> {
    fn alone(&self) -> One<'_> {
        One {
            id: self.id,
            connection: self.connection,
            user_name: self.user_name,
            external_id: self.external_id,
            display_name: self.display_name,
            login_email: self.login_email,
            deactivated_at: self.deactivated_at,
            deactivated_reason: self.deactivated_reason,
            deactivated_by: self.deactivated_by,
            seat_since: self.seat_since,
            seat_until: self.seat_until,
            role: self.role,
            starts_at: self.starts_at,
            expires_at: self.expires_at,
            deactivate_at: self.deactivate_at,
            deactivate_reason: self.deactivate_reason,
            deactivate_by: self.deactivate_by,
            due_at: self.due_at,
            password_state: self.password_state,
            password_hash: self.password_hash,
            epoch: self.epoch,
            attributes: self.attributes,
            resource: self.resource.get(),
            facts: self.facts.to_string(),
            lifetime: PhantomData,
        }
    }
}

/// Adds accounts that one call makes, and returns how many it were: not those whose user name or externalId is taken or, unless they may
/// shadow, with whose user name or e-mail address an account of another connection signs in.
///
/// # Errors
/// Database failures.
pub fn insert(
    conn: &mut TenantConnection,
    tenant: TenantId,
    new: &[(AccountId, Change<'_>)],
    may_shadow: bool,
) -> Result<usize, StoreError> {
    let Some((_, Change { entry, .. })) = new.first() else { return Ok(0) };
    let broken = |error: serde_json::Error| diesel::result::Error::SerializationError(error.into());
    let rows = new.iter().map(|(id, change)| Row::of(*id, change)).collect::<Result<Vec<_>, _>>();
    let rows = rows.map_err(broken)?;
    // JSON takes PostgreSQL longer to read, and many in one statement save much more than that.
    let (one, many) = match rows.as_slice() {
        [row] => (Some(row.alone()), None),
        rows => {
            (None, Some(Many { rows: serde_json::to_string(rows).map_err(broken)?, lifetime: PhantomData }))
        }
    };
    let made = Made {
        tenant: tenant.0,
        at: entry.at,
        at_again: entry.at,
        shadows: may_shadow,
        name_tenant: tenant.0,
        email_tenant: tenant.0,
        log_tenant: tenant.0,
        log_at: entry.at,
        actor: &entry.actor,
        action: entry.action,
        request_id: entry.request_id,
        lifetime: PhantomData,
    };
    let made: i64 = Insert { one, many, made }.get_result(&mut **conn)?;
    Ok(usize::try_from(made).unwrap_or_default())
}
