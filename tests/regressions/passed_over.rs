//! What was passed over, overtaken or lost without a word.

use super::{group, refused_naming, switch};
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const OWN: &str = "urn:example:scim:home:2.0:User";

fn total(app: &TestApp, token: &str, filter: &str) -> i64 {
    let body = json!({"filter": filter, "count": 0});
    let answer = app.request("POST", "/scim/v2/Users/.search", Some(token), Some(&body));
    expect(answer, 200).json().unwrap()["totalResults"].as_i64().unwrap()
}

fn extend(app: &TestApp, attributes: &Value) {
    let body = json!({"resourceType": "User", "schema": {"id": OWN, "attributes": attributes}});
    expect(app.api("PUT", &format!("/schemas/{OWN}"), Some(&body)), 201);
    std::thread::sleep(rollcall::app::tokens::MAX_AGE_OF_A_YES);
}

/// A POST that brings somebody back waits for a reference; the deactivation behind it must not come first.
#[test]
fn a_deactivation_in_a_bulk_is_not_overtaken_by_a_return_that_waited() {
    let app = TestApp::start();
    for (name, method, left) in [("patched", "PATCH", "deactivated"), ("deleted", "DELETE", "gone")] {
        let mut absent = user(name);
        absent["active"] = json!(false);
        let id = app.provision(&absent);
        let mut back = user(name);
        back[ENTERPRISE] = json!({"manager": {"value": format!("bulkId:boss-{name}")}});
        let mut off = json!({"method": method, "path": format!("/Users/{id}")});
        if method == "PATCH" {
            off["data"] = switch(false);
        }
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": format!("re-{name}"), "data": back},
            off,
            {"method": "POST", "path": "/Users", "bulkId": format!("boss-{name}"), "data": user(&format!("boss.{name}"))},
        ]});
        let answer = expect(app.scim("POST", "/Bulk", Some(&body)), 200).json().unwrap();
        let statuses: Vec<&Value> =
            answer["Operations"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
        assert!(statuses.iter().all(|status| status.as_str().unwrap().starts_with('2')), "{answer}");
        if left == "gone" {
            assert_eq!(total(&app, app.scim_token(), &format!("userName eq \"{name}\"")), 0);
        } else {
            assert_eq!(app.account(&id)["status"], left);
        }
    }
}

/// The name of somebody who is deleted at that moment is free, and nobody hears of an id that was never theirs.
#[test]
fn a_return_that_meets_a_deletion_is_a_new_account() {
    let app = TestApp::start();
    for round in 0..12 {
        let name = format!("person.{round}");
        let mut absent = user(&name);
        absent["active"] = json!(false);
        let id = app.provision(&absent);
        let posted = std::thread::scope(|scope| {
            let deleted = scope.spawn(|| app.scim("DELETE", &format!("/Users/{id}"), None));
            let posted = app.scim("POST", "/Users", Some(&user(&name)));
            expect(deleted.join().unwrap(), 204);
            posted
        });
        expect(posted, 201);
    }
}

#[test]
fn what_a_put_keeps_can_be_sent_back() {
    let app = TestApp::start();
    let subs = json!([{"name": "street", "required": true}, {"name": "key", "mutability": "immutable"}]);
    extend(&app, &json!([{"name": "home", "type": "complex", "subAttributes": subs}]));
    let mut body = user("bjensen");
    body[OWN] = json!({"home": {"street": "s", "key": "k"}});
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    let kept = expect(app.scim("PUT", &path, Some(&user("bjensen"))), 200).json().unwrap();
    assert_eq!(kept[OWN]["home"], json!({"street": "s", "key": "k"}));
    let mut back = kept;
    back["active"] = json!(false);
    assert_eq!(expect(app.scim("PUT", &path, Some(&back)), 200).json().unwrap()["active"], false);
}

