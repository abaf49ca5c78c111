//! What a link is made of, and whether it still is.

use super::Fault;
use crate::store::audit::Position;
use crate::store::audit_chain::LinkRow;
use chrono::{DateTime, SecondsFormat, Utc};
use rollcall_domain::ids::TenantId;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// Bytes of a row's digest that a link keeps, to find the row that was changed.
const MARK: usize = 8;

/// A SHA-256, written in hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Where a chain begins.
    pub(super) const NONE: Self = Self([0; 32]);

    /// Of these bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of these 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn mark(&self) -> &[u8] {
        self.0.get(..MARK).unwrap_or_default()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a digest has 64 hexadecimal digits, as `rollcall audit verify` prints it".to_owned();
        Self::from_bytes(&hex(text.trim()).ok_or_else(wrong)?).ok_or_else(wrong)
    }
}

/// The bytes of hexadecimal digits.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// A time as it stands in links and lines: to the microsecond, as the database keeps it.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A row, as far as a link knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed {
    pub(super) position: Position,
    pub(super) digest: Digest,
}

/// The link after `previous` over these rows; `None` when there are none.
pub(super) fn make(
    tenant: TenantId,
    number: i64,
    previous: &Digest,
    rows: &[Sealed],
    sealed_at: DateTime<Utc>,
) -> Option<LinkRow> {
    let (first, last) = (rows.first()?.position, rows.last()?.position);
    let mut link = LinkRow {
        number,
        from_transaction: first.transaction,
        from_seq: first.seq,
        through_transaction: last.transaction,
        through_seq: last.seq,
        row_count: i64::try_from(rows.len()).ok()?,
        marks: marks(rows),
        previous: previous.bytes().to_vec(),
        digest: Vec::new(),
        sealed_at,
    };
    link.digest = digest(tenant, &link, rows).bytes().to_vec();
    Some(link)
}

/// SHA-256 over lines that anybody can write with a shell: what the link says of itself, and the digest of each row.
fn digest(tenant: TenantId, link: &LinkRow, rows: &[Sealed]) -> Digest {
    let mut hasher = Sha256::new();
    let previous: String = link.previous.iter().map(|byte| format!("{byte:02x}")).collect();
    hasher.update(format!(
        "rollcall audit link\ntenant {tenant}\nnumber {}\nprevious {previous}\nfrom {}\nthrough {}\nrows {}\nsealed {}\n",
        link.number,
        link.from(),
        link.through(),
        link.row_count,
        time(link.sealed_at),
    ));
    for row in rows {
        hasher.update(row.digest.to_string());
        hasher.update(b"\n");
    }
    Digest(hasher.finalize().into())
}

fn marks(rows: &[Sealed]) -> Vec<u8> {
    rows.iter().flat_map(|row| row.digest.mark()).copied().collect()
}

/// Checks the link after `previous` against the rows there are. Returns its digest.
///
/// # Errors
/// The first thing that is not as it was when the link was made.
pub(super) fn check(
    tenant: TenantId,
    expected_number: i64,
    previous: &Digest,
    link: &LinkRow,
    rows: &[Sealed],
) -> Result<Digest, Fault> {
    let fault = |position, what: String| Fault { link: link.number.min(expected_number), position, what };
    if link.number != expected_number {
        return Err(fault(None, format!("link {expected_number} is missing")));
    }
    let computed = digest(tenant, link, rows);
    if link.digest == computed.bytes() && link.previous == previous.bytes() && link.marks == marks(rows) {
        return Ok(computed);
    }
    if link.digest != computed.bytes()
        && let Some((position, what)) = first_other_row(link, rows)
    {
        return Err(fault(Some(position), what));
    }
    let what = if link.previous == previous.bytes() {
        "the rows are those that were sealed, and the link was changed"
    } else {
        "the link does not continue the one before it: one of the two was changed"
    };
    Err(fault(None, what.to_owned()))
}

/// The first row that is not the one that was sealed, by the marks of the link.
fn first_other_row(link: &LinkRow, rows: &[Sealed]) -> Option<(Position, String)> {
    let marks: Vec<&[u8]> = link.marks.chunks(MARK).collect();
    let mark = |at: usize| rows.get(at).map(|row| row.digest.mark());
    let at = (0..marks.len().max(rows.len())).find(|at| marks.get(*at).copied() != mark(*at))?;
    let Some(row) = rows.get(at) else {
        let what = "the rows behind this position were deleted, up to the end of the link";
        return Some((rows.last().map_or(link.from(), |row| row.position), what.to_owned()));
    };
    let what = if marks.get(at + 1).copied() == mark(at) {
        "the row before this position was deleted"
    } else if at >= marks.len() || mark(at + 1) == marks.get(at).copied() {
        "the row was inserted after the link was made"
    } else {
        "the row was changed after it was sealed, or is in another's place"
    };
    Some((row.position, what.to_owned()))
}
