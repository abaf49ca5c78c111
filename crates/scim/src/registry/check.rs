//! The rules RFC 7643 sets for schemas and resource types, checked when the registry is built.

use std::collections::BTreeSet;

use super::{Registry, RegistryError};
use crate::schema::{Attribute, AttributeType, Mutability, Returned, Schema};

/// The schema of schemas describes itself with one complex attribute inside another; no other may (RFC 7643 §2.3.8).
const SELF_DESCRIBING: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// Checks one schema by itself.
pub(super) fn schema(schema: &Schema) -> Result<(), RegistryError> {
    if schema.attributes.is_empty() {
        return rule(format!("{} has no attributes", schema.id));
    }
    attributes(&schema.id, &schema.attributes, schema.id == SELF_DESCRIBING)
}

fn attributes(owner: &str, list: &[Attribute], may_nest: bool) -> Result<(), RegistryError> {
    let mut names = BTreeSet::new();
    for attribute in list {
        let path = format!("{owner}:{}", attribute.name);
        if !legal_name(&attribute.name) {
            return rule(format!("{path}: not a legal attribute name (RFC 7643 §2.1)"));
        }
        if !names.insert(attribute.name.to_ascii_lowercase()) {
            return rule(format!("{path}: defined twice"));
        }
        let complex = attribute.kind == AttributeType::Complex;
        if complex == attribute.sub_attributes.is_empty() {
            return rule(format!("{path}: complex attributes, and no others, have sub-attributes"));
        }
        if !may_nest && attribute.sub_attributes.iter().any(|sub| sub.kind == AttributeType::Complex) {
            return rule(format!("{path}: a complex attribute may hold no complex one (RFC 7643 §2.3.8)"));
        }
        if (attribute.kind == AttributeType::Reference) == attribute.reference_types.is_empty() {
            return rule(format!("{path}: references, and no others, have referenceTypes"));
        }
        if (attribute.mutability == Mutability::WriteOnly) != (attribute.returned == Returned::Never) {
            return rule(format!("{path}: what is only written is never returned, and nothing else"));
        }
        attributes(&path, &attribute.sub_attributes, false)?;
    }
    Ok(())
}

/// `ALPHA *("$" / "-" / "_" / DIGIT / ALPHA)`, and the `$ref` that the RFC itself uses.
fn legal_name(name: &str) -> bool {
    name == "$ref"
        || name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '$' | '-' | '_'))
}

/// Checks schemas and resource types against each other.
pub(super) fn registry(registry: &Registry) -> Result<(), RegistryError> {
    let mut urns = BTreeSet::new();
    for schema in &registry.schemas {
        if !urns.insert(schema.id.to_ascii_lowercase()) {
            return rule(format!("{} is defined twice", schema.id));
        }
    }
    let mut endpoints = BTreeSet::new();
    for resource_type in &registry.resource_types {
        if !resource_type.endpoint.starts_with('/') || !endpoints.insert(&resource_type.endpoint) {
            return rule(format!("{}: not an endpoint of its own", resource_type.endpoint));
        }
        for common in resource_type.common_attributes() {
            if resource_type.schema.attribute(&common.name).is_some() {
                return rule(format!("{} redefines the common {}", resource_type.schema.id, common.name));
            }
        }
    }
    Ok(())
}

fn rule(message: String) -> Result<(), RegistryError> {
    Err(RegistryError::Rule(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Uniqueness;

    fn attribute(name: &str, kind: AttributeType, sub_attributes: Vec<Attribute>) -> Attribute {
        Attribute {
            name: name.to_owned(),
            kind,
            multi_valued: false,
            description: String::new(),
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical_values: Vec::new(),
            reference_types: Vec::new(),
            sub_attributes,
        }
    }

    fn refusal(attributes: Vec<Attribute>) -> String {
        let broken = Schema { id: "urn:x".into(), name: "X".into(), description: String::new(), attributes };
        schema(&broken).unwrap_err().to_string()
    }

    /// R042: a complex attribute holds no complex one.
    #[test]
    fn complex_inside_complex_is_refused() {
        let leaf = attribute("leaf", AttributeType::String, vec![]);
        let inner = attribute("inner", AttributeType::Complex, vec![leaf]);
        let message = refusal(vec![attribute("outer", AttributeType::Complex, vec![inner])]);
        assert!(message.contains("urn:x:outer"), "{message}");
        assert!(message.contains("2.3.8"), "{message}");
    }

    /// R035: the names of attributes.
    #[test]
    fn an_illegal_name_is_refused() {
        let message = refusal(vec![attribute("first.name", AttributeType::String, vec![])]);
        assert!(message.contains("urn:x:first.name: not a legal attribute name"), "{message}");
    }

    #[test]
    fn two_names_that_differ_in_case_only_are_refused() {
        let twice = ["title", "Title"].map(|name| attribute(name, AttributeType::String, vec![]));
        assert!(refusal(twice.to_vec()).contains("urn:x:Title: defined twice"));
    }

    #[test]
    fn a_written_secret_must_not_be_returned() {
        let mut secret = attribute("secret", AttributeType::String, vec![]);
        secret.mutability = Mutability::WriteOnly;
        assert!(refusal(vec![secret]).contains("never returned"));
    }
}
