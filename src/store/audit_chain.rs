//! The chain of the audit log: rows that are final and what was made of them (`audit_chain`, `audit_heads`).

use super::audit::{AT, At, Position};
use super::schema::{audit_chain, audit_heads};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use rollcall_domain::ids::TenantId;
use uuid::Uuid;

/// A row of the audit log with every column, JSON as the database writes it.
#[derive(Debug, Clone, QueryableByName)]
pub struct WholeRow {
    /// First half of the position.
    #[diesel(sql_type = BigInt)]
    pub transaction_id: i64,
    /// Second half of the position.
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    /// When.
    #[diesel(sql_type = Text, deserialize_as = String)]
    pub at: At,
    /// Who.
    #[diesel(sql_type = Text)]
    pub actor: String,
    /// What.
    #[diesel(sql_type = Text)]
    pub action: String,
    /// To whom.
    #[diesel(sql_type = SqlUuid)]
    pub resource_id: Uuid,
    /// Names of the attributes that changed; `None` where they are no list.
    #[diesel(sql_type = Nullable<Array<Nullable<Text>>>)]
    pub attributes: Option<Vec<Option<String>>>,
    /// What is no list, as JSON text.
    #[diesel(sql_type = Nullable<Text>)]
    pub lists: Option<String>,
    /// What followed, as JSON text.
    #[diesel(sql_type = Text)]
    pub facts: String,
    /// Id of the request.
    #[diesel(sql_type = SqlUuid)]
    pub request_id: Uuid,
    /// Where the account stood, as JSON text.
    #[diesel(sql_type = Nullable<Text>)]
    pub state: Option<String>,
    /// Whether no change writes such a row.
    #[diesel(sql_type = Bool)]
    pub is_odd: bool,
}

impl WholeRow {
    /// Where it stands in the sequence of changes.
    pub fn position(&self) -> Position {
        Position { transaction: self.transaction_id, seq: self.seq }
    }
}

/// A link as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct LinkRow {
    /// From 1 on.
    pub number: i64,
    /// Position of the first row, its first half.
    pub from_transaction: i64,
    /// Position of the first row, its second half.
    pub from_seq: i64,
    /// Position of the last row, its first half.
    pub through_transaction: i64,
    /// Position of the last row, its second half.
    pub through_seq: i64,
    /// How many rows.
    pub row_count: i64,
    /// The first 8 bytes of the digest of each row.
    pub marks: Vec<u8>,
    /// Digest of the link before.
    pub previous: Vec<u8>,
    /// Digest of this one.
    pub digest: Vec<u8>,
    /// When it was made.
    pub sealed_at: DateTime<Utc>,
}

impl LinkRow {
    /// Position of the first row.
    pub fn from(&self) -> Position {
        Position { transaction: self.from_transaction, seq: self.from_seq }
    }

    /// Position of the last row.
    pub fn through(&self) -> Position {
        Position { transaction: self.through_transaction, seq: self.through_seq }
    }
}

/// Where a chain ends: number and digest of its last link.
pub type Head = (i64, Vec<u8>);

/// Which rows of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Those after this position.
    pub after: Position,
    /// Those up to this one.
    pub through: Position,
    /// Only what no other row can come before any more.
    pub only_final: bool,
}

impl Span {
    /// What is final after a position.
    pub fn final_after(after: Position) -> Self {
        Self { after, through: Position::LAST, only_final: true }
    }
}

/// What no change writes and the table refuses, unless its owner lets it in.
const IS_ODD: &str = "(transaction_id < 0 OR seq < 1 OR at < '0001-01-01 00:00:00+00' OR at >= '10000-01-01 00:00:00+00' \
    OR CASE WHEN array_ndims(attributes) > 1 THEN true ELSE array_position(attributes, NULL) IS NOT NULL END \
    OR jsonb_typeof(facts) <> 'object')";

/// Where transactions have not come yet: no row that was written can be there.
const IS_AHEAD: &str =
    "transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + change_offset()";

fn columns() -> String {
    format!(
        "transaction_id, seq, {AT} AS at, actor, action, resource_id, facts::text AS facts, request_id, state::text AS state, \
         CASE WHEN array_ndims(attributes) > 1 THEN NULL ELSE attributes END AS attributes, \
         CASE WHEN array_ndims(attributes) > 1 THEN to_json(attributes)::text END AS lists, {IS_ODD} AS is_odd"
    )
}

