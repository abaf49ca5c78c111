//! Queries that cannot be understood, and some that try too hard.

use super::{Victim, no_fault};
use crate::support::{Failures, TestApp, scim_error, user};
use serde_json::{Value, json};

#[test]
fn a_search_body_of_wrong_types_is_refused() {
    let victim = Victim::new();
    let mut failures = Failures::default();
    for path in ["/Users/.search", "/Groups/.search", "/.search"] {
        for (field, values) in [
            ("filter", vec![json!(5), json!(true), json!([]), json!({}), json!(["userName pr"])]),
            ("startIndex", vec![json!("one"), json!(1.5), json!([]), json!({}), json!(true)]),
            ("count", vec![json!("one"), json!(1.5), json!([]), json!({}), json!(false)]),
            ("attributes", vec![json!(5), json!({}), json!([5]), json!([null])]),
            ("excludedAttributes", vec![json!(5), json!({}), json!([[]])]),
        ] {
            for value in values {
                let mut body = json!({});
                body[field] = value.clone();
                let answer = victim.app.scim("POST", path, Some(&body));
                failures
                    .add(&format!("{path} {field}: {value}"), scim_error(&answer, 400, Some("invalidValue")));
            }
        }
        let nothing =
            json!({"filter": null, "startIndex": null, "count": null, "attributes": null, "unknown": 5});
        let answer = victim.app.scim("POST", path, Some(&nothing));
        failures.check(path, answer.status == 200, || format!("null: {}", answer.status));
    }
    failures.none();
}

fn search(app: &TestApp, filter: &str) -> crate::support::http::Response {
    app.scim("POST", "/Users/.search", Some(&json!({"filter": filter})))
}

#[test]
fn a_filter_at_its_limit_works_and_one_above_is_refused() {
    let app = TestApp::start();
    app.provision(&user("bjensen"));
    let mut failures = Failures::default();
    let brackets = |depth: usize| format!("{}userName pr{}", "(".repeat(depth), ")".repeat(depth));
    let nots = |depth: usize| format!("{}userName pr{}", "not (".repeat(depth), ")".repeat(depth));
    let terms = |count: usize| vec!["title eq \"x\""; count].join(" and ");
    let chain = |count: usize| vec!["userName eq \"x\""; count].join(" or ");
    let long = |length: usize| format!("userName eq \"{}\"", "x".repeat(length - 14));
    for (name, good, bad) in [
        ("depth", brackets(12), brackets(13)),
        ("not", nots(12), nots(13)),
        ("comparisons", terms(32), terms(33)),
        ("length", long(4_096), long(4_097)),
        ("a chain of one attribute", chain(2_500), chain(5_001)),
    ] {
        let answer = search(&app, &good);
        failures.check(name, answer.status == 200, || {
            String::from_utf8_lossy(&answer.body).chars().take(200).collect()
        });
        failures.add(name, scim_error(&search(&app, &bad), 400, Some("invalidFilter")));
    }
    for monster in [
        "(".repeat(60_000),
        "not ".repeat(15_000),
        "\"".repeat(60_000),
        "a[".repeat(20_000),
        "\\".repeat(60_000),
    ] {
        let started = std::time::Instant::now();
        failures.add(&monster[..8], scim_error(&search(&app, &monster), 400, Some("invalidFilter")));
        failures.check(&monster[..8], started.elapsed().as_millis() < 1_000, || {
            format!("{:?}", started.elapsed())
        });
    }
    failures.none();
}

#[test]
fn values_that_the_database_cannot_take_are_no_fault() {
    let app = TestApp::start();
    app.provision(&user("bjensen"));
    let mut failures = Failures::default();
    for filter in [
        r#"meta.created gt "9999-12-31T23:59:59Z""#,
        r#"meta.created gt "0001-01-01T00:00:00Z""#,
        r#"meta.created gt "0000-01-01T00:00:00Z""#,
        r#"meta.created lt "-4800-01-01T00:00:00Z""#,
        r#"meta.created gt "+262142-12-31T23:59:59Z""#,
        r#"meta.created gt "-262143-01-01T00:00:00Z""#,
        r#"meta.created gt "2026-11-21T09:00:60Z""#,
        r#"meta.created gt "2026-02-30T00:00:00Z""#,
        r#"meta.created gt 1e999"#,
        r#"userName eq 1e999"#,
        r#"userName eq 123456789012345678901234567890"#,
        r#"userName eq -0.0"#,
        r#"employeeNumber eq 1e400"#,
        r#"userName eq "\ud800""#,
        r#"userName eq "\udbff\udfff""#,
        r#"userName co """#,
        r#"title co """#,
        r#"title sw """#,
        r#"title ew """#,
        r#"userName eq """#,
        r#"emails[value co ""]"#,
        r#"id eq """#,
        r#"id gt "x""#,
        r#"externalId eq """#,
        r#"emails.primary eq "True""#,
        r#"x509Certificates.value eq "TWFu""#,
        r#"profileUrl pr and photos.value co "http""#,
        r#"schemas eq null"#,
        r#"meta eq null"#,
        r#"meta.lastModified ne null"#,
        r#"addresses.country eq "US" or addresses.primary eq true"#,
        r#"urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:lastSignInAt lt "2026-11-21T09:00:00Z""#,
        r#"urn:ietf:params:scim:schemas:extension:rollcall:2.0:User pr"#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq "x""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User pr"#,
    ] {
        failures.add(filter, no_fault(&search(&app, filter)));
    }
    failures.none();
}

#[test]
fn odd_query_strings_are_no_fault() {
    let victim = Victim::new();
    let mut failures = Failures::default();
    let long = format!("filter={}", "a".repeat(20_000));
    for query in [
        "filter",
        "filter=",
        "filter=%ff",
        "filter=%00",
        "filter=%zz",
        "&&&&",
        "====",
        "?",
        "a=b&a=c",
        "count[]=1",
        "count=1&count=x",
        "attributes=%00",
        "attributes=..%2f",
        "attributes=,,,,",
        "excludedAttributes=%ff",
        long.as_str(),
        "startIndex=0x10",
        "count=%2b5",
        "count=%D9%A1",
        "filter=userName%20eq%20%22a%22&filter=userName%20pr",
        "FILTER=nonsense",
    ] {
        for path in ["/Users", "/Groups", victim.user.as_str()] {
            let answer = victim.app.scim("GET", &format!("{path}?{query}"), None);
            failures.add(&format!("{path}?{query}"), no_fault(&answer));
        }
    }
    failures.none();
    let nested: Value = json!({"attributes": vec!["userName"; 5_000]});
    let answer = victim.app.scim("POST", "/Users/.search", Some(&nested));
    assert_eq!(answer.status, 200);
}
