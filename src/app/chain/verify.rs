//! Computing the whole chain again, from its beginning, a link at a time.

use super::link::{self, Digest};
use super::{AT_ONCE, Fault, Findings, line};
use crate::app::AppError;
use crate::store::TenantConnection;
use crate::store::audit::Position;
use crate::store::audit_chain::{self as store, LinkRow, Span};
use rollcall_domain::ids::TenantId;

/// Rows that no change writes are named up to so many.
const NAMED: i64 = 20;

const ODD: &str = "no change writes such a row: its time, its position, its names or its facts are none";
const AHEAD: &str = "the row is ahead of all transactions: no change wrote it, and it is never sealed; or the database came from \
    another cluster, and `rollcall migrate` was not run since";

fn odd(link: i64, position: Position, what: &str) -> Fault {
    Fault { link, position: Some(position), what: what.to_owned() }
}

/// What is checked, link by link: from the database and from a file alike.
pub(super) struct Walk {
    tenant: TenantId,
    expected: Option<Digest>,
    /// Number of the link that comes next.
    pub(super) next: i64,
    /// Digest of the link before.
    previous: Digest,
    pub(super) findings: Findings,
}

impl Walk {
    /// From the link `first` on, which follows one with the digest `previous`.
    pub(super) fn new(tenant: TenantId, first: i64, previous: Digest, expected: Option<Digest>) -> Self {
        let findings = Findings { has_expected: expected.map(|_| false), ..Findings::default() };
        Self { tenant, expected, next: first, previous, findings }
    }

    /// Checks the next link with its rows; `false` when it is not as it was made.
    pub(super) fn take(&mut self, link: &LinkRow, rows: &[link::Sealed]) -> bool {
        match link::check(self.tenant, self.next, &self.previous, link, rows) {
            Ok(digest) => {
                self.next += 1;
                self.previous = digest;
                self.findings.links += 1;
                self.findings.rows += rows.len() as u64;
                self.findings.head = Some(digest);
                self.findings.since.get_or_insert(link.sealed_at);
                if self.expected == Some(digest) {
                    self.findings.has_expected = Some(true);
                }
                true
            }
            Err(fault) => {
                self.findings.fault = Some(fault);
                false
            }
        }
    }
}

/// Computes everything again, in the memory of one link. `expected` is a digest that was printed before and kept elsewhere: of
/// any link, as the chain may have grown.
///
/// # Errors
/// Database failures. What is wrong with the chain is no error, but in the findings.
pub fn verify(
    conn: &mut TenantConnection,
    tenant: TenantId,
    expected: Option<Digest>,
) -> Result<Findings, AppError> {
    // Read before the links: those that are added meanwhile are no fault.
    let head = store::head(conn, tenant)?;
    let mut walk = Walk::new(tenant, 1, Digest::NONE, expected);
    let sealed = store::last_link(conn, tenant)?.map_or(Position::FIRST, |link| link.through());
    for (position, is_ahead) in store::odd_after(conn, tenant, sealed, NAMED)? {
        walk.findings.odd.push(odd(0, position, if is_ahead { AHEAD } else { ODD }));
    }
    let mut after = Position::FIRST;
    while let Some(link) = store::link_after(conn, tenant, walk.next - 1)? {
        let span = Span { after, through: link.through(), only_final: false };
        // One more than there should be tells that there are too many, however many that are.
        let rows = store::rows(conn, tenant, span, link.row_count.clamp(0, AT_ONCE) + 1)?;
        let sealed = rows.iter().map(line::sealed).collect::<Result<Vec<_>, _>>()?;
        if !walk.take(&link, &sealed) {
            return Ok(walk.findings);
        }
        let strange = rows.iter().filter(|row| row.is_odd);
        let room = usize::try_from(NAMED).unwrap_or_default().saturating_sub(walk.findings.odd.len());
        let strange = strange.take(room).map(|row| odd(link.number, row.position(), ODD));
        walk.findings.odd.extend(strange);
        if let Some((number, digest)) = &head
            && *number == link.number
            && *digest != link.digest
        {
            walk.findings.fault = Some(Fault {
                link: link.number,
                position: None,
                what: "the link is not the one at which the chain was left".to_owned(),
            });
            return Ok(walk.findings);
        }
        after = link.through();
    }
    let what = match head {
        Some((left_at, _)) if left_at >= walk.next => {
            Some((walk.next, format!("links were cut off: the chain went on to link {left_at}")))
        }
        Some((1.., _)) => None,
        Some(_) if walk.next == 1 => None,
        // Every tenant has one from its beginning.
        _ => Some((walk.next - 1, "the record of where the chain was left was taken away".to_owned())),
    };
    walk.findings.fault = what.map(|(link, what)| Fault { link, position: None, what });
    walk.findings.not_sealed = u64::try_from(store::rows_after(conn, tenant, after)?).unwrap_or_default();
    Ok(walk.findings)
}
