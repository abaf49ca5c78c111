//! Members by reference, members that are none, and members who never left.

use super::{group, members, refused_naming, tag};
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::json;

#[test]
fn a_member_may_be_named_by_its_address() {
    let app = TestApp::start();
    let (a, b) = (app.provision(&user("a")), app.provision(&user("b")));
    let by_address = |id: &str| json!([{"$ref": format!("{}/Users/{id}", app.scim_base())}]);
    let guides = group(&app, &json!({"displayName": "Guides", "members": by_address(&a)}));
    assert_eq!(members(&app, &guides), [a.as_str()]);
    let put = json!({"displayName": "Guides", "members": by_address(&b)});
    expect(app.scim("PUT", &guides, Some(&put)), 200);
    assert_eq!(members(&app, &guides), [b.as_str()]);
    let groups = app.read(&format!("/Users/{b}"))["groups"].clone();
    assert_eq!(groups[0]["display"], "Guides", "{groups}");
}

#[test]
fn a_member_without_an_id_is_refused_and_the_others_stay() {
    let app = TestApp::start();
    let (a, b) = (app.provision(&user("a")), app.provision(&user("b")));
    let guides = group(&app, &json!({"displayName": "Guides", "members": [{"value": a}]}));
    let (before, version) = (members(&app, &guides), tag(&app, &guides));
    let mut failures = Failures::default();
    for list in [
        json!([{"display": "x"}]),
        json!([{"value": ""}]),
        json!([{"value": " "}]),
        json!([null]),
        json!([{"value": b}, {"display": "x"}]),
        json!([{"value": b}, null]),
    ] {
        let body = json!({"displayName": "Guides", "members": list});
        let new = json!({"displayName": "New", "members": list});
        for (method, path, body) in [
            ("PUT", guides.as_str(), body),
            ("POST", "/Groups", new),
            ("PATCH", &guides, patch_op(json!([{"op": "replace", "path": "members", "value": list}]))),
        ] {
            let answer = app.scim(method, path, Some(&body));
            failures.add(&format!("{method} {body}"), refused_naming(&answer, "invalidValue", "member"));
        }
    }
    failures.none();
    assert_eq!((members(&app, &guides), tag(&app, &guides)), (before, version));
    assert_eq!(app.read("/Groups")["totalResults"], 1);
}

#[test]
fn a_path_that_names_one_member_does_not_take_another() {
    let app = TestApp::start();
    let (b, c) = (app.provision(&user("b")), app.provision(&user("c")));
    let guides = group(&app, &json!({"displayName": "Guides", "members": [{"value": c}]}));
    let version = tag(&app, &guides);
    let mut failures = Failures::default();
    for op in ["replace", "add"] {
        for value in [json!({"value": b}), json!([{"value": b}])] {
            let path = format!("members[value eq \"{c}\"]");
            let patch = patch_op(json!([{"op": op, "path": path, "value": value}]));
            let answer = app.scim("PATCH", &guides, Some(&patch));
            failures.add(&patch.to_string(), scim_error(&answer, 400, Some("noTarget")));
        }
    }
    failures.none();
    assert_eq!((members(&app, &guides), tag(&app, &guides)), (vec![c], version));
}

#[test]
fn who_is_taken_out_and_put_back_in_one_request_has_never_left() {
    let app = TestApp::start();
    let id = app.provision(&user("stays"));
    let guides = group(&app, &json!({"displayName": "Guides", "members": [{"value": id}]}));
    let before = (app.read(&guides), tag(&app, &guides), tag(&app, &format!("/Users/{id}")));
    let rows = app.audit_of(guides.trim_start_matches("/Groups/"));
    app.clock().advance(chrono::Duration::minutes(1));
    for emptied in
        [json!({"op": "replace", "path": "members", "value": []}), json!({"op": "remove", "path": "members"})]
    {
        let again = json!({"op": "add", "path": "members", "value": [{"value": id}]});
        expect(app.scim("PATCH", &guides, Some(&patch_op(json!([emptied, again])))), 200);
        assert_eq!(
            (app.read(&guides), tag(&app, &guides), tag(&app, &format!("/Users/{id}"))),
            before,
            "{emptied}"
        );
        assert_eq!(app.audit_of(guides.trim_start_matches("/Groups/")), rows, "{emptied}");
    }
}

/// Somebody who comes and goes several times in one request is there in the end or not, and only that counts.
#[test]
fn an_odd_number_of_changes_of_one_member_is_a_change() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let group = json!({"displayName": "Guides"});
    let made = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap();
    let path = format!("/Groups/{}", made["id"].as_str().unwrap());
    let add = json!({"op": "add", "path": "members", "value": [{"value": id}]});
    let remove = json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")});
    let rows = || {
        let audit = app.api("GET", &format!("/audit?resourceId={}", made["id"].as_str().unwrap()), None);
        audit.json().unwrap()["entries"].as_array().unwrap().len()
    };
    let mut version = made["meta"]["version"].clone();
    for (operations, members, changes) in [
        (json!([add, remove, add]), 1, true),
        (json!([remove, add]), 1, false),
        (json!([remove, add, remove]), 0, true),
        (json!([add, remove]), 0, false),
    ] {
        let before = rows();
        let after =
            expect(app.scim("PATCH", &path, Some(&patch_op(operations.clone()))), 200).json().unwrap();
        assert_eq!(after["members"].as_array().unwrap().len(), members, "{operations}");
        assert_eq!(after["meta"]["version"] != version, changes, "{operations}");
        assert_eq!(rows() - before, usize::from(changes), "{operations}");
        version = after["meta"]["version"].clone();
    }
}
