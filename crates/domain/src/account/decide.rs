//! The decision: facts + command + policy + now → new facts and effects, or a refusal.

use super::{Account, Command, Deactivation, Effect, Reason, Role, ScheduledDeactivation};
use crate::credential::{Password, SignIn};
use crate::policy::{Policy, ReactivatePassword};
use crate::refusal::Refusal;
use chrono::{DateTime, Utc};

/// The new facts and what follows from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The facts to save.
    pub account: Account,
    /// What to carry out, in order; empty when nothing changes.
    pub effects: Vec<Effect>,
}

impl Decision {
    fn unchanged(account: &Account) -> Decision {
        Decision { account: *account, effects: Vec::new() }
    }
}

/// Decides what a command does to an account. It starts from the [settled](Account::settled) facts: what fell due before the
/// command is on record with it.
///
/// # Errors
/// A [`Refusal`] names the fact that stands against the command; nothing changes then.
pub fn decide(
    account: &Account,
    command: Command,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    if account.deleted_at.is_some() {
        return Err(Refusal::Deleted);
    }
    let Decision { account: settled, effects } = settle(account, now);
    let mut decision = match command {
        Command::Deactivate(reason) => deactivate(&settled, reason, now),
        Command::Reactivate => reactivate(&settled, policy, now)?,
        Command::SetStart(start) => dated(&settled, Account { starts_at: start, ..settled }, now),
        Command::SetExpiry(end) => dated(&settled, Account { expires_at: end, ..settled }, now),
        Command::ScheduleDeactivation(scheduled) => schedule(&settled, scheduled, now),
        Command::CancelDeactivation => {
            Decision { account: Account { deactivate_at: None, ..settled }, effects: Vec::new() }
        }
        Command::SetRole(role) => set_role(&settled, role)?,
        Command::IssueTemporaryPassword => issue_temporary_password(&settled, policy, now)?,
        Command::ChangePassword => change_password(&settled, now)?,
        Command::SetPassword => set_password(&settled, now)?,
        Command::SignIn => sign_in(&settled, now)?,
        Command::Delete => delete(&settled, now),
    };
    decision.effects.retain(|effect| !effects.contains(effect));
    decision.effects.splice(0..0, effects);
    Ok(decision)
}

/// Puts on record what fell due before now; see [`Account::settled`].
pub fn settle(account: &Account, now: DateTime<Utc>) -> Decision {
    let settled = account.settled(now);
    let effects = if settled == *account {
        Vec::new()
    } else {
        vec![Effect::DeactivationFellDue, Effect::SessionsEnded]
    };
    Decision { account: settled, effects }
}

/// A second deactivation keeps the first one's time, which is the answer to "since when"; another reason corrects the first.
fn deactivate(account: &Account, reason: Reason, now: DateTime<Utc>) -> Decision {
    let mut account = *account;
    if let Some(deactivation) = &mut account.deactivated {
        deactivation.reason = reason;
        return Decision { account, effects: Vec::new() };
    }
    account.deactivated = Some(Deactivation { at: now, reason });
    account.session_epoch += 1;
    Decision { account, effects: vec![Effect::SessionsEnded] }
}

/// The epoch is not lowered: a session that began before the deactivation never works again (SECURITY S02).
/// An expiry is not undone by it (LIFECYCLE C3), and a start still to come stays.
fn reactivate(account: &Account, policy: &Policy, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    if let Some(at) = account.expired(now) {
        return Err(Refusal::Expired { at });
    }
    if account.deactivated.is_none() {
        return Ok(Decision::unchanged(account));
    }
    let mut account = *account;
    account.deactivated = None;
    account.deactivate_at = account.deactivate_at.filter(|scheduled| now < scheduled.at);
    let invalidate = match policy.reactivate_password {
        ReactivatePassword::Keep => false,
        ReactivatePassword::InvalidateUsernameOnly => account.sign_in == SignIn::Username,
        ReactivatePassword::InvalidateAll => true,
    };
    let mut effects = Vec::new();
    if invalidate && account.password.exists() {
        account.password = Password::Invalidated;
        effects.push(Effect::PasswordInvalidated);
    }
    Ok(Decision { account, effects })
}

/// Other dates. Sessions end where the account cannot be used any more, and where it comes back from its expiry: those of
/// before were refused by the date alone, and would live again.
fn dated(before: &Account, mut after: Account, now: DateTime<Utc>) -> Decision {
    let lost = before.is_active(now) && !after.is_active(now);
    let returned = before.expired(now).is_some() && after.expired(now).is_none();
    if lost || returned {
        after.session_epoch += 1;
        return Decision { account: after, effects: vec![Effect::SessionsEnded] };
    }
    Decision { account: after, effects: Vec::new() }
}

