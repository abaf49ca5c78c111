//! `rollcall schema …`

use super::on_tenant::Common;
use super::output;
use crate::app::AppError;
use crate::app::audit::By;
use crate::app::schemas::{self, LATE_WRITES, MAX_DEFINITION, Removed, Saved, TenantSchema};
use crate::app::tokens::MAX_AGE_OF_A_YES;
use crate::clock::Clock;
use anyhow::{Context, bail};
use clap::builder::PossibleValuesParser;
use rollcall_scim::resource::parse_object;
use serde_json::{Value, json};
use std::io::Read;

/// Commands about a tenant's own extension schemas.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Add a schema, or replace the one of the same URN; when the command returns, every server knows it
    Add {
        /// File with the schema in JSON, as /Schemas or `schema show` shows one (RFC 7643 §7); - reads it from stdin
        file: String,
        /// What it extends
        #[arg(long, value_name = "TYPE", value_parser = PossibleValuesParser::new(["User", "Group"]))]
        resource_type: String,
        #[command(flatten)]
        common: Common,
    },
    /// List the schemas that a tenant has of its own
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Print a schema with every characteristic of its attributes, ready for `schema add`
    Show {
        /// URN of the schema
        urn: String,
        #[command(flatten)]
        common: Common,
    },
    /// Remove a schema; refused while users or groups carry it
    Remove {
        /// URN of the schema
        urn: String,
        /// Remove it from all users or groups that carry it, too. What they hold of it is lost
        #[arg(long)]
        drop_data: bool,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    super::log("warn");
    let by = By::operator(Clock::system().now());
    match command {
        Command::Add { file, resource_type, common } => {
            let definition =
                definition(&read(&file)?, &resource_type).with_context(|| format!("cannot use {file}"))?;
            let Saved { schema, is_new, .. } = common.on_database(|conn, tenant| {
                let saved = schemas::save(conn, tenant, &resource_type, &definition, &by)?;
                if saved.leftovers.is_empty() {
                    // A server may know the schemas as they were for this long; then the promise of the help text holds.
                    std::thread::sleep(MAX_AGE_OF_A_YES);
                } else {
                    std::thread::sleep(LATE_WRITES);
                    schemas::sweep(conn, tenant, &saved.leftovers, &by)?;
                }
                Ok::<_, AppError>(saved)
            })?;
            let id = &schema.own.schema.id;
            match (common.json, is_new) {
                (true, _) => output::line(schema.to_json()),
                (false, true) => output::line(format_args!("Added {id} to {resource_type}.")),
                (false, false) => output::line(format_args!("Replaced {id} of {resource_type}.")),
            }
        }
        Command::List { common } => {
            let all = common.on_database(schemas::list)?;
            if common.json {
                output::line(Value::Array(all.iter().map(TenantSchema::to_json).collect()));
            } else {
                let rows: Vec<Vec<String>> = all
                    .iter()
                    .map(|TenantSchema { own, .. }| {
                        let names = own.schema.attributes.iter().map(|attribute| attribute.name.as_str());
                        let names = names.collect::<Vec<_>>().join(" ");
                        vec![own.schema.id.clone(), own.resource_type.clone(), names]
                    })
                    .collect();
                output::table(&["URN", "TYPE", "ATTRIBUTES"], &rows);
            }
        }
        Command::Show { urn, common } => {
            let found = common.on_database(|conn, tenant| schemas::find(conn, tenant, &urn))?;
            if common.json {
                output::line(found.to_json());
            } else {
                output::line(serde_json::to_string_pretty(&found.own.schema)?);
            }
        }
        Command::Remove { urn, drop_data, common } => {
            let Removed { id, existed, carriers, .. } = common.on_database(|conn, tenant| {
                let removed = schemas::remove(conn, tenant, &urn, drop_data, &by)?;
                // What servers accept that still know the schema goes with it.
                std::thread::sleep(LATE_WRITES);
                schemas::sweep(conn, tenant, &removed.leftovers, &by)?;
                Ok::<_, AppError>(removed)
            })?;
            if common.json {
                output::line(json!({"schema": id, "removed": existed, "resourcesChanged": carriers}));
            } else if !existed {
                output::line(format_args!("There is no {id}; {carriers} resources held something of it."));
            } else {
                output::line(format_args!("Removed {id}; {carriers} resources carried it."));
            }
        }
    }
    Ok(())
}

/// The text of a file.
fn read(file: &str) -> anyhow::Result<String> {
    let limit = u64::try_from(MAX_DEFINITION * 4)?;
    let mut text = String::new();
    if file == "-" {
        std::io::stdin()
            .take(limit)
            .read_to_string(&mut text)
            .context("cannot read the schema from stdin")?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("cannot read {file}"))?;
        opened.take(limit).read_to_string(&mut text).with_context(|| format!("cannot read {file}"))?;
    }
    Ok(text)
}

/// The definition in a text: a schema, or what `schema show --json` prints, with the schema as one of its members.
fn definition(text: &str, resource_type: &str) -> anyhow::Result<Value> {
    // RFC 8259 §8.1 lets a reader skip a byte order mark, and editors still write them.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        bail!("it is empty; a schema in JSON was expected");
    }
    serde_json::from_str::<Value>(text).context("it holds no JSON")?;
    // As the API reads it: a name that stands twice is refused.
    let mut read = Value::Object(parse_object(text.as_bytes())?);
    if read.get("attributes").is_some() {
        return Ok(read);
    }
    let Some(schema) = read.get_mut("schema").map(Value::take) else { return Ok(read) };
    match read.get("resourceType").and_then(Value::as_str) {
        Some(other) if other != resource_type => {
            let shown = rollcall_scim::error::shorten(other);
            bail!(
                "the schema in it extends {shown:?}, not {resource_type}; say --resource-type {shown}, or correct the file"
            )
        }
        _ => Ok(schema),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"id": "urn:example:acme:User", "attributes": [{"name": "schema"}]}"#;

    #[test]
    fn a_schema_is_read_as_it_is_shown() {
        let plain: Value = serde_json::from_str(SCHEMA).unwrap();
        let shown =
            format!(r#"{{"resourceType": "User", "createdAt": "…", "updatedAt": "…", "schema": {SCHEMA}}}"#);
        for text in [SCHEMA, &format!("\u{feff}{SCHEMA}"), &shown, &format!("\u{feff}\n{shown}")] {
            assert_eq!(definition(text, "User").unwrap(), plain, "{text}");
        }
        let error = definition(&shown, "Group").unwrap_err().to_string();
        assert!(error.contains("extends \"User\", not Group"), "{error}");
        assert!(definition("\u{feff} ", "User").unwrap_err().to_string().contains("is empty"));
    }
}
