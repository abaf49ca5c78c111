//! `rollcall tenant policy …`

use crate::app::audit::By;
use crate::app::policy::{self, TenantPolicy};
use crate::app::tokens::MAX_AGE_OF_A_YES;
use crate::cli::on_tenant::{Common, changes};
use crate::cli::output;
use crate::clock::Clock;
use rollcall_domain::policy::SETTINGS;

/// Commands about what a tenant sets of the life cycle.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show every setting and the question it answers
    Show {
        #[command(flatten)]
        common: Common,
    },
    /// Change settings; when the command returns, they hold on every server
    Set {
        /// preset=NAME to start from (rollcall, assure, workspace, united, ihasco, ispring), or single settings such as
        /// seat.basis=account; an empty value gives one back to the preset
        #[arg(required = true, value_name = "SETTING=VALUE")]
        settings: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Show { common } => print(&common.on_database(policy::show)?, common.json),
        Command::Set { settings, common } => {
            let changes = changes(&settings, "`rollcall tenant policy show` lists the settings")?;
            let by = By::operator(Clock::system().now());
            let changed = common.on_database(|conn, tenant| policy::set(conn, tenant, &changes, &by))?;
            // A server may decide by the old ones for this long; then the promise of the help text holds.
            std::thread::sleep(MAX_AGE_OF_A_YES);
            let by = By::operator(Clock::system().now());
            common.on_database(|conn, tenant| policy::recount(conn, tenant, &by))?;
            print(&changed, common.json)
        }
    }
}

fn print(policy: &TenantPolicy, json: bool) -> anyhow::Result<()> {
    if json {
        output::line(policy.to_json()?);
        return Ok(());
    }
    let in_force = policy.in_force()?;
    let rows: Vec<Vec<String>> = SETTINGS
        .iter()
        .map(|setting| {
            let by = if policy.single.contains_key(setting.key) { "set" } else { policy.preset.as_str() };
            let word = in_force.get(setting.key).unwrap_or_default();
            vec![setting.key.to_owned(), word, by.to_owned(), setting.question.to_owned()]
        })
        .collect();
    output::table(&["SETTING", "VALUE", "BY", "QUESTION"], &rows);
    Ok(())
}
