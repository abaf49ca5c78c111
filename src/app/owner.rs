//! Who owns the tenant: one account at most, and nobody shuts it out.

use super::accounts::{self, Planned};
use super::commands::confirmation;
use super::{AppError, Call, Rules, mapping};
use crate::store::accounts::{self as store, AccountRow};
use crate::store::{TenantConnection, tenants};
use rollcall_domain::account::{Command, decide};
use rollcall_domain::ids::AccountId;

/// Makes somebody the owner. Who it was before becomes an administrator in the same transaction. `false`: they were it already.
///
/// # Errors
/// `NotFound`; a refusal for somebody who is out, or whose account ends; database failures.
pub fn make(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    confirm: Option<&str>,
) -> Result<(AccountRow, bool), AppError> {
    conn.in_transaction(|conn| {
        // Held, so that of several who are made it at the same time each knows the one before.
        tenants::policy(conn, call.tenant, true)?;
        let before = store::owner(conn, call.tenant)?;
        let mut both: Vec<AccountId> = before.into_iter().chain([id]).collect();
        // In one order, so that two of these do not wait for each other.
        both.sort_unstable();
        for one in both {
            store::lock(conn, call.tenant, one)?;
        }
        let heir = accounts::find(conn, call, id)?;
        call.acting.may(Command::TakeOwnership, id, &heir.account)?;
        confirmation::check(&heir, confirm, None)?;
        if before == Some(id) {
            return Ok((heir, false));
        }
        let turn = |command, action| {
            move |row: &AccountRow| {
                let decision = decide(&row.account, command, &rules.policy, call.now)?;
                if decision.account == row.account {
                    return Ok(None);
                }
                let before = serde_json::from_str(&row.resource)?;
                let mut after = Clone::clone(&before);
                mapping::write_facts(&row.account, &decision.account, &[], &mut after);
                let attributes = mapping::changed(&before, &after);
                let planned = Planned::decided(row, decision, None, action);
                Ok(Some(Planned { resource: Some(after), attributes, ..planned }))
            }
        };
        if let Some(before) = before {
            let given_up = turn(Command::GiveUpOwnership, "account.ownership_given_up");
            accounts::change(conn, call, before, &given_up)?;
        }
        let row = accounts::change(conn, call, id, &turn(Command::TakeOwnership, "account.made_owner"))?;
        Ok((row, true))
    })
}
