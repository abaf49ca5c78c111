//! /reports, as a stream: of a million rows the server holds no more than of a thousand.

use super::pieces::{self, Pieces};
use super::problems::Problems;
use crate::app::reports::{Kind, Report, Row, Scope};
use crate::app::{AppError, Call, Rules, learning, mapping};
use crate::http::State;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use crate::store::Db;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::id_as_shown;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

/// A report
///
/// `training`, `accounts`, `seats` or `sign-ins`: the same rows as JSON and as CSV (RFC 4180). The ordinary scope has inactive people
/// by policy (`reports.inactive`), the archived one always; people who were erased are in none.
#[utoipa::path(get, path = "/api/v1/reports/{report}", tag = "reports",
    params(
        ("report" = String, Path, description = "training, accounts, seats or sign-ins"),
        ("scope" = Option<String>, Query, description = "ordinary (when it is left out), active, archived or all"),
        ("asOf" = Option<String>, Query, description = "A time that has passed, such as 2026-06-30T00:00:00Z: the report is made of what was recorded by then"),
        ("course" = Option<String>, Query, description = "Of the training history: this course only"),
        ("format" = Option<String>, Query, description = "json (when it is left out) or csv"),
    ),
    responses((status = 200, description = "The report", content(
        (serde_json::Value = "application/json"), (String = "text/csv")
    )), Problems))]
pub(super) async fn get(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    name: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let shown = rollcall_scim::error::shorten(&name);
    let kind = Kind::from_word(&name).ok_or_else(|| {
        let all = Kind::ALL.map(Kind::as_str).join(", ");
        Failure::problem(AppError::NotFound(format!("there is no report {shown:?}; there are: {all}")))
    })?;
    query::only(request.query_string(), &["scope", "asOf", "course", "format"]).map_err(Failure::problem)?;
    let asked = |name| query::value(request.query_string(), name);
    let scope =
        word(asked("scope"), "scope", Scope::Ordinary, Scope::from_word, &Scope::ALL.map(Scope::as_str))?;
    let format = word(
        asked("format"),
        "format",
        Format::Json,
        |word| match word {
            "json" => Some(Format::Json),
            "csv" => Some(Format::Csv),
            _ => None,
        },
        &["json", "csv"],
    )?;
    let as_of = asked("asOf").map(|text| past(&text, call.now)).transpose().map_err(Failure::problem)?;
    let course = asked("course").map(|text| {
        let detail = || format!("{:?} is the id of no course", rollcall_scim::error::shorten(&text));
        id_as_shown(&text).ok_or_else(|| Failure::problem(AppError::invalid("course", detail())))
    });
    let course = course.transpose()?;
    if course.is_some() && kind != Kind::Training {
        let detail = "belongs to the training history only; leave it out".to_owned();
        return Err(Failure::problem(AppError::invalid("course", detail)));
    }
    let report = Report { kind, scope, at: as_of.unwrap_or(call.now), recorded: as_of.is_some(), course };
    if let Some(course) = course {
        let asking = call.clone();
        let known = state.db.run(call.tenant, move |conn| learning::course(conn, &asking, course)).await;
        known.map_err(Failure::problem)?;
    }
    let walk = Walk { db: state.db.clone(), rules, call, report, format, next: Next::First, began: false };
    let pieces = pieces::stream(walk).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    match format {
        Format::Json => answer.content_type("application/json"),
        Format::Csv => answer
            .content_type("text/csv; charset=utf-8")
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", kind.as_str()))),
    };
    Ok(answer.streaming(pieces))
}

fn word<T>(
    asked: Option<String>,
    field: &'static str,
    default: T,
    read: impl Fn(&str) -> Option<T>,
    all: &[&str],
) -> Result<T, Failure> {
    let Some(word) = asked else { return Ok(default) };
    read(&word).ok_or_else(|| {
        let shown = rollcall_scim::error::shorten(&word);
        let detail = format!("{shown:?} is not possible; send one of: {}", all.join(", "));
        Failure::problem(AppError::invalid(field, detail))
    })
}

