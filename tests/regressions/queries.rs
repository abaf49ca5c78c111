//! Queries that asked for one thing and were answered with another, or not at all.

use super::{group, refused_naming};
use crate::support::{Failures, TestApp, expect, scim_error, user};
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const ACME: &str = "urn:example:scim:acme:2.0";

/// Adds an extension schema for users or groups.
fn extend(app: &TestApp, resource_type: &str, attributes: &Value) -> String {
    let urn = format!("{ACME}:{resource_type}");
    let schema = json!({"id": urn, "name": resource_type, "attributes": attributes});
    let body = json!({"resourceType": resource_type, "schema": schema});
    expect(app.api("PUT", &format!("/schemas/{urn}"), Some(&body)), 201);
    urn
}

/// Waits until every server has looked at the schemas again.
fn settle() {
    std::thread::sleep(rollcall::app::tokens::MAX_AGE_OF_A_YES);
}

fn ids(list: &Value) -> Vec<&str> {
    list["Resources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

fn search(app: &TestApp, endpoint: &str, body: &Value) -> crate::support::http::Response {
    app.scim("POST", &format!("{endpoint}/.search"), Some(body))
}

/// R108: who is in a walk over everything is in it once, and what cannot be one order is refused.
#[test]
fn users_and_groups_with_an_attribute_of_one_name() {
    let app = TestApp::start();
    let people = extend(&app, "User", &json!([{"name": "level", "type": "integer"}]));
    let groups = extend(&app, "Group", &json!([{"name": "level"}, {"name": "userName"}]));
    settle();
    let mut body = user("ada");
    body[&people] = json!({"level": 3});
    let ada = app.provision(&body);
    // Made before and after her, of the same name: the id decides.
    let named = |name: &str| json!({"displayName": name, &groups: {"level": "high", "userName": "bo"}});
    let first = group(&app, &named("First"));
    app.clock().advance(chrono::Duration::seconds(1));
    let bo = app.provision(&user("bo"));
    app.clock().advance(chrono::Duration::seconds(1));
    let last = group(&app, &named("Last"));
    let mut failures = Failures::default();
    for cursor in [None, Some("")] {
        let answer = search(&app, "", &json!({"sortBy": "level", "cursor": cursor}));
        for named in ["\"level\"", "a number", "text"] {
            failures.add("level", refused_naming(&answer, "invalidValue", named));
        }
    }
    let path = format!("{people}:level");
    let sorted = expect(search(&app, "", &json!({"sortBy": path})), 200).json().unwrap();
    assert_eq!(ids(&sorted).first(), Some(&ada.as_str()), "the URN says which");
    let mut found = Vec::new();
    let mut cursor = json!("");
    while !cursor.is_null() {
        let query = json!({"sortBy": "userName", "count": 1, "cursor": cursor});
        let page = expect(search(&app, "", &query), 200).json().unwrap();
        found.extend(ids(&page).into_iter().map(str::to_owned));
        cursor = page["nextCursor"].clone();
    }
    let of_group = |path: &str| path.trim_start_matches("/Groups/").to_owned();
    assert_eq!(found, [ada, of_group(&first), bo, of_group(&last)]);
    failures.none();
}

/// R039: a date is read in one way, wherever it stands.
#[test]
fn a_date_that_is_none_is_refused_wherever_it_stands() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let mut failures = Failures::default();
    for date in [
        "-9999-01-01T00:00:00",
        "+2026-12-31T00:00:00",
        "2026-12-31 00:00:00Z",
        "2026-12-31 00:00:00",
        "2026-12-31t00:00:00Z",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T20:00:00-10:00",
        "12026-12-31T00:00:00Z",
        "2026-12-31T00:00:00+23:00",
        "2016-12-31T23:59:60.5Z",
    ] {
        for name in ["startsAt", "expiresAt", "deactivateAt"] {
            let filter = format!("{ROLLCALL}:{name} lt {date:?}");
            let answer = search(&app, "/Users", &json!({"filter": filter}));
            failures.add(&filter, scim_error(&answer, 400, Some("invalidFilter")));
            let body = json!({"userName": "bjensen", ROLLCALL: {name: date}});
            let answer = app.scim("PUT", &format!("/Users/{id}"), Some(&body));
            failures.add(&body.to_string(), refused_naming(&answer, "invalidValue", name));
        }
    }
    failures.none();
}

/// R095: who has a time is found by the text of it, as the database rounds it and as the filter does.
#[test]
fn a_time_is_found_by_its_own_text_however_many_digits_it_has() {
    let app = TestApp::start();
    let urn = extend(&app, "User", &json!([{"name": "hired", "type": "dateTime"}]));
    settle();
    let mut failures = Failures::default();
    for (n, time) in [
        "2026-01-01T00:00:00.1234564Z",
        "2026-01-01T00:00:01.1234567Z",
        "2026-01-01T00:00:02.0000005Z",
        "2026-01-01T00:00:03.0000015Z",
        "2026-01-01T00:00:04.0000025Z",
        "2026-01-01T00:00:05.9999995",
        "2026-01-01T00:00:07.00000050000000001Z",
        "2026-01-01T23:59:59.9999999+01:00",
        "1969-12-31T23:59:59.1234567Z",
        "9999-12-31T23:59:59.9999999Z",
        "0001-01-03T00:00:00.0000000Z",
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = user(&format!("user{n}"));
        body[&urn] = json!({"hired": time});
        body[ROLLCALL] = json!({"expiresAt": time});
        let id = app.provision(&body);
        for path in [format!("{urn}:hired"), format!("{ROLLCALL}:expiresAt")] {
            let filter = format!("{path} eq {time:?}");
            let found = search(&app, "/Users", &json!({"filter": filter})).json().unwrap();
            let alone = found["totalResults"] == 1 && found["Resources"][0]["id"] == id;
            failures.check(&filter, alone, || format!("{found}"));
        }
    }
    failures.none();
}

/// R095: an empty text is no value.
#[test]
fn an_empty_name_is_not_present() {
    let app = TestApp::start();
    let mut nameless = user("nameless");
    nameless["displayName"] = json!("");
    app.provision(&nameless);
    app.provision(&user("absent"));
    let mut named = user("named");
    named["displayName"] = json!("Babs");
    app.provision(&named);
    for (filter, expected) in [
        ("displayName pr", vec!["named"]),
        ("displayName ne null", vec!["named"]),
        ("not (displayName pr)", vec!["nameless", "absent"]),
        ("displayName eq null", vec!["nameless", "absent"]),
    ] {
        let found = expect(search(&app, "/Users", &json!({"filter": filter})), 200).json().unwrap();
        let names: Vec<&Value> =
            found["Resources"].as_array().unwrap().iter().map(|one| &one["userName"]).collect();
        assert_eq!(names, expected, "{filter}");
    }
}

/// R052: an id is case-exact, and nothing else is the id.
#[test]
fn another_spelling_of_an_id_is_nobodys() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let guides = group(&app, &json!({"displayName": "Guides"}));
    let mut failures = Failures::default();
    for (endpoint, id) in [("/Users", id.as_str()), ("/Groups", guides.trim_start_matches("/Groups/"))] {
        let find = |filter: String| {
            let body = json!({"filter": filter});
            expect(search(&app, endpoint, &body), 200).json().unwrap()["totalResults"].clone()
        };
        assert_eq!((find(format!("id eq {id:?}")), find(format!("id ne {id:?}"))), (json!(1), json!(0)));
        let spellings =
            [id.to_uppercase(), id.replace('-', ""), format!("%7B{id}%7D"), format!("urn:uuid:{id}")];
        for other in spellings {
            let path = format!("{endpoint}/{other}");
            for method in ["GET", "DELETE"] {
                failures.add(&path, scim_error(&app.scim(method, &path, None), 404, None));
            }
            let text = other.replace("%7B", "{").replace("%7D", "}");
            let found = (find(format!("id eq {text:?}")), find(format!("id ne {text:?}")));
            failures.check(&text, found == (json!(0), json!(1)), || format!("{found:?}"));
            let answer = app.api("GET", &format!("/accounts/{other}"), None);
            failures.check(&text, answer.status == 404, || format!("API: {}", answer.status));
        }
        expect(app.scim("GET", &format!("{endpoint}/{id}"), None), 200);
    }
    failures.none();
}

/// R102: a filter is never ignored.
#[test]
fn no_filter_is_passed_over() {
    let app = TestApp::start();
    app.provision(&user("bjensen"));
    let mut failures = Failures::default();
    for endpoint in ["/Users", "/Groups"] {
        for query in ["filter=id%20pr&filter=id%20pr", "FILTER=id%20pr&count=1&filter=nonsense%20pr"] {
            let answer = app.scim("GET", &format!("{endpoint}?{query}"), None);
            failures.add(&format!("{endpoint}?{query}"), refused_naming(&answer, "invalidFilter", "twice"));
        }
    }
    for path in ["/Users/.search", "/Groups/.search", "/.search"] {
        for body in [json!({}), json!({"filter": "id pr"})] {
            let answer = app.scim("POST", &format!("{path}?Filter=id%20pr"), Some(&body));
            failures.add(&format!("{path} {body}"), refused_naming(&answer, "invalidFilter", "in the body"));
        }
        expect(app.scim("POST", &format!("{path}?count=0"), Some(&json!({}))), 200);
    }
    failures.none();
}
