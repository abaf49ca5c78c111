//! Members under other names, members of nobody, and lists that would have emptied a group.

use super::{group, members, tag};
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

#[test]
fn members_are_found_wherever_a_client_puts_them() {
    let app = TestApp::start();
    let (a, b) = (app.provision(&user("a")), app.provision(&user("b")));
    let list = json!([{"value": b}]);
    let of_members = json!({"members": list});
    for operation in [
        json!({"op": "replace", "path": "", "value": of_members}),
        json!({"op": "replace", "path": "  ", "value": of_members}),
        json!({"op": "replace", "path": GROUP, "value": of_members}),
        json!({"op": "replace", "value": {GROUP: of_members}}),
        json!({"op": "replace", "value": {"members.value": b}}),
    ] {
        let guides =
            group(&app, &json!({"displayName": format!("Guides {operation}"), "members": [{"value": a}]}));
        expect(app.scim("PATCH", &guides, Some(&patch_op(json!([operation])))), 200);
        assert_eq!(members(&app, &guides), [b.as_str()], "{operation}");
    }
    for (n, wrapped) in
        [json!({GROUP: of_members}), json!({(format!("{GROUP}:members")): list}), json!({"members.value": b})]
            .into_iter()
            .enumerate()
    {
        let mut body = wrapped.clone();
        body["displayName"] = json!(format!("Whole {n}"));
        let made = group(&app, &body);
        assert_eq!(members(&app, &made), [b.as_str()], "POST {body}");
        expect(
            app.scim(
                "PUT",
                &made,
                Some(&json!({"displayName": format!("Whole {n}"), "members": [{"value": a}]})),
            ),
            200,
        );
        expect(app.scim("PUT", &made, Some(&body)), 200);
        assert_eq!(members(&app, &made), [b.as_str()], "PUT {body}");
    }
}

/// R142: by the letter, a filter that matches no member is an error, and nobody comes in by it.
#[test]
fn a_filter_that_matches_no_member_adds_nobody_by_the_letter() {
    let app = TestApp::start();
    let (a, b) = (app.provision(&user("a")), app.provision(&user("b")));
    let guides = group(&app, &json!({"displayName": "Guides", "members": [{"value": a}]}));
    let path = format!("/scim/v2{guides}");
    for settings in [json!({"unmatched_filter": "no_target"}), json!({"dialect": "strict"})] {
        let token = app.token_with(&settings.to_string().replace(['"', '{', '}', ':', '_'], ""), &settings);
        let send = |id: &str| {
            let member = json!({"op": "replace", "path": format!("members[value eq \"{id}\"]"), "value": {"value": id}});
            app.request("PATCH", &path, Some(&token), Some(&patch_op(json!([member]))))
        };
        assert_eq!(scim_error(&send(&b), 400, Some("noTarget")), Vec::<String>::new(), "{settings}");
        expect(send(&a), 200);
    }
    assert_eq!(members(&app, &guides), [a]);
}

#[test]
fn a_list_of_nobody_does_not_empty_a_group() {
    let app = TestApp::start();
    let a = app.provision(&user("a"));
    let guides = group(&app, &json!({"displayName": "Guides", "members": [{"value": a}]}));
    let version = tag(&app, &guides);
    let nobody = json!([{"value": NOBODY}, {"value": "fake-member-id"}]);
    let mut failures = Failures::default();
    for (method, body) in [
        ("PATCH", patch_op(json!([{"op": "replace", "path": "members", "value": nobody}]))),
        (
            "PATCH",
            patch_op(json!([{"op": "replace", "path": "members", "value": nobody},
                            {"op": "add", "path": "members", "value": [{"value": a}]}])),
        ),
        ("PUT", json!({"displayName": "Guides", "members": nobody})),
    ] {
        let answer = app.scim(method, &guides, Some(&body));
        failures.add(&format!("{method} {body}"), scim_error(&answer, 400, Some("invalidValue")));
    }
    failures.none();
    assert_eq!((members(&app, &guides), tag(&app, &guides)), (vec![a], version));
    // To add nobody takes nobody out, and a new group has nobody to lose.
    let add = patch_op(json!([{"op": "add", "path": "members", "value": nobody}]));
    expect(app.scim("PATCH", &guides, Some(&add)), 200);
    group(&app, &json!({"displayName": "New", "members": nobody}));
}

