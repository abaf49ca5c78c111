//! Filters over SQL: every operator on every kind of attribute, and what cannot be searched for is refused.

use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// Three people: alpha has everything, beta something, gamma only a name.
fn people(app: &TestApp) -> [String; 3] {
    let mut alpha = user("Alpha@example.com");
    for (name, value) in [
        ("externalId", json!("Ext-A")),
        ("displayName", json!("Anna Alpha")),
        ("title", json!("Head of Tours")),
        ("profileUrl", json!("https://example.com/Alpha")),
        ("name", json!({"givenName": "Anna", "familyName": "O'Alpha"})),
        (
            "emails",
            json!([{"value": "a@work.example", "type": "work", "primary": true}, {"value": "a@home.example", "type": "home"}]),
        ),
        ("roles", json!([{"value": "guide"}, {"value": "driver", "primary": true}])),
        (ENTERPRISE, json!({"department": "Tours", "employeeNumber": "007", "manager": {"value": "boss"}})),
    ] {
        alpha[name] = value;
    }
    let mut beta = user("beta@example.com");
    beta["displayName"] = json!("Bert Beta");
    beta["active"] = json!(false);
    beta["emails"] = json!([{"value": "b@home.example", "type": "home", "primary": true}]);
    beta[ENTERPRISE] = json!({"department": "Sales"});
    let alpha = app.provision(&alpha);
    app.clock().advance(chrono::Duration::hours(1));
    let beta = app.provision(&beta);
    app.clock().advance(chrono::Duration::hours(1));
    [alpha, beta, app.provision(&user("gamma"))]
}

fn found(app: &TestApp, endpoint: &str, filter: &str, ids: &[String]) -> Result<String, String> {
    let answer = app.scim("POST", &format!("{endpoint}/.search"), Some(&json!({"filter": filter})));
    let body = answer.json().unwrap_or_default();
    let Some(resources) = body["Resources"].as_array() else {
        return Err(format!("{} {body}", answer.status));
    };
    let is = |n: usize| resources.iter().any(|resource| resource["id"] == json!(ids[n]));
    Ok((0..ids.len()).filter(|n| is(*n)).map(|n| ["a", "b", "c"][n]).collect())
}

