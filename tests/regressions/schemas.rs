//! What was written of a schema that was already gone came to light later, and broke every filter by it.

use crate::support::app::request_to;
use crate::support::cluster::{execute, texts};
use crate::support::{TestApp, expect, user};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

const URN: &str = "urn:example:scim:acme:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn put(app: &TestApp, attributes: &Value) {
    let body = json!({"resourceType": "User", "schema": {"id": URN, "attributes": attributes}});
    let answer = app.api("PUT", &format!("/schemas/{URN}"), Some(&body));
    assert!(matches!(answer.status, 200 | 201), "{}", String::from_utf8_lossy(&answer.body));
}

fn settle() {
    std::thread::sleep(rollcall::app::tokens::MAX_AGE_OF_A_YES);
}

/// What is stored of the extension, of everybody.
fn stored(app: &TestApp) -> Vec<Value> {
    let sql = format!("SELECT (resource -> '{URN}')::text AS t FROM accounts WHERE resource ? '{URN}'");
    texts(app.database_url(), &sql).iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// Writes an extension as a server would that knows another schema.
fn slip_in(app: &TestApp, extension: &Value) {
    let sql = format!("UPDATE accounts SET resource = resource || '{}'", json!({URN: extension}));
    execute(app.database_url(), &sql);
}

#[test]
fn what_another_server_stored_of_a_removed_attribute_breaks_no_filter() {
    let app = TestApp::start();
    let other = app.another_server();
    let text = json!([{"name": "a"}, {"name": "b"}]);
    put(&app, &text);
    settle();
    let mut body = user("late");
    body[URN] = json!({"a": "no date", "b": "kept"});
    let post = |body: &Value| request_to(other, "POST", "/scim/v2/Users", Some(app.scim_token()), Some(body));
    std::thread::scope(|scope| {
        // The other server looks now, and so knows the attribute for a second.
        let seen = request_to(other, "GET", "/scim/v2/Users", Some(app.scim_token()), None);
        expect(seen, 200);
        let removing = scope.spawn(|| put(&app, &json!([{"name": "b"}])));
        std::thread::sleep(Duration::from_millis(300));
        let made = expect(post(&body), 201).json().unwrap();
        assert_eq!(made[URN], json!({"a": "no date", "b": "kept"}), "it was stored in time to be a leftover");
        let ahead = "UPDATE accounts SET created_at = created_at + interval '1 second', updated_at = updated_at + interval '1 second'";
        execute(app.database_url(), ahead);
        removing.join().unwrap();
    });
    assert_eq!(stored(&app), [json!({"b": "kept"})]);
    let meta = &app.read("/Users")["Resources"][0]["meta"];
    let time = |name: &str| meta[name].as_str().unwrap().to_owned();
    assert!(time("lastModified") >= time("created"), "changed before it was made: {meta}");
    put(&app, &json!([{"name": "a", "type": "dateTime"}, {"name": "b"}]));
    settle();
    let search =
        json!({"filter": format!("{URN}:a gt \"2020-01-01T00:00:00Z\""), "sortBy": format!("{URN}:a")});
    assert_eq!(
        expect(app.scim("POST", "/Users/.search", Some(&search)), 200).json().unwrap()["totalResults"],
        0
    );
}

#[test]
fn what_is_left_under_a_name_is_dropped_when_the_name_is_known_again() {
    let app = TestApp::start();
    app.provision(&user("a"));
    slip_in(&app, &json!({"site": "London"}));
    let complex = |subs: Value| {
        json!([{"name": "b"}, {"name": "one", "type": "complex", "subAttributes": subs},
        {"name": "many", "type": "complex", "multiValued": true, "subAttributes": subs}])
    };
    put(&app, &complex(json!([{"name": "x"}])));
    assert_eq!(stored(&app), Vec::<Value>::new(), "the URN is new");

    slip_in(
        &app,
        &json!({"b": "kept", "late": 1, "one": {"x": "kept", "y": 1},
        "many": [{"y": 1}, {"x": "second", "y": 2}, {"x": "third"}]}),
    );
    let mut more = complex(json!([{"name": "x"}, {"name": "y"}]));
    more.as_array_mut().unwrap().push(json!({"name": "late"}));
    put(&app, &more);
    let many = json!([{"x": "second"}, {"x": "third"}]);
    assert_eq!(stored(&app), [json!({"b": "kept", "one": {"x": "kept"}, "many": many})]);

    put(
        &app,
        &json!([{"name": "b"}, {"name": "one", "type": "complex", "subAttributes": [{"name": "x"}]}, more[2]]),
    );
    slip_in(&app, &json!({"one": {"y": 1}}));
    put(&app, &more);
    assert_eq!(stored(&app), Vec::<Value>::new(), "what has nothing left goes whole");
    assert_eq!(app.read("/Users")["Resources"][0]["schemas"].as_array().unwrap().len(), 1);
}

#[test]
fn the_second_sweep_needs_no_client() {
    let app = TestApp::start();
    app.provision(&user("a"));
    put(&app, &json!([{"name": "b"}]));
    let mut stream = TcpStream::connect(app.address()).unwrap();
    let request = format!(
        "DELETE /api/v1/schemas/{URN} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        app.address(),
        app.api_token()
    );
    stream.write_all(request.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    drop(stream);
    slip_in(&app, &json!({"b": "late"}));
    std::thread::sleep(rollcall::app::schemas::LATE_WRITES + Duration::from_millis(500));
    assert_eq!(stored(&app), Vec::<Value>::new());
}

#[test]
fn a_removal_with_the_data_can_be_asked_for_again() {
    let app = TestApp::start();
    let mut body = user("a");
    body[ENTERPRISE] = json!({"department": "Tours"});
    body["emails"] = json!([{"value": "a@example.com"}]);
    let path = format!("/Users/{}", app.provision(&body));
    slip_in(&app, &json!({"b": "late"}));
    expect(app.api("DELETE", &format!("/schemas/{URN}"), None), 404);
    let dropping = format!("/schemas/{URN}?dropData=true");
    expect(app.api("DELETE", &dropping, None), 204);
    assert_eq!(stored(&app), Vec::<Value>::new());
    expect(app.api("DELETE", &dropping, None), 204);
    // What is not a tenant's to define is not theirs to drop.
    let before = app.read(&path);
    for not_theirs in [ENTERPRISE, "emails", "userName"] {
        expect(app.api("DELETE", &format!("/schemas/{not_theirs}?dropData=true"), None), 404);
    }
    assert_eq!(app.read(&path), before);
}
