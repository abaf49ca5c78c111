//! A file that says who is active (LIFECYCLE L65, L08): one plan for each thing that is to be done by it.

use super::plans::{self, MAX_ACCOUNTS, Plan};
use super::{Order, ReasonWord, Verb};
use crate::app::people::Who;
use crate::app::{AppError, Call, Rules};
use crate::store::TenantConnection;
use crate::store::accounts as store;
use rollcall_domain::name::comparison_key;
use rollcall_scim::error::shorten;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// Lines that are named in an answer; beyond it they are counted.
const NAMED: usize = 100;

/// What the column of the person can be called, and that of what they are to be.
const NAMES: [&str; 3] = ["userName", "user name", "login"];
const ACTIVES: [&str; 2] = ["Active", "status"];

/// What a file came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// A plan for those who are to be activated and one for each reason for which others are to be deactivated. Each is run by itself.
    plans: Vec<Plan>,
    /// How many lines could not be used. Nothing is planned for them.
    rejected: usize,
    /// Which, and why: the first hundred.
    rejected_lines: Vec<Rejected>,
}

/// A line that cannot be used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rejected {
    /// The line of the file, from 1.
    line: u64,
    /// The column.
    column: &'static str,
    /// What stands there.
    value: String,
    /// What is wrong with it, and the way out.
    detail: String,
}

/// What a line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Wish {
    Active,
    Inactive,
    OnLeave,
}

impl Wish {
    const ALL: [Wish; 3] = [Wish::Active, Wish::Inactive, Wish::OnLeave];

    /// The words of learning platforms for it. An unknown word is nobody's leave.
    fn from_word(word: &str) -> Option<Self> {
        match word.trim().to_lowercase().as_str() {
            "yes" | "true" | "1" | "active" | "activated" => Some(Wish::Active),
            "no" | "false" | "0" | "inactive" | "deactivated" => Some(Wish::Inactive),
            "suspended" | "leave" | "long term leave" | "long-term leave" => Some(Wish::OnLeave),
            _ => None,
        }
    }

    fn order(self) -> Order {
        let (command, reason) = match self {
            Wish::Active => (Verb::Reactivate, None),
            Wish::Inactive => (Verb::Deactivate, None),
            Wish::OnLeave => (Verb::Deactivate, Some(ReasonWord::Leave)),
        };
        Order { reason, ..Order::of(command) }
    }
}

/// A line that says something.
struct Line {
    number: u64,
    name: String,
    wish: Wish,
}

/// Makes plans of a CSV file with the columns `userName` and `Active`: Yes or No, TRUE or FALSE, 1 or 0, Active or Inactive, Suspended or
/// Long Term Leave. Nothing is changed until they are run.
///
/// # Errors
/// `Invalid` for a file that is none; database failures.
pub fn plan(conn: &mut TenantConnection, rules: &Rules, call: &Call, file: &str) -> Result<Upload, AppError> {
    let mut rejected = Vec::new();
    let lines = lines(file, &mut rejected)?;
    let keyed: Vec<(String, Line)> =
        lines.into_iter().map(|line| (comparison_key(&line.name), line)).collect();
    let mut first: HashMap<String, (u64, Wish)> = HashMap::new();
    let mut torn: HashSet<String> = HashSet::new();
    for (key, line) in &keyed {
        let (_, wish) = first.entry(key.clone()).or_insert((line.number, line.wish));
        if *wish != line.wish {
            torn.insert(key.clone());
        }
    }
    let mut wanted: Vec<(String, Line)> = Vec::new();
    for (key, line) in keyed {
        let at = first.get(&key).map_or(line.number, |(number, _)| *number);
        let detail = if torn.contains(&key) {
            "stands in several lines that say different things; say one".to_owned()
        } else if at != line.number {
            format!("stands in line {at} already")
        } else {
            wanted.push((key, line));
            continue;
        };
        rejected.push(Rejected { line: line.number, column: "userName", value: shorten(&line.name), detail });
    }
    let known = known(conn, call, &wanted)?;
    let mut groups: HashMap<Wish, Vec<Uuid>> = HashMap::new();
    for (key, line) in wanted {
        match known.get(&key) {
            Some(id) => groups.entry(line.wish).or_default().push(*id),
            None => rejected.push(Rejected {
                line: line.number,
                column: "userName",
                value: shorten(&line.name),
                detail: "is nobody's user name; correct it, or leave the line out".to_owned(),
            }),
        }
    }
    let mut plans = Vec::new();
    for wish in Wish::ALL {
        if let Some(ids) = groups.remove(&wish) {
            plans.push(plans::make(conn, rules, call, &wish.order(), &Who::Ids(ids), false)?);
        }
    }
    rejected.sort_by_key(|one| one.line);
    let count = rejected.len();
    rejected.truncate(NAMED);
    Ok(Upload { plans, rejected: count, rejected_lines: rejected })
}

