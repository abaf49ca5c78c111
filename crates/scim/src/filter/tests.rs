use serde_json::{Map, Value, json};

use super::*;
use crate::registry::{Registry, ResourceType};

mod grammar;
mod hostile;
mod meaning;
mod types;

const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn resource_type(name: &str) -> ResourceType {
    Registry::standard().unwrap().resource_type(name).unwrap().clone()
}

fn user() -> ResourceType {
    resource_type("User")
}

fn babs() -> Map<String, Value> {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENT],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "jyoung",
        "userName": "bjensen@example.com",
        "displayName": "EDU All personal",
        "name": {"familyName": "O'Malley", "givenName": "Barbara"},
        "userType": "Employee",
        "title": "Tour Guide",
        "active": true,
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"}
        ],
        "meta": {"resourceType": "User", "lastModified": "2011-05-13T04:42:34Z"},
        ENT: {"employeeNumber": "00123", "manager": {"value": "00aa00aa-bb11-cc22-dd33-44ee44ee44ee"}}
    });
    user.as_object().unwrap().clone()
}

fn resolved(text: &str) -> Filter {
    resolve(&user(), &parse(text).unwrap()).unwrap()
}

fn finds(text: &str) -> bool {
    matches(&resolved(text), &babs())
}

/// The `scimType` and detail of the refusal.
fn refused(text: &str) -> (String, String) {
    let error = match parse(text) {
        Ok(expr) => resolve(&user(), &expr).unwrap_err(),
        Err(error) => ScimError::from(error),
    };
    assert_eq!(error.status, 400);
    (error.scim_type.unwrap().as_str().to_owned(), error.detail)
}
