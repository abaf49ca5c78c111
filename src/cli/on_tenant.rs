//! What commands about something of a tenant share: which tenant, in which database.

use super::database;
use crate::app::tenants;
use crate::store::TenantConnection;
use rollcall_domain::ids::TenantId;

/// What every command about something of a tenant takes.
#[derive(Debug, clap::Args)]
pub(super) struct Common {
    /// Name of the tenant
    #[arg(long)]
    pub(super) tenant: String,
    #[command(flatten)]
    pub(super) database: database::DatabaseArgs,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl Common {
    /// Works on the tenant in the database, and leaves a database that was started for it as it was found, also when the work
    /// fails.
    pub(super) fn on_database<T, E: Into<anyhow::Error>>(
        &self,
        work: impl FnOnce(&mut TenantConnection, TenantId) -> Result<T, E>,
    ) -> anyhow::Result<T> {
        let database = self.database.open(false)?;
        let mut conn = database.connect()?;
        let done = (|| {
            let tenant = tenants::by_name(&mut conn, &self.tenant)?.id;
            conn.enter(tenant)?;
            work(&mut conn, tenant).map_err(Into::into)
        })();
        drop(conn);
        let released = database.release();
        let done = done?;
        released.map(|()| done)
    }
}
