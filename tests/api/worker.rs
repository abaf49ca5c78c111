//! What comes by its date is put on record once, whoever is the first to look.

use super::ROLLCALL;
use crate::postgres::fixture::wait_until;
use crate::support::administrator::Way;
use crate::support::cluster::{execute, texts};
use crate::support::{TestApp, user};
use chrono::Duration;
use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use rollcall::app::tokens::Scope;
use rollcall::app::work;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Several workers at the same time, and changes of the same accounts beside them: each date falls due once.
#[test]
fn two_workers_record_each_date_once() {
    let app = TestApp::start();
    let ids: Vec<String> = (0..400)
        .map(|n| {
            let mut body = user(&format!("temp.{n}"));
            let date = if n % 2 == 0 { "expiresAt" } else { "deactivateAt" };
            body[ROLLCALL] = json!({ date: "2026-11-21T10:00:00Z" });
            app.provision(&body)
        })
        .collect();
    assert_eq!(app.work(), 0, "nothing is due yet");
    app.clock().advance(Duration::hours(2));
    let recorded: usize = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..4).map(|_| scope.spawn(|| work::whole(&mut app.connect(), app.clock()).unwrap())).collect();
        let people = scope.spawn(|| {
            for id in ids.iter().step_by(40) {
                app.done(id, &json!({"command": "setRole", "role": "trainer"}));
            }
        });
        people.join().unwrap();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert!((390..=400).contains(&recorded), "{recorded}");
    for id in &ids {
        let due = app
            .audit_of(id)
            .iter()
            .filter(|row| {
                row["facts"]["expiryFellDue"] == true || row["facts"]["deactivationFellDue"] == true
            })
            .count();
        assert_eq!(due, 1, "{id}");
    }
    assert_eq!(app.work(), 0);
    let settled =
        texts(app.database_url(), "SELECT action AS t FROM audit_log WHERE actor = 'worker' GROUP BY action");
    assert_eq!(settled, ["account.settled"]);
}

/// What a worker records changes nothing of what is true, and every tenant is looked after.
#[test]
fn it_is_true_before_it_is_on_record() {
    let app = TestApp::start();
    let mut body = user("temp");
    body[ROLLCALL] = json!({"expiresAt": "2026-11-21T10:00:00Z", "startsAt": "2026-11-21T09:30:00Z"});
    let id = app.provision(&body);
    let other = app.issue_token("other", "identity-provider", Scope::Scim);
    let theirs = app.request("POST", "/scim/v2/Users", Some(&other), Some(&body));
    assert_eq!(theirs.status, 201);
    app.clock().advance(Duration::minutes(45));
    assert_eq!(app.account(&id)["status"], "activated");
    assert_eq!(app.work(), 2);
    app.clock().advance(Duration::hours(2));
    let before = app.account(&id);
    assert_eq!((&before["status"], &before["seat"]), (&json!("expired"), &json!(false)));
    assert_eq!(app.work(), 2);
    assert_eq!(app.account(&id), before);
    let facts: Vec<_> = app.audit_of(&id).iter().map(|row| row["facts"].clone()).collect();
    assert_eq!(
        facts,
        [
            json!({"seatTaken": true}),
            json!({"startFellDue": true}),
            json!({"expiryFellDue": true, "seatReleased": true})
        ]
    );
}

/// Plans and wrong passwords that count for nothing any more are dropped.
#[test]
fn what_is_of_no_use_any_more_is_dropped() {
    let app = TestApp::start();
    let id = app.person("babs");
    let plan = json!({"command": {"command": "lock"}, "accounts": [id]});
    assert_eq!(app.api("POST", "/plans", Some(&plan)).status, 201);
    let wrong = json!({"tenant": "demo", "userName": "babs", "password": "wrong"});
    assert_eq!(app.request("POST", "/api/v1/sessions", None, Some(&wrong)).status, 401);
    let left = || {
        texts(app.database_url(), "SELECT 'p' AS t FROM plans UNION ALL SELECT 'a' FROM sign_in_attempts")
            .len()
    };
    app.work();
    assert_eq!(left(), 2);
    app.clock().advance(Duration::days(8));
    app.work();
    assert_eq!(left(), 0);
    app.switched(Way::Api, &id, false);
    execute(app.database_url(), "SELECT 1");
}

/// However many tenants there are: a round asks once for all of them, and goes where something waits.
#[test]
fn a_tenant_in_which_nothing_waits_costs_no_statement() {
    let app = TestApp::start();
    let tokens: Vec<String> =
        (0..30).map(|n| app.issue_token(&format!("tenant-{n}"), "provider", Scope::Scim)).collect();
    let mut conn = app.connect();
    conn.batch_execute("SET ROLE rollcall_server").unwrap();
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&statements);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let mut round = || {
        let before = statements.load(Ordering::Relaxed);
        let recorded = work::once(&mut conn, app.clock());
        (recorded.ok(), statements.load(Ordering::Relaxed) - before)
    };
    // Tokens were made, which has to be sealed; what is not final yet is left to a later round.
    wait_until(|| round().1 < 8);
    let mut body = user("temp");
    body[ROLLCALL] = json!({"expiresAt": "2026-11-21T10:00:00Z"});
    assert_eq!(app.request("POST", "/scim/v2/Users", Some(&tokens[29]), Some(&body)).status, 201);
    app.clock().advance(Duration::hours(2));
    assert_eq!(round().0, Some(1));
    wait_until(|| round().1 < 8);
    let open = "SELECT t.name AS t FROM audit_log l JOIN tenants t ON t.id = l.tenant_id \
         WHERE NOT EXISTS (SELECT FROM audit_chain c WHERE c.tenant_id = l.tenant_id AND (c.through_transaction, c.through_seq) >= (l.transaction_id, l.seq))";
    assert_eq!(texts(app.database_url(), open), [""; 0], "all is sealed");
    // Where it cannot be said what waits, nobody waits for that.
    let mut body = user("another temp");
    body[ROLLCALL] = json!({"expiresAt": "2026-11-21T12:00:00Z"});
    assert_eq!(app.request("POST", "/scim/v2/Users", Some(&tokens[7]), Some(&body)).status, 201);
    app.clock().advance(Duration::hours(2));
    execute(app.database_url(), "ALTER FUNCTION waiting_work RENAME TO out_of_order");
    assert_eq!(round().0, None);
    execute(app.database_url(), "ALTER FUNCTION out_of_order RENAME TO waiting_work");
    assert_eq!(round().0, Some(0), "it is on record");
    let expired = "SELECT facts ->> 'expiryFellDue' AS t FROM audit_log WHERE action = 'account.settled'";
    assert_eq!(texts(app.database_url(), expired), ["true", "true"]);
}
