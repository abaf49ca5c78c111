//! The examples of RFC 7644 §3.7, word for word where they are valid (errata 5050, 7916, 8096).

use super::*;
use crate::support::user;

fn example(app: &TestApp, body: &str) -> Vec<Value> {
    let authorization = format!("Bearer {}", app.scim_token());
    let headers = [
        ("Accept", "application/scim+json"),
        ("Content-Type", "application/scim+json"),
        ("Authorization", authorization.as_str()),
    ];
    let answer = app.raw("POST", "/scim/v2/Bulk", &headers, Some(body.as_bytes()));
    assert_eq!(answer.header("Content-Type"), Some("application/scim+json"));
    entries(answer)
}

/// R151, R154, R156: Alice and the Tour Guides (§3.7.2): each entry has exactly method, bulkId, version, location and status.
#[test]
fn alice_and_her_group() {
    let app = TestApp::start();
    let made = example(
        &app,
        r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
              {"method": "POST", "path": "/Users", "bulkId": "qwerty",
               "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Alice"}},
              {"method": "POST", "path": "/Groups", "bulkId": "ytrewq",
               "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Tour Guides",
                        "members": [{"type": "User", "value": "bulkId:qwerty"}]}}]}"#,
    );
    let alice = app.read(&path(&app, &made[0]));
    let group = app.read(&path(&app, &made[1]));
    let expected = |bulk_id: &str, version: &Value, resource: &Value| {
        json!({"method": "POST", "bulkId": bulk_id, "version": version, "status": "201",
               "location": resource["meta"]["location"]})
    };
    // Alice's version has changed since, as her groups have.
    assert_eq!(made[0], expected("qwerty", &json!("W/\"1\""), &alice));
    assert_eq!(made[1], expected("ytrewq", &group["meta"]["version"], &group));
    assert_eq!(alice["userName"], "Alice");
    assert_eq!(group["members"][0]["value"], alice["id"]);
    assert_eq!(group["members"][0]["$ref"], alice["meta"]["location"]);
    assert_eq!(alice["groups"][0]["value"], group["id"]);
}

/// R156: Alice is Bob's manager (§3.7.2): references in extensions are replaced in the same way.
#[test]
fn bob_and_his_manager() {
    let app = TestApp::start();
    let made = example(
        &app,
        r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
              {"method": "POST", "path": "/Users", "bulkId": "qwerty",
               "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Alice"}},
              {"method": "POST", "path": "/Users", "bulkId": "ytrewq",
               "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
                                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
                        "userName": "Bob",
                        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                          "employeeNumber": "11250", "manager": {"value": "bulkId:qwerty"}}}}]}"#,
    );
    let (alice, bob) = (app.read(&path(&app, &made[0])), app.read(&path(&app, &made[1])));
    assert_eq!(bob[ENTERPRISE]["manager"]["value"], alice["id"]);
    assert_eq!(bob[ENTERPRISE]["employeeNumber"], "11250");
}

/// The third example (§3.7.3) about these three users.
fn add_update_and_remove(bob: &Value, dave: &Value, leaver: &Value) -> String {
    json!({
        "schemas": [REQUEST],
        "failOnErrors": 1,
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "qwerty",
             "data": {"schemas": ["urn:ietf:params:scim:api:messages:2.0:User"], "userName": "Alice"}},
            {"method": "PUT", "path": format!("/Users/{}", bob["id"].as_str().unwrap()),
             "version": bob["meta"]["version"],
             "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": bob["id"], "userName": "Bob"}},
            {"method": "PATCH", "path": format!("/Users/{}", dave["id"].as_str().unwrap()),
             "version": dave["meta"]["version"],
             "data": {"Operations": [{"op": "remove", "path": "nickName"},
                                     {"op": "add", "path": "userName", "value": "Dave"}]}},
            {"method": "DELETE", "path": format!("/Users/{}", leaver["id"].as_str().unwrap()),
             "version": leaver["meta"]["version"]},
        ],
    })
    .to_string()
}

