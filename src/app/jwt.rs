//! Signed tokens of others (RFC 7519): what they say, and whether a public key signed it. Nothing in a token's header is believed
//! but which of the known keys it names and by which of the allowed algorithms.

mod keys;

pub(super) use keys::{Keys, PublicKey, publish};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::Algorithm;
use rollcall_scim::resource::parse_unambiguous;
use serde_json::{Map, Value};

/// By how much the clocks of two machines may differ.
pub(super) const LEEWAY: Duration = Duration::seconds(60);

/// Bytes of a token at most: it is decoded before anybody is known.
const MAX_TOKEN: usize = 16 * 1024;

/// What may sign: never a shared secret (HS256 …), and never nothing (`none`).
pub(super) const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// A token as it was shown. It proves nothing yet.
pub(super) struct Shown<'a> {
    algorithm: Algorithm,
    kid: Option<String>,
    /// What kind of token it is (`typ`), in lower case, `jwt` if it does not say.
    kind: String,
    /// What it says of itself.
    pub(super) claims: Map<String, Value>,
    /// Header and claims, as they were signed.
    signed: &'a str,
    signature: &'a str,
}

/// What became of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    /// One of the keys made it.
    Good,
    /// None of them did.
    Bad,
    /// None of them has the name, or can be meant: there may be a newer one.
    UnknownKey,
}

impl<'a> Shown<'a> {
    /// Reads a token; `None` when it is none, or signed by what is never allowed.
    pub(super) fn read(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        if signature.is_empty() || claims.contains('.') {
            return None;
        }
        let header = object(header)?;
        // What a header calls critical must be understood (RFC 7515 §4.1.11), and nothing of it is.
        if header.contains_key("crit") {
            return None;
        }
        let name = header.get("alg")?.as_str().filter(|name| ALGORITHMS.contains(name))?;
        let kid = match header.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.clone()),
            Some(_) => return None,
        };
        let kind = match header.get("typ") {
            None => "jwt".to_owned(),
            Some(Value::String(kind)) => kind.to_ascii_lowercase(),
            Some(_) => return None,
        };
        let claims = object(claims)?;
        Some(Self { algorithm: name.parse().ok()?, kid, kind, claims, signed, signature })
    }

    /// Whether it is of this kind, or says only that it is a JWT: what was signed for something else is not taken for
    /// what is asked for here (RFC 8725 §3.11).
    pub(super) fn is_a(&self, kind: &str) -> bool {
        let named = self.kind.strip_prefix("application/").unwrap_or(&self.kind);
        named == "jwt" || named == kind
    }

    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// For whom it is: one, or a list of few.
    pub(super) fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(all)) if all.len() <= 10 => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// When it ends, if it says so and it is valid now: not ended, and begun.
    pub(super) fn lives_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let end = self.time("exp")??;
        let begun = |name| self.time(name).is_some_and(|at| at.is_none_or(|at| at <= now + LEEWAY));
        (now < end + LEEWAY && begun("nbf") && begun("iat")).then_some(end)
    }

    /// A time in seconds since 1970; `None` when it is no time at all, `Some(None)` when it is not there.
    #[expect(clippy::option_option, reason = "not there, and not a time, are different answers")]
    fn time(&self, name: &str) -> Option<Option<DateTime<Utc>>> {
        let Some(value) = self.claims.get(name) else { return Some(None) };
        #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second does not count")]
        let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
        // So far from any end that an hour can be added.
        let seconds = seconds.clamp(-8_000_000_000, 8_000_000_000_000);
        DateTime::from_timestamp(seconds, 0).map(Some)
    }
}

