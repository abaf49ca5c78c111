//! Users and groups as RFC 7643 defines them.

use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};
use std::collections::HashSet;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// R052: an id is the server's, unique over everything it holds, stays through every change, and is never given again.
#[test]
fn an_id_is_for_ever_and_for_one_resource() {
    let app = TestApp::start();
    let neighbour = app.issue_token("neighbour", "idp", Scope::Scim);
    let mut seen = HashSet::new();
    for n in 0..5 {
        for (endpoint, body) in
            [("/Users", user(&format!("user{n}"))), ("/Groups", json!({"displayName": format!("group{n}")}))]
        {
            for token in [app.scim_token(), &neighbour] {
                let made = app.request("POST", &format!("/scim/v2{endpoint}"), Some(token), Some(&body));
                let id = expect(made, 201).json().unwrap()["id"].as_str().unwrap().to_owned();
                assert!(!id.is_empty() && !id.contains("bulkId"), "{id}");
                assert!(seen.insert(id.clone()), "{id} was given twice");
            }
        }
    }
    let id = app.provision(&user("bjensen"));
    let path = format!("/Users/{id}");
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    let rename = patch_op(json!([{"op": "replace", "path": "userName", "value": "b.jensen"}]));
    let put = json!({"userName": "babs", "id": seen.iter().next()});
    for (method, body) in [("PATCH", &off), ("PATCH", &rename), ("PUT", &put)] {
        assert_eq!(expect(app.scim(method, &path, Some(body)), 200).json().unwrap()["id"], json!(id));
    }
    let shown = app.read(&format!("{path}?excludedAttributes=id"));
    assert_eq!(shown["id"], json!(id), "it is returned always");
    expect(app.scim("DELETE", &path, None), 204);
    assert!(!seen.contains(&app.provision(&user("babs"))));
    assert_eq!(scim_error(&app.scim("GET", &path, None), 404, None), Vec::<String>::new());
}

/// R056: an externalId is text of the client; it is never taken for an id, not even when it is one.
#[test]
fn an_external_id_opens_nothing() {
    let app = TestApp::start();
    let victim = app.provision(&user("administrator"));
    let mut failures = Failures::default();
    for (n, external) in ["1", "0", victim.as_str()].into_iter().enumerate() {
        let mut body = user(&format!("attacker{n}"));
        body["externalId"] = json!(external);
        let id = app.provision(&body);
        failures.check(external, id != victim && id != external, || id.clone());
        let one = app.scim("GET", &format!("/Users/{external}"), None);
        let name = one.json().unwrap_or_default()["userName"].clone();
        failures.check(external, name != body["userName"], || format!("its externalId leads to {name}"));
        let filter = app.read(&format!("/Users?filter=externalId%20eq%20%22{external}%22"));
        failures.check(external, filter["Resources"][0]["id"] == json!(id), || filter.to_string());
    }
    failures.none();
    assert_eq!(app.read(&format!("/Users/{victim}"))["userName"], "administrator");
    assert_eq!(app.actions_of(&victim), ["account.created"], "nobody touched it");
}

/// R044, R050: the order of attributes says nothing; an extension's attributes stand in its container, and `schemas` names
/// what is there.
#[test]
fn extensions_have_a_container_and_attributes_no_order() {
    let app = TestApp::start();
    let texts = [
        format!(
            r#"{{"schemas":["{ENTERPRISE}","{CORE}"],"{ENTERPRISE}":{{"department":"D","costCenter":"C"}},"title":"T","userName":"x0"}}"#
        ),
        format!(
            r#"{{"userName":"x1","title":"T","{ENTERPRISE}":{{"costCenter":"C","department":"D"}},"schemas":["{CORE}","{ENTERPRISE}"]}}"#
        ),
        format!(
            r#"{{"{ENTERPRISE}:costCenter":"C","userName":"x2","{ENTERPRISE}:department":"D","schemas":["{CORE}"],"title":"T"}}"#
        ),
    ];
    for text in texts {
        let body: Value = serde_json::from_str(&text).unwrap();
        let authorization = format!("Bearer {}", app.scim_token());
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/scim+json")];
        let made = app.raw("POST", "/scim/v2/Users", &headers, Some(text.as_bytes()));
        let made = expect(made, 201).json().unwrap();
        assert_eq!(made["schemas"], json!([CORE, ENTERPRISE]), "{text}");
        assert_eq!(made[ENTERPRISE], json!({"department": "D", "costCenter": "C"}), "{text}");
        assert_eq!((&made["title"], &made["userName"]), (&json!("T"), &body["userName"]));
        assert!(made.get("department").is_none());
        let path = format!("/Users/{}", made["id"].as_str().unwrap());
        let gone = patch_op(json!([{"op": "remove", "path": ENTERPRISE}]));
        let less = expect(app.scim("PATCH", &path, Some(&gone)), 200).json().unwrap();
        assert_eq!((&less["schemas"], less.get(ENTERPRISE)), (&json!([CORE]), None));
    }
    let group = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "G"}))), 201).json().unwrap();
    assert_eq!(group["schemas"], json!([GROUP]));
}

/// R071: every attribute of the enterprise extension is kept; only the server would know the manager's name.
#[test]
fn the_enterprise_extension_is_whole() {
    let app = TestApp::start();
    let manager = app.provision(&user("boss"));
    let reference = format!("{}/Users/{manager}", app.scim_base());
    let extension = json!({
        "employeeNumber": "701984", "costCenter": "4130", "organization": "Universal Studios",
        "division": "Theme Park", "department": "Tour Operations",
        "manager": {"value": manager, "$ref": reference, "displayName": "made up"},
    });
    let mut body = user("bjensen");
    body[ENTERPRISE] = extension.clone();
    let read = app.read(&format!("/Users/{}", app.provision(&body)));
    for name in ["employeeNumber", "costCenter", "organization", "division", "department"] {
        assert_eq!(read[ENTERPRISE][name], extension[name], "{name}");
    }
    let shown = &read[ENTERPRISE]["manager"];
    assert_eq!((&shown["value"], &shown["$ref"]), (&json!(manager), &json!(reference)));
    assert_ne!(shown["displayName"], "made up", "it is read-only");
}

