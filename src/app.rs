//! What the server can do, one function per operation. The transaction begins and ends here.

pub mod accounts;
pub mod audit;
pub mod bulk;
pub mod error;
pub mod groups;
pub mod health;
pub mod list;
pub mod mapping;
pub mod passwords;
pub mod resources;
pub mod search;
pub mod sessions;
pub mod tenants;
pub mod tokens;
pub mod users;

pub use error::AppError;

use crate::store::filter::Asking;
use chrono::{DateTime, Utc};
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use rollcall_domain::policy::Policy;
use rollcall_scim::registry::{Registry, RegistryError, ResourceType};
use rollcall_scim::resource::Dialect;
use std::sync::Arc;
use uuid::Uuid;

/// What every operation needs and no operation changes.
#[derive(Debug, Clone)]
pub struct Rules {
    registry: Arc<Registry>,
    user: ResourceType,
    group: ResourceType,
    /// How strictly clients are read.
    pub dialect: Dialect,
    /// The lifecycle's settings.
    pub policy: Policy,
}

impl Rules {
    /// The rules of this program.
    ///
    /// # Errors
    /// The definitions under scim-schemas/ contradict each other.
    pub fn standard() -> Result<Self, RegistryError> {
        let registry = Registry::standard()?;
        let find = |name: &str| {
            registry
                .resource_type(name)
                .cloned()
                .ok_or_else(|| RegistryError::Rule(format!("no resource type {name}")))
        };
        let (user, group) = (find("User")?, find("Group")?);
        Ok(Self {
            registry: Arc::new(registry),
            user,
            group,
            dialect: Dialect::compat(),
            policy: Policy::ROLLCALL,
        })
    }

    /// All schemas and resource types.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The resource type User.
    pub fn user(&self) -> &ResourceType {
        &self.user
    }

    /// The resource type Group.
    pub fn group(&self) -> &ResourceType {
        &self.group
    }
}

/// Who calls, when, and how answers are addressed.
#[derive(Debug, Clone)]
pub struct Call {
    /// Tenant of the credential.
    pub tenant: TenantId,
    /// Connection of the credential.
    pub connection: ConnectionId,
    /// Who acts, for the audit log.
    pub actor: Actor,
    /// When.
    pub now: DateTime<Utc>,
    /// Id of the request.
    pub request_id: Uuid,
    /// What stands before `/Users` in locations.
    pub base: String,
}

impl Call {
    /// For whom, and at what time, a filter is understood.
    pub fn asking(&self) -> Asking<'_> {
        Asking { connection: self.connection, now: self.now, base: &self.base }
    }
}
