//! Checking an export without a database.

use super::line::{self, Read};
use super::link::{Digest, Sealed};
use super::verify::Walk;
use super::{AT_ONCE, Fault, Findings};
use rollcall_domain::ids::TenantId;
use std::io::{self, BufRead, Read as _};

/// The longest line of a row or link there can be, in bytes; what is longer is none.
const LONGEST: u64 = 4 << 20;

/// What an export holds, and the tenant that it says it is of. `expected` as for a database.
///
/// # Errors
/// What reading reports. What is wrong with the export is no error, but in the findings.
pub fn verify(mut file: impl BufRead, expected: Option<Digest>) -> io::Result<(Option<TenantId>, Findings)> {
    let mut number = 0_u64;
    let first = next_line(&mut file, &mut number)?;
    let Some(Read::Audit(tenant, first_link)) = first.as_deref().and_then(line::read) else {
        let fault =
            Fault { link: 0, position: None, what: "line 1 is not the beginning of an export".to_owned() };
        return Ok((None, Findings { fault: Some(fault), ..Findings::default() }));
    };
    let tenant = TenantId(tenant);
    let mut check = Check {
        tenant,
        first_link,
        expected,
        walk: None,
        rows: Vec::new(),
        loose: 0,
        last: None,
        counted: (0, 0),
    };
    loop {
        let read = next_line(&mut file, &mut number)?;
        let fault = match read.as_deref().map(line::read) {
            None => Some((None, "the export breaks off: its last line is missing".to_owned())),
            Some(None) => Some((None, format!("line {number} is no line of an export"))),
            Some(Some(Read::Audit(..))) => Some((None, format!("line {number} begins another export"))),
            Some(Some(Read::Row(row))) => check.row(row),
            Some(Some(Read::Link(link))) => {
                let first = Digest::from_bytes(&link.previous).unwrap_or(Digest::NONE);
                let previous = if first_link == 1 { Digest::NONE } else { first };
                let walk =
                    check.walk.get_or_insert_with(|| Walk::new(tenant, first_link, previous, expected));
                let rows = std::mem::take(&mut check.rows);
                check.counted.1 += 1;
                if !walk.take(&link, &rows) {
                    return Ok((Some(tenant), check.findings()));
                }
                None
            }
            Some(Some(Read::End(rows, links))) => {
                let fault = (check.counted != (rows, links)).then(|| {
                    let (had_rows, had_links) = check.counted;
                    (None, format!("the export says that it has {rows} rows and {links} links, and has {had_rows} and {had_links}"))
                });
                let more = next_line(&mut file, &mut number)?
                    .map(|_| (None, "something follows the last line".to_owned()));
                return Ok((Some(tenant), check.ended(fault.or(more))));
            }
        };
        if fault.is_some() {
            return Ok((Some(tenant), check.ended(fault)));
        }
    }
}

/// A line without its end; `None` at the end of the file.
fn next_line(file: &mut impl BufRead, number: &mut u64) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    file.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
    *number += 1;
    if line.is_empty() {
        return Ok(None);
    }
    line.pop_if(|last| *last == b'\n');
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

type Wrong = (Option<crate::store::audit::Position>, String);

struct Check {
    tenant: TenantId,
    first_link: i64,
    expected: Option<Digest>,
    walk: Option<Walk>,
    /// Rows since the last link.
    rows: Vec<Sealed>,
    /// How many more there were than a link can have: they can only be behind the last link, and need no memory.
    loose: u64,
    last: Option<crate::store::audit::Position>,
    /// Rows and links.
    counted: (u64, u64),
}

impl Check {
    fn row(&mut self, row: Sealed) -> Option<Wrong> {
        let is_later = self.last.is_none_or(|last| last < row.position);
        self.last = Some(row.position);
        self.counted.0 += 1;
        if i64::try_from(self.rows.len()).is_ok_and(|held| held <= AT_ONCE) {
            self.rows.push(row);
        } else {
            self.loose += 1;
        }
        (!is_later).then(|| (Some(row.position), "the row is not in its place".to_owned()))
    }

    fn findings(self) -> Findings {
        let Self { walk, tenant, first_link, expected, .. } = self;
        walk.unwrap_or_else(|| Walk::new(tenant, first_link, Digest::NONE, expected)).findings
    }

    fn ended(self, fault: Option<Wrong>) -> Findings {
        let not_sealed = self.rows.len() as u64 + self.loose;
        let next = self.walk.as_ref().map_or(self.first_link, |walk| walk.next);
        let mut findings = self.findings();
        findings.not_sealed = not_sealed;
        findings.fault = fault.map(|(position, what)| Fault { link: next, position, what });
        findings
    }
}
