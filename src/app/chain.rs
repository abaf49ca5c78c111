//! The chain of the audit log: who changes, removes, adds or moves a row afterwards is found.
//!
//! A writer knows nothing of it. Behind the writers, rows that are final (nothing can come before them any more) are sealed: their
//! digests and that of the link before make the next link. So changing a row needs every later link to be made anew, and then the
//! last digest is another than the one that somebody keeps elsewhere.

mod export;
mod file;
mod line;
mod link;
mod seal;
mod verify;

pub use export::Export;
pub use file::verify as verify_file;
pub use link::Digest;
pub use seal::{AT_ONCE, seal};
pub use verify::verify;

use super::AppError;
use crate::store::audit::Position;
use crate::store::{TenantConnection, audit_chain as store};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::TenantId;

/// What was found when everything was computed again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Rows in links that are as they were sealed.
    pub rows: u64,
    /// Links that are as they were made.
    pub links: u64,
    /// Digest of the last of them; `None` when there is none.
    pub head: Option<Digest>,
    /// When the first of them was made: a chain that was made anew is younger than its rows.
    pub since: Option<DateTime<Utc>>,
    /// Rows that no change writes, in a link or behind all: the first twenty.
    pub odd: Vec<Fault>,
    /// Rows behind the last link.
    pub not_sealed: u64,
    /// Whether the digest that was expected is that of a link; `None` when none was expected.
    pub has_expected: Option<bool>,
    /// The first thing that is not as it was.
    pub fault: Option<Fault>,
}

/// Something that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Number of the link, 0 for what is outside of all links.
    pub link: i64,
    /// The row, where it is one.
    pub position: Option<Position>,
    /// What is wrong with it.
    pub what: String,
}

impl Findings {
    /// Whether everything is as it was sealed.
    pub fn is_intact(&self) -> bool {
        self.fault.is_none() && self.odd.is_empty() && self.has_expected != Some(false)
    }
}

/// Where the chain ends now.
#[derive(Debug, Clone)]
pub struct Head {
    /// Number of the last link, and so of links; 0 when there is none.
    pub links: i64,
    /// Digest of the last link.
    pub digest: Option<Digest>,
    /// Position of the last row in it.
    pub through: Option<Position>,
    /// When it was made.
    pub sealed_at: Option<DateTime<Utc>>,
    /// Rows that are in no link yet.
    pub not_sealed: i64,
}

/// Where the chain ends, as it is stored: nothing is computed again.
///
/// # Errors
/// Database failures.
pub fn head(conn: &mut TenantConnection, tenant: TenantId) -> Result<Head, AppError> {
    let last = store::last_link(conn, tenant)?;
    let through = last.as_ref().map(store::LinkRow::through);
    let not_sealed = store::rows_after(conn, tenant, through.unwrap_or(Position::FIRST))?;
    Ok(Head {
        links: last.as_ref().map_or(0, |link| link.number),
        digest: last.as_ref().and_then(|link| Digest::from_bytes(&link.digest)),
        through,
        sealed_at: last.map(|link| link.sealed_at),
        not_sealed,
    })
}
