//! Access tokens: what a client gets at the token endpoint. They are tokens of ours, and end with what they were got for.

use super::{Principal, codec, digest, keys};
use crate::app::AppError;
use crate::store::TenantConnection;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

/// An access token that is not on record yet.
pub(in crate::app) struct Minted {
    /// The token, shown once.
    pub(in crate::app) token: SecretString,
    /// Its id.
    pub(in crate::app) id: Uuid,
    /// SHA-256 of it.
    pub(in crate::app) digest: [u8; 32],
}

/// Signs an access token for a client.
///
/// # Errors
/// Database failures.
pub(in crate::app) fn mint(
    conn: &mut TenantConnection,
    principal: Principal,
    client: Uuid,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Minted, AppError> {
    let (key, secret) = keys::signing(conn, now)?;
    let id = crate::random::id(now);
    let claims = codec::Claims::new(id, principal, now, Some(expires_at)).got_by(client);
    let token = codec::encode(&claims, key, &secret)?;
    let digest = digest(token.expose_secret());
    Ok(Minted { token, id, digest })
}
