//! Filters (RFC 7644 §3.4.2.2): parsed with limits, resolved against the schema, evaluated on a resource.
//!
//! ```text
//! text --parse--> Expr --resolve(resource type)--> Filter --matches(resource)--> bool
//! ```
//!
//! [`Filter`] is what a store translates into its query language; [`matches()`] is the same meaning on a JSON resource and
//! also selects the values of a PATCH path.

pub mod ast;
pub mod date_time;
pub mod eval;
mod lexer;
pub mod limits;
pub(crate) mod name;
mod parser;
pub mod resolve;
#[cfg(test)]
mod tests;

pub use ast::{AttrRef, CompareOp, Expr, Literal};
pub use eval::matches;
pub use parser::parse;
pub(crate) use parser::parse_bracketed;
pub use resolve::{Field, Filter, Typed, resolve};
pub(crate) use resolve::{is_all_of, resolve_element};

use crate::error::ScimError;

/// The text is not a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the filter is wrong at offset {offset}: expected {expected}, found {found}")]
pub struct FilterError {
    /// Offset in bytes from the beginning of the text, from 0.
    pub offset: usize,
    /// What would have been right there.
    pub expected: String,
    /// What is there instead, shortened to 64 characters.
    pub found: String,
}

impl From<FilterError> for ScimError {
    /// `invalidFilter` (RFC 7644 §3.12, Table 9): a filter that is not understood is refused, never ignored.
    fn from(error: FilterError) -> Self {
        ScimError::invalid_filter(error.to_string())
    }
}
