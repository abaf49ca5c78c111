//! Versions of people and groups when something changes above or below them.

use super::nested_groups::{adding, group, groups, members, tag};
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

/// R168: the tag of a person tells of every change of what is shown of their groups, at any level, and of nothing else; a
/// group's only of its own members.
#[test]
fn tags_at_three_levels() {
    let app = TestApp::start();
    let (a, b) = (app.provision(&user("anna")), app.provision(&user("bert")));
    let low = group(&app, "Low", &[&a]);
    let middle = group(&app, "Middle", &[&low]);
    let high = group(&app, "High", &[&middle]);
    let outside = group(&app, "Outside", &[]);
    let path = |id: &str| format!("/Groups/{id}");
    let user_path = format!("/Users/{a}");
    let rename = |name: &str| patch_op(json!([{"op": "replace", "path": "displayName", "value": name}]));
    let remove =
        |id: &str| patch_op(json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}]));
    let steps: Vec<(&str, &str, Value, bool)> = vec![
        ("a rename at the top", &high, rename("Higher"), true),
        ("a rename in between", &middle, rename("Between"), true),
        ("the top goes into another group", &outside, adding(&high), true),
        ("somebody else comes in", &low, adding(&b), false),
        ("and leaves", &low, remove(&b), false),
        ("the top loses the middle", &high, remove(&middle), true),
        ("a rename of what they are in no more", &high, rename("High"), false),
        ("the top has the middle again", &high, adding(&middle), true),
    ];
    let mut failures = Failures::default();
    for (case, id, patch, changes) in steps {
        let state = || (tag(&app, &user_path), app.read(&user_path)["groups"].clone());
        let others: Vec<&String> =
            [&low, &middle, &high, &outside].into_iter().filter(|g| *g != id).collect();
        let tags = || others.iter().map(|g| tag(&app, &path(g))).collect::<Vec<_>>();
        let (before, of_others) = (state(), tags());
        expect(app.scim("PATCH", &path(id), Some(&patch)), 200);
        let after = state();
        failures.check(case, (before.0 != after.0) == changes && (before.1 != after.1) == changes, || {
            format!("{before:?} became {after:?}")
        });
        failures.check(case, tags() == of_others, || "another group's version rose".to_owned());
        let fresh = app.scim_with("GET", &user_path, &[("If-None-Match", &before.0)], None);
        failures.check(case, fresh.status == if changes { 200 } else { 304 }, || format!("{}", fresh.status));
    }
    failures.none();
    assert_eq!(app.read(&user_path)["meta"]["version"], json!(tag(&app, &user_path)));
}

/// R067, R168: whoever contains a group that is deleted loses a member, and is told so.
#[test]
fn the_middle_of_a_chain_is_deleted() {
    let app = TestApp::start();
    let a = app.provision(&user("anna"));
    let low = group(&app, "Low", &[&a]);
    let middle = group(&app, "Middle", &[&low]);
    let (first, second) = (group(&app, "First", &[&middle, &a]), group(&app, "Second", &[&middle]));
    let roof = group(&app, "Roof", &[&first]);
    let path = |id: &str| format!("/Groups/{id}");
    let tags = || [&first, &second, &low, &roof].map(|id| tag(&app, &path(id)));
    let (before, of_user) = (tags(), tag(&app, &format!("/Users/{a}")));
    app.clock().advance(chrono::Duration::minutes(5));
    let stale = app.scim_with("DELETE", &path(&middle), &[("If-Match", "W/\"99\"")], None);
    assert_eq!(scim_error(&stale, 412, None), Vec::<String>::new());
    assert_eq!(tags(), before);
    expect(app.scim("DELETE", &path(&middle), None), 204);
    let after = tags();
    let changed: Vec<bool> = (0..4).map(|n| before[n] != after[n]).collect();
    assert_eq!(changed, [true, true, false, false], "those that had it, and no others");
    assert_eq!(members(&app, &first), ["User anna"]);
    assert_eq!(members(&app, &second), Vec::<String>::new());
    assert_eq!(groups(&app, &a), ["direct First", "direct Low", "indirect Roof"]);
    assert_ne!(tag(&app, &format!("/Users/{a}")), of_user);
    for parent in [&first, &second] {
        let rows = app.audit_of(parent);
        let last = rows.last().unwrap();
        assert_eq!((&last["action"], &last["attributes"]), (&json!("group.updated"), &json!(["members"])));
        assert_eq!(last["facts"], json!({"membersRemoved": [middle]}));
        assert_eq!(app.read(&path(parent))["meta"]["lastModified"], "2026-11-21T09:05:00Z");
    }
    assert_eq!(app.actions_of(&middle), ["group.created", "group.deleted"]);
}
