//! Reads that wait for each other are one statement, and each is answered as if it had been alone.

use super::together;
use crate::support::http::{Request, Response, send};
use crate::support::{TestApp, user};
use diesel::connection::SimpleConnection;
use serde_json::json;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// Holds every reader of accounts up until `work` is done, or for that long.
fn while_accounts_are_locked<T>(app: &TestApp, longest: Duration, work: impl FnOnce() -> T) -> T {
    let mut locker = app.connect();
    locker.batch_execute("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE").unwrap();
    let (let_go, told) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let _ = told.recv_timeout(longest);
            locker.batch_execute("COMMIT").unwrap();
        });
        let done = work();
        drop(let_go);
        done
    })
}

fn ask(app: &TestApp, host: &str, token: &str, path: &str) -> Response {
    let headers = [("Host", host), ("Authorization", &format!("Bearer {token}"))];
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = Request { method: "GET".to_owned(), path: format!("/scim/v2{path}"), headers, body: None };
    send(app.address(), &request).unwrap()
}

#[test]
fn each_is_answered_as_if_it_had_been_alone() {
    let app = TestApp::start();
    let neighbour = app.issue_token("neighbour", "identity-provider", rollcall::app::tokens::Scope::Scim);
    let tokens = [app.scim_token(), &neighbour];
    let mut paths = vec![
        "/Users/00000000-0000-7000-8000-00000000dead".to_owned(),
        "/Users?filter=userName%20eq%20%22nobody%22".to_owned(),
        "/Users?count=0".to_owned(),
        "/Users?startIndex=500".to_owned(),
        "/Users?cursor=&count=0".to_owned(),
        "/Groups?count=0".to_owned(),
        "/Groups?count=1".to_owned(),
    ];
    for n in 0..6 {
        let id = app.provision(&user(&format!("person{n}")));
        if n % 2 == 0 {
            let group = json!({"displayName": format!("Group {n}"), "members": [{"value": id}]});
            assert_eq!(app.scim("POST", "/Groups", Some(&group)).status, 201);
        }
        paths.push(format!("/Users/{id}"));
        paths.push(format!("/Users/{id}?attributes=userName"));
        let named = format!("/Users?filter=userName%20eq%20%22PERSON{n}%22");
        for more in
            ["", "&count=0", "&startIndex=2", "&attributes=userName", "&excludedAttributes=groups,meta"]
        {
            paths.push(format!("{named}{more}"));
        }
    }
    let mut asked: Vec<(&str, &str, &str)> = Vec::new();
    for path in &paths {
        for token in tokens {
            for host in ["one.example", "two.example:8443"] {
                asked.push((host, token, path));
            }
        }
    }
    let answer = |(host, token, path)| {
        // On a machine that is busy some wait too long, and are told so.
        let mut answers = std::iter::repeat_with(|| ask(&app, host, token, path));
        let answer = answers.find(|answer| answer.status != 503).unwrap();
        (answer.status, answer.header("ETag").map(str::to_owned), String::from_utf8(answer.body).unwrap())
    };
    let alone: Vec<_> = asked.iter().copied().map(answer).collect();
    let in_company = while_accounts_are_locked(&app, Duration::from_millis(100), || {
        together(asked.len(), |n| answer(asked[n]))
    });
    for ((asked, alone), in_company) in asked.iter().zip(&alone).zip(&in_company) {
        assert_eq!(alone, in_company, "{asked:?}");
    }
    let found = alone.iter().filter(|(status, _, body)| *status == 200 && body.contains("userName")).count();
    // Each of the tenant, under both names of the server: two reads, and three of five queries that show somebody.
    assert_eq!(found, 6 * 2 * (2 + 3));
}

#[test]
fn reads_that_wait_leave_connections_to_others() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    thread::scope(|scope| {
        while_accounts_are_locked(&app, Duration::from_secs(20), || {
            for _ in 0..40 {
                scope.spawn(|| app.scim("GET", &format!("/Users/{id}"), None));
                // So slowly that each is too impatient to wait for the one before.
                thread::sleep(Duration::from_millis(5));
            }
            assert_eq!(app.scim("GET", "/Groups?count=0", None).status, 200);
        });
    });
    assert_eq!(app.scim("GET", &format!("/Users/{id}"), None).status, 200);
}
