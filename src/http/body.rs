//! Reading a JSON body: not too large, of a type that means JSON, and only after the caller is known.

mod misread;

use super::State;
use super::envelope::{Envelope, Failure};
use crate::app::AppError;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
use actix_web::rt::time::timeout;
use actix_web::{Error, FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use rollcall_scim::error::ScimError;
use rollcall_scim::resource::parse_object;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::future::{Future, ready};
use std::pin::Pin;
use std::time::Duration;

/// Bytes of a body at most. A group of 10,000 members fits.
pub(super) const MAX_BODY: usize = 1024 * 1024;

/// Bytes of a body of the API at most, unless more is said: names and passwords, and nobody need be known to send them.
const MAX_API_BODY: usize = 8 * 1024;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The JSON object of a SCIM request.
pub(super) struct ScimBody(pub(super) Map<String, Value>);

/// The JSON object of a bulk request, up to the size that is advertised.
pub(super) struct BulkBody(pub(super) Map<String, Value>);

/// The JSON object of an API request, of so many bytes at most.
pub(super) struct ApiBody<const LIMIT: usize = MAX_API_BODY>(pub(super) Map<String, Value>);

impl FromRequest for ScimBody {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = Limit { name: "the limit", bytes: MAX_BODY };
        let body = read(request.headers().clone(), payload.take(), Envelope::Scim, limit);
        Box::pin(async move { body.await.map(ScimBody) })
    }
}

impl FromRequest for BulkBody {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<State>>();
        let bytes = state.map_or(MAX_BODY, |state| state.standard.registry().bulk_limits().max_payload_size);
        let limit = Limit { name: "maxPayloadSize", bytes };
        let body = read(request.headers().clone(), payload.take(), Envelope::Scim, limit);
        Box::pin(async move { body.await.map(BulkBody) })
    }
}

impl<const LIMIT: usize> FromRequest for ApiBody<LIMIT> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = Limit { name: "the limit", bytes: LIMIT };
        let read = read(request.headers().clone(), payload.take(), Envelope::Problem, limit);
        Box::pin(async move { read.await.map(ApiBody) })
    }
}

/// The body of an API request as a type, of so many bytes at most. No body is an empty object.
pub(super) struct Typed<T, const LIMIT: usize = MAX_API_BODY>(pub(super) T);

impl<T: DeserializeOwned + 'static, const LIMIT: usize> FromRequest for Typed<T, LIMIT> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = Limit { name: "the limit", bytes: LIMIT };
        let has_none = !request.headers().contains_key(TRANSFER_ENCODING)
            && request.headers().get(CONTENT_LENGTH).is_none_or(|length| length == "0");
        if has_none {
            return Box::pin(ready(typed(Map::new())));
        }
        let read = read(request.headers().clone(), payload.take(), Envelope::Problem, limit);
        Box::pin(async move { read.await.and_then(typed) })
    }
}

fn typed<T: DeserializeOwned, const LIMIT: usize>(
    body: Map<String, Value>,
) -> Result<Typed<T, LIMIT>, Error> {
    let body = Value::Object(body);
    let read = serde_path_to_error::deserialize(&body);
    read.map(Typed).map_err(|error| Failure::problem(misread::explain(&error, &body)).into())
}

/// A body with nothing in it: none, or an empty object.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// The text of a CSV file.
pub(super) struct CsvBody(pub(super) String);

impl FromRequest for CsvBody {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = Limit { name: "the limit", bytes: MAX_BODY };
        let (headers, payload) = (request.headers().clone(), payload.take());
        Box::pin(async move {
            let text = async {
                check_type(&headers, &["text/csv", "text/plain"], "text/csv")?;
                let bytes = arrived(&headers, payload, limit).await?;
                String::from_utf8(bytes.to_vec()).map_err(|_| {
                    ScimError::invalid_syntax("the file is not UTF-8; save it as CSV UTF-8 and send it again")
                })
            };
            text.await.map(CsvBody).map_err(|error| Failure::problem(error).into())
        })
    }
}

async fn read(
    headers: HeaderMap,
    payload: Payload,
    envelope: Envelope,
    limit: Limit,
) -> Result<Map<String, Value>, Error> {
    let name = match envelope {
        Envelope::Scim => "application/scim+json",
        Envelope::Problem => "application/json",
    };
    let object = async {
        check_type(&headers, &JSON_TYPES, name)?;
        parse_object(&arrived(&headers, payload, limit).await?)
    };
    object.await.map_err(|error| match envelope {
        Envelope::Scim => Failure::scim(error).into(),
        Envelope::Problem => Failure::problem(error).into(),
    })
}

/// The bytes of a body, if they are not too many and not too late.
pub(super) async fn arrived(
    headers: &HeaderMap,
    payload: Payload,
    limit: Limit,
) -> Result<web::BytesMut, ScimError> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit.bytes) {
        return Err(limit.exceeded());
    }
    let late = || ScimError {
        status: 408,
        scim_type: None,
        detail: format!("the body did not arrive within {PATIENCE:?}; send it again"),
    };
    timeout(PATIENCE, collect(payload, limit)).await.unwrap_or_else(|_| Err(late()))
}

async fn collect(mut payload: Payload, limit: Limit) -> Result<web::BytesMut, ScimError> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            ScimError::invalid_syntax(format!("the body did not arrive whole: {error}; send it again"))
        })?;
        if bytes.len() + chunk.len() > limit.bytes {
            return Err(limit.exceeded());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// How large a body may be.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    /// What the client knows it as.
    pub(super) name: &'static str,
    pub(super) bytes: usize,
}

impl Limit {
    fn exceeded(self) -> ScimError {
        ScimError::payload_too_large(format!(
            "the body exceeds {} ({} bytes); send less at once",
            self.name, self.bytes
        ))
    }
}

/// The names of JSON (IDP-QUIRKS 1, 2, 4).
const JSON_TYPES: [&str; 3] = ["application/json", "application/scim+json", "text/json"];

/// A body under one of these names, with or without parameters, or under none.
fn check_type(headers: &HeaderMap, names: &[&str], send: &str) -> Result<(), ScimError> {
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(ScimError::unsupported_media_type(
            "the body is encoded; send it as it is, without Content-Encoding",
        ));
    }
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let text = String::from_utf8_lossy(value.as_bytes());
    let media_type = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media_type.is_empty() || names.contains(&media_type.as_str()) {
        return Ok(());
    }
    let kind = if names == JSON_TYPES { "JSON" } else { "CSV" };
    Err(ScimError::unsupported_media_type(format!(
        "the content type {:?} is not {kind}; send {send}",
        rollcall_scim::error::shorten(&media_type)
    )))
}

/// A text field of an API body.
pub(super) fn text(body: &Map<String, Value>, field: &'static str) -> Result<Option<String>, AppError> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => {
            let kind = match other {
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                Value::Array(_) => "an array",
                _ => "an object",
            };
            Err(AppError::invalid(field, format!("is {kind}; send a string")))
        }
    }
}

/// A text field that must be there.
pub(super) fn required_text(body: &Map<String, Value>, field: &'static str) -> Result<String, AppError> {
    text(body, field)?
        .filter(|text| !text.is_empty())
        .ok_or_else(|| AppError::invalid(field, "is missing; send a string that is not empty".to_owned()))
}
