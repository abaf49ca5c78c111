//! What tenants cost in which nothing happens: the worker of every server looks after them.

use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::server::Rollcall;
use crate::table::{aligned, mebibytes};
use crate::{Outcome, interrupt, process, tell};

/// Numbers of tenants.
const TENANTS: [u32; 3] = [1, 1_000, 10_000];
/// Seconds that the worker is given at most to seal what was written, and in any case.
const SEALING: u32 = 600;
const SETTLING: u64 = 6;

/// Waits until there is nothing left to do.
fn settle(cluster: &Cluster, tenants: u32) -> Outcome<()> {
    for _ in 0..SEALING {
        interrupt::check()?;
        thread::sleep(Duration::from_secs(1));
        let sealed = cluster.sql("SELECT count(DISTINCT tenant_id) FROM audit_chain", &[])?;
        if sealed.parse::<u32>()? >= tenants {
            thread::sleep(Duration::from_secs(SETTLING));
            return Ok(());
        }
    }
    Err("the worker has not sealed what was written".into())
}

/// Measures each number for `seconds`, and prints a table.
///
/// # Errors
/// What keeps it from being measured.
pub(crate) fn measure(binary: &Path, directory: &Path, seconds: u64) -> Outcome<()> {
    tell("idle: starting the server");
    let server = Rollcall::start(binary, directory)?;
    let cluster = Cluster::find(&server.data_directory)?;
    let heading = ["tenants", "CPU of the server %", "of PostgreSQL %", "server MiB", "database MiB"];
    let mut lines = vec![heading.map(str::to_owned)];
    let mut made = 1;
    for tenants in TENANTS {
        cluster.sql(
            "WITH made AS (INSERT INTO tenants (id, name, created_at) SELECT gen_random_uuid(), 'idle-' || n, now() \
               FROM generate_series(:made, :tenants - 1) n RETURNING id) \
             INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, attributes, facts, request_id) \
             SELECT id, now(), 'operator', 'tenant.created', id, '{}', '{}', gen_random_uuid() FROM made",
            &[("made", &made.to_string()), ("tenants", &tenants.to_string())],
        )?;
        made = tenants;
        tell(&format!("idle: {tenants} tenants"));
        settle(&cluster, tenants)?;
        let usage = || Some((process::of_process(server.pid())?, process::of_postmaster(cluster.pid)?));
        let (before, begun) = (usage().unwrap_or_default(), Instant::now());
        thread::sleep(Duration::from_secs(seconds));
        let (after, passed) = (usage().unwrap_or_default(), begun.elapsed().as_secs_f64());
        let percent = |before: u64, after: u64| {
            100.0 * after.saturating_sub(before) as f64 / process::ticks_per_second() / passed
        };
        lines.push([
            tenants.to_string(),
            format!("{:.2}", percent(before.0.cpu_ticks, after.0.cpu_ticks)),
            format!("{:.2}", percent(before.1.cpu_ticks, after.1.cpu_ticks)),
            format!("{:.1}", mebibytes(after.0.memory)),
            format!(
                "{:.0}",
                mebibytes(cluster.sql("SELECT pg_database_size(current_database())", &[])?.parse()?)
            ),
        ]);
    }
    write!(std::io::stdout(), "{}\nOf one core, over {seconds} s each.\n", aligned(&lines))?;
    Ok(())
}