#[test]
fn an_extension_can_be_removed_with_what_it_requires() {
    let app = TestApp::start();
    extend(&app, &json!([{"name": "site", "required": true}]));
    for (name, operation) in [
        ("by.path", json!({"op": "remove", "path": OWN})),
        ("by.null", json!({"op": "replace", "value": {OWN: null}})),
    ] {
        let mut body = user(name);
        body[OWN] = json!({"site": "London"});
        let path = format!("/Users/{}", app.provision(&body));
        let left = expect(app.scim("PATCH", &path, Some(&patch_op(json!([operation])))), 200).json().unwrap();
        assert_eq!(left.get(OWN), None, "{left}");
        let alone = patch_op(json!([{"op": "add", "path": format!("{OWN}:site"), "value": "Paris"}]));
        expect(app.scim("PATCH", &path, Some(&alone)), 200);
        let half = patch_op(json!([{"op": "remove", "path": format!("{OWN}:site")}]));
        assert!(scim_error(&app.scim("PATCH", &path, Some(&half)), 400, Some("mutability")).is_empty());
    }
}

/// RFC 7644 §3.5.2.1: a value that is there already is not added again, in whatever letter case where that does not count.
#[test]
fn a_text_that_is_there_is_not_added_again() {
    let app = TestApp::start();
    extend(
        &app,
        &json!([{"name": "tags", "multiValued": true}, {"name": "codes", "multiValued": true, "caseExact": true}]),
    );
    let mut body = user("bjensen");
    body[OWN] = json!({"tags": ["a"], "codes": ["a"]});
    let path = format!("/Users/{}", app.provision(&body));
    let add = |name: &str| patch_op(json!([{"op": "add", "path": format!("{OWN}:{name}"), "value": ["A"]}]));
    let same = expect(app.scim("PATCH", &path, Some(&add("tags"))), 200).json().unwrap();
    assert_eq!((&same[OWN]["tags"], &same["meta"]["version"]), (&json!(["a"]), &json!("W/\"1\"")));
    let more = expect(app.scim("PATCH", &path, Some(&add("codes"))), 200).json().unwrap();
    assert_eq!(more[OWN]["codes"], json!(["a", "A"]));
}

/// RFC 7644 Table 3: a text of brackets is a value like any other.
#[test]
fn a_text_of_brackets_is_present() {
    let app = TestApp::start();
    let mut body = user("brackets");
    body["title"] = json!("[]");
    body["name"] = json!({"familyName": "{}"});
    body["emails"] = json!([{"value": "a@x.de", "display": "[]"}]);
    app.provision(&body);
    let mut failures = Failures::default();
    for (filter, expected) in [
        ("title pr", 1),
        ("title eq null", 0),
        ("title eq \"[]\"", 1),
        ("name.familyName pr", 1),
        ("emails.display pr", 1),
        ("emails[display pr]", 1),
        ("emails[type pr]", 0),
        ("emails.type eq null", 1),
        ("phoneNumbers pr", 0),
        ("emails pr", 1),
        ("nickName pr", 0),
    ] {
        let found = total(&app, app.scim_token(), filter);
        failures.check(filter, found == expected, || format!("{found} found"));
    }
    failures.none();
}

/// Somebody else's externalId is as good as none, whatever is asked of it.
#[test]
fn an_external_id_is_there_for_its_own_connection_only() {
    let app = TestApp::start();
    let mut body = user("linked");
    body["externalId"] = json!("e-77");
    app.provision(&body);
    let other = app.issue_token("demo", "another", Scope::Scim);
    for (filter, own, others) in [
        ("externalId pr", 1, 0),
        ("externalId eq null", 0, 1),
        ("externalId ne null", 1, 0),
        ("externalId eq \"e-77\"", 1, 0),
        ("not (externalId pr)", 0, 1),
    ] {
        let found = (total(&app, app.scim_token(), filter), total(&app, &other, filter));
        assert_eq!(found, (own, others), "{filter}");
    }
}

