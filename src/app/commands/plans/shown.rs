//! A plan as it is shown, before and after it was run.

use crate::app::accounts::AccountView;
use crate::app::commands::Order;
use crate::app::seats::Seats;
use crate::app::{AppError, mapping};
use crate::store::accounts::AccountRow;
use crate::store::plans::PlanRow;
use chrono::{DateTime, Utc};
use rollcall_domain::policy::Policy;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// What becomes of an account by a plan, or became.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Outcome {
    /// It is changed.
    Changes,
    /// It is so already.
    Unchanged,
    /// The life cycle refuses; the others are changed all the same.
    Refused,
}

/// What becomes of an account, without who it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Became {
    pub(super) outcome: Outcome,
    pub(super) effects: Vec<String>,
    pub(super) detail: Option<String>,
    /// Whether it takes the person's access away.
    #[serde(skip)]
    pub(super) shuts_out: bool,
    /// The seats it takes (1) or gives back (-1), of those that are counted as taken.
    #[serde(skip)]
    pub(super) seats: i64,
}

impl Became {
    pub(super) fn unchanged() -> Self {
        Self { outcome: Outcome::Unchanged, effects: Vec::new(), detail: None, shuts_out: false, seats: 0 }
    }

    pub(super) fn refused(detail: String) -> Self {
        Self { outcome: Outcome::Refused, detail: Some(detail), ..Self::unchanged() }
    }
}

/// An account of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    /// The account as it is now.
    account: AccountView,
    /// What becomes of it, or became.
    outcome: Outcome,
    /// What follows, in the words of the audit log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    effects: Vec<String>,
    /// Why it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Entry {
    pub(super) fn new(
        row: &AccountRow,
        became: Became,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let Became { outcome, effects, detail, .. } = became;
        Ok(Self { account: AccountView::new(row, policy, now)?, outcome, effects, detail })
    }
}

/// How many accounts of each outcome.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Counts {
    /// Those that change.
    changes: usize,
    /// Those that are so already.
    unchanged: usize,
    /// Those that are refused.
    refused: usize,
    /// Those that are not there any more, which keeps the plan from being run.
    gone: usize,
}

/// What a plan does to the seats, or did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeatsOf {
    /// Seats of the tenant; null for as many as are needed.
    pub(super) limit: Option<i64>,
    /// How many are taken before it is run.
    pub(super) used: i64,
    /// How many the plan takes.
    pub(super) taken: i64,
    /// How many it gives back.
    pub(super) released: i64,
    /// How many are missing for it: then it is refused.
    pub(super) missing: i64,
}

impl SeatsOf {
    pub(super) fn new(Seats { limit, used }: Seats, became: &[Became]) -> Self {
        let all = |change: i64| {
            let those = became.iter().filter(|one| one.seats == change);
            i64::try_from(those.count()).unwrap_or(i64::MAX)
        };
        let (taken, released) = (all(1), all(-1));
        let after = used + taken - released;
        let missing = limit.filter(|_| taken > 0).map_or(0, |limit| (after - limit).clamp(0, taken));
        Self { limit, used, taken, released, missing }
    }
}

/// A command for many accounts: what would become of each, or what became.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Its id, which is quoted to run it.
    id: Uuid,
    /// What is to be done.
    command: Order,
    /// Until when it can be run.
    expires_at: String,
    /// When it was run; null while it was not.
    ran_at: Option<String>,
    /// How many change.
    counts: Counts,
    /// What happens to the seats.
    seats: SeatsOf,
    /// The accounts, in the order of their ids.
    accounts: Vec<Entry>,
}

impl Plan {
    pub(super) fn new(plan: &PlanRow, command: Order, seats: SeatsOf, accounts: Vec<Entry>) -> Self {
        let of = |outcome| accounts.iter().filter(|entry| entry.outcome == outcome).count();
        Self {
            id: plan.id,
            command,
            expires_at: mapping::time(plan.expires_at),
            ran_at: plan.ran_at.map(mapping::time),
            counts: Counts {
                changes: of(Outcome::Changes),
                unchanged: of(Outcome::Unchanged),
                refused: of(Outcome::Refused),
                gone: plan.account_ids.len().saturating_sub(accounts.len()),
            },
            seats,
            accounts,
        }
    }
}

/// What is kept of a plan that was run.
pub(super) fn write(seats: &SeatsOf, became: &[Became]) -> Result<Value, AppError> {
    Ok(json!({"seats": serde_json::to_value(seats)?, "accounts": serde_json::to_value(became)?}))
}

/// The same, read back.
pub(super) fn read(mut result: Value) -> Result<(SeatsOf, Vec<Became>), AppError> {
    let mut part = |name: &str| result.get_mut(name).map(Value::take).unwrap_or_default();
    Ok((serde_json::from_value(part("seats"))?, serde_json::from_value(part("accounts"))?))
}