#[test]
fn what_is_refused_alone_is_refused_in_company() {
    let app = TestApp::start();
    let a = app.provision(&user("a"));
    let guides = group(&app, &json!({"displayName": "Guides", "members": [{"value": a}]}));
    let version = tag(&app, &guides);
    let strict = app.token_with("strict", &json!({"dialect": "strict"}));
    let refusing = app.token_with("refusing", &json!({"unknown_members": "refuse"}));
    let change = |op: &str, id: &str| json!({"op": op, "path": "members", "value": [{"value": id}]});
    let itself = guides.trim_start_matches("/Groups/");
    let mut failures = Failures::default();
    for (token, operations) in [
        (&strict, json!([change("add", NOBODY), change("replace", &a)])),
        (&strict, json!([change("add", itself), {"op": "remove", "path": "members"}])),
        (&refusing, json!([change("add", itself), {"op": "remove", "path": "members"}])),
        (&refusing, json!([change("replace", NOBODY), change("add", &a)])),
        (&refusing, json!([change("add", NOBODY), change("add", &a)])),
    ] {
        let answer = app.request(
            "PATCH",
            &format!("/scim/v2{guides}"),
            Some(token),
            Some(&patch_op(operations.clone())),
        );
        failures.add(&operations.to_string(), scim_error(&answer, 400, Some("invalidValue")));
    }
    failures.none();
    assert_eq!((members(&app, &guides), tag(&app, &guides)), (vec![a], version));
}

/// By the letter, members are a list of objects with the sub-attributes of the schema.
#[test]
fn members_are_read_by_the_letter_as_every_list() {
    let app = TestApp::start();
    let a = app.provision(&user("a"));
    let guides = group(&app, &json!({"displayName": "Guides"}));
    let strict = app.token_with("strict", &json!({"dialect": "strict"}));
    let mut failures = Failures::default();
    for value in
        [json!({"value": a}), json!([{"value": a, "shoeSize": 7}]), json!([{"value": a, "display": 7}])]
    {
        let patch = patch_op(json!([{"op": "add", "path": "members", "value": value}]));
        let put = json!({"schemas": [GROUP], "displayName": "Guides", "members": value});
        for (method, body) in [("PATCH", patch), ("PUT", put)] {
            let answer = app.request(method, &format!("/scim/v2{guides}"), Some(&strict), Some(&body));
            failures.add(&format!("{method} {body}"), scim_error(&answer, 400, Some("invalidValue")));
        }
    }
    failures.none();
    assert_eq!(members(&app, &guides), Vec::<String>::new());
}

#[test]
fn another_connection_cannot_change_the_external_id_of_a_group() {
    let app = TestApp::start();
    // Also where it may change all else of it.
    let hr = app.token_with("hr-system", &json!({"others": "change"}));
    let guides = group(&app, &json!({"displayName": "Guides", "externalId": "idp-1"}));
    let by_hr = |method: &str, body: &Value| {
        expect(app.request(method, &format!("/scim/v2{guides}"), Some(&hr), Some(body)), 200);
        app.read(&guides)
    };
    for (n, (method, mut body)) in [
        ("PATCH", json!({"op": "replace", "path": "externalId", "value": "hr-1"})),
        ("PATCH", json!({"op": "remove", "path": "externalId"})),
        ("PUT", json!({"externalId": "hr-1"})),
        ("PUT", json!({"externalId": null})),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("Guides {n}");
        if method == "PATCH" {
            body = patch_op(json!([body, {"op": "replace", "path": "displayName", "value": name}]));
        } else {
            body["displayName"] = json!(name);
        }
        let after = by_hr(method, &body);
        assert_eq!(
            (&after["externalId"], &after["displayName"]),
            (&json!("idp-1"), &json!(name)),
            "{method} {body}"
        );
    }
}

/// A circle is completed by a request of the server's own.
#[test]
fn a_circle_is_made_where_operations_need_a_path() {
    let app = TestApp::start();
    let token = app.token_with("paths", &json!({"pathless_patch": "refuse"}));
    let manager = |name: &str, other: &str| {
        let mut body = user(name);
        body["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] =
            json!({"manager": {"value": format!("bulkId:{other}")}});
        json!({"method": "POST", "path": "/Users", "bulkId": name, "data": body})
    };
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [manager("a", "b"), manager("b", "a")]});
    let answer = expect(app.request("POST", "/scim/v2/Bulk", Some(&token), Some(&bulk)), 200).json().unwrap();
    for operation in answer["Operations"].as_array().unwrap() {
        assert_eq!(operation["status"], "201", "{answer}");
    }
}
