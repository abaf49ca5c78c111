//! Refusals as the document of the API describes them: the same for every operation.

use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// A refusal (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(super) struct Problem {
    /// `about:blank`, or `urn:rollcall:problem:` and the kind.
    r#type: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// What stands against it, and the way out.
    detail: String,
    /// The field of the request that cannot be used, where there is one.
    field: Option<String>,
}

/// The statuses that any operation may answer beside its own.
pub(super) struct Problems;

const STATUSES: [(&str, &str); 14] = [
    ("400", "a value cannot be used; `field` names it"),
    ("401", "token or session missing, ended or revoked; or name or password wrong"),
    ("403", "the scope or the role does not allow it, or the life cycle refuses"),
    ("404", "there is no such thing"),
    ("405", "another method; `Allow` lists those there are"),
    ("408", "the body did not arrive in time"),
    ("409", "what there is stands against it"),
    ("413", "the body is too large"),
    ("414", "the address is too long"),
    ("415", "the body is not JSON, or encoded"),
    (
        "429",
        "too many requests, too many wrong passwords for a name from one source, or a sync that the guard has stopped; Retry-After says how long to wait",
    ),
    ("431", "the header fields are too long"),
    ("500", "a fault; the X-Request-Id leads to it in the log"),
    ("503", "busy, or the database is away; Retry-After says when to come back"),
];

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = || ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = |description: &str| {
            ResponseBuilder::new()
                .description(description)
                .content("application/problem+json", problem())
                .build()
        };
        STATUSES
            .into_iter()
            .map(|(status, description)| (status.to_owned(), RefOr::T(response(description))))
            .collect()
    }
}