/// R153, R154, R160: add, update and remove (§3.7.3). The data of the PATCH has no `schemas`.
#[test]
fn add_update_and_remove_users() {
    let app = TestApp::start();
    let [bob, dave, leaver] = ["bob", "d", "leaver"].map(|name| {
        let mut body = user(name);
        body["nickName"] = json!("N");
        let id = app.provision(&body);
        app.read(&format!("/Users/{id}"))
    });
    let done = example(&app, &add_update_and_remove(&bob, &dave, &leaver));
    let now = |entry: &Value| app.read(&path(&app, entry))["meta"].clone();
    assert_eq!(done.len(), 4);
    for (entry, method, status) in
        [(&done[0], "POST", "201"), (&done[1], "PUT", "200"), (&done[2], "PATCH", "200")]
    {
        let meta = now(entry);
        let mut expected = json!({"method": method, "status": status, "version": meta["version"],
                                  "location": meta["location"]});
        if method == "POST" {
            expected["bulkId"] = json!("qwerty");
        }
        assert_eq!(*entry, expected);
    }
    assert_eq!(done[3], json!({"method": "DELETE", "status": "204", "location": leaver["meta"]["location"]}));
    let (bob, dave) = (app.read(&path(&app, &done[1])), app.read(&path(&app, &done[2])));
    assert_eq!((&bob["userName"], &bob["nickName"]), (&json!("Bob"), &Value::Null));
    assert_eq!((&dave["userName"], &dave["nickName"]), (&json!("Dave"), &Value::Null));
    expect(app.scim("GET", &path(&app, &done[3]), None), 404);
}

/// R154, R155, R160: the same once more, when nothing of it can be done: without failOnErrors each has its own error (§3.7.3),
/// with it the first one ends the request.
#[test]
fn everything_fails() {
    let app = TestApp::start();
    let [bob, dave, leaver] = ["bob", "d", "leaver"].map(|name| {
        let id = app.provision(&user(name));
        app.read(&format!("/Users/{id}"))
    });
    example(&app, &add_update_and_remove(&bob, &dave, &leaver));
    let again = add_update_and_remove(&bob, &dave, &leaver);
    let first = example(&app, &again);
    assert_eq!(statuses(&first), ["409"]);
    let all = example(&app, &again.replace("\"failOnErrors\":1,", ""));
    assert_eq!(statuses(&all), ["409", "412", "412", "404"]);
    assert_eq!(first[0], all[0]);
    let error = |entry: &Value| {
        let response = &entry["response"];
        assert_eq!(response["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(response["status"], entry["status"]);
        assert!(!detail(entry).is_empty());
    };
    all.iter().for_each(error);
    let keys = |entry: &Value| entry.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&all[0]), "bulkId method response status", "a POST that failed has no location");
    assert_eq!(all[0]["response"]["scimType"], "uniqueness");
    for (entry, resource) in all[1..].iter().zip([&bob, &dave, &leaver]) {
        assert_eq!(keys(entry), "location method response status");
        assert_eq!(entry["location"], resource["meta"]["location"]);
    }
}

/// R157: the groups of §3.7.1, each a member of the other, are refused: groups do not hold each other in a circle.
#[test]
fn groups_in_a_circle() {
    let app = TestApp::start();
    let made = example(
        &app,
        r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
              {"method": "POST", "path": "/Groups", "bulkId": "qwerty",
               "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Group A",
                        "members": [{"type": "Group", "value": "bulkId:ytrewq"}]}},
              {"method": "POST", "path": "/Groups", "bulkId": "ytrewq",
               "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Group B",
                        "members": [{"type": "Group", "value": "bulkId:qwerty"}]}}]}"#,
    );
    assert_eq!(statuses(&made), ["409", "409"]);
    assert!(detail(&made[0]).contains("\"qwerty\", \"ytrewq\""), "{}", detail(&made[0]));
    assert_eq!(app.read("/Groups")["totalResults"], 0);
}
