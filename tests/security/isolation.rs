//! Two tenants on one server: what is the other one's does not exist.

use crate::support::actors::token_of;
use crate::support::{Failures, TestApp, expect, patch_op, user};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

struct Neighbour {
    scim: String,
    api: String,
    user: String,
    group: String,
}

fn neighbour(app: &TestApp) -> Neighbour {
    let scim = app.issue_token("neighbour", "idp", Scope::Scim);
    let api = app.issue_token("neighbour", "administration", Scope::Api);
    let post = |path: &str, body: &Value| {
        let answer = expect(app.request("POST", &format!("/scim/v2{path}"), Some(&scim), Some(body)), 201);
        answer.json().unwrap()["id"].as_str().unwrap().to_owned()
    };
    let mut body = user("bjensen");
    body["externalId"] = json!("ext-1");
    let user = post("/Users", &body);
    let group = post("/Groups", &json!({"displayName": "Guides", "members": [{"value": user}]}));
    Neighbour { scim, api, user, group }
}

/// R181: an identifier says nothing outside of its tenant.
#[test]
fn an_id_of_another_tenant_is_answered_like_one_that_nobody_has() {
    let app = TestApp::start();
    let other = neighbour(&app);
    let state = || {
        let read = |path: String, token: &str| {
            expect(app.request("GET", &path, Some(token), None), 200).json().unwrap()
        };
        [
            read(format!("/scim/v2/Users/{}", other.user), &other.scim),
            read(format!("/scim/v2/Groups/{}", other.group), &other.scim),
            read(format!("/api/v1/accounts/{}", other.user), &other.api),
            read("/api/v1/audit".to_owned(), &other.api),
        ]
    };
    let before = state();
    let put = user("bjensen");
    let put_group = json!({"displayName": "Guides"});
    let patch = patch_op(json!([{"op": "replace", "path": "displayName", "value": "Mine"}]));
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    let add = patch_op(json!([{"op": "add", "path": "members", "value": []}]));
    let requests: Vec<(&str, &str, &str, Option<&Value>)> = vec![
        ("GET", "/scim/v2/Users/{}", "user", None),
        ("HEAD", "/scim/v2/Users/{}", "user", None),
        ("PUT", "/scim/v2/Users/{}", "user", Some(&put)),
        ("PATCH", "/scim/v2/Users/{}", "user", Some(&patch)),
        ("PATCH", "/scim/v2/Users/{}", "user", Some(&off)),
        ("DELETE", "/scim/v2/Users/{}", "user", None),
        ("GET", "/scim/v2/Users/{}?attributes=userName", "user", None),
        ("GET", "/scim/v2/Groups/{}", "group", None),
        ("GET", "/scim/v2/Groups/{}?excludedAttributes=members", "group", None),
        ("PUT", "/scim/v2/Groups/{}", "group", Some(&put_group)),
        ("PATCH", "/scim/v2/Groups/{}", "group", Some(&patch)),
        ("PATCH", "/scim/v2/Groups/{}", "group", Some(&add)),
        ("DELETE", "/scim/v2/Groups/{}", "group", None),
        ("GET", "/api/v1/accounts/{}", "user", None),
        ("POST", "/api/v1/accounts/{}/temporary-password", "user", None),
        // A user's id is no group's, and the other way round.
        ("GET", "/scim/v2/Groups/{}", "user", None),
        ("GET", "/scim/v2/Users/{}", "group", None),
    ];
    let nobody = uuid::Uuid::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0001).to_string();
    let mut failures = Failures::default();
    for (method, path, kind, body) in requests {
        let token = if path.starts_with("/api") { app.api_token() } else { app.scim_token() };
        let id = if kind == "user" { &other.user } else { &other.group };
        let send = |id: &str| app.request(method, &path.replace("{}", id), Some(token), body);
        let (foreign, unknown) = (send(id), send(&nobody));
        let case = format!("{method} {path}");
        failures.check(&case, foreign.status == 404, || format!("{}", foreign.status));
        let text = String::from_utf8_lossy(&foreign.body).replace(id.as_str(), &nobody);
        let same = text == String::from_utf8_lossy(&unknown.body) && foreign.status == unknown.status;
        failures.check(&case, same, || {
            format!("{text} is told apart from {}", String::from_utf8_lossy(&unknown.body))
        });
        let headers = |answer: &crate::support::http::Response| -> Vec<String> {
            let varying = ["x-request-id", "date"];
            let kept =
                answer.headers.iter().filter(|(name, _)| !varying.contains(&name.to_lowercase().as_str()));
            kept.map(|(name, value)| format!("{name}: {value}")).collect()
        };
        failures.check(&case, headers(&foreign) == headers(&unknown), || "by its headers".to_owned());
    }
    failures.none();
    assert_eq!(state(), before);
}

