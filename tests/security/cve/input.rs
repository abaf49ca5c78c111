//! Names in a path or a body resolve against the schemas, and against nothing else.

use super::*;
use crate::support::{Failures, patch_op};

const NAMES: [&str; 14] = [
    "__proto__",
    "__proto__.isAdmin",
    "constructor",
    "constructor.prototype.isAdmin",
    "prototype",
    "name.__proto__.isAdmin",
    "name.constructor",
    "emails[type eq \"work\"].__proto__",
    "emails[type eq \"work\"].constructor.prototype",
    "__defineGetter__",
    "hasOwnProperty",
    "toString",
    "urn:ietf:params:scim:schemas:core:2.0:User:__proto__",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:__proto__.manager",
];

/// What must be as it was for everybody, whatever was sent.
fn world(app: &TestApp, bystander: &str) -> [Value; 4] {
    ["/Schemas", "/ServiceProviderConfig", "/ResourceTypes", &format!("/Users/{bystander}")]
        .map(|path| app.read(path))
}

/// scim-patch: a path like `__proto__.isAdmin` wrote into what all objects share.
#[test]
fn cve_2026_48170_no_path_of_a_patch_leaves_the_resource() {
    let app = TestApp::start();
    let bystander = app.person("bystander");
    let mut body = user("target");
    body["emails"] = json!([{"value": "t@example.com", "type": "work"}]);
    let target = format!("/Users/{}", app.provision(&body));
    let before = world(&app, &bystander);
    let mut failures = Failures::default();
    for name in NAMES {
        for op in ["add", "replace", "remove"] {
            for value in
                [json!({"isAdmin": true, "active": true}), json!("polluted"), json!([{"isAdmin": true}])]
            {
                let mut operation = json!({"op": op, "path": name});
                if op != "remove" {
                    operation["value"] = value;
                }
                let answer = app.scim("PATCH", &target, Some(&patch_op(json!([operation]))));
                let text = String::from_utf8_lossy(&app.scim("GET", &target, None).body).into_owned();
                let kept = !text.contains("isAdmin") && !text.contains("polluted") && !text.contains("proto");
                failures.check(&format!("{op} {name}"), answer.status < 500 && kept, || {
                    format!("{} {text}", answer.status)
                });
            }
        }
    }
    failures.none();
    assert_eq!(world(&app, &bystander), before);
    let fresh = expect(app.scim("POST", "/Users", Some(&user("fresh"))), 201).json().unwrap();
    assert!(fresh.get("isAdmin").is_none());
}

/// scim-patch again: the same without a path, as names in the value, and as members of whole resources.
#[test]
fn cve_2026_61834_no_name_in_a_body_leaves_the_resource() {
    let app = TestApp::start();
    let bystander = app.person("bystander");
    let target = app.provision(&user("target"));
    let before = world(&app, &bystander);
    let mut failures = Failures::default();
    // Written by hand: two members of one name are something a map could not hold.
    let evil = r#""__proto__":{"isAdmin":true,"active":true},"constructor":{"prototype":{"isAdmin":true}},"name":{"__proto__":{"isAdmin":true},"givenName":"A"}"#;
    let schemas = r#""schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]"#;
    let patch = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"add","value":{{{evil}}}}}]}}"#
    );
    let bulk = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{{"method":"PATCH","path":"/Users/{target}","data":{patch}}}]}}"#
    );
    let authorization = format!("Bearer {}", app.scim_token());
    let headers = [("Authorization", &*authorization), ("Content-Type", "application/scim+json")];
    for (method, path, body) in [
        ("PATCH", format!("/Users/{target}"), patch),
        ("PUT", format!("/Users/{target}"), format!(r#"{{{schemas},"userName":"target",{evil}}}"#)),
        ("POST", "/Users".to_owned(), format!(r#"{{{schemas},"userName":"evil",{evil}}}"#)),
        ("POST", "/Bulk".to_owned(), bulk),
    ] {
        let answer = app.raw(method, &format!("/scim/v2{path}"), &headers, Some(body.as_bytes()));
        failures.check(&path, answer.status < 500, || format!("{}", answer.status));
        let all = String::from_utf8_lossy(&app.scim("GET", "/Users", None).body).into_owned();
        failures.check(&path, !all.contains("isAdmin") && !all.contains("proto"), || all.clone());
    }
    failures.none();
    assert_eq!(world(&app, &bystander), before);
    assert_eq!(app.read(&format!("/Users/{target}"))["userName"], "target");
}

/// An attribute that is named once with its schema and once without is one attribute: no twin slips past a rule.
#[test]
fn cve_2026_48170_the_twin_of_a_name_is_the_same_attribute() {
    let app = TestApp::start();
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    for (n, twin) in [
        format!("{core}:active"),
        format!("{}:active", core.to_uppercase()),
        format!("{core}:ACTIVE"),
        "Active".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, learner) = with_password(&app, &format!("leaver{n}"));
        let session = learner.session(PASSWORD);
        let off = patch_op(json!([{"op": "replace", "path": twin, "value": false}]));
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&off)), 200);
        assert_eq!(app.read(&format!("/Users/{id}"))["active"], false, "{twin}");
        assert_eq!(app.session_status(&session), 401, "{twin}");
    }
    // Two of one request that contradict each other let nobody in who is to be out.
    let (id, learner) = with_password(&app, "both");
    let body =
        patch_op(json!([{"op": "replace", "value": {"active": false, format!("{core}:active"): true}}]));
    let answer = app.scim("PATCH", &format!("/Users/{id}"), Some(&body));
    let active = app.read(&format!("/Users/{id}"))["active"].clone();
    assert!(answer.status == 400 || active == json!(false), "{} {active}", answer.status);
    if active == json!(false) {
        assert_eq!(learner.sign_in(PASSWORD).status, 403);
    }
    // What is read-only is so under every name.
    for twin in ["id", "ID", &format!("{core}:id"), "meta.created", &format!("{core}:meta.created")] {
        let before = app.read(&format!("/Users/{id}"));
        let patch = patch_op(json!([{"op": "replace", "path": twin, "value": "2000-01-01T00:00:00Z"}]));
        app.scim("PATCH", &format!("/Users/{id}"), Some(&patch));
        let after = app.read(&format!("/Users/{id}"));
        assert_eq!(
            (&after["id"], &after["meta"]["created"]),
            (&before["id"], &before["meta"]["created"]),
            "{twin}"
        );
    }
}