/// `$1` to `$6`: the rows of a span.
const IN_SPAN: &str = "tenant_id = $1 AND (transaction_id, seq) > ($2, $3) AND (transaction_id, seq) <= ($4, $5) \
    AND (NOT $6 OR transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint + change_offset())";

/// Rows of a span in the order of the sequence, at most `limit`.
///
/// # Errors
/// Database failures.
pub fn rows(
    conn: &mut TenantConnection,
    tenant: TenantId,
    span: Span,
    limit: i64,
) -> Result<Vec<WholeRow>, StoreError> {
    let columns = columns();
    let sql =
        format!("SELECT {columns} FROM audit_log WHERE {IN_SPAN} ORDER BY transaction_id, seq LIMIT {limit}");
    let Span { after, through, only_final } = span;
    let query = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tenant.0)
        .bind::<BigInt, _>(after.transaction)
        .bind::<BigInt, _>(after.seq)
        .bind::<BigInt, _>(through.transaction)
        .bind::<BigInt, _>(through.seq)
        .bind::<Bool, _>(only_final);
    Ok(query.load(&mut **conn)?)
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = BigInt)]
    transaction_id: i64,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Bool)]
    is_ahead: bool,
}

/// Rows after a position that no change writes, at most `limit`; `true` with those that are ahead of all transactions.
///
/// # Errors
/// Database failures.
pub fn odd_after(
    conn: &mut TenantConnection,
    tenant: TenantId,
    after: Position,
    limit: i64,
) -> Result<Vec<(Position, bool)>, StoreError> {
    let sql = format!(
        "SELECT transaction_id, seq, {IS_AHEAD} AS is_ahead FROM audit_log WHERE tenant_id = $1 AND (transaction_id, seq) > ($2, $3) \
         AND ({IS_ODD} OR {IS_AHEAD}) ORDER BY transaction_id, seq LIMIT {limit}"
    );
    let found: Vec<Place> = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tenant.0)
        .bind::<BigInt, _>(after.transaction)
        .bind::<BigInt, _>(after.seq)
        .load(&mut **conn)?;
    let place = |row: Place| (Position { transaction: row.transaction_id, seq: row.seq }, row.is_ahead);
    Ok(found.into_iter().map(place).collect())
}

/// The last row, if it is ahead of all transactions. One look at the index.
///
/// # Errors
/// Database failures.
pub fn ahead(conn: &mut TenantConnection, tenant: TenantId) -> Result<Option<Position>, StoreError> {
    let sql = format!(
        "SELECT transaction_id, seq, {IS_AHEAD} AS is_ahead FROM audit_log WHERE tenant_id = $1 \
         ORDER BY transaction_id DESC, seq DESC LIMIT 1"
    );
    let last: Option<Place> =
        diesel::sql_query(sql).bind::<SqlUuid, _>(tenant.0).get_result(&mut **conn).optional()?;
    let last = last.filter(|row| row.is_ahead);
    Ok(last.map(|row| Position { transaction: row.transaction_id, seq: row.seq }))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// How many rows there are after a position, final or not.
///
/// # Errors
/// Database failures.
pub fn rows_after(conn: &mut TenantConnection, tenant: TenantId, after: Position) -> Result<i64, StoreError> {
    let sql =
        "SELECT count(*) AS rows FROM audit_log WHERE tenant_id = $1 AND (transaction_id, seq) > ($2, $3)";
    let counted: Count = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tenant.0)
        .bind::<BigInt, _>(after.transaction)
        .bind::<BigInt, _>(after.seq)
        .get_result(&mut **conn)?;
    Ok(counted.rows)
}

/// Whether there are final rows after a position. One look at the index.
///
/// # Errors
/// Database failures.
pub fn is_final_after(
    conn: &mut TenantConnection,
    tenant: TenantId,
    after: Position,
) -> Result<bool, StoreError> {
    Ok(!rows(conn, tenant, Span::final_after(after), 1)?.is_empty())
}

/// Where the chain ends, at link 0 before there was one. Every tenant has this row from its beginning: without it (`None`),
/// somebody took it away.
///
/// # Errors
/// Database failures.
pub fn head(conn: &mut TenantConnection, tenant: TenantId) -> Result<Option<Head>, StoreError> {
    let head = audit_heads::table.find(tenant.0).select((audit_heads::number, audit_heads::digest));
    Ok(head.first(&mut **conn).optional()?)
}