/// R060, R180: names and external ids are unique within a tenant.
#[test]
fn lists_filters_and_names_end_at_the_tenant() {
    let app = TestApp::start();
    let other = neighbour(&app);
    let mut failures = Failures::default();
    for filter in [
        "userName pr".to_owned(),
        format!("id eq \"{}\"", other.user),
        "externalId eq \"ext-1\"".to_owned(),
        format!("groups.value eq \"{}\"", other.group),
        "userName eq \"bjensen\" or not (userName pr)".to_owned(),
    ] {
        let found = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter}))).json().unwrap();
        failures.check(&filter, found["totalResults"] == json!(0), || format!("{found}"));
    }
    for filter in ["displayName pr".to_owned(), format!("members.value eq \"{}\"", other.user)] {
        let found = app.scim("POST", "/Groups/.search", Some(&json!({"filter": filter}))).json().unwrap();
        failures.check(&filter, found["totalResults"] == json!(0), || format!("{found}"));
    }
    let everything = app.scim("POST", "/.search", Some(&json!({}))).json().unwrap();
    failures.check("/.search", everything["totalResults"] == json!(0), || format!("{everything}"));
    assert_eq!(app.audit_of(&other.user), Vec::<Value>::new());
    failures.none();
    // The same names are free here.
    let mut body = user("bjensen");
    body["externalId"] = json!("ext-1");
    let mine = app.provision(&body);
    expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "Guides"}))), 201);
    // A foreign member is nobody, whether alone or among others.
    let alone = json!({"displayName": "Mixed", "members": [{"value": other.user}]});
    let refusing = app.token_with("refusing", &json!({"unknown_members": "refuse"}));
    expect(app.request("POST", "/scim/v2/Groups", Some(&refusing), Some(&alone)), 400);
    let mixed = json!({"displayName": "Mixed", "members": [{"value": other.user}, {"value": mine}]});
    let group = expect(app.scim("POST", "/Groups", Some(&mixed)), 201).json().unwrap();
    assert_eq!(group["members"].as_array().unwrap().len(), 1);
}

#[test]
fn a_password_of_one_tenant_opens_no_other() {
    let app = TestApp::start();
    neighbour(&app);
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", "correct horse battery");
    let session = token_of(&expect(learner.sign_in("correct horse battery"), 201));
    let body = json!({"tenant": "neighbour", "userName": "bjensen", "password": "correct horse battery"});
    expect(app.request("POST", "/api/v1/sessions", None, Some(&body)), 401);
    // A session token with the neighbour's tenant written into it is nobody's.
    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut bytes = engine.decode(session.strip_prefix("rcs_").unwrap()).unwrap();
    let tenants = crate::support::cluster::texts(
        app.database_url(),
        "SELECT id::text AS t FROM tenants WHERE name = 'neighbour'",
    );
    bytes[..16].copy_from_slice(uuid::Uuid::parse_str(&tenants[0]).unwrap().as_bytes());
    assert_eq!(app.session_status(&format!("rcs_{}", engine.encode(&bytes))), 401);
    assert_eq!(app.session_status(&session), 200);
}
