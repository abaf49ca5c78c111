//! How many there are of a kind, for many who ask at the same moment: a page by index says it, and to count takes longer than the page.
//!
//! So a count is remembered with the snapshot in which it was taken. What came or went since then is in the audit log, which is read in
//! the order of transactions: the rows that this snapshot does not see. The total is as true as one that is counted, as long as the
//! connections of a pool are to one primary.

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
pub(super) struct Counts(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Raised when everything is forgotten.
    life: u64,
    counted: HashMap<(TenantId, Table), Counted>,
}

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
    /// Forgets everything. For whenever a connection is made: it may be to another server than the last one, or to one that has lost what was
    /// not written when it crashed, and there the numbers of transactions mean something else.
    pub(super) fn forget(&self) {
        let mut known = hold(&self.0);
        known.life += 1;
        known.counted.clear();
    }

    /// What was counted, if it is to be reckoned from, and the life that it is of. When it is time to count again, one does, and the others go
    /// on with what there is.
    fn of(&self, tenant: TenantId, table: Table) -> (u64, Option<Counted>) {
        let mut known = hold(&self.0);
        let life = known.life;
        let counted = known.counted.get_mut(&(tenant, table)).and_then(|counted| {
            let lasts = counted.since.elapsed() < KEPT;
            if !lasts {
                counted.since = Instant::now();
            }
            lasts.then(|| counted.clone())
        });
        (life, counted)
    }

    /// Keeps a total of a life, unless everything has been forgotten since.
    fn keep(&self, life: u64, tenant: TenantId, table: Table, counted: Counted) {
        let mut known = hold(&self.0);
        if known.life != life {
            return;
        }
        let before = known.counted.insert((tenant, table), counted);
        if before.is_none() {
            // Of those whom nobody asks for any more.
            known.counted.retain(|_, counted| counted.since.elapsed() < 2 * KEPT);
        }
    }
}

/// How many there are. Fewer than a thousand are counted, and so are all on a standby, which does not know what is under way.
///
/// # Errors
/// Database failures.
pub fn total(conn: &mut TenantConnection, tenant: TenantId, table: Table) -> Result<i64, StoreError> {
    let counts = Arc::clone(&conn.counts);
    let (life, known) = counts.of(tenant, table);
    let reckoned = match known {
        Some(counted) => since(conn, tenant, table, &counted)?,
        None => None,
    };
    let (total, counted) = match reckoned {
        Some(counted) => (counted.total, Some(counted)),
        None => count(conn, tenant, table)?,
    };
    if let Some(counted) = counted.filter(|_| total >= MANY) {
        counts.keep(life, tenant, table, counted);
    }
    Ok(total)
}

fn count(
    conn: &mut TenantConnection,
    tenant: TenantId,
    table: Table,
) -> Result<(i64, Option<Counted>), StoreError> {
    let since = Instant::now();
    let (total, snapshot) = match table {
        Table::Accounts => page::count::<accounts::Accounts>(conn, tenant, None)?,
        Table::Groups => page::count::<groups::Groups>(conn, tenant, None)?,
    };
    Ok((total, snapshot.map(|snapshot| Counted { total, snapshot, since })))
}

statement!(
    /// How many have come and gone since a snapshot, whether that is all there is to know, and the snapshot that sees so many. No more than so
    /// many rows are looked at, however long a transaction somewhere keeps the first of them in sight, and none that is ahead of all
    /// transactions, which only who owns the database can write. Behind a SELECT the planner sees no old snapshot, and so no reason to plan anew.
    Since {
        comes: &'a str => Text, goes: &'a str => Text, unclear: &'a [&'a str] => Array<Text>, seen: &'a str => Text,
        tenant: Uuid => SqlUuid, first: &'a str => Text,
    } -> (BigInt, BigInt, Bool, Text),
    "SELECT count(*) FILTER (WHERE action = {} AND NOT seen), count(*) FILTER (WHERE action = {} AND NOT seen), \
       count(*) <= 1000 AND count(*) FILTER (WHERE action = ANY({}) AND NOT seen) = 0 AND NOT pg_is_in_recovery(), \
       pg_current_snapshot()::text \
     FROM (SELECT action, pg_visible_in_snapshot(GREATEST(transaction_id - (SELECT change_offset()), 3)::text::xid8, \
           (SELECT {}::pg_snapshot)) AS seen \
         FROM audit_log WHERE tenant_id = {} \
           AND transaction_id >= (SELECT pg_snapshot_xmin({}::pg_snapshot)::text::bigint + change_offset()) \
           AND transaction_id < (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint + change_offset()) \
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

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(total: i64, ago: Duration) -> Counted {
        let since = Instant::now().checked_sub(ago).unwrap();
        Counted { total, snapshot: "1:1:".to_owned(), since }
    }

    #[test]
    fn one_counts_again_and_a_new_connection_forgets() {
        let (counts, tenant) = (Counts::default(), TenantId(Uuid::from_u128(1)));
        let of = || counts.of(tenant, Table::Accounts);
        let keep = |life, counted| counts.keep(life, tenant, Table::Accounts, counted);
        let total = |known: (u64, Option<Counted>)| known.1.map(|counted| counted.total);
        let (life, nothing) = of();
        assert!(nothing.is_none());
        keep(life, counted(5_000, Duration::ZERO));
        assert_eq!(total(of()), Some(5_000));
        assert!(counts.of(tenant, Table::Groups).1.is_none());
        keep(life, counted(5_001, KEPT));
        assert_eq!(total(of()), None, "it is time to count, for one");
        assert_eq!(total(of()), Some(5_001), "and not for the next");
        counts.forget();
        assert_eq!(total(of()), None);
        keep(life, counted(5_002, Duration::ZERO));
        assert_eq!(
            total(of()),
            None,
            "it was counted before a connection was made, perhaps to another server"
        );
        keep(of().0, counted(5_003, Duration::ZERO));
        assert_eq!(total(of()), Some(5_003));
    }
}
