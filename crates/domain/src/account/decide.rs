//! The decision: facts + command + policy + now → new facts and effects, or a refusal.

use super::{Account, Command, Deactivation, Effect, Reason, Role, ScheduledDeactivation};
use crate::credential::{Password, SignIn};
use crate::policy::{EraseRecords, Policy, ReactivatePassword, Restore};
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
    /// Nothing is different.
    pub(crate) fn unchanged(account: &Account) -> Decision {
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
    // What is left of a deleted account can still be erased.
    if account.deleted_at.is_some() && command != Command::Erase {
        return Err(Refusal::Deleted);
    }
    let Decision { account: settled, effects } = fallen_due(account, now);
    if account.role == Role::Owner && shuts_out(&settled, command, now) {
        return Err(Refusal::Owner);
    }
    let mut decision = match command {
        Command::Create => Decision::unchanged(&settled),
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
        Command::RecordAccess => record_access(&settled, now)?,
        Command::StartCourse => start_course(&settled, now)?,
        Command::Lock => lock(&settled, now),
        Command::Unlock => Decision { account: Account { locked_at: None, ..settled }, effects: Vec::new() },
        Command::TakeOwnership => take_ownership(&settled, now)?,
        Command::GiveUpOwnership => give_up_ownership(&settled),
        Command::Delete => delete(&settled, now),
        Command::Erase => erase(&settled, policy, now),
    };
    if settled.is_off(now) && !decision.account.is_off(now) && decision.account.deleted_at.is_none() {
        decision.effects.push(match policy.restore {
            Restore::All => Effect::EnrolmentsReopened,
            Restore::ManualList => Effect::EnrolmentsWait,
            Restore::LastSnapshot => Effect::LaterEnrolmentsWait,
        });
    }
    let mut decision = become_seated(decision, policy, now);
    decision.effects.retain(|effect| !effects.contains(effect));
    decision.effects.splice(0..0, effects);
    Ok(decision)
}

/// Whether a command would keep an owner out, now or on a date.
fn shuts_out(settled: &Account, command: Command, now: DateTime<Utc>) -> bool {
    match command {
        Command::Deactivate(_) | Command::ScheduleDeactivation(_) => true,
        Command::Lock | Command::Delete | Command::Erase => true,
        Command::SetExpiry(end) => end.is_some() && end != settled.expires_at,
        Command::SetStart(start) => start.is_some_and(|start| now < start),
        _ => false,
    }
}

/// A decision with the seat that its facts ask for, and with the next of their dates.
pub fn become_seated(mut decision: Decision, policy: &Policy, now: DateTime<Utc>) -> Decision {
    seat(&mut decision, policy, now);
    decision.account.due_at = decision.account.next_due(now);
    decision
}

/// Takes the seat that the new facts ask for, or gives back the one they do not.
fn seat(decision: &mut Decision, policy: &Policy, now: DateTime<Utc>) {
    let Decision { account, effects } = decision;
    let needed = account.needed_seat(policy, now);
    match (account.seat, needed) {
        (None, Some(_)) => effects.push(Effect::SeatTaken),
        (Some(_), None) => effects.push(Effect::SeatReleased),
        _ => {}
    }
    account.seat = needed;
}

/// Puts on record what fell due before now; see [`Account::settled`]. The seat of an account whose time is over goes with it.
pub fn settle(account: &Account, policy: &Policy, now: DateTime<Utc>) -> Decision {
    let mut decision = fallen_due(account, now);
    if decision.account.seat.is_some() {
        seat(&mut decision, policy, now);
    }
    decision.account.due_at = decision.account.next_due(now);
    decision
}

