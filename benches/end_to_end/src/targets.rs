//! What rollcall is meant to reach, and whether it does: the table by which a version is judged.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::operation::Operation;
use crate::report::{Entry, grown};
use crate::run::Facts;
use crate::table::{aligned, mebibytes, shown};

/// What an operation is to reach.
#[derive(Debug, Clone, Copy)]
struct Aim {
    operation: Operation,
    /// At least this share of L.
    share: f64,
    /// At most so many times the time, with the most users against the fewest.
    growth: Option<f64>,
}

const fn aim(operation: Operation, share: f64, growth: Option<f64>) -> Aim {
    Aim { operation, share, growth }
}

const AIMS: [Aim; 13] = [
    aim(Operation::Get, 0.75, Some(1.3)),
    aim(Operation::Filter, 0.75, Some(1.5)),
    aim(Operation::Post, 0.70, Some(1.5)),
    aim(Operation::Patch, 0.70, Some(1.5)),
    aim(Operation::Page, 0.60, Some(1.5)),
    aim(Operation::First, 0.60, Some(1.5)),
    aim(Operation::Cursor, 0.60, Some(1.5)),
    aim(Operation::GroupSmall, 0.50, None),
    aim(Operation::GroupLarge, 0.50, None),
    aim(Operation::GroupBatch, 0.50, None),
    aim(Operation::Session, 0.75, Some(1.3)),
    aim(Operation::Bulk, 0.25, None),
    aim(Operation::Import, 0.25, None),
];

/// From a small group to a large one, at most so many times the time.
const FLAT: f64 = 1.2;
/// Milliseconds within which 99 of 100 changes of 50 members are answered.
const BATCH_P99: f64 = 50.0;
/// MiB of memory: idle, under any operation, and with a thousand connections; milliseconds of a start; MiB of the program.
const IDLE: f64 = 25.0;
const BUSY: f64 = 60.0;
const THOUSAND: f64 = 120.0;
const START: f64 = 150.0;
const BINARY: f64 = 25.0;

/// The operations of the table, as they are measured by themselves; the import takes a minute and is measured when asked for.
pub(crate) fn operations() -> Vec<Operation> {
    AIMS.iter().map(|aim| aim.operation).filter(|operation| *operation != Operation::Import).collect()
}

/// A figure that is to stay below another.
struct Bound {
    what: String,
    reached: Option<f64>,
    at_most: f64,
}

impl Bound {
    fn is_met(&self) -> Option<bool> {
        self.reached.map(|reached| reached <= self.at_most)
    }
}

fn bounds(entries: &[Entry], facts: &Facts) -> Vec<Bound> {
    let bound = |what: &str, reached, at_most| Bound { what: what.to_owned(), reached, at_most };
    let with_most = |operation| {
        let of_it = entries.iter().filter(|entry| entry.operation == operation);
        of_it.max_by_key(|entry| entry.users).map(|entry| &entry.row)
    };
    let median = |operation| with_most(operation).and_then(|row| row.p50_ms);
    let flat = median(Operation::GroupLarge).zip(median(Operation::GroupSmall));
    let busiest = entries
        .iter()
        .filter_map(|entry| Some((entry.row.server_memory?, entry)))
        .max_by_key(|(memory, _)| *memory);
    let busy = busiest.map_or("any operation".to_owned(), |(_, entry)| entry.operation.title().to_owned());
    vec![
        bound(
            &format!("PATCH group, one member: {} members against 10, times", facts.large_group),
            flat.map(|(large, small)| large / small.max(0.001)),
            FLAT,
        ),
        bound(
            &format!("PATCH group, 50 members into {}, p99 ms", facts.large_group),
            with_most(Operation::GroupBatch).and_then(|row| row.p99_ms),
            BATCH_P99,
        ),
        bound("memory, idle, MiB", facts.idle_memory.map(mebibytes), IDLE),
        bound(
            &format!("memory, the most, {} connections, MiB ({busy})", facts.connections),
            busiest.map(|(memory, _)| mebibytes(memory)),
            BUSY,
        ),
        bound("memory, 1,000 connections, MiB", facts.thousand_memory.map(mebibytes), THOUSAND),
        bound("start to first answer, ms", facts.start_ms, START),
        bound("program, MiB", facts.binary_bytes.map(mebibytes), BINARY),
    ]
}

/// Whether an aim is met; `None` where it was not measured.
pub(crate) const fn word(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "NOT MET",
        None => "-",
    }
}

