//! How many there are, which a page by index says: of thousands it is reckoned from what has changed, and is as true as if it were counted.

use crate::security::guard::{act, quarantine};
use crate::support::app::request_to;
use crate::support::cluster::{execute, texts};
use crate::support::{TestApp, expect, user};
use rollcall::store::StoreError;
use serde_json::{Value, json};

const MANY: usize = 2_000;

fn id(n: usize) -> String {
    format!("01900000-0000-7000-8000-{n:012x}")
}

/// Thousands of people and groups, written by hand.
fn seed(app: &TestApp) {
    let source = "(SELECT * FROM connections WHERE name = 'identity-provider') c";
    let id = "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
    let people = format!(
        "INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, resource, created_at, updated_at) \
         SELECT c.tenant_id, {id}, c.id, 'seeded' || n, jsonb_build_object('userName', 'seeded' || n), now(), now() \
         FROM {source}, generate_series(1, {MANY}) n"
    );
    execute(app.database_url(), &people);
    let groups = format!(
        "INSERT INTO groups (tenant_id, id, connection_id, display_name, display_name_key, resource, created_at, updated_at) \
         SELECT c.tenant_id, {id}, c.id, 'seeded' || n, 'seeded' || n, jsonb_build_object('displayName', 'seeded' || n), now(), now() \
         FROM {source}, generate_series(1, {MANY}) n"
    );
    execute(app.database_url(), &groups);
}

/// Users and groups, as they are counted.
fn counted(app: &TestApp) -> [Value; 2] {
    ["accounts WHERE deleted_at IS NULL", "groups"].map(|from| {
        let counted = texts(app.database_url(), &format!("SELECT count(*)::text AS t FROM {from}"));
        json!(counted[0].parse::<u64>().unwrap())
    })
}

/// The same, as both servers say it.
#[track_caller]
fn both_say(app: &TestApp, other: std::net::SocketAddr, expected: &[Value; 2], when: &str) {
    for (path, total) in ["/Users?count=1", "/Groups?count=1"].iter().zip(expected) {
        assert_eq!(&app.read(path)["totalResults"], total, "{when}: {path}");
        let there = request_to(other, "GET", &format!("/scim/v2{path}"), Some(app.scim_token()), None);
        assert_eq!(&there.json().unwrap()["totalResults"], total, "{when}: {path}, another server");
    }
}

#[test]
fn a_total_is_true_whatever_has_come_and_gone_since_it_was_counted() {
    let app = TestApp::start();
    let other = app.another_server();
    seed(&app);
    let true_after = |what: &str| both_say(&app, other, &counted(&app), what);
    true_after("at first");

    let made = app.provision(&user("made"));
    true_after("somebody was made");
    let group =
        expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "made"}))), 201).json().unwrap();
    true_after("a group was made");
    expect(app.scim("POST", "/Users", Some(&user("MADE"))), 409);
    expect(app.scim("DELETE", &format!("/Groups/{}", group["id"].as_str().unwrap()), None), 204);
    true_after("a group was deleted");
    app.done(&made, &json!({"command": "deactivate"}));
    expect(app.scim("DELETE", &format!("/Users/{made}"), None), 204);
    true_after("somebody was deleted");
    expect(app.command(&made, &json!({"command": "erase", "confirm": made})), 200);
    true_after("what was left of them was erased");
    let erased = app.provision(&user("erased"));
    expect(app.command(&erased, &json!({"command": "erase", "confirm": "erased"})), 200);
    true_after("somebody was erased who was there");

    let operations: Vec<Value> = (0..30)
        .map(|n| json!({"method": "POST", "path": "/Users", "bulkId": format!("b{n}"), "data": user(&format!("bulk{n}"))}))
        .collect();
    let bulk =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    expect(app.scim("POST", "/Bulk", Some(&bulk)), 200);
    true_after("thirty were made in a bulk");

    let gone = (1..100)
        .take_while(|n| app.scim("DELETE", &format!("/Users/{}", id(*n)), None).status == 204)
        .count();
    assert!(gone > 20, "{gone}");
    true_after("a source deleted many");
    expect(act(&app, &quarantine(&app), "restore", &json!({})), 200);
    true_after("they were restored");
}

