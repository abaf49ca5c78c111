//! Pages (RFC 7644 §3.4.2.4).

use crate::support::{Failures, TestApp, expect, scim_error, user};
use serde_json::{Value, json};
use std::collections::HashSet;

fn ids(list: &Value) -> Vec<String> {
    let resources = list["Resources"].as_array().unwrap();
    resources.iter().map(|resource| resource["id"].as_str().unwrap().to_owned()).collect()
}

/// R091, R109: pages of any size are the whole list, with true numbers.
#[test]
fn pages_of_every_size_show_everybody_once_and_say_true_numbers() {
    let app = TestApp::start();
    for n in 0..13 {
        app.provision(&user(&format!("user{n}")));
    }
    let all = ids(&app.read("/Users"));
    assert_eq!(all.len(), 13);
    for size in [1, 2, 5, 12, 13, 14] {
        let (mut seen, mut start) = (Vec::new(), 1);
        loop {
            let page = app.read(&format!("/Users?startIndex={start}&count={size}"));
            assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(13), &json!(start)));
            let found = ids(&page);
            assert_eq!(page["itemsPerPage"], json!(found.len()));
            if found.is_empty() {
                break;
            }
            start += found.len();
            seen.extend(found);
        }
        assert_eq!(seen, all, "pages of {size}");
    }
}

/// R010, R109: a startIndex below 1 is 1, a count below 0 is 0, and never more than count; unknown parameters are not looked at.
#[test]
fn numbers_out_of_range_are_brought_into_it_and_nonsense_is_refused() {
    let app = TestApp::start();
    for n in 0..3 {
        app.provision(&user(&format!("user{n}")));
    }
    let mut failures = Failures::default();
    for endpoint in ["/Users", "/Groups"] {
        let total = if endpoint == "/Users" { 3 } else { 0 };
        for (query, start, found) in [
            ("startIndex=0", 1, 3),
            ("startIndex=-7", 1, 3),
            ("startIndex=2", 2, 2),
            ("startIndex=4", 4, 0),
            ("startIndex=1000000", 1_000_000, 0),
            ("count=0", 1, 0),
            ("count=-1", 1, 0),
            ("count=2", 1, 2),
            ("count=999999999", 1, 3),
            ("count=9223372036854775807", 1, 3),
            ("count=99999999999999999999999", 1, 3),
            ("startIndex=-99999999999999999999999", 1, 3),
            ("startIndex=99999999999999999999999", i64::MAX, 0),
            ("startIndex=1000001", 1_000_001, 0),
            ("STARTINDEX=2&Count=1", 2, 1),
            ("startIndex=%202%20", 2, 2),
            ("unknown=1&sortBy=displayName", 1, 3),
        ] {
            let list = app.read(&format!("{endpoint}?{query}"));
            let numbers = (&list["totalResults"], &list["startIndex"], ids(&list).len());
            let found = found.min(total);
            let right = numbers == (&json!(total), &json!(start), found);
            failures.check(&format!("{endpoint}?{query}"), right, || format!("{numbers:?}"));
        }
        for query in ["startIndex=one", "count=", "count=1.5", "startIndex=1e3"] {
            let path = format!("{endpoint}?{query}");
            failures.add(&path, scim_error(&app.scim("GET", &path, None), 400, Some("invalidValue")));
        }
    }
    failures.none();
}

