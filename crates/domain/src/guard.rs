//! The guard against a sync gone wrong: which change puts somebody out, how many a source may put out before an administrator
//! looks, and how everything is as it was when it should not have (SECURITY S46).

use crate::account::{Account, Deactivation, Decision, Effect, ScheduledDeactivation, become_seated};
use crate::credential::Password;
use crate::policy::Policy;
use chrono::{DateTime, Duration, Utc};

/// Of its accounts no source may ever put out more than this share unseen, in percent,
pub const CEILING: u64 = 20;
/// but for a source with so few that this many are more: who tries out three people puts nobody out who matters.
pub const FEW: u64 = 5;

/// An end that is this near counts as one: an administrator has less than a week to notice it. Of many that come nearer, they are told.
pub const NEAR: Duration = Duration::days(7);

/// How many may go within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// So many in any case, up to the ceiling.
    pub count: u16,
    /// So many of a hundred.
    pub percent: u16,
}

impl Threshold {
    /// How many of so many accounts.
    pub fn of(self, accounts: u64) -> u64 {
        let share = u64::from(self.count).max(accounts * u64::from(self.percent) / 100);
        share.min((accounts * CEILING / 100).max(FEW))
    }
}

/// Whether a change puts somebody out: now, or by a date that is near. Who was out already cannot be put out again.
pub fn departs(before: &Account, after: &Account, now: DateTime<Utc>) -> bool {
    let deleted = !before.is_away(now) && after.deleted_at.is_some();
    let lost = before.is_active(now) && !after.is_active(now);
    let ended = !before.is_away(now) && (after.is_off(now) || ends_soon(before, after, now));
    let postponed = !before.is_away(now) && before.starts_at < after.starts_at && after.starts_at > Some(now);
    deleted || lost || ended || postponed
}

fn ends_soon(before: &Account, after: &Account, now: DateTime<Utc>) -> bool {
    let end = |account: &Account| account.ends_at().unwrap_or(DateTime::<Utc>::MAX_UTC);
    // One that was near already is on record, or administrators were told.
    end(after) < now + NEAR && now + NEAR <= end(before)
}

/// Whether a change brings somebody back of whom it may be on record that they went; not before the start that they had.
pub fn returns(after: &Account, now: DateTime<Utc>) -> bool {
    after.deleted_at.is_none() && !after.is_off(now) && after.ends_at().is_none_or(|end| now + NEAR <= end)
}

/// Whether a change takes from an administrator what makes them one: the role, the access, or its being without an end.
pub fn loses_administration(before: &Account, after: &Account, now: DateTime<Utc>) -> bool {
    let administers = |account: &Account| {
        account.role.administers() && account.is_active(now) && account.ends_at().is_none()
    };
    administers(before) && !administers(after)
}

/// What follows when a source that may set passwords gives somebody a role that opens the console, or the administrator's: the
/// password that they have may be one that it knows, so it ends, with the sessions that it opened.
pub fn raised_without_password(before: &Account, after: &Account) -> Decision {
    let mut decision = Decision::unchanged(after);
    let (was, is) = (before.role, after.role);
    let raised = !was.opens_console() && is.opens_console() || !was.administers() && is.administers();
    if raised && after.password.exists() {
        decision.account.password = Password::Invalidated;
        decision.account.session_epoch += 1;
        decision.effects.extend([Effect::PasswordInvalidated, Effect::SessionsEnded]);
    }
    decision
}

/// What an account was before it was put out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// From when on it could be used.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it would have been deactivated.
    pub deactivate_at: Option<ScheduledDeactivation>,
    /// That it was deactivated already, where it was.
    pub deactivated: Option<Deactivation>,
    /// State of the password.
    pub password: Password,
}

/// Undoes what put somebody out: dates, seat and password are as they were. Sessions stay ended, and
/// whatever else was changed since stays. An administrator's lock is nobody's to undo.
pub fn restore(account: &Account, before: &Before, policy: &Policy, now: DateTime<Utc>) -> Decision {
    let restored = Account {
        starts_at: before.starts_at,
        expires_at: before.expires_at,
        deactivate_at: before.deactivate_at,
        deactivated: before.deactivated,
        password: before.password,
        deleted_at: None,
        ..*account
    };
    let mut effects = Vec::new();
    if account.password != before.password && before.password.exists() {
        effects.push(Effect::PasswordSet);
    }
    become_seated(Decision { account: restored, effects }, policy, now)
}

#[cfg(test)]
mod tests;
