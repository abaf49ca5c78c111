//! An externalId belongs to the connection that gave it.

use crate::support::{TestApp, expect, patch_op, user};
use serde_json::{Value, json};

#[test]
fn another_connection_cannot_change_it() {
    let app = TestApp::start();
    let hr = app.token_with("hr-system", &json!({}));
    let mut body = user("bjensen");
    body["externalId"] = json!("idp-1");
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    let by_hr = |method: &str, body: &Value| {
        expect(app.request(method, &format!("/scim/v2{path}"), Some(&hr), Some(body)), 200).json().unwrap()
    };
    let found = |external_id: &str| {
        app.read(&format!("/Users?filter=externalId%20eq%20%22{external_id}%22"))["totalResults"].clone()
    };

    let title = |value: &str| json!({"op": "replace", "path": "title", "value": value});
    let mut put = user("bjensen");
    put["externalId"] = json!("hr-1");
    put["title"] = json!("put");
    let mut cleared = put.clone();
    cleared["externalId"] = Value::Null;
    for (method, body) in [
        (
            "PATCH",
            patch_op(json!([title("changed"), {"op": "replace", "path": "externalId", "value": "hr-1"}])),
        ),
        ("PATCH", patch_op(json!([title("without path"), {"op": "add", "value": {"externalId": "hr-1"}}]))),
        ("PATCH", patch_op(json!([title("removed"), {"op": "remove", "path": "externalId"}]))),
        ("PUT", put),
        ("PUT", cleared),
    ] {
        let answer = by_hr(method, &body);
        assert!(answer["title"].is_string(), "the rest of the request is done: {answer}");
        assert_eq!(app.read(&path)["externalId"], "idp-1", "{method} {body}");
        assert_eq!((found("idp-1"), found("hr-1")), (json!(1), json!(0)), "{method} {body}");
    }

    // Its own connection can.
    let patch = patch_op(json!([{"op": "replace", "path": "externalId", "value": "idp-2"}]));
    expect(app.scim("PATCH", &path, Some(&patch)), 200);
    assert_eq!((found("idp-1"), found("idp-2")), (json!(0), json!(1)));
}
