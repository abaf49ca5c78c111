//! Commands for many: shown first, run as they were shown, all of them or none.

use crate::support::administrator::Way;
use crate::support::{Failures, TestApp, expect, patch_op};
use serde_json::{Value, json};

fn made(app: &TestApp, plan: &Value) -> Value {
    expect(app.api("POST", "/plans", Some(plan)), 201).json().unwrap()
}

fn run(app: &TestApp, plan: &Value) -> crate::support::http::Response {
    app.api("POST", &format!("/plans/{}/run", plan["id"].as_str().unwrap()), None)
}

fn active(app: &TestApp, ids: &[String]) -> Vec<bool> {
    ids.iter().map(|id| app.account(id)["active"] == true).collect()
}

#[test]
fn a_plan_is_run_as_it_was_shown_or_not_at_all() {
    let app = TestApp::start();
    let ids: Vec<String> = ["one", "two", "three"].iter().map(|name| app.person(name)).collect();
    let plan = made(&app, &json!({"command": {"command": "deactivate"}, "accounts": ids}));
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    expect(app.scim("PATCH", &format!("/Users/{}", ids[1]), Some(&title)), 200);
    let refused = expect(run(&app, &plan), 409).json().unwrap();
    assert_eq!(refused["type"], "urn:rollcall:problem:plan-outdated");
    assert!(refused["detail"].as_str().unwrap().contains(&ids[1]), "{refused}");
    assert_eq!(active(&app, &ids), [true, true, true], "all of it or nothing");
    // Somebody is gone.
    let plan = made(&app, &json!({"command": {"command": "deactivate"}, "accounts": ids}));
    expect(app.scim("DELETE", &format!("/Users/{}", ids[2]), None), 204);
    expect(run(&app, &plan), 409);
    assert_eq!(active(&app, &ids[..2]), [true, true]);
    // As it was shown: once.
    let plan =
        made(&app, &json!({"command": {"command": "deactivate", "reason": "left"}, "accounts": ids[..2]}));
    assert_eq!(expect(run(&app, &plan), 200).json().unwrap()["counts"]["changes"], 2);
    assert_eq!(active(&app, &ids[..2]), [false, false]);
    let again = expect(run(&app, &plan), 409).json().unwrap();
    assert_eq!(again["type"], "urn:rollcall:problem:plan-was-run");
    let shown = app.api("GET", &format!("/plans/{}", plan["id"].as_str().unwrap()), None);
    let shown = expect(shown, 200).json().unwrap();
    assert!(shown["ranAt"].is_string());
    assert_eq!(
        (&shown["counts"]["changes"], &shown["seats"]["released"]),
        (&json!(2), &json!(2)),
        "what it did"
    );
    // Too late.
    let plan = made(&app, &json!({"command": {"command": "reactivate"}, "accounts": ids[..2]}));
    app.clock().advance(chrono::Duration::hours(1));
    assert_eq!(expect(run(&app, &plan), 409).json().unwrap()["type"], "urn:rollcall:problem:plan-outdated");
}

/// A plan of which one needs a seat too many does nothing to the others either.
#[test]
fn seats_are_counted_before_and_while_a_plan_is_run() {
    let app = TestApp::start();
    let ids: Vec<String> = ["one", "two", "three"].iter().map(|name| app.person(name)).collect();
    for id in &ids {
        app.switched(Way::Scim, id, false);
    }
    app.set_seats(2);
    let plan = made(&app, &json!({"command": {"command": "reactivate"}, "accounts": ids}));
    assert_eq!(plan["seats"], json!({"limit": 2, "used": 0, "taken": 3, "released": 0, "missing": 1}));
    let refused = expect(run(&app, &plan), 403).json().unwrap();
    assert_eq!(refused["type"], "urn:rollcall:problem:no-free-seat");
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("needs 3 seats") && detail.contains("0 of 2 are taken: 1 are missing"),
        "{refused}"
    );
    assert_eq!((active(&app, &ids), app.seats_used()), (vec![false; 3], 0));
    app.set_seats(3);
    expect(run(&app, &plan), 200);
    assert_eq!((active(&app, &ids), app.seats_used()), (vec![true; 3], 3));
}

