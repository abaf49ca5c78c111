//! Creating a user, or bringing one back who is posted again.

use super::lifecycle::{Said, follow};
use super::{Whole, replaced};
use crate::app::accounts;
use crate::app::attribute_owners::confine_new;
use crate::app::guard::News;
use crate::app::resources::Body;
use crate::app::{AppError, Call, Rules, guard, mapping, seats};
use crate::store::accounts::{AccountRow, Change, Keys, Leaving, PasswordHash};
use crate::store::audit::Entry;
use crate::store::filter::ROLLCALL_URN;
use crate::store::{TenantConnection, accounts as store};
use rollcall_domain::account::{Account, Command, Decision, Effect, Reason, Role, Status, decide};
use rollcall_domain::ids::AccountId;
use rollcall_domain::policy::OverLimit;
use rollcall_domain::refusal::Refusal;
use rollcall_scim::error::ScimError;
use rollcall_scim::resource::accept;
use serde_json::{Map, Value};

/// Times a creation is tried when the holder of its name was deleted while it looked.
const ATTEMPTS: u32 = 3;

/// Creates a user, or brings one back: providers post a person again who was deactivated before (IDP-QUIRKS 143).
///
/// # Errors
/// `invalidValue`, `uniqueness`, database failures.
pub fn create(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    body: Body,
) -> Result<AccountRow, AppError> {
    let Draft { new, account, whole, active } = Draft::of(rules, call, body)?;
    for _ in 0..ATTEMPTS {
        if let Some(account) = new.insert(conn, rules, call, &account)? {
            return Ok(new.made(call, account));
        }
        if let Some(returned) = revive(conn, rules, call, &new.keys, whole.clone(), active)? {
            return Ok(returned);
        }
    }
    Err(AppError::Contended)
}

/// Creates users of whom none is there yet and nothing has to be said. Where that is not so it fails, and has to be undone: then each is
/// to be created alone.
///
/// # Errors
/// `Contended` where somebody is there; `invalidValue`, a refusal, database failures.
pub fn create_new(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    bodies: Vec<Body>,
) -> Result<Vec<AccountRow>, AppError> {
    let draft = |body| {
        let Draft { new, account, .. } = Draft::of(rules, call, body)?;
        let decision = decide(&account, Command::Create, &rules.policy, call.now)?;
        let entry = new.entry(call, &decision);
        Ok((new, decision.account, entry))
    };
    let drafts = bodies.into_iter().map(draft).collect::<Result<Vec<_>, AppError>>()?;
    let changes: Vec<(AccountId, Change<'_>)> =
        drafts.iter().map(|(new, account, entry)| (new.id, new.change(account, entry))).collect();
    if store::insert(conn, call.tenant, &changes, call.sync.is_none())? != drafts.len() {
        return Err(AppError::Contended);
    }
    Ok(drafts.into_iter().map(|(new, account, _)| new.made(call, account)).collect())
}

/// What a POST asks for.
struct Draft {
    new: New,
    account: Account,
    whole: Whole,
    active: Option<bool>,
}

impl Draft {
    fn of(rules: &Rules, call: &Call, body: Body) -> Result<Self, AppError> {
        let Body { json, password } = body;
        let accepted = accept(rules.user(), json, &rules.dialect)?;
        let (mut resource, mut active) = mapping::stored(accepted.attributes.clone());
        mapping::drop_blank(&mut resource);
        confine_new(rules, call, &mut resource, &mut active);
        let keys = mapping::keys(call.connection, &resource);
        mapping::check_keys(&keys, &resource)?;
        let mut fresh = Account::new(mapping::sign_in(&keys));
        let password = password.filter(|_| !mapping::role(&resource).is_ok_and(Role::opens_console));
        if password.is_some() {
            // Before anything else: a new account gets its password whether or not it may be used already.
            fresh = decide(&fresh, Command::SetPassword, &rules.policy, call.now)?.account;
        }
        mapping::settle_words(&Map::new(), &mut resource, fresh.role)?;
        let mut said = Said {
            before: &Map::new(),
            deactivation_dated: true,
            sign_in: fresh.sign_in,
            after: &mut resource,
            active,
            sets_password: false,
        };
        let account = follow(&fresh, &mut said, &rules.policy, call.now)?.account;
        let unnamed = |name: &&String| !matches!(name.as_str(), "password" | "schemas" | ROLLCALL_URN);
        let mut names: Vec<String> = accepted.attributes.keys().filter(unnamed).cloned().collect();
        names.extend(mapping::changed_in_extension(&Map::new(), &resource));
        let new = New {
            id: AccountId(crate::random::id(call.now)),
            hash: password.as_ref().map(|password| password.hash_for(&resource)).transpose()?,
            resource: serde_json::to_string(&resource)?,
            keys,
            names,
        };
        Ok(Self { new, account, whole: Whole { accepted, password }, active })
    }
}

/// A user that is to be made, as the database is told.
struct New {
    id: AccountId,
    keys: Keys,
    /// The attributes as JSON text.
    resource: String,
    /// Names of the attributes, for the audit log.
    names: Vec<String>,
    hash: Option<String>,
}

impl New {
    /// Adds the account, inactive where no seat is free and the policy says so (LIFECYCLE L33); `None` when its name is taken.
    fn insert(
        &self,
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        account: &Account,
    ) -> Result<Option<Account>, AppError> {
        let created = decide(account, Command::Create, &rules.policy, call.now)?;
        match seats::with_seat(conn, call, |conn| self.write(conn, call, &created)) {
            Err(AppError::Refused(Refusal::NoSeat { .. }))
                if rules.policy.over_limit == OverLimit::CreateInactive && !conn.is_in_transaction() =>
            {
                let off = Command::Deactivate(Reason::Administrative);
                let mut inactive = decide(account, off, &rules.policy, call.now)?;
                inactive.effects = vec![Effect::NoFreeSeat];
                self.write(conn, call, &inactive)
            }
            made => made,
        }
    }

    fn write(
        &self,
        conn: &mut TenantConnection,
        call: &Call,
        decision: &Decision,
    ) -> Result<Option<Account>, AppError> {
        let entry = self.entry(call, decision);
        let new = [(self.id, self.change(&decision.account, &entry))];
        let insert = |conn: &mut TenantConnection, may_shadow: bool| {
            Ok::<_, AppError>(store::insert(conn, call.tenant, &new, may_shadow)? == 1)
        };
        // What a sync makes is told where it signs in as another connection's account does: looked for by the statement that writes.
        let mut made = insert(conn, call.sync.is_none())?;
        if !made && call.sync.is_some() {
            let news = News::of_new(conn, call, &self.keys)?;
            made = !news.is_none()
                && conn.in_transaction(|conn| {
                    let made = insert(conn, true)?;
                    if made {
                        let attributes: Map<String, Value> = serde_json::from_str(&self.resource)?;
                        news.tell(conn, call, (self.id, decision.account.role), &attributes)?;
                    }
                    Ok::<_, AppError>(made)
                })?;
        }
        Ok(made.then_some(decision.account))
    }

    /// The audit row.
    fn entry(&self, call: &Call, decision: &Decision) -> Entry {
        // Of what follows, only password and seat are news: nobody can be signed in yet.
        let set = self.hash.iter().map(|_| Effect::PasswordSet);
        let none = decision.effects.contains(&Effect::NoFreeSeat).then_some(Effect::NoFreeSeat);
        let seat = decision.account.seat.map(|_| Effect::SeatTaken).or(none);
        let effects: Vec<Effect> = set.chain(seat).collect();
        accounts::entry(call, "account.created", self.names.clone(), &effects)
    }

    fn change<'a>(&'a self, account: &'a Account, entry: &'a Entry) -> Change<'a> {
        Change {
            keys: &self.keys,
            resource: &self.resource,
            active_unassigned: false,
            account,
            password_hash: self.hash.clone().map_or(PasswordHash::Keep, PasswordHash::Set),
            entry,
            login_changed: false,
            leaving: Leaving::default(),
            restore: None,
        }
    }

    /// The user as it was made.
    fn made(self, call: &Call, account: Account) -> AccountRow {
        AccountRow {
            id: self.id,
            connection: call.connection,
            resource: self.resource,
            active_unassigned: false,
            login_changed_at: None,
            account,
            version: 1,
            created_at: call.now,
            updated_at: call.now,
            groups: None,
        }
    }
}

