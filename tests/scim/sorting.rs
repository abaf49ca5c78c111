//! Sorting (RFC 7644 §3.4.2.3): the order of SQL is the order of the pure crate.

use super::filter_generator::{Random, person};
use crate::support::{Failures, TestApp, expect, scim_error, user};
use rollcall_scim::registry::{Registry, ResourceType};
use rollcall_scim::sort::{Direction, resolve};
use serde_json::{Map, Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

fn rt(name: &str) -> ResourceType {
    Registry::standard().unwrap().resource_type(name).unwrap().clone()
}

fn ids(list: &Value) -> Vec<String> {
    list["Resources"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

fn search(app: &TestApp, endpoint: &str, body: &Value) -> Value {
    expect(app.scim("POST", &format!("{endpoint}/.search"), Some(body)), 200).json().unwrap()
}

/// The ids of a list as the pure crate sorts it.
fn sorted(
    rt: &ResourceType,
    sort_by: &str,
    direction: Direction,
    resources: &[Map<String, Value>],
) -> Vec<String> {
    let sort = resolve(rt, sort_by, direction).unwrap();
    let mut all: Vec<&Map<String, Value>> = resources.iter().collect();
    all.sort_by(|a, b| sort.compare(a, b));
    all.iter().map(|resource| resource["id"].as_str().unwrap().to_owned()).collect()
}

/// Every page by index, and every page by cursor.
fn walks(app: &TestApp, endpoint: &str, sort_by: &str, order: &str, total: usize) -> [Vec<String>; 2] {
    let (mut by_index, mut by_cursor) = (Vec::new(), Vec::new());
    while by_index.len() < total {
        let body =
            json!({"sortBy": sort_by, "sortOrder": order, "count": 7, "startIndex": by_index.len() + 1});
        let page = search(app, endpoint, &body);
        assert_eq!(page["totalResults"], json!(total));
        let found = ids(&page);
        assert!(!found.is_empty(), "{sort_by} {order}: {page}");
        by_index.extend(found);
    }
    let mut cursor = json!("");
    while !cursor.is_null() {
        let body = json!({"sortBy": sort_by, "sortOrder": order, "count": 7, "cursor": cursor});
        let page = search(app, endpoint, &body);
        by_cursor.extend(ids(&page));
        cursor = page["nextCursor"].clone();
    }
    [by_index, by_cursor]
}

/// R108, R190: over random people, both ways, in pages of each kind, with ties by id.
#[test]
fn pages_in_every_order_are_those_of_the_pure_crate() {
    let app = TestApp::start();
    let mut random = Random(20_261_122);
    for n in 0..45 {
        app.clock().advance(chrono::Duration::milliseconds(if n % 3 == 0 { 0 } else { 1_500 }));
        let id = app.provision(&person(&mut random, n));
        if n % 7 == 0 {
            app.clock().advance(chrono::Duration::seconds(1));
            let body = json!({"Operations": [{"op": "add", "path": "locale", "value": "de"}]});
            expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&body)), 200);
        }
    }
    let all =
        |more: &str| app.read(&format!("/Users?count=1000{more}"))["Resources"].as_array().unwrap().clone();
    let mut people = all("");
    for (one, more) in people.iter_mut().zip(all(&format!("&attributes={ROLLCALL}"))) {
        one[ROLLCALL] = more[ROLLCALL].clone();
    }
    let people: Vec<Map<String, Value>> = people.iter().map(|p| p.as_object().unwrap().clone()).collect();
    let mut failures = Failures::default();
    for sort_by in [
        "userName",
        "id",
        "externalId",
        "displayName",
        "title",
        "NICKNAME",
        "active",
        "name.familyName",
        "name.givenName",
        "emails",
        "emails.value",
        "emails.type",
        "emails.primary",
        "phoneNumbers.value",
        "roles.type",
        "meta.created",
        "meta.lastModified",
        "meta.resourceType",
        "department",
        "manager",
        "locale",
        "urn:ietf:params:scim:schemas:core:2.0:User:displayName",
        &format!("{ENTERPRISE}:department"),
        &format!("{ENTERPRISE}:manager.value"),
        &format!("{ROLLCALL}:status"),
        &format!("{ROLLCALL}:deactivatedAt"),
        &format!("{ROLLCALL}:deactivationReason"),
    ] {
        for (order, direction) in [("ascending", Direction::Ascending), ("DESCENDING", Direction::Descending)]
        {
            let expected = sorted(&rt("User"), sort_by, direction, &people);
            for (kind, found) in
                ["index", "cursor"].iter().zip(walks(&app, "/Users", sort_by, order, people.len()))
            {
                failures.check(&format!("{sort_by} {order} by {kind}"), found == expected, || {
                    format!("{found:?}\n     not {expected:?}")
                });
            }
        }
    }
    failures.none();
}

