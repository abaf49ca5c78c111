//! When a token was last used, and that its end comes as no surprise.

use crate::postgres::fixture::wait_until;
use crate::support::{TestApp, expect};
use chrono::Duration;
use rollcall::app::tokens::{MAX_AGE_OF_A_YES, Scope};
use rollcall::app::work;
use serde_json::{Value, json};

fn row(app: &TestApp, id: uuid::Uuid) -> Value {
    let all = expect(app.api("GET", "/tokens", None), 200).json().unwrap();
    let all = all["tokens"].as_array().unwrap().clone();
    all.into_iter().find(|row| row["id"] == json!(id.to_string())).unwrap()
}

/// S42: whoever replaces a token sees which one is still in use.
#[test]
fn the_last_use_is_on_record_to_the_minute() {
    let app = TestApp::start();
    let (token, id) = app.issue("demo", "identity-provider", Scope::Scim, None);
    let (_, unused) = app.issue("demo", "identity-provider", Scope::Scim, None);
    let used = || expect(app.request("GET", "/scim/v2/Users", Some(&token), None), 200);
    assert_eq!(row(&app, id)["lastUsedAt"], Value::Null);
    used();
    wait_until(|| row(&app, id)["lastUsedAt"] == "2026-11-21T09:00:00Z");
    // Within the minute nothing is written again, however often it is used.
    app.clock().advance(Duration::seconds(59));
    std::thread::sleep(MAX_AGE_OF_A_YES);
    used();
    std::thread::sleep(MAX_AGE_OF_A_YES);
    assert_eq!(row(&app, id)["lastUsedAt"], "2026-11-21T09:00:00Z");
    app.clock().advance(Duration::seconds(1));
    used();
    wait_until(|| row(&app, id)["lastUsedAt"] == "2026-11-21T09:01:00Z");
    assert_eq!(row(&app, unused)["lastUsedAt"], Value::Null);
    // A token that is refused is not in use.
    expect(app.api("DELETE", &format!("/tokens/{unused}"), None), 204);
    assert_eq!(row(&app, unused)["lastUsedAt"], Value::Null);
}

fn warnings(app: &TestApp, id: uuid::Uuid) -> Vec<i64> {
    let rows = app.audit_of(&id.to_string());
    let of_warnings = rows.iter().filter(|row| row["action"] == "token.ends_soon");
    of_warnings.map(|row| row["facts"]["days"].as_i64().unwrap()).collect()
}

/// S42: warned of thirty, seven and one day before, each once, however many workers there are.
#[test]
fn the_end_of_a_token_is_warned_of_at_each_step_once() {
    let app = TestApp::start();
    let (_, long) = app.issue("demo", "identity-provider", Scope::Scim, Some(Duration::days(40)));
    let (_, short) = app.issue("demo", "identity-provider", Scope::Scim, Some(Duration::days(5)));
    let (_, hours) = app.issue("demo", "identity-provider", Scope::Scim, Some(Duration::hours(8)));
    let (_, revoked) = app.issue("demo", "identity-provider", Scope::Scim, Some(Duration::days(40)));
    let (_, endless) = app.issue("demo", "identity-provider", Scope::Scim, None);
    expect(app.api("DELETE", &format!("/tokens/{revoked}"), None), 204);
    // Four workers, twice each.
    let work = || {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    work::whole(&mut app.connect(), app.clock()).unwrap();
                    work::whole(&mut app.connect(), app.clock()).unwrap();
                });
            }
        });
    };
    let warning = |id| row(&app, id)["warning"].clone();
    work();
    assert_eq!((warnings(&app, long), warning(long)), (vec![], Value::Null));
    for (advanced, steps, words) in [
        (Duration::days(10) - Duration::seconds(1), vec![], None),
        (Duration::seconds(1), vec![30], Some("ends in 30 days")),
        (Duration::days(10), vec![30], Some("ends in 20 days")),
        (Duration::days(13), vec![30, 7], Some("ends in 7 days")),
        (Duration::days(6), vec![30, 7, 1], Some("ends in a day")),
        (Duration::hours(23), vec![30, 7, 1], Some("ends in an hour")),
        (Duration::hours(1), vec![30, 7, 1], None),
        (Duration::days(1), vec![30, 7, 1], None),
    ] {
        app.clock().advance(advanced);
        work();
        assert_eq!(warnings(&app, long), steps, "{words:?}");
        let told = warning(long);
        match words {
            Some(words) => {
                assert!(told.as_str().is_some_and(|told| told.starts_with(words)), "{told} {words}")
            }
            None => assert_eq!(told, Value::Null),
        }
    }
    assert_eq!(row(&app, long)["state"], "expired");
    let nothing: Vec<i64> = Vec::new();
    // It was issued for five days, of which nobody is surprised; and the worker did not look in its last day.
    assert_eq!(warnings(&app, short), nothing);
    assert_eq!(
        [warnings(&app, hours), warnings(&app, revoked), warnings(&app, endless)],
        [nothing.clone(), nothing.clone(), nothing]
    );
}

/// Where no worker ran for long, the nearest step says all that those before it would have said.
#[test]
fn steps_that_were_missed_are_not_made_up_for() {
    let app = TestApp::start();
    let (_, id) = app.issue("demo", "identity-provider", Scope::Scim, Some(Duration::days(40)));
    app.clock().advance(Duration::days(39) + Duration::hours(12));
    app.work();
    app.work();
    assert_eq!(warnings(&app, id), [1]);
}
