//! `rollcall token …`

use super::on_tenant::Common;
use super::output;
use crate::app::mapping;
use crate::app::tokens::{self, MAX_AGE_OF_A_YES, Scope, TokenView};
use crate::clock::Clock;
use anyhow::Context;
use chrono::Duration;
use clap::builder::PossibleValuesParser;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

/// Commands about tokens.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Issue a token and print it, alone, on stdout; it cannot be shown again
    Issue(Issue),
    /// List the tokens of a tenant, without the tokens themselves
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Revoke a token; when the command returns, every server refuses it
    Revoke {
        /// Id of the token, from `token list`
        id: Uuid,
        #[command(flatten)]
        common: Common,
    },
}

/// Arguments of `token issue`.
#[derive(Debug, clap::Args)]
pub(super) struct Issue {
    /// Name of the connection that acts, such as okta; made when there is none. An externalId belongs to a connection, so a
    /// provider keeps its connection when it gets a new token
    #[arg(long)]
    connection: String,
    /// What it opens: scim for identity providers, api for administrators and the learning platform; scim.read and api.read only
    /// read. A token cannot be issued with console: it is what the session of a person carries whose role opens the API
    #[arg(long, default_value = "scim", value_parser = PossibleValuesParser::new(["scim", "scim.read", "api", "api.read", "console"]))]
    scope: String,
    /// Days until it ends; without it the token lives until it is revoked, as Entra wants it
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    expires_in_days: Option<u16>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    super::log("warn");
    match command {
        Command::Issue(args) => issue(&args),
        Command::List { common } => list(&common),
        Command::Revoke { id, common } => revoke(id, &common),
    }
}

fn issue(args: &Issue) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let scope = Scope::from_word(&args.scope).context("unknown scope")?;
    let expires_at = args.expires_in_days.map(|days| now + Duration::days(days.into()));
    let issue = |conn: &mut _, tenant| tokens::issue(conn, tenant, &args.connection, scope, expires_at, now);
    let issued = args.common.on_database(issue)?;
    if issued.connection_is_new {
        output::remark(format_args!(
            "Made connection {:?} in tenant {}.",
            args.connection, args.common.tenant
        ));
    }
    if args.common.json {
        output::line(json!({
            "token": issued.token.expose_secret(),
            "id": issued.id,
            "connection": args.connection,
            "scope": scope.as_str(),
            "expiresAt": expires_at.map(mapping::time),
        }));
    } else {
        output::line(issued.token.expose_secret());
    }
    Ok(())
}

fn list(common: &Common) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let all = common.on_database(|conn, tenant| tokens::list(conn, tenant, now))?;
    if common.json {
        output::line(serde_json::to_string(&all)?);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    output::table(&["ID", "CONNECTION", "SCOPE", "STATE", "ISSUED", "EXPIRES", "LAST USED", "KEY"], &rows);
    for token in &all {
        if let Some(warning) = &token.warning {
            output::remark(format_args!(
                "The token {} of connection {:?} {warning}.",
                token.id, token.connection
            ));
        }
    }
    Ok(())
}

fn row(token: &TokenView) -> Vec<String> {
    let or_never = |time: &Option<String>| time.clone().unwrap_or_else(|| "never".to_owned());
    vec![
        token.id.to_string(),
        token.connection.clone(),
        token.scope.clone(),
        token.state.to_owned(),
        token.issued_at.clone(),
        or_never(&token.expires_at),
        or_never(&token.last_used_at),
        token.key.to_string(),
    ]
}

fn revoke(id: Uuid, common: &Common) -> anyhow::Result<()> {
    common.on_database(|conn, tenant| tokens::revoke(conn, tenant, id, Clock::system().now()))?;
    // A server may use a yes again for this long; then the promise of the help text holds.
    std::thread::sleep(MAX_AGE_OF_A_YES);
    if common.json {
        output::line(json!({"id": id, "revoked": true}));
    } else {
        output::line(format_args!("Revoked {id}: every server refuses it now."));
    }
    Ok(())
}