/// The tables: what each operation reaches of L and how it grows, and the other figures.
pub(crate) fn table(entries: &[Entry], facts: &Facts) -> String {
    let mut lines = vec![
        ["operation", "users", "rollcall/s", "H/s", "P/s", "rollcall/L", "target", "", "times", "target", ""]
            .map(str::to_owned),
    ];
    for aim in &AIMS {
        let growth = grown(entries, aim.operation);
        for entry in entries.iter().filter(|entry| entry.operation == aim.operation) {
            let row = &entry.row;
            let valid = row.errors.is_empty();
            let share = row.share().filter(|_| valid);
            // The growth stands in the row of the most users.
            let growth = growth.filter(|growth| growth.to == entry.users && aim.growth.is_some());
            let limit = aim.growth.filter(|_| growth.is_some());
            let met = growth.zip(aim.growth).map(|(growth, at_most)| growth.times <= at_most);
            lines.push([
                aim.operation.title().to_owned(),
                entry.users.to_string(),
                shown(row.rate, 0),
                shown(row.http, 0),
                shown(row.database, 0),
                if valid { shown(share, 2) } else { "invalid".to_owned() },
                format!("{:.2}", aim.share),
                word(share.map(|share| share >= aim.share)).to_owned(),
                growth.map_or(String::new(), |growth| format!("{:.2}", growth.times)),
                limit.map_or(String::new(), |at_most| format!("{at_most:.1}")),
                if growth.is_some() { word(met).to_owned() } else { String::new() },
            ]);
        }
    }
    let mut text = aligned(&lines);
    text.push_str(
        "\nH: the web framework answering the same bytes from memory. P: pgbench with the same reads and writes, or COPY where\n\
         users are counted. L = 1/(1/H + 1/P). times: the time of a request (median), with the most users against the fewest.\n\n",
    );
    let mut lines = vec![["", "reached", "at most", ""].map(str::to_owned)];
    lines.extend(bounds(entries, facts).iter().map(|bound| {
        [
            bound.what.clone(),
            shown(bound.reached, 2),
            format!("{:.1}", bound.at_most),
            word(bound.is_met()).to_owned(),
        ]
    }));
    text.push_str(&aligned(&lines));
    for entry in entries {
        if let Some(first) = entry.row.errors.first() {
            let _ = writeln!(text, "INVALID: {} at {} users: {first}", entry.operation.title(), entry.users);
        }
    }
    text
}

/// The figures that are no rows, as JSON.
pub(crate) fn json(entries: &[Entry], facts: &Facts) -> Value {
    let bound = |bound: &Bound| json!({"what": bound.what, "reached": bound.reached, "atMost": bound.at_most, "met": bound.is_met()});
    bounds(entries, facts).iter().map(bound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Row;

    fn entry(operation: Operation, users: u64, p50_ms: f64, share: f64) -> Entry {
        let row = Row {
            rate: Some(share * 1_000.0),
            limit: Some(1_000.0),
            p50_ms: Some(p50_ms),
            p99_ms: Some(p50_ms * 2.0),
            server_memory: Some(61 * 1024 * 1024),
            ..Row::default()
        };
        Entry { operation, users, row }
    }

    #[test]
    fn what_is_met_and_what_is_not_is_said_of_each() {
        let entries = [
            entry(Operation::Get, 10_000, 1.0, 0.8),
            entry(Operation::Get, 1_000_000, 1.4, 0.7),
            entry(Operation::GroupSmall, 1_000_000, 10.0, 0.5),
            entry(Operation::GroupLarge, 10_000, 10.0, 0.5),
            entry(Operation::GroupLarge, 1_000_000, 11.0, 0.5),
            entry(Operation::GroupBatch, 1_000_000, 26.0, 0.5),
        ];
        let facts = Facts { idle_memory: Some(20 * 1024 * 1024), large_group: 100_000, ..Facts::default() };
        let text = table(&entries, &facts);
        // Without what aligns them.
        let lines: Vec<String> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let says = |line: &str| assert!(lines.iter().any(|one| one == line), "{line:?} in\n{text}");
        says("GET by id 10000 800 - - 0.80 0.75 met");
        says("GET by id 1000000 700 - - 0.70 0.75 NOT MET 1.40 1.3 NOT MET");
        says("PATCH large group, one 1000000 500 - - 0.50 0.50 met");
        says("PATCH group, one member: 100000 members against 10, times 1.10 1.2 met");
        says("PATCH group, 50 members into 100000, p99 ms 52.00 50.0 NOT MET");
        says("memory, idle, MiB 20.00 25.0 met");
        says("memory, the most, 0 connections, MiB (PATCH large group, 50) 61.00 60.0 NOT MET");
        says("start to first answer, ms - 150.0 -");
    }
}
