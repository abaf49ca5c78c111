//! What a token opens, and that nobody makes one that opens more.

use super::people::{Staff, session_of};
use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect, patch_op, user};
use rollcall::app::tokens::{self, Scope};
use rollcall::app::{tenants, tokens::MAX_AGE_OF_A_YES};
use serde_json::{Value, json};

fn issue(app: &TestApp, by: &str, body: &Value) -> Response {
    app.request("POST", "/api/v1/tokens", Some(by), Some(body))
}

#[test]
fn a_reading_token_reads_all_that_a_whole_one_reads() {
    let app = TestApp::start();
    let id = app.person("babs");
    let scim = app.issue_token("demo", "identity-provider", Scope::ScimRead);
    let search = json!({"filter": "userName eq \"babs\""});
    for (method, path, body) in [
        ("GET", "/Users".to_owned(), None),
        ("HEAD", "/Users".to_owned(), None),
        ("GET", format!("/Users/{id}"), None),
        ("POST", "/Users/.search".to_owned(), Some(&search)),
        ("POST", "/.search".to_owned(), Some(&search)),
        ("GET", "/Schemas".to_owned(), None),
    ] {
        let path = format!("/scim/v2{path}");
        let (whole, reading) = (
            app.request(method, &path, Some(app.scim_token()), body),
            app.request(method, &path, Some(&scim), body),
        );
        assert_eq!((whole.status, &whole.body), (200, &reading.body), "{method} {path}");
    }
    let api = app.issue_token("demo", "administration", Scope::ApiRead);
    for path in ["/accounts", "/audit", "/policy", "/seats", "/connections", "/reports/accounts", "/tokens"] {
        let path = format!("/api/v1{path}");
        expect(app.request("GET", &path, Some(&api), None), 200);
    }
    let session = session_of(&app, "carl", "learner");
    let headers = [
        ("Authorization", format!("Bearer {api}")),
        ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
    ];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let told = app.raw("POST", "/api/v1/introspect", &headers, Some(format!("token={session}").as_bytes()));
    assert_eq!(expect(told, 200).json().unwrap()["active"], true);
}

/// A refused request has read no body and changed nothing, not even an entry of the audit log.
#[test]
fn a_reading_token_changes_nothing() {
    let app = TestApp::start();
    let id = app.person("babs");
    let before = app.read(&format!("/Users/{id}"));
    let rows = || {
        expect(app.api("GET", "/audit?limit=1000", None), 200).json().unwrap()["entries"]
            .as_array()
            .unwrap()
            .len()
    };
    let scim = app.issue_token("demo", "identity-provider", Scope::ScimRead);
    let api = app.issue_token("demo", "administration", Scope::ApiRead);
    let logged = rows();
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "DELETE", "path": format!("/Users/{id}")}]});
    let path = format!("/scim/v2/Users/{id}");
    for (method, path, body) in [
        ("PATCH", path.as_str(), &off),
        ("DELETE", &path, &off),
        ("PUT", &path, &user("x")),
        ("POST", "/scim/v2/Bulk", &bulk),
    ] {
        let answer = expect(app.request(method, path, Some(&scim), Some(body)), 403).json().unwrap();
        assert!(answer["detail"].as_str().unwrap().contains("a token of the scope scim"), "{answer}");
    }
    for (path, body) in [
        (format!("/api/v1/accounts/{id}/commands"), json!({"command": "lock"})),
        ("/api/v1/tokens".to_owned(), json!({"connection": "administration", "scope": "api.read"})),
    ] {
        let answer = expect(app.request("POST", &path, Some(&api), Some(&body)), 403).json().unwrap();
        assert!(answer["detail"].as_str().unwrap().contains("scope api"), "{answer}");
    }
    // What is not read is not judged either.
    let headers =
        [("Authorization", format!("Bearer {api}")), ("Content-Type", "application/json".to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    expect(app.raw("PATCH", "/api/v1/policy", &headers, Some(b"{not json")), 403);
    assert_eq!((app.read(&format!("/Users/{id}")), rows()), (before, logged));
}

/// A token does not give birth to a bigger one.
#[test]
fn nobody_issues_a_token_that_opens_more_than_they_may() {
    let app = TestApp::start();
    let staff = Staff::new(&app);
    let api = app.api_token().to_owned();
    let api_read = app.issue_token("demo", "administration", Scope::ApiRead);
    let mut failures = Failures::default();
    for (who, token, may) in [
        ("api", api.as_str(), &["scim", "scim.read", "api", "api.read"][..]),
        ("owner", &staff.sessions["owner"], &["scim", "scim.read", "api", "api.read"]),
        ("administrator", &staff.sessions["administrator"], &["scim", "scim.read", "api.read"]),
        ("manager", &staff.sessions["manager"], &[]),
        ("reader", &staff.sessions["reader"], &[]),
        ("learner", &staff.sessions["learner"], &[]),
        ("api.read", &api_read, &[]),
        ("scim", app.scim_token(), &[]),
    ] {
        for scope in ["scim", "scim.read", "api", "api.read"] {
            let answer = issue(&app, token, &json!({"connection": "identity-provider", "scope": scope}));
            let expected = if may.contains(&scope) { 201 } else { 403 };
            failures.check(&format!("{scope} by {who}"), answer.status == expected, || {
                format!("{}", answer.status)
            });
            if answer.status != 201 {
                continue;
            }
            let issued = answer.json().unwrap();
            let opens = |path: &str| app.request("GET", path, issued["token"].as_str(), None).status;
            let surfaces = if scope.starts_with("scim") { [200, 403] } else { [403, 200] };
            failures.check(scope, [opens("/scim/v2/Users"), opens("/api/v1/audit")] == surfaces, String::new);
        }
    }
    failures.none();
}

#[test]
fn what_cannot_be_issued_is_told_by_field() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (body, field, words) in [
        (json!({"connection": "identity-provider", "scope": "console"}), "scope", "sign in"),
        (
            json!({"connection": "identity-provider", "scope": "root"}),
            "scope",
            "scim, scim.read, api, api.read",
        ),
        (json!({"connection": "identity-provider", "scope": "scim api"}), "scope", "choose one"),
        (json!({"connection": "identity-provider", "scope": "SCIM"}), "scope", "choose one"),
        (json!({"connection": "nobodys", "scope": "scim"}), "connection", "nobodys"),
        (
            json!({"connection": "identity-provider", "scope": "scim", "expiresInDays": 0}),
            "expiresInDays",
            "1 to 3650",
        ),
        (
            json!({"connection": "identity-provider", "scope": "scim", "expiresInDays": 3651}),
            "expiresInDays",
            "1 to 3650",
        ),
    ] {
        let answer = issue(&app, app.api_token(), &body);
        let told = answer.json().unwrap();
        let right = answer.status == 400
            && told["field"] == json!(field)
            && told["detail"].as_str().is_some_and(|detail| detail.contains(words));
        failures.check(&body.to_string(), right, || format!("{} {told}", answer.status));
    }
    failures.none();
    for days in [1, 3650] {
        let body = json!({"connection": "identity-provider", "scope": "scim", "expiresInDays": days});
        expect(issue(&app, app.api_token(), &body), 201);
    }
    let mut conn = app.connect();
    let (tenant, now) = (tenants::by_name(&mut conn, "demo").unwrap().id, app.clock().now());
    let refused = tokens::issue(&mut conn, tenant, "identity-provider", Scope::Console, None, now);
    assert!(refused.err().unwrap().to_string().contains("console"));
}