fn fallen_due(account: &Account, now: DateTime<Utc>) -> Decision {
    let settled = account.settled(now);
    let mut effects = Vec::new();
    if settled != *account {
        effects.extend([Effect::DeactivationFellDue, Effect::SessionsEnded]);
    }
    if let Some(due) = account.due_at {
        let fell = |date: Option<DateTime<Utc>>| date.is_some_and(|at| due <= at && at <= now);
        effects.extend(fell(account.starts_at).then_some(Effect::StartFellDue));
        effects.extend(fell(account.expires_at).then_some(Effect::ExpiryFellDue));
    }
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
/// An expiry is undone by it only where the policy says so (LIFECYCLE C3), a lock never, and a start still to come stays.
fn reactivate(account: &Account, policy: &Policy, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    if let Some(since) = account.locked_at {
        return Err(Refusal::Locked { since });
    }
    let expired = account.expired(now);
    if let Some(at) = expired.filter(|_| policy.expiry_needs_new_date) {
        return Err(Refusal::Expired { at });
    }
    if account.deactivated.is_none() && expired.is_none() {
        return Ok(Decision::unchanged(account));
    }
    let Decision { mut account, mut effects } = match expired {
        Some(_) => dated(account, Account { expires_at: None, ..*account }, now),
        None => Decision::unchanged(account),
    };
    account.deactivated = None;
    account.deactivate_at = account.deactivate_at.filter(|scheduled| now < scheduled.at);
    let invalidate = match policy.reactivate_password {
        ReactivatePassword::Keep => false,
        ReactivatePassword::InvalidateUsernameOnly => account.sign_in == SignIn::Username,
        ReactivatePassword::InvalidateAll => true,
    };
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

/// What follows when the name or, with `moved`, the e-mail address that a person signs in with is another. `account` is
/// [settled](Account::settled).
///
/// A temporary password or link that is out was meant for whoever reads the old address, or was asked for while an attacker's stood
/// there: it is withdrawn (CVE-2022-1680). A password that the person chose stays theirs.
pub fn become_known_as_another(account: &Account, moved: bool) -> Decision {
    let mut decision = Decision { account: *account, effects: vec![Effect::LoginChanged] };
    if moved && matches!(account.password, Password::Temporary { .. }) {
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
    account.password = Password::Temporary { expires_at: now + policy.temporary_password_lifetime() };
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

/// Whoever may not sign in here may not have used their access either.
fn record_access(account: &Account, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    refuse_inactive(account, now)?;
    let first_access_at = account.first_access_at.or(Some(now));
    let account = Account { first_access_at, last_login_at: Some(now), ..*account };
    Ok(Decision { account, effects: Vec::new() })
}

/// Starting a course is a use of the access, also where the sign-in was not told.
fn start_course(account: &Account, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    refuse_inactive(account, now)?;
    let account = Account {
        first_access_at: account.first_access_at.or(Some(now)),
        first_course_at: account.first_course_at.or(Some(now)),
        ..*account
    };
    Ok(Decision { account, effects: Vec::new() })
}

/// A second lock keeps the first one's time.
fn lock(account: &Account, now: DateTime<Utc>) -> Decision {
    if account.locked_at.is_some() {
        return Decision::unchanged(account);
    }
    let account = Account { locked_at: Some(now), session_epoch: account.session_epoch + 1, ..*account };
    Decision { account, effects: vec![Effect::SessionsEnded] }
}

/// Only somebody who is in, and stays in, can be the owner: an owner is never left out.
fn take_ownership(account: &Account, now: DateTime<Utc>) -> Result<Decision, Refusal> {
    refuse_inactive(account, now)?;
    if let Some(at) = account.ends_at() {
        return Err(Refusal::Ends { at });
    }
    let account = Account { role: Role::Owner, ..*account };
    Ok(Decision { account, effects: Vec::new() })
}

fn give_up_ownership(account: &Account) -> Decision {
    let role = if account.role == Role::Owner { Role::Administrator } else { account.role };
    Decision { account: Account { role, ..*account }, effects: Vec::new() }
}

fn erase(account: &Account, policy: &Policy, now: DateTime<Utc>) -> Decision {
    let mut decision = match account.deleted_at {
        Some(_) => Decision::unchanged(account),
        None => delete(account, now),
    };
    decision.effects.push(Effect::PersonalDataErased);
    if policy.erase_records == EraseRecords::Remove {
        decision.effects.push(Effect::RecordsRemoved);
    }
    decision
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
    if let Some(since) = account.locked_at {
        return Err(Refusal::Locked { since });
    }
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
