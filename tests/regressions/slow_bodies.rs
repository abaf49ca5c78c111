//! Bodies that take their time, or come encoded.

use crate::support::answers::problem;
use crate::support::http::Response;
use crate::support::{TestApp, expect, patch_op, scim_error, user};
use rollcall::app::tokens::Scope;
use rollcall::app::{tenants, tokens};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// A request of which only the head and the first half of the body were sent.
struct HalfSent {
    stream: TcpStream,
    rest: Vec<u8>,
}

fn begin(app: &TestApp, path: &str, token: &str, body: &str) -> HalfSent {
    begin_with(app, "POST", path, token, body)
}

fn begin_with(app: &TestApp, method: &str, path: &str, token: &str, body: &str) -> HalfSent {
    let mut stream = TcpStream::connect(app.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    let (half, rest) = body.split_at(body.len() / 2);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{half}",
        app.address(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    HalfSent { stream, rest: rest.as_bytes().to_vec() }
}

impl HalfSent {
    fn finish(mut self) -> Response {
        self.stream.write_all(&self.rest).unwrap();
        self.answer()
    }

    fn answer(mut self) -> Response {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        Response { status, headers, body: body.as_bytes().to_vec() }
    }
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for_longer_than_ten_seconds() {
    let app = TestApp::start();
    let sign_in = json!({"tenant": "demo", "userName": "late", "password": "x"});
    let wait = |path: &str, body: String| {
        let begun = Instant::now();
        let answer = begin(&app, path, app.scim_token(), &body).answer();
        (answer, begun.elapsed())
    };
    let (scim, session) = thread::scope(|scope| {
        let scim = scope.spawn(|| wait("/scim/v2/Users", user("late").to_string()));
        let session = scope.spawn(|| wait("/api/v1/sessions", sign_in.to_string()));
        (scim.join().unwrap(), session.join().unwrap())
    });
    assert_eq!(scim_error(&scim.0, 408, None), Vec::<String>::new());
    assert_eq!(problem(&session.0, 408), Vec::<String>::new());
    for (_, waited) in [scim, session] {
        assert!((9_000..12_500).contains(&waited.as_millis()), "{waited:?}");
    }
    assert_eq!(app.read("/Users")["totalResults"], 0);
}

#[test]
fn a_token_that_is_revoked_while_the_body_comes_creates_nothing() {
    let app = TestApp::start();
    let (token, id) = app.issue("demo", "identity-provider", Scope::Scim, None);
    // The server has said yes to the token before: it need not ask again for a moment.
    expect(app.request("GET", "/scim/v2/Users", Some(&token), None), 200);
    let late = begin(&app, "/scim/v2/Users", &token, &user("late").to_string());
    let in_time = begin(&app, "/scim/v2/Users", app.scim_token(), &user("in.time").to_string());
    thread::sleep(Duration::from_millis(100));
    let mut conn = app.connect();
    let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
    tokens::revoke(&mut conn, tenant, id, app.clock().now()).unwrap();
    thread::sleep(Duration::from_millis(1_200));
    let refused = late.finish();
    assert_eq!(scim_error(&refused, 401, None), Vec::<String>::new());
    assert!(refused.header("WWW-Authenticate").is_some_and(|value| value.starts_with("Bearer ")));
    expect(in_time.finish(), 201);
    assert_eq!(app.read("/Users")["totalResults"], 1, "only who came with a good token");
    assert_eq!(app.read("/Users?filter=userName%20eq%20%22late%22")["totalResults"], 0);
}

#[test]
fn an_encoded_body_is_refused_before_it_is_taken_for_broken_json() {
    let app = TestApp::start();
    let body = user("encoded");
    for encoding in ["gzip", "deflate", "br"] {
        let headers = [("Content-Encoding", encoding)];
        let answer = app.scim_with("POST", "/Users", &headers, Some(&body));
        assert_eq!(scim_error(&answer, 415, None), Vec::<String>::new(), "{encoding}");
        let headers = [("Content-Type", "application/json"), ("Content-Encoding", encoding)];
        let sign_in = app.raw("POST", "/api/v1/sessions", &headers, Some(b"\x1f\x8b\x08"));
        assert_eq!(problem(&sign_in, 415), Vec::<String>::new(), "{encoding}");
    }
    assert_eq!(app.read("/Users")["totalResults"], 0);
    expect(app.scim_with("POST", "/Users", &[("Content-Encoding", "identity")], Some(&body)), 201);
}

/// A request is done when it is there, not when it began to arrive: a date that has come in between is not undone.
#[test]
fn a_body_that_began_before_a_deactivation_fell_due_does_not_cancel_it() {
    const URN: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let session =
        app.learner_with_password(&id, "bjensen", "correct horse battery").session("correct horse battery");
    let due = (app.clock().now() + chrono::Duration::seconds(60)).to_rfc3339();
    let path = format!("/Users/{id}");
    let schedule = patch_op(json!([{"op": "add", "path": format!("{URN}:deactivateAt"), "value": due}]));
    expect(app.scim("PATCH", &path, Some(&schedule)), 200);
    let cancel = patch_op(json!([{"op": "remove", "path": format!("{URN}:deactivateAt")}])).to_string();
    let slow = begin_with(&app, "PATCH", &format!("/scim/v2{path}"), app.scim_token(), &cancel);
    thread::sleep(Duration::from_millis(200));
    app.clock().advance(chrono::Duration::seconds(120));
    let before = app.read(&path);
    let done = expect(slow.finish(), 200).json().unwrap();
    assert_eq!((&before["active"], &done["active"]), (&json!(false), &json!(false)));
    let time = |user: &serde_json::Value| user["meta"]["lastModified"].as_str().unwrap().to_owned();
    assert!(time(&before) <= time(&done));
    assert_eq!(app.request("GET", "/api/v1/sessions/current", Some(&session), None).status, 401);
}

/// A setting that changes while a body arrives counts for it.
#[test]
fn a_slow_body_is_read_by_the_rules_of_its_end() {
    let app = TestApp::start();
    let token = app.token_with("slow", &json!({"passwords": "accept"}));
    let body = json!({"userName": "slow", "password": "correct horse battery"}).to_string();
    let slow = begin(&app, "/scim/v2/Users", &token, &body);
    thread::sleep(Duration::from_millis(100));
    app.set("demo", "slow", &json!({"passwords": "refuse"}));
    thread::sleep(Duration::from_millis(1_100));
    let refused = slow.finish();
    assert_eq!(scim_error(&refused, 400, Some("invalidValue")), Vec::<String>::new());
    assert_eq!(app.read("/Users")["totalResults"], 0);
}

/// What counts for an administrator's order is what they are when it has arrived; a token that is good all the time is enough.
#[test]
fn who_is_demoted_while_the_body_comes_changes_nothing() {
    const PASSWORD: &str = "correct horse battery";
    let app = TestApp::start();
    let (id, other) = (app.person("ada"), app.person("babs"));
    let role = |role: &str| app.done(&id, &json!({"command": "setRole", "role": role}));
    role("administrator");
    let session = app.learner_with_password(&id, "ada", PASSWORD).session(PASSWORD);
    let (policy, seats) = (json!({"preset": "united"}).to_string(), json!({"limit": 7}).to_string());
    let promotion = json!({"command": "setRole", "role": "administrator"}).to_string();
    let changing = begin_with(&app, "PATCH", "/api/v1/policy", &session, &policy);
    let promoting = begin(&app, &format!("/api/v1/accounts/{other}/commands"), &session, &promotion);
    let in_time = begin_with(&app, "PUT", "/api/v1/seats", app.api_token(), &seats);
    thread::sleep(Duration::from_millis(100));
    role("manager");
    thread::sleep(Duration::from_millis(1_200));
    assert_eq!(problem(&changing.finish(), 403), Vec::<String>::new());
    let refused = promoting.finish();
    assert_eq!(problem(&refused, 403), Vec::<String>::new());
    assert_eq!(refused.json().unwrap()["type"], "urn:rollcall:problem:not-in-your-power");
    expect(in_time.finish(), 200);
    assert_eq!(app.account(&other)["role"], "learner");
    assert_ne!(expect(app.api("GET", "/policy", None), 200).json().unwrap()["preset"], "united");
}
