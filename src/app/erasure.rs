//! Deleting and erasing: what a deactivation is not (LIFECYCLE L20, L27).

use super::accounts::{self, Planned};
use super::commands::confirmation;
use super::conditions::Conditions;
use super::groups::lost_member;
use super::{AppError, Call, Rules, guard, learning, mapping};
use crate::store::accounts::{self as store, AccountRow};
use crate::store::learning::Erased;
use crate::store::{TenantConnection, audit, departures, groups, sessions};
use rollcall_domain::account::{Account, Command, Effect, decide};
use rollcall_domain::credential::SignIn;
use rollcall_domain::ids::AccountId;
use rollcall_domain::policy::DeleteResult;
use serde_json::json;

/// A deletion by a provider: by the policy a tombstone stays that is never seen again (RFC 7644 §3.6), or nothing.
///
/// # Errors
/// `NotFound`, 412, a refusal for the owner, database failures.
pub fn delete(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    conditions: &Conditions,
) -> Result<(), AppError> {
    let command = match rules.policy.delete_result {
        DeleteResult::Tombstone => Command::Delete,
        DeleteResult::Erase => Command::Erase,
    };
    let checked = |row: &AccountRow| conditions.check(&mapping::user_etag(row, &call.base, call.now));
    end(conn, rules, call, id, command, &checked).map(drop)
}

/// An erasure by an administrator, who confirms it by name: of an account, or of what a deletion left behind.
///
/// # Errors
/// `NotFound`, also for what is erased already; `Conflict` without a confirmation, `Invalid` for a wrong one; a refusal for the
/// owner; database failures.
pub fn erase(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    confirm: Option<&str>,
) -> Result<Vec<Effect>, AppError> {
    let checked = |row: &AccountRow| {
        call.acting.may(Command::Erase, row.id, &row.account)?;
        confirmation::check(row, confirm, Some("erase for ever"))
    };
    match end(conn, rules, call, id, Command::Erase, &checked) {
        Err(AppError::NotFound(_)) => erase_tombstone(conn, rules, call, id, confirm),
        ended => ended,
    }
}

/// Of a tombstone nobody is shown the name, so its id confirms it.
fn erase_tombstone(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    confirm: Option<&str>,
) -> Result<Vec<Effect>, AppError> {
    conn.in_transaction(|conn| {
        store::lock(conn, call.tenant, id)?;
        if !store::is_tombstone(conn, call.tenant, id)? {
            return Err(accounts::not_found(&id.to_string()));
        }
        // What was decided of the account at its deletion stays; what is left is data.
        let tombstone = Account { deleted_at: Some(call.now), ..Account::new(SignIn::Username) };
        call.acting.may(Command::Erase, id, &tombstone)?;
        if confirm != Some(id.to_string().as_str()) {
            let detail =
                "the account was deleted; erasing what is left of it has to be confirmed with its id in \"confirm\"";
            return Err(AppError::Conflict { kind: "confirmation-required", detail: detail.to_owned() });
        }
        let effects = decide(&tombstone, Command::Erase, &rules.policy, call.now)?.effects;
        take_out(conn, call, id, &effects)?;
        let entry = accounts::entry(call, "account.erased", Vec::new(), &effects);
        audit::insert(conn, call.tenant, id.0, &entry)?;
        Ok(effects)
    })
}

fn end(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    command: Command,
    checked: &dyn Fn(&AccountRow) -> Result<(), AppError>,
) -> Result<Vec<Effect>, AppError> {
    let action = if command == Command::Erase { "account.erased" } else { "account.deleted" };
    let work = |conn: &mut TenantConnection| {
        // People before groups, as everywhere; and who comes into a group holds the person, so these are all groups.
        store::lock(conn, call.tenant, id)?;
        groups::lock_groups_of(conn, call.tenant, id)?;
        let effects = std::cell::RefCell::new(Vec::new());
        accounts::change(conn, call, id, &|row| {
            guard::within_reach(call, row)?;
            if call.sync.is_some()
                && rules.attribute_owners.somebody_else_decides_who_is_active(call.connection)
            {
                let detail = "another connection alone says who is active (the owner of the attribute active), and whom to delete";
                return Err(AppError::forbidden(detail));
            }
            if call.sync.is_some() && row.account.locked_at.is_some() {
                let detail = "the account is locked, and a lock is nobody's to lift but an administrator's: if it were deleted, it could be \
                              made anew without it; let an administrator unlock it first, or delete it (erase)";
                return Err(AppError::forbidden(detail));
            }
            checked(row)?;
            let decision = decide(&row.account, command, &rules.policy, call.now)?;
            effects.replace(decision.effects.clone());
            Ok(Some(Planned::decided(row, decision, None, action)))
        })?;
        for group in groups::leave_all(conn, call.tenant, id)? {
            lost_member(conn, call, group, id.0)?;
        }
        let effects = effects.into_inner();
        take_out(conn, call, id, &effects)?;
        Ok(effects)
    };
    guard::guarded(conn, call, |conn| conn.in_transaction(work))
}

/// Carries out what an erasure asks of the rows.
fn take_out(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
    effects: &[Effect],
) -> Result<(), AppError> {
    if !effects.contains(&Effect::PersonalDataErased) {
        return Ok(());
    }
    store::erase(conn, call.tenant, id, call.now)?;
    departures::empty(conn, call.tenant, id)?;
    sessions::end_all(conn, call.tenant, id)?;
    let removed = effects.contains(&Effect::RecordsRemoved);
    let Erased { enrolments, completions } = learning::erase(conn, call, id, removed)?;
    if enrolments + completions > 0 {
        let what = if removed { "completionsRemoved" } else { "completionsKeptWithoutName" };
        let facts = json!({"enrolmentsRemoved": enrolments, what: completions});
        let entry = call.by().entry("account.records_erased", Vec::new(), facts);
        audit::insert(conn, call.tenant, id.0, &entry)?;
    }
    Ok(())
}
