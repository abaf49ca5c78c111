//! A group that is too large to be answered with.

use crate::support::{TestApp, cluster, expect, patch_op, user};
use serde_json::json;

/// A group with 99 members, and its address.
fn group_of_99(app: &TestApp) -> String {
    let created = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "Everybody"}))), 201);
    let id = created.json().unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/Groups/{id}");
    let sql = format!(
        "WITH made AS (INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, resource, created_at, updated_at) \
           SELECT c.tenant_id, gen_random_uuid(), c.id, 'bulk' || n, jsonb_build_object('userName', 'bulk' || n), now(), now() \
           FROM (SELECT * FROM connections WHERE name = 'identity-provider') c, generate_series(1, 99) n \
           RETURNING tenant_id, id) \
         INSERT INTO group_members (tenant_id, group_id, member_id) SELECT tenant_id, '{id}', id FROM made"
    );
    cluster::execute(app.database_url(), &sql);
    path
}

/// R134: a large group is not answered with its members.
#[test]
fn above_a_hundred_members_a_patch_is_answered_without_a_body() {
    let app = TestApp::start();
    let extra = app.provision(&user("extra"));
    let last = app.provision(&user("last"));
    let path = group_of_99(&app);
    let add = |who: &str| {
        let body = patch_op(json!([{"op": "add", "path": "members", "value": [{"value": who}]}]));
        app.scim("PATCH", &path, Some(&body))
    };
    let hundred = expect(add(&extra), 200).json().unwrap();
    assert_eq!(hundred["members"].as_array().unwrap().len(), 100);
    let answer = expect(add(&last), 204);
    assert!(answer.body.is_empty());
    let read = expect(app.scim("GET", &path, None), 200);
    assert_eq!(read.json().unwrap()["members"].as_array().unwrap().len(), 101);
    assert_eq!(answer.header("ETag"), read.header("ETag"));
    // Who asks for less of it is answered.
    let rename = patch_op(json!([{"op": "replace", "path": "displayName", "value": "All"}]));
    let less = app.scim("PATCH", &format!("{path}?excludedAttributes=members"), Some(&rename));
    assert_eq!(expect(less, 200).json().unwrap()["displayName"], "All");
    let asked = app.scim("PATCH", &format!("{path}?attributes=displayName"), Some(&rename));
    assert_eq!(expect(asked, 200).json().unwrap()["displayName"], "All");
    assert!(app.read("/Groups?excludedAttributes=members")["Resources"][0].get("members").is_none());
}

/// R133: a request that names attributes is answered 200 with them.
#[test]
fn who_names_members_gets_them_however_many() {
    let app = TestApp::start();
    let path = group_of_99(&app);
    let two: Vec<_> =
        ["extra", "last"].iter().map(|name| json!({"value": app.provision(&user(name))})).collect();
    // RFC 7644 §3.5.2: with `attributes` in the query the server must answer 200 and those attributes.
    let add = patch_op(json!([{"op": "add", "path": "members", "value": two}]));
    let answer = expect(app.scim("PATCH", &format!("{path}?attributes=members"), Some(&add)), 200);
    assert_eq!(answer.json().unwrap()["members"].as_array().unwrap().len(), 101);
}
