//! What decides how a caller is read and answered: the schemas of the tenant and the settings of the connection.

use super::AppError;
use super::attribute_owners::AttributeOwners;
use super::connections::authority::Authority;
use crate::lock::hold;
use crate::store::{TenantConnection, tenant_schemas};
use rollcall_domain::ids::TenantId;
use rollcall_domain::policy::Policy;
use rollcall_scim::registry::{OwnSchema, Registry, RegistryError, ResourceType};
use rollcall_scim::resource::Dialect;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Tenants with schemas of their own that are remembered at most; beyond it, all are read again.
const REMEMBERED: usize = 1_000;

/// The schemas that a tenant has.
#[derive(Debug, Clone)]
pub struct Catalogue {
    registry: Registry,
    user: ResourceType,
    group: ResourceType,
}

impl Catalogue {
    /// The schemas that every tenant has.
    ///
    /// # Errors
    /// The definitions under scim-schemas/ contradict each other.
    pub fn standard() -> Result<Self, RegistryError> {
        Self::new(Registry::standard()?)
    }

    /// These schemas and a tenant's own.
    ///
    /// # Errors
    /// One of them cannot be used; the message names it.
    pub fn with_own(&self, own: impl IntoIterator<Item = OwnSchema>) -> Result<Self, RegistryError> {
        Self::new(self.registry.with_own(own)?)
    }

    fn new(registry: Registry) -> Result<Self, RegistryError> {
        let find = |name: &str| {
            registry
                .resource_type(name)
                .cloned()
                .ok_or_else(|| RegistryError::Rule(format!("no resource type {name}")))
        };
        let (user, group) = (find("User")?, find("Group")?);
        Ok(Self { registry, user, group })
    }
}

/// What every operation needs and no operation changes.
#[derive(Debug, Clone)]
pub struct Rules {
    catalogue: Arc<Catalogue>,
    /// How strictly the client is read, and how it is answered.
    pub dialect: Dialect,
    /// The lifecycle's settings.
    pub policy: Policy,
    /// How far the client's word reaches.
    pub authority: Authority,
    /// Requests a second; 0 for no limit, and as the server has it when nothing is set.
    pub requests_per_second: Option<u32>,
    /// Which attributes one source alone may change.
    pub attribute_owners: AttributeOwners,
}

impl Rules {
    /// The rules where nobody has set anything.
    ///
    /// # Errors
    /// The definitions under scim-schemas/ contradict each other.
    pub fn standard() -> Result<Self, RegistryError> {
        Ok(Self::new(
            Arc::new(Catalogue::standard()?),
            Dialect::compat(),
            Policy::ROLLCALL,
            Authority::BY_HAND,
        ))
    }

    /// The rules for a tenant with these schemas and this policy, and a connection with this dialect.
    pub fn new(catalogue: Arc<Catalogue>, dialect: Dialect, policy: Policy, authority: Authority) -> Self {
        Self {
            catalogue,
            dialect,
            policy,
            authority,
            attribute_owners: AttributeOwners::default(),
            requests_per_second: None,
        }
    }

    /// The same with the schemas of a tenant.
    #[must_use]
    pub fn with_catalogue(self, catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue, ..self }
    }

    /// All schemas and resource types.
    pub fn registry(&self) -> &Registry {
        &self.catalogue.registry
    }

    /// The resource type User.
    pub fn user(&self) -> &ResourceType {
        &self.catalogue.user
    }

    /// The resource type Group.
    pub fn group(&self) -> &ResourceType {
        &self.catalogue.group
    }
}

/// Remembers the catalogues of tenants, each with the version of the tenant's schemas that it was made from.
pub struct Catalogues {
    standard: Arc<Catalogue>,
    known: Mutex<HashMap<TenantId, (i64, Arc<Catalogue>)>>,
}

impl Catalogues {
    /// Knows nothing but what every tenant has, which `rules` hold.
    pub fn beginning_with(rules: &Rules) -> Self {
        Self { standard: Arc::clone(&rules.catalogue), known: Mutex::default() }
    }

    /// The catalogue of a tenant whose schemas are at `version`; they are read only when the version is new.
    ///
    /// # Errors
    /// `Broken` when a stored schema cannot be used; database failures.
    pub fn of(
        &self,
        conn: &mut TenantConnection,
        tenant: TenantId,
        version: i64,
    ) -> Result<Arc<Catalogue>, AppError> {
        if version == 0 {
            return Ok(Arc::clone(&self.standard));
        }
        let remembered = || hold(&self.known);
        if let Some((_, catalogue)) = remembered().get(&tenant).filter(|(known, _)| *known == version) {
            return Ok(Arc::clone(catalogue));
        }
        let own = tenant_schemas::list(conn, tenant)?
            .into_iter()
            .map(|row| {
                let schema = serde_json::from_value(row.definition)?;
                Ok(OwnSchema { resource_type: row.resource_type, schema })
            })
            .collect::<Result<Vec<_>, AppError>>()?;
        let catalogue = self.standard.with_own(own);
        let catalogue =
            catalogue.map_err(|error| AppError::Broken(format!("schemas of tenant {tenant}: {error}")))?;
        let catalogue = Arc::new(catalogue);
        let mut known = remembered();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(tenant, (version, Arc::clone(&catalogue)));
        Ok(catalogue)
    }
}
