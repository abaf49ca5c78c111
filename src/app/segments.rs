//! Groups as segments of people: how many there are, and how many of them are inactive (LIFECYCLE L22).

use super::people::{self, Who};
use super::{AppError, Call, Rules};
use crate::store::page::Load;
use crate::store::{TenantConnection, groups};
use rollcall_domain::ids::GroupId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A group as a segment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// Id of the group.
    id: Uuid,
    /// Its name.
    display_name: String,
    /// How many people it counts, also those in the groups in it.
    people: usize,
    /// Of these, how many are inactive. None where the policy does not count them; they are members all the same, and counted
    /// again when they return.
    inactive: usize,
}

/// A group as a segment.
///
/// # Errors
/// `NotFound`; database failures.
pub fn show(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: GroupId,
) -> Result<Segment, AppError> {
    let group = groups::find(conn, call.tenant, id, Load { related: false, base: "" })?
        .ok_or_else(|| super::groups::not_found(&id.to_string()))?;
    let attributes: serde_json::Value = serde_json::from_str(&group.resource)?;
    let (mut people, mut inactive) = (0, 0);
    people::each(conn, rules, call, &Who::Group(id.0), |_, rows| {
        let away = rows.iter().filter(|row| row.account.is_away(call.now)).count();
        people += rows.len() - away;
        if rules.policy.segments_keep {
            people += away;
            inactive += away;
        }
        Ok(())
    })?;
    let display_name = attributes.get("displayName").and_then(serde_json::Value::as_str).unwrap_or_default();
    Ok(Segment { id: id.0, display_name: display_name.to_owned(), people, inactive })
}
