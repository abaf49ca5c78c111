//! Many clients at once: nothing acknowledged is lost, and nobody sees a fault.

mod deadlocks;
mod shared_reads;

use crate::support::app::request_to;
use crate::support::http::Response;
use crate::support::{TestApp, expect, patch_op, user};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// As a provider does it: a 503 means "again, a little later".
fn persistent(
    app: &TestApp,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Response {
    for _ in 0..100 {
        let answer = app.scim_with(method, path, headers, body);
        if answer.status != 503 {
            return answer;
        }
        assert!(answer.header("Retry-After").is_some());
        thread::sleep(Duration::from_millis(30));
    }
    panic!("{method} {path}: busy for too long");
}

/// Runs `work` in that many threads, which begin together.
fn together<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|n| {
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    start.wait();
                    work(n)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn count(answers: &[Response], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// R060, R086: one name has one holder, also when all ask at once.
#[test]
fn of_64_who_want_one_name_one_gets_it() {
    let app = TestApp::unguarded();
    let spellings = ["racer@example.com", "RACER@example.com", "Racer@Example.Com", "ｒacer@example.com"];
    let answers = together(64, |n| persistent(&app, "POST", "/Users", &[], Some(&user(spellings[n % 4]))));
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, 63));
    for refused in answers.iter().filter(|answer| answer.status == 409) {
        assert_eq!(refused.json().unwrap()["scimType"], "uniqueness");
    }
    assert_eq!(app.read("/Users")["totalResults"], 1);
}

#[test]
fn of_32_who_bring_one_person_back_one_does() {
    let app = TestApp::unguarded();
    let mut body = user("returner");
    body["active"] = json!(false);
    let id = app.provision(&body);
    let answers = together(32, |_| persistent(&app, "POST", "/Users", &[], Some(&user("returner"))));
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, 31));
    assert_eq!(app.actions_of(&id), ["account.created", "account.reactivated"]);
}

/// R171, R172: between the check of a version and the write nobody gets in.
#[test]
fn a_counter_behind_if_match_counts_every_success_once() {
    let app = TestApp::unguarded();
    let mut body = user("counter");
    body["title"] = json!("0");
    let path = format!("/Users/{}", app.provision(&body));
    let (successes, stale) = (AtomicUsize::new(0), AtomicUsize::new(0));
    together(16, |_| {
        for _ in 0..12 {
            let read = expect(persistent(&app, "GET", &path, &[], None), 200);
            let next: usize = read.json().unwrap()["title"].as_str().unwrap().parse::<usize>().unwrap() + 1;
            let patch = patch_op(json!([{"op": "replace", "path": "title", "value": next.to_string()}]));
            let tag = read.header("ETag").unwrap();
            match persistent(&app, "PATCH", &path, &[("If-Match", tag)], Some(&patch)).status {
                200 => successes.fetch_add(1, Ordering::Relaxed),
                412 => stale.fetch_add(1, Ordering::Relaxed),
                other => panic!("{other}"),
            };
        }
    });
    let (successes, stale) = (successes.into_inner(), stale.into_inner());
    assert_eq!(app.read(&path)["title"], json!(successes.to_string()), "a success was lost");
    assert_eq!(successes + stale, 192);
    assert!(stale > 0, "nobody raced");
}

#[test]
fn different_attributes_changed_at_once_all_survive() {
    const ATTRIBUTES: [&str; 8] = [
        "title",
        "nickName",
        "displayName",
        "userType",
        "locale",
        "timezone",
        "externalId",
        "preferredLanguage",
    ];
    let app = TestApp::unguarded();
    let id = app.provision(&user("shared"));
    let path = format!("/Users/{id}");
    together(ATTRIBUTES.len(), |n| {
        for round in 0..10 {
            let value = format!("{n}-{round}");
            let patch = patch_op(json!([{"op": "replace", "path": ATTRIBUTES[n], "value": value}]));
            let body = expect(persistent(&app, "PATCH", &path, &[], Some(&patch)), 200).json().unwrap();
            assert_eq!(body[ATTRIBUTES[n]], json!(value), "the answer shows the change");
        }
    });
    let read = app.read(&path);
    for (n, attribute) in ATTRIBUTES.iter().enumerate() {
        assert_eq!(read[attribute], json!(format!("{n}-9")), "{attribute}");
    }
    assert_eq!(app.actions_of(&id).len(), 81, "one audit row for each change and no other");
    assert_eq!(read["meta"]["version"], "W/\"81\"");
}