/// S42: several tokens of a connection live at a time, and each ends alone, on every server, within a second.
#[test]
fn tokens_are_issued_and_revoked_over_the_api() {
    let app = TestApp::start();
    let elsewhere = app.another_server();
    let body = json!({"connection": "identity-provider", "scope": "scim", "expiresInDays": 90});
    let (one, other) = (issue(&app, app.api_token(), &body), issue(&app, app.api_token(), &body));
    assert_eq!(one.header("Cache-Control"), Some("no-store"));
    let (one, other) = (expect(one, 201).json().unwrap(), expect(other, 201).json().unwrap());
    let status = |token: &Value| {
        let ask = |server| {
            crate::support::app::request_to(server, "GET", "/scim/v2/Users", token["token"].as_str(), None)
                .status
        };
        [ask(app.address()), ask(elsewhere)]
    };
    assert_eq!((status(&one), status(&other)), ([200, 200], [200, 200]));
    let list = || expect(app.api("GET", "/tokens", None), 200);
    let signature = one["token"].as_str().unwrap().rsplit_once('.').unwrap().1.to_owned();
    assert!(!String::from_utf8_lossy(&list().body).contains(&signature), "it is shown once");
    let path = format!("/tokens/{}", one["id"].as_str().unwrap());
    expect(app.api("DELETE", &path, None), 204);
    std::thread::sleep(MAX_AGE_OF_A_YES);
    assert_eq!((status(&one), status(&other)), ([401, 401], [200, 200]));
    expect(app.api("DELETE", &path, None), 204);
    expect(app.api("DELETE", &format!("/tokens/{}", uuid::Uuid::nil()), None), 404);
    let all = list().json().unwrap();
    let row =
        |id: &Value| all["tokens"].as_array().unwrap().iter().find(|row| row["id"] == *id).unwrap().clone();
    assert_eq!((&row(&one["id"])["state"], &row(&other["id"])["state"]), (&json!("revoked"), &json!("live")));
    assert_eq!(row(&other["id"])["expiresAt"], other["expiresAt"]);
    let actions = app.actions_of(one["id"].as_str().unwrap());
    assert_eq!(actions[..2], ["token.issued", "token.revoked"]);
}