/// R103: an attribute that a client removed is not present, and what it keeps ready is.
#[test]
fn present_is_what_is_shown() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let remove = patch_op(json!([{"op": "remove", "path": "active"}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&remove)), 200);
    let mut ready = user("ready");
    ready[ROLLCALL] = json!({"deactivationReason": "roleChange"});
    app.provision(&ready);
    for (filter, expected) in [
        ("active pr", 1),
        ("active eq null", 1),
        ("active eq true", 2),
        ("deactivationReason pr", 1),
        ("deactivationReason eq \"roleChange\"", 1),
        ("deactivationReason eq null", 1),
    ] {
        assert_eq!(total(&app, app.scim_token(), filter), expected, "{filter}");
    }
}

#[test]
fn what_cannot_be_searched_for_says_where_and_what_to_send() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (filter, named) in [
        ("title pr and startsAt eq \"2026\"", vec!["offset 13", "\"2026\" is none", "2026-12-31T18:00:00Z"]),
        ("expiresAt sw \"2027-07\"", vec!["offset 0", "\"2027-07\""]),
        ("title pr or meta.location eq \"x\"", vec!["offset 12", "meta.location"]),
        ("title eq \u{201C}x\u{201D}", vec!["offset 9"]),
        ("title eq \u{2018}x\u{2019}", vec!["offset 9"]),
    ] {
        let answer = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter})));
        for named in named {
            failures.add(filter, refused_naming(&answer, "invalidFilter", named));
        }
    }
    let by_members = app.scim("POST", "/.search", Some(&json!({"sortBy": "members"})));
    failures.add("members", refused_naming(&by_members, "invalidValue", "nothing can be sorted by it"));
    failures.none();
}

/// RFC 7644 §3.4.2.4: numbers are brought into range, in a body as in an address.
#[test]
fn numbers_of_a_search_are_brought_into_range() {
    let app = TestApp::start();
    app.provision(&user("bjensen"));
    for (count, shown) in [("99999999999999999999", 1), ("-99999999999999999999", 0), ("1000", 1)] {
        let answer = app.raw(
            "POST",
            "/scim/v2/Users/.search",
            &[
                ("Authorization", &format!("Bearer {}", app.scim_token())),
                ("Content-Type", "application/json"),
            ],
            Some(format!("{{\"count\":{count}}}").as_bytes()),
        );
        let list = expect(answer, 200).json().unwrap();
        assert_eq!(list["Resources"].as_array().map_or(0, Vec::len), shown, "{count}");
    }
    let half = app.scim("POST", "/Users/.search", Some(&json!({"count": 2.5})));
    assert!(scim_error(&half, 400, Some("invalidValue")).is_empty());
}

#[test]
fn lists_of_attributes_in_an_address_are_joined() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body["title"] = json!("Tour Guide");
    let id = app.provision(&body);
    let read = app.read(&format!("/Users/{id}?attributes=title&attributes=userName"));
    assert_eq!((&read["title"], &read["userName"]), (&json!("Tour Guide"), &json!("bjensen")));
}

/// RFC 9110 §13.1: a condition that does not hold keeps a request from being carried out, whatever the method.
#[test]
fn no_condition_is_dropped() {
    let app = TestApp::start();
    let paths = [
        format!("/Users/{}", app.provision(&user("bjensen"))),
        group(&app, &json!({"displayName": "Guides"})),
    ];
    for path in &paths {
        let title = if path.starts_with("/Users") {
            json!({"userName": "bjensen"})
        } else {
            json!({"displayName": "Other"})
        };
        let patch = patch_op(json!([{"op": "add", "path": "externalId", "value": "x"}]));
        for (method, body) in [("PUT", Some(&title)), ("PATCH", Some(&patch)), ("DELETE", None)] {
            for header in ["*", "W/\"1\"", "\"7\", W/\"1\""] {
                let refused = app.scim_with(method, path, &[("If-None-Match", header)], body);
                assert!(
                    scim_error(&refused, 412, None).is_empty(),
                    "{method} {path} {header}: {}",
                    refused.status
                );
            }
        }
        let stale = app.scim_with("GET", path, &[("If-Match", "W/\"9\"")], None);
        assert!(scim_error(&stale, 412, None).is_empty(), "GET {path}: {}", stale.status);
        expect(app.scim_with("GET", path, &[("If-Match", "W/\"1\"")], None), 200);
        expect(app.scim_with("GET", path, &[("If-None-Match", "W/\"1\"")], None), 304);
        expect(app.scim_with("PATCH", path, &[("If-None-Match", "W/\"9\"")], Some(&patch)), 200);
    }
}

