//! `private_key_jwt`: a client proves itself by a signature (RFC 7523 §2.2, §3).

use super::digest_of;
use crate::app::AppError;
use crate::app::jwt::{Keys, LEEWAY, Shown, Signature};
use crate::app::key_cache::{KeyCache, Source};
use crate::store::oauth_clients::ClientRow;
use chrono::{DateTime, Duration, Utc};

/// By what a client may sign.
pub const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

/// How far ahead an assertion may end: until then it is remembered that it was used.
const LONGEST: Duration = Duration::minutes(5);
/// What an assertion may call itself (draft-ietf-oauth-rfc7523bis).
const KIND: &str = "client-authentication+jwt";
/// Bytes of a jti at most.
const MAX_JTI: usize = 255;

/// What has to be remembered of a good assertion, so that it is not taken twice.
pub(super) struct Good {
    /// SHA-256 of its jti.
    pub(super) digest: Vec<u8>,
    /// From when on it would be too old.
    pub(super) forgotten_at: DateTime<Utc>,
}

/// The client that an assertion speaks of. It proves nothing yet.
pub(super) fn client_of(assertion: &str) -> Option<String> {
    Shown::read(assertion)?.text("sub").map(str::to_owned)
}

/// Checks an assertion of a client for one of these audiences. `None`, without a reason, when it is not good.
///
/// # Errors
/// The keys of the client cannot be fetched.
pub(super) async fn check(
    assertion: &str,
    client: &ClientRow,
    audiences: &[String],
    keys: &KeyCache,
    now: DateTime<Utc>,
) -> Result<Option<Good>, AppError> {
    let Some(shown) = Shown::read(assertion) else { return Ok(None) };
    let id = client.id.to_string();
    let meant = shown.is_a(KIND)
        && shown.text("iss") == Some(&id)
        && shown.text("sub") == Some(&id)
        && shown.audiences().iter().any(|named| audiences.iter().any(|ours| ours == named));
    let jti = shown.text("jti").filter(|jti| !jti.is_empty() && jti.len() <= MAX_JTI);
    let (Some(ends), Some(jti), true) = (shown.lives_until(now), jti, meant) else { return Ok(None) };
    if ends > now + LONGEST + LEEWAY {
        return Ok(None);
    }
    let signed = match (&client.jwks, &client.jwks_uri) {
        (Some(set), _) => {
            Keys::of_set(set).is_some_and(|own| own.check(&shown, &ALGORITHMS) == Signature::Good)
        }
        (None, Some(address)) => keys.signed(&Source::At(address.clone()), &shown, &ALGORITHMS, now).await?,
        (None, None) => false,
    };
    let forgotten_at = ends + LEEWAY + LEEWAY;
    Ok(signed.then(|| Good { digest: digest_of(&[jti]), forgotten_at }))
}
