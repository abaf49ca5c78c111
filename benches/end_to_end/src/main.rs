//! The end-to-end benchmark behind `./bench`: rollcall's requests per second beside what the machine can do, measured in
//! one run. `L = 1 / (1/H + 1/P)` is the limit, `rollcall / L` the figure.

use std::error::Error;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::http::Connection;
use crate::measure::{Bed, Row};
use crate::operation::Operation;
use crate::report::Entry;
use crate::server::Rollcall;

mod answer;
mod cluster;
mod content;
mod http;
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
mod security;
mod server;

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
    /// Numbers of users to measure with, each on a new server
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000", value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    users: Vec<u64>,
    /// Seconds per measurement, after one second of warm-up; every operation has three measurements
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Clients that send at the same time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=90))]
    connections: u16,
    /// Operations to measure [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    operations: Vec<Operation>,
    /// Measure how queries grow: the six that should not, with 10,000 and 1,000,000 users
    #[arg(long, conflicts_with_all = ["users", "operations"])]
    scale: bool,
    /// Measure how soon a deactivation is felt on a second server, and a report of a million rows, instead
    #[arg(long, conflicts_with_all = ["users", "operations", "scale", "json"])]
    lifecycle: bool,
    /// Measure what one client can do to another, and what row level security costs, instead
    #[arg(long, conflicts_with_all = ["users", "operations", "scale", "json", "lifecycle"])]
    security: bool,
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
    let scaled;
    let arguments = match arguments.scale {
        false => arguments,
        true => {
            scaled = Arguments {
                users: vec![10_000, 1_000_000],
                operations: Operation::QUERIES.to_vec(),
                ..arguments.clone()
            };
            &scaled
        }
    };
    if let Some(Part::Answer { file }) = &arguments.part {
        answer::serve(file)?;
        return Ok(ExitCode::SUCCESS);
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
    let mut entries = Vec::new();
    let mut servers = Vec::new();
    let mut failure = None;
    for &users in &arguments.users {
        let scratch = Scratch::create(&parent)?;
        match with_users(users, arguments, &binary, &scratch.0, &mut entries) {
            Ok(server) => servers.push(server),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    // What was measured before a failure is not lost.
    if !entries.is_empty() {
        write!(io::stdout(), "{}", report::table(&entries))?;
    }
    if let Some(file) = &arguments.json {
        let settings = json!({"seconds": arguments.seconds, "connections": arguments.connections});
        let result = json!({
            "machine": machine::describe(&parent),
            "settings": settings,
            "servers": servers,
            "rows": report::rows(&entries),
        });
        fs::write(file, serde_json::to_string_pretty(&result)? + "\n")
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    if let Some(error) = failure {
        return Err(error);
    }
    let valid = entries.iter().all(|entry| entry.row.errors.is_empty());
    Ok(if valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Measures all operations on a new server with `users` users; gives what is to be known about the server.
fn with_users(
    users: u64,
    arguments: &Arguments,
    binary: &Path,
    directory: &Path,
    entries: &mut Vec<Entry>,
) -> Outcome<Value> {
    tell(&format!("{users} users: starting the server"));
    let server = Rollcall::start(binary, directory)?;
    let idle = process::of_process(server.pid()).map(|usage| usage.memory);
    let cluster = Cluster::find(&server.data_directory)?;
    let mut target = server.target(users, usize::from(arguments.connections))?;
    let megabytes = idle.map_or("-".to_owned(), |bytes| format!("{:.1}", bytes as f64 / 1024.0 / 1024.0));
    tell(&format!("{users} users: seeding (the idle server: {megabytes} MiB)"));
    let seeded = content::seed(&target, &cluster, &mut Connection::open(server.address)?)?;
    let operations = operations(&arguments.operations);
    if operations.contains(&Operation::Cursor) {
        tell(&format!("{users} users: walking to page {}", target.pages_before_cursor() + 1));
        target.cursor = content::walk(&target, &mut Connection::open(server.address)?)?;
    }
    let bed = Bed {
        server: &server,
        cluster: &cluster,
        target: &target,
        seeded: &seeded,
        seconds: arguments.seconds,
        directory,
        ticks_per_second: process::ticks_per_second(),
    };
    for operation in operations {
        interrupt::check()?;
        tell(&format!("{users} users: {}", operation.title()));
        let row = measure::measure(operation, &bed).or_else(|error| {
            interrupt::check()?;
            Outcome::Ok(Row { errors: vec![error.to_string()], ..Row::default() })
        })?;
        entries.push(Entry { operation, users, row });
    }
    Ok(json!({"users": users, "idleMemory": idle, "postgres": machine::describe_postgres(&cluster)?}))
}

/// The operations in the order of measuring, each once.
fn operations(asked: &[Operation]) -> Vec<Operation> {
    use clap::ValueEnum;
    let all = Operation::value_variants().iter().copied();
    all.filter(|operation| asked.is_empty() || asked.contains(operation)).collect()
}

/// Progress goes to stderr: stdout is for the table.
fn tell(sentence: &str) {
    let _ = writeln!(io::stderr(), "{sentence}");
}
