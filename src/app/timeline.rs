//! The history of an account: where it stands, why, since when and by whom, what will happen next, and what happened.

use super::accounts::{self, AccountView};
use super::{AppError, Call, Rules, audit, mapping};
use crate::store::TenantConnection;
use crate::store::accounts::{self as store, AccountRow, Origins};
use crate::store::audit::{EntryRow, Wanted};
use crate::store::connections;
use chrono::{DateTime, Utc};
use rollcall_domain::account::{Deactivation, Effect, Reason, Status};
use rollcall_domain::ids::AccountId;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// As in the audit log: connection:ID, account:ID, operator or worker.
    actor: String,
    /// What people call it: the name of a connection, "the person" for who acts for themselves.
    name: String,
}

/// A fact that makes the account what it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Because {
    /// deactivated, expired, staged, locked or noFreeSeat.
    fact: &'static str,
    /// Since when, or for a start still to come until when.
    since: String,
    /// Who brought it about, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Actor>,
    /// Why, of a deactivation.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// The way back in.
    way_out: &'static str,
}

/// What a date will bring.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    /// When.
    at: String,
    /// starts, expires, deactivates or frees the seat: `seatReleased`.
    what: &'static str,
    /// Who set the date, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Actor>,
}

/// Something that happened to the account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The place in the sequence of changes.
    position: String,
    /// When.
    at: String,
    /// Who.
    by: Actor,
    /// What, as in the audit log.
    action: String,
    /// Names of the attributes that changed.
    attributes: Vec<String>,
    /// What followed.
    #[schema(value_type = Object)]
    facts: Box<RawValue>,
}

/// The history of an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// The account as it is now.
    account: AccountView,
    /// Why it is not usable; empty for one that is.
    because: Vec<Because>,
    /// What will happen by itself, the next first.
    next: Vec<Next>,
    /// What happened, the newest first.
    events: Vec<Event>,
    /// The `before` of the next page, if there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
}

/// The history of an account.
///
/// # Errors
/// `NotFound`; database failures.
pub fn show(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    wanted: Wanted,
    limit: i64,
) -> Result<Timeline, AppError> {
    let row = accounts::find(conn, call, id)?;
    let origins = store::origins(conn, call.tenant, id)?;
    let names: HashMap<Uuid, String> =
        connections::list(conn, call.tenant)?.into_iter().map(|one| (one.id.0, one.name)).collect();
    let name = |actor: &str| Actor { actor: actor.to_owned(), name: name(&names, actor, id) };
    let rows = audit::list(conn, call, Some(id.0), wanted, limit)?;
    let full = i64::try_from(rows.len()).is_ok_and(|n| n == limit.clamp(1, audit::MAX_PAGE));
    let before = rows.last().filter(|_| full).map(|row| row.position().to_string());
    let mut because = because(&row, &origins, call.now, &name);
    // Who was made inactive for want of a seat was deactivated by nobody.
    let as_made = |deactivation: Deactivation| {
        deactivation.at == row.created_at && deactivation.reason == Reason::Administrative
    };
    if row.account.deactivated.is_some_and(as_made) {
        let made = audit::list(conn, call, Some(id.0), Wanted::Oldest, 1)?;
        if made.first().is_some_and(|entry| entry.has_fact(Effect::NoFreeSeat.as_str())) {
            for fact in because.iter_mut().filter(|fact| fact.fact == "deactivated") {
                fact.by = None;
                fact.reason = None;
                fact.fact = "noFreeSeat";
                fact.way_out =
                    "it can be reactivated when a seat is free: deactivate somebody, or raise the limit";
            }
        }
    }
    Ok(Timeline {
        because,
        next: next(&row, &origins, call.now, &name),
        account: AccountView::new(&row, &rules.policy, call.now)?,
        events: rows.into_iter().map(|row| event(row, &name)).collect::<Result<_, _>>()?,
        before,
    })
}

fn name(connections: &HashMap<Uuid, String>, actor: &str, of: AccountId) -> String {
    let id = |prefix: &str| actor.strip_prefix(prefix).and_then(|id| Uuid::try_parse(id).ok());
    match (id("connection:"), id("account:")) {
        (Some(connection), _) => connections.get(&connection).cloned().unwrap_or_else(|| actor.to_owned()),
        (None, Some(account)) if account == of.0 => "the person".to_owned(),
        _ => actor.to_owned(),
    }
}

fn because(
    row: &AccountRow,
    origins: &Origins,
    now: DateTime<Utc>,
    name: &dyn Fn(&str) -> Actor,
) -> Vec<Because> {
    let account = &row.account;
    let by = |actor: &Option<String>| actor.as_deref().map(name);
    let mut facts = Vec::new();
    if let Some(at) = account.locked_at {
        facts.push(Because {
            fact: "locked",
            since: mapping::time(at),
            by: by(&origins.locked_by),
            reason: None,
            way_out: "an administrator can unlock it",
        });
    }
    if let Some(deactivation) = account.settled(now).deactivated {
        // One that fell due by itself is the doing of who set the date.
        let origin =
            if account.deactivated.is_some() { &origins.deactivated_by } else { &origins.deactivate_by };
        facts.push(Because {
            fact: "deactivated",
            since: mapping::time(deactivation.at),
            by: by(origin),
            reason: Some(mapping::reason_word(deactivation.reason)),
            way_out: "an administrator or the identity provider can reactivate it",
        });
    }
    if let Some(at) = account.expired(now) {
        facts.push(Because {
            fact: "expired",
            since: mapping::time(at),
            by: None,
            reason: None,
            way_out: "a later expiresAt, or none, brings it back",
        });
    }
    if account.status(now) == Status::Staged
        && let Some(at) = account.starts_at
    {
        facts.push(Because {
            fact: "staged",
            since: mapping::time(at),
            by: None,
            reason: None,
            way_out: "it begins at that time; an earlier startsAt, or none, lets it begin before",
        });
    }
    facts
}

fn next(row: &AccountRow, origins: &Origins, now: DateTime<Utc>, name: &dyn Fn(&str) -> Actor) -> Vec<Next> {
    let account = &row.account;
    if account.settled(now).deactivated.is_some() {
        return Vec::new();
    }
    let scheduled = account.deactivate_at.map(|scheduled| scheduled.at);
    let dates = [
        (account.starts_at, "starts", None),
        (account.expires_at, "expires", None),
        (scheduled, "deactivates", origins.deactivate_by.as_deref()),
        (account.seat.and_then(|seat| seat.until), "seatReleased", None),
    ];
    let to_come = |(at, what, by): (Option<DateTime<Utc>>, _, Option<&str>)| {
        at.filter(|at| now < *at).map(|at| (at, what, by.map(name)))
    };
    let mut next: Vec<_> = dates.into_iter().filter_map(to_come).collect();
    next.sort_by_key(|(at, ..)| *at);
    next.into_iter().map(|(at, what, by)| Next { at: mapping::time(at), what, by }).collect()
}

fn event(row: EntryRow, name: &dyn Fn(&str) -> Actor) -> Result<Event, AppError> {
    Ok(Event {
        position: row.position().to_string(),
        facts: row.facts()?,
        at: audit::time(row.at),
        by: name(&row.actor),
        action: row.action,
        attributes: row.attributes.into_iter().flatten().collect(),
    })
}
