//! Seats: never one too many, and none kept from who should have it.

use super::ROLLCALL;
use crate::support::{TestApp, expect, patch_op, scim_error, user};
use chrono::Duration;
use serde_json::{Value, json};

fn limit(app: &TestApp, limit: &Value) -> Value {
    expect(app.api("PUT", "/seats", Some(&json!({"limit": limit}))), 200).json().unwrap()
}

fn used(app: &TestApp) -> i64 {
    expect(app.api("GET", "/seats", None), 200).json().unwrap()["used"].as_i64().unwrap()
}

fn inactive(app: &TestApp, name: &str) -> String {
    let mut body = user(name);
    body["active"] = json!(false);
    app.provision(&body)
}

fn activate(app: &TestApp, id: &str) -> crate::support::http::Response {
    let body = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    app.scim("PATCH", &format!("/Users/{id}"), Some(&body))
}

#[test]
fn of_200_who_want_the_last_seat_one_gets_it() {
    let app = TestApp::unguarded();
    app.provision(&user("holder"));
    let ids: Vec<String> = (0..200).map(|n| inactive(&app, &format!("person.{n}"))).collect();
    assert_eq!(limit(&app, &json!(2)), json!({"limit": 2, "used": 1}));
    let won: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = ids
            .chunks(25)
            .map(|ids| {
                let app = &app;
                scope.spawn(move || {
                    let answers = ids.iter().map(|id| activate(app, id));
                    answers
                        .filter(|answer| {
                            let refused = scim_error(answer, 403, None).is_empty();
                            let detail = answer.json().unwrap()["detail"].to_string();
                            assert!(
                                answer.status == 200
                                    || (refused && detail.contains("all 2 seats are taken (2 in use)")),
                                "{} {detail}",
                                answer.status
                            );
                            answer.status == 200
                        })
                        .count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((won, used(&app)), (1, 2));
    let active = app.read("/Users?filter=active%20eq%20true&count=0")["totalResults"].clone();
    assert_eq!(active, 2);
}

#[test]
fn a_seat_is_freed_by_whoever_leaves_and_by_a_date_without_anything_having_run() {
    let app = TestApp::unguarded();
    limit(&app, &json!(2));
    let leaver = app.provision(&user("leaver"));
    let mut temp = user("temp");
    temp[ROLLCALL] = json!({"expiresAt": "2026-11-21T11:00:00Z"});
    app.provision(&temp);
    let refused = app.scim("POST", "/Users", Some(&user("third")));
    assert_eq!(scim_error(&refused, 403, None), Vec::<String>::new());
    assert_eq!(app.read("/Users?filter=userName%20eq%20%22third%22")["totalResults"], 0, "nothing was made");

    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.scim("PATCH", &format!("/Users/{leaver}"), Some(&off)), 200);
    app.provision(&user("third"));
    expect(activate(&app, &leaver), 403);
    app.clock().advance(Duration::hours(2));
    assert_eq!(used(&app), 1, "the expired one holds none any more");
    expect(activate(&app, &leaver), 200);
    assert_eq!(used(&app), 2);
    let rows: Vec<Value> = app.audit_of(&leaver).iter().map(|row| row["facts"].clone()).collect();
    assert_eq!(
        rows,
        [
            json!({"seatTaken": true}),
            json!({"sessionsEnded": true, "seatReleased": true}),
            json!({"seatTaken": true})
        ]
    );
    expect(app.scim("DELETE", &format!("/Users/{leaver}"), None), 204);
    assert_eq!(used(&app), 1);
}

/// LIFECYCLE L33, T7: with the policy of seed S, who comes above the limit is there and inactive.
#[test]
fn l33_above_the_limit_accounts_are_made_inactive_where_the_policy_says_so() {
    let app = TestApp::unguarded();
    expect(app.api("PATCH", "/policy", Some(&json!({"preset": "ispring"}))), 200);
    std::thread::sleep(rollcall::app::tokens::MAX_AGE_OF_A_YES);
    limit(&app, &json!(1));
    app.provision(&user("first"));
    let second = expect(app.scim("POST", "/Users", Some(&user("second"))), 201).json().unwrap();
    assert_eq!(second["active"], false);
    let account = app.account(second["id"].as_str().unwrap());
    assert_eq!((&account["label"], &account["seat"]), (&json!("Inactive"), &json!(false)));
    assert_eq!(used(&app), 1);
}

#[test]
fn a_lower_limit_takes_nobodys_seat_and_gives_none() {
    let app = TestApp::unguarded();
    let ids = ["one", "two", "three"].map(|name| app.provision(&user(name)));
    assert_eq!(limit(&app, &json!(1)), json!({"limit": 1, "used": 3}));
    for id in &ids {
        assert_eq!(app.account(id)["active"], true);
    }
    expect(app.scim("POST", "/Users", Some(&user("four"))), 403);
    // Who holds a seat can be changed.
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    expect(app.scim("PATCH", &format!("/Users/{}", ids[0]), Some(&title)), 200);
    assert_eq!(limit(&app, &Value::Null), json!({"limit": null, "used": 3}));
    app.provision(&user("four"));
    for wrong in [json!(-1), json!("5"), json!(1.5), json!(true)] {
        let refused = app.api("PUT", "/seats", Some(&json!({"limit": wrong})));
        assert_eq!((refused.status, refused.json().unwrap()["field"].clone()), (400, json!("limit")));
    }
}

/// LIFECYCLE C6, C7: a policy that counts otherwise counts everybody so, in the database as in the domain.
#[test]
fn a_change_of_the_policy_counts_everybody_anew() {
    let app = TestApp::unguarded();
    app.provision(&user("active"));
    inactive(&app, "off");
    let mut expired = user("expired");
    expired[ROLLCALL] = json!({"expiresAt": "2026-11-20T00:00:00Z"});
    app.provision(&expired);
    assert_eq!(used(&app), 1);
    for (policy, expected) in [
        (json!({"seat.basis": "account"}), 2),
        (json!({"seat.basis": "first_course_start"}), 0),
        (json!({"seat.basis": null}), 1),
        (json!({"preset": "ihasco"}), 0),
        (json!({"preset": "workspace"}), 2),
        (json!({"preset": null}), 1),
    ] {
        expect(app.api("PATCH", "/policy", Some(&policy)), 200);
        assert_eq!(used(&app), expected, "{policy}");
    }
    // Too few seats for a policy: it stays as it was.
    limit(&app, &json!(1));
    let refused = app.api("PATCH", "/policy", Some(&json!({"seat.basis": "account"})));
    assert_eq!(
        (refused.status, refused.json().unwrap()["type"].clone()),
        (403, json!("urn:rollcall:problem:no-free-seat"))
    );
    assert_eq!(
        expect(app.api("GET", "/policy", None), 200).json().unwrap()["settings"]["seat.basis"],
        "active_account"
    );
}

/// LIFECYCLE C6, C7: under each of the policies about seats, the database gives every kind of account the seat that the domain does.
#[test]
fn the_database_counts_seats_as_the_domain_does() {
    use rollcall::store::accounts;
    use rollcall_domain::account::{Command, decide};
    use rollcall_domain::ids::{AccountId, TenantId};

    let app = TestApp::unguarded();
    let course = app.course("Safety");
    let mut ids = Vec::new();
    for started in [false, true] {
        for (n, facts) in [
            json!({}),
            json!({"startsAt": "2026-12-01T00:00:00Z"}),
            json!({"expiresAt": "2026-12-01T00:00:00Z"}),
            json!({"expiresAt": "2026-11-21T08:00:00Z"}),
            json!({"deactivateAt": "2026-12-02T00:00:00Z", "expiresAt": "2026-12-01T00:00:00Z"}),
            json!({"deactivateAt": "2026-12-02T00:00:00Z"}),
        ]
        .into_iter()
        .enumerate()
        {
            for off in [false, true] {
                let id = app.provision(&user(&format!("{started}.{n}.{off}")));
                if started {
                    app.enrolled(&course, &json!({"accounts": [id]}));
                    expect(app.start_course(&id, &course), 204);
                }
                let set = patch_op(json!([{"op": "add", "value": { ROLLCALL: facts }}]));
                expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&set)), 200);
                if off {
                    app.done(&id, &json!({"command": "deactivate"}));
                }
                ids.push(id);
            }
        }
    }
    let tenant = crate::support::cluster::texts(app.database_url(), "SELECT id::text AS t FROM tenants");
    let tenant = TenantId(tenant[0].parse().unwrap());
    let mut conn = app.connect();
    let mut held = std::collections::BTreeSet::new();
    for basis in ["account", "active_account", "first_course_start"] {
        for release in ["true", "false", "only_if_not_started"] {
            for expiry in ["expired_locked", "deactivated"] {
                let settings = json!({"seat.basis": basis, "seat.release_on_deactivate": release, "expiry.result": expiry});
                app.set_policy(&settings);
                let mut policy = rollcall_domain::policy::Policy::ROLLCALL;
                for (key, word) in settings.as_object().unwrap() {
                    policy = policy.with(key, word.as_str().unwrap()).unwrap();
                }
                conn.enter(tenant).unwrap();
                let mut seated = 0;
                for id in &ids {
                    let row = accounts::find(&mut conn, tenant, AccountId(id.parse().unwrap()), "")
                        .unwrap()
                        .unwrap();
                    // A command that changes nothing but what is not as it should be.
                    let decided = decide(&row.account, Command::Unlock, &policy, app.clock().now()).unwrap();
                    assert_eq!(decided.account.seat, row.account.seat, "{settings} {}", row.resource);
                    seated += usize::from(row.account.seat.is_some());
                }
                held.insert(seated);
            }
        }
    }
    assert!(held.len() > 3, "the policies differ: {held:?}");
}

