//! Signing in, and who is signed in.

use super::accounts::AccountRow;
use super::accounts::row::{Columns, SqlColumns, account_columns};
use super::accounts::standing::usable;
use super::audit::Entry;
use super::db::{Gathering, Gatherings, Together};
use super::statement::{one_of, statement};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::account::Role;
use rollcall_domain::ids::{AccountId, TenantId};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;
use uuid::Uuid;

statement!(
    /// Who could mean themselves by a name: the holder of the user name, and of the e-mail the first two who share it with nobody of
    /// their connection, who may be used first.
    Candidates {
        due: DateTime<Utc> => Timestamptz, expired: DateTime<Utc> => Timestamptz, started: DateTime<Utc> => Timestamptz,
        tenant: Uuid => SqlUuid, user_name: &'a str => Text,
        due_again: DateTime<Utc> => Timestamptz, expired_again: DateTime<Utc> => Timestamptz,
        started_again: DateTime<Utc> => Timestamptz, tenant_again: Uuid => SqlUuid, email: &'a str => Text,
    } -> (SqlUuid, Nullable<Text>, BigInt, Bool, Bool, SqlUuid, Timestamptz),
    concat!(
    "(SELECT a.id, a.password_hash, a.version, true AS by_name, ",
    usable!(),
    " AS usable, a.connection_id, a.created_at FROM accounts a WHERE a.tenant_id = {} AND a.user_name_key = {} AND a.deleted_at IS NULL) \
     UNION ALL \
     (SELECT e.id, e.password_hash, e.version, false AS by_name, e.usable, e.connection_id, e.created_at \
       FROM (SELECT o.*, count(*) OVER (PARTITION BY o.connection_id, o.usable) AS alike FROM (SELECT a.id, a.password_hash, a.version, ",
    usable!(),
    " AS usable, a.connection_id, a.created_at \
         FROM accounts a WHERE a.tenant_id = {} AND a.login_email_key = {} AND a.deleted_at IS NULL) o) e \
       WHERE e.alike = 1 ORDER BY e.usable DESC, e.created_at, e.id LIMIT 2)"
    )
);

/// A row of [`Candidates`]: id, hash, version, whether the name is the user name, whether the account may be used, connection, and when
/// it was made.
type Meant = (Uuid, Option<String>, i64, bool, bool, Uuid, DateTime<Utc>);

/// Whom a sign-in name stands for.
pub struct Candidate {
    /// Account.
    pub id: AccountId,
    /// PHC string; `None` when no password can be used.
    pub password_hash: Option<String>,
    /// Version in which this was read.
    pub version: i64,
}

/// The account that a sign-in name stands for at `now`, and its password hash. Who may be used wins over who may not, so that a
/// leaver locks nobody out; then, within a connection, a user name wins over an e-mail, and an e-mail that two accounts share stands
/// for neither; and of those of different connections the one that was made first wins, so that no source locks out another's.
///
/// # Errors
/// Database failures.
pub fn candidate(
    conn: &mut TenantConnection,
    tenant: TenantId,
    name_key: &str,
    now: DateTime<Utc>,
) -> Result<Option<Candidate>, StoreError> {
    let statement = Candidates {
        due: now,
        expired: now,
        started: now,
        tenant: tenant.0,
        user_name: name_key,
        due_again: now,
        expired_again: now,
        started_again: now,
        tenant_again: tenant.0,
        email: name_key,
        lifetime: PhantomData,
    };
    let rows: Vec<Meant> = statement.load(&mut **conn)?;
    let (usable, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, _, _, _, usable, ..)| *usable);
    let found = meant(usable).or_else(|| meant(others));
    Ok(found.map(|(id, password_hash, version, ..)| Candidate { id: AccountId(id), password_hash, version }))
}

/// The first one, where the holder of the user name stands for all of their connection.
fn meant(mut rows: Vec<Meant>) -> Option<Meant> {
    let holder =
        rows.iter().find(|(_, _, _, by_name, ..)| *by_name).map(|(_, _, _, _, _, source, _)| *source);
    rows.retain(|(_, _, _, by_name, _, source, _)| *by_name || Some(*source) != holder);
    rows.into_iter().min_by_key(|(id, _, _, _, _, _, made)| (*made, *id))
}

/// Sessions of an account at most: with one more the oldest ends. Several that begin in the same moment may be that many too many
/// until the next one begins.
pub const MAX_SESSIONS: i64 = 48;

/// A session to begin.
pub struct NewSession<'a> {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// SHA-256 of the token.
    pub digest: &'a [u8],
    /// Epoch of the account when the password was checked.
    pub epoch: i64,
    /// Version of the account when the password was checked.
    pub version: i64,
    /// End.
    pub expires_at: DateTime<Utc>,
}

