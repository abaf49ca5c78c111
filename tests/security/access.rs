//! Every address with every kind of credential: who is let through, and what the others are told.

use super::people::Staff;
use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NO_TOKEN: &str = "Bearer realm=\"rollcall\"";
const BAD_TOKEN: &str = "Bearer realm=\"rollcall\", error=\"invalid_token\"";
const TOO_LITTLE: &str = "Bearer realm=\"rollcall\", error=\"insufficient_scope\"";

/// What an address needs. Written down here once more, so that a slip in the server's table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    Session,
    ReadPeople,
    Read,
    Manage,
    Administer,
}
use Need::{Administer, Manage, Nothing, Read, ReadPeople, Session};

const API: &[(&str, Need)] = &[
    ("GET /accounts", ReadPeople),
    ("GET /accounts/{id}", ReadPeople),
    ("POST /accounts/{id}/commands", Manage),
    ("GET /accounts/{id}/timeline", ReadPeople),
    ("POST /accounts/{id}/temporary-password", Manage),
    ("GET /accounts/{id}/enrolments", ReadPeople),
    ("POST /accounts/{id}/enrolments/reopen", Manage),
    ("POST /accounts/{id}/courses/{course}/start", Manage),
    ("POST /accounts/{id}/courses/{course}/completion", Manage),
    ("GET /accounts/{id}/completions", ReadPeople),
    ("GET /accounts/{id}/certificates", ReadPeople),
    ("GET /attribute-owners", Read),
    ("PATCH /attribute-owners", Administer),
    ("GET /audit", Read),
    ("GET /audit/chain", Read),
    ("GET /audit/export", Read),
    ("GET /connections", Read),
    ("GET /connections/{name}", Read),
    ("PATCH /connections/{name}", Administer),
    ("GET /courses", ReadPeople),
    ("POST /courses", Administer),
    ("GET /courses/{id}", ReadPeople),
    ("POST /courses/{id}/enrolments", Manage),
    ("GET /groups/{id}", ReadPeople),
    ("POST /introspect", Read),
    ("GET /openapi.json", Nothing),
    ("POST /password-resets", Nothing),
    ("POST /plans", Manage),
    ("POST /plans/upload", Manage),
    ("GET /plans/{id}", ReadPeople),
    ("POST /plans/{id}/run", Manage),
    ("GET /policy", Read),
    ("PATCH /policy", Administer),
    ("GET /reports/{report}", ReadPeople),
    ("GET /schemas", Read),
    ("GET /schemas/{urn}", Read),
    ("PUT /schemas/{urn}", Administer),
    ("DELETE /schemas/{urn}", Administer),
    ("GET /notices", Read),
    ("GET /quarantines", Read),
    ("GET /quarantines/{id}", Read),
    ("POST /quarantines/{id}/release", Administer),
    ("POST /quarantines/{id}/reject", Administer),
    ("POST /quarantines/{id}/restore", Administer),
    ("GET /seats", ReadPeople),
    ("PUT /seats", Administer),
    ("POST /sessions", Nothing),
    ("GET /sessions/current", Session),
    ("DELETE /sessions/current", Session),
    ("GET /tokens", Read),
    ("POST /tokens", Administer),
    ("DELETE /tokens/{id}", Administer),
];

const SCIM: &[(&str, bool)] = &[
    ("GET ", false),
    ("GET /serviceConfiguration", false),
    ("GET /ResourceTypes", false),
    ("GET /ResourceTypes/User", false),
    ("GET /Schemas", false),
    ("GET /Schemas/urn:x", false),
    ("POST /.search", false),
    ("POST /Bulk", true),
    ("GET /Users", false),
    ("POST /Users", true),
    ("POST /Users/.search", false),
    ("GET /Users/{id}", false),
    ("PUT /Users/{id}", true),
    ("PATCH /Users/{id}", true),
    ("DELETE /Users/{id}", true),
    ("GET /Groups", false),
    ("POST /Groups", true),
    ("POST /Groups/.search", false),
    ("GET /Groups/{id}", false),
    ("PUT /Groups/{id}", true),
    ("PATCH /Groups/{id}", true),
    ("DELETE /Groups/{id}", true),
];

