//! Cursors (RFC 9865): where the next page of a list begins, sealed. Whoever answers keeps nothing.
//!
//! A cursor is encrypted and authenticated (XChaCha20-Poly1305) with a key derived from a secret of the caller. What it belongs
//! to, its [`Scope`], is authenticated with it: a cursor of anybody or anything else does not open, as one that was made up
//! does not, and the answer is the same (RFC 9865 §5.2).
//!
//! In base64url without padding: the id of the key, the nonce, and sealed JSON of when, how many, and the place.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use chrono::{DateTime, Utc};
use hkdf::Hkdf;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{ScimError, shorten};

/// Seconds for which a cursor is good: `pagination.cursorTimeout` of the ServiceProviderConfig (RFC 9865 §4).
pub const TIMEOUT: i64 = 3_600;
/// Bytes of a nonce.
pub const NONCE: usize = 24;
/// Bytes of the id of a key.
pub const KEY_ID: usize = 16;

/// Names what the derived key is for, so that it is no other key.
const PURPOSE: &[u8] = b"rollcall list cursor 1";

/// A secret from which the key of cursors is derived.
#[derive(Clone)]
pub struct Secret {
    /// What the secret is found by again. It stands in the cursor and is no secret itself.
    pub id: [u8; KEY_ID],
    /// At least 32 bytes that nobody can guess.
    pub bytes: Vec<u8>,
}

/// What a cursor belongs to: a digest of everything that must be repeated with it (RFC 9865 §2), except for the count, which
/// has an error of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope([u8; 32]);

impl Scope {
    /// The scope of the given parts, in their order. A part that is missing is another one than an empty one.
    pub fn of<'a>(parts: impl IntoIterator<Item = Option<&'a [u8]>>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            // With their lengths, so that no two lists of parts run into the same text.
            let length = part.map_or(u64::MAX, |part| u64::try_from(part.len()).unwrap_or(u64::MAX));
            digest.update(length.to_be_bytes());
            digest.update(part.unwrap_or_default());
        }
        Self(digest.finalize().into())
    }
}

/// Why a cursor could not be sealed. It is never the client's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// There is no secret.
    #[error("there is no secret to seal a cursor with")]
    NoSecret,
    /// The place cannot be written as JSON.
    #[error("the place of a cursor cannot be written: {0}")]
    Place(String),
    /// The cipher refuses.
    #[error("a cursor could not be sealed")]
    Cipher,
}

/// What a cursor says.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed<P> {
    /// When it was made, in seconds since 1970.
    #[serde(rename = "s")]
    since: i64,
    /// Resources of a page.
    #[serde(rename = "c")]
    count: i64,
    #[serde(rename = "p")]
    place: P,
}

/// Seals and opens the cursors of one query.
pub struct Cursors {
    /// Newest first: the first one seals, and all open.
    pub secrets: Vec<Secret>,
    /// Whose they are, and of which query.
    pub scope: Scope,
    /// Resources of a page.
    pub count: i64,
    /// When that is.
    pub now: DateTime<Utc>,
}

impl Cursors {
    /// The cursor of a place, which is anything that can be written as JSON: characters from the unreserved set of RFC 3986
    /// only. No two cursors may have the same `nonce`, so it must be drawn at random.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal<P: Serialize>(&self, place: &P, nonce: [u8; NONCE]) -> Result<String, SealError> {
        let secret = self.secrets.first().ok_or(SealError::NoSecret)?;
        let sealed = Sealed { since: self.now.timestamp(), count: self.count, place };
        let text = serde_json::to_vec(&sealed).map_err(|error| SealError::Place(error.to_string()))?;
        let payload = Payload { msg: &text, aad: &self.scope.0 };
        let sealed = cipher(secret)
            .and_then(|cipher| cipher.encrypt(&XNonce::from(nonce), payload).ok())
            .ok_or(SealError::Cipher)?;
        Ok(URL_SAFE_NO_PAD.encode([secret.id.as_slice(), &nonce, &sealed].concat()))
    }

    /// The place of a cursor.
    ///
    /// # Errors
    /// `invalidCursor`, `expiredCursor`, or `invalidCount` for another count than that of the first page.
    pub fn open<P: DeserializeOwned>(&self, cursor: &str) -> Result<P, ScimError> {
        let sealed: Sealed<P> = self.unsealed(cursor).ok_or_else(|| {
            ScimError::invalid_cursor(format!(
                "cursor {:?} is none for this query; send the nextCursor of the last page and repeat all other parameters \
                 as they were, or begin again with an empty cursor",
                shorten(cursor)
            ))
        })?;
        if self.now.timestamp() - sealed.since > TIMEOUT {
            return Err(ScimError::expired_cursor(format!(
                "the cursor is older than {TIMEOUT} seconds; begin again with an empty cursor"
            )));
        }
        if self.count != sealed.count {
            return Err(ScimError::invalid_count(format!(
                "count {} is not the {} of the first page; repeat it, or begin again with an empty cursor",
                self.count, sealed.count
            )));
        }
        Ok(sealed.place)
    }

    fn unsealed<P: DeserializeOwned>(&self, cursor: &str) -> Option<Sealed<P>> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (id, rest) = bytes.split_first_chunk::<KEY_ID>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let secret = self.secrets.iter().find(|secret| secret.id == *id)?;
        let payload = Payload { msg: sealed, aad: &self.scope.0 };
        let text = cipher(secret)?.decrypt(&XNonce::from(*nonce), payload).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// The id of the key that a cursor says it is sealed with; `None` for what is too short, or no base64.
pub fn key_id(cursor: &str) -> Option<[u8; KEY_ID]> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    bytes.first_chunk().copied()
}

/// The id goes into the key, so that it is authenticated as well. `None` would be a key longer than the derivation can give.
fn cipher(secret: &Secret) -> Option<XChaCha20Poly1305> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(&secret.id), &secret.bytes).expand(PURPOSE, &mut key).ok()?;
    Some(XChaCha20Poly1305::new(&key.into()))
}

#[cfg(test)]
mod tests;