/// Many who are shown a plan run it at the same time: one does.
#[test]
fn a_plan_that_is_run_by_several_is_run_once() {
    let app = TestApp::start();
    let ids: Vec<String> = (0..20).map(|n| app.person(&format!("person.{n}"))).collect();
    let plan = made(&app, &json!({"command": {"command": "deactivate"}, "accounts": ids}));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| run(&app, &plan).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    for id in &ids {
        assert_eq!(app.actions_of(id).iter().filter(|action| *action == "account.deactivated").count(), 1);
    }
}

#[test]
fn what_cannot_be_planned_is_refused_with_the_way_out() {
    let app = TestApp::start();
    let id = app.person("one");
    let deactivate = json!({"command": "deactivate"});
    let mut failures = Failures::default();
    for (plan, field, named) in [
        (json!({"command": deactivate}), "accounts", "either"),
        (json!({"command": deactivate, "accounts": [id], "filter": "active eq true"}), "accounts", "either"),
        (json!({"command": deactivate, "accounts": []}), "accounts", "1 to 10000"),
        (json!({"command": deactivate, "accounts": ["x"]}), "accounts[0]", "\"x\" is no id"),
        (json!({"command": deactivate, "filter": "active is true"}), "filter", "offset"),
        (json!({"command": {"command": "erase"}, "accounts": [id]}), "command", "for one account"),
        (json!({"command": {"command": "makeOwner"}, "accounts": [id]}), "command", "for one account"),
        (
            json!({"command": {"command": "deactivate", "reason": 1}, "accounts": [id]}),
            "command.reason",
            "1 cannot be used; send a string",
        ),
        (json!({"command": deactivate, "accounts": [id], "now": true}), "now", "is not known here"),
        (
            json!({"command": {"command": "deactivate", "confirm": id}, "accounts": [id]}),
            "command.confirm",
            "leave it out",
        ),
        (
            json!({"command": {"command": "setExpiry", "expiresAt": "foo"}, "accounts": [id]}),
            "expiresAt",
            "\"foo\"",
        ),
    ] {
        let answer = app.api("POST", "/plans", Some(&plan));
        failures.add(&plan.to_string(), crate::support::answers::problem(&answer, 400));
        let body = answer.json().unwrap();
        let says = body["detail"].as_str().unwrap().contains(named);
        failures.check(&plan.to_string(), body["field"] == field && says, || body.to_string());
    }
    let nobody = json!({"command": deactivate, "accounts": ["01a20046-1b8c-70d9-b1cc-cf54d639c90e"]});
    failures.add("nobody", crate::support::answers::problem(&app.api("POST", "/plans", Some(&nobody)), 404));
    failures.none();
    assert_eq!(app.account(&id)["active"], true);
}

/// Of another tenant there are no plans.
#[test]
fn a_plan_is_the_tenants_own() {
    let app = TestApp::start();
    let id = app.person("one");
    let plan = made(&app, &json!({"command": {"command": "deactivate"}, "accounts": [id]}));
    let other = app.issue_token("other", "administration", rollcall::app::tokens::Scope::Api);
    let path = format!("/api/v1/plans/{}", plan["id"].as_str().unwrap());
    expect(app.request("GET", &path, Some(&other), None), 404);
    expect(app.request("POST", &format!("{path}/run"), Some(&other), None), 404);
    let theirs = json!({"command": {"command": "deactivate"}, "accounts": [id]});
    expect(app.request("POST", "/api/v1/plans", Some(&other), Some(&theirs)), 404);
    assert_eq!(app.account(&id)["active"], true);
}

/// What shuts people out has to be looked at, whatever the command is called.
#[test]
fn many_are_shut_out_by_no_command_without_a_look() {
    let app = TestApp::start();
    let ids: Vec<String> = ["one", "two"].iter().map(|name| app.person(name)).collect();
    for command in [
        json!({"command": "deactivate"}),
        json!({"command": "lock"}),
        json!({"command": "setExpiry", "expiresAt": "2020-01-01"}),
        json!({"command": "setStart", "startsAt": "2030-01-01"}),
    ] {
        let plan = json!({"command": command, "accounts": ids, "run": true});
        let refused = expect(app.api("POST", "/plans", Some(&plan)), 409).json().unwrap();
        assert_eq!(refused["type"], "urn:rollcall:problem:confirmation-required", "{command}");
    }
    assert_eq!(active(&app, &ids), [true, true]);
    let harmless =
        json!({"command": {"command": "setRole", "role": "trainer"}, "accounts": ids, "run": true});
    expect(app.api("POST", "/plans", Some(&harmless)), 201);
}