fn allowed(role: &str, need: Need) -> bool {
    match role {
        "learner" | "trainer" => false,
        "manager" => matches!(need, ReadPeople | Manage),
        "reader" | "api.read" => matches!(need, ReadPeople | Read),
        "administrator" | "owner" | "api" | "neighbour" => true,
        _ => false,
    }
}

/// The path of a pattern, with ids that nobody has.
fn path_of(pattern: &str) -> String {
    let nobody = uuid::Uuid::nil().to_string();
    pattern
        .replace("{report}", "accounts")
        .replace("{name}", "nobodys")
        .replace("{urn}", "urn:x:y")
        .replace("{id}", &nobody)
        .replace("{course}", &nobody)
}

fn send(app: &TestApp, method: &str, path: &str, token: Option<&str>) -> Response {
    let body = json!({});
    app.request(
        method,
        path,
        token,
        (!matches!(method, "GET" | "HEAD" | "OPTIONS" | "DELETE")).then_some(&body),
    )
}

fn refused(answer: &Response, status: u16, challenge: &str) -> Option<String> {
    let told = answer.header("WWW-Authenticate");
    (answer.status != status || told != Some(challenge))
        .then(|| format!("{} {told:?}: {}", answer.status, String::from_utf8_lossy(&answer.body)))
}

/// S38, S41: deny by default. The addresses come from the server itself.
#[test]
fn every_operation_of_the_api_with_every_credential() {
    let app = TestApp::start();
    let staff = Staff::new(&app);
    let document = expect(app.request("GET", "/api/v1/openapi.json", None, None), 200).json().unwrap();
    let mut there: Vec<String> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            there.push(format!("{} {}", method.to_uppercase(), path.trim_start_matches("/api/v1")));
        }
    }
    let mut known: Vec<String> = API.iter().map(|(operation, _)| (*operation).to_owned()).collect();
    there.sort();
    known.sort();
    assert_eq!(there, known, "an operation whose right this test does not know");

    let mut credentials: BTreeMap<&str, String> = staff.sessions.clone();
    for scope in Scope::ISSUED {
        credentials.insert(scope.as_str(), app.issue_token("demo", scope.as_str(), scope));
    }
    credentials.insert("neighbour", app.issue_token("neighbour", "administration", Scope::Api));
    let mut failures = Failures::default();
    for (operation, need) in API {
        let (method, pattern) = operation.split_once(' ').unwrap();
        let path = format!("/api/v1{}", path_of(pattern));
        let none = send(&app, method, &path, None);
        let bad = send(&app, method, &path, Some("not-a-token"));
        match need {
            Nothing => {
                let open = none.header("WWW-Authenticate") != Some(BAD_TOKEN) && none.status != 403;
                failures.check(operation, open, || format!("{}", none.status));
                continue;
            }
            Session => {
                failures.add(operation, refused(&none, 401, NO_TOKEN).into_iter().collect());
                failures.add(operation, refused(&bad, 401, BAD_TOKEN).into_iter().collect());
                continue;
            }
            _ => {}
        }
        failures.add(&format!("{operation} without"), refused(&none, 401, NO_TOKEN).into_iter().collect());
        failures.add(&format!("{operation} garbage"), refused(&bad, 401, BAD_TOKEN).into_iter().collect());
        for (kind, token) in &credentials {
            let case = format!("{operation} by {kind}");
            let answer = send(&app, method, &path, Some(token));
            if allowed(kind, *need) {
                failures.check(
                    &case,
                    !matches!(answer.status, 401 | 403 | 405) && answer.status < 500,
                    || format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)),
                );
            } else {
                failures.add(&case, refused(&answer, 403, TOO_LITTLE).into_iter().collect());
            }
        }
    }
    failures.none();
    for (kind, token) in &staff.sessions {
        assert_eq!(app.session_status(token), 200, "{kind}");
    }
}

