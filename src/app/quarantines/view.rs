//! A quarantine as it is shown.

use super::QuarantineRow;
use crate::app::mapping;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A quarantine.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuarantineView {
    /// Its id.
    pub id: Uuid,
    /// The connection that is in it.
    pub connection: String,
    /// standing, rejected or released. Deactivations and deletions of the connection are refused until it is released.
    pub state: &'static str,
    /// When the first one too many was refused.
    pub began_at: String,
    /// How many had gone within the window.
    pub departed: i64,
    /// How many accounts the source had.
    pub accounts: i64,
    /// How many may go within the window.
    pub most: i64,
    /// How many of those who went are still out and can be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub still_out: Option<i64>,
    /// When an administrator decided last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many more than `most` may go within the window after the release.
    pub allow: i64,
    /// How many were restored.
    pub restored: i64,
}

impl QuarantineView {
    /// The row, and how many are still out, where that was looked for.
    pub fn new(row: QuarantineRow, still_out: Option<i64>) -> Self {
        let state = row.state();
        Self {
            id: row.id,
            connection: row.connection,
            state,
            began_at: mapping::time(row.began_at),
            departed: row.departed,
            accounts: row.accounts,
            most: row.most,
            still_out,
            decided_at: row.released_at.or(row.rejected_at).map(mapping::time),
            decided_by: row.decided_by,
            reason: row.reason,
            allow: row.allowance,
            restored: row.restored,
        }
    }
}
