//! Users that are made one after the other share a statement, and nobody can tell.

use super::*;
use crate::support::cluster::texts;
use crate::support::user;

fn whole(name: &str) -> Value {
    let mut whole = user(name);
    whole["externalId"] = json!(format!("external of {name}"));
    whole["title"] = json!("Guide \u{1F9ED} \"first\" class \\ ½");
    whole[ENTERPRISE] = json!({"employeeNumber": "0042", "department": "Tours"});
    whole["urn:ietf:params:scim:schemas:extension:rollcall:2.0:User"] =
        json!({"expiresAt": "2027-01-31T17:00:00.123456Z", "role": "trainer"});
    whole
}

fn posts(names: &[String]) -> Value {
    let post = |(place, name): (usize, &String)| json!({"method": "POST", "path": "/Users", "bulkId": place.to_string(), "data": whole(name)});
    names.iter().enumerate().map(post).collect()
}

/// What is kept of an account, without what no two have in common.
fn kept(app: &TestApp, name: &str) -> Vec<String> {
    let account = format!(
        "SELECT (to_jsonb(a) - 'id' - 'external_id' - 'user_name_key' - 'display_name_key' - 'login_email_key' - 'resource')::text || \
         replace(a.resource::text, a.user_name_key, '') || l.action || l.attributes::text || l.facts::text || l.actor || \
         (l.state - 'id')::text AS t FROM accounts a JOIN audit_log l ON l.resource_id = a.id WHERE a.user_name_key = '{name}'"
    );
    texts(app.database_url(), &account)
}

#[test]
fn each_is_what_it_would_be_alone() {
    let app = TestApp::start();
    let names: Vec<String> = (10..99).map(|n| format!("person{n}")).collect();
    let done = bulk(&app, posts(&names));
    assert_eq!(statuses(&done), vec!["201"; names.len()]);
    app.provision(&whole("person99"));
    let alone = kept(&app, "person99");
    assert_eq!(alone.len(), 1);
    for (place, (name, entry)) in names.iter().zip(&done).enumerate() {
        assert_eq!(entry["bulkId"], place.to_string());
        let answer = expect(app.scim("GET", &path(&app, entry), None), 200);
        assert_eq!(entry["version"], answer.header("ETag").unwrap());
        assert_eq!(answer.json().unwrap()["userName"], **name);
        assert_eq!(kept(&app, name), alone, "{name}");
    }
}

#[test]
fn of_many_those_fail_that_would_alone() {
    let app = TestApp::start();
    let mut names: Vec<String> = (10..99).map(|n| format!("person{n}")).collect();
    app.provision(&whole("person30"));
    let leaver = app.provision(&whole("person40"));
    let off = crate::support::patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.scim("PATCH", &format!("/Users/{leaver}"), Some(&off)), 200);
    // Twice in one request, and not beside each other.
    names.push("person50".to_owned());
    let done = bulk(&app, posts(&names));
    let failed: Vec<&str> = done
        .iter()
        .filter(|entry| entry["status"] == "409")
        .map(|entry| entry["bulkId"].as_str().unwrap())
        .collect();
    // 30, who is there, and 50 for the second time.
    assert_eq!(failed, ["20", "89"]);
    assert!(done.iter().all(|entry| entry["status"] == "409" || entry["status"] == "201"));
    // Who is posted again after they left is back, in the same account.
    assert!(path(&app, &done[30]).ends_with(&leaver));
    assert_eq!(app.read(&format!("/Users/{leaver}"))["active"], true);
    let created = "SELECT resource_id::text AS t FROM audit_log WHERE action = 'account.created'";
    assert_eq!(texts(app.database_url(), created).len(), 89);
}

#[test]
fn where_seats_end_so_do_they() {
    let app = TestApp::start();
    expect(app.api("PUT", "/seats", Some(&json!({"limit": 60}))), 200);
    let names: Vec<String> = (10..99).map(|n| format!("person{n}")).collect();
    let done = bulk(&app, posts(&names));
    let made = done.iter().filter(|entry| entry["status"] == "201").count();
    let alone = app.scim("POST", "/Users", Some(&whole("person99"))).status;
    assert_eq!((made, alone == 201), (60, false), "{:?}", statuses(&done));
}