/// R093, R108, R113: the root sorts users and groups together; an attribute that a type does not have is no value.
#[test]
fn the_root_sorts_users_and_groups_into_one_order() {
    let app = TestApp::start();
    for n in [4, 1, 3, 2] {
        app.clock().advance(chrono::Duration::seconds(1));
        let mut body = user(&format!("user{n}"));
        body["displayName"] = json!(format!("d{n}"));
        app.provision(&body);
        let group = json!({"displayName": format!("D{n}b"), "externalId": format!("{n}")});
        expect(app.scim("POST", "/Groups", Some(&group)), 201);
    }
    let everything = search(&app, "", &json!({}))["Resources"].as_array().unwrap().clone();
    let everything: Vec<Map<String, Value>> =
        everything.iter().map(|r| r.as_object().unwrap().clone()).collect();
    let mut failures = Failures::default();
    for (sort_by, of) in [
        ("displayName", "User"),
        ("userName", "User"),
        ("externalId", "Group"),
        ("meta.created", "User"),
        ("id", "User"),
        ("title", "User"),
        ("meta.resourceType", "User"),
    ] {
        for (order, direction) in [("ascending", Direction::Ascending), ("descending", Direction::Descending)]
        {
            let expected = sorted(&rt(of), sort_by, direction, &everything);
            for (kind, found) in ["index", "cursor"].iter().zip(walks(&app, "", sort_by, order, 8)) {
                failures.check(&format!("{sort_by} {order} by {kind}"), found == expected, || {
                    format!("{found:?}\n     not {expected:?}")
                });
            }
        }
    }
    failures.none();
    let filtered = json!({"sortBy": "displayName", "filter": "displayName sw \"d2\"", "startIndex": 2});
    assert_eq!(search(&app, "", &filtered)["Resources"][0]["displayName"], "D2b");
}

/// R108: GET and groups sort too, in any letter case of the order, and ascending when none is said.
#[test]
fn a_get_is_sorted_as_a_search_is() {
    let app = TestApp::start();
    for name in ["b", "a", "C"] {
        app.clock().advance(chrono::Duration::seconds(1));
        expect(app.scim("POST", "/Groups", Some(&json!({"displayName": name}))), 201);
    }
    let names = |query: &str| -> Vec<String> {
        let list = app.read(&format!("/Groups?{query}"));
        list["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["displayName"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("sortBy=displayName"), ["a", "b", "C"]);
    assert_eq!(names("sortBy=displayName&sortOrder=Descending"), ["C", "b", "a"]);
    assert_eq!(names("SORTBY=DISPLAYNAME&sortorder=ASCENDING&count=2&startIndex=2"), ["b", "C"]);
    assert_eq!(names("sortOrder=descending"), ["b", "a", "C"], "nothing to order by");
    assert_eq!(names("sortOrder=sideways"), ["b", "a", "C"]);
}

/// R107, R108: what cannot be sorted by is refused, never ignored.
#[test]
fn what_cannot_be_sorted_by_is_refused() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for query in [
        "/Users?sortBy=nowhere",
        "/Users?sortBy=",
        "/Users?sortBy=name",
        "/Users?sortBy=addresses",
        "/Users?sortBy=password",
        "/Users?sortBy=members",
        "/Users?sortBy=groups",
        "/Users?sortBy=meta.version",
        "/Users?sortBy=userName&sortOrder=down",
        "/Groups?sortBy=userName",
        "/Groups?sortBy=members.value",
    ] {
        failures.add(query, scim_error(&app.scim("GET", query, None), 400, Some("invalidValue")));
    }
    let root = app.scim("POST", "/.search", Some(&json!({"sortBy": "nowhere"})));
    failures.add("root", scim_error(&root, 400, Some("invalidValue")));
    failures.none();
}
