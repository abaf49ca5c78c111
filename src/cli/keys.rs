//! `rollcall keys …`

use super::{database, output};
use crate::app::AppError;
use crate::app::tokens::{MAX_AGE_OF_A_YES, keys};
use crate::clock::Clock;
use crate::store::TenantConnection;
use serde_json::{Value, json};
use uuid::Uuid;

/// Commands about the keys that sign tokens.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the keys: which signs, which still verify, and how many live tokens each has signed
    List(Common),
    /// Make a key that signs from now on; tokens that others signed go on
    Rotate(Common),
    /// End every token that a key has signed; when the command returns, every server refuses them
    Retire {
        /// Id of the key, from `keys list`
        id: Uuid,
        /// Also when live tokens end with it
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        common: Common,
    },
}

/// What every command about keys takes. Keys are of the whole deployment, and of no tenant.
#[derive(Debug, clap::Args)]
pub(super) struct Common {
    #[command(flatten)]
    database: database::DatabaseArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Common {
    fn on_database<T>(
        &self,
        work: impl FnOnce(&mut TenantConnection) -> Result<T, AppError>,
    ) -> anyhow::Result<T> {
        let database = self.database.open(false)?;
        let mut conn = database.connect()?;
        let done = work(&mut conn);
        drop(conn);
        let released = database.release();
        let done = done?;
        released.map(|()| done)
    }
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    super::log("warn");
    let now = Clock::system().now();
    match command {
        Command::List(common) => list(&common),
        Command::Rotate(common) => {
            let id = common.on_database(|conn| keys::rotate(conn, now))?;
            // Every server has read the keys anew when the first token of this one comes.
            std::thread::sleep(MAX_AGE_OF_A_YES);
            if common.json {
                output::line(json!({"id": id}));
            } else {
                output::line(format_args!(
                    "Made {id}: tokens are signed with it from now on, and older ones go on."
                ));
            }
            Ok(())
        }
        Command::Retire { id, force, common } => {
            let ended = common.on_database(|conn| keys::retire(conn, id, force, now))?;
            std::thread::sleep(MAX_AGE_OF_A_YES);
            if common.json {
                output::line(json!({"id": id, "retired": true, "tokens": ended}));
            } else {
                output::line(format_args!(
                    "Retired {id}: {ended} live tokens ended, and every server refuses them now."
                ));
            }
            Ok(())
        }
    }
}

fn list(common: &Common) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let all = common.on_database(|conn| keys::list(conn, now))?;
    if common.json {
        let one = |key: &keys::Key| json!({"id": key.id, "state": key.state, "madeAt": key.made_at, "retiredAt": key.retired_at, "tokens": key.tokens});
        output::line(Value::Array(all.iter().map(one).collect()));
    } else {
        let row = |key: &keys::Key| {
            let retired = key.retired_at.clone().unwrap_or_else(|| "no".to_owned());
            vec![
                key.id.to_string(),
                key.state.to_owned(),
                key.made_at.clone(),
                retired,
                key.tokens.to_string(),
            ]
        };
        output::table(
            &["ID", "STATE", "MADE", "RETIRED", "LIVE TOKENS"],
            &all.iter().map(row).collect::<Vec<_>>(),
        );
    }
    Ok(())
}
