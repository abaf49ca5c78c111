//! The audit log. Rows are written by the statements that make the change; here they are read, and written for groups.
//!
//! It is also the sequence of changes of a tenant: a row's [`Position`] is higher than that of everything that was final before
//! it, so that whoever reads on from the last position misses nothing.

use super::schema::audit_log;
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use rollcall_domain::ids::TenantId;
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
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

/// The place of a row in the sequence of changes of a tenant. Written `<transaction>-<row>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Number of the transaction that made the change.
    pub transaction: i64,
    /// Orders the rows of a transaction.
    pub seq: i64,
}

impl Position {
    /// Before every row.
    pub const FIRST: Self = Self { transaction: i64::MIN, seq: i64::MIN };
    /// After every row.
    pub const LAST: Self = Self { transaction: i64::MAX, seq: i64::MAX };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.transaction, self.seq)
    }
}

impl FromStr for Position {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (transaction, seq) = text.split_once('-').unwrap_or((text, ""));
        // A sign is none of it, though a number may have one.
        let digits = |text: &str| if text.starts_with(['+', '-']) { "".parse() } else { text.parse() };
        Ok(Self { transaction: digits(transaction)?, seq: digits(seq)? })
    }
}

/// Which rows, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The newest first.
    Newest,
    /// Those before a position, the newest first.
    Before(Position),
    /// The oldest first, also what is not final yet.
    Oldest,
    /// Those after a position, in the order of the sequence; only what is final, so that nothing can come in between later.
    After(Position),
}

/// The time of a row, as every reader has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// A time.
    Time(DateTime<Utc>),
    /// What the database says of one that is none, such as `infinity`: no change has it, and only who owns the database can write it.
    NoTime(String),
}

impl From<String> for At {
    fn from(text: String) -> Self {
        format!("{text}Z").parse().map_or(At::NoTime(text), At::Time)
    }
}

/// The time of a row as text, which can always be read.
pub(super) const AT: &str = "to_json(at AT TIME ZONE 'UTC') #>> '{}'";

/// The names of a row, in one dimension.
const NAMES: &str =
    "CASE WHEN array_ndims(attributes) > 1 THEN ARRAY(SELECT unnest(attributes)) ELSE attributes END";

/// A row that was read.
#[derive(Debug, Clone, Queryable)]
pub struct EntryRow {
    /// First half of the position.
    pub transaction: i64,
    /// Second half of the position.
    pub seq: i64,
    /// When.
    #[diesel(deserialize_as = String)]
    pub at: At,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To whom.
    pub resource_id: Uuid,
    /// Names of the attributes that changed.
    pub attributes: Vec<Option<String>>,
    /// What followed, as JSON text: a number that no program can hold is in nobody's way there.
    facts: String,
    /// Id of the request.
    pub request_id: Uuid,
}

impl EntryRow {
    /// Where it stands in the sequence of changes.
    pub fn position(&self) -> Position {
        Position { transaction: self.transaction, seq: self.seq }
    }

    /// What followed, as it is stored.
    ///
    /// # Errors
    /// What is stored is no JSON.
    pub fn facts(&self) -> Result<Box<RawValue>, serde_json::Error> {
        RawValue::from_string(self.facts.clone())
    }

    /// Whether something of this name followed.
    pub fn has_fact(&self, name: &str) -> bool {
        serde_json::from_str::<Value>(&self.facts).is_ok_and(|facts| facts.get(name).is_some())
    }
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

/// Rows of the tenant, at most `limit`: of one resource or of all.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    tenant: TenantId,
    resource: Option<Uuid>,
    wanted: Wanted,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let mut query = audit_log::table
        .filter(audit_log::tenant_id.eq(tenant.0))
        .limit(limit)
        .select((
            audit_log::transaction_id,
            audit_log::seq,
            sql::<Text>(AT),
            audit_log::actor,
            audit_log::action,
            audit_log::resource_id,
            sql::<Array<Nullable<Text>>>(NAMES),
            sql::<Text>("facts::text"),
            audit_log::request_id,
        ))
        .into_boxed();
    if let Some(resource) = resource {
        query = query.filter(audit_log::resource_id.eq(resource));
    }
    let place = "(transaction_id, seq)";
    query = match wanted {
        Wanted::Newest => query.order((audit_log::transaction_id.desc(), audit_log::seq.desc())),
        Wanted::Oldest => query.order((audit_log::transaction_id, audit_log::seq)),
        Wanted::Before(before) => query
            .filter(
                sql::<Bool>(place)
                    .sql(" < (")
                    .bind::<BigInt, _>(before.transaction)
                    .sql(", ")
                    .bind::<BigInt, _>(before.seq)
                    .sql(")"),
            )
            .order((audit_log::transaction_id.desc(), audit_log::seq.desc())),
        Wanted::After(after) => query
            .filter(
                sql::<Bool>(place)
                    .sql(" > (")
                    .bind::<BigInt, _>(after.transaction)
                    .sql(", ")
                    .bind::<BigInt, _>(after.seq)
                    .sql(") AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint + change_offset()"),
            )
            .order((audit_log::transaction_id, audit_log::seq)),
    };
    Ok(query.load(&mut **conn)?)
}