#[test]
fn members_added_and_removed_at_once_are_those_of_the_model() {
    let app = TestApp::unguarded();
    let elsewhere = app.another_server();
    let people: Vec<String> = (0..48).map(|n| app.provision(&user(&format!("member{n}")))).collect();
    let first: Vec<Value> = people[..24].iter().map(|id| json!({"value": id})).collect();
    let group =
        expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "All", "members": first}))), 201);
    let path = format!("/Groups/{}", group.json().unwrap()["id"].as_str().unwrap());
    // Half of the members leave, as many strangers come, everybody once; and one comes in every thread.
    together(24, |n| {
        let (leaves, comes, always) = (&people[n], &people[n + 24], &people[47]);
        let remove = patch_op(json!([{"op": "remove", "path": format!("members[value eq \"{leaves}\"]")}]));
        let add = patch_op(
            json!([{"op": "add", "path": "members", "value": [{"value": comes}, {"value": always}]}]),
        );
        let rename = patch_op(json!([{"op": "replace", "path": "displayName", "value": format!("All {n}")}]));
        if n % 2 == 0 {
            expect(persistent(&app, "PATCH", &path, &[], Some(&remove)), 200);
        }
        expect(persistent(&app, "PATCH", &path, &[], Some(&add)), 200);
        if n % 3 == 0 {
            expect(persistent(&app, "PATCH", &path, &[], Some(&rename)), 200);
        }
    });
    let model: BTreeSet<&str> =
        (0..48).filter(|n| *n >= 24 || n % 2 == 1).map(|n| people[n].as_str()).collect();
    let token = app.scim_token();
    let read = request_to(elsewhere, "GET", &format!("/scim/v2{path}"), Some(token), None).json().unwrap();
    let members = read["members"].as_array().unwrap();
    let found: BTreeSet<&str> = members.iter().map(|member| member["value"].as_str().unwrap()).collect();
    assert_eq!((found, members.len()), (model.clone(), model.len()));
}

#[test]
fn switching_on_and_off_at_once_ends_in_one_of_the_two_with_its_audit() {
    let app = TestApp::unguarded();
    let id = app.provision(&user("switched"));
    let path = format!("/Users/{id}");
    together(16, |n| {
        for round in 0..5 {
            let active = (n + round) % 2 == 0;
            let patch = patch_op(json!([{"op": "replace", "path": "active", "value": active}]));
            let body = expect(persistent(&app, "PATCH", &path, &[], Some(&patch)), 200).json().unwrap();
            assert_eq!(body["active"], json!(active));
        }
    });
    let actions = app.actions_of(&id);
    for pair in actions[1..].windows(2) {
        assert_ne!(pair[0], pair[1], "each row is a change: {actions:?}");
    }
    let last = actions.last().unwrap() != "account.deactivated";
    assert_eq!(app.read(&path)["active"], json!(last));
}

#[test]
fn who_is_deleted_while_being_added_is_in_no_group() {
    let app = TestApp::unguarded();
    let people: Vec<String> = (0..64).map(|n| app.provision(&user(&format!("member{n}")))).collect();
    let group = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "All"}))), 201);
    let path = format!("/Groups/{}", group.json().unwrap()["id"].as_str().unwrap());
    for pair in people.chunks(4) {
        together(8, |n| {
            let id = &pair[n / 2];
            if n % 2 == 0 {
                expect(persistent(&app, "DELETE", &format!("/Users/{id}"), &[], None), 204);
            } else {
                let add = patch_op(json!([{"op": "add", "path": "members", "value": [{"value": id}]}]));
                let status = persistent(&app, "PATCH", &path, &[], Some(&add)).status;
                assert!(matches!(status, 200 | 400), "{status}");
            }
        });
    }
    assert_eq!(app.read(&path)["members"], json!([]), "deleted people are shown as members");
    let rows =
        crate::support::cluster::texts(app.database_url(), "SELECT member_id::text AS t FROM group_members");
    assert_eq!(rows, Vec::<String>::new(), "deleted people are kept as members");
}
