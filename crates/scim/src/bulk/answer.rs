//! The answer to a bulk request (RFC 7644 §3.7.3, as errata 7916 and 8096 correct its examples).

use serde_json::{Map, Value, json};

use crate::error::ScimError;
use crate::etag::ETag;

/// The schema of the answer.
pub const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// What became of one operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// As in the request; `None` where there was none.
    pub method: Option<String>,
    /// As in the request.
    pub bulk_id: Option<String>,
    /// The version after it; `None` for what was deleted or failed.
    pub version: Option<ETag>,
    /// The address of the resource; `None` for a POST that failed, or a path that leads to no resource.
    pub location: Option<String>,
    /// The HTTP status of a success, or what went wrong.
    pub outcome: Result<u16, ScimError>,
}

impl Entry {
    /// The status that a single request would have been answered with.
    pub fn status(&self) -> u16 {
        match &self.outcome {
            Ok(status) => *status,
            Err(error) => error.status,
        }
    }

    /// The object in `Operations`. The resource is left out: RFC 7644 §3.7 lets the server choose.
    fn into_json(self) -> Value {
        let mut entry = Map::new();
        let status = self.status().to_string();
        let texts = [
            ("method", self.method),
            ("bulkId", self.bulk_id),
            ("version", self.version.map(|version| version.as_str().to_owned())),
            ("location", self.location),
            ("status", Some(status)),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                entry.insert(name.to_owned(), Value::String(text));
            }
        }
        if let Err(error) = self.outcome {
            entry.insert("response".to_owned(), error.to_json());
        }
        Value::Object(entry)
    }
}

/// The body of the answer.
pub fn bulk_response(entries: impl IntoIterator<Item = Entry>) -> Value {
    let operations: Vec<Value> = entries.into_iter().map(Entry::into_json).collect();
    json!({"schemas": [BULK_RESPONSE_URN], "Operations": operations})
}
