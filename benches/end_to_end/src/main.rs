//! The end-to-end benchmark behind `./bench`: rollcall's requests per second beside what the machine can do, measured in
//! one run. `L = 1 / (1/H + 1/P)` is the limit, `rollcall / L` the figure.

use std::error::Error;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;

use crate::against::Stranger;
use crate::operation::Operation;
use crate::run::Results;

mod against;
mod answer;
mod cluster;
mod compare;
mod connections;
mod content;
mod copy;
mod http;
mod idle;
mod interrupt;
mod latency;
mod lifecycle;
mod limit;
mod load;
mod machine;
mod measure;
mod operation;
mod process;
mod random;
mod report;
mod requests;
mod run;
mod security;
mod seed;
mod server;
mod soak;
mod steady;
mod table;
mod target;
mod targets;
mod tenants;

/// Deactivations that are felt on the other server.
const LIFECYCLE_ROUNDS: u32 = 500;

/// Result of everything that ends the benchmark with a message.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Measures rollcall, end to end, beside the limit of this machine.
#[derive(Debug, Clone, Parser)]
#[command(name = "bench", bin_name = "./bench", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// Numbers of users to measure with, each on a new server [default: 1000,10000,100000]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    users: Option<Vec<u64>>,
    /// Seconds per measurement, after one second of warm-up; every operation has three measurements
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Clients that send at the same time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=90))]
    connections: u16,
    /// Operations to measure [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    operations: Vec<Operation>,
    /// Measure what there are targets for, with 10,000 and 1,000,000 users, and say of each whether it is met
    #[arg(long, conflicts_with = "operations")]
    targets: bool,
    /// Measure with 10,000 and with so many users: how queries grow, or with --targets what there are targets for
    #[arg(long, num_args = 0..=1, default_missing_value = "1000000", conflicts_with = "users", value_parser = clap::value_parser!(u64).range(20_000..=10_000_000))]
    scale: Option<u64>,
    /// Members of each large group, of which every client has one; never more than nine tenths of the users
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    group_members: u64,
    /// Measure how soon a deactivation is felt on a second server, and a report of a million rows, instead
    #[arg(long, conflicts_with_all = ["users", "operations", "scale", "targets", "json"])]
    lifecycle: bool,
    /// Measure what one client can do to another, and what row level security costs, instead
    #[arg(long, conflicts_with_all = ["users", "operations", "scale", "targets", "json", "lifecycle"])]
    security: bool,
    /// Measure another SCIM server, at the base URL such as http://localhost:8080/scim/v2, by the protocol alone; without
    /// --users with 1,000. It keeps what is made in it
    #[arg(long, value_name = "URL", requires = "token", conflicts_with_all = ["scale", "targets", "lifecycle", "security", "load"])]
    against: Option<String>,
    /// The bearer token for --against
    #[arg(long)]
    token: Option<String>,
    /// Send what 20 tenants send, 25 requests a second each, for --seconds, and try clients that behave badly, instead
    #[arg(long, conflicts_with_all = ["users", "operations", "scale", "targets", "json", "lifecycle", "security"])]
    load: bool,
    /// Find how much the server can take of what 20 tenants send, and send seven tenths of it for --seconds, instead
    #[arg(long, conflicts_with_all = ["users", "operations", "scale", "targets", "json", "lifecycle", "security", "load", "against"])]
    soak: bool,
    /// Measure what thousands of tenants cost in which nothing happens, for --seconds each, instead
    #[arg(long, conflicts_with_all = ["users", "operations", "scale", "targets", "json", "lifecycle", "security", "load", "soak", "against"])]
    idle: bool,
    /// Also write the result as JSON to this file
    #[arg(long)]
    json: Option<PathBuf>,
    /// Directory for the servers' data; it decides which disk is measured [default: $TMPDIR or /var/tmp]
    #[arg(long)]
    directory: Option<PathBuf>,
    /// The rollcall binary [default: the one built beside this program]
    #[arg(long)]
    server: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
enum Part {
    /// Answer every request with what FILE says: the server behind H
    #[command(hide = true)]
    Answer { file: PathBuf },
    /// Compare two runs that were kept with --json, row by row
    Compare { before: PathBuf, after: PathBuf },
}

