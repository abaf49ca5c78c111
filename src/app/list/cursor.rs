//! Cursors (RFC 9865): where the next page begins, sealed. The server keeps nothing: there is nothing to exhaust, every server
//! on the same database understands every cursor, and a restart forgets none.
//!
//! A cursor is encrypted and authenticated (XChaCha20-Poly1305) with a key derived from one of the keys that sign tokens.
//! What it belongs to, which is the tenant, the connection and the query, is authenticated with it: a cursor of anybody or
//! anything else does not open, as one that was made up does not, and the answer is the same (RFC 9865 §5.2).

use super::Query;
use crate::app::{AppError, Call};
use crate::store::TenantConnection;
use crate::store::order::Position;
use crate::store::tokens::signing_keys;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use chrono::{DateTime, Utc};
use hkdf::Hkdf;
use rollcall_scim::error::ScimError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Seconds for which a cursor is good: `pagination.cursorTimeout` of the ServiceProviderConfig.
pub const TIMEOUT: i64 = 3_600;
/// Names what the derived key is for, so that it is no other key.
const PURPOSE: &[u8] = b"rollcall list cursor 1";
const NONCE: usize = 24;
const KEY_ID: usize = 16;

/// A resource type of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Users.
    #[serde(rename = "u")]
    User,
    /// Groups.
    #[serde(rename = "g")]
    Group,
}

/// A place in a list: just after a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Of which type the resource is.
    #[serde(rename = "t")]
    pub kind: Kind,
    /// Where it stands among those of its type.
    #[serde(flatten)]
    pub position: Position,
}

/// What a cursor says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sealed {
    /// When it was made, in seconds since 1970.
    #[serde(rename = "s")]
    since: i64,
    /// Resources of a page.
    #[serde(rename = "c")]
    count: i64,
    #[serde(flatten)]
    place: Place,
}

/// Seals and opens the cursors of one query.
pub struct Cursors {
    /// Id and secret, newest first.
    keys: Vec<(Uuid, Vec<u8>)>,
    scope: [u8; 32],
    count: i64,
    now: DateTime<Utc>,
}

impl Cursors {
    /// Those of a query to `endpoint`, such as `/Users`; empty for the root.
    ///
    /// # Errors
    /// Database failures.
    pub fn of(
        conn: &mut TenantConnection,
        call: &Call,
        endpoint: &str,
        query: &Query,
    ) -> Result<Self, AppError> {
        let scope = scope(call, endpoint, query);
        Ok(Self { keys: signing_keys(conn)?, scope, count: query.page_size(), now: call.now })
    }

    /// The cursor of a place: characters from the unreserved set of RFC 3986 only.
    ///
    /// # Errors
    /// No randomness.
    pub fn seal(&self, place: Place) -> Result<String, AppError> {
        let sealed = Sealed { since: self.now.timestamp(), count: self.count, place };
        let Some((key_id, secret)) = self.keys.first() else {
            return Err(AppError::Broken("there is no signing key".to_owned()));
        };
        let nonce = crate::random::secret::<NONCE>()?;
        let text = serde_json::to_vec(&sealed)?;
        let cipher = cipher(secret)?;
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: &text, aad: &self.scope })
            .map_err(|_| AppError::Broken("a cursor could not be sealed".to_owned()))?;
        Ok(URL_SAFE_NO_PAD.encode([key_id.as_bytes().as_slice(), &nonce, &sealed].concat()))
    }

    /// The place of a cursor.
    ///
    /// # Errors
    /// `invalidCursor`, `expiredCursor`, or `invalidCount` for another count than that of the first page.
    pub fn open(&self, cursor: &str) -> Result<Place, ScimError> {
        let sealed = self.unsealed(cursor).ok_or_else(|| {
            ScimError::invalid_cursor(format!(
                "cursor {:?} is none for this query; send the nextCursor of the last page and repeat all other parameters \
                 as they were, or begin again with an empty cursor",
                rollcall_scim::error::shorten(cursor)
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

    fn unsealed(&self, cursor: &str) -> Option<Sealed> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (key_id, rest) = bytes.split_at_checked(KEY_ID)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let (_, secret) = self.keys.iter().find(|(id, _)| id.as_bytes() == key_id)?;
        let payload = Payload { msg: sealed, aad: &self.scope };
        let text = cipher(secret).ok()?.decrypt(&XNonce::from(nonce), payload).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

fn cipher(secret: &[u8]) -> Result<XChaCha20Poly1305, AppError> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, secret)
        .expand(PURPOSE, &mut key)
        .map_err(|_| AppError::Broken("a cursor's key could not be derived".to_owned()))?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

/// A digest of everything that must be repeated with a cursor (RFC 9865 §2), except for the count, which has an error of its
/// own.
fn scope(call: &Call, endpoint: &str, query: &Query) -> [u8; 32] {
    let filter = query.filter.as_ref().map(ToString::to_string);
    let parameters = [
        Some(endpoint),
        filter.as_deref(),
        query.sort_by.as_deref(),
        query.sort_order.as_deref(),
        query.attributes.as_deref(),
        query.excluded.as_deref(),
    ];
    let mut digest = Sha256::new();
    digest.update(call.tenant.0.as_bytes());
    digest.update(call.connection.0.as_bytes());
    for parameter in parameters {
        // With their lengths, so that no two queries run into the same text.
        let length = parameter.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(u64::MAX));
        digest.update(length.to_be_bytes());
        digest.update(parameter.unwrap_or_default());
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests;
