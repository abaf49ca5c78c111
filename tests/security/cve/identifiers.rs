//! Ids are the server's own: what a client calls somebody never becomes one, and only the address says who is meant.

use super::*;
use crate::support::patch_op;
use rollcall::app::tokens::Scope;

fn is_id(id: &Value) -> bool {
    id.as_str().is_some_and(|id| uuid::Uuid::parse_str(id).is_ok_and(|parsed| parsed.to_string() == id))
}

/// Grafana: a numeric externalId became the internal id, and whoever was called 1 was the administrator.
#[test]
fn cve_2025_41115_a_numeric_external_id_never_becomes_an_id() {
    let app = TestApp::start();
    let (victim, learner) = with_password(&app, "administrator");
    let mut made = Vec::new();
    let others = [
        json!("1"),
        json!("0"),
        json!("-1"),
        json!(victim),
        json!(victim.to_uppercase()),
        json!("me"),
        json!("../1"),
    ];
    for (n, external) in others.iter().enumerate() {
        let mut body = user(&format!("attacker{n}"));
        body["externalId"] = external.clone();
        body["id"] = external.clone();
        body["meta"] = json!({"resourceType": "User", "location": format!("/scim/v2/Users/{victim}")});
        let answer = expect(app.scim("POST", "/Users", Some(&body)), 201).json().unwrap();
        assert!(is_id(&answer["id"]) && answer["id"] != json!(victim), "{external}: {answer}");
        assert_eq!(answer["externalId"], *external);
        made.push(answer["id"].as_str().unwrap().to_owned());
    }
    // Types that are no text are refused, or dropped, and are never looked up.
    for (n, external) in [json!(1), json!(1.0), json!(true), json!(["1"]), json!({"value": "1"}), json!(null)]
        .iter()
        .enumerate()
    {
        let mut body = user(&format!("typed{n}"));
        body["externalId"] = external.clone();
        body["id"] = external.clone();
        let answer = app.scim("POST", "/Users", Some(&body));
        assert!(answer.status == 201 || answer.status == 400, "{external}: {}", answer.status);
        if answer.status == 201 {
            let made = answer.json().unwrap();
            assert!(is_id(&made["id"]) && made["id"] != json!(victim), "{external}: {made}");
        }
    }
    // A label opens no address, on any surface.
    for label in ["1", "0", "-1", "01", "1.0", "%31", "me", &victim.to_uppercase()] {
        for (method, body) in [("GET", None), ("DELETE", None), ("PATCH", Some(patch_op(json!([]))))] {
            let status = app.scim(method, &format!("/Users/{label}"), body.as_ref()).status;
            assert!([400, 404].contains(&status), "{method} {label}: {status}");
        }
        expect(app.api("GET", &format!("/accounts/{label}"), None), 404);
        assert_ne!(app.api("POST", &format!("/accounts/{label}/temporary-password"), None).status, 201);
    }
    assert_eq!(app.read(&format!("/Users/{victim}"))["userName"], "administrator");
    expect(learner.sign_in(PASSWORD), 201);
    // Nor does a group take a label for a member.
    let group =
        json!({"displayName": "All", "members": [{"value": "1"}, {"value": "0"}, {"value": "attacker0"}]});
    let group = app.scim("POST", "/Groups", Some(&group));
    assert!(group.json().unwrap()["members"].as_array().is_none_or(Vec::is_empty));
    assert_eq!(made.iter().collect::<std::collections::BTreeSet<_>>().len(), others.len());
}

