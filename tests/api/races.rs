//! Signing in and being switched off at the same moment, ten thousand times.

use super::PASSWORD;
use crate::support::{TestApp, user};
use chrono::Duration;
use diesel::connection::SimpleConnection;
use rollcall::app::audit::By;
use rollcall::store::TenantConnection;
use rollcall::store::sessions::{self, NewSession};
use rollcall_domain::ids::{AccountId, TenantId};
use serde_json::json;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

const ROUNDS: usize = 10_000;

/// The session begins after the password was proved: that is where it meets the deactivation, and what is left out here is the
/// hashing, which nothing waits for. A session that began is dead once the deactivation is through; none begins after it.
#[test]
fn of_ten_thousand_sign_ins_beside_a_deactivation_no_session_lives() {
    let app = TestApp::start();
    let id = app.provision(&user("racer"));
    app.learner_with_password(&id, "racer", PASSWORD);
    let tenant = TenantId(texts_uuid(&app, "SELECT id::text AS t FROM tenants WHERE name = 'demo'"));
    let account = AccountId(id.parse().unwrap());
    let (start, end) = (Barrier::new(2), Barrier::new(2));
    let began = AtomicUsize::new(0);
    let now = app.clock().now();
    let entry = By::operator(now).entry("account.signed_in", Vec::new(), json!({}));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut conn = connected(&app, tenant);
            for round in 0..ROUNDS {
                let seen = sessions::candidate(&mut conn, tenant, "racer", now).unwrap().unwrap();
                let epoch = epoch(&mut conn, tenant, account);
                start.wait();
                // Before, into and after the deactivation, which takes two round trips.
                for _ in 0..(round % 10) * 8_000 {
                    std::hint::spin_loop();
                }
                let session = Uuid::from_u128(round as u128 + 1);
                let new = NewSession {
                    id: session,
                    account,
                    digest: &[7; 32],
                    epoch,
                    version: seen.version,
                    expires_at: now + Duration::hours(1),
                };
                let is_begun = sessions::begin(&mut conn, tenant, &new, &entry).unwrap();
                began.fetch_add(usize::from(is_begun), Ordering::Relaxed);
                end.wait();
                // The deactivation is through: whatever began is dead.
                let live = sessions::live(&mut conn, tenant, session, now).unwrap();
                assert!(live.is_none(), "round {round}");
                start.wait();
                end.wait();
            }
        });
        let mut conn = connected(&app, tenant);
        for _ in 0..ROUNDS {
            start.wait();
            switch(&mut conn, tenant, account, false, now);
            end.wait();
            start.wait();
            switch(&mut conn, tenant, account, true, now);
            end.wait();
        }
    });
    let began = began.into_inner();
    assert!(began > 100 && began < ROUNDS - 100, "the race was never one: {began} of {ROUNDS} began");
}

fn connected(app: &TestApp, tenant: TenantId) -> TenantConnection {
    let mut conn = app.connect();
    conn.enter(tenant).unwrap();
    // Who sees what when is the same, and the disk need not keep up with it.
    conn.batch_execute("SET synchronous_commit = off").unwrap();
    conn
}

fn texts_uuid(app: &TestApp, sql: &str) -> Uuid {
    crate::support::cluster::texts(app.database_url(), sql)[0].parse().unwrap()
}

fn epoch(conn: &mut TenantConnection, tenant: TenantId, account: AccountId) -> i64 {
    rollcall::store::accounts::find(conn, tenant, account, "").unwrap().unwrap().account.session_epoch
}

/// An administrator's command, as the API gives it.
fn switch(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
    active: bool,
    now: chrono::DateTime<chrono::Utc>,
) {
    use rollcall::app::{Call, Rules, commands};
    let rules = Rules::standard().unwrap();
    let call = Call {
        tenant,
        connection: rollcall_domain::ids::ConnectionId(Uuid::nil()),
        actor: rollcall_domain::ids::Actor::Operator,
        acting: rollcall_domain::account::Acting::System,
        now,
        request_id: Uuid::nil(),
        base: String::new(),
        sync: None,
    };
    let order = json!({"command": if active { "reactivate" } else { "deactivate" }});
    let order = serde_json::from_value(order).unwrap();
    commands::run(conn, &rules, &call, account, &order).unwrap();
}