/// A directory of this run, removed with this value.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn create(parent: &Path) -> Outcome<Self> {
        let path = parent.join(format!("rollcall-bench-{}", std::process::id()));
        fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let scratch = Self(path);
        // Others may pass but not look, whatever the umask: PostgreSQL of a root's server runs under another user.
        fs::set_permissions(&scratch.0, Permissions::from_mode(0o711))?;
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    match &arguments.part {
        Some(Part::Answer { file }) => {
            answer::serve(file)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Part::Compare { before, after }) => {
            write!(io::stdout(), "{}", compare::compare(before, after)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        None => {}
    }
    interrupt::listen();
    let binary = match &arguments.server {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name("rollcall"),
    };
    let parent = match (&arguments.directory, std::env::var_os("TMPDIR")) {
        (Some(directory), _) => directory.clone(),
        (None, Some(directory)) => directory.into(),
        // Not /tmp: where that is kept in memory, a durable write would cost nothing.
        (None, None) => PathBuf::from("/var/tmp"),
    };
    if arguments.lifecycle {
        let scratch = Scratch::create(&parent)?;
        lifecycle::measure(&binary, &scratch.0, LIFECYCLE_ROUNDS)?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.security {
        let scratch = Scratch::create(&parent)?;
        security::measure(&binary, &scratch.0, arguments.seconds)?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.load {
        let scratch = Scratch::create(&parent)?;
        let right = steady::measure(&binary, &scratch.0, arguments.seconds)?;
        return Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if arguments.soak {
        let scratch = Scratch::create(&parent)?;
        let flat = soak::measure(&binary, &scratch.0, arguments.seconds)?;
        return Ok(if flat { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if arguments.idle {
        let scratch = Scratch::create(&parent)?;
        idle::measure(&binary, &scratch.0, arguments.seconds)?;
        return Ok(ExitCode::SUCCESS);
    }
    rows(arguments, &binary, &parent)
}

/// Measures rows, and prints and keeps them.
fn rows(arguments: &Arguments, binary: &Path, parent: &Path) -> Outcome<ExitCode> {
    let (users, operations) = wanted(arguments);
    let mut results = Results::default();
    let measured = match &arguments.against {
        Some(url) => strange(arguments, url, &operations, &mut results),
        None => run::all(arguments, &users, &operations, binary, parent, &mut results),
    };
    let Results { entries, facts, servers } = &results;
    // What was measured before a failure is not lost.
    if !entries.is_empty() {
        write!(io::stdout(), "{}", report::table(entries))?;
        if arguments.targets {
            write!(io::stdout(), "\n{}", targets::table(entries, facts))?;
        }
    }
    if let Some(file) = &arguments.json {
        let result = json!({
            "machine": machine::describe(parent),
            "against": arguments.against,
            "settings": {"seconds": arguments.seconds, "connections": arguments.connections},
            "servers": servers,
            "rows": report::rows(entries),
            "targets": arguments.targets.then(|| targets::json(entries, facts)),
        });
        fs::write(file, serde_json::to_string_pretty(&result)? + "\n")
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    measured?;
    let valid = entries.iter().all(|entry| entry.row.errors.is_empty());
    Ok(if valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Measures another server.
fn strange(arguments: &Arguments, url: &str, operations: &[Operation], results: &mut Results) -> Outcome<()> {
    if let Some(other) = operations.iter().find(|operation| !against::OPERATIONS.contains(operation)) {
        let possible = against::OPERATIONS.map(Operation::name).join(", ");
        return Err(
            format!("{} cannot be measured by the protocol alone; can be: {possible}", other.name()).into()
        );
    }
    for &users in arguments.users.as_deref().unwrap_or(&[1_000]) {
        let stranger = Stranger::find(url, arguments.token.as_deref().unwrap_or_default())?;
        let connections = usize::from(arguments.connections);
        let rows =
            stranger.measure(users, connections, arguments.group_members, operations, arguments.seconds)?;
        results.entries.extend(rows);
    }
    Ok(())
}

/// The numbers of users, and the operations in the order of measuring, each once.
fn wanted(arguments: &Arguments) -> (Vec<u64>, Vec<Operation>) {
    let asked = match (arguments.targets, arguments.scale, arguments.operations.is_empty()) {
        (true, ..) => targets::operations(),
        (false, Some(_), true) => Operation::QUERIES.to_vec(),
        (false, None, true) if arguments.against.is_some() => against::OPERATIONS.to_vec(),
        (false, None, true) => {
            let all = Operation::value_variants().iter().copied();
            all.filter(|operation| *operation != Operation::Import).collect()
        }
        _ => arguments.operations.clone(),
    };
    let in_order = Operation::value_variants().iter().copied();
    let operations = in_order.filter(|operation| asked.contains(operation)).collect();
    let users = match (&arguments.users, arguments.scale, arguments.targets) {
        (_, Some(most), _) => vec![10_000, most],
        (Some(users), ..) => users.clone(),
        (None, None, true) => vec![10_000, 1_000_000],
        (None, None, false) => vec![1_000, 10_000, 100_000],
    };
    (users, operations)
}

/// Progress goes to stderr: stdout is for the table.
fn tell(sentence: &str) {
    let _ = writeln!(io::stderr(), "{sentence}");
}
