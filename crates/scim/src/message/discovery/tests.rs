//! The documents of a server at one address.

use super::*;
use crate::registry::Registry;

const BASE: &str = "https://rollcall.example/scim/v2/";

fn documents() -> Vec<Value> {
    let registry = Registry::standard().unwrap();
    let schemas = registry.schemas().iter().map(|schema| schema_json(schema, BASE));
    let types = registry.resource_types().iter().map(|rt| resource_type_json(rt, BASE));
    schemas.chain(types).chain([service_provider_config(BASE)]).collect()
}

#[test]
fn the_configuration_promises_only_what_is_there() {
    let config = service_provider_config(BASE);
    let supported = |what: &str| config.pointer(&format!("/{what}/supported")).unwrap().as_bool().unwrap();
    let promises: Vec<_> = ["patch", "filter", "etag", "bulk", "sort", "changePassword"]
        .map(|what| (what, supported(what)))
        .into();
    assert_eq!(
        promises,
        [
            ("patch", true),
            ("filter", true),
            ("etag", true),
            ("bulk", true),
            ("sort", true),
            ("changePassword", false)
        ]
    );
    assert_eq!(config.pointer("/filter/maxResults"), Some(&json!(1000)));
    assert_eq!(config.pointer("/pagination/defaultPaginationMethod"), Some(&json!("index")));
    assert_eq!(config.pointer("/authenticationSchemes/0/type"), Some(&json!("oauthbearertoken")));
    assert_eq!(
        config.get("meta"),
        Some(&json!({"resourceType": "ServiceProviderConfig",
                     "location": "https://rollcall.example/scim/v2/ServiceProviderConfig"}))
    );
}

/// R074: a resource type has a name, one endpoint, a schema and its extensions.
#[test]
fn a_resource_type_names_its_schema_and_extensions() {
    let registry = Registry::standard().unwrap();
    let user = resource_type_json(registry.resource_type("User").unwrap(), BASE);
    assert_eq!(user.get("schema"), Some(&json!("urn:ietf:params:scim:schemas:core:2.0:User")));
    assert_eq!(user.get("endpoint"), Some(&json!("/Users")));
    assert_eq!(
        user.get("schemaExtensions"),
        Some(&json!([
            {"schema": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "required": false},
            {"schema": "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User", "required": false},
        ]))
    );
    assert_eq!(
        user.pointer("/meta/location"),
        Some(&json!("https://rollcall.example/scim/v2/ResourceTypes/User"))
    );
}

/// R036: no characteristic is left to be guessed.
#[test]
fn an_attribute_is_published_with_every_characteristic() {
    let registry = Registry::standard().unwrap();
    let group = schema_json(registry.schema("urn:ietf:params:scim:schemas:core:2.0:Group").unwrap(), BASE);
    assert_eq!(
        group.pointer("/attributes/1/subAttributes/1"),
        Some(&json!({
            "name": "$ref", "type": "reference", "multiValued": false, "description": "Address of the member.",
            "required": false, "caseExact": true, "mutability": "immutable", "returned": "default",
            "uniqueness": "none", "referenceTypes": ["User", "Group"],
        }))
    );
}

/// R077, R177: no nulls, and every document says what and where it is.
#[test]
fn no_document_holds_a_null_or_an_empty_list() {
    fn walk(value: &Value, path: &str) {
        match value {
            Value::Null => panic!("{path} is null"),
            Value::Array(elements) => {
                assert!(!elements.is_empty(), "{path} is empty");
                elements.iter().for_each(|element| walk(element, path));
            }
            Value::Object(object) => {
                object.iter().for_each(|(key, value)| walk(value, &format!("{path}/{key}")));
            }
            _ => {}
        }
    }
    for document in documents() {
        walk(&document, "");
        let schemas = document.get("schemas").and_then(Value::as_array).unwrap();
        assert_eq!(schemas.len(), 1);
        assert!(document.pointer("/meta/location").unwrap().as_str().unwrap().starts_with("https://"));
    }
}

/// R072, R076, R077: what is required is there, and nothing that the schema does not have.
/// The three discovery schemas describe the documents this crate writes.
#[test]
fn every_document_fits_the_schema_it_names() {
    fn fits(attributes: &[crate::schema::Attribute], object: &Map<String, Value>, path: &str) {
        for (key, value) in object {
            let attribute = attributes.iter().find(|attribute| attribute.name == *key);
            let attribute = attribute.unwrap_or_else(|| panic!("{path}/{key} is not in the schema"));
            assert_eq!(attribute.multi_valued, value.is_array(), "{path}/{key}");
            let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for inner in elements.iter().filter_map(Value::as_object) {
                // The schema of schemas holds complex attributes at a depth its own definition cannot describe.
                let inside = if key == "subAttributes" { attributes } else { &attribute.sub_attributes };
                fits(inside, inner, &format!("{path}/{key}"));
            }
        }
        for required in attributes.iter().filter(|attribute| attribute.required) {
            assert!(object.contains_key(&required.name), "{path}/{} is missing", required.name);
        }
    }
    let registry = Registry::standard().unwrap();
    for document in documents() {
        let mut object = document.as_object().unwrap().clone();
        let urn = object.remove("schemas").unwrap();
        object.remove("meta");
        let urn = urn.pointer("/0").unwrap().as_str().unwrap();
        fits(&registry.schema(urn).unwrap().attributes, &object, urn);
    }
}
