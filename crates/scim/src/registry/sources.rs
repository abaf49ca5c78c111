//! The files of `scim-schemas/`, compiled into the program.

use serde::de::DeserializeOwned;

use super::RegistryError;

/// A file and its text.
pub(super) struct Source {
    file: &'static str,
    text: &'static str,
}

macro_rules! source {
    ($file:literal) => {
        Source { file: $file, text: include_str!(concat!("../../../../scim-schemas/", $file)) }
    };
}

/// The attributes every resource has.
pub(super) const COMMON: Source = source!("common.json");

/// The published schemas, in the order of the `/Schemas` answer.
pub(super) const SCHEMAS: [Source; 7] = [
    source!("schemas/user.json"),
    source!("schemas/group.json"),
    source!("schemas/enterprise-user.json"),
    source!("schemas/rollcall-user.json"),
    source!("schemas/service-provider-config.json"),
    source!("schemas/resource-type.json"),
    source!("schemas/schema.json"),
];

/// The resource types, in the order of the `/ResourceTypes` answer.
pub(super) const RESOURCE_TYPES: [Source; 2] =
    [source!("resource-types/user.json"), source!("resource-types/group.json")];

/// Reads a file as `T`.
pub(super) fn parse<T: DeserializeOwned>(source: &Source) -> Result<T, RegistryError> {
    serde_json::from_str(source.text)
        .map_err(|error| RegistryError::Json { file: source.file, source: error })
}
