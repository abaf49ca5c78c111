//! The shipped definitions, as clients see them.

use super::*;
use crate::schema::{AttributeType, Mutability, Returned, Uniqueness};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn registry() -> Registry {
    Registry::standard().unwrap()
}

fn user(registry: &Registry) -> &ResourceType {
    registry.resource_type("User").unwrap()
}

/// R074, R076, R082: the resource types, and a schema for every URN that is used; none of a message.
#[test]
fn the_shipped_definitions_agree_with_each_other() {
    let registry = registry();
    let published: Vec<_> = registry.schemas().iter().map(|schema| schema.id.as_str()).collect();
    assert_eq!(
        published,
        [
            CORE,
            "urn:ietf:params:scim:schemas:core:2.0:Group",
            ENTERPRISE,
            "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User",
            "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
            "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
            "urn:ietf:params:scim:schemas:core:2.0:Schema",
        ]
    );
    let endpoints: Vec<_> = registry.resource_types().iter().map(|rt| rt.endpoint.as_str()).collect();
    assert_eq!(endpoints, ["/Users", "/Groups"]);
}

#[test]
fn canonical_values_are_unique_and_belong_to_strings() {
    fn walk(path: &str, attributes: &[Attribute]) {
        for attribute in attributes {
            let path = format!("{path}:{}", attribute.name);
            let mut values = attribute.canonical_values.clone();
            assert!(values.is_empty() || attribute.kind == AttributeType::String, "{path}");
            values.sort();
            values.dedup();
            assert_eq!(values.len(), attribute.canonical_values.len(), "{path}");
            assert!(!attribute.description.is_empty(), "{path} is not described");
            walk(&path, &attribute.sub_attributes);
        }
    }
    for schema in registry().schemas() {
        walk(&schema.id, &schema.attributes);
    }
}

#[test]
fn every_resource_that_is_referred_to_is_a_resource_type() {
    fn walk(registry: &Registry, attributes: &[Attribute]) {
        for attribute in attributes {
            for target in &attribute.reference_types {
                let known = ["external", "uri"].contains(&target.as_str());
                assert!(known || registry.resource_type(target).is_some(), "{} → {target}", attribute.name);
            }
            walk(registry, &attribute.sub_attributes);
        }
    }
    let registry = registry();
    for schema in registry.schemas() {
        walk(&registry, &schema.attributes);
    }
}

/// R052, R060, R062, R067, R070: characteristics that RFC 7643 fixes.
#[test]
fn the_characteristics_that_clients_rely_on() {
    let registry = registry();
    let user = user(&registry);
    let user_name = user.attribute("USERNAME").unwrap();
    assert_eq!(
        (user_name.name.as_str(), user_name.required, user_name.case_exact, user_name.uniqueness),
        ("userName", true, false, Uniqueness::Server)
    );
    let password = user.attribute("password").unwrap();
    assert_eq!((password.mutability, password.returned), (Mutability::WriteOnly, Returned::Never));
    assert!(user.attribute("externalid").unwrap().case_exact);
    assert_eq!(user.attribute("id").unwrap().returned, Returned::Always);
    assert_eq!(user.attribute("groups").unwrap().mutability, Mutability::ReadOnly);
    assert!(user.attribute("addresses").unwrap().sub_attribute("Primary").is_some());
    assert!(user.attribute("roles").unwrap().sub_attribute("type").unwrap().canonical_values.is_empty());
    assert!(user.attribute("department").is_none(), "an attribute of an extension is not a core attribute");
    let members = registry.resource_type("Group").unwrap().attribute("members").unwrap();
    assert!(members.sub_attributes.iter().all(|sub| sub.mutability == Mutability::Immutable));
}

#[test]
fn clients_can_change_what_decides_and_nothing_that_is_computed_in_the_rollcall_extension() {
    let registry = registry();
    let rollcall = registry.schema("urn:ietf:params:scim:schemas:extension:ROLLCALL:2.0:User").unwrap();
    let writable =
        rollcall.attributes.iter().filter(|attribute| attribute.mutability != Mutability::ReadOnly);
    assert_eq!(
        writable.map(|attribute| attribute.name.as_str()).collect::<Vec<_>>(),
        ["role", "startsAt", "expiresAt", "deactivateAt", "timeZone", "deactivationReason"]
    );
    // What the server computes is told to those who ask, so that what a client reads it can write back.
    let computed =
        rollcall.attributes.iter().filter(|attribute| attribute.mutability == Mutability::ReadOnly);
    assert!(computed.into_iter().all(|attribute| attribute.returned == Returned::Request));
}

#[test]
fn a_urn_is_split_from_what_follows_it() {
    let registry = registry();
    let user = user(&registry);
    let split = |text| user.split_urn(text).map(|(schema, rest)| (schema.id.as_str(), rest.to_owned()));
    let cases = [
        ("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", Some((CORE, "name.givenName"))),
        ("URN:IETF:params:scim:schemas:core:2.0:user:userName", Some((CORE, "userName"))),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department",
            Some((ENTERPRISE, "department")),
        ),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", Some((ENTERPRISE, ""))),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:Users:x", None),
        ("urn:ietf:params:scim:schemas:core:2.0:Group:displayName", None),
        ("userName", None),
        ("ürn:ietf:params:scim:schemas:core:2.0:Usér", None),
    ];
    for (text, expected) in cases {
        assert_eq!(split(text), expected.map(|(urn, rest)| (urn, rest.to_owned())), "{text}");
    }
}
