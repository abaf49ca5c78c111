//! A token as it is shown: everything but the token itself.

use super::expiry;
use crate::app::mapping;
use crate::store::tokens::TokenRow;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A token that was issued.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    /// Its id, by which it is revoked.
    pub id: Uuid,
    /// Name of the connection that acts with it.
    pub connection: String,
    /// scim, scim.read, api or api.read.
    pub scope: String,
    /// live, expired or revoked.
    pub state: &'static str,
    /// When it was issued.
    pub issued_at: String,
    /// When it ends by itself.
    pub expires_at: Option<String>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// Id of the key that signed it.
    pub key: Uuid,
    /// What to do about it, when it ends soon.
    pub warning: Option<String>,
}

impl TokenView {
    pub(super) fn new(row: TokenRow, connection: String, now: DateTime<Utc>) -> Self {
        let state = match (row.revoked_at, row.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(at)) if at <= now => "expired",
            _ => "live",
        };
        Self {
            warning: expiry::warning(&row, now),
            id: row.id,
            connection,
            state,
            issued_at: mapping::time(row.created_at),
            expires_at: row.expires_at.map(mapping::time),
            last_used_at: row.last_used_at.map(mapping::time),
            revoked_at: row.revoked_at.map(mapping::time),
            key: row.key,
            scope: row.scope,
        }
    }
}