fn past(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, AppError> {
    // A plus sign in an address is a blank to those who read it as a form.
    let read = rollcall_scim::filter::date_time::parse_date_time(&text.replace(' ', "+"));
    let at = read.ok_or_else(|| {
        let shown = rollcall_scim::error::shorten(text);
        AppError::invalid("asOf", format!("{shown:?} is no time; send one such as 2026-06-30T00:00:00Z"))
    })?;
    if at > now {
        let detail = format!("{} is still to come; send a time that has passed", mapping::time(at));
        return Err(AppError::invalid("asOf", detail));
    }
    Ok(at)
}

/// Where the stream is.
enum Next {
    First,
    After(Uuid),
    Close,
    End,
}

struct Walk {
    db: Db,
    rules: Arc<Rules>,
    call: Call,
    report: Report,
    format: Format,
    next: Next,
    /// Whether a row was written.
    began: bool,
}

impl Pieces for Walk {
    fn name(&self) -> String {
        format!("a report of tenant {}", self.call.tenant)
    }

    async fn step(&mut self) -> Result<Option<Bytes>, AppError> {
        loop {
            let (after, is_first) = match self.next {
                Next::First => (Uuid::nil(), true),
                Next::After(after) => (after, false),
                Next::Close => {
                    self.next = Next::End;
                    return Ok((self.format == Format::Json).then(|| Bytes::from_static(b"]}\n")));
                }
                Next::End => return Ok(None),
            };
            let (report, rules, call) = (self.report, Arc::clone(&self.rules), self.call.clone());
            let read = self.db.run(call.tenant, move |conn| report.some(conn, &rules, &call, after));
            let (rows, next) = read.await?;
            self.next = next.map_or(Next::Close, Next::After);
            let piece = self.written(&rows, is_first)?;
            if !piece.is_empty() {
                return Ok(Some(piece.into()));
            }
        }
    }
}

impl Walk {
    fn written(&mut self, rows: &[Row], is_first: bool) -> Result<Vec<u8>, AppError> {
        let columns = self.report.columns(&self.rules.policy);
        match self.format {
            Format::Json => {
                let follows = self.began;
                self.began |= !rows.is_empty();
                json_piece(&self.report, &columns, rows, is_first, follows)
            }
            Format::Csv => csv_piece(&columns, rows, is_first),
        }
    }
}

/// `follows`: whether rows stand before these.
fn json_piece(
    report: &Report,
    columns: &[&str],
    rows: &[Row],
    is_first: bool,
    follows: bool,
) -> Result<Vec<u8>, AppError> {
    let mut out = Vec::with_capacity(rows.len() * 256 + 256);
    if is_first {
        let head = json!({
            "report": report.kind.as_str(),
            "scope": report.scope.as_str(),
            "asOf": mapping::time(report.at),
            "columns": columns,
        });
        let head = serde_json::to_string(&head)?;
        out.extend_from_slice(head.trim_end_matches('}').as_bytes());
        out.extend_from_slice(b",\"rows\":[");
    }
    for (number, row) in rows.iter().enumerate() {
        if follows || number > 0 {
            out.push(b',');
        }
        out.push(b'\n');
        let row: Map<String, Value> =
            columns.iter().map(|name| (*name).to_owned()).zip(row.iter().cloned()).collect();
        serde_json::to_writer(&mut out, &row)?;
    }
    Ok(out)
}

fn csv_piece(columns: &[&str], rows: &[Row], is_first: bool) -> Result<Vec<u8>, AppError> {
    let broken = |error: &dyn std::fmt::Display| AppError::Broken(format!("a row of a report: {error}"));
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if is_first {
        out.write_record(columns).map_err(|error| broken(&error))?;
    }
    for row in rows {
        out.write_record(row.iter().map(cell)).map_err(|error| broken(&error))?;
    }
    out.into_inner().map_err(|error| broken(&error))
}

/// Whether a spreadsheet would run a text: it may skip blanks in front, and take the wide forms of the signs for the signs.
fn is_formula(text: &str) -> bool {
    const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    text.starts_with(['\t', '\r']) || text.trim_start().starts_with(SIGNS)
}

/// A value in a cell. What a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection).
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if is_formula(text) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
