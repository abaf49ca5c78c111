//! `rollcall tenant seats …`

use crate::app::audit::By;
use crate::app::seats::{self, Seats};
use crate::cli::on_tenant::Common;
use crate::cli::output;
use crate::clock::Clock;
use anyhow::bail;
use serde_json::json;

/// Commands about the seats of a tenant.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show how many seats there are and how many are taken
    Show {
        #[command(flatten)]
        common: Common,
    },
    /// Set how many seats there are; nobody loses one by it
    Set {
        /// A number, or none for as many as are needed
        limit: String,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    let by = By::operator(Clock::system().now());
    match command {
        Command::Show { common } => {
            let seats = common.on_database(|conn, tenant| seats::show(conn, tenant, &by))?;
            print(seats, common.json);
        }
        Command::Set { limit, common } => {
            let limit = match limit.as_str() {
                "none" => None,
                number => match number.parse() {
                    Ok(number) => Some(number),
                    Err(_) => bail!("{number:?} is no number of seats; give 0 or more, or none for no limit"),
                },
            };
            let seats = common.on_database(|conn, tenant| seats::set_limit(conn, tenant, limit, &by))?;
            print(seats, common.json);
        }
    }
    Ok(())
}

fn print(seats: Seats, json: bool) {
    let Seats { limit, used } = seats;
    if json {
        output::line(json!({"limit": limit, "used": used}));
    } else {
        let limit = limit.map_or_else(|| "no limit".to_owned(), |limit| limit.to_string());
        output::table(&["LIMIT", "USED"], &[vec![limit, used.to_string()]]);
    }
}
