//! The form of a request to the token endpoint: every parameter once (RFC 6749 §3.2), one without a value is none.

use super::Refusal;
use crate::http::body::{Limit, arrived};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use std::collections::HashMap;

/// Bytes of a form at most: an assertion with a large key, and room.
const MAX_FORM: usize = 16 * 1024;
/// Parameters at most.
const MAX_PARAMETERS: usize = 50;

const FORM: &str = "application/x-www-form-urlencoded";

/// The parameters of a request.
pub(super) struct Form(HashMap<String, String>);

impl Form {
    /// Reads the body of a request.
    pub(super) async fn read(headers: &HeaderMap, payload: Payload) -> Result<Self, Refusal> {
        check_type(headers)?;
        let limit = Limit { name: "the limit", bytes: MAX_FORM };
        let bytes = arrived(headers, payload, limit).await.map_err(|error| match error.status {
            400 => Refusal::Malformed(error.detail),
            status => Refusal::Body(status, error.detail),
        })?;
        Self::parse(&bytes)
    }

    /// A parameter, which is taken out.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut all = HashMap::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            let known = all.insert(name.clone().into_owned(), value.into_owned());
            if known.is_some() {
                let shown = rollcall_scim::error::shorten(&name);
                return Err(Refusal::Malformed(format!("{shown} is there twice; send it once")));
            }
            if all.len() > MAX_PARAMETERS {
                return Err(Refusal::Malformed(format!(
                    "there are more than {MAX_PARAMETERS} parameters; send fewer"
                )));
            }
        }
        all.retain(|_, value| !value.is_empty());
        Ok(Self(all))
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let encoded = headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if encoded || !media_type.eq_ignore_ascii_case(FORM) {
        return Err(Refusal::Malformed(format!(
            "the body is no form; send it as {FORM}, without Content-Encoding"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_there_once_and_one_without_a_value_is_none() {
        let mut form = Form::parse(b"grant_type=client_credentials&scope=&client_secret=a%2Bb+c%3D").unwrap();
        assert_eq!(form.take("grant_type").as_deref(), Some("client_credentials"));
        assert_eq!(form.take("scope"), None);
        assert_eq!(form.take("client_secret").as_deref(), Some("a+b c="));
        for doubled in ["scope=scim&scope=scim", "scope=&scope=scim", "x=1&x=2", "scope=a&%73cope=b"] {
            assert!(Form::parse(doubled.as_bytes()).is_err(), "{doubled}");
        }
        let many: Vec<String> = (0..=MAX_PARAMETERS).map(|number| format!("p{number}=1")).collect();
        assert!(Form::parse(many.join("&").as_bytes()).is_err());
    }
}