/// A date that has passed means now: nobody was shut out before anybody said so.
fn schedule(account: &Account, scheduled: ScheduledDeactivation, now: DateTime<Utc>) -> Decision {
    let account = Account { deactivate_at: Some(scheduled), ..*account };
    if scheduled.at <= now {
        return deactivate(&account, scheduled.reason, now);
    }
    Decision { account, effects: Vec::new() }
}

fn set_role(account: &Account, role: Role) -> Result<Decision, Refusal> {
    if account.role != role && (account.role == Role::Owner || role == Role::Owner) {
        return Err(Refusal::Ownership);
    }
    Ok(Decision { account: Account { role, ..*account }, effects: Vec::new() })
}

/// What follows when a person's way to sign in changes with their attributes. `account` is [settled](Account::settled).
///
/// Who is inactive and was username-only loses the password now: with the e-mail that arrives, the reactivation would let the
/// old password live, which nobody but its former users may know (LIFECYCLE C10).
pub fn become_signing_in_by(account: &Account, sign_in: SignIn, policy: &Policy) -> Decision {
    let mut decision = Decision::unchanged(account);
    decision.account.sign_in = sign_in;
    let escapes = account.deactivated.is_some()
        && account.sign_in == SignIn::Username
        && sign_in == SignIn::Email
        && policy.reactivate_password != ReactivatePassword::Keep;
    if escapes && account.password.exists() {
        decision.account.password = Password::Invalidated;
        decision.effects.push(Effect::PasswordInvalidated);
    }
    decision
}

/// Refused while inactive: a reactivation would make the new password worthless at once.
fn issue_temporary_password(
    account: &Account,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Decision, Refusal> {
    refuse_inactive(account, now)?;
    let mut account = *account;
    account.password = Password::Temporary { expires_at: now + policy.temporary_password_lifetime };
    account.session_epoch += 1;
    Ok(Decision { account, effects: vec![Effect::PasswordSet, Effect::SessionsEnded] })
}

fn change_password(account: &Account, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    refuse_inactive(account, now)?;
    usable_password(account, now)?;
    Ok(with_password(account))
}

/// Refused while inactive, as a temporary one is. Whoever creates an account that is not to be used yet sets the password first;
/// whoever reactivates one sets it afterwards.
fn set_password(account: &Account, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    refuse_inactive(account, now)?;
    Ok(with_password(account))
}

fn with_password(account: &Account) -> Decision {
    let mut account = *account;
    account.password = Password::Set;
    account.session_epoch += 1;
    Decision { account, effects: vec![Effect::PasswordSet, Effect::SessionsEnded] }
}

fn sign_in(account: &Account, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    refuse_inactive(account, now)?;
    usable_password(account, now)?;
    if matches!(account.password, Password::Temporary { .. }) {
        return Err(Refusal::PasswordChangeRequired);
    }
    let mut account = *account;
    account.first_access_at = account.first_access_at.or(Some(now));
    account.last_login_at = Some(now);
    Ok(Decision { account, effects: vec![Effect::SessionStarted] })
}

fn delete(account: &Account, now: DateTime<Utc>) -> Decision {
    let mut account = *account;
    account.deleted_at = Some(now);
    account.session_epoch += 1;
    let mut effects = vec![Effect::SessionsEnded, Effect::MembershipsEnded];
    if account.password.exists() {
        account.password = Password::Invalidated;
        effects.push(Effect::PasswordInvalidated);
    }
    Decision { account, effects }
}

fn refuse_inactive(account: &Account, now: DateTime<Utc>) -> Result<(), Refusal> {
    if let Some(deactivation) = account.deactivated {
        return Err(Refusal::Inactive { since: deactivation.at });
    }
    if let Some(at) = account.expired(now) {
        return Err(Refusal::AccessExpired { at });
    }
    match account.starts_at {
        Some(at) if now < at => Err(Refusal::NotStarted { at }),
        _ => Ok(()),
    }
}

fn usable_password(account: &Account, now: DateTime<Utc>) -> Result<(), Refusal> {
    match account.password {
        Password::Set => Ok(()),
        Password::Temporary { expires_at } if now < expires_at => Ok(()),
        Password::Temporary { expires_at } => Err(Refusal::TemporaryPasswordExpired { at: expires_at }),
        Password::None | Password::Invalidated => Err(Refusal::NoPassword),
    }
}

#[cfg(test)]
mod tests;
