//! Requests that touch the same people and groups in every order: nobody waits for each other in a circle. PostgreSQL counts.

use super::together;
use crate::support::http::Response;
use crate::support::{TestApp, cluster, expect, patch_op, user};
use rollcall::app::tenants;
use rollcall::store::StoreError;
use rollcall::store::groups::lock;
use rollcall_domain::ids::GroupId;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many deadlocks PostgreSQL had to break in the database of the test.
fn deadlocks(app: &TestApp) -> String {
    const COUNT: &str =
        "SELECT deadlocks::text AS t FROM pg_stat_database WHERE datname = current_database()";
    cluster::texts(app.database_url(), COUNT).remove(0)
}

fn group(app: &TestApp, name: &str, members: &[&String]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let answer = app.scim("POST", "/Groups", Some(&json!({"displayName": name, "members": members})));
    expect(answer, 201).json().unwrap()["id"].as_str().unwrap().to_owned()
}

fn add(app: &TestApp, group: &str, members: &[&String]) -> u16 {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let patch = patch_op(json!([{"op": "add", "path": "members", "value": members}]));
    app.scim("PATCH", &format!("/Groups/{group}"), Some(&patch)).status
}

fn remove(app: &TestApp, group: &str, member: &str) -> u16 {
    let patch = patch_op(json!([{"op": "remove", "path": format!("members[value eq \"{member}\"]")}]));
    app.scim("PATCH", &format!("/Groups/{group}"), Some(&patch)).status
}

/// R147, R148: who is deleted while others put them into groups, take them out and move the groups is in none, and nobody is in the
/// way of anybody.
#[test]
fn deleting_and_moving_people_and_groups_at_once_waits_for_nobody_in_a_circle() {
    const ROUNDS: usize = 8;
    let app = TestApp::unguarded();
    for round in 0..ROUNDS {
        let people: Vec<String> = (0..4).map(|n| app.provision(&user(&format!("p{round}-{n}")))).collect();
        let groups: Vec<String> = (0..4).map(|n| group(&app, &format!("g{round}-{n}"), &[])).collect();
        let backwards: Vec<&String> = people.iter().rev().collect();
        together(8, |n| {
            let mut seen = Vec::new();
            match n {
                // Two people and one group go.
                0 | 1 => seen.push(app.scim("DELETE", &format!("/Users/{}", people[n]), None).status),
                2 => seen.push(app.scim("DELETE", &format!("/Groups/{}", groups[3]), None).status),
                // Groups come into groups together with people, and leave them.
                3 => {
                    for child in [1, 2, 3] {
                        seen.push(add(&app, &groups[0], &[&groups[child], &people[1], &people[0]]));
                    }
                    seen.push(remove(&app, &groups[0], &groups[1]));
                }
                // Others move the people.
                _ => {
                    for turn in 0..3 {
                        let group = &groups[(n + turn) % 4];
                        seen.push(add(&app, group, &backwards));
                        seen.push(remove(&app, group, &people[turn]));
                    }
                }
            }
            for status in seen {
                assert!(matches!(status, 200 | 204 | 400 | 404), "thread {n}: {status}");
            }
        });
        for gone in &people[..2] {
            assert_eq!(app.scim("GET", &format!("/Users/{gone}"), None).status, 404);
        }
        assert_eq!(app.scim("GET", &format!("/Groups/{}", groups[3]), None).status, 404);
        for stays in &groups[..3] {
            let members = app.read(&format!("/Groups/{stays}"))["members"].to_string();
            for gone in [&people[0], &people[1], &groups[3]] {
                assert!(!members.contains(gone.as_str()), "{gone} is gone, and a member: {members}");
            }
        }
    }
    let stray = "SELECT m.member_id::text AS t FROM group_members m JOIN accounts a ON a.id = m.member_id \
                 WHERE a.deleted_at IS NOT NULL";
    assert_eq!(cluster::texts(app.database_url(), stray), Vec::<String>::new());
    assert_eq!(deadlocks(&app), "0");
}

/// People, and one group, who refer to each other in a circle. What is made does not depend on the order, but for the references.
fn circle(names: &[String], group: &str) -> Value {
    let operation = |(n, name): (usize, &String)| {
        let next = format!("bulkId:{}", names[(n + 1) % names.len()]);
        let (path, data) = if name == group {
            ("/Groups", json!({"displayName": name, "externalId": next, "members": [{"value": next}]}))
        } else {
            ("/Users", json!({"userName": name, "title": next}))
        };
        json!({"method": "POST", "path": path, "bulkId": name, "data": data})
    };
    let operations: Vec<Value> = names.iter().enumerate().map(operation).collect();
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
}

fn statuses(answer: &Response) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for operation in answer.json().unwrap()["Operations"].as_array().unwrap() {
        *counted.entry(operation["status"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counted
}

/// R157: of circles that want the same names one is made, in whatever order they come.
#[test]
fn of_circles_with_the_same_names_in_opposite_order_one_is_made() {
    const SIZE: usize = 30;
    let app = TestApp::unguarded();
    for round in 0..4 {
        let names: Vec<String> = (0..SIZE).map(|n| format!("c{round}-{n}")).collect();
        let opposite: Vec<String> = names.iter().rev().cloned().collect();
        // Every other one holds a group.
        let group = if round % 2 == 0 { "" } else { &names[SIZE / 2] };
        let answers = together(4, |n| {
            let names = if n % 2 == 0 { &names } else { &opposite };
            expect(app.scim("POST", "/Bulk", Some(&circle(names, group))), 200)
        });
        let all: Vec<_> = answers.iter().map(statuses).collect();
        let with = |status: &str| all.iter().filter(|one| one.get(status) == Some(&SIZE)).count();
        assert_eq!((with("201"), with("409")), (1, 3), "{all:?}");
    }
    assert_eq!(deadlocks(&app), "0");
}

/// What no order can prevent: the one whom PostgreSQL stops begins again, and both are done.
#[test]
fn a_transaction_that_a_deadlock_ended_is_done_again() {
    let app = TestApp::unguarded();
    let groups = ["first", "second"].map(|name| GroupId(group(&app, name, &[]).parse().unwrap()));
    let (begun, attempts) = (Barrier::new(2), AtomicUsize::new(0));
    together(2, |n| {
        let mut conn = app.connect();
        let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
        conn.enter(tenant).unwrap();
        let mut first = true;
        let locked: Result<bool, StoreError> = conn.in_transaction(|conn| {
            attempts.fetch_add(1, Ordering::Relaxed);
            let mine = lock(conn, tenant, groups[n])?;
            if std::mem::take(&mut first) {
                begun.wait();
            }
            // In a part of its own, which is not what has to begin again.
            conn.in_transaction(|conn| {
                Ok::<_, StoreError>(mine.is_some() && lock(conn, tenant, groups[1 - n])?.is_some())
            })
        });
        assert!(locked.unwrap());
    });
    // PostgreSQL may stop both when they notice it at the same time.
    let attempts = attempts.into_inner();
    assert!((3..=4).contains(&attempts), "one of the two was tried twice: {attempts}");
}