/// R081: what `/Schemas` calls unique in the server is unique in the tenant, and nothing more is.
#[test]
fn what_is_advertised_as_unique_is_unique() {
    let app = TestApp::start();
    let schema = app.read(&format!("/Schemas/{CORE}"));
    let unique: Vec<&Value> = schema["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|attribute| attribute["uniqueness"] != "none")
        .map(|attribute| &attribute["name"])
        .collect();
    assert_eq!(unique, ["userName"]);
    let mut first = user("first");
    first["emails"] = json!([{"value": "shared@example.com", "type": "work"}]);
    first["displayName"] = json!("Shared");
    app.provision(&first);
    let taken = app.scim("POST", "/Users", Some(&user("First")));
    assert_eq!(scim_error(&taken, 409, Some("uniqueness")), Vec::<String>::new());
    let mut second = first.clone();
    second["userName"] = json!("second");
    app.provision(&second);
    let neighbour = app.issue_token("neighbour", "idp", Scope::Scim);
    expect(app.request("POST", "/scim/v2/Users", Some(&neighbour), Some(&first)), 201);
    let schema = app.read("/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group");
    let mut attributes = schema["attributes"].as_array().unwrap().iter();
    let name = attributes.find(|attribute| attribute["name"] == "displayName").unwrap();
    assert_eq!(name["uniqueness"], "server");
    let guides = json!({"displayName": "Guides"});
    expect(app.scim("POST", "/Groups", Some(&guides)), 201);
    let taken = app.scim("POST", "/Groups", Some(&guides));
    assert_eq!(scim_error(&taken, 409, Some("uniqueness")), Vec::<String>::new());
}

/// R088: what a client leaves out may get a default; what it sends as null or as an empty list has no value.
#[test]
fn a_default_is_for_what_was_left_out() {
    let app = TestApp::start();
    assert_eq!(app.read(&format!("/Users/{}", app.provision(&user("bjensen"))))["active"], true);
    let mut cleared = user("cleared");
    for (name, nothing) in
        [("title", json!(null)), ("emails", json!([])), ("name", json!({})), ("roles", json!(null))]
    {
        cleared[name] = nothing;
    }
    let read = app.read(&format!("/Users/{}", app.provision(&cleared)));
    for name in ["title", "emails", "name", "roles"] {
        assert!(read.get(name).is_none(), "{name}: {read}");
    }
}

/// R046: one pair of type and value stands once, whether it was posted twice or patched into being the same.
#[test]
fn a_value_of_one_type_is_returned_once() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body["emails"] = json!([
        {"value": "b@example.com", "type": "work"},
        {"value": "b@example.com", "type": "work", "primary": true},
        {"value": "b@example.com", "type": "home"},
    ]);
    let path = format!("/Users/{}", app.provision(&body));
    let (work, home) = (
        json!({"value": "b@example.com", "type": "work", "primary": true}),
        json!({"value": "b@example.com", "type": "home"}),
    );
    assert_eq!(app.read(&path)["emails"], json!([work, home]));
    let same = patch_op(json!([{"op": "replace", "path": "emails[type eq \"home\"].type", "value": "work"}]));
    let patched = expect(app.scim("PATCH", &path, Some(&same)), 200).json().unwrap();
    assert_eq!(patched["emails"], json!([work]));
}

/// R066, R069: values in the formats of the RFC come back as they were sent. So do those in others, which providers send:
/// only the letter of the RFC refuses them.
#[test]
fn values_with_a_format_come_back_as_they_were_sent() {
    let app = TestApp::start();
    for (n, (country, email, preferred, locale, zone)) in [
        ("US", "babs@example.com", "en-GB, fr;q=0.5", "en-US", "America/Los_Angeles"),
        ("GB", "\"b j\"@example.com", "*", "zh-Hant_TW", "Etc/UTC"),
        ("USA", "babs", "nso-ZA", "NNRDFXPHOXUY", "Pacific Standard Time"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = user(&format!("user{n}"));
        body["addresses"] = json!([{"type": "work", "country": country}]);
        body["emails"] = json!([{"type": "work", "value": email}]);
        body["preferredLanguage"] = json!(preferred);
        body["locale"] = json!(locale);
        body["timezone"] = json!(zone);
        let read = app.read(&format!("/Users/{}", app.provision(&body)));
        for name in ["addresses", "emails", "preferredLanguage", "locale", "timezone"] {
            assert_eq!(read[name], body[name], "{name}");
        }
    }
}

/// R103: what the server put in for a client that left it out counts as a value, until a client says otherwise.
#[test]
fn a_default_can_be_searched_for() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let total = |filter: &str| {
        let found = app.scim("POST", "/Users/.search", Some(&json!({"filter": filter})));
        expect(found, 200).json().unwrap()["totalResults"].clone()
    };
    for (filter, expected) in
        [("active eq true", 1), ("active pr", 1), ("active eq false", 0), ("active ne true", 0)]
    {
        assert_eq!(total(filter), json!(expected), "{filter}");
    }
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&off)), 200);
    for (filter, expected) in [("active eq true", 0), ("active pr", 1), ("active eq false", 1)] {
        assert_eq!(total(filter), json!(expected), "{filter} after the client said false");
    }
}