fn lines(file: &str, rejected: &mut Vec<Rejected>) -> Result<Vec<Line>, AppError> {
    let invalid = |detail: String| AppError::invalid("file", detail);
    // What spreadsheets put in front, and between where the comma is for decimals.
    let file = file.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    if let Some(line) = opened(&file) {
        return Err(invalid(format!(
            "opens a quotation mark in line {line} that is never closed; close it, or write two for one"
        )));
    }
    let head = file.lines().next().unwrap_or_default();
    let delimiter = if head.contains(';') && !head.contains(',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file.as_bytes());
    let headers = reader.headers().map_err(|error| invalid(format!("is no CSV: {error}")))?.clone();
    let twice = |names: &[&str]| {
        let of_them = |head: &&str| names.iter().any(|name| head.trim().eq_ignore_ascii_case(name));
        headers.iter().filter(of_them).count() > 1
    };
    if twice(&NAMES) || twice(&ACTIVES) {
        let detail = format!("has a column twice, or under two names, in {:?}; leave one out", shorten(head));
        return Err(invalid(detail));
    }
    let column = |names: &[&str]| {
        headers.iter().position(|head| names.iter().any(|name| head.trim().eq_ignore_ascii_case(name)))
    };
    let missing = |name: &str| {
        invalid(format!(
            "has no column {name}; its first line has to name userName and Active, and has {:?}",
            shorten(head)
        ))
    };
    let name_at = column(&NAMES).ok_or_else(|| missing("userName"))?;
    let active_at = column(&ACTIVES).ok_or_else(|| missing("Active"))?;
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| invalid(format!("is no CSV: {error}")))?;
        let number = record.position().map_or(0, csv::Position::line);
        let name = record.get(name_at).unwrap_or_default().trim();
        let word = record.get(active_at).unwrap_or_default();
        if name.is_empty() && word.trim().is_empty() {
            continue;
        }
        match Wish::from_word(word) {
            _ if name.is_empty() || name.contains('\0') => rejected.push(Rejected {
                line: number,
                column: "userName",
                value: shorten(name),
                detail: "is no user name; fill it in".to_owned(),
            }),
            None => rejected.push(Rejected {
                line: number,
                column: "Active",
                value: shorten(word),
                detail: "is neither Yes nor No; write one of them (or TRUE, FALSE, 1, 0, Suspended, Long Term Leave)"
                    .to_owned(),
            }),
            Some(wish) => lines.push(Line { number, name: name.to_owned(), wish }),
        }
        if lines.len() > MAX_ACCOUNTS {
            return Err(invalid(format!("has more than {MAX_ACCOUNTS} lines; send several files")));
        }
    }
    Ok(lines)
}

/// The line in which a quotation mark opens that is never closed: what follows it would be lost.
fn opened(file: &str) -> Option<usize> {
    let (mut line, mut since) = (1, None);
    for character in file.chars() {
        match character {
            '\n' => line += 1,
            '"' => since = if since.is_some() { None } else { Some(line) },
            _ => {}
        }
    }
    since
}

/// The accounts of user names, by prepared name.
fn known(
    conn: &mut TenantConnection,
    call: &Call,
    wanted: &[(String, Line)],
) -> Result<HashMap<String, Uuid>, AppError> {
    let mut known = HashMap::new();
    for some in wanted.chunks(1_000) {
        let keys: Vec<&str> = some.iter().map(|(key, _)| key.as_str()).collect();
        known.extend(
            store::find_named(conn, call.tenant, &keys)?.into_iter().map(|(key, row)| (key, row.id.0)),
        );
    }
    Ok(known)
}
