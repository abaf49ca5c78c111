//! `rollcall issuer …`

use super::on_tenant::Common;
use super::output;
use crate::app::mapping;
use crate::app::oauth::issuers::{self, NewIssuer};
use crate::app::tokens::MAX_AGE_OF_A_YES;
use crate::clock::Clock;
use crate::store::trusted_issuers::IssuerRow;
use serde_json::{Value, json};
use uuid::Uuid;

/// Commands about trusted issuers.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Trust an issuer: bearer tokens that it signed, for the audience, open the connection
    Add(Add),
    /// List the issuers that a tenant trusts
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Trust an issuer no more; when the command returns, every server refuses its tokens
    Remove {
        /// Its id, from `issuer list`
        id: Uuid,
        #[command(flatten)]
        common: Common,
    },
}

/// Arguments of `issuer add`.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// Name of the connection that acts, such as entra; made when there is none
    #[arg(long)]
    connection: String,
    /// The iss claim, letter by letter, such as https://sts.windows.net/TENANT/
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// The aud claim, or one of several
    #[arg(long, value_name = "AUD")]
    audience: String,
    /// The sub claim; without it, every subject of the issuer is let in
    #[arg(long, value_name = "SUB")]
    subject: Option<String>,
    /// Address of its public keys (a JWK Set); without it, the issuer's discovery document says where they are
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,
    /// What its tokens open, whatever they say of themselves
    #[arg(long, default_value = "scim")]
    scope: String,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    super::log("warn");
    match command {
        Command::Add(args) => add(args),
        Command::List { common } => list(&common),
        Command::Remove { id, common } => remove(id, &common),
    }
}

fn add(args: Add) -> anyhow::Result<()> {
    let Add { connection, issuer, audience, subject, jwks_uri, scope, common } = args;
    let new = NewIssuer { issuer, audience, subject, jwks_uri, scope };
    let now = Clock::system().now();
    let (id, connection_is_new) =
        common.on_database(|conn, tenant| issuers::add(conn, tenant, &connection, &new, now))?;
    if connection_is_new {
        output::remark(format_args!("Made connection {connection:?} in tenant {}.", common.tenant));
    }
    if common.json {
        output::line(json!({"id": id, "connection": connection, "issuer": new.issuer}));
    } else {
        output::line(format_args!("Trusted as {id}: its tokens open connection {connection:?}."));
    }
    Ok(())
}

fn list(common: &Common) -> anyhow::Result<()> {
    let all = common.on_database(issuers::list)?;
    if common.json {
        output::line(Value::Array(all.iter().map(|(issuer, name)| describe(issuer, name)).collect()));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|(row, connection)| {
            vec![
                row.id.to_string(),
                connection.clone(),
                row.scope.clone(),
                row.issuer.clone(),
                row.audience.clone(),
                row.subject.clone().unwrap_or_else(|| "any".to_owned()),
                row.jwks_uri.clone().unwrap_or_else(|| "by discovery".to_owned()),
            ]
        })
        .collect();
    output::table(&["ID", "CONNECTION", "SCOPE", "ISSUER", "AUDIENCE", "SUBJECT", "KEYS"], &rows);
    Ok(())
}

fn remove(id: Uuid, common: &Common) -> anyhow::Result<()> {
    common.on_database(|conn, tenant| issuers::remove(conn, tenant, id, Clock::system().now()))?;
    // A server may use a yes again for this long; then the promise of the help text holds.
    std::thread::sleep(MAX_AGE_OF_A_YES);
    if common.json {
        output::line(json!({"id": id, "removed": true}));
    } else {
        output::line(format_args!("Removed {id}: every server refuses its tokens now."));
    }
    Ok(())
}

fn describe(row: &IssuerRow, connection: &str) -> Value {
    json!({
        "id": row.id,
        "connection": connection,
        "scope": row.scope,
        "issuer": row.issuer,
        "audience": row.audience,
        "subject": row.subject,
        "jwksUri": row.jwks_uri,
        "createdAt": mapping::time(row.created_at),
    })
}
