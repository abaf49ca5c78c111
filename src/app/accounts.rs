//! Changing an account: read, decide, write if nobody was faster. Every way to change an account comes through here.

mod list;
mod reset;
mod view;

pub use list::{AccountList, list};
pub use reset::{HandedOut, issue_temporary_password, redeem, tenant_of};
pub use view::AccountView;

use super::guard::News;
use super::mapping::keys;
use super::{AppError, Call, guard, learning, seats};
use crate::store::accounts::{self, AccountRow, Change, Keys, PasswordHash};
use crate::store::audit::Entry;
use crate::store::{StoreError, TenantConnection};
use rollcall_domain::account::{Account, Decision, Effect};
use rollcall_domain::ids::{AccountId, ConnectionId};
use serde_json::{Map, Value, json};

/// How often a change is tried without a lock before it takes one.
const ATTEMPTS_WITHOUT_LOCK: u32 = 4;

/// What an account is to become.
pub struct Planned {
    /// The client's attributes; `None` when they stay.
    pub resource: Option<Map<String, Value>>,
    /// Whether the client has removed `active`.
    pub active_unassigned: bool,
    /// Facts of the lifecycle.
    pub account: Account,
    /// What follows from the decision.
    pub effects: Vec<Effect>,
    /// The hash of a new password.
    pub new_hash: Option<String>,
    /// The audit log's word for it.
    pub action: &'static str,
    /// Names of what changed.
    pub attributes: Vec<String>,
    /// The connection to which the account is given.
    pub transfer: Option<ConnectionId>,
}

impl Planned {
    /// A decision that leaves the client's attributes as they are.
    pub fn decided(
        row: &AccountRow,
        decision: Decision,
        new_hash: Option<String>,
        action: &'static str,
    ) -> Self {
        Self {
            resource: None,
            active_unassigned: row.active_unassigned,
            account: decision.account,
            effects: decision.effects,
            new_hash,
            action,
            attributes: Vec::new(),
            transfer: None,
        }
    }
}

/// The account that is to be changed.
pub struct Of {
    /// Which.
    pub id: AccountId,
    /// As it was read a moment ago, where it was, so that it need not be read again: whether it is still so shows when it is saved.
    pub seen: Option<AccountRow>,
}

impl From<AccountId> for Of {
    fn from(id: AccountId) -> Self {
        Self { id, seen: None }
    }
}

/// Carries out what `plan` makes of the account as it stands; `None` from `plan` writes nothing.
///
/// The write is conditional on the version that `plan` saw. When others change the account at the same time, it is read and
/// planned anew, at last under a lock; so no change is lost, and none is made from stale facts.
///
/// # Errors
/// What `plan` returns, `NotFound`, a taken name, or database failures. Nothing is changed then.
pub fn change(
    conn: &mut TenantConnection,
    call: &Call,
    of: impl Into<Of>,
    plan: &dyn Fn(&AccountRow) -> Result<Option<Planned>, AppError>,
) -> Result<AccountRow, AppError> {
    let Of { id, mut seen } = of.into();
    guard::guarded(conn, call, |conn| {
        seats::with_seat(conn, call, |conn| until_nobody_was_faster(conn, call, id, seen.take(), plan))
    })
}

fn until_nobody_was_faster(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
    mut seen: Option<AccountRow>,
    plan: &dyn Fn(&AccountRow) -> Result<Option<Planned>, AppError>,
) -> Result<AccountRow, AppError> {
    for _ in 0..ATTEMPTS_WITHOUT_LOCK {
        // Two that exchange their names wait for each other, without a transaction of ours.
        if let Some(row) = conn.repeated(|conn| attempt(conn, call, id, seen.take(), plan))? {
            return Ok(row);
        }
    }
    conn.in_transaction(|conn| {
        accounts::lock(conn, call.tenant, id)?;
        attempt(conn, call, id, None, plan)?.ok_or(AppError::Contended)
    })
}

