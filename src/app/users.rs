//! SCIM operations on users.

use super::accounts::{self, Planned};
use super::list::cursor::Kind;
use super::list::{Entry, Listing, Plan};
use super::{AppError, Call, Rules, mapping};
use crate::store::accounts::{AccountRow, Change, Keys, PasswordHash};
use crate::store::filter::{ROLLCALL_URN, Table};
use crate::store::page::{Load, Page, Start};
use crate::store::{TenantConnection, accounts as store, audit, groups};
use rollcall_domain::account::{Account, Command, Reason, become_signing_in_by, decide};
use rollcall_domain::ids::AccountId;
use rollcall_scim::error::ScimError;
use rollcall_scim::patch;
use rollcall_scim::registry::ResourceType;
use rollcall_scim::resource::{Accepted, accept};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Creates a user, or brings one back: providers post a person again who was deactivated before (IDP-QUIRKS 143).
///
/// # Errors
/// `invalidValue`, `uniqueness`, database failures.
pub fn create(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    body: Map<String, Value>,
) -> Result<AccountRow, AppError> {
    let accepted = accept(rules.user(), body, &rules.dialect)?;
    let (resource, active) = mapping::stored(accepted.attributes.clone());
    let keys = mapping::keys(call.connection, &resource);
    mapping::check_keys(&keys, &resource)?;
    let mut account = Account::new(mapping::sign_in(&keys));
    mapping::reason(&resource)?;
    if active == Some(false) {
        let off = Command::Deactivate(mapping::reason(&resource)?.unwrap_or(Reason::Administrative));
        account = decide(&account, off, &rules.policy, call.now)?.account;
    }
    let id = AccountId(crate::random::id(call.now));
    let text = serde_json::to_string(&resource)?;
    let unnamed = |name: &&String| !matches!(name.as_str(), "password" | "schemas");
    let names: Vec<String> = accepted.attributes.keys().filter(unnamed).cloned().collect();
    let entry = accounts::entry(call, "account.created", names, &[]);
    let change = Change {
        keys: &keys,
        resource: &text,
        active_unassigned: false,
        account: &account,
        password_hash: PasswordHash::Keep,
        entry: &entry,
    };
    if store::insert(conn, call.tenant, id, &change)? {
        return Ok(AccountRow {
            id,
            connection: call.connection,
            resource: text,
            active_unassigned: false,
            account,
            version: 1,
            created_at: call.now,
            updated_at: call.now,
            groups: None,
        });
    }
    revive(conn, rules, call, &keys, accepted, active)
}

