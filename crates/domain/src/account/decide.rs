//! The decision: facts + command + policy + now → new facts and effects, or a refusal.

use super::{Account, Command, Deactivation, Effect, Reason};
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

/// Decides what a command does to an account.
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
    match command {
        Command::Deactivate(reason) => Ok(deactivate(account, reason, now)),
        Command::Reactivate => Ok(reactivate(account, policy)),
        Command::IssueTemporaryPassword => issue_temporary_password(account, policy, now),
        Command::ChangePassword => change_password(account, now),
        Command::SetPassword => set_password(account),
        Command::SignIn => sign_in(account, now),
        Command::Delete => Ok(delete(account, now)),
    }
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
fn reactivate(account: &Account, policy: &Policy) -> Decision {
    if account.deactivated.is_none() {
        return Decision::unchanged(account);
    }
    let mut account = *account;
    account.deactivated = None;
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
    Decision { account, effects }
}

/// What follows when a person's way to sign in changes with their attributes.
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
    refuse_inactive(account)?;
    let mut account = *account;
    account.password = Password::Temporary { expires_at: now + policy.temporary_password_lifetime };
    account.session_epoch += 1;
    Ok(Decision { account, effects: vec![Effect::PasswordSet, Effect::SessionsEnded] })
}

fn change_password(account: &Account, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    refuse_inactive(account)?;
    usable_password(account, now)?;
    Ok(with_password(account))
}

/// Refused while inactive, as a temporary one is. Whoever creates, deactivates or reactivates in the same step sets the password
/// while the account is active: before the deactivation, after the reactivation.
fn set_password(account: &Account) -> Result<Decision, Refusal> {
    refuse_inactive(account)?;
    Ok(with_password(account))
}

fn with_password(account: &Account) -> Decision {
    let mut account = *account;
    account.password = Password::Set;
    account.session_epoch += 1;
    Decision { account, effects: vec![Effect::PasswordSet, Effect::SessionsEnded] }
}

fn sign_in(account: &Account, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    refuse_inactive(account)?;
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

fn refuse_inactive(account: &Account) -> Result<(), Refusal> {
    match account.deactivated {
        Some(deactivation) => Err(Refusal::Inactive { since: deactivation.at }),
        None => Ok(()),
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
