//! `rollcall connection …`

use super::on_tenant::{Common, changes};
use super::output;
use crate::app::audit::By;
use crate::app::connections::{self, Connection, SETTINGS};
use crate::app::rules::Catalogues;
use crate::app::tokens::MAX_AGE_OF_A_YES;
use crate::app::{Rules, attribute_owners};
use crate::clock::Clock;
use crate::store::tenant_schemas;
use serde_json::Value;

/// Commands about connections.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a connection; `token issue` does it by itself
    Create {
        /// Name of the connection, such as okta
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// List the connections of a tenant and what is set for them
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Show every setting of a connection
    Show {
        /// Name of the connection
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// Give attributes of users to a connection, which alone may change them from then on, whoever owns the account; without any,
    /// list who owns which
    Own {
        /// Name of the connection; none to take the attributes back
        #[arg(long, value_name = "NAME")]
        connection: Option<String>,
        /// Attributes, such as title, active, or urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department
        attributes: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Change settings of a connection; when the command returns, they hold on every server
    Set {
        /// Name of the connection
        name: String,
        /// Settings to change, such as dialect=strict or passwords=accept; an empty value (passwords=) gives one back to
        /// the dialect
        #[arg(required = true, value_name = "SETTING=VALUE")]
        settings: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    super::log("warn");
    let by = By::operator(Clock::system().now());
    match command {
        Command::Create { name, common } => {
            let made = common.on_database(|conn, tenant| connections::create(conn, tenant, &name, &by))?;
            if common.json {
                output::line(made.to_json());
            } else {
                let tenant = &common.tenant;
                output::line(format_args!(
                    "Made connection {name}. Next: rollcall token issue --tenant {tenant} --connection {name}"
                ));
            }
        }
        Command::List { common } => {
            let all = common.on_database(connections::list)?;
            if common.json {
                output::line(Value::Array(all.iter().map(Connection::to_json).collect()));
            } else {
                let rows = all.iter().map(|one| Ok(vec![one.name().to_owned(), words(one)?]));
                output::table(&["NAME", "SET"], &rows.collect::<anyhow::Result<Vec<_>>>()?);
            }
        }
        Command::Show { name, common } => {
            let found = common.on_database(|conn, tenant| connections::find(conn, tenant, &name))?;
            print(&found, common.json)?;
        }
        Command::Own { connection, attributes, common } => {
            let owner = connection.map_or(Value::Null, Value::from);
            let changes = attributes.into_iter().map(|attribute| (attribute, owner.clone())).collect();
            let all = common.on_database(|conn, tenant| {
                let catalogue = Catalogues::beginning_with(&Rules::standard()?);
                let version = tenant_schemas::version(conn, tenant)?;
                let rules = Rules::standard()?.with_catalogue(catalogue.of(conn, tenant, version)?);
                anyhow::Ok(attribute_owners::set(conn, tenant, &rules, &changes, &by)?)
            })?;
            std::thread::sleep(MAX_AGE_OF_A_YES);
            if common.json {
                output::line(serde_json::json!(all));
            } else {
                let rows: Vec<Vec<String>> =
                    all.into_iter().map(|(attribute, owner)| vec![attribute, owner]).collect();
                output::table(&["ATTRIBUTE", "OWNER"], &rows);
            }
        }
        Command::Set { name, settings, common } => {
            let names = SETTINGS.map(|setting| setting.name).join(", ");
            let changes = changes(&settings, &format!("settings are: {names}"))?;
            let changed =
                common.on_database(|conn, tenant| connections::set(conn, tenant, &name, &changes, &by))?;
            // A server may read by the old settings for this long; then the promise of the help text holds.
            std::thread::sleep(MAX_AGE_OF_A_YES);
            print(&changed, common.json)?;
        }
    }
    Ok(())
}

/// What is set, in one line.
fn words(connection: &Connection) -> anyhow::Result<String> {
    let set = connection.settings.to_map()?;
    let words = set.iter().map(|(name, value)| format!("{name}={}", word(value)));
    Ok(words.collect::<Vec<_>>().join(" "))
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn print(connection: &Connection, json: bool) -> anyhow::Result<()> {
    if json {
        output::line(connection.to_json());
        return Ok(());
    }
    let (set, in_force) = (connection.settings.to_map()?, connection.settings.in_force().to_map()?);
    let rows: Vec<Vec<String>> = SETTINGS
        .iter()
        .map(|setting| {
            let word = in_force.get(setting.name).map(word).unwrap_or_default();
            let origin = if set.contains_key(setting.name) { "set" } else { "default" };
            let others = setting.words.iter().filter(|other| **other != word).copied().collect::<Vec<_>>();
            let others = if setting.least.is_some() { setting.choice() } else { others.join(", ") };
            vec![setting.name.to_owned(), word, origin.to_owned(), others]
        })
        .collect();
    output::table(&["SETTING", "VALUE", "ORIGIN", "OTHERS"], &rows);
    Ok(())
}
