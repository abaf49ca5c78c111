//! Ways to be let put out more people than the guard allows.

use super::guard::{active, company, off};
use crate::support::{TestApp, expect};
use chrono::Duration;
use serde_json::{Value, json};

fn told(app: &TestApp, kind: &str) -> Vec<Value> {
    app.work();
    let all = expect(app.api("GET", "/notices", None), 200).json().unwrap();
    let all = all["notices"].as_array().unwrap().clone();
    all.into_iter().filter(|notice| notice["kind"] == kind).collect()
}

/// Invented people make no room either when the window is over, and administrators hear of them before.
#[test]
fn invented_people_make_no_room_a_day_later_and_are_told() {
    let app = TestApp::start();
    let people = company(&app, 40);
    for id in &people {
        app.done(id, &json!({"command": "recordAccess"}));
    }
    app.clock().advance(Duration::days(30));
    for number in 0..40 {
        app.person(&format!("new-{number}"));
    }
    assert_eq!(told(&app, "accounts.many_new"), Vec::<Value>::new(), "no more than there were");
    for number in 0..360 {
        app.person(&format!("invented-{number}"));
    }
    // It is looked for every hour.
    app.clock().advance(Duration::hours(25));
    let news = told(&app, "accounts.many_new");
    assert_eq!(news.len(), 1, "{news:?}");
    assert!(news[0]["detail"].as_str().unwrap().contains("identity-provider"), "{news:?}");
    app.clock().advance(Duration::hours(25));
    assert_eq!(told(&app, "accounts.many_new").len(), 1, "once");
    let gone = people.iter().take_while(|id| off(&app, id).status == 200).count();
    assert_eq!((gone, active(&app)), (5, 435));
}
