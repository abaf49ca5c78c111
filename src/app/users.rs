//! SCIM operations on users.

pub(in crate::app) mod lifecycle;
mod operations;

use super::accounts::{self, Planned};
use super::attribute_owners::{confine, confine_new};
use super::conditions::Conditions;
use super::passwords::Pushed;
use super::resources::Body;
use super::{AppError, Call, Rules, guard, mapping, seats};
use crate::store::accounts::{AccountRow, Change, Keys, Leaving, PasswordHash};
use crate::store::filter::ROLLCALL_URN;
use crate::store::page::Load;
use crate::store::{TenantConnection, accounts as store};
use lifecycle::{Followed, Said, follow};
use operations::{keeping_what_null_does_not_clear, mentions_of_active};
use rollcall_domain::account::{
    Account, Command, Decision, Effect, Reason, Role, Status, become_known_as_another, decide, settle,
};
use rollcall_domain::ids::AccountId;
use rollcall_domain::policy::OverLimit;
use rollcall_domain::refusal::Refusal;
use rollcall_scim::error::ScimError;
use rollcall_scim::patch;
use rollcall_scim::resource::{Accepted, accept, keep_immutable};
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
    let Body { json, password } = body;
    let accepted = accept(rules.user(), json, &rules.dialect)?;
    let (mut resource, mut active) = mapping::stored(accepted.attributes.clone());
    mapping::drop_blank(&mut resource);
    confine_new(rules, call, &mut resource, &mut active);
    let keys = mapping::keys(call.connection, &resource);
    mapping::check_keys(&keys, &resource)?;
    let mut fresh = Account::new(mapping::sign_in(&keys));
    let password = password.filter(|_| !mapping::role(&resource).is_ok_and(Role::administers));
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
    let whole = Whole { accepted, password };
    for _ in 0..ATTEMPTS {
        if let Some(account) = new.insert(conn, rules, call, &account)? {
            return Ok(AccountRow {
                id: new.id,
                connection: call.connection,
                resource: new.resource,
                active_unassigned: false,
                login_changed_at: None,
                account,
                version: 1,
                created_at: call.now,
                updated_at: call.now,
                groups: None,
            });
        }
        if let Some(returned) = revive(conn, rules, call, &new.keys, whole.clone(), active)? {
            return Ok(returned);
        }
    }
    Err(AppError::Contended)
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
        // Of what follows, only password and seat are news: nobody can be signed in yet.
        let set = self.hash.iter().map(|_| Effect::PasswordSet);
        let none = decision.effects.contains(&Effect::NoFreeSeat).then_some(Effect::NoFreeSeat);
        let seat = decision.account.seat.map(|_| Effect::SeatTaken).or(none);
        let effects: Vec<Effect> = set.chain(seat).collect();
        let entry = accounts::entry(call, "account.created", self.names.clone(), &effects);
        let change = Change {
            keys: &self.keys,
            resource: &self.resource,
            active_unassigned: false,
            account: &decision.account,
            password_hash: self.hash.clone().map_or(PasswordHash::Keep, PasswordHash::Set),
            entry: &entry,
            login_changed: false,
            leaving: Leaving::default(),
        };
        let made = store::insert(conn, call.tenant, self.id, &change)?;
        Ok(made.then_some(decision.account))
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
    let holders = store::holders(conn, call.tenant, keys, Load { related: false, base: "" })?;
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

/// One user.
///
/// # Errors
/// `NotFound`, database failures.
pub fn get(conn: &mut TenantConnection, call: &Call, id: AccountId) -> Result<AccountRow, AppError> {
    accounts::find(conn, call, id)
}

/// Replaces a user (RFC 7644 §3.5.1). What decides over access or identity is never lost by omission: without `active` it
/// stays as it is, without `externalId`, a role or a date of the life cycle too (IDP-QUIRKS 79, 85).
///
/// # Errors
/// `NotFound`, 412, `invalidValue`, `uniqueness`, a refusal, database failures.
pub fn replace(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    body: Body,
    conditions: &Conditions,
) -> Result<AccountRow, AppError> {
    let Body { json, password } = body;
    let whole = Whole { accepted: accept(rules.user(), json, &rules.dialect)?, password };
    accounts::change(conn, call, id, &|row| {
        check_match(call, row, conditions)?;
        replaced(rules, call, row, whole.clone())
    })
}

/// A user as a POST or PUT gives it.
#[derive(Clone)]
struct Whole {
    accepted: Accepted,
    password: Option<Pushed>,
}

fn replaced(rules: &Rules, call: &Call, row: &AccountRow, whole: Whole) -> Result<Option<Planned>, AppError> {
    let Whole { mut accepted, password } = whole;
    let before: Map<String, Value> = serde_json::from_str(&row.resource)?;
    keep_immutable(rules.user(), &before, &mut accepted.attributes)?;
    let (mut after, active) = mapping::stored(accepted.attributes);
    mapping::keep_omitted_external_id(&before, &mut after, &accepted.cleared);
    let deactivation_dated = mapping::text(&after, mapping::DEACTIVATE_AT).is_some();
    mapping::keep_omitted(&before, &mut after, &accepted.cleared);
    let active_unassigned = row.active_unassigned && active.is_none();
    planned(rules, call, row, Wish { before, after, active, active_unassigned, deactivation_dated, password })
}

