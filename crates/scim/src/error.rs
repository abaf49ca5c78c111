//! The one error of the protocol: an HTTP status, a `scimType` and a sentence (RFC 7644 §3.12).

use std::fmt;

use serde_json::{Map, Value};

/// The schema of every error answer.
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The detail keyword of an error (RFC 7644 §3.12, Table 9, and RFC 9865 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter is broken, or compares what cannot be compared.
    InvalidFilter,
    /// More results than the server is willing to return.
    TooMany,
    /// A value that must be unique is taken.
    Uniqueness,
    /// The attribute cannot be changed in this way.
    Mutability,
    /// The body is not the JSON that was expected.
    InvalidSyntax,
    /// The PATCH path is broken.
    InvalidPath,
    /// The PATCH path leads nowhere.
    NoTarget,
    /// A value is missing or of the wrong kind.
    InvalidValue,
    /// The protocol version is not served.
    InvalidVers,
    /// The request carries personal data in its URI.
    Sensitive,
    /// The cursor is none of this server's, or belongs to another query (RFC 9865 §2.1).
    InvalidCursor,
    /// The cursor is too old (RFC 9865 §2.1).
    ExpiredCursor,
    /// The count is no number, or another one than that of the first page (RFC 9865 §2.1).
    InvalidCount,
}

impl ScimType {
    /// The keyword as it stands in the answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

impl fmt::Display for ScimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal, as the client reads it. The detail is shown to the client: it must hold no internals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// The HTTP status.
    pub status: u16,
    /// The detail keyword, where Table 9 has one.
    pub scim_type: Option<ScimType>,
    /// What was wrong, with which value, and the way out.
    pub detail: String,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $scim_type:expr;)*) => {
        impl ScimError {
            $($(#[$doc])*
            pub fn $name(detail: impl Into<String>) -> Self {
                Self { status: $status, scim_type: $scim_type, detail: detail.into() }
            })*
        }
    };
}

constructors! {
    /// 400 `invalidValue`: a value is missing or of the wrong kind.
    invalid_value = 400, Some(ScimType::InvalidValue);
    /// 400 `invalidSyntax`: the body is not the JSON that was expected.
    invalid_syntax = 400, Some(ScimType::InvalidSyntax);
    /// 400 `invalidFilter`: the filter is broken or not applicable.
    invalid_filter = 400, Some(ScimType::InvalidFilter);
    /// 400 `invalidPath`: the PATCH path is broken.
    invalid_path = 400, Some(ScimType::InvalidPath);
    /// 400 `noTarget`: the PATCH path leads nowhere.
    no_target = 400, Some(ScimType::NoTarget);
    /// 400 `mutability`: the attribute cannot be changed in this way.
    mutability = 400, Some(ScimType::Mutability);
    /// 400 `tooMany`: more results than the server is willing to return.
    too_many = 400, Some(ScimType::TooMany);
    /// 400 `invalidVers`: the protocol version is not served.
    invalid_vers = 400, Some(ScimType::InvalidVers);
    /// 400 `invalidCursor`: no cursor of this server for this query.
    invalid_cursor = 400, Some(ScimType::InvalidCursor);
    /// 400 `expiredCursor`: the cursor is too old.
    expired_cursor = 400, Some(ScimType::ExpiredCursor);
    /// 400 `invalidCount`: no number, or not that of the first page.
    invalid_count = 400, Some(ScimType::InvalidCount);
    /// 409 `uniqueness`: a value that must be unique is taken.
    uniqueness = 409, Some(ScimType::Uniqueness);
    /// 409 without keyword: the state of the resource forbids it.
    conflict = 409, None;
    /// 401: no credentials, or wrong ones.
    unauthorized = 401, None;
    /// 403: the credentials do not permit it.
    forbidden = 403, None;
    /// 403 `sensitive`: the request carries personal data in its URI.
    sensitive = 403, Some(ScimType::Sensitive);
    /// 404: no such resource or endpoint.
    not_found = 404, None;
    /// 405: the endpoint does not know the method.
    method_not_allowed = 405, None;
    /// 412: the resource is no longer the version the client knows.
    precondition_failed = 412, None;
    /// 413: the body is too large.
    payload_too_large = 413, None;
    /// 415: the body is not JSON.
    unsupported_media_type = 415, None;
    /// 429: too many requests at once.
    too_many_requests = 429, None;
    /// 500: a fault of this server.
    internal = 500, None;
    /// 501: part of the protocol that this server does not offer.
    not_implemented = 501, None;
    /// 503: the server cannot answer now.
    unavailable = 503, None;
}

impl ScimError {
    /// The body of the answer: `schemas`, `status` (a string), `scimType` where there is one, `detail`.
    pub fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("schemas".to_owned(), Value::from(vec![ERROR_URN]));
        body.insert("status".to_owned(), Value::from(self.status.to_string()));
        if let Some(scim_type) = self.scim_type {
            body.insert("scimType".to_owned(), Value::from(scim_type.as_str()));
        }
        body.insert("detail".to_owned(), Value::from(self.detail.as_str()));
        Value::Object(body)
    }
}

/// At most 64 characters of a client's value, fit to be quoted in a message.
pub fn shorten(text: &str) -> String {
    const LIMIT: usize = 64;
    let mut short: String = text.chars().take(LIMIT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LIMIT).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// R162: schemas, a status as text, the keyword and one sentence.
    #[test]
    fn the_body_has_a_string_status_and_the_keyword() {
        let body = ScimError::uniqueness("userName \"bjensen\" is taken").to_json();
        assert_eq!(
            body,
            json!({"schemas": [ERROR_URN], "status": "409", "scimType": "uniqueness",
                   "detail": "userName \"bjensen\" is taken"})
        );
    }

    #[test]
    fn without_a_keyword_there_is_no_scim_type_key() {
        let body = ScimError::not_found("No User \"x\"").to_json();
        assert_eq!(body, json!({"schemas": [ERROR_URN], "status": "404", "detail": "No User \"x\""}));
    }

    #[test]
    fn a_quoted_value_is_cut_at_64_characters_and_stays_on_one_line() {
        assert_eq!(shorten(&"ä".repeat(64)), "ä".repeat(64));
        assert_eq!(shorten(&"ä".repeat(65)), format!("{}…", "ä".repeat(64)));
        assert_eq!(shorten("a\nb"), "a b");
    }
}