statement!(
    /// Begins a session if nothing happened to the account since the password was checked; drops the account's dead ones, and the
    /// oldest where there would be too many.
    Begin {
        first: DateTime<Utc> => Timestamptz, last: DateTime<Utc> => Timestamptz,
        tenant: Uuid => SqlUuid, account: Uuid => SqlUuid, version: i64 => BigInt, epoch: i64 => BigInt,
        due: DateTime<Utc> => Timestamptz, expired: DateTime<Utc> => Timestamptz, started: DateTime<Utc> => Timestamptz,
        id: Uuid => SqlUuid, digest: &'a [u8] => Binary, created_at: DateTime<Utc> => Timestamptz,
        expires_at: DateTime<Utc> => Timestamptz,
        clean_tenant: Uuid => SqlUuid, clean_account: Uuid => SqlUuid, now: DateTime<Utc> => Timestamptz,
        clean_epoch: i64 => BigInt, others: i64 => BigInt,
        log_tenant: Uuid => SqlUuid, at: DateTime<Utc> => Timestamptz, actor: &'a str => Text, action: &'a str => Text,
        facts: String => Text, request_id: Uuid => SqlUuid,
    } -> BigInt,
    concat!(
    "WITH seen AS (UPDATE accounts a SET first_access_at = COALESCE(a.first_access_at, {}), last_login_at = {} \
       WHERE a.tenant_id = {} AND a.id = {} AND a.version = {} AND a.session_epoch = {} AND ",
    usable!(),
    " AND a.deleted_at IS NULL RETURNING a.tenant_id, a.id, a.session_epoch, account_state(a) AS state), \
     began AS (INSERT INTO sessions (tenant_id, account_id, epoch, id, digest, created_at, expires_at) \
       SELECT tenant_id, id, session_epoch, {}, {}, {}, {} FROM seen RETURNING id), \
     dropped AS (DELETE FROM sessions s USING seen WHERE s.tenant_id = {} AND s.account_id = {} \
       AND (s.expires_at <= {} OR s.epoch < {} OR s.id IN (SELECT o.id FROM sessions o \
         JOIN seen ON o.tenant_id = seen.tenant_id AND o.account_id = seen.id ORDER BY o.created_at DESC, o.id DESC OFFSET {}))), \
     logged AS (INSERT INTO audit_log (tenant_id, at, actor, action, facts, request_id, resource_id, state) \
       SELECT {}, {}, {}, {}, {}::jsonb, {}, id, state FROM seen) \
     SELECT count(*) FROM began"
    )
);

/// Begins a session; `false` when the account changed since the password was checked.
///
/// # Errors
/// Database failures.
pub fn begin(
    conn: &mut TenantConnection,
    tenant: TenantId,
    session: &NewSession<'_>,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let statement = Begin {
        first: entry.at,
        last: entry.at,
        tenant: tenant.0,
        account: session.account.0,
        version: session.version,
        epoch: session.epoch,
        due: entry.at,
        expired: entry.at,
        started: entry.at,
        id: session.id,
        digest: session.digest,
        created_at: entry.at,
        expires_at: session.expires_at,
        clean_tenant: tenant.0,
        clean_account: session.account.0,
        now: entry.at,
        clean_epoch: session.epoch,
        others: MAX_SESSIONS - 1,
        log_tenant: tenant.0,
        at: entry.at,
        actor: &entry.actor,
        action: entry.action,
        facts: entry.facts.to_string(),
        request_id: entry.request_id,
        lifetime: PhantomData,
    };
    let began: i64 = statement.get_result(&mut **conn)?;
    Ok(began == 1)
}

/// Where a session lives: it is not expired, of the account's present epoch, and the account may be used.
macro_rules! alive {
    ($which:expr) => {
        concat!(
            " FROM sessions s JOIN accounts a ON a.tenant_id = s.tenant_id AND a.id = s.account_id \
             WHERE s.tenant_id = {} AND s.id ",
            $which,
            " AND s.expires_at > {} AND s.epoch = a.session_epoch \
             AND a.deleted_at IS NULL AND ",
            usable!()
        )
    };
}

statement!(
    /// A session that lives.
    Live {
        tenant: Uuid => SqlUuid, id: Uuid => SqlUuid, now: DateTime<Utc> => Timestamptz,
        due: DateTime<Utc> => Timestamptz, expired: DateTime<Utc> => Timestamptz, started: DateTime<Utc> => Timestamptz,
    } -> (SqlUuid, Binary, Timestamptz, Text),
    concat!("SELECT s.account_id, s.digest, s.expires_at, a.role", alive!("= {}"))
);

