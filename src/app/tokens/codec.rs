//! The token as a JWT: who it is for, signed. HS256 and nothing else.

use super::{Principal, Scope};
use crate::app::AppError;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rollcall_domain::ids::{ConnectionId, TenantId};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Issuer and audience: a token of another service with the same key would still not be one of ours.
const NAME: &str = "rollcall";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    pub(super) jti: Uuid,
    /// Tenant.
    tid: Uuid,
    /// Connection.
    cid: Uuid,
    scope: String,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exp: Option<i64>,
    /// The OAuth client that got it; none for a token that a command issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client_id: Option<Uuid>,
}

impl Claims {
    pub(super) fn new(
        id: Uuid,
        principal: Principal,
        now: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Self {
        Self {
            iss: NAME.to_owned(),
            aud: NAME.to_owned(),
            jti: id,
            tid: principal.tenant.0,
            cid: principal.connection.0,
            scope: principal.scope.as_str().to_owned(),
            iat: now.timestamp(),
            exp: expires_at.map(|at| at.timestamp()),
            client_id: None,
        }
    }

    /// The same, as a client got it.
    pub(super) fn got_by(self, client: Uuid) -> Self {
        Self { client_id: Some(client), ..self }
    }

    pub(super) fn principal(&self) -> Option<Principal> {
        Some(Principal {
            tenant: TenantId(self.tid),
            connection: ConnectionId(self.cid),
            scope: Scope::from_word(&self.scope)?,
        })
    }
}

pub(super) fn encode(claims: &Claims, key_id: Uuid, secret: &[u8]) -> Result<SecretString, AppError> {
    let header = Header { kid: Some(key_id.to_string()), ..Header::new(Algorithm::HS256) };
    let token = jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret));
    token.map(SecretString::from).map_err(|error| AppError::Broken(format!("token: {error}")))
}

/// The key id a token names, unverified; `None` when it is no token.
pub(super) fn key_id(token: &str) -> Option<Uuid> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    (header.alg == Algorithm::HS256).then_some(header.kid?.parse().ok()?)
}

/// What a token says, if its signature is good. Expiry is not looked at here: the clock is the caller's.
pub(super) fn decode(token: &str, secret: &[u8]) -> Option<Claims> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[NAME]);
    validation.set_issuer(&[NAME]);
    validation.set_required_spec_claims(&["iss", "aud"]);
    validation.validate_exp = false;
    let data = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(secret), &validation);
    data.ok().map(|data| data.claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn claims() -> Claims {
        let principal = Principal {
            tenant: TenantId(Uuid::from_u128(1)),
            connection: ConnectionId(Uuid::from_u128(2)),
            scope: Scope::Scim,
        };
        Claims::new(Uuid::from_u128(3), principal, DateTime::UNIX_EPOCH, None)
    }

    #[test]
    fn a_token_comes_back_as_it_was() {
        let token = encode(&claims(), Uuid::from_u128(9), &[7; 32]).unwrap();
        assert_eq!(key_id(token.expose_secret()), Some(Uuid::from_u128(9)));
        assert_eq!(decode(token.expose_secret(), &[7; 32]), Some(claims()));
        assert_eq!(decode(token.expose_secret(), &[8; 32]), None);
    }

    #[test]
    fn no_other_algorithm_and_no_other_audience() {
        let key = EncodingKey::from_secret(&[7; 32]);
        let kid = Some(Uuid::from_u128(9).to_string());
        let other = Header { kid: kid.clone(), ..Header::new(Algorithm::HS512) };
        let token = jsonwebtoken::encode(&other, &claims(), &key).unwrap();
        assert_eq!(key_id(&token), None);
        assert_eq!(decode(&token, &[7; 32]), None);
        for wrong in [Claims { aud: "x".into(), ..claims() }, Claims { iss: "x".into(), ..claims() }] {
            let header = Header { kid: kid.clone(), ..Header::new(Algorithm::HS256) };
            let token = jsonwebtoken::encode(&header, &wrong, &key).unwrap();
            assert_eq!(decode(&token, &[7; 32]), None);
        }
        // alg none: header {"alg":"none"}, no signature.
        let none = token_with_header(r#"{"alg":"none","typ":"JWT"}"#);
        assert_eq!((key_id(&none), decode(&none, &[7; 32])), (None, None));
    }

    fn token_with_header(header: &str) -> String {
        use base64::Engine;
        let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.", encode(header), encode(&serde_json::to_string(&claims()).unwrap()))
    }
}
