//! How much a client may put into one resource.

use crate::schema::{Attribute, AttributeType};

/// Deepest nesting of a JSON body. A resource needs four levels, a PATCH of one six.
pub const MAX_DEPTH: usize = 32;

/// Most elements of a multi-valued attribute other than `members`.
pub const MAX_ELEMENTS: usize = 1_000;

/// Longest text of an attribute that is not listed below, in characters.
const TEXT: usize = 1_024;

/// Pictures as `data:` URIs and certificates are longer than text, in characters.
const LARGE: usize = 64 * 1_024;

/// The most characters a value of this attribute may have.
pub(super) fn characters(attribute: &Attribute) -> usize {
    match attribute.kind {
        AttributeType::Binary => LARGE,
        AttributeType::Reference if attribute.reference_types.iter().any(|kind| kind == "external") => LARGE,
        _ => match attribute.name.as_str() {
            "userName" => 256,
            "displayName" => 512,
            _ => TEXT,
        },
    }
}

/// The most elements a multi-valued attribute may have. Groups can be very large: their members are limited only by
/// the size of the body.
pub(super) fn elements(attribute: &Attribute) -> Option<usize> {
    (attribute.name != "members").then_some(MAX_ELEMENTS)
}