/// A new user whose user name or externalId is held already: by one inactive user of the same connection, who is then
/// brought back in place, or by somebody else, which is a conflict. `None` when the holder was deleted meanwhile.
fn revive(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    keys: &Keys,
    whole: Whole,
    active: Option<bool>,
) -> Result<Option<AccountRow>, AppError> {
    let holders = store::holders(conn, call.tenant, keys)?;
    let returning = match holders.as_slice() {
        [] => return Ok(None),
        [one]
            if one.connection == call.connection
                && is_over(one, call)
                && active != Some(false)
                && !is_somebody_else(one, keys)? =>
        {
            one.id
        }
        _ => {
            let other = holders.iter().find(|one| one.connection != call.connection);
            if let (Some(other), Some(_), false) = (other, call.sync, conn.is_in_transaction()) {
                guard::wanted(conn, call, other.connection)?;
            }
            return Err(conflict(&holders, keys, &whole.accepted.attributes));
        }
    };
    let conflict = conflict(&holders, keys, &whole.accepted.attributes).to_string();
    let revived = accounts::change(conn, call, returning, &move |row| {
        if !is_over(row, call) {
            // Somebody else brought them back in the meantime.
            return Err(ScimError::uniqueness(conflict.clone()).into());
        }
        let mut whole = whole.clone();
        whole.accepted.attributes.insert("active".to_owned(), Value::Bool(true));
        replaced(rules, call, row, whole)
    });
    match revived {
        Err(AppError::NotFound(_)) => Ok(None),
        revived => revived.map(Some),
    }
}

/// Whether somebody's time was over: then they can come back. Whose start is still to come has not been away.
fn is_over(row: &AccountRow, call: &Call) -> bool {
    matches!(row.account.status(call.now), Status::Deactivated | Status::Expired)
}

/// Whether an externalId says that the holder of the user name is another person: names are given out again, identifiers are
/// not.
fn is_somebody_else(holder: &AccountRow, keys: &Keys) -> Result<bool, AppError> {
    let held: Map<String, Value> = serde_json::from_str(&holder.resource)?;
    let held = mapping::keys(holder.connection, &held).external_id;
    Ok(matches!((held, &keys.external_id), (Some(held), Some(sent)) if held != *sent))
}

fn conflict(holders: &[AccountRow], keys: &Keys, attributes: &Map<String, Value>) -> AppError {
    let same_name = |row: &AccountRow| {
        let held: Option<Value> = serde_json::from_str(&row.resource).ok();
        let held = held.as_ref().and_then(|r| r.get("userName")).and_then(Value::as_str).unwrap_or_default();
        rollcall_domain::name::comparison_key(held) == keys.user_name
    };
    let constraint = if holders.is_empty() || holders.iter().any(same_name) {
        "accounts_user_name"
    } else {
        "accounts_external_id"
    };
    accounts::taken(crate::store::StoreError::Taken(constraint.to_owned()), keys, attributes)
}
