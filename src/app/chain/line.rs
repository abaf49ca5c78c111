//! Rows and links as lines of JSON. A row's digest is the SHA-256 of its line, so that an export can be checked with nothing else.
//!
//! The form of a line is for ever: digests are made of it. A column that comes later is left out where it is null, as `state` is.

use super::link::{Digest, Sealed, hex, time};
use crate::app::AppError;
use crate::store::audit::{At, Position};
use crate::store::audit_chain::{LinkRow, WholeRow};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowLine<'a> {
    position: String,
    at: String,
    actor: &'a str,
    action: &'a str,
    resource_id: Uuid,
    attributes: Names<'a>,
    facts: &'a RawValue,
    request_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a RawValue>,
}

/// A list, or what somebody made of it.
#[derive(Serialize)]
#[serde(untagged)]
enum Names<'a> {
    List(&'a [Option<String>]),
    Lists(&'a RawValue),
}

/// A row as a line, without the end of the line. JSON stands in it as the database writes it.
///
/// Whatever the owner of the database wrote has a line, so that it neither keeps others from being sealed nor an export from ending.
pub(super) fn of_row(row: &WholeRow) -> Result<String, AppError> {
    let attributes = match (&row.attributes, &row.lists) {
        (_, Some(lists)) => Names::Lists(serde_json::from_str(lists)?),
        (list, None) => Names::List(list.as_deref().unwrap_or_default()),
    };
    Ok(serde_json::to_string(&RowLine {
        position: row.position().to_string(),
        at: match &row.at {
            At::Time(at) => time(*at),
            At::NoTime(text) => text.clone(),
        },
        actor: &row.actor,
        action: &row.action,
        resource_id: row.resource_id,
        attributes,
        facts: serde_json::from_str(&row.facts)?,
        request_id: row.request_id,
        state: row.state.as_deref().map(serde_json::from_str).transpose()?,
    })?)
}

/// A row, as far as a link knows it.
pub(super) fn sealed(row: &WholeRow) -> Result<Sealed, AppError> {
    Ok(Sealed { position: row.position(), digest: Digest::of(of_row(row)?.as_bytes()) })
}

/// The link as a line, without the end of the line.
pub(super) fn of_link(link: &LinkRow) -> Result<String, AppError> {
    let text = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(serde_json::to_string(&Line::Link {
        number: link.number,
        from: link.from().to_string(),
        through: link.through().to_string(),
        rows: link.row_count,
        sealed_at: time(link.sealed_at),
        previous: text(&link.previous),
        digest: text(&link.digest),
        marks: text(&link.marks),
    })?)
}

/// A line of an export that is no row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(super) enum Line {
    /// The first: whose rows follow.
    Audit {
        /// The tenant.
        tenant: Uuid,
        /// The first link in it; its rows follow.
        first_link: i64,
    },
    /// What was made of the rows since the link before.
    Link {
        /// From 1 on.
        number: i64,
        /// Position of the first row.
        from: String,
        /// Position of the last row.
        through: String,
        /// How many.
        rows: i64,
        /// When it was made.
        sealed_at: String,
        /// Digest of the link before.
        previous: String,
        /// Digest.
        digest: String,
        /// The first 8 bytes of the digest of each row.
        marks: String,
    },
    /// The last: an export that breaks off is not mistaken for a whole one.
    End {
        /// Rows.
        rows: u64,
        /// Links.
        links: u64,
    },
}

/// What a line of a file is.
#[derive(Debug)]
pub(super) enum Read {
    /// A row.
    Row(Sealed),
    /// A link.
    Link(LinkRow),
    /// Whose rows follow, from which link on.
    Audit(Uuid, i64),
    /// How many rows and links there were.
    End(u64, u64),
}

#[derive(Deserialize)]
struct Place {
    position: String,
}

/// A time that is written as links write it, and no other way.
fn read_time(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (time(at) == text).then_some(at)
}

/// Reads a line; `None` when it is none of an export.
pub(super) fn read(line: &str) -> Option<Read> {
    if !line.starts_with("{\"line\":") {
        let place: Place = serde_json::from_str(line).ok()?;
        let digest = Digest::of(line.as_bytes());
        return Some(Read::Row(Sealed { position: place.position.parse().ok()?, digest }));
    }
    Some(match serde_json::from_str(line).ok()? {
        Line::Audit { tenant, first_link } => Read::Audit(tenant, first_link),
        Line::End { rows, links } => Read::End(rows, links),
        Line::Link { number, from, through, rows, sealed_at, previous, digest, marks } => {
            let (from, through): (Position, Position) = (from.parse().ok()?, through.parse().ok()?);
            Read::Link(LinkRow {
                number,
                from_transaction: from.transaction,
                from_seq: from.seq,
                through_transaction: through.transaction,
                through_seq: through.seq,
                row_count: rows,
                marks: hex(&marks)?,
                previous: hex(&previous)?,
                digest: hex(&digest)?,
                sealed_at: read_time(&sealed_at)?,
            })
        }
    })
}
