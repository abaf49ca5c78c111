//! `rollcall migrate`

use super::{database, output};
use crate::store::migrate;
use serde_json::json;

/// Arguments of `migrate`.
#[derive(Debug, clap::Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    database: database::DatabaseArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &MigrateArgs) -> anyhow::Result<()> {
    super::log("warn");
    let database = args.database.open(true)?;
    let done = migrate::migrate(&mut database.connect_as_it_is()?)?;
    if args.json {
        output::line(json!({"migrated": done}));
    } else if done.is_empty() {
        output::line("The database was up to date.");
    } else {
        for name in &done {
            output::line(format_args!("ran {name}"));
        }
    }
    database.release()
}
