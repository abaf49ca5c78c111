//! What the clock alone changes: filters, versions, and the agreement of SQL with the domain.

use super::{ROLLCALL, standing};
use crate::support::cluster::execute;
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use chrono::{DateTime, Duration, Utc};
use rollcall_domain::account::{Account, Command, Deactivation, Reason, ScheduledDeactivation, decide};
use rollcall_domain::credential::SignIn;
use rollcall_domain::policy::Policy;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PASSWORD: &str = "correct horse battery";

fn found(app: &TestApp, filter: &str) -> BTreeSet<String> {
    let body = json!({"filter": filter, "count": 1000, "attributes": ["id"]});
    let answer = expect(app.scim("POST", "/Users/.search", Some(&body)), 200).json().unwrap();
    let all = answer["Resources"].as_array().cloned().unwrap_or_default();
    assert_eq!(answer["totalResults"], json!(all.len()));
    all.iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
}

/// Every combination of dates, before, at and after the times at which it is asked.
fn people(app: &TestApp) -> Vec<(String, Account)> {
    let start = app.clock().now();
    let times = [
        None,
        Some(start - Duration::hours(1)),
        Some(start + Duration::hours(2)),
        Some(start + Duration::hours(4)),
    ];
    let text = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339());
    let mut all = Vec::new();
    for starts_at in times {
        for expires_at in times {
            for scheduled in times {
                for off in [false, true] {
                    let n = all.len();
                    let mut body = user(&format!("person.{n}"));
                    body[ROLLCALL] = json!({"startsAt": text(starts_at), "expiresAt": text(expires_at),
                        "deactivateAt": text(scheduled), "deactivationReason": "leave"});
                    if off {
                        body["active"] = json!(false);
                    }
                    let id = app.provision(&body);
                    let past = scheduled.is_some_and(|at| at <= start);
                    let deactivated =
                        (off || past).then_some(Deactivation { at: start, reason: Reason::Leave });
                    let first_access_at = (n % 4 > 1).then_some(start);
                    if first_access_at.is_some() {
                        let sql =
                            format!("UPDATE accounts SET first_access_at = created_at WHERE id = '{id}'");
                        execute(app.database_url(), &sql);
                    }
                    let account = Account {
                        first_access_at,
                        starts_at,
                        expires_at,
                        deactivate_at: scheduled
                            .map(|at| ScheduledDeactivation { at, reason: Reason::Leave }),
                        deactivated,
                        ..Account::new(SignIn::Username)
                    };
                    // With the seat that it was given when it was made.
                    let made = decide(&account, Command::Create, &Policy::ROLLCALL, start).unwrap().account;
                    all.push((id, made));
                }
            }
        }
    }
    all
}

