//! The `path` of an operation: an endpoint, and the id of a resource below it.

use crate::error::{ScimError, shorten};
use crate::registry::Registry;

/// Where an operation leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The endpoint of a resource type, such as `/Users`.
    pub endpoint: String,
    /// What follows it, as sent: an id, or `bulkId:x` for what a POST of the same request makes.
    pub id: Option<String>,
}

impl Target {
    /// Reads a path such as `/Users/2819c223`. It is relative to the address of the service (RFC 7644 §3.7); the whole
    /// address, or the part of it after the host or after a version, may stand before it, since clients send what they read
    /// in `meta.location`. `base` is that address, such as `https://rollcall.example/scim/v2`.
    ///
    /// # Errors
    /// `invalidValue` for a path with a query or fragment, 404 for one that leads to no resource type: discovery, searches,
    /// `/Me` and `/Bulk` itself are no resources.
    pub(super) fn parse(path: &str, registry: &Registry, base: &str) -> Result<Self, ScimError> {
        if path.contains(['?', '#']) {
            return Err(ScimError::invalid_value(format!(
                "path {:?} has a query; an operation of a bulk has none, send the address alone",
                shorten(path)
            )));
        }
        let mut relative = path.trim();
        if relative.contains("://") {
            relative = relative.strip_prefix(base).ok_or_else(|| nowhere(path))?;
        }
        let mut segments = relative.split('/').filter(|segment| !segment.is_empty()).peekable();
        let host = base.split_once("://").map_or(base, |(_, rest)| rest);
        for prefix in host.split('/').skip(1) {
            segments.next_if_eq(&prefix);
        }
        let name = segments.next().ok_or_else(|| nowhere(path))?;
        let endpoints = registry.resource_types().iter().map(|rt| rt.endpoint.as_str());
        let endpoint = endpoints
            .into_iter()
            .find(|endpoint| endpoint.trim_start_matches('/') == name)
            .ok_or_else(|| nowhere(path))?
            .to_owned();
        let Some(first) = segments.next() else { return Ok(Self { endpoint, id: None }) };
        let rest: Vec<&str> = segments.collect();
        if rest.is_empty() {
            return Ok(Self { endpoint, id: Some(first.to_owned()) });
        }
        Err(nowhere(path))
    }
}

fn nowhere(path: &str) -> ScimError {
    ScimError::not_found(format!(
        "path {:?} leads to nothing that a bulk can change; send /Users, /Groups, or one of these with an id",
        shorten(path)
    ))
}
