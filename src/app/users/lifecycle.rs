//! From what a client says about a user to commands, and from their decisions to new facts.

use crate::app::{AppError, mapping};
use chrono::{DateTime, Utc};
use rollcall_domain::account::{
    Account, Command, Effect, Reason, ScheduledDeactivation, become_signing_in_by, decide, readdress, settle,
};
use rollcall_domain::credential::SignIn;
use rollcall_domain::policy::Policy;
use rollcall_scim::error::ScimError;
use serde_json::{Map, Value};

/// What a client says.
pub(super) struct Said<'a> {
    /// The attributes as they were.
    pub(super) before: &'a Map<String, Value>,
    /// The attributes as they are to be; what belongs to a deactivation that is over is taken out.
    pub(super) after: &'a mut Map<String, Value>,
    /// `active`; `None` where nothing was said of it.
    pub(super) active: Option<bool>,
    /// Whether the request names `deactivateAt`.
    pub(super) deactivation_dated: bool,
    /// How the person signs in with these attributes.
    pub(super) sign_in: SignIn,
    /// Whether a password comes along. It is set if the account is active by this request, and else passed over.
    pub(super) sets_password: bool,
}

/// What follows.
pub(super) struct Followed {
    /// The new facts.
    pub(super) account: Account,
    /// What follows from them.
    pub(super) effects: Vec<Effect>,
    /// The audit log's word for it.
    pub(super) action: &'static str,
    /// Whether the account was switched off or on.
    pub(super) switched: bool,
}

/// Decides. Dates come before `active`: a later expiry that is sent with `active: true` counts for it.
///
/// # Errors
/// `invalidValue` for a word, date or zone that cannot be used and for a request that contradicts itself; a refusal.
pub(super) fn follow(
    held: &Account,
    said: &mut Said<'_>,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Followed, AppError> {
    let settled = settle(held, policy, now);
    let mut effects = settled.effects;
    let mut account = settled.account;
    if mapping::is_readdressed(said.before, said.after) {
        let readdressed = readdress(&account);
        account = readdressed.account;
        effects.extend(readdressed.effects);
    }
    let becoming = become_signing_in_by(&account, said.sign_in, policy);
    account = becoming.account;
    effects.extend(becoming.effects);
    for command in commands(held, &settled.account, said, now)? {
        let decision = decide(&account, command, policy, now)?;
        account = decision.account;
        effects.extend(decision.effects);
    }
    // Last, and only then: it stands in the way of no deactivation, and nobody's who is away is replaced.
    if said.sets_password && account.is_active(now) {
        let decision = decide(&account, Command::SetPassword, policy, now)?;
        account = decision.account;
        effects.extend(decision.effects);
    }
    if let (Some(before), Some(seat)) = (held.seat.filter(|_| held.holds_seat(now)), &mut account.seat) {
        // One that was over for a moment between two commands was held throughout.
        seat.since = before.since;
        effects.retain(|effect| !matches!(effect, Effect::SeatTaken | Effect::SeatReleased));
    }
    let (was, is) = (settled.account.deactivated.is_some(), account.deactivated.is_some());
    let pending = |account: &Account| account.deactivate_at.filter(|scheduled| now < scheduled.at);
    // A deactivation still to come keeps its date and its reason; one that is over or taken back does not.
    if (was || pending(held).is_some()) && !is && account.deactivate_at.is_none() {
        mapping::forget_deactivation(said.before, said.after);
    }
    // A reactivation may undo an expiry; without one the client's date is the account's.
    if account.expires_at.is_none() {
        mapping::forget_expiry(said.after);
    }
    let action = action(held, &settled.account, &account, now);
    Ok(Followed { account, effects, action, switched: was != is })
}

/// The audit log's word for what became of an account.
pub(in crate::app) fn action(
    held: &Account,
    settled: &Account,
    account: &Account,
    now: DateTime<Utc>,
) -> &'static str {
    // A schedule that has fallen due is neither set nor cancelled: what it brought stays.
    let pending = |account: &Account| account.deactivate_at.filter(|scheduled| now < scheduled.at);
    match (settled.deactivated.is_some(), account.deactivated.is_some()) {
        (false, true) => "account.deactivated",
        (true, false) => "account.reactivated",
        _ => match (pending(held), pending(account)) {
            (before, after) if before == after => "account.updated",
            (_, Some(_)) => "account.deactivation_scheduled",
            (_, None) => "account.deactivation_cancelled",
        },
    }
}

fn commands(
    held: &Account,
    settled: &Account,
    said: &Said<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Command>, AppError> {
    let dates = mapping::dates(said.before, said.after, held)?;
    let reason = mapping::reason(said.after)?;
    if let (Some(true), true, Some(past)) =
        (said.active, said.deactivation_dated, dates.deactivate_at.filter(|at| *at <= now))
    {
        return Err(ScimError::invalid_value(format!(
            "deactivateAt {} has passed, and active is true; send a later deactivateAt, or null for none, or active false",
            mapping::time(past)
        ))
        .into());
    }
    let mut commands = Vec::new();
    let role = mapping::role(said.after)?;
    // Only where the client changed it: what a client never spoke of is not theirs to lose.
    if role != held.role && mapping::said_role(said.before) != mapping::said_role(said.after) {
        commands.push(Command::SetRole(role));
    }
    if dates.starts_at != held.starts_at {
        commands.push(Command::SetStart(dates.starts_at));
    }
    if dates.expires_at != held.expires_at {
        commands.push(Command::SetExpiry(dates.expires_at));
    }
    let kept_reason = held.deactivate_at.map(|scheduled| scheduled.reason);
    let scheduled = dates.deactivate_at.map(|at| ScheduledDeactivation {
        at,
        reason: reason.or(kept_reason).unwrap_or(Reason::Administrative),
    });
    match scheduled {
        same if same == held.deactivate_at => {}
        Some(scheduled) => commands.push(Command::ScheduleDeactivation(scheduled)),
        None => commands.push(Command::CancelDeactivation),
    }
    match (said.active, settled.deactivated) {
        (Some(true), _) => commands.push(Command::Reactivate),
        (Some(false), None) => {
            // Who goes earlier than was planned goes for the reason that was planned.
            let reason = reason.or(kept_reason).unwrap_or(Reason::Administrative);
            commands.push(Command::Deactivate(reason));
        }
        (_, Some(deactivation)) => {
            commands.extend(reason.filter(|reason| *reason != deactivation.reason).map(Command::Deactivate));
        }
        (None, None) => {}
    }
    Ok(commands)
}
