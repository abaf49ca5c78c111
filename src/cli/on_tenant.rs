//! What commands about something of a tenant share: which tenant, in which database.

use super::database;
use crate::app::tenants;
use crate::store::TenantConnection;
use anyhow::bail;
use rollcall_domain::ids::TenantId;
use serde_json::{Map, Value};

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

/// Settings written `key=word` as JSON, an empty word as null; `hint` says what the keys are.
pub(super) fn changes(settings: &[String], hint: &str) -> anyhow::Result<Map<String, Value>> {
    let mut changes = Map::new();
    for setting in settings {
        let Some((key, word)) = setting.split_once('=') else {
            bail!("{setting:?} is no SETTING=VALUE; {hint}");
        };
        let word = if word.is_empty() { Value::Null } else { Value::from(word) };
        if changes.insert(key.to_owned(), word).is_some() {
            bail!("{key} is given twice; give it once");
        }
    }
    Ok(changes)
}
