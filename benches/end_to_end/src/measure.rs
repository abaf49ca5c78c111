//! One row of the result: H, rollcall and P one after the other, under equal conditions.

use std::fs;
use std::path::Path;

use crate::answer::AnswerServer;
use crate::cluster::Cluster;
use crate::http::{Answer, Connection};
use crate::load::{self, Measured, WARM_UP};
use crate::operation::Operation;
use crate::process::{self, Usage};
use crate::requests::BULK;
use crate::seed::{self, Seeded};
use crate::server::Rollcall;
use crate::target::{Group, Target};
use crate::{Outcome, content, copy, limit};

/// A server that runs with its seeded users, ready to be measured.
#[derive(Debug)]
pub(crate) struct Bed<'a> {
    /// The server.
    pub(crate) server: &'a Rollcall,
    /// Its database.
    pub(crate) cluster: &'a Cluster,
    /// What requests need to know.
    pub(crate) target: &'a Target,
    /// The users it holds.
    pub(crate) seeded: &'a Seeded,
    /// Seconds per measurement.
    pub(crate) seconds: u64,
    /// For files of a moment.
    pub(crate) directory: &'a Path,
}

/// What was measured for one operation; rates in requests per second, or users per second where many are made at once.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// Requests per second of rollcall.
    pub(crate) rate: Option<f64>,
    /// Milliseconds within which half of the requests were answered.
    pub(crate) p50_ms: Option<f64>,
    /// Milliseconds within which 99 of 100 were.
    pub(crate) p99_ms: Option<f64>,
    /// H; not measured where P is COPY.
    pub(crate) http: Option<f64>,
    /// P.
    pub(crate) database: Option<f64>,
    /// L.
    pub(crate) limit: Option<f64>,
    /// Most bytes that the server had during its measurement.
    pub(crate) server_memory: Option<u64>,
    /// Bytes of all PostgreSQL processes at its end.
    pub(crate) postgres_memory: Option<u64>,
    /// CPU seconds per request of the server.
    pub(crate) server_cpu: Option<f64>,
    /// CPU seconds per request of PostgreSQL.
    pub(crate) postgres_cpu: Option<f64>,
    /// CPU seconds per request of the load generator itself.
    pub(crate) generator_cpu: Option<f64>,
    /// Wrong answers of any of the three; one makes the row invalid.
    pub(crate) errors: Vec<String>,
}

impl Row {
    /// rollcall / L.
    pub(crate) fn share(&self) -> Option<f64> {
        limit::share(self.rate, self.limit)
    }
}

/// CPU and memory of everything involved, at one moment.
#[derive(Debug)]
struct Note {
    server: Option<Usage>,
    postgres: Option<Usage>,
    generator: Option<Usage>,
}

impl Note {
    fn of(bed: &Bed<'_>) -> Self {
        Self {
            server: process::of_process(bed.server.pid()),
            postgres: process::of_postmaster(bed.cluster.pid),
            generator: process::of_process(std::process::id()),
        }
    }
}

/// Measures `operation`.
///
/// # Errors
/// When it cannot be measured at all; wrong answers under load are in the row.
pub(crate) fn measure(operation: Operation, bed: &Bed<'_>) -> Outcome<Row> {
    let guarded = operation == Operation::PatchGuarded;
    if guarded {
        bed.server.guard(true)?;
    }
    let row = measured(operation, bed);
    if guarded {
        bed.server.guard(false)?;
    }
    row
}

fn measured(operation: Operation, bed: &Bed<'_>) -> Outcome<Row> {
    let sample = content::sample(operation, bed.target, &mut Connection::open(bed.server.address)?)?;
    if operation.is_mass() {
        return mass(operation, bed);
    }
    let mut row = Row { http: None, ..Row::default() };
    let http = from_memory(operation, bed, &sample)?;
    row.http = Some(http.rate());
    row.errors.extend(http.errors.into_iter().map(|error| format!("H: {error}")));

    if operation.writes() {
        seed::settle(bed.cluster)?;
    }
    process::forget_peak(bed.server.pid());
    let ours =
        load::run(bed.server.address, operation, bed.target, sample.status, bed.seconds, || Note::of(bed))?;
    row.rate = Some(ours.rate());
    fill(&mut row, ours, 1);
    row.server_memory = process::peak(bed.server.pid()).or(row.server_memory);

    if operation.writes() {
        seed::settle(bed.cluster)?;
    }
    row.database = Some(database(operation, bed)?);
    row.limit = limit::limit(row.http, row.database);
    Ok(row)
}

/// H.
fn from_memory(operation: Operation, bed: &Bed<'_>, sample: &Answer) -> Outcome<Measured<()>> {
    let server = AnswerServer::start(sample, bed.directory)?;
    load::run(server.address, operation, bed.target, sample.status, bed.seconds, || ())
}

/// Many users at once: users per second, beside the rows per second of COPY.
fn mass(operation: Operation, bed: &Bed<'_>) -> Outcome<Row> {
    let (clients, bulks) = match operation {
        Operation::Import => (bed.target.connections.min(100), 100),
        // As many as a second has, more or less.
        _ => (1, bed.seconds),
    };
    let each = bulks.div_ceil(clients as u64);
    seed::settle(bed.cluster)?;
    process::forget_peak(bed.server.pid());
    let ours = load::run_all(bed.server.address, operation, bed.target, clients, each, || Note::of(bed))?;
    let mut row = Row { rate: Some(ours.rate() * BULK as f64), ..Row::default() };
    fill(&mut row, ours, BULK);
    row.server_memory = process::peak(bed.server.pid()).or(row.server_memory);
    seed::settle(bed.cluster)?;
    row.database = Some(copy::rows_per_second(bed.cluster, bed.target, bed.seeded, bed.directory)?);
    row.limit = row.database;
    Ok(row)
}

/// Fills in everything but the rate; each request did the work of `worth`.
fn fill(row: &mut Row, measured: Measured<Note>, worth: u64) {
    let requests = measured.latencies.count().max(1) as f64 * worth as f64;
    let ticks_per_second = process::ticks_per_second();
    let (before, after) = (&measured.before, &measured.after);
    let cpu = |of: fn(&Note) -> Option<Usage>| {
        let ticks = of(after)?.cpu_ticks.saturating_sub(of(before)?.cpu_ticks);
        Some(ticks as f64 / ticks_per_second / requests)
    };
    row.p50_ms = measured.latencies.percentile_ms(50.0);
    row.p99_ms = measured.latencies.percentile_ms(99.0);
    row.server_cpu = cpu(|note| note.server);
    row.postgres_cpu = cpu(|note| note.postgres);
    row.generator_cpu = cpu(|note| note.generator);
    row.server_memory = after.server.map(|usage| usage.memory);
    row.postgres_memory = after.postgres.map(|usage| usage.memory);
    row.errors.extend(measured.errors);
}

/// P.
fn database(operation: Operation, bed: &Bed<'_>) -> Outcome<f64> {
    let script = bed.directory.join("pgbench.sql");
    fs::write(&script, operation.sql())?;
    let group = if operation == Operation::GroupSmall { Group::Small } else { Group::Large };
    let count = if operation == Operation::GroupBatch { bed.target.batch() } else { 1 };
    let run = |first_name: u64, seconds| {
        let variables = bed.seeded.variables(bed.target, first_name, group, count);
        bed.cluster.pgbench(&script, &variables, &bed.seeded.tenant, bed.target.connections, seconds)
    };
    run(0, WARM_UP.as_secs())?;
    run(1_000_000_000, bed.seconds)
}