#[test]
fn every_operation_of_scim_with_every_credential() {
    let app = TestApp::start();
    let staff = Staff::new(&app);
    let mut credentials: BTreeMap<&str, String> = staff.sessions.clone();
    for scope in Scope::ISSUED {
        credentials.insert(scope.as_str(), app.issue_token("demo", scope.as_str(), scope));
    }
    credentials.insert("neighbour", app.issue_token("neighbour", "idp", Scope::Scim));
    let mut failures = Failures::default();
    for (operation, writes) in SCIM {
        let (method, pattern) = operation.split_once(' ').unwrap();
        for base in ["/scim/v2", "/scim"] {
            let path = format!("{base}{}", path_of(pattern));
            let case = |kind: &str| format!("{method} {path} by {kind}");
            let none = send(&app, method, &path, None);
            failures.add(&case("nobody"), refused(&none, 401, NO_TOKEN).into_iter().collect());
            let bad = send(&app, method, &path, Some("a.b.c"));
            failures.add(&case("garbage"), refused(&bad, 401, BAD_TOKEN).into_iter().collect());
            for (kind, token) in &credentials {
                let answer = send(&app, method, &path, Some(token));
                match *kind {
                    "scim" | "neighbour" => {
                        failures.check(&case(kind), !matches!(answer.status, 401 | 403 | 405), || {
                            format!("{}", answer.status)
                        });
                    }
                    "scim.read" if !writes => {
                        failures.check(&case(kind), !matches!(answer.status, 401 | 403 | 405), || {
                            format!("{}", answer.status)
                        });
                    }
                    "scim.read" | "api" | "api.read" => {
                        failures.add(&case(kind), refused(&answer, 403, TOO_LITTLE).into_iter().collect());
                    }
                    // A session opens its holder's own address and nothing else of SCIM, whatever the role.
                    _ => failures.add(&case(kind), refused(&answer, 401, BAD_TOKEN).into_iter().collect()),
                }
            }
        }
    }
    failures.none();
}

/// What is no route is not there for those who may look, and is not told to the others; and no spelling of an address is another's.
#[test]
fn what_is_in_no_table_is_not_served_and_no_spelling_leads_around_it() {
    let app = TestApp::start();
    let staff = Staff::new(&app);
    let reading = app.issue_token("demo", "reading", Scope::ApiRead);
    for (method, path) in [("GET", "/nowhere"), ("POST", "/audit/x"), ("DELETE", "/tokens/x/y")] {
        let path = format!("/api/v1{path}");
        assert_eq!(send(&app, method, &path, Some(app.api_token())).status, 404, "{path}");
        assert_eq!(send(&app, method, &path, Some(app.scim_token())).status, 403, "{path}");
        assert_eq!(send(&app, method, &path, Some(&staff.sessions["learner"])).status, 403, "{path}");
        assert_eq!(send(&app, method, &path, None).status, 401, "{path}");
    }
    for (method, path) in
        [("DELETE", "/audit"), ("PUT", "/policy"), ("TRACE", "/tokens"), ("PATCH", "/accounts")]
    {
        let path = format!("/api/v1{path}");
        assert_eq!(send(&app, method, &path, Some(app.api_token())).status, 405, "{path}");
        assert_eq!(send(&app, method, &path, Some(&staff.sessions["trainer"])).status, 403, "{path}");
    }
    let seats = json!({"limit": 1});
    for path in [
        "/api/v1/%73eats",
        "/api/v1//seats",
        "/api/v1/seats/",
        "//api/v1/seats",
        "/api/v1/./seats",
        "/api/v1/x/../seats",
        "/api/v1/seats?x=/sessions",
        "/api/v1/SEATS",
        "/api/v1/seats;x",
    ] {
        for token in [&reading, &staff.sessions["manager"], &staff.sessions["reader"]] {
            let answer = app.request("PUT", path, Some(token), Some(&seats));
            assert!(matches!(answer.status, 403 | 404 | 400), "{path}: {}", answer.status);
        }
    }
    let unlimited = expect(app.api("GET", "/seats", None), 200).json().unwrap();
    assert_eq!(unlimited["limit"], Value::Null);
    let add = json!({"userName": "x"});
    let scim_reading = app.issue_token("demo", "scim-reading", Scope::ScimRead);
    for path in [
        "/scim/v2/%55sers",
        "/scim/v2//Users",
        "/scim/v2/Users/",
        "/scim/Users",
        "/scim/v2/Users?x=/.search",
        "/scim/v2/Users#/.search",
    ] {
        let answer = app.request("POST", path, Some(&scim_reading), Some(&add));
        assert!(matches!(answer.status, 403 | 404), "{path}: {}", answer.status);
    }
    assert_eq!(
        app.scim("GET", "/Users?filter=userName%20eq%20%22x%22", None).json().unwrap()["totalResults"],
        0
    );
    // Looking at what can be done changes nothing.
    for token in [&reading, &staff.sessions["manager"]] {
        expect(app.request("OPTIONS", "/api/v1/seats", Some(token), None), 204);
        assert_eq!(app.request("HEAD", "/api/v1/seats", Some(token), None).status, 200);
    }
    expect(app.request("OPTIONS", "/scim/v2/Users", Some(&scim_reading), None), 204);
}

