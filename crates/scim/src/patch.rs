//! PATCH (RFC 7644 §3.5.2): operations in order, all or nothing.
//!
//! ```text
//! body --parse--> [Operation] --split_members (groups only)--> [Operation] + [MemberChange]
//!                 [Operation] --apply(resource)--> Patched
//! ```
//!
//! [`quirk`](crate::quirk) rewrites what identity providers really send before the engine sees it.

mod apply;
mod create;
mod elements;
mod members;
mod parse;
mod same;
mod secret;
mod single;
#[cfg(test)]
mod tests;

pub use apply::{Patched, apply};
pub use members::{MemberChange, MemberKind, MemberRef, coalesced, split_members, take_members};
pub(crate) use parse::PATCH_OP_URN;
pub use parse::{MAX_OPERATIONS, parse};
pub use secret::last_value;

use serde_json::Value;

/// What an operation does (RFC 7644 §3.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Adds values; on a single-valued attribute the same as `Replace`.
    Add,
    /// Removes values.
    Remove,
    /// Replaces values; adds them where there are none.
    Replace,
}

impl Op {
    /// The operation as the RFC writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

/// One operation of a PATCH request.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What to do.
    pub op: Op,
    /// Where; `None` means the resource itself.
    pub path: Option<String>,
    /// With what. `Some(Value::Null)` is a `null` that the client wrote.
    pub value: Option<Value>,
}
