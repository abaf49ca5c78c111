//! How a client proves itself: one way, and no second beside it (RFC 6749 §2.3).

use super::Refusal;
use super::form::Form;
use crate::app::oauth::grant::{Denied, Proof};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// The one kind of assertion (RFC 7523 §2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What the request shows: the Authorization header, a secret in the form, or a signed assertion.
pub(super) fn shown(headers: &HeaderMap, form: &mut Form) -> Result<Proof, Refusal> {
    let client = form.take("client_id");
    let secret = form.take("client_secret");
    let (kind, assertion) = (form.take("client_assertion_type"), form.take("client_assertion"));
    let mut all = headers.get_all(AUTHORIZATION);
    let header = all.next();
    let signs = kind.is_some() || assertion.is_some();
    let ways = usize::from(header.is_some()) + usize::from(secret.is_some()) + usize::from(signs);
    if ways > 1 || all.next().is_some() {
        let detail = "the client proves itself in more than one way; send a Basic header, or client_secret, or client_assertion";
        return Err(Refusal::Malformed(detail.to_owned()));
    }
    if let Some(header) = header {
        let (name, secret) = header.to_str().ok().and_then(basic).ok_or(Denied::Client)?;
        if client.is_some_and(|client| client != name) {
            let detail = "client_id is another one than in the Authorization header; send it there alone";
            return Err(Refusal::Malformed(detail.to_owned()));
        }
        return Ok(Proof::Secret { client: name, secret: secret.into() });
    }
    match (client, secret, kind, assertion) {
        (Some(client), Some(secret), ..) => Ok(Proof::Secret { client, secret: secret.into() }),
        (None, Some(_), ..) => {
            Err(Refusal::Malformed("client_id is missing; send it beside client_secret".to_owned()))
        }
        (client, None, Some(kind), Some(assertion)) if kind == JWT_BEARER => {
            Ok(Proof::Assertion { client, assertion: assertion.into() })
        }
        (_, None, Some(_), Some(_)) => {
            Err(Refusal::Malformed(format!("client_assertion_type is not known; send {JWT_BEARER}")))
        }
        (_, None, Some(_), None) => Err(Refusal::Malformed("client_assertion is missing".to_owned())),
        (_, None, None, Some(_)) => {
            Err(Refusal::Malformed(format!("client_assertion_type is missing; send {JWT_BEARER}")))
        }
        (_, None, None, None) => Err(Denied::Client.into()),
    }
}

/// Name and secret of a Basic header, each encoded as in a form before they were joined (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, secret) = decoded.split_once(':')?;
    Some((decode(name)?, decode(secret)?))
}

fn decode(text: &str) -> Option<String> {
    // As the value of a form, whose `&` and `=` are what they are here.
    let escaped: Cow<'_, str> = text.replace('&', "%26").replace('=', "%3D").into();
    let all = format!("x={escaped}");
    let (_, value) = form_urlencoded::parse(all.as_bytes()).next()?;
    Some(value.into_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basic_header_is_a_name_and_a_secret_as_in_a_form() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let read = |text: &str| basic(&header(text));
        let pair = |name: &str, secret: &str| Some((name.to_owned(), secret.to_owned()));
        assert_eq!(read("id:secret"), pair("id", "secret"));
        assert_eq!(read("i%3Ad:a+b%2B%25:&="), pair("i:d", "a b+%:&="));
        for wrong in ["id", ":secret", "id:", ":", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        for wrong in ["Basic", "Basic !!!", "Bearer aWQ6c2VjcmV0", "aWQ6c2VjcmV0", "Basic /w=="] {
            assert_eq!(basic(wrong), None, "{wrong}");
        }
        assert_eq!(basic("bAsIc aWQ6c2VjcmV0"), pair("id", "secret"));
    }
}
