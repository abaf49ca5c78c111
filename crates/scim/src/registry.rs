//! All schemas and resource types of the server, read once from `scim-schemas/` and checked against each other.

use std::sync::Arc;

use memchr::memmem::Finder;
use serde::Deserialize;

use crate::bulk::BulkLimits;
use crate::schema::{Attribute, Schema, find};

mod check;
mod own;
mod revision;
mod sources;

pub use own::{MAX_ATTRIBUTES, OwnSchema, check_urn, read_schema};
pub use revision::{Revision, revise};

/// Definitions that cannot be used: those in `scim-schemas/`, which is a fault of the build, or a tenant's own.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A file is not the JSON it should be.
    #[error("scim-schemas/{file}: {source}")]
    Json {
        /// The file, relative to `scim-schemas/`.
        file: &'static str,
        /// What the parser found.
        source: serde_json::Error,
    },
    /// A definition breaks a rule of RFC 7643.
    #[error("{0}")]
    Rule(String),
}

/// An extension of a resource type (RFC 7643 §6).
#[derive(Debug, Clone)]
pub struct Extension {
    /// The schema of the extension.
    pub schema: Arc<Schema>,
    /// Whether every resource must carry it.
    pub required: bool,
    /// Whether it is a tenant's own, and not one of `scim-schemas/`.
    pub own: bool,
    /// Its key in JSON text. Made once: for so long a key that takes longer than to look for it.
    key: Finder<'static>,
}

impl Extension {
    fn new(schema: Arc<Schema>, required: bool, own: bool) -> Self {
        let key = Finder::new(&format!("\"{}\":", schema.id)).into_owned();
        Self { schema, required, own, key }
    }

    /// Whether the text of a JSON object has values of it. A quotation mark inside a value is escaped, so what stands between two and
    /// before a colon can only be a key.
    pub fn is_in(&self, object: &str) -> bool {
        self.key.find(object.as_bytes()).is_some()
    }
}

/// A kind of resource: its endpoint, schema and extensions (RFC 7643 §6).
#[derive(Debug, Clone)]
pub struct ResourceType {
    /// `User` or `Group`.
    pub name: String,
    /// The endpoint below the base address, such as `/Users`.
    pub endpoint: String,
    /// What it is, for people.
    pub description: String,
    /// The core schema.
    pub schema: Arc<Schema>,
    /// The extensions, in the order in which answers show them.
    pub extensions: Vec<Extension>,
    common: Arc<[Attribute]>,
}

impl ResourceType {
    /// The core attribute of that name or the common one (`id`, `externalId`, `meta`, `schemas`), whatever its
    /// letter case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.schema.attribute(name).or_else(|| find(&self.common, name))
    }

    /// The attributes every resource has (RFC 7643 §3.1): `id`, `externalId`, `meta`, `schemas`.
    pub fn common_attributes(&self) -> &[Attribute] {
        &self.common
    }

    /// The schema of the extension with that URN, whatever its letter case.
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions.iter().map(|e| &*e.schema).find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// The extension that a name without URN belongs to: the only one for which `has` is true. Those of `scim-schemas/`
    /// come first, so that a tenant's own schema never changes what `department` means.
    pub(crate) fn extension_with<T>(&self, has: impl Fn(&Schema) -> Option<T>) -> Option<(&Schema, T)> {
        for own in [false, true] {
            let mut owners = self
                .extensions
                .iter()
                .filter(|extension| extension.own == own)
                .filter_map(|extension| Some((&*extension.schema, has(&extension.schema)?)));
            match (owners.next(), owners.next()) {
                (Some(only), None) => return Some(only),
                (Some(_), Some(_)) => return None,
                (None, _) => {}
            }
        }
        None
    }

    /// Whether a stored resource is shown by default as it is stored: no attribute that clients write is returned on
    /// request only.
    pub fn shows_all_it_stores(&self) -> bool {
        !self.extensions.iter().any(|extension| extension.own && extension.schema.has_hidden_attributes())
    }

    /// The longest known URN, core or extension, that `text` begins with (whatever its letter case), and what
    /// follows the `:` or `.` after it; nothing follows when the text is the URN itself.
    ///
    /// Only whole URNs count: the dot in `…:2.0:User` separates nothing. A dot after the URN is what one identity
    /// provider writes instead of the colon of RFC 7644 §3.10.
    pub fn split_urn<'a>(&self, text: &'a str) -> Option<(&Schema, &'a str)> {
        std::iter::once(&*self.schema)
            .chain(self.extensions.iter().map(|e| &*e.schema))
            .filter_map(|schema| {
                let (urn, rest) = text.split_at_checked(schema.id.len())?;
                if !urn.eq_ignore_ascii_case(&schema.id) {
                    return None;
                }
                match rest.strip_prefix([':', '.']) {
                    Some(rest) => Some((schema, rest)),
                    None => rest.is_empty().then_some((schema, rest)),
                }
            })
            .max_by_key(|(schema, _)| schema.id.len())
    }
}

