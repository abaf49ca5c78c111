//! Public keys (RFC 7517). What cannot check a signature, or is too weak to, is none.

use super::{Shown, Signature};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::{Map, Value, json};

/// Keys of a set at most.
const MAX_KEYS: usize = 64;
/// Keys that are tried for a token that names none.
const MAX_TRIES: usize = 8;

/// A key that can check signatures.
pub(in crate::app) struct PublicKey {
    /// Its name.
    kid: Option<String>,
    /// By which algorithms it signs: what its type can, or the one that it names.
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

/// The keys of somebody.
#[derive(Default)]
pub(in crate::app) struct Keys(Vec<PublicKey>);

impl Keys {
    /// The keys of a JWK Set that can be used; others are passed over. `None` when it is no set.
    pub(in crate::app) fn of_set(set: &Value) -> Option<Self> {
        let all = set.get("keys")?.as_array()?;
        Some(Self(all.iter().take(MAX_KEYS).filter_map(|key| PublicKey::read(key).ok()).collect()))
    }

    /// Whether there is none.
    pub(in crate::app) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the keys signed the token, by an algorithm that is allowed here and is the key's own.
    pub(in crate::app) fn check(&self, token: &Shown<'_>, allowed: &[&str]) -> Signature {
        if !allowed.iter().any(|name| name.parse() == Ok(token.algorithm)) {
            return Signature::Bad;
        }
        let named = |key: &&PublicKey| match &token.kid {
            Some(kid) => key.kid.as_ref() == Some(kid),
            None => true,
        };
        let mut known = false;
        for key in self.0.iter().filter(named).take(MAX_TRIES) {
            known = true;
            // The key says how it signs, not the token: a public key is never taken for a shared secret.
            if !key.algorithms.contains(&token.algorithm) {
                continue;
            }
            let good = crypto::verify(token.signature, token.signed.as_bytes(), &key.key, token.algorithm);
            if good.unwrap_or(false) {
                return Signature::Good;
            }
        }
        if known && token.kid.is_some() { Signature::Bad } else { Signature::UnknownKey }
    }
}

impl PublicKey {
    /// Reads a JWK.
    ///
    /// # Errors
    /// Why it cannot be used, as a clause about it.
    pub(in crate::app) fn read(value: &Value) -> Result<Self, String> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        if text("kty") == Some("oct") {
            return Err("is a shared secret (kty oct); give the public half of a pair of keys".to_owned());
        }
        let jwk: Jwk =
            serde_json::from_value(value.clone()).map_err(|error| format!("is no JWK: {error}"))?;
        if jwk.common.public_key_use.as_ref().is_some_and(|used| *used != PublicKeyUse::Signature) {
            return Err("is not for signatures (use)".to_owned());
        }
        let operations = jwk.common.key_operations.as_ref();
        if operations.is_some_and(|all| !all.contains(&KeyOperations::Verify)) {
            return Err("is not for checking signatures (key_ops)".to_owned());
        }
        let able: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => {
                let bits = bits(&rsa.n).ok_or("has a modulus (n) that is no base64url")?;
                if !(2048..=4096).contains(&bits) {
                    return Err(format!("has {bits} bits; RSA keys have 2048 to 4096"));
                }
                use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};
                &[RS256, RS384, RS512, PS256, PS384, PS512]
            }
            AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => &[Algorithm::ES256],
            AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P384 => &[Algorithm::ES384],
            AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
                &[Algorithm::EdDSA]
            }
            _ => return Err("is of a type that is not known; use RSA, P-256, P-384 or Ed25519".to_owned()),
        };
        let algorithms: Vec<Algorithm> = match text("alg") {
            None => able.to_vec(),
            Some(one) => able.iter().copied().filter(|able| one.parse() == Ok(*able)).collect(),
        };
        if algorithms.is_empty() {
            return Err("names an algorithm (alg) that is not of its type".to_owned());
        }
        let key = DecodingKey::from_jwk(&jwk).map_err(|error| format!("is no key: {error}"))?;
        Ok(Self { kid: jwk.common.key_id, algorithms, key })
    }

    /// By which algorithms it signs.
    pub(in crate::app) fn signs_by(&self, allowed: &[&str]) -> bool {
        allowed
            .iter()
            .filter_map(|name| name.parse::<Algorithm>().ok())
            .any(|one| self.algorithms.contains(&one))
    }
}

fn bits(modulus: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(modulus).ok()?;
    let significant: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    let leading = significant.first().map_or(0, |first| first.leading_zeros() as usize);
    Some(significant.len() * 8 - leading)
}

/// The public members of a JWK as it is kept, with a name: its own, or its thumbprint (RFC 7638).
///
/// # Errors
/// Why it cannot be used, as a clause about it.
pub(in crate::app) fn publish(value: &Value) -> Result<(String, Value), String> {
    const SECRET: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    if let Some(member) = SECRET.iter().find(|member| value.get(**member).is_some()) {
        return Err(format!("holds the private half of the key ({member}); give the public half alone"));
    }
    let key = PublicKey::read(value)?;
    let kid = match key.kid {
        Some(kid) if kid.is_empty() || kid.len() > 200 || kid.chars().any(char::is_control) => {
            return Err("has a name (kid) that is empty, longer than 200 bytes, or not printable".to_owned());
        }
        Some(kid) => kid,
        None => {
            let jwk: Jwk =
                serde_json::from_value(value.clone()).map_err(|error| format!("is no JWK: {error}"))?;
            jwk.thumbprint(ThumbprintHash::SHA256).map_err(|error| format!("has no thumbprint: {error}"))?
        }
    };
    const KEPT: [&str; 8] = ["kty", "use", "alg", "n", "e", "crv", "x", "y"];
    let mut kept: Map<String, Value> =
        KEPT.into_iter().filter_map(|member| Some((member.to_owned(), value.get(member)?.clone()))).collect();
    kept.insert("kid".to_owned(), json!(kid));
    Ok((kid, Value::Object(kept)))
}
