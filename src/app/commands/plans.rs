//! Commands for many accounts: first shown, then run as they were shown.

mod shown;

pub use shown::Plan;

use super::{Order, Ordered, planned, shuts_out};
use crate::app::accounts::{self, Planned};
use crate::app::people::{self, Who};
use crate::app::{AppError, Call, Rules, audit, guard, mapping, seats};
use crate::store::TenantConnection;
use crate::store::accounts::{self as rows, AccountRow};
use crate::store::plans::{self as store, PlanRow};
use chrono::Duration;
use rollcall_domain::account::Account;
use rollcall_domain::credential::SignIn;
use rollcall_domain::ids::AccountId;
use rollcall_domain::refusal::Refusal;
use serde_json::{Map, json};
use shown::{Became, Entry, Outcome, SeatsOf};
use uuid::Uuid;

/// Accounts of a plan at most: what one transaction changes within seconds, and what somebody can review.
pub const MAX_ACCOUNTS: usize = 10_000;
/// How long a plan can be run after it was shown.
pub const LIFETIME: Duration = Duration::hours(1);
/// Accounts that are read at once.
const AT_ONCE: usize = 1_000;

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
    let ordered = order.check()?;
    super::check_caller(call, &ordered)?;
    if !ordered.is_for_many() {
        let detail = "is for one account; send it to /accounts/{id}/commands".to_owned();
        return Err(AppError::invalid("command", detail));
    }
    if order.confirm.is_some() {
        let detail = "names one person; leave it out, and run the plan that you are shown".to_owned();
        return Err(AppError::invalid("command.confirm", detail));
    }
    // What nobody could be told is told before anybody is looked at.
    ordered.commands(order, &Account::new(SignIn::Email), &Map::new(), call.now)?;
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
    let plan = PlanRow {
        id: crate::random::id(call.now),
        created_at: call.now,
        expires_at: call.now + LIFETIME,
        command: serde_json::to_value(order)?,
        account_ids: rows.iter().map(|row| Some(row.id.0)).collect(),
        versions: rows.iter().map(|row| Some(row.version)).collect(),
        ran_at: None,
        result: None,
    };
    let became = would_become(rules, call, &rows, order, &ordered)?;
    if run {
        let people = became.iter().filter(|one| one.shuts_out).count();
        if people > 0 && rules.policy.must_be_confirmed(people) {
            let detail = format!(
                "shutting out {people} has to be looked at first: send it without \"run\", and run the plan that you are shown"
            );
            return Err(AppError::Conflict { kind: "confirmation-required", detail });
        }
        store::insert(conn, call.tenant, &plan, &call.actor.to_string())?;
        return self::run(conn, rules, call, plan.id);
    }
    store::insert(conn, call.tenant, &plan, &call.actor.to_string())?;
    let seats = SeatsOf::new(seats::show(conn, call.tenant, &call.by())?, &became);
    let entries = entries(rules, call, &rows, became)?;
    Ok(Plan::new(&plan, order.clone(), seats, entries))
}

/// What an order would make of an account, and the change that does it.
fn weighed(
    rules: &Rules,
    call: &Call,
    row: &AccountRow,
    order: &Order,
    ordered: &Ordered,
) -> Result<(Became, Option<Planned>), AppError> {
    let planned = match planned(rules, call, row, order, ordered) {
        Ok(planned) => planned,
        Err(error) => return Ok((Became::refused(refusal(error)?), None)),
    };
    let shuts_out = shuts_out(row, planned.as_ref(), order, call);
    let Some(change) = &planned else { return Ok((Became { shuts_out, ..Became::unchanged() }, None)) };
    let held = i64::from(row.account.holds_seat(call.now));
    let became = Became {
        outcome: Outcome::Changes,
        effects: super::words(&change.effects).into_iter().map(str::to_owned).collect(),
        detail: None,
        shuts_out,
        seats: i64::from(change.account.seat.is_some()) - held,
    };
    Ok((became, planned))
}

/// What an order would make of each of these accounts.
fn would_become(
    rules: &Rules,
    call: &Call,
    rows: &[AccountRow],
    order: &Order,
    ordered: &Ordered,
) -> Result<Vec<Became>, AppError> {
    rows.iter().map(|row| Ok(weighed(rules, call, row, order, ordered)?.0)).collect()
}

/// What an account refuses; anything else is the whole plan's.
fn refusal(error: AppError) -> Result<String, AppError> {
    match error {
        AppError::Refused(Refusal::NoSeat { .. }) => Err(error),
        AppError::Refused(_) | AppError::Invalid { .. } | AppError::Foreign { .. } => Ok(error.to_string()),
        error => Err(error),
    }
}

fn entries(
    rules: &Rules,
    call: &Call,
    rows: &[AccountRow],
    became: Vec<Became>,
) -> Result<Vec<Entry>, AppError> {
    rows.iter().zip(became).map(|(row, became)| Entry::new(row, became, &rules.policy, call.now)).collect()
}