/// R116: SQL and the domain agree on status, active and seat of every combination of facts, at every time.
#[test]
fn filters_mean_what_the_domain_says_at_every_time() {
    let app = TestApp::start();
    let people = people(&app);
    let mut failures = Failures::default();
    for _ in 0..4 {
        let now = app.clock().now();
        let mut check = |filter: String, holds: &dyn Fn(&Account) -> bool| {
            let expected: BTreeSet<String> =
                people.iter().filter(|(_, account)| holds(account)).map(|(id, _)| id.clone()).collect();
            let found = found(&app, &filter);
            failures.check(&format!("{now} {filter}"), found == expected, || {
                let wrong: Vec<_> = people
                    .iter()
                    .filter(|(id, _)| found.contains(id) != expected.contains(id))
                    .map(|(_, account)| account)
                    .take(2)
                    .collect();
                format!("{} found, {} expected, such as {wrong:?}", found.len(), expected.len())
            });
        };
        for status in rollcall_domain::account::Status::ALL {
            let word = status.as_str();
            check(format!("{ROLLCALL}:status eq \"{word}\""), &|account| account.status(now) == status);
            check(format!("{ROLLCALL}:status ne \"{word}\""), &|account| account.status(now) != status);
        }
        for active in [true, false] {
            check(format!("active eq {active}"), &|account| account.is_active(now) == active);
            check(format!("active ne {active}"), &|account| account.is_active(now) != active);
            check(format!("not (active eq {active})"), &|account| account.is_active(now) != active);
            check(format!("{ROLLCALL}:seat eq {active}"), &|account| account.holds_seat(now) == active);
        }
        check(format!("{ROLLCALL}:deactivatedAt pr"), &|account| account.settled(now).deactivated.is_some());
        let asked = now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        check(format!("{ROLLCALL}:deactivatedAt le \"{asked}\""), &|account| {
            account.settled(now).deactivated.is_some_and(|off| off.at <= now)
        });
        check(
            format!("{ROLLCALL}:expiresAt gt \"{asked}\" and {ROLLCALL}:role eq \"learner\""),
            &|account| account.expires_at.is_some_and(|at| at > now),
        );
        check(format!("{ROLLCALL}:startsAt le \"{asked}\""), &|account| {
            account.starts_at.is_some_and(|at| at <= now)
        });
        check(format!("{ROLLCALL}:deactivateAt eq null"), &|account| account.deactivate_at.is_none());
        // What is shown of one is what is found of all.
        let (id, account) = &people[people.len() / 2];
        assert_eq!(standing(&app, id)["status"], account.status(now).as_str());
        app.clock().advance(Duration::hours(2));
    }
    failures.none();
    let refused = app.scim(
        "POST",
        "/Users/.search",
        Some(&json!({"filter": format!("{ROLLCALL}:expiresAt lt \"soon\"")})),
    );
    assert_eq!(scim_error(&refused, 400, Some("invalidFilter")), Vec::<String>::new());
}

/// R065: when the clock alone changes what is shown, the version changes too, and the old one is refused.
#[test]
fn a_version_ends_when_the_clock_changes_what_is_shown() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body[ROLLCALL] = json!({"startsAt": "2026-11-21T10:00:00Z", "expiresAt": "2026-11-21T12:00:00Z"});
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    let read = || {
        let answer = expect(app.scim("GET", &path, None), 200);
        let shown = answer.json().unwrap();
        let tag = answer.header("ETag").unwrap().to_owned();
        assert_eq!(shown["meta"]["version"], json!(tag));
        assert_eq!(app.read("/Users")["Resources"][0]["meta"]["version"], json!(tag));
        (tag, shown["active"].clone(), shown["meta"]["lastModified"].clone())
    };
    let seen: Vec<(String, Value, Value)> = (0..4)
        .map(|_| {
            let now = read();
            app.clock().advance(Duration::minutes(30));
            assert_eq!(read(), now, "nothing happens between the dates");
            app.clock().advance(Duration::minutes(30));
            now
        })
        .collect();
    let tags: BTreeSet<&String> = seen.iter().map(|(tag, ..)| tag).collect();
    assert_eq!(tags.len(), 3, "staged, usable (twice) and expired");
    assert_eq!(
        seen.iter().map(|(_, active, _)| active.clone()).collect::<Vec<_>>(),
        [json!(false), json!(true), json!(true), json!(false)]
    );
    assert!(seen.iter().all(|(.., modified)| *modified == seen[0].2), "lastModified is the last write");

    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    let (current, ..) = read();
    for (old, ..) in &seen[..3] {
        let answer = app.scim_with("PATCH", &path, &[("If-Match", old)], Some(&title));
        assert_eq!(scim_error(&answer, 412, None), Vec::<String>::new());
        expect(app.scim_with("GET", &path, &[("If-None-Match", old)], None), 200);
    }
    expect(app.scim_with("PATCH", &path, &[("If-Match", &current)], Some(&title)), 200);
}

/// A first sign-in is no change of the representation, for an account with dates as for one without.
#[test]
fn signing_in_changes_no_version() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body[ROLLCALL] = json!({"expiresAt": "2027-11-21T12:00:00Z"});
    let id = app.provision(&body);
    let learner = app.learner_with_password(&id, "bjensen", PASSWORD);
    app.clock().advance(Duration::minutes(1));
    let before = app.read(&format!("/Users/{id}"));
    expect(learner.sign_in(PASSWORD), 201);
    assert_eq!(app.read(&format!("/Users/{id}")), before);
}
