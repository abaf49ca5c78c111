//! What a sync does to single accounts that administrators are told at once, in the transaction of the change (SECURITY S46, S48).

use super::name_of;
use crate::app::{AppError, Call, connections, mapping, notices};
use crate::store::TenantConnection;
use crate::store::accounts::{self, AccountRow, Keys};
use rollcall_domain::account::{Account, Role};
use rollcall_domain::ids::AccountId;
use serde_json::{Map, Value};

/// What there is to tell of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) struct News {
    /// Somebody who administers signs in with something else.
    login: bool,
    /// Somebody does not administer any more.
    administration: bool,
    /// Somebody signs in with what an account of another connection signs in with.
    shadows: Option<AccountId>,
}

impl News {
    /// Of a change from the row to the account, with the keys where it signs in with something else.
    ///
    /// # Errors
    /// Database failures.
    pub(in crate::app) fn of(
        conn: &mut TenantConnection,
        call: &Call,
        row: &AccountRow,
        after: &Account,
        login: Option<&Keys>,
    ) -> Result<Self, AppError> {
        let (by_sync, before) = (call.sync.is_some(), &row.account);
        let administers = |account: &Account| account.role.administers() && account.is_active(call.now);
        let ends = before.ends_at().is_none() && after.ends_at().is_some();
        let lost = administers(before) && (!administers(after) || ends);
        Ok(Self {
            login: by_sync && login.is_some() && before.role.administers(),
            administration: by_sync && (lost || before.role.administers() && !after.role.administers()),
            shadows: login.map_or(Ok(None), |keys| shadowed(conn, call, keys))?,
        })
    }

    /// Of a new account.
    ///
    /// # Errors
    /// Database failures.
    pub(in crate::app) fn of_new(
        conn: &mut TenantConnection,
        call: &Call,
        keys: &Keys,
    ) -> Result<Self, AppError> {
        Ok(Self { login: false, administration: false, shadows: shadowed(conn, call, keys)? })
    }

    /// Whether there is nothing to tell.
    pub(in crate::app) fn is_none(self) -> bool {
        !(self.login || self.administration || self.shadows.is_some())
    }

    /// Tells it.
    ///
    /// # Errors
    /// Database failures.
    pub(in crate::app) fn tell(
        self,
        conn: &mut TenantConnection,
        call: &Call,
        (id, role): (AccountId, Role),
        attributes: &Map<String, Value>,
    ) -> Result<(), AppError> {
        if self.is_none() {
            return Ok(());
        }
        let all = connections::list(conn, call.tenant)?;
        let who = format!("The connection {:?} has", name_of(&all, call.connection));
        let (role, name) = (role.as_str(), user_name(attributes));
        if self.login {
            // It may be somebody else's now.
            let detail = format!(
                "{who} changed the user name or the e-mail address of the {role} {id} ({name:?} by now). If nobody meant that, set it \
                 right, and revoke the connection's tokens."
            );
            notices::write(conn, call.tenant, "login.changed", id.0, &detail, call.now)?;
        }
        if self.administration {
            let at = mapping::time(call.now);
            let detail = format!(
                "{who} taken the administration from the {role} {id} ({name:?}) at {at}, by another role, an end, a deactivation or a \
                 deletion. If nobody meant that, give it back (setRole, reactivate, cancelDeactivation), and revoke the connection's \
                 tokens."
            );
            notices::write(conn, call.tenant, "administrator.removed", id.0, &detail, call.now)?;
        }
        if let Some(other) = self.shadows {
            let detail = format!(
                "{who} given the account {id} a user name or an e-mail address ({name:?}) with which the account {other} of another \
                 connection signs in. Of the two who was made first signs in with it. If they are one person, give the one to the \
                 other's connection (transfer) or delete it; if nobody meant that, revoke the connection's tokens."
            );
            notices::write(conn, call.tenant, "login.shadowed", id.0, &detail, call.now)?;
        }
        Ok(())
    }
}

/// One look by index, and only at what a sync says.
fn shadowed(conn: &mut TenantConnection, call: &Call, keys: &Keys) -> Result<Option<AccountId>, AppError> {
    if call.sync.is_none() {
        return Ok(None);
    }
    Ok(accounts::shadowed(conn, call.tenant, keys)?)
}

fn user_name(attributes: &Map<String, Value>) -> String {
    mapping::shorten(attributes.get("userName").and_then(Value::as_str).unwrap_or_default())
}