/// One try; `None` when somebody was faster.
fn attempt(
    conn: &mut TenantConnection,
    call: &Call,
    id: AccountId,
    seen: Option<AccountRow>,
    plan: &dyn Fn(&AccountRow) -> Result<Option<Planned>, AppError>,
) -> Result<Option<AccountRow>, AppError> {
    let row = match seen {
        Some(row) => row,
        None => find(conn, call, id)?,
    };
    let Some(planned) = plan(&row)? else { return Ok(Some(row)) };
    let attributes: Map<String, Value> = match planned.resource {
        Some(resource) => resource,
        None => serde_json::from_str(&row.resource)?,
    };
    let owner = planned.transfer.unwrap_or(row.connection);
    let keys = keys(owner, &attributes);
    let resource = serde_json::to_string(&attributes)?;
    let account = planned.account;
    let entry = entry(call, planned.action, planned.attributes, &planned.effects);
    let leaving = guard::leaving(call, &row, &account, &planned.effects);
    let login_changed = planned.effects.contains(&Effect::LoginChanged);
    let change = Change {
        keys: &keys,
        resource: &resource,
        active_unassigned: planned.active_unassigned,
        account: &account,
        password_hash: hash(planned.new_hash, &planned.effects),
        entry: &entry,
        login_changed,
        leaving,
        restore: learning::after_return(&planned.effects, &row.account, call.now),
    };
    let news = News::of(conn, call, &row, &account, login_changed.then_some(&keys))?;
    let save = |conn: &mut TenantConnection| {
        accounts::save(conn, call.tenant, id, row.version, &change, &row.account)
            .map_err(|error| taken(error, &keys, &attributes))
    };
    let lapsed = seats::returns_to_a_lapsed_one(&row.account, &account, call.now);
    let saved = if !lapsed && planned.transfer.is_none() && news.is_none() {
        save(conn)?
    } else {
        conn.in_transaction(|conn| {
            if lapsed {
                accounts::free_seat(conn, call.tenant, id, row.version)?;
            }
            if let Some(owner) = planned.transfer
                && !accounts::transfer(conn, call.tenant, id, owner)?
            {
                let detail = format!("there is no connection {owner}; GET /connections lists them");
                return Err(AppError::invalid("connection", detail));
            }
            let saved = save(conn)?;
            if saved {
                news.tell(conn, call, (id, row.account.role), &attributes)?;
            }
            Ok::<_, AppError>(saved)
        })?
    };
    if !saved {
        guard::objection(conn, call, &row, &leaving)?;
    }
    Ok(saved.then(|| AccountRow {
        connection: owner,
        resource,
        active_unassigned: planned.active_unassigned,
        account,
        version: row.version + 1,
        updated_at: call.now.max(row.updated_at),
        login_changed_at: if login_changed { Some(call.now) } else { row.login_changed_at },
        ..row
    }))
}

fn hash(new_hash: Option<String>, effects: &[Effect]) -> PasswordHash {
    match new_hash {
        Some(hash) => PasswordHash::Set(hash),
        None if effects.contains(&Effect::PasswordInvalidated) => PasswordHash::Clear,
        None => PasswordHash::Keep,
    }
}

/// The account with its groups.
///
/// # Errors
/// `NotFound`, also for an account of another tenant; database failures.
pub fn find(conn: &mut TenantConnection, call: &Call, id: AccountId) -> Result<AccountRow, AppError> {
    accounts::find(conn, call.tenant, id, &call.base)?.ok_or_else(|| not_found(&id.to_string()))
}

/// There is no such account, or none that the caller may know of.
pub fn not_found(id: &str) -> AppError {
    AppError::NotFound(format!("there is no user {id:?}; it may have been deleted"))
}

/// The effects that the audit row of a change names. Of enrolments there is a row of its own, if there are any.
pub fn recorded(effects: &[Effect]) -> impl Iterator<Item = &Effect> {
    effects.iter().filter(|effect| {
        !matches!(effect, Effect::EnrolmentsWait | Effect::LaterEnrolmentsWait | Effect::EnrolmentsReopened)
    })
}

/// The audit row of a change.
pub fn entry(call: &Call, action: &'static str, attributes: Vec<String>, effects: &[Effect]) -> Entry {
    let facts: Map<String, Value> =
        recorded(effects).map(|effect| (effect.as_str().to_owned(), json!(true))).collect();
    call.by().entry(action, attributes, Value::Object(facts))
}

/// Says which value is taken.
pub fn taken(error: StoreError, keys: &Keys, attributes: &Map<String, Value>) -> AppError {
    use rollcall_scim::error::ScimError;
    let value = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match error {
        StoreError::Taken(constraint) if constraint == "accounts_user_name" => ScimError::uniqueness(format!(
            "userName {:?} belongs to another user; choose another, or find that user with filter=userName eq",
            value("userName")
        ))
        .into(),
        StoreError::Taken(constraint) if constraint == "accounts_external_id" => ScimError::uniqueness(format!(
            "externalId {:?} belongs to another user of this connection; find that user with filter=externalId eq",
            keys.external_id.as_deref().unwrap_or_default()
        ))
        .into(),
        other => other.into(),
    }
}
