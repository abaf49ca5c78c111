//! Chains of groups: none is a circle and none is endless, whoever makes them at the same time.

use super::nested_groups::{adding, group, groups, members, tag};
use crate::support::cluster::texts;
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use rollcall::app::tenants;
use rollcall::store;
use rollcall_domain::ids::GroupId;
use serde_json::{Value, json};
use std::sync::Barrier;
use std::thread;

/// R070: no group is in itself, whether directly or by way of others, and nothing of such a request is done.
#[test]
fn circles_of_one_two_and_five_groups_are_refused() {
    let app = TestApp::start();
    let person = app.provision(&user("anna"));
    // 4 is in 3, which is in 2 …
    let mut chain = vec![group(&app, "G4", &[])];
    for name in ["G3", "G2", "G1", "G0"] {
        let below = chain[0].clone();
        chain.insert(0, group(&app, name, &[&below]));
    }
    let lowest = &chain[4];
    let path = format!("/Groups/{lowest}");
    let before = (app.read(&path), tag(&app, &path));
    let mut failures = Failures::default();
    for length in [1, 2, 5] {
        let other = &chain[5 - length];
        let value = json!([{"value": person}, {"value": other}]);
        for (method, body) in [
            ("PATCH", patch_op(json!([{"op": "add", "path": "members", "value": value}]))),
            ("PATCH", patch_op(json!([{"op": "replace", "path": "members", "value": value}]))),
            ("PUT", json!({"displayName": "renamed", "members": value})),
        ] {
            let answer = app.scim(method, &path, Some(&body));
            let case = format!("{method}, a circle of {length}");
            failures.add(&case, scim_error(&answer, 400, Some("invalidValue")));
            let detail = answer.json().unwrap()["detail"].as_str().unwrap_or_default().to_owned();
            for named in ["\"G4\"", other.as_str(), &format!("\"G{}\"", 5 - length)] {
                failures.check(&case, detail.contains(named), || format!("does not name {named}: {detail}"));
            }
        }
    }
    failures.none();
    assert_eq!((app.read(&path), tag(&app, &path)), before);
    assert_eq!(app.actions_of(lowest), ["group.created"]);
}