/// S38: of another tenant's things the API says what it says of those that nobody has, address by address.
#[test]
fn ids_of_another_tenant_are_answered_like_those_that_nobody_has() {
    let app = TestApp::start();
    let id = app.person("babs");
    let group = json!({"displayName": "Guides", "members": [{"value": id}]});
    let group = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap()["id"].clone();
    let course = app.course("Safety");
    app.enrolled(&course, &json!({"accounts": [id]}));
    let plan = json!({"command": {"command": "lock"}, "accounts": [id]});
    let plan = expect(app.api("POST", "/plans", Some(&plan)), 201).json().unwrap()["id"].clone();
    let schema = json!({"resourceType": "User", "schema": {"id": "urn:example:acme", "attributes": [{"name": "site"}]}});
    expect(app.api("PUT", "/schemas/urn:example:acme", Some(&schema)), 201);
    let (_, token) = app.issue("demo", "identity-provider", Scope::Scim, None);
    let leavers: Vec<String> = (0..6).map(|number| app.person(&format!("leaver-{number}"))).collect();
    app.clock().advance(chrono::Duration::hours(2));
    for leaver in leavers {
        app.scim("DELETE", &format!("/Users/{leaver}"), None);
    }
    let quarantines = expect(app.api("GET", "/quarantines", None), 200).json().unwrap();
    let quarantine = quarantines["quarantines"][0]["id"].as_str().unwrap().to_owned();
    let neighbour = app.issue_token("neighbour", "administration", Scope::Api);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut failures = Failures::default();
    for (operation, _) in
        API.iter().filter(|(operation, _)| operation.contains('{') && !operation.contains("{report}"))
    {
        let (method, pattern) = operation.split_once(' ').unwrap();
        let own = match pattern.split('/').nth(1).unwrap() {
            "groups" => text(&group),
            "plans" => text(&plan),
            "courses" => course.clone(),
            "tokens" => token.to_string(),
            "quarantines" => quarantine.clone(),
            "connections" => "identity-provider".to_owned(),
            "schemas" => "urn:example:acme".to_owned(),
            _ => id.clone(),
        };
        let nobodys = match own.contains(['-', ':']) && uuid::Uuid::parse_str(&own).is_err() {
            true => "urn:example:none".to_owned(),
            false => uuid::Uuid::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0001).to_string(),
        };
        let body = match pattern {
            "/accounts/{id}/commands" => json!({"command": "lock"}),
            "/connections/{name}" => json!({"settings": {"passwords": "accept"}}),
            "/courses/{id}/enrolments" => json!({"filter": "userName pr"}),
            "/quarantines/{id}/release" | "/quarantines/{id}/reject" => json!({"reason": "none of theirs"}),
            _ => json!({}),
        };
        let ask = |id: &str| {
            let path = pattern.replace("{course}", &course);
            let path = ["{id}", "{name}", "{urn}"].iter().fold(path, |path, name| path.replace(name, id));
            let sent = (!matches!(method, "GET" | "DELETE")).then_some(&body);
            app.request(method, &format!("/api/v1{path}"), Some(&neighbour), sent)
        };
        // What is made where nobody is, is made: only of the tenant's own.
        if *operation == "PUT /schemas/{urn}" {
            continue;
        }
        let (foreign, unknown) = (ask(&own), ask(&nobodys));
        failures.check(operation, foreign.status == 404, || {
            format!("{}: {}", foreign.status, String::from_utf8_lossy(&foreign.body))
        });
        let told = String::from_utf8_lossy(&foreign.body).replace(&own, &nobodys);
        failures.check(operation, told == String::from_utf8_lossy(&unknown.body), || told.clone());
    }
    failures.none();
    assert_eq!(app.account(&id)["active"], true);
    assert_eq!(expect(app.api("GET", "/tokens", None), 200).json().unwrap()["tokens"][0]["state"], "live");
}