#[test]
fn who_is_being_made_while_others_are_counted_is_counted_when_they_are_there() {
    let app = TestApp::start();
    let other = app.another_server();
    seed(&app);
    let before = counted(&app);
    let mut conn = app.connect();
    conn.in_transaction(|conn| {
        use diesel::connection::SimpleConnection;
        conn.batch_execute(
            "INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, resource, created_at, updated_at) \
               SELECT tenant_id, gen_random_uuid(), id, 'slow', jsonb_build_object('userName', 'slow'), now(), now() \
               FROM connections WHERE name = 'identity-provider'; \
             INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, request_id) \
               SELECT tenant_id, now(), 'worker', 'account.created', id, gen_random_uuid() FROM accounts WHERE user_name_key = 'slow'",
        )?;
        both_say(&app, other, &before, "it is not there yet");
        app.provision(&user("quick"));
        both_say(&app, other, &counted(&app), "another one is");
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let [users, _] = counted(&app);
    assert_eq!(users, json!(MANY + 2));
    both_say(&app, other, &counted(&app), "now it is");
}

/// What has no audit row is not seen at once: so it is known that the other tests are about what is reckoned.
#[test]
fn what_is_written_past_the_server_is_counted_later() {
    let app = TestApp::start();
    let other = app.another_server();
    seed(&app);
    let before = counted(&app);
    both_say(&app, other, &before, "at first");
    execute(app.database_url(), "DELETE FROM groups WHERE display_name = 'seeded7'");
    both_say(&app, other, &before, "a row was taken away by hand");
}

/// A transaction that somebody forgot keeps all changes since in sight: they are not gone through each time, and the total is true.
#[test]
fn what_somebody_left_open_neither_falsifies_a_total_nor_has_the_audit_log_read() {
    let app = TestApp::start();
    let other = app.another_server();
    seed(&app);
    let mut forgotten = app.connect();
    forgotten
        .in_transaction(|conn| {
            use diesel::connection::SimpleConnection;
            conn.batch_execute("SELECT pg_current_xact_id()")?;
            both_say(&app, other, &counted(&app), "at first");
            let many = "INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, request_id) \
                 SELECT tenant_id, now(), 'worker', 'account.updated', id, gen_random_uuid() FROM accounts LIMIT 1500";
            execute(app.database_url(), many);
            app.provision(&user("made"));
            both_say(&app, other, &counted(&app), "after many changes");
            let [people, _] = counted(&app);
            let row = "INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, resource, created_at, updated_at) \
                 SELECT tenant_id, gen_random_uuid(), id, 'by hand', '{\"userName\": \"by hand\"}', now(), now() \
                 FROM connections WHERE name = 'identity-provider'";
            execute(app.database_url(), row);
            assert_eq!(counted(&app)[0], json!(people.as_i64().unwrap() + 1));
            both_say(&app, other, &counted(&app), "so much has changed that it is counted");
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

/// A row ahead of all transactions, which only who owns the database can write, makes nobody.
#[test]
fn a_row_of_the_audit_log_ahead_of_its_time_is_nobody() {
    let app = TestApp::start();
    let other = app.another_server();
    seed(&app);
    both_say(&app, other, &counted(&app), "at first");
    let ahead = "INSERT INTO audit_log (tenant_id, transaction_id, at, actor, action, resource_id, request_id) \
         SELECT tenant_id, 4000000000000, now(), 'worker', 'account.created', id, gen_random_uuid() FROM accounts LIMIT 5";
    execute(app.database_url(), ahead);
    both_say(&app, other, &counted(&app), "there are rows ahead");
    both_say(&app, other, &counted(&app), "and still");
}
