//! What the operator does stands in the audit log of the tenant.

use crate::support::TestApp;
use chrono::Duration;
use rollcall::app::tokens::Scope;
use rollcall::app::{tenants, tokens};
use serde_json::json;

#[test]
fn tenants_and_tokens_do_not_come_and_go_unseen() {
    let app = TestApp::start();
    let mut conn = app.connect();
    let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
    let rows = app.audit_of(&tenant.to_string());
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!((&rows[0]["action"], &rows[0]["actor"]), (&json!("tenant.created"), &json!("operator")));
    assert_eq!(rows[0]["facts"], json!({"name": "demo"}));

    let (token, id) = app.issue("demo", "hr-system", Scope::Scim, None);
    app.clock().advance(Duration::minutes(1));
    tokens::revoke(&mut conn, tenant, id, app.clock().now()).unwrap();
    let rows = app.audit_of(&id.to_string());
    let told: Vec<_> = rows.iter().map(|row| (&row["action"], &row["actor"], &row["at"])).collect();
    let operator = json!("operator");
    assert_eq!(
        told,
        [
            (&json!("token.issued"), &operator, &json!("2026-11-21T09:00:00Z")),
            (&json!("token.revoked"), &operator, &json!("2026-11-21T09:01:00Z")),
        ]
    );
    assert_eq!(rows[0]["facts"]["scope"], "scim");
    assert!(!json!(rows).to_string().contains(&token), "the token itself is not told");

    // Another tenant's is seen there only.
    app.issue_token("neighbour", "idp", Scope::Scim);
    let neighbour = tenants::by_name(&mut conn, "neighbour").unwrap().id;
    assert_eq!(app.audit_of(&neighbour.to_string()), Vec::<serde_json::Value>::new());
}