/// R091, R092: no match is 200 with no resources.
#[test]
fn nobody_found_is_an_empty_list_and_no_404() {
    let app = TestApp::start();
    for path in ["/Users?filter=userName%20eq%20%22nobody%22", "/Groups?filter=displayName%20eq%20%22none%22"]
    {
        let list = app.read(path);
        assert_eq!((&list["totalResults"], &list["Resources"]), (&json!(0), &json!([])));
        assert_eq!(list["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
    }
}

/// R073, R109, R193: what is enforced is what is advertised.
#[test]
fn a_page_without_number_has_100_and_never_more_than_1000() {
    let app = TestApp::start();
    // Written beside the API: a thousand requests would prove no more.
    let sql = "INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, resource, created_at, updated_at) \
        SELECT c.tenant_id, gen_random_uuid(), c.id, 'bulk' || n, jsonb_build_object('userName', 'bulk' || n), now(), now() \
        FROM (SELECT * FROM connections WHERE name = 'identity-provider') c, generate_series(1, 1005) n";
    crate::support::cluster::execute(app.database_url(), sql);
    assert_eq!(ids(&app.read("/Users")).len(), 100);
    for count in ["1000", "1001", "5000"] {
        let page = app.read(&format!("/Users?count={count}"));
        assert_eq!((ids(&page).len(), &page["totalResults"]), (1000, &json!(1005)));
    }
    let config = app.read("/ServiceProviderConfig");
    assert_eq!(config["filter"]["maxResults"], 1000, "what is enforced is what is advertised");
    let mut seen = HashSet::new();
    for start in [1, 401, 801] {
        seen.extend(ids(&app.read(&format!("/Users?startIndex={start}&count=400"))));
    }
    assert_eq!(seen.len(), 1005);
}

/// R093, R113: the root covers all resource types.
#[test]
fn a_search_over_everything_shows_users_and_then_groups() {
    let app = TestApp::start();
    for n in 0..3 {
        app.provision(&user(&format!("user{n}")));
        expect(app.scim("POST", "/Groups", Some(&json!({"displayName": format!("group{n}")}))), 201);
    }
    let search = |body: Value| expect(app.scim("POST", "/.search", Some(&body)), 200).json().unwrap();
    let all = search(json!({}));
    assert_eq!((&all["totalResults"], ids(&all).len()), (&json!(6), 6));
    let kinds: Vec<&str> = all["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["meta"]["resourceType"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["User", "User", "User", "Group", "Group", "Group"]);
    let mut seen = Vec::new();
    for start in 1..=6 {
        let page = search(json!({"startIndex": start, "count": 1}));
        assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(6), &json!(start)));
        seen.extend(ids(&page));
    }
    assert_eq!(seen, ids(&all));
    assert_eq!(search(json!({"filter": "meta.resourceType eq \"Group\""}))["totalResults"], 3);
    assert_eq!(search(json!({"filter": "userName eq \"user1\""}))["totalResults"], 1);
    assert_eq!(search(json!({"filter": "displayName eq \"GROUP1\""}))["totalResults"], 1);
    let nowhere = app.scim("POST", "/.search", Some(&json!({"filter": "nowhere eq \"x\""})));
    assert_eq!(scim_error(&nowhere, 400, Some("invalidFilter")), Vec::<String>::new());
}

/// R093: an attribute that a resource type does not have is treated as having no value.
#[test]
fn a_search_over_everything_may_name_what_only_one_type_has() {
    let app = TestApp::start();
    app.provision(&user("user1"));
    expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "group1"}))), 201);
    let mut failures = Failures::default();
    for (filter, total) in [
        ("userName eq \"user1\" or displayName eq \"group1\"", 2),
        ("displayName eq \"group1\" and not (userName pr)", 1),
        ("not (members pr)", 2),
        ("userName pr and displayName eq \"group1\"", 0),
    ] {
        let found = app.scim("POST", "/.search", Some(&json!({"filter": filter}))).json().unwrap();
        failures
            .check(filter, found["totalResults"] == json!(total), || format!("{found}, expected {total}"));
    }
    failures.none();
}

/// R093: no value is null, and differs from every value.
#[test]
fn what_a_type_does_not_have_is_null() {
    let app = TestApp::start();
    app.provision(&json!({"userName": "with", "nickName": "W"}));
    app.provision(&json!({"userName": "without"}));
    expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "Guides"}))), 201);
    for (filter, found) in [
        ("nickName eq null", 2),
        ("nickName ne null", 1),
        ("nickName pr", 1),
        ("not (nickName pr)", 2),
        ("nickName ne \"W\"", 2),
        ("nickName eq \"W\"", 1),
        ("members ne null", 0),
        ("members eq null", 3),
    ] {
        let answer = expect(app.scim("POST", "/.search", Some(&json!({"filter": filter}))), 200);
        assert_eq!(answer.json().unwrap()["totalResults"], found, "{filter}");
    }
}
