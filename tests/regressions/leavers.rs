//! Who is let out, who stays, and who is taken for a leaver and is none.

use super::refused_naming;
use crate::support::{TestApp, expect, patch_op, user};
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const OWN: &str = "urn:example:scim:acme:2.0:User";

#[test]
fn an_attribute_active_of_an_extension_is_not_the_one_that_lets_in() {
    let app = TestApp::start();
    let schema = json!({"id": OWN, "attributes": [{"name": "active", "type": "boolean"}, {"name": "site"}]});
    let put = json!({"resourceType": "User", "schema": schema});
    expect(app.api("PUT", &format!("/schemas/{OWN}"), Some(&put)), 201);
    std::thread::sleep(rollcall::app::tokens::MAX_AGE_OF_A_YES);
    let mut body = user("pre.hire");
    body[ROLLCALL] = json!({"startsAt": "2026-12-01T08:00:00Z"});
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    let operations = [
        json!([{"op": "add", "path": format!("{OWN}:active"), "value": true}]),
        json!([{"op": "replace", "value": {(format!("{OWN}:active")): false}}]),
        json!([{"op": "replace", "value": {OWN: {"active": true}}}]),
        json!([{"op": "replace", "path": OWN, "value": {"active": false}}]),
    ];
    for operations in operations {
        let answer = expect(app.scim("PATCH", &path, Some(&patch_op(operations))), 200).json().unwrap();
        assert!(answer[OWN]["active"].is_boolean(), "{answer}");
        assert_eq!(app.account(&id)["status"], "staged");
    }
    let core = patch_op(json!([
        {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": false}
    ]));
    expect(app.scim("PATCH", &path, Some(&core)), 200);
    assert_eq!(app.account(&id)["status"], "deactivated");
}

#[test]
fn a_time_zone_that_nobody_can_read_keeps_nobody_in() {
    let app = TestApp::start();
    for (name, method) in [("put", "PUT"), ("patch", "PATCH")] {
        let mut body = user(name);
        body["timezone"] = json!("Europe/Berlin");
        body[ROLLCALL] = json!({"expiresAt": "2027-05-14T23:59:00"});
        let id = app.provision(&body);
        let off = json!({"userName": name, "active": false, "timezone": "Pacific Standard Time"});
        let sent = if method == "PUT" { off } else { patch_op(json!([{"op": "replace", "value": off}])) };
        let path = format!("/Users/{id}");
        let answer = expect(app.scim(method, &path, Some(&sent)), 200).json().unwrap();
        assert_eq!(answer["timezone"], "Pacific Standard Time");
        let account = app.account(&id);
        assert_eq!(
            (&account["status"], &account["expiresAt"]),
            (&json!("deactivated"), &json!("2027-05-14T21:59:00Z"))
        );
        let later = patch_op(
            json!([{"op": "replace", "path": format!("{ROLLCALL}:expiresAt"), "value": "2028-01-01T00:00:00"}]),
        );
        let refused = app.scim("PATCH", &path, Some(&later));
        assert_eq!(refused_naming(&refused, "invalidValue", "Pacific Standard Time"), Vec::<String>::new());
    }
}

#[test]
fn a_null_for_the_whole_extension_takes_neither_role_nor_dates() {
    let app = TestApp::start();
    let operations: [(&str, Value); 4] = [
        ("value", json!([{"op": "replace", "value": {ROLLCALL: null}}])),
        ("path", json!([{"op": "replace", "path": ROLLCALL, "value": null}])),
        ("add", json!([{"op": "add", "path": ROLLCALL.to_lowercase(), "value": null}])),
        ("beside another", json!([{"op": "add", "value": {ROLLCALL: null, "title": "T"}}])),
    ];
    for (name, operations) in operations {
        let mut body = user(name);
        body[ROLLCALL] = json!({"role": "manager", "expiresAt": "2026-01-01T00:00:00Z", "timeZone": "Asia/Tokyo",
            "deactivationReason": "left"});
        let id = app.provision(&body);
        let path = format!("/Users/{id}");
        let answer = expect(app.scim("PATCH", &path, Some(&patch_op(operations))), 200).json().unwrap();
        body[ROLLCALL].as_object_mut().unwrap().remove("deactivationReason");
        assert_eq!(answer[ROLLCALL], body[ROLLCALL], "{name}: as a PUT with null leaves it");
        let account = app.account(&id);
        assert_eq!((&account["status"], &account["role"]), (&json!("expired"), &json!("manager")), "{name}");

        let remove = patch_op(json!([{"op": "remove", "path": ROLLCALL}]));
        let bare = expect(app.scim("PATCH", &path, Some(&remove)), 200).json().unwrap();
        assert_eq!(bare.get(ROLLCALL), None, "{name}: who names it and says remove means it");
        assert_eq!(app.account(&id)["role"], "learner");
    }
}

/// R131: what only the server sets is refused as a path, with its URN or without.
#[test]
fn a_read_only_attribute_is_refused_as_a_path_by_either_name() {
    let app = TestApp::start();
    let path = format!("/Users/{}", app.provision(&user("bjensen")));
    for name in ["seat", "status", "Status"] {
        for target in [name.to_owned(), format!("{ROLLCALL}:{name}")] {
            let patch = patch_op(json!([{"op": "replace", "path": target, "value": "x"}]));
            let wrong = refused_naming(&app.scim("PATCH", &path, Some(&patch)), "mutability", "read-only");
            assert_eq!(wrong, Vec::<String>::new(), "{target}");
        }
        // As a key of a value it is passed over: clients write back what they have read.
        let patch = patch_op(json!([{"op": "replace", "value": {name: "x", "title": name}}]));
        assert_eq!(expect(app.scim("PATCH", &path, Some(&patch)), 200).json().unwrap()["title"], name);
    }
}
