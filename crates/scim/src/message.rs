//! Answers that are not resources: lists and the discovery documents.

mod discovery;
mod list;

pub(crate) use discovery::bulk_limits;
pub use discovery::{resource_type_json, schema_json, service_provider_config};
pub use list::{LIST_RESPONSE_URN, ListFacts, list_response, write_list};
