//! Bulks that take a while: others have their turn, a token that is revoked stops them, and what was done stays.

use super::*;
use crate::support::cluster::{cluster, execute};
use crate::support::{patch_op, scim_error, user};
use rollcall::app::tenants;
use rollcall::app::tokens::{self, Scope};
use rollcall::store::TenantConnection;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// R155: while more bulks run than there are connections, single requests are answered.
#[test]
fn others_are_answered_in_the_meantime() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let running = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let bulks: Vec<_> = (0..5)
            .map(|b| {
                let app = &app;
                scope.spawn(move || {
                    let operations = (0..100).map(|n| post_user(&n.to_string(), &format!("user{b}.{n}")));
                    bulk(app, operations.collect())
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let mut answered = 0;
            while running.load(Ordering::Relaxed) {
                expect(app.scim("GET", &format!("/Users/{id}"), None), 200);
                answered += 1;
            }
            answered
        });
        for bulk in bulks {
            let done = bulk.join().unwrap();
            assert!(done.iter().all(|entry| entry["status"] == "201"), "{done:?}");
        }
        running.store(false, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    assert_eq!(count(&app, "user"), 500);
}

/// A connection that holds the account as long as it lives, so that a change of it runs into the lock's time limit.
fn holding(app: &TestApp, id: &str) -> TenantConnection {
    let mut conn = app.connect();
    let hold = format!("BEGIN; SELECT 1 FROM accounts WHERE id = '{id}' FOR UPDATE");
    diesel::connection::SimpleConnection::batch_execute(&mut *conn, &hold).unwrap();
    conn
}

/// A bulk that makes somebody, waits for the account that is held, and would make somebody else.
fn before_and_after(id: &str) -> Value {
    let patch = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    json!({"Operations": [
        post_user("1", "before"),
        {"method": "PATCH", "path": format!("/Users/{id}"), "data": patch},
        post_user("2", "after"),
    ]})
}

/// R155: an operation that the database cannot do now is 503 and can be sent again; the others are done.
#[test]
fn a_resource_that_is_held_holds_up_nothing_else() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let held = holding(&app, &id);
    let done = entries(app.scim("POST", "/Bulk", Some(&before_and_after(&id))));
    assert_eq!(statuses(&done), ["201", "503", "201"]);
    drop(held);
    assert_eq!(count(&app, "after"), 1);
}

/// R154, R155: when the database goes away in the middle, the answer still tells what was done and what was not.
#[test]
fn what_was_not_done_when_the_database_goes_away() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let _held = holding(&app, &id);
    let database = app.database_url().split("@/").nth(1).unwrap().split('?').next().unwrap().to_owned();
    let administration = cluster().url("postgres");
    let allow = |yes: bool| {
        execute(&administration, &format!("ALTER DATABASE {database} WITH ALLOW_CONNECTIONS {yes}"))
    };
    let done = std::thread::scope(|scope| {
        let running = scope.spawn(|| bulk(&app, before_and_after(&id)["Operations"].clone()));
        while count(&app, "before") == 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
        allow(false);
        // The server's connections, and not the one that holds the account: it would let the operation through.
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rollcall' AND datname =";
        execute(&administration, &format!("{end} '{database}'"));
        running.join().unwrap()
    });
    assert_eq!(statuses(&done), ["201", "503", "503"]);
    assert!(detail(&done[2]).contains("try again"), "{}", done[2]);
    allow(true);
    while app.scim("GET", "/Users?count=0", None).status != 200 {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!((count(&app, "before"), count(&app, "after")), (1, 0));
}

/// R155: a token that is revoked in the middle stops the bulk; what was done before stays.
#[test]
fn a_revoked_token_stops_a_running_bulk() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let (token, token_id) = app.issue("demo", "identity-provider", Scope::Scim, None);
    let _held = holding(&app, &id);
    let answer = std::thread::scope(|scope| {
        let running =
            scope.spawn(|| app.request("POST", "/scim/v2/Bulk", Some(&token), Some(&before_and_after(&id))));
        while count(&app, "before") == 0 {
            assert!(!running.is_finished(), "the bulk ended before it could be stopped");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut conn = app.connect();
        let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
        tokens::revoke(&mut conn, tenant, token_id, app.clock().now()).unwrap();
        running.join().unwrap()
    });
    assert_eq!(scim_error(&answer, 401, None), Vec::<String>::new());
    assert_eq!((count(&app, "before"), count(&app, "after")), (1, 0));
}

/// R155: what was done for a client that went away stays done.
#[test]
fn a_client_that_goes_away_has_what_was_done() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let _held = holding(&app, &id);
    let body = before_and_after(&id).to_string();
    let head = format!(
        "POST /scim/v2/Bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        app.scim_token(),
        body.len()
    );
    let mut stream = TcpStream::connect(app.address()).unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    while count(&app, "before") == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(stream);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(count(&app, "before"), 1);
}
