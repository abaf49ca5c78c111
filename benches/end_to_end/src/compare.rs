//! Two runs that were kept with `--json`, row by row.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::Outcome;
use crate::table::{aligned, shown};

/// Fewer than so many percent are noise on a quiet machine; more are marked.
const NOISE: f64 = 5.0;

/// The rows of both runs beside each other, with what changed.
///
/// # Errors
/// When a file is no run that was kept.
pub(crate) fn compare(before: &Path, after: &Path) -> Outcome<String> {
    let (before, after) = (read(before)?, read(after)?);
    let told = |run: &Value, place: &str| {
        run.pointer(place).map_or_else(|| "-".to_owned(), |found| found.to_string().replace('"', ""))
    };
    let mut text = String::new();
    for place in ["/machine/commit", "/machine/startedAt", "/machine/cpu", "/machine/cores", "/settings"] {
        let (old, new) = (told(&before, place), told(&after, place));
        let difference = if old == new { old } else { format!("{old} → {new}") };
        text.push_str(&format!("{}: {difference}\n", place.rsplit('/').next().unwrap_or_default()));
    }
    text.push('\n');
    text.push_str(&aligned(&lines(&before, &after)));
    text.push_str(&format!("\nDifferences of {NOISE} % and more are marked: + better, - worse.\n"));
    Ok(text)
}

fn read(file: &Path) -> Outcome<Value> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let run: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    match run["rows"].is_array() {
        true => Ok(run),
        false => Err(format!("{} has no rows: it was not written by ./bench --json", file.display()).into()),
    }
}

/// The rows of a run.
fn rows(run: &Value) -> impl Iterator<Item = &Value> {
    run["rows"].as_array().into_iter().flatten()
}

fn lines(before: &Value, after: &Value) -> Vec<[String; 8]> {
    let headings = [
        "operation",
        "users",
        "per second",
        "p50 ms",
        "p99 ms",
        "share of L",
        "CPU us, server",
        "CPU us, PostgreSQL",
    ];
    let mut lines = vec![headings.map(str::to_owned)];
    for new in rows(after) {
        let is_same = |old: &&Value| old["operation"] == new["operation"] && old["users"] == new["users"];
        let Some(old) = rows(before).find(is_same) else { continue };
        // The share of L is the figure that another machine, or another hour of this one, changes least.
        let cell = |place: &str, decimals, more_is_better| {
            let of = |row: &Value| row.pointer(place).and_then(Value::as_f64);
            change(of(old), of(new), decimals, more_is_better)
        };
        let valid = |row: &Value| row["valid"] == true;
        let mut operation = new["operation"].as_str().unwrap_or_default().to_owned();
        if !(valid(old) && valid(new)) {
            operation.push_str(" (invalid)");
        }
        lines.push([
            operation,
            new["users"].to_string(),
            cell("/rate", 0, true),
            cell("/p50Ms", 2, false),
            cell("/p99Ms", 2, false),
            cell("/shareOfLimit", 2, true),
            cell("/cpuMicros/server", 0, false),
            cell("/cpuMicros/postgres", 0, false),
        ]);
    }
    lines
}

/// `new (difference)`, marked where it is no noise.
fn change(old: Option<f64>, new: Option<f64>, decimals: usize, more_is_better: bool) -> String {
    let (Some(old), Some(new)) = (old, new) else { return shown(new, decimals) };
    if old <= 0.0 {
        return shown(Some(new), decimals);
    }
    let percent = (new / old - 1.0) * 100.0;
    let mark = match (percent.abs() >= NOISE, (percent > 0.0) == more_is_better) {
        (false, _) => "",
        (true, true) => " +",
        (true, false) => " -",
    };
    format!("{new:.decimals$} ({percent:+.0} %){mark}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_became_slower_is_marked_and_noise_is_not() {
        let run = |rate: f64, p99: f64| {
            json!({"rows": [
                {"operation": "get", "users": 1000, "valid": true, "rate": rate, "p99Ms": p99, "p50Ms": 1.0},
            ]})
        };
        let (before, after) = (run(1000.0, 4.0), run(900.0, 3.0));
        let lines = lines(&before, &after);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1][2], "900 (-10 %) -");
        assert_eq!(lines[1][3], "1.00 (+0 %)");
        assert_eq!(lines[1][4], "3.00 (-25 %) +");
        assert_eq!(lines[1][5], "-");
    }

    #[test]
    fn rows_of_only_one_of_the_two_are_left_out() {
        let one = json!({"rows": [{"operation": "get", "users": 1, "valid": true}]});
        let other = json!({"rows": [{"operation": "post", "users": 1, "valid": true}]});
        assert_eq!(lines(&one, &other).len(), 1);
    }
}
