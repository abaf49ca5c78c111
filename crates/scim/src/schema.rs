//! What a schema says about its attributes (RFC 7643 §7).
//!
//! The definitions themselves are data, in `scim-schemas/`; every rule in this crate reads them from here.

use serde::{Deserialize, Serialize};

/// The data type of an attribute (RFC 7643 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeType {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number that may have a fraction.
    Decimal,
    /// A number without fraction or exponent.
    Integer,
    /// An `xsd:dateTime`, such as `2008-01-23T04:56:22Z`.
    DateTime,
    /// Base64 text.
    Binary,
    /// A URI.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

/// Who may change an attribute, and when (RFC 7643 §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only the server sets it.
    ReadOnly,
    /// The client may change it at any time.
    ReadWrite,
    /// The client may set it once.
    Immutable,
    /// The client may set it, and nobody can read it.
    WriteOnly,
}

/// When an attribute is part of an answer (RFC 7643 §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every answer, whatever the client asks for.
    Always,
    /// In no answer.
    Never,
    /// Unless the client narrows the answer.
    Default,
    /// Only when the client names it.
    Request,
}

/// How far a value must be unique (RFC 7643 §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Not at all.
    None,
    /// Among the resources of one endpoint and tenant.
    Server,
    /// Everywhere.
    Global,
}

/// One attribute definition (RFC 7643 §7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attribute {
    /// The name in its canonical letter case.
    pub name: String,
    /// The data type; `type` in JSON.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// Whether the attribute holds an array.
    pub multi_valued: bool,
    /// What the attribute is, for people.
    pub description: String,
    /// Whether the attribute must have a value.
    pub required: bool,
    /// Whether letter case counts when values are compared.
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is part of an answer.
    pub returned: Returned,
    /// How far its value must be unique.
    pub uniqueness: Uniqueness,
    /// Suggested values; others are accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// What a reference may point at: resource type names, `external` or `uri`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// The attributes inside a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
}

impl Attribute {
    /// The sub-attribute of that name, whatever its letter case (RFC 7643 §2.1).
    pub fn sub_attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.sub_attributes, name)
    }
}

/// A schema: the attributes of a resource or of an extension (RFC 7643 §7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// The readable name.
    pub name: String,
    /// What it describes, for people.
    pub description: String,
    /// Its attributes, in the order in which answers show them.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The attribute of that name, whatever its letter case (RFC 7643 §2.1).
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }

    /// Whether an attribute or sub-attribute is returned on request only.
    pub(crate) fn has_hidden_attributes(&self) -> bool {
        let hidden = |attribute: &Attribute| attribute.returned == Returned::Request;
        self.attributes
            .iter()
            .any(|attribute| hidden(attribute) || attribute.sub_attributes.iter().any(hidden))
    }
}

/// The first definition of that name, whatever its letter case.
pub(crate) fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
