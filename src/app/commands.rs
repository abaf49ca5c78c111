//! What an administrator does to an account: from an order to commands of the life cycle, and from their decision to a change.

pub(in crate::app) mod confirmation;
mod order;
pub mod plans;
pub mod upload;

pub use order::{Order, ReasonWord, RoleWord, Verb};

use super::accounts::{self, AccountView, Planned};
use super::users::lifecycle::action;
use super::{AppError, Call, Rules, erasure, guard, mapping, owner};
use crate::store::accounts::AccountRow;
use crate::store::{TenantConnection, departures};
use order::Ordered;
use rollcall_domain::account::{Account, Acting, Command, decide, settle};
use rollcall_domain::ids::AccountId;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What became of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// The account as it is now; left out after an erasure, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountView>,
    /// Whether anything was changed by it.
    changed: bool,
    /// What followed, in the words of the audit log, such as sessionsEnded.
    effects: Vec<&'static str>,
}

/// Carries out an order for one account.
///
/// # Errors
/// `NotFound`; `Invalid` for what the order cannot mean; `Conflict` where it has to be confirmed; a refusal of the life cycle;
/// database failures.
pub fn run(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    order: &Order,
) -> Result<Done, AppError> {
    let ordered = order.check()?;
    check_caller(call, &ordered)?;
    match ordered {
        Ordered::Erase => {
            let effects = erasure::erase(conn, rules, call, id, order.confirm.as_deref())?;
            Ok(Done { account: None, changed: true, effects: words(&effects) })
        }
        Ordered::MakeOwner => {
            let (row, changed) = owner::make(conn, rules, call, id, order.confirm.as_deref())?;
            done(&row, rules, call, changed, Vec::new())
        }
        _ => {
            let effects = std::cell::RefCell::new(None);
            let row = accounts::change(conn, call, id, &|row| {
                let planned = planned(rules, call, row, order, &ordered)?;
                let must = shuts_out(row, planned.as_ref(), order, call) && rules.policy.must_be_confirmed(1);
                confirmation::check(row, order.confirm.as_deref(), must.then_some("shut out"))?;
                effects.replace(planned.as_ref().map(|planned| words(&planned.effects)));
                Ok(planned)
            })?;
            let effects = effects.into_inner();
            stands(conn, call, id, &ordered)?;
            done(&row, rules, call, effects.is_some(), effects.unwrap_or_default())
        }
    }
}

/// A deactivation by hand of somebody who is out already changes nothing, and yet is a decision: they do not come back with those
/// whom a sync has put out.
///
/// # Errors
/// Database failures.
pub(super) fn stands(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
    ordered: &Ordered,
) -> Result<(), AppError> {
    if *ordered == Ordered::Deactivate && call.sync.is_none() {
        departures::forget(conn, call.tenant, id)?;
    }
    Ok(())
}

/// What only somebody decides, and no sync: who owns the tenant, what is erased, locked and unlocked, whose word counts, and that
/// somebody was there. And whose word counts only who administers the tenant.
///
/// # Errors
/// 403.
pub(super) fn check_caller(call: &Call, ordered: &Ordered) -> Result<(), AppError> {
    let by_hand = matches!(
        ordered,
        Ordered::MakeOwner
            | Ordered::Erase
            | Ordered::Transfer(_)
            | Ordered::Plain(Command::Lock | Command::Unlock | Command::SetRole(_) | Command::RecordAccess)
    );
    if by_hand && call.sync.is_some() {
        return Err(guard::not_by_hand());
    }
    match (ordered, call.acting) {
        (Ordered::Transfer(_), Acting::Person { role, .. }) if !role.administers() => {
            let detail = "only an administrator or the owner says which connection an account belongs to";
            Err(AppError::forbidden(detail))
        }
        _ => Ok(()),
    }
}

fn words(effects: &[rollcall_domain::account::Effect]) -> Vec<&'static str> {
    accounts::recorded(effects).map(|effect| effect.as_str()).collect()
}

fn done(
    row: &AccountRow,
    rules: &Rules,
    call: &Call,
    changed: bool,
    effects: Vec<&'static str>,
) -> Result<Done, AppError> {
    let account = AccountView::new(row, &rules.policy, call.now)?;
    Ok(Done { account: Some(account), changed, effects })
}

/// Whether an order takes somebody's access away, now or on a date: what a policy may want confirmed, whatever it is called.
pub(super) fn shuts_out(row: &AccountRow, planned: Option<&Planned>, order: &Order, call: &Call) -> bool {
    let lost = |planned: &Planned| {
        let (before, after) = (&row.account, &planned.account);
        let ends_earlier = after.expires_at.is_some_and(|end| before.expires_at.is_none_or(|was| end < was));
        ends_earlier || (before.is_active(call.now) && !after.is_active(call.now))
    };
    order.command == Verb::Deactivate || planned.is_some_and(lost)
}

/// What an order makes of an account; `None` when nothing would change.
pub(super) fn planned(
    rules: &Rules,
    call: &Call,
    row: &AccountRow,
    order: &Order,
    ordered: &Ordered,
) -> Result<Option<Planned>, AppError> {
    if !rules.attribute_owners.decides_who_is_active(call.connection) {
        guard::within_reach(call, row)?;
    }
    let before: Map<String, Value> = serde_json::from_str(&row.resource)?;
    let (commands, texts) = ordered.commands(order, &row.account, &before, call.now)?;
    let settled = settle(&row.account, &rules.policy, call.now);
    let mut account = settled.account;
    let mut effects = settled.effects;
    for command in commands {
        call.acting.may(command, row.id, &row.account)?;
        let decision = decide(&account, command, &rules.policy, call.now)?;
        account = decision.account;
        effects.extend(decision.effects);
    }
    let mut after = before.clone();
    mapping::write_facts(&row.account, &account, &texts, &mut after);
    let transfer = match ordered {
        Ordered::Transfer(to) if *to != row.connection => Some(*to),
        _ => None,
    };
    if transfer.is_some() {
        after.remove("externalId");
    }
    let mut attributes = mapping::changed(&before, &after);
    for name in mapping::changed_words(&row.account, &account) {
        if !attributes.contains(&name) {
            attributes.push(name);
        }
    }
    if settled.account.deactivated.is_some() != account.deactivated.is_some() {
        attributes.insert(0, "active".to_owned());
    }
    if account == settled.account && attributes.is_empty() && transfer.is_none() {
        return Ok(None);
    }
    let action = word(ordered, &row.account, &settled.account, &account, call);
    Ok(Some(Planned {
        resource: Some(after),
        active_unassigned: row.active_unassigned && !attributes.iter().any(|name| name == "active"),
        account,
        effects,
        new_hash: None,
        action,
        attributes,
        transfer,
    }))
}

fn word(
    ordered: &Ordered,
    held: &Account,
    settled: &Account,
    account: &Account,
    call: &Call,
) -> &'static str {
    match ordered {
        Ordered::Plain(Command::Lock) => "account.locked",
        Ordered::Plain(Command::Unlock) => "account.unlocked",
        Ordered::Transfer(_) => "account.transferred",
        Ordered::Plain(Command::RecordAccess) => "account.accessed",
        _ => action(held, settled, account, call.now),
    }
}
