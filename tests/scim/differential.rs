//! The filter in SQL and the filter on JSON mean the same: both are asked about the same people.

use super::filter_generator::{Random, filter, person};
use crate::support::cluster::execute;
use crate::support::{Failures, TestApp, expect, user};
use rollcall_scim::filter::{matches, parse, resolve};
use rollcall_scim::registry::{Registry, ResourceType};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// Users as they are read, with where they stand.
fn everybody(app: &TestApp) -> Vec<Map<String, Value>> {
    let read =
        |query: &str| app.read(&format!("/Users?count=1000{query}"))["Resources"].as_array().unwrap().clone();
    let mut all = read("");
    for (user, more) in all.iter_mut().zip(read(&format!("&attributes={ROLLCALL}"))) {
        assert_eq!(user["id"], more["id"]);
        user[ROLLCALL] = more[ROLLCALL].clone();
    }
    all.into_iter().map(|user| user.as_object().unwrap().clone()).collect()
}

fn user_type() -> ResourceType {
    Registry::standard().unwrap().resource_type("User").unwrap().clone()
}

/// Whom the evaluator finds, and whom the database does.
fn both(app: &TestApp, rt: &ResourceType, people: &[Map<String, Value>], text: &str) -> Result<(), String> {
    let resolved = resolve(rt, &parse(text).map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
    let evaluated: BTreeSet<&str> =
        people.iter().filter(|p| matches(&resolved, p)).map(|p| p["id"].as_str().unwrap()).collect();
    let answer = app.scim(
        "POST",
        "/Users/.search",
        Some(&json!({"filter": text, "count": 1000, "attributes": ["id"]})),
    );
    let body = answer.json().unwrap_or_default();
    let Some(resources) = body["Resources"].as_array() else {
        return Err(format!("{} {body}", answer.status));
    };
    let selected: BTreeSet<&str> = resources.iter().map(|r| r["id"].as_str().unwrap()).collect();
    if body["totalResults"] != json!(selected.len()) {
        return Err(format!("totalResults {} for {}", body["totalResults"], selected.len()));
    }
    if selected == evaluated {
        return Ok(());
    }
    let named = |ids: BTreeSet<&&str>| -> String {
        let first = people.iter().find(|p| ids.iter().any(|id| p["id"] == json!(id)));
        format!("{} people, such as {}", ids.len(), first.map(|p| Value::from(p.clone())).unwrap_or_default())
    };
    Err(format!(
        "only in SQL: {}\n     only in the evaluator: {}",
        named(selected.difference(&evaluated).collect()),
        named(evaluated.difference(&selected).collect())
    ))
}

/// R095, R097, R098, R100: three hundred people and ten thousand generated filters, each printed and read again before. `FILTERS`
/// in the environment is another number of them.
#[test]
fn ten_thousand_generated_filters_mean_the_same_to_both() {
    const PEOPLE: usize = 300;
    let app = TestApp::start();
    let mut random = Random(20_261_121);
    let bodies: Vec<Value> = (0..PEOPLE).map(|n| person(&mut random, n)).collect();
    for body in &bodies {
        app.clock().advance(chrono::Duration::seconds(8));
        expect(app.scim("POST", "/Users", Some(body)), 201);
    }
    // So that the planner knows enough to use its indexes.
    execute(app.database_url(), "VACUUM ANALYZE accounts, account_terms");
    let (rt, people) = (user_type(), everybody(&app));
    assert_eq!(people.len(), PEOPLE);
    let number = std::env::var("FILTERS").map_or(10_000, |number| number.parse().unwrap());
    let results: Vec<(Failures, usize)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let (app, rt, people) = (&app, &rt, &people);
                scope.spawn(move || compare_many(app, rt, people, 1_000 + worker, number / WORKERS))
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let mut some = 0;
    for (failures, tell_apart) in results {
        failures.none();
        some += tell_apart;
    }
    assert!(some > number / 3, "only {some} of {number} filters tell people apart");
}

/// Threads that ask at the same time.
const WORKERS: usize = 4;

/// Compares many filters; gives what went wrong, and how many filters find some people and not others.
fn compare_many(
    app: &TestApp,
    rt: &ResourceType,
    people: &[Map<String, Value>],
    seed: usize,
    number: usize,
) -> (Failures, usize) {
    let (mut random, mut failures) = (Random(seed as u64), Failures::default());
    let (mut seen, mut some) = (0, 0);
    while seen < number {
        let text = filter(&mut random, 3);
        let Ok(expression) = parse(&text) else { continue };
        let again = parse(&expression.to_string()).map(|read| read.to_string());
        failures.check(&text, again == Ok(expression.to_string()), || format!("printed and read: {again:?}"));
        let resolved = resolve(rt, &expression).unwrap();
        let hits = people.iter().filter(|p| matches(&resolved, p)).count();
        some += usize::from(hits > 0 && hits < people.len());
        seen += 1;
        if let Err(wrong) = both(app, rt, people, &text) {
            failures.add(&text, vec![wrong]);
        }
    }
    (failures, some)
}

/// A few people, and filters that both must understand alike.
fn agree(bodies: &[Value], filters: &[&str]) {
    let app = TestApp::start();
    for body in bodies {
        expect(app.scim("POST", "/Users", Some(body)), 201);
    }
    let (rt, people) = (user_type(), everybody(&app));
    let mut failures = Failures::default();
    for text in filters {
        if let Err(wrong) = both(&app, &rt, &people, text) {
            failures.add(text, vec![wrong]);
        }
    }
    failures.none();
}

#[test]
fn letter_case_beyond_ascii() {
    let mut with = user("first");
    with["title"] = json!("École Ärger");
    with["displayName"] = json!("École Ärger");
    agree(
        &[with, user("second")],
        &[
            "title eq \"ÉCOLE ÄRGER\"",
            "title eq \"école ärger\"",
            "title ne \"école ärger\"",
            "title co \"école\"",
            "title sw \"É\"",
            "title ew \"ÄRGER\"",
            "displayName eq \"ÉCOLE ÄRGER\"",
            "displayName co \"ärg\"",
            "title gt \"É\"",
        ],
    );
}

#[test]
fn blanks_at_the_edge_of_a_value() {
    let mut first = user("blacksmith");
    first["displayName"] = json!("Blacksmith");
    let mut second = user("black smith");
    second["displayName"] = json!("Black Smith ");
    agree(
        &[first, second],
        &[
            "displayName co \" smith\"",
            "displayName sw \"black \"",
            "displayName ew \" smith\"",
            "userName co \" s\"",
            "userName sw \"black \"",
        ],
    );
}

#[test]
fn null_and_values_that_are_not_there() {
    let mut some = user("some");
    some["emails"] = json!([{"value": "a@example.com", "type": "work"}, {"value": "b@example.com"}]);
    some["name"] = json!({"givenName": "G"});
    let mut none = user("none");
    none["emails"] = json!([{"type": "home", "value": "c@example.com"}]);
    agree(
        &[some, none, user("bare")],
        &[
            "emails.type eq null",
            "emails.type ne null",
            "emails.type pr",
            "not (emails.type pr)",
            "emails eq null",
            "emails[type eq null]",
            "emails[type ne null]",
            "emails[not (type pr)]",
            "emails.type ne \"work\"",
            "emails[type ne \"work\"]",
            "name.familyName eq null",
            "name.givenName ne null",
            "name.familyName ne \"x\"",
            "displayName eq null",
            "externalId eq null",
            "active ne null",
            "phoneNumbers.value eq null",
            "not (title eq null)",
            "emails.primary ne true",
            "emails.primary eq false",
            "name pr",
            "emails.display pr",
            "addresses pr",
        ],
    );
}

/// What every resource shows can be searched for, or is refused; it is not "nobody".
#[test]
fn attributes_that_the_server_sets() {
    let mut first = user("first");
    first["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = json!({"department": "Tours"});
    let app = TestApp::start();
    let id = app.provision(&first);
    app.provision(&user("second"));
    let (rt, people) = (user_type(), everybody(&app));
    let mut failures = Failures::default();
    for text in [
        "schemas eq \"urn:ietf:params:scim:schemas:core:2.0:User\"".to_owned(),
        "schemas co \"enterprise\"".to_owned(),
        "schemas pr".to_owned(),
        "meta pr".to_owned(),
        "meta.version pr".to_owned(),
        "meta.location pr".to_owned(),
        format!("meta.location ew \"{id}\""),
        format!("not (meta.location ew \"{id}\")"),
        "meta.resourceType pr".to_owned(),
        "active pr".to_owned(),
        "id pr".to_owned(),
        format!("id sw \"{}\"", &id[..8]),
        "groups pr".to_owned(),
    ] {
        let answer = app.scim("POST", "/Users/.search", Some(&json!({"filter": text})));
        let refused = answer.status == 400 && answer.json().unwrap()["scimType"] == json!("invalidFilter");
        if let (false, Err(wrong)) = (refused, both(&app, &rt, &people, &text)) {
            failures.add(&text, vec![wrong]);
        }
    }
    failures.none();
}
