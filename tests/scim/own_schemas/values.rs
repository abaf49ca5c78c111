//! Numbers and dates at their limits, and values that are not of the type of their attribute.

use super::{URN, put};
use crate::support::cluster::execute;
use crate::support::{Failures, TestApp, expect, scim_error, user};
use rollcall_scim::filter::{matches, parse, resolve};
use rollcall_scim::registry::{OwnSchema, Registry, ResourceType, read_schema};
use rollcall_scim::sort::{Direction, resolve as resolve_sort};
use serde_json::{Map, Value, json};

fn typed() -> Value {
    let sub = json!([{"name": "at", "type": "dateTime"}, {"name": "n", "type": "integer"}, {"name": "yes", "type": "boolean"}]);
    json!({"id": URN, "attributes": [
        {"name": "whole", "type": "integer"},
        {"name": "part", "type": "decimal"},
        {"name": "yes", "type": "boolean"},
        {"name": "at", "type": "dateTime"},
        {"name": "each", "type": "complex", "multiValued": true, "subAttributes": sub},
    ]})
}

fn user_type() -> ResourceType {
    let schema = read_schema(&typed()).unwrap();
    let own = OwnSchema { resource_type: "User".to_owned(), schema };
    Registry::standard().unwrap().with_own([own]).unwrap().resource_type("User").unwrap().clone()
}

