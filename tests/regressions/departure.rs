//! A person who is deleted leaves their groups, and whoever watches the groups is told.

use super::{group, members, tag};
use crate::support::{TestApp, expect, patch_op, scim_error, user};
use chrono::Duration;
use serde_json::json;

#[test]
fn a_group_whose_member_is_deleted_is_another_version_of_itself() {
    let app = TestApp::start();
    let (goes, stays) = (app.provision(&user("goes")), app.provision(&user("stays")));
    let both = json!({"displayName": "Guides", "members": [{"value": goes}, {"value": stays}]});
    let guides = group(&app, &both);
    let bystanders = group(&app, &json!({"displayName": "Others", "members": [{"value": stays}]}));
    let (before, unconcerned) = (app.read(&guides), tag(&app, &bystanders));
    let old = tag(&app, &guides);
    expect(app.scim_with("GET", &guides, &[("If-None-Match", &old)], None), 304);

    app.clock().advance(Duration::minutes(5));
    expect(app.scim("DELETE", &format!("/Users/{goes}"), None), 204);

    let fresh = expect(app.scim_with("GET", &guides, &[("If-None-Match", &old)], None), 200);
    let after = fresh.json().unwrap();
    assert_eq!(members(&app, &guides), [stays]);
    assert_ne!(fresh.header("ETag"), Some(old.as_str()));
    assert_ne!(after["meta"]["version"], before["meta"]["version"]);
    assert_eq!(after["meta"]["lastModified"], "2026-11-21T09:05:00Z");
    assert_eq!(after["meta"]["created"], before["meta"]["created"]);
    let rename = patch_op(json!([{"op": "replace", "path": "displayName", "value": "Tour Guides"}]));
    let stale = app.scim_with("PATCH", &guides, &[("If-Match", &old)], Some(&rename));
    assert_eq!(scim_error(&stale, 412, None), Vec::<String>::new());
    assert_eq!(app.read(&guides)["displayName"], "Guides");
    assert_eq!(tag(&app, &bystanders), unconcerned, "a group they were not in is as it was");

    let rows = app.audit_of(guides.trim_start_matches("/Groups/"));
    let last = rows.last().unwrap();
    assert_eq!(last["action"], "group.updated");
    assert_eq!(last["attributes"], json!(["members"]));
    assert_eq!(last["facts"], json!({"membersRemoved": [goes]}));
    assert_eq!(rows.len(), 2, "{rows:#?}");
}

#[test]
fn the_audit_log_names_those_who_came_and_those_who_went() {
    let app = TestApp::start();
    let (a, b) = (app.provision(&user("a")), app.provision(&user("b")));
    let guides = group(&app, &json!({"displayName": "Guides", "members": [{"value": a}]}));
    let add = patch_op(json!([{"op": "add", "path": "members", "value": [{"value": a}, {"value": b}]}]));
    expect(app.scim("PATCH", &guides, Some(&add)), 200);
    let put = json!({"displayName": "Guides", "members": [{"value": b}]});
    expect(app.scim("PUT", &guides, Some(&put)), 200);
    let rows = app.audit_of(guides.trim_start_matches("/Groups/"));
    let told: Vec<_> =
        rows.iter().map(|row| (row["action"].as_str().unwrap(), row["facts"].clone())).collect();
    assert_eq!(
        told,
        [
            ("group.created", json!({"membersAdded": [a]})),
            ("group.updated", json!({"membersAdded": [b]})),
            ("group.updated", json!({"membersRemoved": [a]})),
        ]
    );
}