/// A plan with what it would do now, or with what it did.
///
/// # Errors
/// `NotFound`; database failures.
pub fn show(conn: &mut TenantConnection, rules: &Rules, call: &Call, id: Uuid) -> Result<Plan, AppError> {
    let plan = find(conn, call, id, false)?;
    let order: Order = serde_json::from_value(plan.command.clone())?;
    // Who is gone since is counted, and keeps the plan from being run.
    let rows = present(conn, call, &plan)?;
    if let Some(result) = &plan.result {
        let (seats, became) = shown::read(result.clone())?;
        let all = plan.account_ids.iter().flatten().zip(became);
        let of_those_here = all.filter(|(id, _)| rows.iter().any(|row| row.id.0 == **id));
        let entries = entries(rules, call, &rows, of_those_here.map(|(_, became)| became).collect())?;
        return Ok(Plan::new(&plan, order, seats, entries));
    }
    let ordered = order.check()?;
    let became = would_become(rules, call, &rows, &order, &ordered)?;
    let seats = SeatsOf::new(seats::show(conn, call.tenant, &call.by())?, &became);
    let entries = entries(rules, call, &rows, became)?;
    Ok(Plan::new(&plan, order, seats, entries))
}

fn present(conn: &mut TenantConnection, call: &Call, plan: &PlanRow) -> Result<Vec<AccountRow>, AppError> {
    let ids: Vec<Uuid> = plan.account_ids.iter().flatten().copied().collect();
    let mut present = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        present.extend(rows::find_all(conn, call.tenant, some)?);
    }
    Ok(present)
}

fn find(conn: &mut TenantConnection, call: &Call, id: Uuid, hold: bool) -> Result<PlanRow, AppError> {
    store::find(conn, call.tenant, id, hold)?.ok_or_else(|| no_plan(&id.to_string()))
}

/// There is no such plan, or none that the caller may know of.
pub fn no_plan(id: &str) -> AppError {
    AppError::NotFound(format!("there is no plan {id:?}; it may have been dropped"))
}

/// Runs a plan, all of it or nothing, if every account is still as it was shown. Those that refuse were shown so, and stay.
///
/// # Errors
/// `NotFound`; `Conflict` when it was run, is too old, or an account has changed since; a refusal when there are not enough
/// seats; database failures.
pub fn run(conn: &mut TenantConnection, rules: &Rules, call: &Call, id: Uuid) -> Result<Plan, AppError> {
    guard::guarded(conn, call, |conn| {
        seats::with_seat(conn, call, |conn| conn.in_transaction(|conn| run_once(conn, rules, call, id)))
    })
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
    // Whoever made it: who runs it must be one who could have.
    super::check_caller(call, &ordered)?;
    let seats = enough_seats(conn, rules, call, &plan, &order, &ordered)?;
    let mut rows = Vec::with_capacity(plan.account_ids.len());
    let mut all = Vec::with_capacity(plan.account_ids.len());
    for (account, version) in plan.account_ids.iter().flatten().zip(plan.versions.iter().flatten()) {
        let became = std::cell::RefCell::new(Became::unchanged());
        let changed = accounts::change(conn, call, AccountId(*account), &|row| {
            if row.version != *version {
                let detail =
                    format!("the account {account} has changed since the plan was shown; make another");
                return Err(AppError::Conflict { kind: "plan-outdated", detail });
            }
            let (weighed, planned) = weighed(rules, call, row, &order, &ordered)?;
            became.replace(weighed);
            Ok(planned)
        });
        let row = changed.map_err(|error| match error {
            AppError::NotFound(_) => AppError::Conflict {
                kind: "plan-outdated",
                detail: format!("the account {account} is gone since the plan was shown; make another"),
            },
            error => error,
        })?;
        super::stands(conn, call, AccountId(*account), &ordered)?;
        rows.push(row);
        all.push(became.into_inner());
    }
    store::ran(conn, call.tenant, id, call.now, &shown::write(&seats, &all)?)?;
    plan.ran_at = Some(call.now);
    let changed = all.iter().filter(|one| one.outcome == Outcome::Changes).count();
    let verb = plan.command.get("command").cloned().unwrap_or_default();
    let facts = json!({"command": verb, "accounts": plan.account_ids.len(), "changed": changed});
    audit::record(conn, call.tenant, &call.by(), "plan.ran", id, Vec::new(), facts)?;
    Ok(Plan::new(&plan, order, seats, entries(rules, call, &rows, all)?))
}

/// What a plan does to the seats, before it does it.
///
/// # Errors
/// A refusal with the numbers as they are, when it needs more than are free.
fn enough_seats(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    plan: &PlanRow,
    order: &Order,
    ordered: &Ordered,
) -> Result<SeatsOf, AppError> {
    let rows = present(conn, call, plan)?;
    let became = would_become(rules, call, &rows, order, ordered)?;
    let seats = SeatsOf::new(seats::show(conn, call.tenant, &call.by())?, &became);
    match seats.limit {
        Some(limit) if seats.missing > 0 => Err(AppError::Conflict {
            kind: "no-free-seat",
            detail: format!(
                "the plan needs {} seats and gives {} back, and {} of {limit} are taken: {} are missing; deactivate somebody, or raise \
                 the limit",
                seats.taken, seats.released, seats.used, seats.missing
            ),
        }),
        _ => Ok(seats),
    }
}
