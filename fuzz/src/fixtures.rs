//! Resources that have everything: the ones the fuzzed requests meet.

use std::sync::LazyLock;

use rollcall_scim::registry::{Registry, ResourceType};
use serde_json::{Map, Value, json};

/// The enterprise extension of RFC 7643 §4.3.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The extension of this server.
pub const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
/// An extension that no schema describes, as a release that knew it may have left it.
pub const FORGOTTEN: &str = "urn:example:forgotten:1.0:User";

/// A resource and its type.
pub struct Fixture {
    /// The type.
    pub rt: ResourceType,
    /// The resource, in canonical form, with what the server adds and with something that no schema knows.
    pub resource: Map<String, Value>,
}

static FIXTURES: LazyLock<[Fixture; 3]> = LazyLock::new(|| {
    [
        Fixture { rt: resource_type("User"), resource: object(rich_user()) },
        Fixture {
            rt: resource_type("User"),
            resource: object(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "b" })),
        },
        Fixture { rt: resource_type("Group"), resource: object(group()) },
    ]
});

/// A user with everything, a user with nothing, and a group.
pub fn all() -> &'static [Fixture; 3] {
    &FIXTURES
}

/// The user with everything.
pub fn user() -> &'static Fixture {
    &FIXTURES[0]
}

/// The group.
pub fn group_fixture() -> &'static Fixture {
    &FIXTURES[2]
}

fn resource_type(name: &str) -> ResourceType {
    Registry::standard().expect("scim-schemas/ are right").resource_type(name).expect("it exists").clone()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("no object: {other}"),
    }
}

fn rich_user() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, ROLLCALL],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "00uK1",
        "userName": "bjensen@example.com",
        "name": {"formatted": "Ms. Barbara J Jensen", "familyName": "Jensen", "givenName": "Barbara"},
        "displayName": "Babs Jensen",
        "nickName": "Bäbs",
        "profileUrl": "https://login.example.com/bjensen",
        "title": "Tour Guide",
        "userType": "Employee",
        "preferredLanguage": "en-US",
        "locale": "en-US",
        "timezone": "America/Los_Angeles",
        "active": true,
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home", "display": "at home"},
            {"value": "b@x", "type": "work"}
        ],
        "phoneNumbers": [{"value": "tel:+1-555-555-5555", "type": "work"}, {"value": "tel:+1-555"}],
        "ims": [{"value": "someaimhandle", "type": "aim", "primary": false}],
        "photos": [{"value": "https://photos.example.com/F", "type": "photo"}],
        "addresses": [
            {"type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "primary": true},
            {"type": "home", "formatted": "456 Hollywood Blvd\nHollywood, CA 91608 USA"}
        ],
        "groups": [{"value": "e9e30dba-f08f-4109-8486-d5c6a331660a", "display": "Tour Guides"}],
        "entitlements": [{"value": "print"}],
        "roles": [{"value": "Admin", "primary": true}, {"value": "Learner", "type": "WindowsAzureActiveDirectoryRole"}],
        "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw"}],
        "meta": {"resourceType": "User", "created": "2010-01-23T04:56:22Z", "lastModified": "2011-05-13T04:42:34.5Z"},
        ENTERPRISE: {
            "employeeNumber": "701984", "costCenter": "4130", "department": "Tour Operations", "forgotten": [null], "void": null,
            "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d", "$ref": "../Users/26118915"}
        },
        ROLLCALL: {"status": "active", "deactivatedAt": "2026-11-21T22:42:04.5Z", "deactivationReason": "left"},
        FORGOTTEN: {"shoe": 42, "nothing": null, "sizes": [], "a": [{"primary": true}, {"primary": true}]},
        "legacy": [null, {"primary": true, "x": {}}, {"primary": true}]
    })
}

fn group() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "id": "e9e30dba-f08f-4109-8486-d5c6a331660a",
        "externalId": "S-1-5-21",
        "displayName": "Tour Guides",
        "meta": {"resourceType": "Group", "version": "W/\"3694e05e9dff592\""}
    })
}
