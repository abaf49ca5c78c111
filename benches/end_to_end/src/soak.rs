//! A long time at seven tenths of what the server can take: whether it is after that what it was before.

use std::io::Write;
use std::path::Path;

use crate::cluster::Cluster;
use crate::server::Rollcall;
use crate::table::{aligned, mebibytes, shown};
use crate::target::Target;
use crate::targets::word;
use crate::tenants::{self, Load, TENANTS};
use crate::{Outcome, process, tell};

/// Requests a second of each tenant: the first step of the search for the knee, and how much more each next one is.
const STEP: u32 = 10;
/// Seconds of each step, and before the first one, in which the tables are filled so far that PostgreSQL knows them.
const SEARCH: u64 = 8;
const FILLING: u64 = 75;
/// The knee is where 99 of 100 are not answered within this many milliseconds, or not as many as are sent.
const KNEE_P99: f64 = 50.0;
const KEPT_UP: f64 = 0.97;
/// Tenths of the knee that are sent.
const TENTHS: u32 = 7;
/// Seconds that are a line.
const MINUTE: u64 = 60;
/// At the end at most so many times what it was in the beginning, counted in thirds.
const FLAT: f64 = 1.2;
/// Rows that are dead and not vacuumed, of a hundred that live: PostgreSQL begins to vacuum at 20.
const DEAD: f64 = 25.0;

/// What is seen in a minute.
struct Minute {
    load: Load,
    memory: f64,
    dead: f64,
    vacuums: u64,
    database: f64,
}

/// Finds the knee, sends seven tenths of it for `seconds`, and prints what each minute looked like. `false` when an answer was wrong or
/// something was not as in the beginning.
///
/// # Errors
/// What keeps it from being measured.
pub(crate) fn measure(binary: &Path, directory: &Path, seconds: u64) -> Outcome<bool> {
    tell("soak: starting the server");
    let server = Rollcall::start(binary, directory)?;
    let cluster = Cluster::find(&server.data_directory)?;
    let tenants = tenants::prepare(&server)?;
    let mut out = std::io::stdout();
    tell(&format!("soak: filling {TENANTS} tenants"));
    tenants::run(server.address, &tenants, STEP, FILLING, "first")?;
    let knee = knee(&server, &tenants, &mut out)?;
    let rate = (knee * TENTHS / 10).max(1);
    writeln!(
        out,
        "the knee is at {} requests a second; {} are sent for {seconds} s:\n",
        knee * TENANTS,
        rate * TENANTS
    )?;

    let mut minutes = Vec::new();
    let mut lines = vec![
        [
            "minute",
            "requests",
            "errors",
            "p50 ms",
            "p99 ms",
            "longest ms",
            "RSS MiB",
            "dead %",
            "vacuums",
            "database MiB",
        ]
        .map(str::to_owned),
    ];
    for number in 1..=seconds.div_ceil(MINUTE) {
        tell(&format!("soak: minute {number}"));
        let minute = minute(&server, &cluster, &tenants, rate, number)?;
        lines.push(line(number, &minute));
        minutes.push(minute);
    }
    write!(out, "{}", aligned(&lines))?;
    verdict(&minutes, &mut out)
}

/// The most requests a second of each tenant that are answered in time.
fn knee(server: &Rollcall, tenants: &[(Target, String)], out: &mut impl Write) -> Outcome<u32> {
    let mut knee = STEP;
    for number in 1.. {
        let rate = STEP * number;
        tell(&format!("soak: {} requests a second", rate * TENANTS));
        let load = tenants::run(server.address, tenants, rate, SEARCH, &format!("step{number}-"))?;
        let (p99, done) = (load.all.percentile_ms(99.0), load.all.count() as f64 / load.seconds);
        let sent = f64::from(rate * TENANTS);
        writeln!(out, "{sent:>6} requests a second: {done:.0} answered, p99 {} ms", shown(p99, 1))?;
        if !load.errors.is_empty() || p99.is_none_or(|p99| p99 > KNEE_P99) || done < sent * KEPT_UP {
            break;
        }
        knee = rate;
    }
    Ok(knee)
}

fn minute(
    server: &Rollcall,
    cluster: &Cluster,
    tenants: &[(Target, String)],
    rate: u32,
    number: u64,
) -> Outcome<Minute> {
    let load = tenants::run(server.address, tenants, rate, MINUTE, &format!("minute{number}-"))?;
    let memory = mebibytes(process::of_process(server.pid()).map_or(0, |usage| usage.memory));
    let seen = cluster.sql(
        "SELECT sum(n_dead_tup) * 100.0 / greatest(sum(n_live_tup), 1), sum(autovacuum_count), pg_database_size(current_database()) \
         FROM pg_stat_user_tables",
        &[],
    )?;
    let mut seen = seen.split('|');
    let mut next = || seen.next().ok_or("pg_stat_user_tables says too little");
    let (dead, vacuums) = (next()?.parse()?, next()?.parse()?);
    let database = mebibytes(next()?.parse()?);
    Ok(Minute { load, memory, dead, vacuums, database })
}

fn line(number: u64, minute: &Minute) -> [String; 10] {
    let of = |percent| shown(minute.load.all.percentile_ms(percent), 1);
    [
        number.to_string(),
        minute.load.all.count().to_string(),
        minute.load.errors.len().to_string(),
        of(50.0),
        of(99.0),
        of(100.0),
        format!("{:.1}", minute.memory),
        format!("{:.1}", minute.dead),
        minute.vacuums.to_string(),
        format!("{:.0}", minute.database),
    ]
}

/// Whether the last third was as the first one.
fn verdict(minutes: &[Minute], out: &mut impl Write) -> Outcome<bool> {
    let third = minutes.len().div_ceil(3);
    let first = minutes.get(..third).unwrap_or_default();
    let last = minutes.get(minutes.len() - third..).unwrap_or_default();
    let p99 = |minutes: &[Minute]| {
        median(minutes, |minute| minute.load.all.percentile_ms(99.0).unwrap_or(f64::INFINITY))
    };
    let memory = |minutes: &[Minute]| median(minutes, |minute| minute.memory);
    let errors: usize = minutes.iter().map(|minute| minute.load.errors.len()).sum();
    let dead = minutes.iter().map(|minute| minute.dead).fold(0.0, f64::max);
    let met = |met| word(Some(met));
    let (slower, larger) = (p99(last) / p99(first), memory(last) / memory(first));
    writeln!(out, "\nerrors: {errors}; {}", met(errors == 0))?;
    if let Some(error) = minutes.iter().find_map(|minute| minute.load.errors.first()) {
        writeln!(out, "the first one: {error}")?;
    }
    writeln!(
        out,
        "p99, the last third against the first: {slower:.2} times; at most {FLAT}: {}",
        met(slower <= FLAT)
    )?;
    writeln!(
        out,
        "memory, the last third against the first: {larger:.2} times; at most {FLAT}: {}",
        met(larger <= FLAT)
    )?;
    writeln!(out, "dead rows at most: {dead:.1} of 100 that live; at most {DEAD}: {}", met(dead <= DEAD))?;
    Ok(errors == 0 && slower <= FLAT && larger <= FLAT && dead <= DEAD)
}

fn median(minutes: &[Minute], of: impl Fn(&Minute) -> f64) -> f64 {
    let mut all: Vec<f64> = minutes.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}
