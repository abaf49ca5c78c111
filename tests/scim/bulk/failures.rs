//! Operations that fail, each for itself.

use super::*;
use crate::support::{Failures, patch_op, user};

/// Five operations, of which the second and the fourth fail.
fn half_of_them_fail() -> Value {
    json!([
        post_user("1", "one"),
        post_user("2", ""),
        post_user("3", "three"),
        post_user("4", "one"),
        post_user("5", "five")
    ])
}

/// R155: what fails leaves the others alone, unless failOnErrors is reached: then nothing more is done or answered.
#[test]
fn fail_on_errors() {
    let expected = ["201", "400", "201", "409", "201"];
    for (limit, tried) in [(json!(1), 2), (json!(2), 4), (json!(3), 5), (json!(null), 5)] {
        let app = TestApp::start();
        let request = json!({"schemas": [REQUEST], "failOnErrors": limit, "Operations": half_of_them_fail()});
        let done = entries(app.scim("POST", "/Bulk", Some(&request)));
        assert_eq!(statuses(&done), expected[..tried], "failOnErrors {limit}");
        assert_eq!(count(&app, "five"), u64::from(tried == 5), "failOnErrors {limit}");
    }
}

/// R155, R158: with failOnErrors, what waits for something later is not tried once the limit is reached.
#[test]
fn fail_on_errors_leaves_out_what_waits() {
    let app = TestApp::start();
    let operations = json!([post_group("g", "G", &["bulkId:a"]), post_user("x", ""), post_user("a", "a")]);
    let request = json!({"failOnErrors": 1, "Operations": operations});
    let done = entries(app.scim("POST", "/Bulk", Some(&request)));
    assert_eq!(done.len(), 1);
    assert_eq!(done[0]["bulkId"], "x");
}

/// R155: an operation is all or nothing, as a single request is.
#[test]
fn a_failed_operation_changes_nothing() {
    let app = TestApp::start();
    app.set("demo", "identity-provider", &json!({"unknown_members": "refuse"}));
    let id = app.provision(&user("bjensen"));
    let path = format!("/Users/{id}");
    let before = app.read(&path);
    let half =
        patch_op(json!([{"op": "add", "path": "title", "value": "T"}, {"op": "remove", "path": "userName"}]));
    let whole = patch_op(json!([{"op": "add", "path": "title", "value": "W"}]));
    let done = bulk(
        &app,
        json!([
            {"method": "PATCH", "path": path, "data": half},
            post_group("g", "G", &["00000000-0000-0000-0000-000000000000"]),
            post_user("a", "a"),
        ]),
    );
    assert_eq!(statuses(&done), ["400", "400", "201"]);
    assert_eq!(app.read(&path), before);
    assert_eq!(app.read("/Groups")["totalResults"], 0);
    assert_eq!(statuses(&bulk(&app, json!([{"method": "PATCH", "path": path, "data": whole}]))), ["200"]);
}

/// R160: the version of an operation is compared with the one that the operations before have left.
#[test]
fn versions_are_compared_one_after_the_other() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let path = format!("/Users/{id}");
    let version = app.read(&path)["meta"]["version"].clone();
    let patch = |title: &str, version: &Value| {
        let data = patch_op(json!([{"op": "add", "path": "title", "value": title}]));
        json!({"method": "PATCH", "path": path, "version": version, "data": data})
    };
    let delete = json!({"method": "DELETE", "path": path, "version": "W/\"stale\""});
    let done =
        bulk(&app, json!([patch("A", &version), patch("B", &version), patch("C", &json!("*")), delete]));
    assert_eq!(statuses(&done), ["200", "412", "200", "412"]);
    let user = app.read(&path);
    assert_eq!((&user["title"], &user["meta"]["version"]), (&json!("C"), &done[2]["version"]));
}

/// R152, R154: what no bulk can do is that operation's failure, with its location unless there is none.
#[test]
fn what_cannot_be_done_in_a_bulk() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let path = format!("/Users/{id}");
    let mut failures = Failures::default();
    for (operation, status, location) in [
        (json!({"method": "GET", "path": path}), "405", true),
        (json!({"method": "DELETE", "path": "/Users"}), "405", false),
        (json!({"method": "POST", "path": path, "bulkId": "1", "data": {}}), "405", false),
        (json!({"method": "POST", "path": "/Bulk", "bulkId": "1", "data": {"Operations": []}}), "404", false),
        (json!({"method": "PATCH", "path": "/Me", "data": {}}), "404", false),
        (json!({"method": "POST", "path": "/Users/.search", "bulkId": "1", "data": {}}), "405", false),
        (json!({"method": "DELETE", "path": format!("{path}?x=1")}), "400", false),
        (json!({"method": "DELETE", "path": "/Users/no-uuid"}), "404", true),
        (json!({"method": "POST", "path": "/Users", "data": user("a")}), "400", false),
        (json!({"method": "PATCH", "path": path}), "400", true),
        (json!({"path": path}), "400", true),
        (json!({}), "400", false),
    ] {
        let case = operation.to_string();
        let done = bulk(&app, json!([operation, post_user("last", &format!("user {}", case.len()))]));
        failures.check(&case, statuses(&done) == [status, "201"], || format!("{done:?}"));
        failures.check(&case, done[0].get("location").is_some() == location, || format!("{}", done[0]));
    }
    failures.none();
    app.read(&path);
}
