//! The result: a table for people, JSON for machines.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::measure::Row;
use crate::operation::Operation;
use crate::table::{aligned, mebibytes, shown};

/// A row with what it is about.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The operation.
    pub(crate) operation: Operation,
    /// Seeded users.
    pub(crate) users: u64,
    /// What was measured.
    pub(crate) row: Row,
}

const HEADINGS: [&str; 11] = [
    "operation",
    "users",
    "rollcall/s",
    "p50 ms",
    "p99 ms",
    "H/s",
    "P/s",
    "L/s",
    "rollcall/L",
    "RSS MiB",
    "CPU us/req",
];

/// The table, with an explanation of its columns and every invalid row's first error.
pub(crate) fn table(entries: &[Entry]) -> String {
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    lines.extend(entries.iter().map(cells));
    let mut text = aligned(&lines);
    text.push_str(
        "\nH: the web framework answering the same bytes from memory. P: pgbench with the same reads and writes.\n\
         L = 1/(1/H + 1/P). RSS: the server. CPU: the server + PostgreSQL.\n",
    );
    text.push_str(&growth(entries));
    for entry in entries {
        if let Some(first) = entry.row.errors.first() {
            let (title, count) = (entry.operation.title(), entry.row.errors.len());
            let _ = writeln!(
                text,
                "INVALID: {title} at {} users: {count} errors, the first: {first}",
                entry.users
            );
        }
    }
    text
}

/// How many times as long an operation takes with the most users as with the fewest; empty for one number of users.
fn growth(entries: &[Entry]) -> String {
    let mut text = String::new();
    for (place, entry) in entries.iter().enumerate() {
        let is_first = !entries.iter().take(place).any(|other| other.operation == entry.operation);
        if let (Some(grown), true) = (grown(entries, entry.operation), is_first) {
            let title = entry.operation.title();
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "{title}: {:.2} times the time of {} users with {}",
                grown.times, grown.from, grown.to
            );
        }
    }
    text
}

/// How the time of an operation grows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grown {
    /// The fewest users.
    pub(crate) from: u64,
    /// The most users.
    pub(crate) to: u64,
    /// So many times as long takes the median of a request.
    pub(crate) times: f64,
}

/// The growth of an operation from the fewest users to the most; `None` for one number of users.
pub(crate) fn grown(entries: &[Entry], operation: Operation) -> Option<Grown> {
    let same = |entry: &&Entry| entry.operation == operation && entry.row.p50_ms.is_some();
    let largest = entries.iter().filter(same).max_by_key(|entry| entry.users)?;
    let smallest = entries.iter().filter(same).min_by_key(|entry| entry.users)?;
    let times = largest.row.p50_ms? / smallest.row.p50_ms?.max(0.001);
    (largest.users > smallest.users).then_some(Grown { from: smallest.users, to: largest.users, times })
}

/// The rows as JSON; rates are per second, memory is bytes, CPU is microseconds per request.
pub(crate) fn rows(entries: &[Entry]) -> Value {
    let rows = entries.iter().map(|entry| {
        let row = &entry.row;
        let micros = |seconds: Option<f64>| seconds.map(|seconds| seconds * 1e6);
        json!({
            "operation": entry.operation.name(),
            "users": entry.users,
            "valid": row.errors.is_empty(),
            "rate": row.rate, "p50Ms": row.p50_ms, "p99Ms": row.p99_ms,
            "http": row.http, "database": row.database, "limit": row.limit, "shareOfLimit": row.share(),
            "serverMemory": row.server_memory, "postgresMemory": row.postgres_memory,
            "cpuMicros": {
                "server": micros(row.server_cpu),
                "postgres": micros(row.postgres_cpu),
                "loadGenerator": micros(row.generator_cpu),
            },
            "errors": row.errors,
        })
    });
    Value::Array(rows.collect())
}

fn cells(entry: &Entry) -> [String; 11] {
    let row = &entry.row;
    let share = if row.errors.is_empty() { shown(row.share(), 2) } else { "invalid".to_owned() };
    let micros = |seconds: Option<f64>| shown(seconds.map(|seconds| seconds * 1e6), 0);
    [
        entry.operation.title().to_owned(),
        entry.users.to_string(),
        shown(row.rate, 0),
        shown(row.p50_ms, 2),
        shown(row.p99_ms, 2),
        shown(row.http, 0),
        shown(row.database, 0),
        shown(row.limit, 0),
        share,
        shown(row.server_memory.map(mebibytes), 1),
        format!("{} + {}", micros(row.server_cpu), micros(row.postgres_cpu)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(errors: Vec<String>) -> Entry {
        let row = Row {
            rate: Some(24_000.4),
            http: Some(100_000.0),
            database: Some(100_000.0),
            limit: Some(50_000.0),
            server_memory: Some(15 * 1024 * 1024),
            server_cpu: Some(0.000_031),
            errors,
            ..Row::default()
        };
        Entry { operation: Operation::Get, users: 1000, row }
    }

    #[test]
    fn columns_are_aligned_and_the_figure_is_there() {
        let text = table(&[entry(Vec::new())]);
        let lines: Vec<&str> = text.lines().collect();
        let end = |line: &str, word: &str| line.find(word).map(|start| start + word.len());
        assert_eq!(end(lines[0], "rollcall/L"), end(lines[1], "0.48"));
        assert_eq!(end(lines[0], "users"), end(lines[1], " 1000"));
        assert!(lines[1].ends_with("31 + -"), "{text}");
    }

    #[test]
    fn growth_is_told_once_for_each_operation() {
        let with = |users, p50_ms| {
            let row = Row { p50_ms: Some(p50_ms), ..entry(Vec::new()).row };
            Entry { users, row, ..entry(Vec::new()) }
        };
        let text = table(&[with(10_000, 2.0), with(1_000_000, 3.0)]);
        assert_eq!(text.matches(" times the time").count(), 1, "{text}");
        assert!(text.contains("GET by id: 1.50 times the time of 10000 users with 1000000"), "{text}");
        assert!(!table(&[entry(Vec::new())]).contains(" times the time"));
    }

    #[test]
    fn an_error_makes_the_row_invalid_for_people_and_machines() {
        let entries = [entry(vec!["answer 429 {}".to_owned()])];
        let text = table(&entries);
        assert!(text.contains("  invalid  ") && text.contains("1 errors, the first: answer 429"), "{text}");
        assert!(!text.contains("0.48"));
        assert_eq!(rows(&entries)[0]["valid"], false);
    }
}
