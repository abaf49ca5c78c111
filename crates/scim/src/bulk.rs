//! Bulk (RFC 7644 §3.7): many operations in one request, which may refer to what others of them make.
//!
//! ```text
//! body --parse--> BulkRequest --steps--> [Step]          in which order, and what is a circle
//! data --replace_references--> data                      `bulkId:x` becomes the id, once there is one
//! data --part--> data for now, data for later            how a circle is opened
//! [Entry] --bulk_response--> body of the answer
//! ```
//!
//! What an operation does is nobody's business here: it is what a single request of the same method, path and body does.

mod answer;
mod circles;
mod order;
mod parse;
mod part;
mod references;
mod target;
#[cfg(test)]
mod tests;

pub use answer::{BULK_RESPONSE_URN, Entry, bulk_response};
pub use order::{MAX_CIRCLE, Step, steps};
pub use parse::{BULK_REQUEST_URN, parse};
pub use part::{completion, part};
pub use references::{referenced, replace_references};
pub use target::Target;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::ScimError;

/// How much one bulk request may hold: what `/ServiceProviderConfig` advertises (RFC 7643 §5), read from the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkLimits {
    /// Operations at most.
    pub max_operations: usize,
    /// Bytes of the body at most.
    pub max_payload_size: usize,
}

/// A bulk request.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkRequest {
    /// After how many errors the rest is left undone; `None` for never.
    pub fail_on_errors: Option<usize>,
    /// The operations, in the order of the request. Never empty.
    pub operations: Vec<Requested>,
}

/// One operation, as far as it was understood. One that was not fails alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Requested {
    /// The method as the answer names it: in capitals, or what the client sent, shortened; `None` where there was none.
    pub method: Option<String>,
    /// The client's name for it, which the answer repeats.
    pub bulk_id: Option<String>,
    /// Where it leads, if that was understood.
    pub target: Option<Target>,
    /// The POSTs of this request whose ids it needs, by their places, in ascending order.
    pub needs: Vec<usize>,
    /// What to do, or why it cannot be done.
    pub task: Result<Task, ScimError>,
}

impl Requested {
    /// Whether it is a POST, and so may be referred to.
    pub fn creates(&self) -> bool {
        self.method.as_deref() == Some(Method::Post.as_str())
    }
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The method.
    pub method: Method,
    /// The condition that a single request has as `If-Match`; never with a POST.
    pub version: Option<String>,
    /// The body; empty for a DELETE.
    pub data: Map<String, Value>,
}

/// The methods that a bulk may hold (RFC 7644 §3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Creates a resource.
    Post,
    /// Replaces one.
    Put,
    /// Changes one.
    Patch,
    /// Deletes one.
    Delete,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 4] = [Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The method in capitals, as HTTP has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}