/// Changes a user (RFC 7644 §3.5.2), all of it or nothing.
///
/// # Errors
/// `NotFound`, 412, the errors of PATCH, `uniqueness`, a refusal, database failures.
pub fn patch(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    body: Body,
    conditions: &Conditions,
) -> Result<AccountRow, AppError> {
    let Body { json, password } = body;
    let operations = keeping_what_null_does_not_clear(patch::parse(json, &rules.dialect)?);
    accounts::change(conn, call, id, &|row| {
        check_match(call, row, conditions)?;
        let before: Map<String, Value> = serde_json::from_str(&row.resource)?;
        let mut resource = before.clone();
        let shown = (!row.active_unassigned).then(|| row.account.is_active(call.now));
        resource.extend(shown.map(|active| ("active".to_owned(), active.into())));
        let patched = patch::apply(rules.user(), &resource, &operations, &rules.dialect)?;
        let (mut after, active) = mapping::stored(patched.resource);
        mapping::drop_blank(&mut after);
        let mentions = mentions_of_active(rules, &operations);
        if active.is_none() && mentions > 1 {
            // Set and removed at once: whichever were meant, a leaver must not be lost between them.
            let detail = "active is set and removed in one request; send true or false, once";
            return Err(ScimError::invalid_value(detail).into());
        }
        let wish = Wish {
            deactivation_dated: mapping::text(&before, mapping::DEACTIVATE_AT)
                != mapping::text(&after, mapping::DEACTIVATE_AT),
            active_unassigned: active.is_none(),
            // What was not spoken of is shown as the clock has it, and is nobody's word.
            active: active.filter(|active| mentions > 0 || Some(*active) != shown),
            password: password.clone(),
            before,
            after,
        };
        planned(rules, call, row, wish)
    })
}

/// What a client wants a user to be.
struct Wish {
    before: Map<String, Value>,
    after: Map<String, Value>,
    /// `None` says nothing about it: the account stays as it is.
    active: Option<bool>,
    active_unassigned: bool,
    /// Whether the request names `deactivateAt`.
    deactivation_dated: bool,
    password: Option<Pushed>,
}

/// From what the client wants to facts and effects; `None` when nothing would change.
fn planned(rules: &Rules, call: &Call, row: &AccountRow, wish: Wish) -> Result<Option<Planned>, AppError> {
    let Wish { before, mut after, mut active, active_unassigned, deactivation_dated, password } = wish;
    let kept = confine(rules, call, row, &before, &mut after, &mut active)?;
    let password = guard::settable(call, row, password);
    if call.connection != row.connection {
        mapping::keep_external_id(&before, &mut after);
    }
    mapping::settle_words(&before, &mut after, row.account.role)?;
    let mut attributes = mapping::changed(&before, &after);
    let keys = mapping::keys(row.connection, &after);
    let sign_in = mapping::sign_in(&keys);
    let sets_password = password.is_some();
    let logs_in_by = mapping::keys(row.connection, &before);
    let mut said =
        Said { before: &before, after: &mut after, active, deactivation_dated, sign_in, sets_password };
    let Followed { mut account, mut effects, action, switched } =
        follow(&row.account, &mut said, &rules.policy, call.now)?;
    if logs_in_by.user_name != keys.user_name || logs_in_by.login_email != keys.login_email {
        // Who had none before got what was handed out from somebody's hand.
        let moved = logs_in_by.login_email.is_some() && logs_in_by.login_email != keys.login_email;
        let known = become_known_as_another(&account, moved);
        account = known.account;
        effects.extend(known.effects);
    }
    let new_hash = match password {
        Some(password) if effects.contains(&Effect::PasswordSet) => Some(password.hash_for(&after)?),
        Some(_) => {
            log::warn!(
                "request {}: the password for the user {} was passed over, because the account is not active",
                call.request_id,
                row.id
            );
            None
        }
        None => None,
    };
    if switched || active_unassigned != row.active_unassigned {
        attributes.insert(0, "active".to_owned());
    }
    if attributes.is_empty()
        && new_hash.is_none()
        && account == settle(&row.account, &rules.policy, call.now).account
    {
        return Ok(None);
    }
    mapping::check_keys(&keys, &after)?;
    if !kept.is_empty() {
        log::info!("request {}: kept for the sources that own them: {}", call.request_id, kept.join(", "));
    }
    let resource = Some(after);
    let transfer = None;
    Ok(Some(Planned {
        resource,
        active_unassigned,
        account,
        effects,
        new_hash,
        action,
        attributes,
        transfer,
    }))
}

fn check_match(call: &Call, row: &AccountRow, conditions: &Conditions) -> Result<(), AppError> {
    conditions.check(&mapping::user_etag(row, &call.base, call.now))
}
