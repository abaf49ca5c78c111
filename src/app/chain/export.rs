//! The audit log as JSON Lines, with its links, in pieces: what leaves the system can be checked without it.

use super::line::{self, Line};
use crate::app::AppError;
use crate::store::TenantConnection;
use crate::store::audit::Position;
use crate::store::audit_chain::{self as store, LinkRow, Span, WholeRow};
use rollcall_domain::ids::TenantId;

/// Where an export is.
#[derive(Debug, Clone, Copy)]
enum Next {
    First,
    /// After this link, which ends at this position.
    After(i64, Position),
    /// Behind the last link, after this position.
    NotSealed(Position),
    Done,
}

/// An export under way. It holds whole links, so that it can be checked: from the one that has `from` to the one that has `to`;
/// and what is final and not sealed yet, up to `to`.
#[derive(Debug, Clone)]
pub struct Export {
    tenant: TenantId,
    from: Position,
    to: Position,
    next: Next,
    rows: u64,
    links: u64,
}

impl Export {
    /// From a position to another; from the beginning, or to the end, where there is none.
    pub fn new(tenant: TenantId, from: Option<Position>, to: Option<Position>) -> Self {
        let (from, to) = (from.unwrap_or(Position::FIRST), to.unwrap_or(Position::LAST));
        Self { tenant, from, to, next: Next::First, rows: 0, links: 0 }
    }

    /// Whether everything was written.
    pub fn is_done(&self) -> bool {
        matches!(self.next, Next::Done)
    }

    /// The next lines, of at most a link.
    ///
    /// # Errors
    /// Database failures.
    pub fn some(&mut self, conn: &mut TenantConnection) -> Result<Vec<u8>, AppError> {
        match self.next {
            Next::First => self.begin(conn),
            Next::After(number, after) => self.link(conn, number, after),
            Next::NotSealed(after) => self.not_sealed(conn, after),
            Next::Done => Ok(Vec::new()),
        }
    }

    fn begin(&mut self, conn: &mut TenantConnection) -> Result<Vec<u8>, AppError> {
        let last = store::last_link(conn, self.tenant)?;
        let first = store::number_at(conn, self.tenant, self.from)?;
        let first = first.unwrap_or_else(|| last.as_ref().map_or(1, |link| link.number + 1));
        let before = store::link_after(conn, self.tenant, first - 2)?.filter(|link| link.number < first);
        let after = before.as_ref().map_or(Position::FIRST, LinkRow::through);
        self.next = Next::After(first - 1, after);
        let head = Line::Audit { tenant: self.tenant.0, first_link: first };
        Ok((serde_json::to_string(&head)? + "\n").into_bytes())
    }

    fn link(
        &mut self,
        conn: &mut TenantConnection,
        number: i64,
        after: Position,
    ) -> Result<Vec<u8>, AppError> {
        let Some(link) = store::link_after(conn, self.tenant, number)? else {
            // Of what is not sealed nothing belongs together: it begins where it was asked to.
            let before =
                Position { transaction: self.from.transaction, seq: self.from.seq.saturating_sub(1) };
            self.next = Next::NotSealed(after.max(before));
            return Ok(Vec::new());
        };
        if link.from() > self.to {
            return self.end();
        }
        let span = Span { after, through: link.through(), only_final: false };
        // Whoever put rows between those that were sealed shows them here as well, as far as memory allows.
        let rows = store::rows(conn, self.tenant, span, link.row_count.clamp(0, super::AT_ONCE) + 1)?;
        let mut out = self.written(&rows)?;
        out.extend_from_slice(line::of_link(&link)?.as_bytes());
        out.push(b'\n');
        self.links += 1;
        self.next = Next::After(link.number, link.through());
        Ok(out)
    }

    fn not_sealed(&mut self, conn: &mut TenantConnection, after: Position) -> Result<Vec<u8>, AppError> {
        let span = Span { after, through: self.to, only_final: true };
        let rows = store::rows(conn, self.tenant, span, super::AT_ONCE)?;
        let Some(last) = rows.last().map(WholeRow::position) else { return self.end() };
        self.next = Next::NotSealed(last);
        self.written(&rows)
    }

    fn end(&mut self) -> Result<Vec<u8>, AppError> {
        self.next = Next::Done;
        let end = Line::End { rows: self.rows, links: self.links };
        Ok((serde_json::to_string(&end)? + "\n").into_bytes())
    }

    fn written(&mut self, rows: &[WholeRow]) -> Result<Vec<u8>, AppError> {
        let mut out = Vec::with_capacity(rows.len() * 512);
        for row in rows {
            out.extend_from_slice(line::of_row(row)?.as_bytes());
            out.push(b'\n');
        }
        self.rows += rows.len() as u64;
        Ok(out)
    }
}
