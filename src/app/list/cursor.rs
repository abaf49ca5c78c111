//! Cursors of lists (RFC 9865): the places they hold, and what they are bound to. The protocol crate seals and opens them, with
//! keys derived from those that sign tokens: every server on the same database understands every cursor, and a restart
//! forgets none.

use super::Query;
use crate::app::{AppError, Call};
use crate::store::TenantConnection;
use crate::store::order::Position;
use crate::store::signing_keys;
use rollcall_scim::cursor::{Cursors, NONCE, Scope, Secret, key_id};
use serde::{Deserialize, Serialize};

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

/// The cursors of a query to `endpoint`, such as `/Users`; `/` for the root.
///
/// # Errors
/// Database failures.
pub fn of(
    conn: &mut TenantConnection,
    call: &Call,
    endpoint: &str,
    query: &Query,
) -> Result<Cursors, AppError> {
    let needed = query.cursor.as_deref().and_then(key_id).map(uuid::Uuid::from_bytes);
    let secret = |(id, bytes): (uuid::Uuid, _)| Secret { id: id.into_bytes(), bytes };
    Ok(Cursors {
        secrets: signing_keys::lately(conn, needed)?.into_iter().map(secret).collect(),
        scope: scope(call, endpoint, query),
        count: query.page_size(),
        now: call.now,
    })
}

/// The cursor of a place.
///
/// # Errors
/// No randomness; no signing key.
pub fn seal(cursors: &Cursors, place: &Place) -> Result<String, AppError> {
    let nonce = crate::random::secret::<NONCE>()?;
    cursors.seal(place, nonce).map_err(|error| AppError::Broken(error.to_string()))
}

/// Everything that must be repeated with a cursor (RFC 9865 §2), and whose it is.
fn scope(call: &Call, endpoint: &str, query: &Query) -> Scope {
    let filter = query.filter.as_ref().map(ToString::to_string);
    let parameters = [
        Some(endpoint),
        filter.as_deref(),
        query.sort_by.as_deref(),
        query.sort_order.as_deref(),
        query.attributes.as_deref(),
        query.excluded.as_deref(),
    ];
    let whose = [call.tenant.0.as_bytes(), call.connection.0.as_bytes()].map(|id| Some(id.as_slice()));
    Scope::of(whose.into_iter().chain(parameters.map(|parameter| parameter.map(str::as_bytes))))
}

#[cfg(test)]
mod tests;