/// A seat that a date has freed is free for everybody: who had it takes one again only where one is free, also before a worker has
/// put the date on record.
#[test]
fn a_seat_that_a_date_has_freed_is_taken_again_only_if_it_is_free() {
    let app = TestApp::unguarded();
    let ids: Vec<String> = (0..3)
        .map(|n| {
            let mut temp = user(&format!("temp.{n}"));
            temp[ROLLCALL] = json!({"expiresAt": "2026-11-21T10:00:00Z"});
            app.provision(&temp)
        })
        .collect();
    app.clock().advance(Duration::hours(2));
    assert_eq!(limit(&app, &json!(1)), json!({"limit": 1, "used": 0}));
    let plan = json!({"command": {"command": "setExpiry", "expiresAt": "2030-01-01"}, "accounts": ids});
    let plan = expect(app.api("POST", "/plans", Some(&plan)), 201).json().unwrap();
    assert_eq!(plan["seats"], json!({"limit": 1, "used": 0, "taken": 3, "released": 0, "missing": 2}));
    expect(app.api("POST", &format!("/plans/{}/run", plan["id"].as_str().unwrap()), None), 403);
    expect(app.command(&ids[0], &json!({"command": "setExpiry", "expiresAt": "2030-01-01"})), 200);
    expect(app.command(&ids[1], &json!({"command": "setExpiry", "expiresAt": "2030-01-01"})), 403);
    let later =
        patch_op(json!([{"op": "replace", "path": format!("{ROLLCALL}:expiresAt"), "value": "2030-01-01"}]));
    let refused = app.scim("PATCH", &format!("/Users/{}", ids[2]), Some(&later));
    assert_eq!(scim_error(&refused, 403, None), Vec::<String>::new());
    assert_eq!(used(&app), 1);
    let off = json!({"command": {"command": "deactivate"}, "accounts": ids[1..]});
    let off = expect(app.api("POST", "/plans", Some(&off)), 201).json().unwrap();
    assert_eq!(off["seats"]["released"], 0, "they hold none any more");
}
