//! One row of the result: H, rollcall and P one after the other, under equal conditions.

use std::fs;
use std::path::Path;

use crate::answer::AnswerServer;
use crate::cluster::Cluster;
use crate::content::Seeded;
use crate::http::Connection;
use crate::limit;
use crate::load::{self, Measured, WARM_UP};
use crate::operation::{Operation, Target};
use crate::process::{self, Usage};
use crate::server::Rollcall;
use crate::{Outcome, content};

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
    /// Clock ticks per second, of `/proc`.
    pub(crate) ticks_per_second: f64,
}

/// What was measured for one operation; rates in requests per second.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// Requests per second of rollcall.
    pub(crate) rate: Option<f64>,
    /// Milliseconds within which half of the requests were answered.
    pub(crate) p50_ms: Option<f64>,
    /// Milliseconds within which 99 of 100 were.
    pub(crate) p99_ms: Option<f64>,
    /// H.
    pub(crate) http: Option<f64>,
    /// P.
    pub(crate) database: Option<f64>,
    /// Bytes of the server at the end of its measurement.
    pub(crate) server_memory: Option<u64>,
    /// Bytes of all PostgreSQL processes at that moment.
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
    /// L.
    pub(crate) fn limit(&self) -> Option<f64> {
        limit::limit(self.http, self.database)
    }

    /// rollcall / L.
    pub(crate) fn share(&self) -> Option<f64> {
        limit::share(self.rate, self.limit())
    }
}

/// CPU and memory of everything involved, at one moment.
#[derive(Debug)]
struct Note {
    server: Option<Usage>,
    postgres: Option<Usage>,
    generator: Option<Usage>,
}

/// Measures `operation`.
///
/// # Errors
/// When it cannot be measured at all; wrong answers under load are in the row.
pub(crate) fn measure(operation: Operation, bed: &Bed<'_>) -> Outcome<Row> {
    let sample = content::sample(operation, bed.target, &mut Connection::open(bed.server.address)?)?;
    let mut row = Row::default();

    let memory_server = AnswerServer::start(&sample, bed.directory)?;
    let http = load::run(memory_server.address, operation, bed.target, bed.seconds, || ())?;
    drop(memory_server);
    row.http = Some(http.rate());
    row.errors.extend(http.errors.into_iter().map(|error| format!("H: {error}")));

    if operation.writes() {
        content::settle(bed.cluster)?;
    }
    let own = std::process::id();
    let ours = load::run(bed.server.address, operation, bed.target, bed.seconds, || Note {
        server: process::of_process(bed.server.pid()),
        postgres: process::of_postmaster(bed.cluster.pid),
        generator: process::of_process(own),
    })?;
    fill(&mut row, ours, bed.ticks_per_second);

    if operation.writes() {
        content::settle(bed.cluster)?;
    }
    row.database = Some(database(operation, bed)?);
    Ok(row)
}

fn fill(row: &mut Row, measured: Measured<Note>, ticks_per_second: f64) {
    let requests = measured.latencies.count().max(1) as f64;
    let (before, after) = (&measured.before, &measured.after);
    let cpu = |of: fn(&Note) -> Option<Usage>| {
        let ticks = of(after)?.cpu_ticks.saturating_sub(of(before)?.cpu_ticks);
        Some(ticks as f64 / ticks_per_second / requests)
    };
    row.rate = Some(measured.rate());
    row.p50_ms = measured.latencies.percentile_ms(50.0);
    row.p99_ms = measured.latencies.percentile_ms(99.0);
    row.server_cpu = cpu(|note| note.server);
    row.postgres_cpu = cpu(|note| note.postgres);
    row.generator_cpu = cpu(|note| note.generator);
    row.server_memory = after.server.map(|usage| usage.memory);
    row.postgres_memory = after.postgres.map(|usage| usage.memory);
    row.errors.extend(measured.errors);
}

fn database(operation: Operation, bed: &Bed<'_>) -> Outcome<f64> {
    let script = bed.directory.join("pgbench.sql");
    fs::write(&script, operation.sql())?;
    let users = bed.target.users.to_string();
    let base = format!("http://{}{}/Groups/", bed.target.authority, bed.target.base_path);
    let Seeded { tenant, connection, has_email, resource } = bed.seeded;
    let run = |first_name: &str, seconds| {
        let variables = [
            ("users", users.as_str()),
            ("base", &base),
            ("tenant", tenant),
            ("connection", connection),
            ("has_email", has_email),
            ("resource", resource),
            ("n", first_name),
        ];
        bed.cluster.pgbench(&script, &variables, tenant, bed.target.connections, seconds)
    };
    run("0", WARM_UP.as_secs())?;
    run("1000000000", bed.seconds)
}
