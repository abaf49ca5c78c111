//! Many writers and several sealers at once: every row is sealed once, in its place.

use super::{seal_everything, tenant, verified};
use crate::support::TestApp;
use diesel::connection::SimpleConnection;
use rollcall::app::audit::By;
use rollcall::app::chain;
use rollcall::store::audit;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use uuid::Uuid;

const WRITERS: usize = 8;
const EACH: usize = 1_250;

#[test]
fn ten_thousand_rows_of_parallel_writers_are_sealed_beside_them_and_verify() {
    let app = TestApp::start();
    let writing = AtomicUsize::new(WRITERS);
    let begun = Instant::now();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (app, writing) = (&app, &writing);
            scope.spawn(move || {
                let mut conn = app.connect();
                let tenant = tenant(&mut conn);
                conn.batch_execute("SET synchronous_commit = off").unwrap();
                let entry = By::operator(app.clock().now()).entry(
                    "test.row",
                    vec!["title".into()],
                    json!({"writer": writer}),
                );
                for n in 0..EACH {
                    // Some alone, some several in a transaction that takes its time.
                    conn.in_transaction(|conn| {
                        audit::insert(conn, tenant, Uuid::from_u128(n as u128), &entry)?;
                        if n % 50 == 0 {
                            thread::sleep(std::time::Duration::from_millis(2));
                        }
                        Ok::<_, rollcall::store::StoreError>(())
                    })
                    .unwrap();
                }
                writing.fetch_sub(1, Ordering::SeqCst);
            });
        }
        for _ in 0..3 {
            let (app, writing) = (&app, &writing);
            scope.spawn(move || {
                let mut conn = app.connect();
                let tenant = tenant(&mut conn);
                while writing.load(Ordering::SeqCst) > 0 {
                    chain::seal(&mut conn, tenant, app.clock()).unwrap();
                }
            });
        }
    });
    let wrote = begun.elapsed();
    seal_everything(&app);
    let begun = Instant::now();
    let found = verified(&mut app.connect());
    let all = (WRITERS * EACH + 5) as u64;
    assert!(found.is_intact(), "{found:?}");
    assert_eq!((found.rows, found.not_sealed), (all, 0));
    assert!(found.links > 10, "sealed while they wrote: {} links", found.links);
    eprintln!(
        "{all} rows written and sealed in {wrote:?}, in {} links; verified in {:?}",
        found.links,
        begun.elapsed()
    );
}
