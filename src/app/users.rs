//! SCIM operations on users.

mod creation;
pub(in crate::app) mod lifecycle;
mod operations;

pub use creation::{create, create_new};

use super::accounts::{self, Of, Planned};
use super::attribute_owners::confine;
use super::conditions::Conditions;
use super::passwords::Pushed;
use super::resources::Body;
use super::{AppError, Call, Rules, guard, mapping};
use crate::store::TenantConnection;
use crate::store::accounts::AccountRow;
use lifecycle::{Followed, Said, follow};
use operations::{keeping_what_null_does_not_clear, mentions_of_active};
use rollcall_domain::account::{Effect, become_known_as_another, settle};
use rollcall_domain::guard::raised_without_password;
use rollcall_domain::ids::AccountId;
use rollcall_scim::error::ScimError;
use rollcall_scim::patch;
use rollcall_scim::resource::{Accepted, Passwords, accept, keep_immutable};
use serde_json::{Map, Value};

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
    of: Of,
    body: Body,
    conditions: &Conditions,
) -> Result<AccountRow, AppError> {
    let Body { json, password } = body;
    let whole = Whole { accepted: accept(rules.user(), json, &rules.dialect)?, password };
    accounts::change(conn, call, of, &|row| {
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
    of: Of,
    body: Body,
    conditions: &Conditions,
) -> Result<AccountRow, AppError> {
    let Body { json, password } = body;
    let operations = keeping_what_null_does_not_clear(patch::parse(json, &rules.dialect)?);
    accounts::change(conn, call, of, &|row| {
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
    if call.sync.is_some() && rules.dialect.passwords == Passwords::Accept {
        let raised = raised_without_password(&row.account, &account);
        account = raised.account;
        effects.retain(|effect| *effect != Effect::PasswordSet || raised.effects.is_empty());
        effects.extend(raised.effects);
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
