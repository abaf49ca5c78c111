//! The rows: for each number of users a new server, its content, and every operation one after the other.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::http::Connection;
use crate::lifecycle::Caller;
use crate::measure::{self, Bed, Row};
use crate::operation::Operation;
use crate::report::Entry;
use crate::seed::{self, Seeded};
use crate::server::Rollcall;
use crate::target::{Group, Target};
use crate::{Arguments, Outcome, Scratch, connections, interrupt, machine, process, tell};

/// Connections that are open at once when memory with many of them is asked for.
pub(crate) const THOUSAND: usize = 1_000;
/// Starts of which the median counts.
const STARTS: usize = 5;

/// Figures that belong to no operation.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Bytes of the server before it was asked anything but whether it is there.
    pub(crate) idle_memory: Option<u64>,
    /// Most bytes of the server while a thousand connections were open and asked for users.
    pub(crate) thousand_memory: Option<u64>,
    /// Milliseconds from starting the program to the answer that it is ready, on a database that runs and is migrated.
    pub(crate) start_ms: Option<f64>,
    /// Bytes of the program.
    pub(crate) binary_bytes: Option<u64>,
    /// Clients that sent at the same time.
    pub(crate) connections: usize,
    /// Members of a large group, with the most users.
    pub(crate) large_group: u64,
}

/// What a run brought.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// The rows.
    pub(crate) entries: Vec<Entry>,
    /// The rest.
    pub(crate) facts: Facts,
    /// What is to be known about each server, for JSON.
    pub(crate) servers: Vec<Value>,
}

/// Measures `operations` with each number of users. What was measured before a failure is in `results`.
///
/// # Errors
/// What keeps a server from being measured at all.
pub(crate) fn all(
    arguments: &Arguments,
    users: &[u64],
    operations: &[Operation],
    binary: &Path,
    parent: &Path,
    results: &mut Results,
) -> Outcome<()> {
    results.facts.binary_bytes = fs::metadata(binary).ok().map(|file| file.len());
    results.facts.connections = usize::from(arguments.connections);
    for &users in users {
        let scratch = Scratch::create(parent)?;
        let server = with_users(users, arguments, operations, binary, &scratch.0, results)?;
        results.servers.push(server);
    }
    Ok(())
}

fn with_users(
    users: u64,
    arguments: &Arguments,
    operations: &[Operation],
    binary: &Path,
    directory: &Path,
    results: &mut Results,
) -> Outcome<Value> {
    tell(&format!("{users} users: starting the server"));
    let server = Rollcall::start(binary, directory)?;
    let idle = process::of_process(server.pid()).map(|usage| usage.memory);
    let cluster = Cluster::find(&server.data_directory)?;
    let mut target = server.target(users, usize::from(arguments.connections))?;
    target.large_group = arguments.group_members;
    tell(&format!("{users} users: seeding"));
    let seeded = seed::users(&target, &cluster, &mut Connection::open(server.address)?)?;
    if results.facts.idle_memory.is_none() {
        results.facts.idle_memory = idle;
        results.facts.start_ms = arguments.targets.then(|| start(binary, directory, &cluster)).transpose()?;
    }
    results.facts.large_group = results.facts.large_group.max(target.members(Group::Large));
    let mut has_groups = false;
    for &operation in operations {
        interrupt::check()?;
        if operation.needs_groups() && !has_groups {
            tell(&format!("{users} users: seeding groups of {}", target.members(Group::Large)));
            seed::groups(&target, &cluster, &mut Connection::open(server.address)?)?;
            has_groups = true;
        }
        prepare(operation, &mut target, &server, &cluster)?;
        tell(&format!("{users} users: {}", operation.title()));
        let row = row(operation, &target, &server, &cluster, &seeded, arguments.seconds, directory)?;
        results.entries.push(Entry { operation, users, row });
    }
    if arguments.targets && results.facts.thousand_memory.is_none() {
        tell(&format!("{users} users: {THOUSAND} connections"));
        process::forget_peak(server.pid());
        let peak = || process::peak(server.pid());
        let (_, peak) = connections::many(server.address, &target, THOUSAND, arguments.seconds, peak)?;
        results.facts.thousand_memory = peak;
    }
    Ok(json!({
        "idleMemory": idle,
        "content": seed::described(&target),
        "postgres": machine::describe_postgres(&cluster)?,
    }))
}

/// Makes ready what only this operation needs.
fn prepare(operation: Operation, target: &mut Target, server: &Rollcall, cluster: &Cluster) -> Outcome<()> {
    let users = target.users;
    match operation {
        Operation::Cursor => {
            tell(&format!("{users} users: walking to page {}", target.pages_before_cursor() + 1));
            target.cursor = seed::walk(target, &mut Connection::open(server.address)?)?;
        }
        Operation::Session => {
            tell(&format!("{users} users: signing people in"));
            let api = Caller { address: server.address, token: target.api_token.clone() };
            target.sessions = seed::sessions(target, cluster, &api)?;
        }
        _ => {}
    }
    Ok(())
}

fn row(
    operation: Operation,
    target: &Target,
    server: &Rollcall,
    cluster: &Cluster,
    seeded: &Seeded,
    seconds: u64,
    directory: &Path,
) -> Outcome<Row> {
    let bed = Bed { server, cluster, target, seeded, seconds, directory };
    measure::measure(operation, &bed).or_else(|error| {
        interrupt::check()?;
        Ok(Row { errors: vec![error.to_string()], ..Row::default() })
    })
}

/// Milliseconds of a start: the median of some.
fn start(binary: &Path, directory: &Path, cluster: &Cluster) -> Outcome<f64> {
    tell("starting further servers on the database");
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let (server, time): (_, Duration) = Rollcall::beside(binary, directory, &cluster.url())?;
        drop(server);
        times.push(time);
    }
    times.sort_unstable();
    let median = times.get(STARTS / 2).ok_or("no start was measured")?;
    Ok(median.as_secs_f64() * 1_000.0)
}
