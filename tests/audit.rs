//! The audit log: nothing is changed without a row, and no row is changed afterwards without being found.
#![allow(clippy::print_stderr, reason = "figures are printed")]

mod chain;
mod export;
mod one_to_one;
mod owner;
mod writers;

use crate::support::{TestApp, expect, patch_op, user};
use rollcall::app::chain::{self as product, Findings};
use rollcall::app::tenants;
use rollcall::store::TenantConnection;
use rollcall::store::audit::Position;
use rollcall::store::audit_chain::{self, Span};
use rollcall_domain::ids::TenantId;
use serde_json::json;
use std::time::{Duration, Instant};

fn tenant(conn: &mut TenantConnection) -> TenantId {
    let tenant = tenants::by_name(conn, "demo").unwrap().id;
    conn.enter(tenant).unwrap();
    tenant
}

/// Seals everything there is at once. Transactions of other tests on the same cluster keep rows from being final, for a while.
pub(crate) fn seal_everything(app: &TestApp) -> usize {
    let mut conn = app.connect();
    let tenant = tenant(&mut conn);
    let begun = Instant::now();
    loop {
        let head = product::head(&mut conn, tenant).unwrap();
        let after = Span::final_after(head.through.unwrap_or(Position::FIRST));
        let are_final = audit_chain::rows(&mut conn, tenant, after, i64::MAX).unwrap().len();
        if i64::try_from(are_final).unwrap() == head.not_sealed {
            return product::seal(&mut conn, tenant, app.clock()).unwrap();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing becomes final");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn verified(conn: &mut TenantConnection) -> Findings {
    let tenant = tenant(conn);
    product::verify(conn, tenant, None).unwrap()
}

/// A server with a history in three links.
fn with_a_history() -> TestApp {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    seal_everything(&app);
    for title in ["a", "b", "c", "d"] {
        let patch = patch_op(json!([{"op": "replace", "path": "title", "value": title}]));
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch)), 200);
    }
    seal_everything(&app);
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&off)), 200);
    expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "Guides"}))), 201);
    seal_everything(&app);
    app
}
