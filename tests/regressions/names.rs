//! Two people whose names are exchanged by two clients at once.

use crate::support::{Failures, TestApp, expect, patch_op, user};
use serde_json::{Value, json};
use std::sync::Barrier;
use std::thread;

/// PostgreSQL ends a deadlock after a second: that is busy, not broken.
const ROUNDS: usize = 4;

#[test]
fn an_exchange_of_names_is_refused_or_done_but_no_fault() {
    let app = TestApp::start();
    let ids = [app.provision(&user("left")), app.provision(&user("right"))];
    let rename = |id: &str, name: &str| {
        let patch = patch_op(json!([{"op": "replace", "path": "userName", "value": name}]));
        app.scim("PATCH", &format!("/Users/{id}"), Some(&patch))
    };
    let mut failures = Failures::default();
    for round in 0..ROUNDS {
        let start = Barrier::new(2);
        let answers = thread::scope(|scope| {
            let wishes = [(&ids[0], "right"), (&ids[1], "left")];
            let running = wishes.map(|(id, name)| {
                let (start, rename) = (&start, &rename);
                scope.spawn(move || {
                    start.wait();
                    rename(id, name)
                })
            });
            running.map(|thread| thread.join().unwrap())
        });
        for answer in &answers {
            let expected = matches!(answer.status, 200 | 409 | 503);
            failures.check(&format!("round {round}"), expected, || {
                format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
            });
            if answer.status == 503 {
                failures
                    .check("busy", answer.header("Retry-After").is_some(), || "no Retry-After".to_owned());
            }
        }
        let names: Vec<Value> =
            ids.iter().map(|id| app.read(&format!("/Users/{id}"))["userName"].clone()).collect();
        failures.check("names", names[0] != names[1], || format!("{names:?}"));
        // Back to where they were, through a third name.
        expect(rename(&ids[0], "between"), 200);
        expect(rename(&ids[1], "right"), 200);
        expect(rename(&ids[0], "left"), 200);
    }
    failures.none();
}
