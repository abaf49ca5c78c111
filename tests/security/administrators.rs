//! S48: neither the owner nor the last administrator is locked out by anybody's sync, also under parallel attempts.

use crate::support::app::request_to;
use crate::support::cluster::texts;
use crate::support::{TestApp, expect, patch_op, user};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};
use std::thread;

const URN: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

fn administrator(app: &TestApp, name: &str) -> String {
    let mut body = user(name);
    body["schemas"].as_array_mut().unwrap().push(json!(URN));
    body[URN] = json!({"role": "administrator"});
    app.provision(&body)
}

/// Every way in which a provider could take an administrator's access.
fn attempts(name: &str) -> Vec<(&'static str, Option<Value>)> {
    let replace = |path: String, value: Value| {
        ("PATCH", Some(patch_op(json!([{"op": "replace", "path": path, "value": value}]))))
    };
    let mut put = user(name);
    put["active"] = json!(false);
    vec![
        replace("active".to_owned(), json!(false)),
        replace(format!("{URN}:role"), json!("learner")),
        replace(format!("{URN}:expiresAt"), json!("2026-11-01")),
        replace(format!("{URN}:expiresAt"), json!("2030-11-01")),
        replace(format!("{URN}:deactivateAt"), json!("2026-12-01")),
        replace(format!("{URN}:startsAt"), json!("2027-01-01")),
        ("PUT", Some(put)),
        ("DELETE", None),
    ]
}

#[test]
fn the_last_administrator_stays_whatever_a_provider_says() {
    let app = TestApp::start();
    let last = administrator(&app, "admin");
    let path = format!("/Users/{last}");
    let before = app.account(&last);
    for (method, body) in attempts("admin") {
        let answer = expect(app.scim(method, &path, body.as_ref()), 403).json().unwrap();
        assert!(answer["detail"].as_str().unwrap().contains("the last one that administers"), "{answer}");
    }
    assert_eq!(app.account(&last), before);
    // Somebody else who may go, or has gone, is nobody to rely on.
    let second = administrator(&app, "second");
    app.done(&second, &json!({"command": "deactivate", "at": "2026-12-24"}));
    expect(app.scim("DELETE", &path, None), 403);
    app.done(&second, &json!({"command": "cancelDeactivation"}));
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.scim("PATCH", &path, Some(&off)), 200);
    expect(app.scim("PATCH", &format!("/Users/{second}"), Some(&off)), 403);
    // An administrator may, by hand.
    let done = app.done(&second, &json!({"command": "deactivate", "confirm": second}));
    assert_eq!(done["changed"], true);
}

#[test]
fn the_owner_stays_and_is_somebody_to_rely_on() {
    let app = TestApp::start();
    let owner = app.person("owner");
    app.done(&owner, &json!({"command": "makeOwner"}));
    let administrator = administrator(&app, "admin");
    for (method, body) in attempts("owner") {
        let status = app.scim(method, &format!("/Users/{owner}"), body.as_ref()).status;
        assert!(matches!(status, 400 | 403), "{method} {body:?}: {status}");
    }
    assert_eq!(app.account(&owner)["active"], true);
    expect(app.scim("DELETE", &format!("/Users/{administrator}"), None), 204);
}

/// Rounds with two administrators whom two servers put out at the same time, in any two ways: one stays in every round.
#[test]
fn of_two_administrators_who_are_put_out_together_one_stays() {
    let app = TestApp::start();
    app.set("demo", "identity-provider", &json!({"guard": "off"}));
    let servers = [app.address(), app.another_server()];
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(60);
    for round in 0..rounds {
        let both = [administrator(&app, &format!("a{round}")), administrator(&app, &format!("b{round}"))];
        let answers: Vec<u16> = thread::scope(|scope| {
            let tasks: Vec<_> = (0..2)
                .map(|side| {
                    let (app, id) = (&app, &both[side]);
                    let all = attempts(&format!("{}{round}", ["a", "b"][side]));
                    let (method, body) = all[(round / (side * 7 + 1)) % all.len()].clone();
                    let server = servers[side];
                    scope.spawn(move || {
                        let path = format!("/scim/v2/Users/{id}");
                        request_to(server, method, &path, Some(app.scim_token()), body.as_ref()).status
                    })
                })
                .collect();
            tasks.into_iter().map(|task| task.join().unwrap()).collect()
        });
        let refused = answers.iter().filter(|status| **status == 403).count();
        assert_eq!(refused, 1, "round {round}: {answers:?}");
        for id in &both {
            app.command(id, &json!({"command": "erase", "confirm": id}));
        }
    }
}

/// Who takes an administrator's access by hand is not refused, and still waits for whoever does the same at the moment: else a sync that
/// has just found somebody to rely on would be wrong.
#[test]
fn by_hand_one_waits_for_another_who_puts_administrators_out() {
    let app = TestApp::start();
    let (first, second) = (administrator(&app, "first"), administrator(&app, "second"));
    let mut other = app.connect();
    let held = "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('administrators ' || id, 0)) FROM tenants WHERE name = 'demo'";
    other.batch_execute(held).unwrap();
    thread::scope(|scope| {
        let by_hand = scope.spawn(|| app.done(&second, &json!({"command": "deactivate", "confirm": second})));
        // Until it is seen to wait, or is through without.
        while texts(
            app.database_url(),
            "SELECT 1::text AS t FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
        )
        .is_empty()
        {
            assert!(!by_hand.is_finished(), "it did not wait");
            thread::sleep(std::time::Duration::from_millis(5));
        }
        other.batch_execute("COMMIT").unwrap();
        assert_eq!(by_hand.join().unwrap()["changed"], true);
    });
    expect(app.scim("DELETE", &format!("/Users/{first}"), None), 403);
}
