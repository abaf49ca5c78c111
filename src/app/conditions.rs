//! Conditions of a request on the version of a resource (RFC 9110 §13.1, RFC 7644 §3.14).

use super::AppError;
use rollcall_scim::error::ScimError;
use rollcall_scim::etag::ETag;

/// What a request that changes something demands of its present version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// If-Match: it has to be one of these.
    pub if_match: Option<String>,
    /// If-None-Match: it must be none of these.
    pub if_none_match: Option<String>,
}

impl Conditions {
    /// The version that an operation of a bulk names.
    pub fn version(version: Option<String>) -> Self {
        Self { if_match: version, if_none_match: None }
    }

    /// Compares them with the present version.
    ///
    /// # Errors
    /// 412 when one does not hold.
    pub fn check(&self, etag: &ETag) -> Result<(), AppError> {
        let at = etag.as_str();
        if let Some(wanted) = self.if_match.as_deref().filter(|wanted| !etag.matches(wanted)) {
            let detail = format!("the resource is at version {at}, not {wanted}; read it and try again");
            return Err(ScimError::precondition_failed(detail).into());
        }
        if let Some(known) = self.if_none_match.as_deref().filter(|known| etag.matches(known)) {
            let detail = format!(
                "the resource is at version {at}, and If-None-Match: {known} allows no change then; send If-Match, or neither"
            );
            return Err(ScimError::precondition_failed(detail).into());
        }
        Ok(())
    }
}
