//! `rollcall audit`

use super::on_tenant::Common;
use super::{database, output};
use crate::app::chain::{self, Digest, Export, Fault, Findings};
use crate::app::{AppError, mapping, tenants};
use crate::clock::Clock;
use crate::store::audit::Position;
use crate::store::{TenantConnection, db};
use anyhow::{Context, bail};
use rollcall_domain::ids::TenantId;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufReader, ErrorKind, Write, stdout};
use std::path::PathBuf;

/// Subcommands of `audit`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Compute the whole chain again: who changed, removed, added or moved a row since it was sealed is found
    ///
    /// Keep the digest that it prints where nobody who can write to the database can: with --expect it is found, too, when all
    /// rows and links were written anew. Ends with an error when something is not as it was sealed.
    Verify(Verify),
    /// Print the audit log with its links as JSON Lines
    ///
    /// It holds whole links, so that `rollcall audit verify --file` can check it: more rows than were asked for, up to the
    /// beginning of the first link and the end of the last. What is not final yet is left out.
    Export(ExportArgs),
}

/// Arguments of `audit verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// Name of the tenant
    #[arg(long, required_unless_present = "file")]
    tenant: Option<String>,
    /// Check an export instead; no database is needed
    #[arg(long, value_name = "FILE", conflicts_with = "tenant")]
    file: Option<PathBuf>,
    /// A digest that was printed before and kept elsewhere; it must be that of one of the links
    #[arg(long, value_name = "DIGEST")]
    expect: Option<Digest>,
    #[command(flatten)]
    database: database::DatabaseArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `audit export`.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// From this position on
    #[arg(long, value_name = "POSITION", value_parser = position)]
    from: Option<Position>,
    /// Up to this position
    #[arg(long, value_name = "POSITION", value_parser = position)]
    to: Option<Position>,
    #[command(flatten)]
    common: OnTenant,
}

/// As [`Common`], without `--json`: an export is JSON already.
#[derive(Debug, clap::Args)]
struct OnTenant {
    /// Name of the tenant
    #[arg(long)]
    tenant: String,
    #[command(flatten)]
    database: database::DatabaseArgs,
}

fn position(text: &str) -> Result<Position, String> {
    text.parse()
        .map_err(|_| "a position is two numbers, such as 1234-5, as a row of the audit log has it".to_owned())
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    super::log("warn");
    match command {
        Command::Verify(args) => verify(args),
        Command::Export(args) => export(args),
    }
}

fn verify(args: Verify) -> anyhow::Result<()> {
    let (name, findings) = match (&args.file, args.tenant) {
        (Some(path), _) => {
            let shown = path.display().to_string();
            let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
            let (_, findings) = chain::verify_file(BufReader::new(file), args.expect)
                .with_context(|| format!("cannot read {shown}"))?;
            (shown, findings)
        }
        (None, Some(tenant)) => {
            let common = Common { tenant, database: args.database, json: args.json };
            let findings = common.on_database(|conn, id| verified(conn, id, args.expect))?;
            (common.tenant, findings)
        }
        (None, None) => bail!("name a tenant with --tenant, or an export with --file"),
    };
    say(&name, &findings, args.json);
    conclude(&name, &findings)
}

/// Seals what can be sealed first, where the database takes writes, so that it is a part of what is checked.
fn verified(
    conn: &mut TenantConnection,
    tenant: TenantId,
    expected: Option<Digest>,
) -> Result<Findings, AppError> {
    if !db::is_read_only(conn)? {
        match chain::seal(conn, tenant, &Clock::system()) {
            // A chain that is broken is not gone on with, and what is wrong is said below.
            Ok(_) | Err(AppError::Broken(_)) => {}
            Err(error) => return Err(error),
        }
    }
    chain::verify(conn, tenant, expected)
}

fn say(name: &str, findings: &Findings, is_json: bool) {
    let head = findings.head.map(|digest| digest.to_string());
    if is_json {
        output::line(json!({
            "of": name,
            "intact": findings.is_intact(),
            "rows": findings.rows,
            "links": findings.links,
            "head": head,
            "since": findings.since.map(mapping::time),
            "notSealed": findings.not_sealed,
            "hasExpected": findings.has_expected,
            "fault": findings.fault.as_ref().map(as_json),
            "oddRows": findings.odd.iter().map(as_json).collect::<Vec<_>>(),
        }));
        return;
    }
    let Findings { rows, links, not_sealed, .. } = findings;
    output::line(format_args!("{name}: {rows} rows in {links} links are as they were sealed"));
    output::line(format_args!("not sealed yet: {not_sealed}"));
    if let Some(head) = head {
        output::line(format_args!("head: {head}"));
    }
    if let Some(since) = findings.since.map(mapping::time) {
        output::line(format_args!("first link: {since}"));
    }
    for odd in &findings.odd {
        output::line(format_args!("odd: {}", in_words(odd)));
    }
}

fn as_json(fault: &Fault) -> Value {
    json!({
        "link": fault.link,
        "position": fault.position.map(|position| position.to_string()),
        "what": fault.what,
    })
}

fn in_words(fault: &Fault) -> String {
    let link = (fault.link > 0).then(|| format!("link {}", fault.link));
    let row = fault.position.map(|position| format!("row {position}"));
    let place: Vec<String> = link.into_iter().chain(row).chain([fault.what.clone()]).collect();
    match place.as_slice() {
        [link, row, what] => format!("{link}, {row}: {what}"),
        _ => place.join(": "),
    }
}

fn conclude(name: &str, findings: &Findings) -> anyhow::Result<()> {
    if let Some(fault) = &findings.fault {
        bail!("the audit log of {name} is not as it was sealed: {}", in_words(fault));
    }
    if let Some(odd) = findings.odd.first() {
        bail!("the audit log of {name} has rows that no change wrote: {}", in_words(odd));
    }
    if findings.has_expected == Some(false) {
        bail!(
            "no link has the expected digest: rows and links were written anew, or it is of another tenant"
        );
    }
    Ok(())
}

fn export(args: ExportArgs) -> anyhow::Result<()> {
    let OnTenant { tenant, database } = args.common;
    let database = database.open(false)?;
    let mut conn = database.connect()?;
    let done = (|| -> anyhow::Result<()> {
        let tenant = tenants::by_name(&mut conn, &tenant)?.id;
        conn.enter(tenant)?;
        let (mut export, mut out) = (Export::new(tenant, args.from, args.to), stdout().lock());
        while !export.is_done() {
            let piece = export.some(&mut conn)?;
            match out.write_all(&piece).and_then(|()| out.flush()) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written.context("cannot write the export")?,
            }
        }
        Ok(())
    })();
    drop(conn);
    let released = database.release();
    done.and(released)
}