/// Casdoor: the right was checked for one id, and another one, in the body, was changed.
#[test]
fn cve_2026_15630_the_address_alone_says_who_is_meant() {
    let app = TestApp::start();
    let (mine, victim) = (app.person("mine"), app.person("victim"));
    let before = app.read(&format!("/Users/{victim}"));
    let at_mine = format!("/Users/{mine}");
    let mut put = user("mine");
    put["id"] = json!(victim);
    put["title"] = json!("by put");
    put["meta"] = json!({"location": format!("{}/Users/{victim}", app.scim_base())});
    let with_id = |value: Value| patch_op(json!([{"op": "replace", "value": value}]));
    for (method, path, body) in [
        ("PUT", at_mine.clone(), put.clone()),
        ("PUT", format!("{at_mine}?id={victim}"), put),
        ("PATCH", at_mine.clone(), with_id(json!({"id": victim, "title": "by patch"}))),
        ("PATCH", format!("{at_mine}?id={victim}&userId={victim}"), with_id(json!({"title": "by query"}))),
        ("PATCH", at_mine.clone(), patch_op(json!([{"op": "replace", "path": "id", "value": victim}]))),
        (
            "PATCH",
            at_mine.clone(),
            patch_op(json!([{"op": "add", "path": "meta.location", "value": victim}])),
        ),
    ] {
        let answer = app.scim(method, &path, Some(&body));
        assert!([200, 400].contains(&answer.status), "{method} {path}: {}", answer.status);
        assert_eq!(app.read(&at_mine)["id"], json!(mine));
        assert_eq!(app.read(&format!("/Users/{victim}")), before, "{method} {path} {body}");
    }
    let order = json!({"command": "deactivate", "confirm": mine, "id": victim, "accountId": victim, "account": victim});
    let status = app.command(&mine, &order).status;
    assert!([200, 400].contains(&status), "{status}");
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        {"method": "PATCH", "path": at_mine, "data": with_id(json!({"id": victim, "title": "by bulk"}))}]});
    expect(app.scim("POST", "/Bulk", Some(&bulk)), 200);
    assert_eq!(app.read(&format!("/Users/{victim}")), before);
    // A tenant in the body or the address is nobody's key either.
    app.issue_token("neighbour", "idp", Scope::Scim);
    let mut body = user("placed");
    body["tenant"] = json!("neighbour");
    body["tenant_id"] = json!("neighbour");
    expect(app.scim("POST", "/Users?tenant=neighbour", Some(&body)), 201);
    assert_eq!(app.read("/Users?filter=userName%20eq%20%22placed%22")["totalResults"], 1);
}

/// better-auth: providers had ids that another could take, and with them the accounts.
#[test]
fn cve_2026_67330_a_connection_of_the_same_name_is_another_connection() {
    let app = TestApp::start();
    let own = app.issue_token("demo", "okta", Scope::Scim);
    let theirs = app.issue_token("neighbour", "okta", Scope::Scim);
    let mut body = user("bjensen");
    body["externalId"] = json!("00u1");
    let made = expect(by(&app, &own, "POST", "/Users", Some(&body)), 201).json().unwrap();
    let id = made["id"].as_str().unwrap();
    let found = |token: &str| {
        by(&app, token, "GET", "/Users?filter=externalId%20eq%20%2200u1%22", None).json().unwrap()["totalResults"].clone()
    };
    assert_eq!((found(&own), found(&theirs)), (json!(1), json!(0)));
    expect(by(&app, &theirs, "GET", &format!("/Users/{id}"), None), 404);
    // Named like the id of another, or in other letters: a connection of its own, with externalIds of its own.
    let actor = app.audit_of(id)[0]["actor"].as_str().unwrap().trim_start_matches("connection:").to_owned();
    for name in [actor.as_str(), "okta2"] {
        let other = app.issue_token("demo", name, Scope::Scim);
        expect(by(&app, &other, "POST", "/Users", Some(&body)), 409);
        let mut second = body.clone();
        second["userName"] = json!(format!("second.{name}"));
        let second = expect(by(&app, &other, "POST", "/Users", Some(&second)), 201).json().unwrap();
        assert_ne!(second["id"], json!(id), "{name} is another, so its externalId is");
        let by_actor = app.audit_of(second["id"].as_str().unwrap())[0]["actor"].clone();
        assert_ne!(by_actor, format!("connection:{actor}"));
    }
    assert_eq!(app.read(&format!("/Users/{id}"))["userName"], "bjensen");
}

/// Atlas-Workforce: a list that forgot the tenant.
#[test]
fn atlas_workforce_175_no_list_forgets_the_tenant() {
    let app = TestApp::start();
    let (scim, api) =
        (app.issue_token("neighbour", "idp", Scope::Scim), app.issue_token("neighbour", "lms", Scope::Api));
    let (id, _) = with_password(&app, "canary.person");
    let course = app.course("canary.course");
    app.enrolled(&course, &json!({"accounts": [id]}));
    let group = json!({"displayName": "canary.group", "members": [{"value": id}]});
    expect(app.scim("POST", "/Groups", Some(&group)), 201);
    for path in
        ["/Users", "/Groups", "/Users?filter=userName%20sw%20%22canary%22", "/Users?count=1000&startIndex=1"]
    {
        let answer = by(&app, &scim, "GET", path, None);
        assert_eq!(expect(answer, 200).json().unwrap()["totalResults"], 0, "{path}");
    }
    for path in [
        "/accounts",
        "/courses",
        "/audit",
        "/audit?after=0-0",
        "/audit/export",
        "/reports/accounts?scope=all",
        "/reports/training?scope=all",
        "/reports/seats?scope=all",
        "/reports/sign-ins?scope=all",
    ] {
        let answer = app.request("GET", &format!("/api/v1{path}"), Some(&api), None);
        let text = String::from_utf8(expect(answer, 200).body).unwrap();
        assert!(!text.contains("canary") && !text.contains(&id), "{path}: {text}");
    }
}
