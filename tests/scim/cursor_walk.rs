//! What a walk with a cursor promises, while others change everything around it.

use crate::support::cluster::execute;
use crate::support::{TestApp, patch_op, user};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

const PEOPLE: usize = 20_000;

fn id(n: usize) -> String {
    format!("01900000-0000-7000-8000-{n:012x}")
}

/// Twenty thousand people, whose names are not in the order of their ids.
fn seed(app: &TestApp) {
    let sql = format!(
        "INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, display_name_key, resource, created_at, updated_at) \
         SELECT c.tenant_id, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, c.id, made.name, \
           'name ' || n % 7, jsonb_build_object('userName', made.name, 'displayName', 'Name ' || n % 7), now(), now() \
         FROM (SELECT * FROM connections WHERE name = 'identity-provider') c, generate_series(0, {}) n, \
           LATERAL (SELECT 'user' || n * 7919 % {PEOPLE} || '-' || n AS name) AS made",
        PEOPLE - 1
    );
    execute(app.database_url(), &sql);
    execute(app.database_url(), "ANALYZE accounts");
}

/// All ids of a walk in pages of 100, with how often each was seen.
fn walk(app: &TestApp, query: &str) -> HashMap<String, usize> {
    let (mut seen, mut cursor) = (HashMap::new(), String::new());
    loop {
        let page = app.read(&format!("/Users?attributes=id&count=100{query}&cursor={cursor}"));
        for resource in page["Resources"].as_array().unwrap() {
            *seen.entry(resource["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match page.get("nextCursor").and_then(Value::as_str) {
            Some(next) => cursor = next.to_owned(),
            None => return seen,
        }
    }
}

/// Deletes, creates and changes people until it is told to stop.
fn churn(app: &TestApp, worker: usize, over: &AtomicBool, deleted: &Mutex<HashSet<String>>) {
    for round in 0.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let n = (round * 7_907 + worker * 131) % PEOPLE;
        let path = format!("/Users/{}", id(n));
        match (round + worker) % 3 {
            0 => {
                // Noted before it happens: whoever may be gone is no survivor.
                deleted.lock().unwrap().insert(id(n));
                app.scim("DELETE", &path, None);
            }
            1 => {
                app.scim("POST", "/Users", Some(&user(&format!("new{worker}-{round}"))));
            }
            _ => {
                let title = json!([{"op": "replace", "path": "title", "value": format!("t{round}")}]);
                app.scim("PATCH", &path, Some(&patch_op(title)));
            }
        }
    }
}

/// R185, R190: whoever lives through a walk, and keeps the value that is sorted by, is seen once, whatever happens to others.
#[test]
fn every_survivor_is_seen_exactly_once() {
    let app = TestApp::start();
    seed(&app);
    let (over, deleted) = (AtomicBool::new(false), Mutex::new(HashSet::new()));
    let walks: Vec<(&str, HashMap<String, usize>)> = std::thread::scope(|scope| {
        for worker in 0..2 {
            let (app, over, deleted) = (&app, &over, &deleted);
            scope.spawn(move || churn(app, worker, over, deleted));
        }
        let app = &app;
        let queries = ["", "&sortBy=userName", "&sortBy=displayName&sortOrder=descending"];
        let walking: Vec<_> = queries.map(|query| (query, scope.spawn(move || walk(app, query)))).into();
        let walks = walking.into_iter().map(|(query, walk)| (query, walk.join())).collect::<Vec<_>>();
        over.store(true, Ordering::Relaxed);
        walks.into_iter().map(|(query, walk)| (query, walk.unwrap())).collect()
    });
    let deleted = deleted.into_inner().unwrap();
    assert!(deleted.len() > 20, "only {} were deleted meanwhile", deleted.len());
    for (query, seen) in walks {
        let lost: Vec<String> =
            (0..PEOPLE).map(id).filter(|id| !deleted.contains(id) && !seen.contains_key(id)).collect();
        let twice: Vec<&String> = seen.iter().filter(|(_, times)| **times > 1).map(|(id, _)| id).collect();
        assert!(lost.is_empty() && twice.is_empty(), "{query}: lost {lost:?}, twice {twice:?}");
    }
}
