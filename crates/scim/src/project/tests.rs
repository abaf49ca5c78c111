//! What an answer holds, for the user of RFC 7643 §8.3.

use super::*;
use crate::registry::Registry;
use serde_json::json;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn babs() -> Value {
    json!({
        "schemas": [CORE, ENTERPRISE],
        "id": "2819c223",
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara"},
        "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true},
                   {"value": "babs@jensen.org", "type": "home"}],
        "password": "t1meMa$heen",
        "meta": {"resourceType": "User", "version": "W/\"1\""},
        ENTERPRISE: {"department": "Tour Operations", "manager": {"value": "26118915", "displayName": "John Smith"}},
    })
}

fn projected(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let registry = Registry::standard().unwrap();
    let rt = registry.resource_type("User").unwrap();
    let projection = Projection::parse(rt, attributes, excluded).unwrap();
    let Value::Object(mut resource) = babs() else { panic!("not an object") };
    projection.apply(rt, &mut resource);
    Value::Object(resource)
}

#[test]
fn without_a_choice_everything_but_the_password_is_returned() {
    let mut expected = babs();
    expected.as_object_mut().unwrap().remove("password");
    assert_eq!(projected(None, None), expected);
    assert_eq!(projected(Some(""), Some("  ")), expected, "blank parameters are no choice");
}

/// R111: the chosen and the minimum.
#[test]
fn only_the_chosen_attributes_and_the_minimum_are_returned() {
    assert_eq!(
        projected(Some("USERNAME, emails.Value"), None),
        json!({"schemas": [CORE], "id": "2819c223", "userName": "bjensen@example.com",
               "emails": [{"value": "bjensen@example.com"}, {"value": "babs@jensen.org"}]})
    );
}

#[test]
fn unknown_names_are_ignored_and_leave_the_minimum() {
    assert_eq!(projected(Some("shoeSize,name.shoeSize"), None), json!({"schemas": [CORE], "id": "2819c223"}));
}

#[test]
fn names_may_carry_a_urn_and_extension_names_may_lack_it() {
    let department = json!({"schemas": [CORE, ENTERPRISE], "id": "2819c223",
                            ENTERPRISE: {"department": "Tour Operations"}});
    assert_eq!(projected(Some(&format!("{ENTERPRISE}:department")), None), department);
    assert_eq!(projected(Some("department"), None), department);
    assert_eq!(projected(Some(ENTERPRISE), None)[ENTERPRISE], babs()[ENTERPRISE]);
    assert_eq!(
        projected(Some(&format!("{CORE}:name.familyName,manager.value")), None),
        json!({"schemas": [CORE, ENTERPRISE], "id": "2819c223", "name": {"familyName": "Jensen"},
               ENTERPRISE: {"manager": {"value": "26118915"}}})
    );
}

/// R062, R080: what is never returned cannot be asked for.
#[test]
fn what_is_never_returned_cannot_be_asked_for() {
    assert_eq!(projected(Some("password"), None), json!({"schemas": [CORE], "id": "2819c223"}));
    assert!(projected(None, Some("userName")).get("password").is_none());
}

/// R111: the minimum cannot be excluded.
#[test]
fn excluded_attributes_are_left_out_except_the_minimum() {
    let left = projected(None, Some(&format!("id,schemas,emails,name.formatted,meta,{ENTERPRISE}")));
    assert_eq!(
        left,
        json!({"schemas": [CORE], "id": "2819c223", "externalId": "701984", "userName": "bjensen@example.com",
               "name": {"familyName": "Jensen", "givenName": "Barbara"}})
    );
}

/// R110: the two lists exclude each other.
#[test]
fn choosing_and_excluding_at_once_is_refused() {
    let registry = Registry::standard().unwrap();
    let rt = registry.resource_type("User").unwrap();
    let error = Projection::parse(rt, Some("userName"), Some("emails")).unwrap_err();
    assert_eq!(error.to_json()["scimType"], "invalidValue");
}

#[test]
fn what_is_not_wanted_need_not_be_loaded() {
    let registry = Registry::standard().unwrap();
    let group = registry.resource_type("Group").unwrap();
    let wants = |attributes, excluded| {
        Projection::parse(group, attributes, excluded).unwrap().wants(group, "members")
    };
    assert!(wants(None, None));
    assert!(wants(Some("members"), None));
    assert!(wants(Some("Members.value"), None));
    assert!(wants(None, Some("members.display")), "a part is excluded, the rest is wanted");
    assert!(!wants(Some("displayName"), None));
    assert!(!wants(None, Some("MEMBERS")));
    let user = registry.resource_type("User").unwrap();
    assert!(!Projection::everything().wants(user, "password"));
    assert!(Projection::everything().wants(user, ENTERPRISE));
    assert!(!Projection::parse(user, None, Some(ENTERPRISE)).unwrap().wants(user, ENTERPRISE));
    assert!(Projection::parse(user, Some("manager"), None).unwrap().wants(user, ENTERPRISE));
}

#[test]
fn members_left_out_by_the_choice_do_not_appear() {
    let registry = Registry::standard().unwrap();
    let group = registry.resource_type("Group").unwrap();
    let Value::Object(mut resource) =
        json!({"id": "1", "displayName": "Guides", "members": [{"value": "2", "type": "User"}]})
    else {
        panic!("not an object")
    };
    Projection::parse(group, None, Some("members")).unwrap().apply(group, &mut resource);
    assert_eq!(Value::Object(resource), json!({"id": "1", "displayName": "Guides"}));
}
