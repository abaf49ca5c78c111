//! When all connections to the database are held: an answer soon, the others undisturbed, and no trace afterwards (S28).

use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect, patch_op, user};
use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use rollcall::store::{Db, StoreError};
use serde_json::{Value, json};
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Longer than a request waits for a connection, and shorter than a statement may run.
const SOON: Duration = Duration::from_secs(2);

/// Connections that are held until this is dropped.
struct Held {
    freed: Arc<(Mutex<bool>, Condvar)>,
    holder: Option<JoinHandle<()>>,
}

/// Holds so many connections of a share; returns when they are.
fn hold(db: &Db, count: usize) -> Held {
    let freed = Arc::new((Mutex::new(false), Condvar::new()));
    let (taken, taking) = mpsc::channel();
    let (db, waiting) = (db.clone(), Arc::clone(&freed));
    let holder = thread::spawn(move || {
        let one = |_| {
            let (taken, waiting) = (taken.clone(), Arc::clone(&waiting));
            db.run_without_tenant(move |_| {
                taken.send(()).unwrap();
                let (is_free, told) = &*waiting;
                drop(told.wait_while(is_free.lock().unwrap(), |free| !*free).unwrap());
                Ok::<_, StoreError>(())
            })
        };
        let all = join_all((0..count).map(one));
        assert!(actix_web::rt::System::new().block_on(all).iter().all(Result::is_ok));
    });
    for _ in 0..count {
        taking.recv().unwrap();
    }
    Held { freed, holder: Some(holder) }
}

impl Drop for Held {
    fn drop(&mut self) {
        *self.freed.0.lock().unwrap() = true;
        self.freed.1.notify_all();
        self.holder.take().unwrap().join().unwrap();
    }
}

/// What is wrong with an answer that says to come back, if it came soon.
fn busy(answer: &Response, begun: Instant) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.status != 503 || answer.header("Retry-After") != Some("1") {
        wrong.push(format!("{} {:?}", answer.status, answer.header("Retry-After")));
    }
    if begun.elapsed() > SOON {
        wrong.push(format!("after {:?}", begun.elapsed()));
    }
    wrong
}

#[test]
fn a_sync_that_holds_every_connection_of_its_own_stops_no_administrator() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", "correct horse battery");
    let session = learner.session("correct horse battery");
    let path = format!("/Users/{id}");
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "PATCH", "path": path, "data": off}]});
    let mut failures = Failures::default();
    {
        let _held = hold(&app.state().db, 4);
        let requests: [(&str, &str, Option<&Value>); 6] = [
            ("GET", &path, None),
            ("GET", "/Users", None),
            ("POST", "/Users", Some(&off)),
            ("PATCH", &path, Some(&off)),
            ("POST", "/Bulk", Some(&bulk)),
            ("DELETE", &path, None),
        ];
        // All at once, and several times as many as there are connections.
        thread::scope(|scope| {
            let asked: Vec<_> = requests
                .iter()
                .cycle()
                .take(24)
                .map(|(method, path, body)| {
                    let app = &app;
                    let case = format!("{method} {path}");
                    scope.spawn(move || {
                        let begun = Instant::now();
                        (case, busy(&app.scim(method, path, *body), begun))
                    })
                })
                .collect();
            for asked in asked {
                let (case, wrong) = asked.join().unwrap();
                failures.add(&case, wrong);
            }
        });
        let refused = app.scim("GET", &path, None);
        let body = refused.json().unwrap();
        assert_eq!(body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
        // Meanwhile: the server lives, people sign in, and an administrator shuts somebody out.
        for health in ["/health/live", "/health/ready"] {
            expect(app.raw("GET", health, &[], None), 200);
        }
        expect(learner.sign_in("correct horse battery"), 201);
        assert_eq!(app.session_status(&session), 200);
        app.done(&id, &json!({"command": "deactivate", "confirm": id}));
        assert_eq!(app.session_status(&session), 401);
    }
    failures.none();
    // At once, and what was refused was not done.
    assert_eq!(expect(app.scim("GET", &path, None), 200).json().unwrap()["active"], false);
    assert_eq!(app.read("/Users")["totalResults"], 1);
}

#[test]
fn an_administrator_who_holds_every_connection_of_theirs_stops_no_sync() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let held = hold(&app.state().api_db, 4);
    for path in ["/api/v1/audit", "/api/v1/seats", "/api/v1/accounts"] {
        let begun = Instant::now();
        let answer = app.request("GET", path, Some(app.api_token()), None);
        assert_eq!(busy(&answer, begun), Vec::<String>::new(), "{path}");
        assert_eq!(answer.header("Content-Type"), Some("application/problem+json"));
    }
    expect(app.scim("GET", &format!("/Users/{id}"), None), 200);
    expect(app.raw("GET", "/health/ready", &[], None), 200);
    drop(held);
    expect(app.api("GET", "/seats", None), 200);
    // Whoever looks after the server finds it busy, and alive, when nothing else is.
    let held = hold(&app.state().health_db, 1);
    let begun = Instant::now();
    let ready = app.raw("GET", "/health/ready", &[], None);
    assert_eq!(busy(&ready, begun), Vec::<String>::new());
    expect(app.raw("GET", "/health/live", &[], None), 200);
    expect(app.scim("GET", "/Users", None), 200);
    drop(held);
    expect(app.raw("GET", "/health/ready", &[], None), 200);
}

/// A lock that somebody holds in the database: who has a connection waits for the lock as long as one may, everybody else for a
/// connection, and all are told to come back.
#[test]
fn a_locked_table_is_answered_and_left_without_a_trace() {
    let app = TestApp::start();
    let path = format!("/Users/{}", app.provision(&user("bjensen")));
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    let mut other = app.connect();
    other.batch_execute("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE").unwrap();
    let answers: Vec<Response> = thread::scope(|scope| {
        let asked: Vec<_> = (0..16).map(|_| scope.spawn(|| app.scim("PATCH", &path, Some(&off)))).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for health in ["/health/live", "/health/ready"] {
        expect(app.raw("GET", health, &[], None), 200);
    }
    other.batch_execute("COMMIT").unwrap();
    for answer in &answers {
        assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("1")));
        assert_eq!(answer.json().unwrap()["status"], "503");
    }
    assert_eq!(expect(app.scim("PATCH", &path, Some(&off)), 200).json().unwrap()["active"], false);
}
