//! The discovery documents (RFC 7643 §5 to §7, RFC 7644 §4).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::bulk::BulkLimits;
use crate::registry::ResourceType;
use crate::schema::Schema;

const CONFIG: &str = include_str!("../../../../scim-schemas/service-provider-config.json");
const CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// What this server offers, from `scim-schemas/service-provider-config.json`. `base` is the address of the SCIM
/// endpoints, such as `https://rollcall.example/scim/v2`.
pub fn service_provider_config(base: &str) -> Value {
    // The registry has refused to start with a file that cannot be read.
    let config = serde_json::from_str(CONFIG).unwrap_or_default();
    document(CONFIG_URN, "ServiceProviderConfig", &location(base, "/ServiceProviderConfig"), config)
}

/// The limits that the file advertises for bulk requests. Read at start-up, with the definitions, which also checks the file.
pub(crate) fn bulk_limits() -> Result<BulkLimits, serde_json::Error> {
    #[derive(Deserialize)]
    struct Config {
        bulk: BulkLimits,
    }
    serde_json::from_str(CONFIG).map(|config: Config| config.bulk)
}

/// A resource type as `/ResourceTypes` shows it.
pub fn resource_type_json(rt: &ResourceType, base: &str) -> Value {
    let extensions: Vec<Value> = rt
        .extensions
        .iter()
        .map(|extension| json!({"schema": extension.schema.id, "required": extension.required}))
        .collect();
    let mut body = Map::from_iter([
        ("id".to_owned(), Value::from(rt.name.as_str())),
        ("name".to_owned(), Value::from(rt.name.as_str())),
        ("description".to_owned(), Value::from(rt.description.as_str())),
        ("endpoint".to_owned(), Value::from(rt.endpoint.as_str())),
        ("schema".to_owned(), Value::from(rt.schema.id.as_str())),
    ]);
    if !extensions.is_empty() {
        body.insert("schemaExtensions".to_owned(), Value::Array(extensions));
    }
    let address = location(base, &format!("/ResourceTypes/{}", rt.name));
    document(RESOURCE_TYPE_URN, "ResourceType", &address, body)
}

/// A schema as `/Schemas` shows it, every characteristic of every attribute written out.
pub fn schema_json(schema: &Schema, base: &str) -> Value {
    let body = Map::from_iter([
        ("id".to_owned(), Value::from(schema.id.as_str())),
        ("name".to_owned(), Value::from(schema.name.as_str())),
        ("description".to_owned(), Value::from(schema.description.as_str())),
        ("attributes".to_owned(), json!(schema.attributes)),
    ]);
    document(SCHEMA_URN, "Schema", &location(base, &format!("/Schemas/{}", schema.id)), body)
}

fn document(urn: &str, resource_type: &str, location: &str, mut body: Map<String, Value>) -> Value {
    body.insert("schemas".to_owned(), json!([urn]));
    body.insert("meta".to_owned(), json!({"resourceType": resource_type, "location": location}));
    Value::Object(body)
}

fn location(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

#[cfg(test)]
mod tests;