/// A part of a token. Of a name that stands twice another reader takes the other value, so such a token is none (RFC 7515 §4,
/// RFC 7519 §4).
fn object(part: &str) -> Option<Map<String, Value>> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
    match parse_unambiguous(&text).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn only_what_a_public_key_can_sign_is_read() {
        for name in ALGORITHMS {
            assert!(Shown::read(&token(&format!(r#"{{"alg":"{name}"}}"#), "{}")).is_some(), "{name}");
        }
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"rs256"}"#,
            r#"{"alg":"ES512"}"#,
            r#"{"alg":["RS256"]}"#,
            r#"{"typ":"JWT"}"#,
            r#"{"alg":"RS256","crit":["exp"]}"#,
            r#"{"alg":"RS256","kid":7}"#,
            r#"{"alg":"RS256","typ":7}"#,
            "[]",
            "",
        ] {
            assert!(Shown::read(&token(header, "{}")).is_none(), "{header}");
        }
        let good = token(r#"{"alg":"RS256"}"#, "{}");
        for other in
            ["", ".", "..", "a.b.c", &good.replace('.', ""), &format!("{good}.x"), &good[..good.len() - 12]]
        {
            assert!(Shown::read(other).is_none(), "{other}");
        }
        assert!(
            Shown::read(&token(r#"{"alg":"RS256"}"#, &format!("{{\"x\":\"{}\"}}", "x".repeat(MAX_TOKEN))))
                .is_none()
        );
    }

    /// RFC 7515 §4, RFC 7519 §4, and the same inside of a claim.
    #[test]
    fn a_name_that_stands_twice_makes_it_no_token() {
        let header = r#"{"alg":"RS256"}"#;
        assert!(
            Shown::read(&token(header, r#"{"sub":"a","SUB":"b"}"#)).is_some(),
            "names are case-sensitive"
        );
        for claims in [
            r#"{"sub":"a","sub":"b"}"#,
            r#"{"sub":"a","sub":"a"}"#,
            r#"{"aud":"x","iss":"y","\u0061ud":"z"}"#,
            r#"{"x":{"y":1,"y":2}}"#,
            r#"{"x":[{"y":1,"y":2}]}"#,
        ] {
            assert!(Shown::read(&token(header, claims)).is_none(), "{claims}");
        }
        for header in [r#"{"alg":"RS256","alg":"ES256"}"#, r#"{"alg":"RS256","kid":"a","kid":"b"}"#] {
            assert!(Shown::read(&token(header, "{}")).is_none(), "{header}");
        }
    }

    #[test]
    fn a_kind_of_token_is_not_taken_for_another() {
        let is_a = |typ: &str, kind: &str| {
            let token = token(&format!(r#"{{"alg":"RS256"{typ}}}"#), "{}");
            Shown::read(&token).unwrap().is_a(kind)
        };
        for typ in
            ["", r#","typ":"JWT""#, r#","typ":"jwt""#, r#","typ":"at+jwt""#, r#","typ":"application/AT+JWT""#]
        {
            assert!(is_a(typ, "at+jwt"), "{typ}");
        }
        for typ in ["secevent+jwt", "dpop+jwt", "logout+jwt", "JWE", ""] {
            assert!(!is_a(&format!(r#","typ":"{typ}""#), "at+jwt"), "{typ}");
        }
        assert!(!is_a(r#","typ":"at+jwt""#, "client-authentication+jwt"));
    }

    #[test]
    fn times_count_with_a_minute_for_clocks_that_differ() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let until = |claims: &str| {
            let token = token(r#"{"alg":"RS256"}"#, claims);
            Shown::read(&token).unwrap().lives_until(now).map(|end| end.timestamp())
        };
        assert_eq!(until(r#"{"exp":1000300}"#), Some(1_000_300));
        assert_eq!(until(r#"{"exp":1000300.7,"nbf":1000060,"iat":999999}"#), Some(1_000_300));
        assert_eq!(until(r#"{"exp":999941}"#), Some(999_941));
        for claims in [
            "{}",
            r#"{"exp":999940}"#,
            r#"{"exp":"1000300"}"#,
            r#"{"exp":null}"#,
            r#"{"exp":1000300,"nbf":1000061}"#,
            r#"{"exp":1000300,"iat":1000061}"#,
            r#"{"exp":1000300,"nbf":"now"}"#,
        ] {
            assert_eq!(until(claims), None, "{claims}");
        }
        assert!(until(r#"{"exp":1e300}"#).is_some());
    }
}