/// Two requests that are each right and together make a circle: one of them is refused.
#[test]
fn of_two_who_close_a_circle_at_once_one_wins() {
    let app = TestApp::start();
    for round in 0..12 {
        let ids = [group(&app, &format!("A{round}"), &[]), group(&app, &format!("B{round}"), &[])];
        let barrier = Barrier::new(2);
        let put_into = |container: usize| {
            barrier.wait();
            let path = format!("/Groups/{}", ids[container]);
            app.scim("PATCH", &path, Some(&adding(&ids[1 - container]))).status
        };
        let mut statuses = thread::scope(|scope| {
            let both = [0, 1].map(|n| {
                scope.spawn({
                    let put_into = &put_into;
                    move || put_into(n)
                })
            });
            both.map(|one| one.join().unwrap())
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
        let edges = members(&app, &ids[0]).len() + members(&app, &ids[1]).len();
        assert_eq!(edges, 1);
    }
}

/// Chains of groups end at 32, from whichever end they are made longer.
#[test]
fn a_chain_of_groups_has_an_end() {
    let app = TestApp::start();
    let person = app.provision(&user("anna"));
    let mut chain = vec![group(&app, "G1", &[&person])];
    for n in 2..=32 {
        let below = chain[chain.len() - 1].clone();
        chain.push(group(&app, &format!("G{n}"), &[&below]));
    }
    assert_eq!(groups(&app, &person).len(), 32);
    // Ten and nine groups, to be hung in below the tenth, which has 22 above it.
    let mut short = vec![group(&app, "S1", &[])];
    for n in 2..=10 {
        let below = short[short.len() - 1].clone();
        short.push(group(&app, &format!("S{n}"), &[&below]));
    }
    let new = json!({"displayName": "New", "members": [{"value": chain[31]}]});
    let add = |to: &str, member: &str| app.scim("PATCH", &format!("/Groups/{to}"), Some(&adding(member)));
    let mut failures = Failures::default();
    for (case, answer) in [
        ("above", app.scim("POST", "/Groups", Some(&new))),
        ("below", add(&chain[0], &short[0])),
        ("in the middle", add(&chain[9], &short[9])),
    ] {
        failures.add(case, scim_error(&answer, 400, Some("invalidValue")));
        let detail = answer.json().unwrap()["detail"].clone();
        let told = detail.as_str().is_some_and(|detail| detail.contains("32 levels"));
        failures.check(case, told, || detail.to_string());
    }
    failures.none();
    assert_eq!(app.read("/Groups?filter=displayName%20eq%20%22New%22")["totalResults"], 0);
    expect(add(&chain[9], &short[8]), 200);
}

/// Everybody is in everybody's way, and nobody fails: deletions, additions and changes around the same groups.
#[test]
fn deletions_and_additions_around_the_same_groups_do_not_lock_each_other_out() {
    let app = TestApp::start();
    // As a provider does it: a 503 means "again, a little later". The pool is small.
    let persistent = |method: &str, path: &str, body: Option<Value>| {
        for _ in 0..50 {
            let answer = app.scim(method, path, body.as_ref());
            if answer.status != 503 {
                return answer;
            }
            thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("{method} {path} is always refused");
    };
    for round in 0..3 {
        let people: Vec<String> = (0..4).map(|n| app.provision(&user(&format!("p{round}-{n}")))).collect();
        let low: Vec<String> =
            (0..4).map(|n| group(&app, &format!("low{round}-{n}"), &[&people[n]])).collect();
        let all: Vec<&str> = low.iter().map(String::as_str).collect();
        let tops: Vec<String> = (0..2).map(|n| group(&app, &format!("top{round}-{n}"), &all)).collect();
        let barrier = Barrier::new(8);
        let work = |n: usize| {
            barrier.wait();
            let answer = match n {
                0 | 1 => persistent("DELETE", &format!("/Groups/{}", low[n]), None),
                2 | 3 => persistent("DELETE", &format!("/Users/{}", people[n]), None),
                4 | 5 => persistent("PATCH", &format!("/Groups/{}", tops[n - 4]), Some(adding(&low[3]))),
                6 => persistent("PATCH", &format!("/Groups/{}", tops[0]), Some(adding(&people[0]))),
                _ => persistent("PATCH", &format!("/Groups/{}", low[2]), Some(adding(&people[1]))),
            };
            (n, answer.status)
        };
        let statuses: Vec<(usize, u16)> = thread::scope(|scope| {
            let all: Vec<_> = (0..8)
                .map(|n| {
                    scope.spawn({
                        let work = &work;
                        move || work(n)
                    })
                })
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        for (n, status) in &statuses {
            assert_eq!(*status, if *n < 4 { 204 } else { 200 }, "{statuses:?}");
        }
        assert_eq!(members(&app, &tops[1]), [format!("Group low{round}-2"), format!("Group low{round}-3")]);
    }
    let deadlocks = "SELECT deadlocks::text AS t FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(texts(app.database_url(), deadlocks), ["0"]);
}

/// A provider fills a group and puts it into another one at the same time: neither waits for the other.
#[test]
fn a_group_whose_members_are_being_changed_can_be_put_into_another() {
    let app = TestApp::start();
    let (low, top) = (group(&app, "Low", &[]), group(&app, "Top", &[]));
    let mut conn = app.connect();
    let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
    conn.enter(tenant).unwrap();
    conn.in_transaction(|conn| {
        assert!(store::groups::lock(conn, tenant, GroupId(low.parse().unwrap()))?.is_some());
        expect(app.scim("PATCH", &format!("/Groups/{top}"), Some(&adding(&low))), 200);
        Ok::<_, store::StoreError>(())
    })
    .unwrap();
    assert_eq!(members(&app, &top), ["Group Low"]);
}