#[test]
fn a_filter_on_discovery_is_refused_in_any_letter_case() {
    let app = TestApp::start();
    for name in ["filter", "Filter", "FILTER"] {
        assert_eq!(app.scim("GET", &format!("/Schemas?{name}=id%20pr"), None).status, 403, "{name}");
    }
}

#[test]
fn strict_refuses_a_schema_that_nobody_knows() {
    let app = TestApp::start();
    let strict = app.token_with("strict", &json!({"dialect": "strict"}));
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    let body = json!({"schemas": [core, "urn:foo"], "userName": "x"});
    let answer = app.request("POST", "/scim/v2/Users", Some(&strict), Some(&body));
    assert_eq!(refused_naming(&answer, "invalidValue", "urn:foo"), Vec::<String>::new());
    expect(app.scim("POST", "/Users", Some(&body)), 201);
}

/// RFC 6750 §3: who sends a token that is none is told so.
#[test]
fn a_session_that_is_over_is_an_invalid_token() {
    let app = TestApp::start();
    let over = app.request("GET", "/api/v1/sessions/current", Some("rcs_AAAA"), None);
    assert_eq!(
        (over.status, over.header("WWW-Authenticate")),
        (401, Some("Bearer realm=\"rollcall\", error=\"invalid_token\""))
    );
    let none = app.request("GET", "/api/v1/sessions/current", None, None);
    assert_eq!((none.status, none.header("WWW-Authenticate")), (401, Some("Bearer realm=\"rollcall\"")));
}

/// RFC 7643 §2.2: letter case is the same in a filter, in the path of a PATCH and in an order, in every script.
#[test]
fn letter_case_is_the_same_in_a_filter_and_in_a_path() {
    let app = TestApp::start();
    let mut body = user("greek");
    body["name"] = json!({"familyName": "ΠΑΠΠΑΣ"});
    body["title"] = json!("İstanbul");
    body["emails"] = json!([{"value": "ΠΑΠΠΑΣ@x.gr", "type": "ΟΔΟΣ"}, {"value": "b@x.gr", "type": "İ"}]);
    let id = app.provision(&body);
    let mut failures = Failures::default();
    for (filter, expected) in [
        ("name.familyName eq \"παππας\"", 1),
        ("name.familyName eq \"παππασ\"", 1),
        ("name.familyName sw \"Παππάς\"", 0),
        ("name.familyName sw \"παπ\"", 1),
        ("name.familyName ew \"ΑΣ\"", 1),
        ("emails.value eq \"παππας@x.gr\"", 1),
        ("emails[type eq \"οδος\"]", 1),
        ("emails[type eq \"i\u{307}\"]", 1),
        ("emails[type eq \"i\"]", 0),
        ("title eq \"i\u{307}stanbul\"", 1),
        ("title eq \"istanbul\"", 0),
    ] {
        let found = total(&app, app.scim_token(), filter);
        failures.check(filter, found == expected, || format!("{found} found"));
    }
    failures.none();
    let remove = json!([{"op": "remove", "path": "emails[type eq \"οδος\"]"}, {"op": "remove", "path": "emails[type eq \"i\u{307}\"]"}]);
    let left =
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch_op(remove))), 200).json().unwrap();
    assert_eq!(left.get("emails"), None, "{left}");
}
