//! `rollcall client …`

mod keys;
mod shown;

use super::on_tenant::Common;
use super::output;
use crate::app::mapping;
use crate::app::oauth::clients::{self, NewSecret};
use crate::app::tokens::MAX_AGE_OF_A_YES;
use crate::clock::Clock;
use chrono::{DateTime, Duration, Utc};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

/// Commands about OAuth clients.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a client and print its id and its secret, which cannot be shown again
    Create(Create),
    /// List the clients of a tenant with their secrets and keys, without the secrets themselves
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Remove a client; when the command returns, every server refuses it and its access tokens
    Remove {
        /// The client's id, from `client list`
        client: Uuid,
        #[command(flatten)]
        common: Common,
    },
    /// Add and revoke secrets; several live side by side, so that they can be changed without a gap
    #[command(subcommand)]
    Secret(Secret),
    /// Add and remove public keys, by which a client signs instead of sending a secret (private_key_jwt)
    #[command(subcommand)]
    Key(keys::Command),
}

/// Arguments of `client create`.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// Name of the connection that acts, such as okta; made when there is none
    #[arg(long)]
    connection: String,
    /// What its access tokens open at most: scim for identity providers, api for administrators and the learning platform
    #[arg(long, default_value = "scim")]
    scope: String,
    /// Make no secret: the client signs, with a key that `client key add` adds
    #[arg(long, conflicts_with = "expires_in_days")]
    no_secret: bool,
    /// Days until the secret ends; without it, it lives until it is revoked
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    expires_in_days: Option<u16>,
    #[command(flatten)]
    common: Common,
}

/// Commands about the secrets of a client.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Secret {
    /// Add a secret and print it, alone, on stdout; it cannot be shown again. Those there are go on living
    Add {
        /// The client's id, from `client list`
        client: Uuid,
        /// Days until it ends; without it, it lives until it is revoked
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
        expires_in_days: Option<u16>,
        #[command(flatten)]
        common: Common,
    },
    /// Revoke a secret; when the command returns, every server refuses it and the access tokens that were got for it
    Revoke {
        /// Id of the secret, from `client list`
        id: Uuid,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    super::log("warn");
    let now = Clock::system().now();
    match command {
        Command::Create(args) => create(&args, now),
        Command::List { common } => shown::list(&common, now),
        Command::Remove { client, common } => {
            common.on_database(|conn, tenant| clients::remove(conn, tenant, client, now))?;
            ended(&common, client, "removed")
        }
        Command::Secret(Secret::Add { client, expires_in_days, common }) => {
            let ends = end(expires_in_days, now);
            let made =
                common.on_database(|conn, tenant| clients::add_secret(conn, tenant, client, ends, now))?;
            if common.json {
                output::line(secret_json(&made, ends));
            } else {
                output::line(made.secret.expose_secret());
            }
            Ok(())
        }
        Command::Secret(Secret::Revoke { id, common }) => {
            common.on_database(|conn, tenant| clients::revoke_secret(conn, tenant, id, now))?;
            ended(&common, id, "revoked")
        }
        Command::Key(command) => keys::run(command, now),
    }
}

fn create(args: &Create, now: DateTime<Utc>) -> anyhow::Result<()> {
    let Create { connection, scope, common, .. } = args;
    let ends = end(args.expires_in_days, now);
    let secret = (!args.no_secret).then_some(ends);
    let made =
        common.on_database(|conn, tenant| clients::create(conn, tenant, connection, scope, secret, now))?;
    if made.connection_is_new {
        output::remark(format_args!("Made connection {connection:?} in tenant {}.", common.tenant));
    }
    if common.json {
        output::line(json!({
            "clientId": made.id,
            "connection": connection,
            "scope": scope,
            "secret": made.secret.as_ref().map(|secret| secret_json(secret, ends)),
        }));
        return Ok(());
    }
    output::line(format_args!("client_id      {}", made.id));
    if let Some(secret) = &made.secret {
        output::line(format_args!("client_secret  {}", secret.secret.expose_secret()));
    }
    Ok(())
}

fn secret_json(made: &NewSecret, ends: Option<DateTime<Utc>>) -> Value {
    json!({
        "id": made.id,
        "clientSecret": made.secret.expose_secret(),
        "expiresAt": ends.map(mapping::time),
    })
}

fn end(days: Option<u16>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    days.map(|days| now + Duration::days(days.into()))
}

/// Says what ended, once every server knows.
fn ended(common: &Common, what: impl std::fmt::Display, done: &str) -> anyhow::Result<()> {
    // A server may use a yes again for this long; then the promise of the help texts holds.
    std::thread::sleep(MAX_AGE_OF_A_YES);
    if common.json {
        output::line(json!({"id": what.to_string(), done: true}));
    } else {
        output::line(format_args!("{what} is {done}: every server refuses it now."));
    }
    Ok(())
}