fn ids(list: &Value) -> Vec<String> {
    list["Resources"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

/// Everybody, in the order of their ids.
fn everybody(app: &TestApp) -> Vec<Map<String, Value>> {
    let all = app.read("/Users?count=1000");
    all["Resources"].as_array().unwrap().iter().map(|one| one.as_object().unwrap().clone()).collect()
}

fn search(app: &TestApp, body: &Value) -> Result<Value, String> {
    let answer = app.scim("POST", "/Users/.search", Some(body));
    let body = answer.json().unwrap_or_default();
    if answer.status == 200 { Ok(body) } else { Err(format!("{} {body}", answer.status)) }
}

/// Texts that are dates and times, and some that only look so.
const TIMES: [&str; 33] = [
    "2020-02-29T12:00:00Z",
    "2020-02-29T12:00:00.1234567Z",
    "2020-02-29T14:00:00+02:00",
    "2020-02-29T12:00:00",
    "2016-12-31T23:59:60Z",
    "0001-01-01T00:00:00+00:00",
    "0001-01-01T00:00:00-14:00",
    "9999-12-31T23:59:59.9999999Z",
    "2000-02-29T00:00:00z",
    "0400-02-29T00:00:00Z",
    "0004-02-29T00:00:00Z",
    "1000-01-01T00:00:00Z",
    "no date",
    "2020",
    "2021-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2020-04-31T00:00:00Z",
    "2020-13-01T00:00:00Z",
    "2020-00-10T00:00:00Z",
    "2020-01-00T00:00:00Z",
    "2020-01-01T24:00:00Z",
    "2020-01-01T00:60:00Z",
    "2020-01-01T00:00:61Z",
    "2020-01-01T00:00:00+14:01",
    "2020-01-01T00:00:00+15:00",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2020-1-1T0:0:0Z",
    "2020-01-01 00:00:00Z",
    "now",
    "infinity",
    "2020-01-01T00:00:00.00000000000000000000000000000000000Z",
];

/// A value of another type, left over from another schema, is no value: to filters and orders, in SQL as in memory.
#[test]
fn a_stored_value_of_another_type_is_none() {
    let app = TestApp::start();
    expect(put(&app, &typed()), 201);
    let others = [
        json!("text"),
        json!(true),
        json!(false),
        json!(7),
        json!(1.5),
        json!(-3),
        json!({"x": 1}),
        json!([1]),
    ];
    let values: Vec<Value> = TIMES.iter().map(|text| json!(text)).chain(others).collect();
    for (n, value) in values.iter().enumerate() {
        let id = app.provision(&user(&format!("user{n}")));
        let extension = json!({"whole": value, "part": value, "yes": value, "at": value,
            "each": [{"at": value, "n": value, "yes": value}, {"n": 5}]});
        let sql = format!(
            "UPDATE accounts SET resource = resource || '{}' WHERE id = '{id}'",
            json!({URN: extension})
        );
        execute(app.database_url(), &sql);
    }
    let (rt, people) = (user_type(), everybody(&app));
    let mut failures = Failures::default();
    let at = |name: &str| format!("{URN}:{name}");
    let mut filters = Vec::new();
    for name in ["whole", "part", "yes", "at", "each.at", "each.n", "each.yes"] {
        let value = match name.rsplit('.').next() {
            Some("at") => "\"2020-02-29T12:00:00Z\"",
            Some("yes") => "true",
            _ => "2",
        };
        filters.extend(["eq", "ne"].map(|op| format!("{} {op} {value}", at(name))));
        filters.extend(["pr", "eq null", "ne null"].map(|op| format!("{} {op}", at(name))));
        if value != "true" {
            filters.extend(["gt", "ge", "lt", "le"].map(|op| format!("{} {op} {value}", at(name))));
        }
        filters.push(format!("not ({} eq {value})", at(name)));
    }
    filters.push(format!("{}[at ge \"2020-01-01T00:00:00Z\" and not (n eq 2)]", at("each")));
    filters.push(format!("{}[yes pr and at eq null]", at("each")));
    for filter in filters {
        let resolved = resolve(&rt, &parse(&filter).unwrap()).unwrap();
        let expected: Vec<String> = people
            .iter()
            .filter(|person| matches(&resolved, person))
            .map(|person| person["id"].as_str().unwrap().to_owned())
            .collect();
        let found = search(&app, &json!({"filter": filter, "count": 1000})).map(|list| ids(&list));
        failures.check(&filter, found == Ok(expected.clone()), || format!("{found:?} not {expected:?}"));
    }
    for name in ["whole", "part", "yes", "at", "each.at", "each.n", "each.yes"] {
        let sort = resolve_sort(&rt, &at(name), Direction::Ascending).unwrap();
        let mut sorted: Vec<&Map<String, Value>> = people.iter().collect();
        sorted.sort_by(|a, b| sort.compare(a, b));
        let expected: Vec<String> = sorted.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        let found = search(&app, &json!({"sortBy": at(name), "count": 1000})).map(|list| ids(&list));
        failures.check(name, found == Ok(expected.clone()), || format!("{found:?} not {expected:?}"));
    }
    failures.none();
}

/// R038: a number comes back as it was sent and is found by it and by no other, or it is refused.
#[test]
fn numbers_are_kept_exactly_or_refused() {
    let app = TestApp::start();
    expect(put(&app, &typed()), 201);
    let authorization = format!("Bearer {}", app.scim_token());
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    let post = |name: &str, attribute: &str, number: &str| {
        let text = format!(r#"{{"userName":"{name}","{URN}":{{"{attribute}":{number}}}}}"#);
        app.raw("POST", "/scim/v2/Users", &headers, Some(text.as_bytes()))
    };
    let mut failures = Failures::default();
    for (n, (attribute, number)) in [
        ("whole", "9007199254740991"),
        ("whole", "9007199254740990"),
        ("whole", "-9007199254740991"),
        ("part", "0.30000000000000004"),
        ("part", "0.30000000000000001"),
        ("part", "1.7976931348623157e308"),
        ("part", "2.5e-10"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("user{n}");
        let made = expect(post(&name, attribute, number), 201).json().unwrap();
        let sent: Value = serde_json::from_str(number).unwrap();
        failures.check(number, made[URN][attribute] == sent, || made.to_string());
        let filter = format!("{URN}:{attribute} eq {number}");
        let found = search(&app, &json!({"filter": filter})).unwrap();
        failures.check(&filter, ids(&found) == [made["id"].as_str().unwrap()], || found.to_string());
    }
    for (attribute, number) in [
        ("whole", "9007199254740992"),
        ("whole", "9007199254740993"),
        ("whole", "-9007199254740992"),
        ("whole", "100000000000000000000"),
        ("part", "9007199254740993"),
        ("part", "0.123456789012345678901234567890"),
    ] {
        failures.add(number, scim_error(&post("refused", attribute, number), 400, Some("invalidValue")));
        if number.len() < 20 || attribute == "part" {
            let filter = json!({"filter": format!("{URN}:{attribute} eq {number}")});
            let answer = app.scim("POST", "/Users/.search", Some(&filter));
            failures.add(&filter.to_string(), scim_error(&answer, 400, Some("invalidFilter")));
        }
    }
    failures.none();
}

/// R039, R185: the first and the last moment that can be kept are found on a walk by cursor; what lies beyond is refused.
#[test]
fn a_walk_over_dates_at_the_edges_loses_nobody() {
    let app = TestApp::start();
    expect(put(&app, &typed()), 201);
    let person = |n: usize, at: &str| {
        let mut body = user(&format!("user{n}"));
        body[URN] = json!({"at": at});
        body
    };
    let edges = [
        "0001-01-01T00:00:00-14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "2020-06-01T00:00:00",
    ];
    for n in 0..12 {
        app.provision(&person(n, edges[n % edges.len()]));
    }
    for beyond in ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"] {
        let answer = app.scim("POST", "/Users", Some(&person(99, beyond)));
        assert_eq!(scim_error(&answer, 400, Some("invalidValue")), Vec::<String>::new(), "{beyond}");
    }
    for order in ["ascending", "descending"] {
        let (mut seen, mut cursor) = (Vec::new(), json!(""));
        while !cursor.is_null() {
            let body =
                json!({"sortBy": format!("{URN}:at"), "sortOrder": order, "count": 2, "cursor": cursor});
            let page = search(&app, &body).unwrap();
            seen.extend(ids(&page));
            cursor = page["nextCursor"].clone();
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 12, "{order}");
    }
}