/// The schemas and resource types of the server, or of one tenant.
#[derive(Debug, Clone)]
pub struct Registry {
    schemas: Vec<Arc<Schema>>,
    resource_types: Vec<ResourceType>,
    bulk_limits: BulkLimits,
}

/// A file of `scim-schemas/resource-types/`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResourceTypeFile {
    name: String,
    endpoint: String,
    description: String,
    schema: String,
    schema_extensions: Vec<ExtensionFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtensionFile {
    schema: String,
    required: bool,
}

impl Registry {
    /// The definitions this crate was built with.
    ///
    /// # Errors
    /// When a file of `scim-schemas/` is broken or contradicts another one.
    pub fn standard() -> Result<Registry, RegistryError> {
        let common: Arc<[Attribute]> = sources::parse::<Vec<Attribute>>(&sources::COMMON)?.into();
        let mut schemas = Vec::new();
        for source in &sources::SCHEMAS {
            let schema: Schema = sources::parse(source)?;
            check::schema(&schema)?;
            schemas.push(Arc::new(schema));
        }
        let bulk_limits = crate::message::bulk_limits()
            .map_err(|source| RegistryError::Json { file: "service-provider-config.json", source })?;
        let mut registry = Registry { schemas, resource_types: Vec::new(), bulk_limits };
        for source in &sources::RESOURCE_TYPES {
            let resource_type = registry.link(sources::parse(source)?, Arc::clone(&common))?;
            registry.resource_types.push(resource_type);
        }
        check::registry(&registry)?;
        Ok(registry)
    }

    /// Every published schema: resources, extensions, and the three of discovery.
    pub fn schemas(&self) -> &[Arc<Schema>] {
        &self.schemas
    }

    /// Every resource type.
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.resource_types
    }

    /// The schema with that URN, whatever its letter case.
    pub fn schema(&self, urn: &str) -> Option<&Schema> {
        self.shared(urn).map(|schema| &**schema)
    }

    /// How much one bulk request may hold.
    pub fn bulk_limits(&self) -> BulkLimits {
        self.bulk_limits
    }

    /// The resource type of that name, such as `User`.
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.resource_types.iter().find(|resource_type| resource_type.name == name)
    }

    fn shared(&self, urn: &str) -> Option<&Arc<Schema>> {
        self.schemas.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    fn link(&self, file: ResourceTypeFile, common: Arc<[Attribute]>) -> Result<ResourceType, RegistryError> {
        let known = |urn: &str| {
            self.shared(urn).cloned().ok_or_else(|| {
                RegistryError::Rule(format!("resource type {} refers to the unknown schema {urn}", file.name))
            })
        };
        let schema = known(&file.schema)?;
        let mut extensions = Vec::new();
        for extension in &file.schema_extensions {
            extensions.push(Extension::new(known(&extension.schema)?, extension.required, false));
        }
        Ok(ResourceType {
            schema,
            extensions,
            common,
            name: file.name,
            endpoint: file.endpoint,
            description: file.description,
        })
    }
}

#[cfg(test)]
mod tests;