/// R078, R095, R096, R097, R098, R100, R101, R103, R106: whom each operator finds, whatever the letter case and the form of the name.
#[test]
fn every_operator_on_every_kind_of_attribute() {
    let app = TestApp::start();
    let ids = people(&app);
    let cases: Vec<(String, &str)> = [
        // Columns with prepared names: letter case does not count.
        (r#"userName eq "ALPHA@example.com""#, "a"),
        (r#"USERNAME Eq "alpha@example.com""#, "a"),
        (r#"userName ne "alpha@EXAMPLE.com""#, "bc"),
        (r#"userName co "A@EX""#, "ab"),
        (r#"userName sw "B""#, "b"),
        (r#"userName ew ".COM""#, "ab"),
        (r#"userName gt "beta@example.com""#, "c"),
        (r#"userName ge "BETA@example.com""#, "bc"),
        (r#"userName lt "beta@example.com""#, "a"),
        (r#"userName le "beta@example.com""#, "ab"),
        (r#"userName pr"#, "abc"),
        (r#"displayName sw "anna""#, "a"),
        (r#"displayName pr"#, "ab"),
        (r#"displayName ne "Anna Alpha""#, "bc"),
        (r#"displayName eq null"#, "c"),
        (r#"displayName ne null"#, "ab"),
        // externalId: letter case counts.
        (r#"externalId eq "Ext-A""#, "a"),
        (r#"externalId eq "ext-a""#, ""),
        (r#"externalId co "xt""#, "a"),
        (r#"externalId pr"#, "a"),
        (r#"not (externalId pr)"#, "bc"),
        (r#"externalId ne "Ext-A""#, "bc"),
        // Booleans and times.
        (r#"active eq true"#, "ac"),
        (r#"active eq "False""#, "b"),
        (r#"active ne true"#, "b"),
        (r#"meta.created gt "2026-11-21T09:00:00Z""#, "bc"),
        (r#"meta.created ge "2026-11-21T11:00:00+02:00""#, "abc"),
        (r#"meta.lastModified lt "2026-11-21T10:00:00.000Z""#, "a"),
        (r#"meta.created eq "2026-11-21T10:00:00Z""#, "b"),
        (r#"meta.resourceType eq "User""#, "abc"),
        (r#"meta.resourceType eq "Group""#, ""),
        // The stored resource.
        (r#"title eq "head OF tours""#, "a"),
        (r#"title co "of""#, "a"),
        (r#"title ne "x""#, "abc"),
        (r#"title pr"#, "a"),
        (r#"not (title pr)"#, "bc"),
        (r#"not (title eq "x")"#, "abc"),
        (r#"profileUrl eq "https://example.com/alpha""#, ""),
        (r#"profileUrl ew "/Alpha""#, "a"),
        (r#"name.familyName co "O'""#, "a"),
        (r#"name.familyName eq "o'alpha""#, "a"),
        (r#"name pr"#, "a"),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName eq "anna""#, "a"),
        // Several values: one match suffices; in brackets, of one and the same value.
        (r#"emails eq "a@home.example""#, "a"),
        (r#"emails.type eq "home""#, "ab"),
        (r#"emails.value co "work""#, "a"),
        (r#"emails.primary eq true"#, "ab"),
        (r#"emails pr"#, "ab"),
        (r#"emails[type eq "home" and primary eq true]"#, "b"),
        (r#"emails[type eq "work" and value ew "@home.example"]"#, ""),
        (r#"emails[type eq "home" or type eq "work"]"#, "ab"),
        (r#"emails[not (type eq "home")]"#, "a"),
        (r#"emails[type pr and not (primary pr)]"#, "a"),
        (r#"emails[type eq "home"].value eq "b@home.example""#, "b"),
        (r#"roles.value eq "GUIDE" and roles.value eq "driver""#, "a"),
        (r#"roles[value eq "guide" and primary eq true]"#, ""),
        (r#"phoneNumbers pr"#, ""),
        (r#"phoneNumbers.value ne "1""#, "abc"),
        // Extensions.
        (r#"department eq "tours""#, "a"),
        (r#"manager eq "boss""#, "a"),
        (r#"employeeNumber eq 007"#, "a"),
        // Combined: not, and, or, brackets.
        (r#"userName sw "a" or userName sw "g" and active eq false"#, "a"),
        (r#"(userName sw "a" or userName sw "b") and active eq false"#, "b"),
        (r#"not (userName sw "a" or userName sw "b")"#, "c"),
        (r#"userName eq "gamma" or userName eq "BETA@example.com" or userName eq "x""#, "bc"),
        (r#"title eq "Head of tours" or title eq "none" or title eq "else""#, "a"),
    ]
    .into_iter()
    .map(|(filter, expected)| (filter.to_owned(), expected))
    .chain([
        (format!("{ENTERPRISE}:department pr"), "ab"),
        (format!("{ENTERPRISE}:manager.value sw \"bo\""), "a"),
        (format!("{ENTERPRISE}:department eq \"Sales\" and active eq false"), "b"),
        (format!("{ROLLCALL}:status eq \"deactivated\""), "b"),
        (format!("{ROLLCALL}:status ne \"deactivated\""), "ac"),
        (format!("{ROLLCALL}:deactivatedAt gt \"2026-11-21T09:30:00Z\""), "b"),
        (format!("{ROLLCALL}:deactivationReason eq \"administrative\""), "b"),
        (format!("{ROLLCALL}:signIn eq \"username\""), "c"),
        (format!("{ROLLCALL}:passwordState eq \"none\""), "abc"),
        (format!("id eq \"{}\"", ids[0]), "a"),
        (format!("id ne \"{}\"", ids[0]), "bc"),
        (format!("id eq \"{}\" or id eq \"{}\"", ids[0], ids[2]), "ac"),
        ("id eq \"no-uuid\"".to_owned(), ""),
        ("id ne \"no-uuid\"".to_owned(), "abc"),
        ("id pr".to_owned(), "abc"),
    ])
    .collect();
    let mut failures = Failures::default();
    for (filter, expected) in cases {
        let result = found(&app, "/Users", &filter, &ids);
        failures.check(&filter, result.as_deref() == Ok(expected), || {
            format!("{result:?}, expected {expected:?}")
        });
        let encoded: String = form(&filter);
        let list = app.read(&format!("/Users?filter={encoded}"));
        failures.check(&filter, list["totalResults"] == json!(expected.len()), || {
            "GET says otherwise".to_owned()
        });
    }
    failures.none();
}

fn form(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn members_and_groups_are_found_by_id() {
    let app = TestApp::start();
    let ids = people(&app);
    let group = |name: &str, members: &[&String]| {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let body = json!({"displayName": name, "externalId": name, "members": members});
        expect(app.scim("POST", "/Groups", Some(&body)), 201).json().unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let groups = [group("Guides", &[&ids[0], &ids[1]]), group("Drivers", &[&ids[0]]), group("Empty", &[])];
    let mut failures = Failures::default();
    let users = [
        (format!("groups.value eq \"{}\"", groups[0]), "ab"),
        (format!("groups eq \"{}\"", groups[1]), "a"),
        (format!("groups[value eq \"{}\"]", groups[0]), "ab"),
        (format!("groups.value eq \"{}\" or groups.value eq \"{}\"", groups[0], groups[2]), "ab"),
        ("groups pr".to_owned(), "ab"),
        ("not (groups pr)".to_owned(), "c"),
        ("groups.value eq \"no-uuid\"".to_owned(), ""),
    ];
    for (filter, expected) in users {
        let result = found(&app, "/Users", &filter, &ids);
        failures.check(&filter, result.as_deref() == Ok(expected), || {
            format!("{result:?}, expected {expected:?}")
        });
    }
    let of_groups = [
        (format!("members.value eq \"{}\"", ids[0]), "ab"),
        (format!("members eq \"{}\"", ids[1]), "a"),
        (format!("members[value eq \"{}\"]", ids[2]), ""),
        (format!("displayName eq \"drivers\" and members eq \"{}\"", ids[0]), "b"),
        ("members pr".to_owned(), "ab"),
        ("displayName sw \"G\"".to_owned(), "a"),
        ("externalId eq \"Empty\"".to_owned(), "c"),
        ("meta.resourceType eq \"Group\"".to_owned(), "abc"),
    ];
    for (filter, expected) in of_groups {
        let result = found(&app, "/Groups", &filter, &groups);
        failures.check(&filter, result.as_deref() == Ok(expected), || {
            format!("{result:?}, expected {expected:?}")
        });
    }
    failures.none();
}

/// R099, R102, R105, R107: a filter that is not understood is 400 `invalidFilter`, never everybody.
#[test]
fn what_cannot_be_searched_for_is_refused_and_never_left_out() {
    let app = TestApp::start();
    let ids = people(&app);
    let mut failures = Failures::default();
    for filter in [
        "userName eq",
        "userName",
        "eq \"x\"",
        "userName eq \"x",
        "(userName pr",
        "userName pr)",
        "userName pr and",
        "userName like \"x\"",
        "nowhere eq \"x\"",
        "name.nowhere eq \"x\"",
        "password eq \"x\"",
        "password pr",
        "active gt true",
        "active co \"t\"",
        "active eq \"perhaps\"",
        "meta.created eq \"yesterday\"",
        "meta.created co \"2026\"",
        "name eq \"x\"",
        "userName gt null",
        "groups.nowhere eq \"Guides\"",
        "not userName pr",
        "userName eq \"a\" xor userName eq \"b\"",
        "emails[type eq \"work\"",
        "emails[emails[type eq \"x\"]]",
        "title[value eq \"x\"]",
        "urn:unknown:2.0:User:x eq 1",
        "1 eq 1",
        "\"a\" eq \"a\"",
        "' OR 1=1 --",
        "userName eq \"a\"; DROP TABLE accounts",
        "",
        " ",
        "(((((((((((((userName pr)))))))))))))",
    ] {
        let answer = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter})));
        failures.add(filter, scim_error(&answer, 400, Some("invalidFilter")));
        let answer = app.scim("GET", &format!("/Users?filter={}", form(filter)), None);
        failures.add(&format!("GET {filter}"), scim_error(&answer, 400, Some("invalidFilter")));
    }
    failures.none();
    assert_eq!(found(&app, "/Users", "userName pr", &ids), Ok("abc".to_owned()));
}

/// R095: values are values.
#[test]
fn text_that_looks_like_a_pattern_or_like_sql_is_only_text() {
    let app = TestApp::start();
    let names = ["100% sure", "under_score", "back\\slash", "quo\"te", "it's; --", "tab\there"];
    for (n, name) in names.iter().enumerate() {
        let mut body = user(&format!("user{n}"));
        body["displayName"] = json!(name);
        body["title"] = json!(name);
        app.provision(&body);
    }
    let mut failures = Failures::default();
    for name in names {
        let quoted = serde_json::to_string(name).unwrap();
        for attribute in ["displayName", "title"] {
            for op in ["eq", "co", "sw", "ew"] {
                let filter = format!("{attribute} {op} {quoted}");
                let answer = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter})));
                let total = answer.json().unwrap_or_default()["totalResults"].clone();
                failures.check(&filter, total == json!(1), || format!("{total}"));
            }
        }
    }
    for pattern in ["%", "_"] {
        let filter = format!("displayName eq \"{pattern}\"");
        let answer = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter}))).json().unwrap();
        failures.check(&filter, answer["totalResults"] == json!(0), || format!("{answer}"));
    }
    failures.none();
}

/// R116: who is inactive is found and read.
#[test]
fn an_inactive_user_is_still_found() {
    let app = TestApp::start();
    let id = app.provision(&user("leaver"));
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&off)), 200);
    let list = app.read(&format!("/Users?filter={}", form("userName eq \"leaver\"")));
    assert_eq!((&list["totalResults"], &list["Resources"][0]["active"]), (&json!(1), &json!(false)));
}
