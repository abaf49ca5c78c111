//! What the server can do, one function per operation. The transaction begins and ends here.

pub mod accounts;
mod attempts;
pub mod attribute_owners;
pub mod audit;
pub mod bulk;
pub mod chain;
pub mod commands;
pub mod conditions;
pub mod connections;
pub mod erasure;
pub mod error;
pub mod foresight;
pub mod groups;
pub mod guard;
pub mod health;
pub mod household;
mod jwt;
pub mod key_cache;
pub mod learning;
pub mod list;
pub mod mapping;
pub mod notices;
pub mod oauth;
mod opaque;
mod operate;
pub mod owner;
pub mod passwords;
pub mod people;
pub mod policy;
pub mod quarantines;
pub mod rates;
pub mod reports;
pub mod resources;
pub mod rules;
pub mod schemas;
pub mod search;
pub mod seats;
pub mod segments;
pub mod sessions;
pub mod tenants;
pub mod timeline;
pub mod tokens;
pub mod users;
pub mod work;

pub use error::AppError;
pub use operate::operate;
pub use rules::Rules;

use crate::store::filter::Asking;
use chrono::{DateTime, Utc};
use rollcall_domain::account::Acting;
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use uuid::Uuid;

/// Who calls, when, and how answers are addressed.
#[derive(Debug, Clone)]
pub struct Call {
    /// Tenant of the credential.
    pub tenant: TenantId,
    /// Connection of the credential.
    pub connection: ConnectionId,
    /// Who acts, for the audit log.
    pub actor: Actor,
    /// By whose power: what a person may is decided for every account anew.
    pub acting: Acting,
    /// When.
    pub now: DateTime<Utc>,
    /// Id of the request.
    pub request_id: Uuid,
    /// What stands before `/Users` in locations.
    pub base: String,
    /// How a sync is watched; `None` for what is done by hand, or by the server itself.
    pub sync: Option<guard::Sync>,
}

impl Call {
    /// For whom, and at what time, a filter is understood.
    pub fn asking(&self) -> Asking<'_> {
        Asking { connection: self.connection, now: self.now, base: &self.base }
    }

    /// Who calls and when, for the audit log.
    pub fn by(&self) -> audit::By {
        audit::By { actor: self.actor, now: self.now, request_id: self.request_id }
    }
}