/// A new user whose user name or externalId is held already: by one inactive user of the same connection, who is then
/// brought back in place, or by somebody else, which is a conflict.
fn revive(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    keys: &Keys,
    accepted: Accepted,
    active: Option<bool>,
) -> Result<AccountRow, AppError> {
    let holders = store::holders(conn, call.tenant, keys, Load { related: false, base: "" })?;
    let returning = match holders.as_slice() {
        [one]
            if one.connection == call.connection
                && !one.account.is_active()
                && active != Some(false)
                && !is_somebody_else(one, keys)? =>
        {
            one.id
        }
        _ => return Err(conflict(&holders, keys, &accepted.attributes)),
    };
    let conflict = conflict(&holders, keys, &accepted.attributes).to_string();
    accounts::change(conn, call, returning, &move |row| {
        if row.account.is_active() {
            // Somebody else brought them back in the meantime.
            return Err(ScimError::uniqueness(conflict.clone()).into());
        }
        let mut accepted = accepted.clone();
        accepted.attributes.insert("active".to_owned(), Value::Bool(true));
        replaced(rules, call, row, accepted)
    })
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

/// Users, as something that is listed.
pub struct Users;

impl Listing for Users {
    const KIND: Kind = Kind::User;
    const TABLE: Table = Table::Accounts;

    fn resource_type(rules: &Rules) -> &ResourceType {
        rules.user()
    }

    fn page(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        plan: &Plan,
        start: Start<'_>,
        limit: i64,
    ) -> Result<Vec<Entry>, AppError> {
        let rt = rules.user();
        let base = format!("{}/Groups/", call.base);
        // meta.version depends on the groups too.
        let related = plan.projection.wants(rt, "groups") || plan.projection.wants(rt, "meta");
        let Plan { projection, condition, order } = plan;
        let load = Load { related, base: &base };
        let page = Page { tenant: call.tenant, condition: condition.as_ref(), order, start, limit, load };
        let entry = |(row, position)| {
            Ok(Self::entry(mapping::projected_user(rt, &row, &call.base, projection)?, position))
        };
        store::page(conn, &page)?.into_iter().map(entry).collect()
    }

    fn count(conn: &mut TenantConnection, call: &Call, plan: &Plan) -> Result<i64, AppError> {
        Ok(store::count(conn, call.tenant, plan.condition.as_ref())?)
    }
}

/// Replaces a user (RFC 7644 §3.5.1). What decides over access or identity is never lost by omission: without `active` it
/// stays as it is, without `externalId` too (IDP-QUIRKS 79, 85).
///
/// # Errors
/// `NotFound`, 412, `invalidValue`, `uniqueness`, a refusal, database failures.
pub fn replace(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    body: Map<String, Value>,
    if_match: Option<&str>,
) -> Result<AccountRow, AppError> {
    let accepted = accept(rules.user(), body, &rules.dialect)?;
    accounts::change(conn, call, id, &|row| {
        check_match(call, row, if_match)?;
        replaced(rules, call, row, accepted.clone())
    })
}

fn replaced(
    rules: &Rules,
    call: &Call,
    row: &AccountRow,
    accepted: Accepted,
) -> Result<Option<Planned>, AppError> {
    let before: Map<String, Value> = serde_json::from_str(&row.resource)?;
    let (mut after, active) = mapping::stored(accepted.attributes);
    if !after.contains_key("externalId")
        && !accepted.cleared.contains("externalId")
        && let Some(kept) = before.get("externalId")
    {
        after.insert("externalId".to_owned(), kept.clone());
    }
    let names = before.keys().chain(after.keys());
    let changed = names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect();
    let active_unassigned = row.active_unassigned && active.is_none();
    planned(rules, call, row, Wish { after, changed, active, active_unassigned })
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
    body: Map<String, Value>,
    if_match: Option<&str>,
) -> Result<AccountRow, AppError> {
    let operations = patch::parse(body, &rules.dialect)?;
    accounts::change(conn, call, id, &|row| {
        check_match(call, row, if_match)?;
        let mut resource: Map<String, Value> = serde_json::from_str(&row.resource)?;
        if !row.active_unassigned {
            resource.insert("active".to_owned(), Value::Bool(row.account.is_active()));
        }
        let patched = patch::apply(rules.user(), &resource, &operations, &rules.dialect)?;
        let mut changed = patched.changed;
        for not_an_attribute in ["active", "password", "schemas"] {
            changed.remove(not_an_attribute);
        }
        let (after, active) = mapping::stored(patched.resource);
        if active.is_none() && mentions_of_active(rules, &operations) > 1 {
            // Set and removed at once: whichever were meant, a leaver must not be lost between them.
            let detail = "active is set and removed in one request; send true or false, once";
            return Err(ScimError::invalid_value(detail).into());
        }
        planned(rules, call, row, Wish { after, changed, active, active_unassigned: active.is_none() })
    })
}

/// How many operations say something about `active`.
fn mentions_of_active(rules: &Rules, operations: &[patch::Operation]) -> usize {
    let is_active = |name: &str| {
        let name = rules.user().split_urn(name).map_or(name, |(_, rest)| rest);
        name.trim().eq_ignore_ascii_case("active")
    };
    let speaks = |operation: &&patch::Operation| match (&operation.path, &operation.value) {
        (Some(path), _) => is_active(path),
        (None, Some(Value::Object(value))) => value.keys().any(|key| is_active(key)),
        _ => false,
    };
    operations.iter().filter(speaks).count()
}

/// What a client wants a user to be.
struct Wish {
    after: Map<String, Value>,
    /// Names of the attributes that differ.
    changed: BTreeSet<String>,
    /// `None` says nothing about it: the account stays as it is.
    active: Option<bool>,
    active_unassigned: bool,
}

/// From what the client wants to facts and effects; `None` when nothing would change.
fn planned(rules: &Rules, call: &Call, row: &AccountRow, wish: Wish) -> Result<Option<Planned>, AppError> {
    let Wish { mut after, mut changed, active, active_unassigned } = wish;
    if call.connection != row.connection && changed.remove("externalId") {
        // An externalId belongs to the connection that made the user (RFC 7643 §3.1): no other may change it.
        let held: Map<String, Value> = serde_json::from_str(&row.resource)?;
        after.remove("externalId");
        after.extend(held.get_key_value("externalId").map(|(name, id)| (name.clone(), id.clone())));
    }
    let reason = mapping::reason(&after)?;
    let held = row.account.deactivated.map(|deactivation| deactivation.reason);
    let (command, action) = match (held, active, reason) {
        (None, Some(false), reason) => {
            (Some(Command::Deactivate(reason.unwrap_or(Reason::Administrative))), "account.deactivated")
        }
        (Some(_), Some(true), _) => {
            if !changed.contains(ROLLCALL_URN) {
                mapping::forget_reason(&mut after);
            }
            (Some(Command::Reactivate), "account.reactivated")
        }
        (Some(held), _, Some(reason)) if held != reason => {
            (Some(Command::Deactivate(reason)), "account.updated")
        }
        _ => (None, "account.updated"),
    };
    let mut attributes: Vec<String> = changed.into_iter().collect();
    let switched = matches!(action, "account.deactivated" | "account.reactivated");
    if switched || active_unassigned != row.active_unassigned {
        attributes.insert(0, "active".to_owned());
    }
    if attributes.is_empty() && command.is_none() {
        return Ok(None);
    }
    let keys = mapping::keys(row.connection, &after);
    mapping::check_keys(&keys, &after)?;
    let becoming = become_signing_in_by(&row.account, mapping::sign_in(&keys), &rules.policy);
    let (mut account, mut effects) = (becoming.account, becoming.effects);
    if let Some(command) = command {
        let decision = decide(&account, command, &rules.policy, call.now)?;
        account = decision.account;
        effects.extend(decision.effects);
    }
    let resource = Some(after);
    Ok(Some(Planned { resource, active_unassigned, account, effects, new_hash: None, action, attributes }))
}

/// Deletes a user: a tombstone stays, and is never seen again (RFC 7644 §3.6).
///
/// # Errors
/// `NotFound`, 412, database failures.
pub fn delete(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    if_match: Option<&str>,
) -> Result<(), AppError> {
    conn.in_transaction(|conn| {
        groups::lock_groups_of(conn, call.tenant, id)?;
        deleted(conn, rules, call, id, if_match)?;
        // A second statement, so that it sees whoever was added to a group while this one waited for the account.
        for group in groups::leave_all(conn, call.tenant, id)? {
            groups::save(conn, call.tenant, group, None, call.now)?;
            let mut entry = accounts::entry(call, "group.updated", vec!["members".to_owned()], &[]);
            entry.facts = serde_json::json!({"membersRemoved": [id.to_string()]});
            audit::insert(conn, call.tenant, group.0, &entry)?;
        }
        Ok(())
    })
}

fn deleted(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    if_match: Option<&str>,
) -> Result<(), AppError> {
    accounts::change(conn, call, id, &|row| {
        check_match(call, row, if_match)?;
        let decision = decide(&row.account, Command::Delete, &rules.policy, call.now)?;
        Ok(Some(Planned::decided(row, decision, None, "account.deleted")))
    })?;
    Ok(())
}

/// If-Match (RFC 7644 §3.14).
fn check_match(call: &Call, row: &AccountRow, if_match: Option<&str>) -> Result<(), AppError> {
    precondition(&mapping::user_etag(row, &call.base), if_match)
}

/// Compares an ETag with If-Match.
///
/// # Errors
/// 412 when the resource has changed.
pub fn precondition(etag: &rollcall_scim::etag::ETag, if_match: Option<&str>) -> Result<(), AppError> {
    match if_match {
        Some(header) if !etag.matches(header) => Err(ScimError::precondition_failed(format!(
            "the resource is at version {}, not {header}; read it and try again",
            etag.as_str()
        ))
        .into()),
        _ => Ok(()),
    }
}
