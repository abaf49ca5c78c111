//! Commands for many accounts: first shown, then run as they were shown.

use super::{Order, planned};
use crate::app::accounts::{self, AccountView};
use crate::app::people::{self, Who};
use crate::app::{AppError, Call, Rules, audit, mapping, seats};
use crate::store::TenantConnection;
use crate::store::accounts::AccountRow;
use crate::store::plans::{self as store, PlanRow};
use chrono::Duration;
use rollcall_domain::account::Effect;
use rollcall_domain::ids::AccountId;
use rollcall_domain::refusal::Refusal;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// Accounts of a plan at most: what one transaction changes within seconds, and what somebody can review.
pub const MAX_ACCOUNTS: usize = 10_000;
/// How long a plan can be run after it was shown.
pub const LIFETIME: Duration = Duration::hours(1);

/// What becomes of an account by a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    /// It is changed.
    Changes,
    /// It is so already.
    Unchanged,
    /// The life cycle refuses; the others are changed all the same.
    Refused,
}

/// An account of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Entry {
    /// The account as it is now.
    account: AccountView,
    /// What becomes of it.
    outcome: Outcome,
    /// What follows, in the words of the audit log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    effects: Vec<&'static str>,
    /// Why it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
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
}

/// What a plan does to the seats.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SeatsOf {
    /// Seats of the tenant; null for as many as are needed.
    limit: Option<i64>,
    /// How many are taken now.
    used: i64,
    /// How many the plan takes.
    taken: usize,
    /// How many it gives back.
    released: usize,
}

/// A command for many accounts, as it is shown before it is run, or with what became of each.
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

/// Makes a plan. With `run` it is run at once, where the policy asks for no confirmation.
///
/// # Errors
/// `Invalid` for what cannot be done to many, and for too many; `Conflict` where it has to be looked at first; database failures.
pub fn make(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    order: &Order,
    who: &Who,
    run: bool,
) -> Result<Plan, AppError> {
    if !order.check()?.is_for_many() {
        let detail = "is for one account; send it to /accounts/{id}/commands".to_owned();
        return Err(AppError::invalid("command", detail));
    }
    let mut rows = Vec::new();
    people::each(conn, rules, call, who, |_, some| {
        rows.extend(some);
        if rows.len() > MAX_ACCOUNTS {
            let detail = format!(
                "finds more than {MAX_ACCOUNTS} accounts; make several plans, each with a narrower filter"
            );
            return Err(AppError::invalid("filter", detail));
        }
        Ok(())
    })?;
    rows.sort_unstable_by_key(|row| row.id);
    let confirmation = order.command == super::Verb::Deactivate && rules.policy.must_be_confirmed(rows.len());
    if run && confirmation {
        let detail = format!(
            "a deactivation of {} has to be looked at first: send it without \"run\", and run the plan that you are shown",
            rows.len()
        );
        return Err(AppError::Conflict { kind: "confirmation-required", detail });
    }
    let plan = PlanRow {
        id: crate::random::id(call.now),
        created_at: call.now,
        expires_at: call.now + LIFETIME,
        command: serde_json::to_value(order)?,
        account_ids: rows.iter().map(|row| Some(row.id.0)).collect(),
        versions: rows.iter().map(|row| Some(row.version)).collect(),
        ran_at: None,
    };
    store::insert(conn, call.tenant, &plan, &call.actor.to_string())?;
    if run {
        return self::run(conn, rules, call, plan.id);
    }
    shown(conn, rules, call, &plan, &rows)
}

/// A plan with what it would do now.
///
/// # Errors
/// `NotFound`; database failures.
pub fn show(conn: &mut TenantConnection, rules: &Rules, call: &Call, id: Uuid) -> Result<Plan, AppError> {
    let plan = find(conn, call, id, false)?;
    let mut rows = Vec::new();
    let ids: Vec<Uuid> = plan.account_ids.iter().flatten().copied().collect();
    // Who is gone since is not shown, and keeps the plan from being run.
    for some in ids.chunks(1_000) {
        rows.extend(crate::store::accounts::find_all(conn, call.tenant, some)?);
    }
    shown(conn, rules, call, &plan, &rows)
}

fn find(conn: &mut TenantConnection, call: &Call, id: Uuid, hold: bool) -> Result<PlanRow, AppError> {
    store::find(conn, call.tenant, id, hold)?
        .ok_or_else(|| AppError::NotFound(format!("there is no plan {id}; it may have been dropped")))
}

fn shown(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    plan: &PlanRow,
    rows: &[AccountRow],
) -> Result<Plan, AppError> {
    let order: Order = serde_json::from_value(plan.command.clone())?;
    let ordered = order.check()?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let (outcome, effects, detail) = match planned(rules, call, row, &order, &ordered) {
            Ok(Some(planned)) => (Outcome::Changes, planned.effects, None),
            Ok(None) => (Outcome::Unchanged, Vec::new(), None),
            Err(error) => (Outcome::Refused, Vec::new(), Some(refusal(error)?)),
        };
        entries.push(entry(rules, call, row, outcome, &effects, detail)?);
    }
    answer(conn, call, plan, order, entries)
}

