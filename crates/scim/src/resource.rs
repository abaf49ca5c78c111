//! What a client sends becomes a canonical resource.
//!
//! Canonical means: names in the letter case of the schema, booleans as booleans, arrays where the schema says
//! multi-valued, extensions under their URN, no nulls, nothing unknown and nothing the client may not set.
//! [`accept()`] does this for a whole POST or PUT body, [`canonical_value`] for one value of a PATCH, and [`finish()`]
//! checks the resource a PATCH has left behind.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

mod accept;
mod dialect;
mod finish;
mod format;
mod immutable;
mod limits;
mod parse;
mod place;
mod repeated;
mod scalar;
mod value;

pub use accept::accept;
pub use dialect::{
    Dialect, Passwords, PatchAnswer, PathlessPatch, Reading, UnknownAttributes, UnknownMembers,
    UnmatchedFilter,
};
pub use finish::{finish, set_schemas};
pub(crate) use finish::{finish_changed, tidy_list};
pub(crate) use format::check_formats;
pub use immutable::keep_immutable;
pub(crate) use immutable::refuse_changed_immutable;
pub use limits::{MAX_DEPTH, MAX_ELEMENTS};
pub use parse::{parse_object, parse_unambiguous};
pub use value::canonical_value;

/// A body in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// The resource as the client wants it: only what the client may set, and `schemas`.
    pub attributes: Map<String, Value>,
    /// What the client sent as `null`, `[]` or in another way that means "no value" (RFC 7643 §2.5): names of core
    /// attributes, URNs of extensions, and `urn:name` for attributes of extensions.
    pub cleared: BTreeSet<String>,
}

#[cfg(test)]
mod tests;
