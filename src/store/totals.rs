//! How many there are of a kind, for many who ask at the same moment: a page by index says it, and to count takes longer than the page.
//!
//! So a count is remembered with the snapshot in which it was taken. What came or went since then is in the audit log, which is read in
//! the order of transactions: the rows that this snapshot does not see. The total is as exact as one that is counted.

use super::db::{Gathering, Gatherings, Together};
use super::filter::Table;
use super::statement::statement;
use super::{StoreError, TenantConnection, accounts, groups, page};
use crate::lock::hold;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text, Uuid as SqlUuid};
use rollcall_domain::ids::TenantId;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Fewer are counted each time: that takes less than to look what has changed.
const MANY: i64 = 1_000;

/// How long is reckoned from a count before it is counted again: what somebody writes into the tables by hand has no audit row.
const KEPT: Duration = Duration::from_secs(60);

/// How many accounts or groups a tenant has. Common to all: which.
pub struct Total;

impl Together for Total {
    type Common = Table;
    type Wanted = ();
    type Key = ();
    type Found = i64;

    fn key((): &()) -> &() {
        &()
    }

    fn read(
        conn: &mut TenantConnection,
        tenant: TenantId,
        table: &Table,
        _wanted: &[&()],
    ) -> Result<HashMap<(), i64>, StoreError> {
        Ok(HashMap::from([((), total(conn, tenant, *table)?)]))
    }

    fn gathering(all: &Gatherings) -> &Arc<Gathering<Self>> {
        &all.totals
    }
}

/// What the connections of a pool have counted.
#[derive(Default)]
pub(super) struct Counts(Mutex<HashMap<(TenantId, Table), Counted>>);

/// A total, and what was committed when it was so.
#[derive(Clone)]
struct Counted {
    total: i64,
    /// A `pg_snapshot`.
    snapshot: String,
    /// When the rows were counted last.
    since: Instant,
}

impl Counts {
    fn of(&self, tenant: TenantId, table: Table) -> Option<Counted> {
        hold(&self.0).get(&(tenant, table)).filter(|counted| counted.since.elapsed() < KEPT).cloned()
    }

    fn keep(&self, tenant: TenantId, table: Table, counted: Counted) {
        let mut all = hold(&self.0);
        all.retain(|_, counted| counted.since.elapsed() < KEPT);
        all.insert((tenant, table), counted);
    }
}

fn total(conn: &mut TenantConnection, tenant: TenantId, table: Table) -> Result<i64, StoreError> {
    let counts = Arc::clone(&conn.counts);
    let reckoned = match counts.of(tenant, table) {
        Some(counted) => since(conn, tenant, table, &counted)?,
        None => None,
    };
    let counted = match reckoned {
        Some(counted) => counted,
        None => count(conn, tenant, table)?,
    };
    let total = counted.total;
    if total >= MANY {
        counts.keep(tenant, table, counted);
    }
    Ok(total)
}

fn count(conn: &mut TenantConnection, tenant: TenantId, table: Table) -> Result<Counted, StoreError> {
    let since = Instant::now();
    let (total, snapshot) = match table {
        Table::Accounts => page::count::<accounts::Accounts>(conn, tenant, None)?,
        Table::Groups => page::count::<groups::Groups>(conn, tenant, None)?,
    };
    Ok(Counted { total, snapshot, since })
}

statement!(
    /// How many have come and gone since a snapshot, whether that is all there is to know, and the snapshot that sees so many. Behind a SELECT
    /// the planner sees no old snapshot, and so no reason to plan anew; in the order of the key it reads no more than it has to.
    Since {
        comes: &'a str => Text, goes: &'a str => Text, unclear: &'a [&'a str] => Array<Text>, tenant: Uuid => SqlUuid,
        first: &'a str => Text, seen: &'a str => Text,
    } -> (BigInt, BigInt, Bool, Text),
    "SELECT count(*) FILTER (WHERE action = {}), count(*) FILTER (WHERE action = {}), \
       count(*) <= 1000 AND count(*) FILTER (WHERE action = ANY({})) = 0, pg_current_snapshot()::text \
     FROM (SELECT action FROM audit_log WHERE tenant_id = {} \
         AND transaction_id >= (SELECT pg_snapshot_xmin({}::pg_snapshot)::text::bigint + change_offset()) \
         AND NOT pg_visible_in_snapshot(GREATEST(transaction_id - change_offset(), 3)::text::xid8, (SELECT {}::pg_snapshot)) \
       ORDER BY transaction_id, seq LIMIT 1001) c"
);

/// What has been counted, as it is now; `None` when so much has changed that it is better counted, or it does not show.
fn since(
    conn: &mut TenantConnection,
    tenant: TenantId,
    table: Table,
    counted: &Counted,
) -> Result<Option<Counted>, StoreError> {
    let (comes, goes, unclear): (_, _, &[&str]) = match table {
        // Who is erased may have been deleted before, and who is restored may only have been deactivated.
        Table::Accounts => ("account.created", "account.deleted", &["account.erased", "account.restored"]),
        Table::Groups => ("group.created", "group.deleted", &[]),
    };
    let (first, seen) = (&*counted.snapshot, &*counted.snapshot);
    let statement = Since { comes, goes, unclear, tenant: tenant.0, first, seen, lifetime: PhantomData };
    let (come, gone, is_clear, snapshot): (i64, i64, bool, String) = statement.get_result(&mut **conn)?;
    Ok(is_clear.then(|| Counted { total: counted.total + come - gone, snapshot, since: counted.since }))
}
