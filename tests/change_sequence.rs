//! The sequence of changes: who reads on from where they stopped misses nothing, whatever was committed in which order.

use crate::support::{TestApp, expect, patch_op, user};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Reads on from a position.
struct Follower<'a> {
    app: &'a TestApp,
    next: String,
    seen: Vec<Value>,
}

impl<'a> Follower<'a> {
    fn from_the_beginning(app: &'a TestApp) -> Self {
        Self { app, next: "0-0".to_owned(), seen: Vec::new() }
    }

    /// Reads what is new, a few rows at a time; the number of rows.
    fn read(&mut self) -> usize {
        let answer = expect(self.app.api("GET", &format!("/audit?after={}&limit=7", self.next), None), 200);
        let page = answer.json().unwrap();
        page["next"].as_str().unwrap().clone_into(&mut self.next);
        let entries = page["entries"].as_array().unwrap();
        self.seen.extend(entries.iter().cloned());
        entries.len()
    }

    /// Reads until there are that many rows. Transactions of other tests on the same cluster hold the sequence up, for a while.
    fn read_until(&mut self, rows: usize) {
        let begun = Instant::now();
        while self.seen.len() < rows {
            if self.read() == 0 {
                assert!(begun.elapsed() < Duration::from_secs(60), "{} of {rows} rows", self.seen.len());
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn position(entry: &Value) -> (i64, i64) {
        let (transaction, row) = entry["position"].as_str().unwrap().split_once('-').unwrap();
        (transaction.parse().unwrap(), row.parse().unwrap())
    }
}

#[test]
fn a_reader_who_follows_many_writers_misses_nothing_and_sees_nothing_twice() {
    const WRITERS: usize = 4;
    const CHANGES: usize = 30;
    let app = TestApp::start();
    let ids: Vec<String> = (0..WRITERS).map(|n| app.provision(&user(&format!("writer-{n}")))).collect();
    let done = AtomicBool::new(false);
    let mut follower = Follower::from_the_beginning(&app);
    thread::scope(|scope| {
        let writing: Vec<_> = ids
            .iter()
            .map(|id| {
                let app = &app;
                scope.spawn(move || {
                    for change in 0..CHANGES {
                        let title = format!("{change}");
                        let body = patch_op(json!([{"op": "replace", "path": "title", "value": title}]));
                        while app.scim("PATCH", &format!("/Users/{id}"), Some(&body)).status == 503 {
                            thread::sleep(Duration::from_millis(20));
                        }
                    }
                })
            })
            .collect();
        let reading = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                follower.read();
            }
        });
        for writer in writing {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reading.join().unwrap();
    });
    // Tenant, two connections with a token each, the people, and every change of theirs.
    let all = 5 + WRITERS + WRITERS * CHANGES;
    follower.read_until(all);
    let positions: Vec<(i64, i64)> = follower.seen.iter().map(Follower::position).collect();
    assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");
    let requests: BTreeSet<&str> = follower.seen.iter().filter_map(|e| e["requestId"].as_str()).collect();
    assert_eq!((follower.seen.len(), requests.len()), (all, 1 + WRITERS + WRITERS * CHANGES));
}

#[test]
fn what_may_still_be_committed_holds_the_sequence_up() {
    let app = TestApp::start();
    let mut follower = Follower::from_the_beginning(&app);
    follower.read_until(5);
    // A change that began earlier and is committed later than another.
    let mut slow = app.connect();
    slow.batch_execute(
        "BEGIN; INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, request_id) \
         SELECT id, now(), 'operator', 'slow', id, id FROM tenants",
    )
    .unwrap();
    app.provision(&user("quick"));
    assert_eq!(follower.read(), 0, "{:?}", follower.seen.last());
    slow.batch_execute("COMMIT").unwrap();
    follower.read_until(7);
    let actions: Vec<&str> = follower.seen.iter().filter_map(|e| e["action"].as_str()).collect();
    assert_eq!(actions[5..], ["slow", "account.created"]);
}

#[test]
fn after_a_restore_into_a_younger_cluster_the_history_comes_first_and_nothing_waits() {
    let app = TestApp::start();
    app.provision(&user("before"));
    let mut owner = app.connect();
    // As if the rows had been made by a cluster that had seen many more transactions.
    owner.batch_execute("UPDATE audit_log SET transaction_id = transaction_id + 1000000000").unwrap();
    rollcall::store::migrate::migrate(&mut owner).unwrap();
    app.provision(&user("after"));
    let mut follower = Follower::from_the_beginning(&app);
    follower.read_until(7);
    // Once is enough.
    rollcall::store::migrate::migrate(&mut owner).unwrap();
    let actions: Vec<&str> = follower.seen.iter().filter_map(|e| e["action"].as_str()).collect();
    let with_token = ["connection.created", "token.issued"];
    let begun = [&["tenant.created"][..], &with_token, &with_token, &["account.created"; 2]].concat();
    assert_eq!(actions, begun);
    // What was there stays as it was, since others may have kept it, and the chain covers it.
    let old = Follower::position(&follower.seen[5]).0;
    assert!(old > 1_000_000_000);
    assert!(Follower::position(&follower.seen[6]).0 > old);
}
