//! The command line.
#![allow(rustdoc::bare_urls, reason = "doc comments are help texts here")]

mod audit;
mod client;
mod connection;
mod database;
mod demo;
mod issuer;
mod keys;
mod migrate;
mod on_tenant;
mod output;
mod quarantine;
mod schema;
mod serve;
mod tenant;
mod token;
mod work;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// SCIM 2.0 for learning platforms: identity providers say who is active, and rollcall makes it true.
#[derive(Debug, Parser)]
#[command(
    name = "rollcall",
    version,
    max_term_width = 110,
    after_help = "Without DATABASE_URL a private PostgreSQL under the data directory is used; every command below works beside a \
                  running server and without one.\n\nFirst steps:\n  rollcall serve                               \
                  start, and read where to point an identity provider\n  rollcall token issue --tenant demo --connection okta   \
                  a token for another provider"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server
    Serve(serve::ServeArgs),
    /// Bring the database up to date; `serve` does it by itself
    Migrate(migrate::MigrateArgs),
    /// Make and list tenants, the customers of the learning platform
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Make, list and set up the connections of identity providers
    #[command(subcommand)]
    Connection(connection::Command),
    /// Add, list and remove a tenant's own attributes
    #[command(subcommand)]
    Schema(schema::Command),
    /// Issue, list and revoke the bearer tokens of identity providers and administrators
    #[command(subcommand)]
    Token(token::Command),
    /// Check that the audit log is as it was written, and take it out with the proof
    #[command(subcommand)]
    Audit(audit::Command),
    /// See, release, reject and undo what the guard against a sync gone wrong has stopped
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    /// Replace the keys that sign tokens
    #[command(subcommand)]
    Keys(keys::Command),
    /// Make, list and remove OAuth clients, which get access tokens for a secret or a signature
    #[command(subcommand)]
    Client(client::Command),
    /// Trust, list and remove issuers whose own tokens open a connection, such as Entra's
    #[command(subcommand)]
    Issuer(issuer::Command),
    /// Put on record what came by its date, and seal the audit log; the server does it by itself, and any number may
    Work(work::WorkArgs),
}

/// Runs the program.
pub fn main() -> ExitCode {
    if let Err(error) = run() {
        output::error(&error);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run() -> anyhow::Result<()> {
    crate::config::check_environment(std::env::vars_os().map(|(name, _)| name))?;
    database::hide_password_from_process_list()?;
    match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Tenant(command) => tenant::run(command),
        Command::Connection(command) => connection::run(command),
        Command::Schema(command) => schema::run(command),
        Command::Token(command) => token::run(command),
        Command::Audit(command) => audit::run(command),
        Command::Quarantine(command) => quarantine::run(command),
        Command::Keys(command) => keys::run(command),
        Command::Client(command) => client::run(command),
        Command::Issuer(command) => issuer::run(command),
        Command::Work(args) => work::run(&args),
    }
}

/// Log lines on stderr: level and modules from ROLLCALL_LOG, `default` when it is not set.
fn log(default: &str) {
    let filter = env_logger::Env::new().filter_or("ROLLCALL_LOG", default);
    // Only fails when a logger is set already, which then serves as well.
    let _ = env_logger::Builder::from_env(filter).format_timestamp_millis().try_init();
}
