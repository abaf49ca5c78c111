//! `rollcall client key …`

use super::ended;
use crate::app::oauth::clients;
use crate::cli::on_tenant::Common;
use crate::cli::output;
use anyhow::Context;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::io::Read;
use std::path::PathBuf;
use uuid::Uuid;

/// Bytes of a file of keys at most.
const MAX_FILE: u64 = 256 * 1024;

/// Commands about the public keys of a client.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Add public keys, from a file or by the address at which the client publishes them
    Add {
        /// The client's id, from `client list`
        client: Uuid,
        /// File with a JWK or a JWK Set, public halves only; - reads stdin
        #[arg(required_unless_present = "uri", conflicts_with = "uri")]
        file: Option<PathBuf>,
        /// Address of a JWK Set, instead of keys that were given; it is fetched every ten minutes
        #[arg(long, value_name = "URL")]
        uri: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Remove a public key; the access tokens that the client got by a signature end with it
    Remove {
        /// The client's id, from `client list`
        client: Uuid,
        /// Name of the key
        #[arg(required_unless_present = "uri", conflicts_with = "uri")]
        kid: Option<String>,
        /// Fetch keys no more
        #[arg(long)]
        uri: bool,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(command: Command, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        Command::Add { client, file: _, uri: Some(address), common } => {
            common.on_database(|conn, tenant| clients::fetch_keys(conn, tenant, client, &address, now))?;
            added(&common, &[address])
        }
        Command::Add { client, file, uri: None, common } => {
            let document = read(&file.unwrap_or_else(|| PathBuf::from("-")))?;
            let names =
                common.on_database(|conn, tenant| clients::add_keys(conn, tenant, client, &document, now))?;
            added(&common, &names)
        }
        Command::Remove { client, kid: Some(kid), common, .. } => {
            common.on_database(|conn, tenant| clients::remove_key(conn, tenant, client, &kid, now))?;
            ended(&common, kid, "removed")
        }
        Command::Remove { client, kid: None, common, .. } => {
            common.on_database(|conn, tenant| clients::stop_fetching(conn, tenant, client, now))?;
            ended(&common, format_args!("The address of the keys of {client}"), "removed")
        }
    }
}

fn added(common: &Common, names: &[String]) -> anyhow::Result<()> {
    if common.json {
        output::line(json!({ "keys": names }));
    } else {
        output::line(format_args!("Added {}.", names.join(", ")));
    }
    Ok(())
}

fn read(file: &PathBuf) -> anyhow::Result<Value> {
    let mut text = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(MAX_FILE).read_to_end(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MAX_FILE).read_to_end(&mut text))
    };
    read.with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is no JSON; give a JWK or a JWK Set, not PEM", file.display()))
}