/// A session that may be used, if the digest agrees.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// Whose.
    pub account: AccountId,
    /// SHA-256 of its token.
    pub digest: Vec<u8>,
    /// End.
    pub expires_at: DateTime<Utc>,
    /// The role of its holder now.
    pub role: Role,
}

/// The session of an id, if it lives. Read from the database at every use: a revocation takes effect with its commit.
///
/// # Errors
/// Database failures.
pub fn live(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<LiveSession>, StoreError> {
    let statement =
        Live { tenant: tenant.0, id, now, due: now, expired: now, started: now, lifetime: PhantomData };
    let row: Option<(Uuid, Vec<u8>, DateTime<Utc>, String)> = statement.get_result(&mut **conn).optional()?;
    Ok(row.map(|(account, digest, expires_at, role)| LiveSession {
        account: AccountId(account),
        digest,
        expires_at,
        // A word that nobody knows gives nothing.
        role: Role::from_word(&role).unwrap_or(Role::Learner),
    }))
}

statement!(
    /// Sessions that live, with their accounts.
    Checked {
        tenant: Uuid => SqlUuid, ids: &'a [Uuid] => Array<SqlUuid>, now: DateTime<Utc> => Timestamptz,
        due: DateTime<Utc> => Timestamptz, expired: DateTime<Utc> => Timestamptz, started: DateTime<Utc> => Timestamptz,
    } -> (SqlColumns, SqlUuid, Binary, Timestamptz),
    concat!("SELECT ", account_columns!(bare), ", s.id, s.digest, s.expires_at", alive!(one_of!("uuid[]")))
);

/// The account of a session that lives, as without its groups, if the digest agrees.
#[derive(Debug, Clone)]
pub struct CheckedSession {
    /// Whose.
    pub row: AccountRow,
    /// SHA-256 of its token.
    pub digest: Vec<u8>,
    /// End.
    pub expires_at: DateTime<Utc>,
}

/// The session of an id with its account, if it lives at a time; as [`live`]. What many ask at the same moment is answered as of the
/// last of their times.
pub struct ById;

impl Together for ById {
    type Common = ();
    type Wanted = (Uuid, DateTime<Utc>);
    type Key = Uuid;
    type Found = CheckedSession;

    fn key((id, _): &(Uuid, DateTime<Utc>)) -> &Uuid {
        id
    }

    fn read(
        conn: &mut TenantConnection,
        TenantId(tenant): TenantId,
        (): &(),
        wanted: &[&(Uuid, DateTime<Utc>)],
    ) -> Result<HashMap<Uuid, CheckedSession>, StoreError> {
        let ids: Vec<Uuid> = wanted.iter().map(|(id, _)| *id).collect();
        let Some(now) = wanted.iter().map(|(_, now)| *now).max() else { return Ok(HashMap::new()) };
        let lifetime = PhantomData;
        let statement = Checked { tenant, ids: &ids, now, due: now, expired: now, started: now, lifetime };
        let found: Vec<(Columns, Uuid, Vec<u8>, DateTime<Utc>)> = statement.load(&mut **conn)?;
        let session = |(columns, id, digest, expires_at)| {
            Ok((id, CheckedSession { row: AccountRow::from_columns(columns)?, digest, expires_at }))
        };
        found.into_iter().map(session).collect()
    }

    fn gathering(all: &Gatherings) -> &Arc<Gathering<Self>> {
        &all.sessions
    }
}

/// Ends one session.
///
/// # Errors
/// Database failures.
pub fn end(conn: &mut TenantConnection, tenant: TenantId, id: Uuid) -> Result<(), StoreError> {
    use super::schema::sessions;
    diesel::delete(sessions::table.filter(sessions::tenant_id.eq(tenant.0).and(sessions::id.eq(id))))
        .execute(&mut **conn)?;
    Ok(())
}

/// The hash of an account's password and the version of the account.
///
/// # Errors
/// Database failures.
pub fn password_of(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Option<(Option<String>, i64)>, StoreError> {
    use super::schema::accounts;
    let one = accounts::tenant_id.eq(tenant.0).and(accounts::id.eq(account.0));
    Ok(accounts::table
        .filter(one.and(accounts::deleted_at.is_null()))
        .select((accounts::password_hash, accounts::version))
        .first(&mut **conn)
        .optional()?)
}

/// Drops every session of an account.
///
/// # Errors
/// Database failures.
pub fn end_all(conn: &mut TenantConnection, tenant: TenantId, account: AccountId) -> Result<(), StoreError> {
    use super::schema::sessions;
    let of_account = sessions::tenant_id.eq(tenant.0).and(sessions::account_id.eq(account.0));
    diesel::delete(sessions::table.filter(of_account)).execute(&mut **conn)?;
    Ok(())
}