/// What an account refuses; anything else is the whole plan's.
fn refusal(error: AppError) -> Result<String, AppError> {
    match error {
        AppError::Refused(Refusal::NoSeat { .. }) => Err(error),
        AppError::Refused(_) | AppError::Invalid { .. } => Ok(error.to_string()),
        error => Err(error),
    }
}

fn entry(
    rules: &Rules,
    call: &Call,
    row: &AccountRow,
    outcome: Outcome,
    effects: &[Effect],
    detail: Option<String>,
) -> Result<Entry, AppError> {
    let account = AccountView::new(row, &rules.policy, call.now)?;
    Ok(Entry { account, outcome, effects: super::words(effects), detail })
}

fn answer(
    conn: &mut TenantConnection,
    call: &Call,
    plan: &PlanRow,
    command: Order,
    accounts: Vec<Entry>,
) -> Result<Plan, AppError> {
    let of = |outcome| accounts.iter().filter(|entry| entry.outcome == outcome).count();
    let following =
        |effect: Effect| accounts.iter().filter(|entry| entry.effects.contains(&effect.as_str())).count();
    let seats::Seats { limit, used } = seats::show(conn, call.tenant, &call.by())?;
    Ok(Plan {
        id: plan.id,
        command,
        expires_at: mapping::time(plan.expires_at),
        ran_at: plan.ran_at.map(mapping::time),
        counts: Counts {
            changes: of(Outcome::Changes),
            unchanged: of(Outcome::Unchanged),
            refused: of(Outcome::Refused),
        },
        seats: SeatsOf {
            limit,
            used,
            taken: following(Effect::SeatTaken),
            released: following(Effect::SeatReleased),
        },
        accounts,
    })
}

/// Runs a plan, all of it or nothing, if every account is still as it was shown. Those that refuse were shown so, and stay.
///
/// # Errors
/// `NotFound`; `Conflict` when it was run, is too old, or an account has changed since; a refusal when there are not enough
/// seats; database failures.
pub fn run(conn: &mut TenantConnection, rules: &Rules, call: &Call, id: Uuid) -> Result<Plan, AppError> {
    seats::with_seat(conn, call, |conn| conn.in_transaction(|conn| run_once(conn, rules, call, id)))
}

fn run_once(conn: &mut TenantConnection, rules: &Rules, call: &Call, id: Uuid) -> Result<Plan, AppError> {
    let mut plan = find(conn, call, id, true)?;
    let stands = |kind, detail| Err(AppError::Conflict { kind, detail });
    if let Some(at) = plan.ran_at {
        return stands("plan-was-run", format!("the plan was run at {}; make another", mapping::time(at)));
    }
    if plan.expires_at <= call.now {
        let at = mapping::time(plan.expires_at);
        return stands("plan-outdated", format!("the plan could be run until {at}; make another"));
    }
    let order: Order = serde_json::from_value(plan.command.clone())?;
    let ordered = order.check()?;
    let mut entries = Vec::with_capacity(plan.account_ids.len());
    for (account, version) in plan.account_ids.iter().flatten().zip(plan.versions.iter().flatten()) {
        let outcome = std::cell::RefCell::new((Outcome::Unchanged, Vec::new(), None));
        let changed = accounts::change(conn, call, AccountId(*account), &|row| {
            if row.version != *version {
                let detail =
                    format!("the account {account} has changed since the plan was shown; make another");
                return Err(AppError::Conflict { kind: "plan-outdated", detail });
            }
            match planned(rules, call, row, &order, &ordered) {
                Ok(Some(planned)) => {
                    outcome.replace((Outcome::Changes, planned.effects.clone(), None));
                    Ok(Some(planned))
                }
                Ok(None) => Ok(None),
                Err(error) => {
                    outcome.replace((Outcome::Refused, Vec::new(), Some(refusal(error)?)));
                    Ok(None)
                }
            }
        });
        let row = changed.map_err(|error| match error {
            AppError::NotFound(_) => AppError::Conflict {
                kind: "plan-outdated",
                detail: format!("the account {account} is gone since the plan was shown; make another"),
            },
            error => error,
        })?;
        let (outcome, effects, detail) = outcome.into_inner();
        entries.push(entry(rules, call, &row, outcome, &effects, detail)?);
    }
    store::ran(conn, call.tenant, id, call.now)?;
    plan.ran_at = Some(call.now);
    let answer = answer(conn, call, &plan, order, entries)?;
    let facts = json!({"command": plan.command, "accounts": plan.account_ids.len(), "changed": answer.counts.changes});
    audit::record(conn, call.tenant, &call.by(), "plan.ran", id, Vec::new(), facts)?;
    Ok(answer)
}