/// Holds the end of the chain until the end of the transaction; `None` when somebody else does, who will do what there is to do,
/// and when it is missing.
///
/// # Errors
/// Database failures.
pub fn hold_head(conn: &mut TenantConnection, tenant: TenantId) -> Result<Option<Head>, StoreError> {
    let head = audit_heads::table.find(tenant.0).select((audit_heads::number, audit_heads::digest));
    Ok(head.for_update().skip_locked().first(&mut **conn).optional()?)
}

/// The last link.
///
/// # Errors
/// Database failures.
pub fn last_link(conn: &mut TenantConnection, tenant: TenantId) -> Result<Option<LinkRow>, StoreError> {
    let links = audit_chain::table.filter(audit_chain::tenant_id.eq(tenant.0));
    let last = links.order(audit_chain::number.desc()).select(link());
    Ok(last.first(&mut **conn).optional()?)
}

/// The first link after a number.
///
/// # Errors
/// Database failures.
pub fn link_after(
    conn: &mut TenantConnection,
    tenant: TenantId,
    number: i64,
) -> Result<Option<LinkRow>, StoreError> {
    let links = audit_chain::table.filter(audit_chain::tenant_id.eq(tenant.0));
    let next = links.filter(audit_chain::number.gt(number)).order(audit_chain::number).select(link());
    Ok(next.first(&mut **conn).optional()?)
}

/// The number of the link that holds a position, or of the first after it; `None` when all links end before it.
///
/// # Errors
/// Database failures.
pub fn number_at(
    conn: &mut TenantConnection,
    tenant: TenantId,
    position: Position,
) -> Result<Option<i64>, StoreError> {
    let through = (audit_chain::through_transaction, audit_chain::through_seq);
    let links = audit_chain::table.filter(audit_chain::tenant_id.eq(tenant.0));
    let ends_there =
        audit_chain::through_transaction.gt(position.transaction).or(audit_chain::through_transaction
            .eq(position.transaction)
            .and(audit_chain::through_seq.ge(position.seq)));
    Ok(links.filter(ends_there).order(through).select(audit_chain::number).first(&mut **conn).optional()?)
}

/// Adds a link, and moves the end of the chain to it.
///
/// # Errors
/// [`StoreError::Taken`] when there is a link of that number; database failures.
pub fn append(conn: &mut TenantConnection, tenant: TenantId, link: &LinkRow) -> Result<(), StoreError> {
    diesel::insert_into(audit_chain::table)
        .values((
            audit_chain::tenant_id.eq(tenant.0),
            audit_chain::number.eq(link.number),
            audit_chain::from_transaction.eq(link.from_transaction),
            audit_chain::from_seq.eq(link.from_seq),
            audit_chain::through_transaction.eq(link.through_transaction),
            audit_chain::through_seq.eq(link.through_seq),
            audit_chain::row_count.eq(link.row_count),
            audit_chain::marks.eq(&link.marks),
            audit_chain::previous.eq(&link.previous),
            audit_chain::digest.eq(&link.digest),
            audit_chain::sealed_at.eq(link.sealed_at),
        ))
        .execute(&mut **conn)?;
    diesel::update(audit_heads::table.find(tenant.0))
        .set((audit_heads::number.eq(link.number), audit_heads::digest.eq(&link.digest)))
        .execute(&mut **conn)?;
    Ok(())
}

/// A time that Rust can read, whatever the owner of the database wrote: what stands there instead is of no link.
const SEALED_AT: &str = "CASE WHEN sealed_at >= '0001-01-01 00:00:00+00' AND sealed_at < '10000-01-01 00:00:00+00' \
    THEN sealed_at ELSE '0001-01-01 00:00:00+00' END";

/// The columns of [`LinkRow`].
type Link = (
    audit_chain::number,
    audit_chain::from_transaction,
    audit_chain::from_seq,
    audit_chain::through_transaction,
    audit_chain::through_seq,
    audit_chain::row_count,
    audit_chain::marks,
    audit_chain::previous,
    audit_chain::digest,
    SqlLiteral<Timestamptz>,
);

fn link() -> Link {
    (
        audit_chain::number,
        audit_chain::from_transaction,
        audit_chain::from_seq,
        audit_chain::through_transaction,
        audit_chain::through_seq,
        audit_chain::row_count,
        audit_chain::marks,
        audit_chain::previous,
        audit_chain::digest,
        sql::<Timestamptz>(SEALED_AT),
    )
}
