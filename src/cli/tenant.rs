//! `rollcall tenant …`

mod policy;
mod seats;

use super::{database, output};
use crate::app::{mapping, tenants};
use crate::clock::Clock;
use crate::store::tenants::Tenant;
use serde_json::{Value, json};

/// Commands about tenants.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a tenant; its people and groups are visible to no other
    Create {
        /// Its name: lower-case letters, digits and hyphens, such as acme
        name: String,
        #[command(flatten)]
        database: database::DatabaseArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List all tenants
    List {
        #[command(flatten)]
        database: database::DatabaseArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// What deactivation, expiry, seats and reports mean for a tenant
    #[command(subcommand)]
    Policy(policy::Command),
    /// How many seats a tenant has
    #[command(subcommand)]
    Seats(seats::Command),
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    super::log("warn");
    match command {
        Command::Create { name, database, json } => {
            let database = database.open(false)?;
            let tenant = tenants::create(&mut database.connect()?, &name, Clock::system().now())?;
            if json {
                output::line(describe(&tenant));
            } else {
                output::line(format_args!(
                    "Made tenant {name}. Next: rollcall token issue --tenant {name} --connection okta"
                ));
            }
            database.release()
        }
        Command::Policy(command) => policy::run(command),
        Command::Seats(command) => seats::run(command),
        Command::List { database, json } => {
            let database = database.open(false)?;
            let all = tenants::list(&mut database.connect()?)?;
            if json {
                output::line(Value::Array(all.iter().map(describe).collect()));
            } else {
                let rows: Vec<Vec<String>> = all
                    .iter()
                    .map(|t| vec![t.name.clone(), t.id.to_string(), mapping::time(t.created_at)])
                    .collect();
                output::table(&["NAME", "ID", "CREATED"], &rows);
            }
            database.release()
        }
    }
}

fn describe(tenant: &Tenant) -> Value {
    json!({"name": tenant.name, "id": tenant.id.to_string(), "createdAt": mapping::time(tenant.created_at)})
}
