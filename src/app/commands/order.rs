//! An order as it is sent, and what it asks of the life cycle.

use crate::app::{AppError, mapping};
use chrono::{DateTime, Utc};
use rollcall_domain::account::{Account, Command, Reason, Role, ScheduledDeactivation};
use rollcall_domain::ids::ConnectionId;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// What can be done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verb {
    /// Switch off, at once or `at` a date: no sign-in, and every session ends. Everything is kept.
    Deactivate,
    /// Take a deactivation back that is still to come.
    CancelDeactivation,
    /// Switch on again; with `expiresAt` until that date.
    Reactivate,
    /// The account may be used from `startsAt` on; null for at once.
    SetStart,
    /// The account may be used until `expiresAt`; null for without an end.
    SetExpiry,
    /// Another `role`.
    SetRole,
    /// Keep shut, whatever a provider says.
    Lock,
    /// Take the lock back. Nothing else is undone by it.
    Unlock,
    /// Make this account the owner's; the owner of before becomes an administrator.
    MakeOwner,
    /// Give the account to another `connection`, which from then on is its source. The externalId goes, since it was the former one's.
    Transfer,
    /// The person used the access, having signed in elsewhere.
    RecordAccess,
    /// Take out everything that says who it was, for ever. Needs `confirm`.
    Erase,
}

/// Why an account is deactivated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReasonWord {
    /// The person left the organisation.
    Left,
    /// Leave of absence.
    Leave,
    /// Another role, which needs no training.
    RoleChange,
    /// Not used for long.
    Dormant,
    /// Suspected misuse.
    Security,
    /// No reason is given.
    Administrative,
}

impl From<ReasonWord> for Reason {
    fn from(word: ReasonWord) -> Self {
        match word {
            ReasonWord::Left => Reason::Left,
            ReasonWord::Leave => Reason::Leave,
            ReasonWord::RoleChange => Reason::RoleChange,
            ReasonWord::Dormant => Reason::Dormant,
            ReasonWord::Security => Reason::Security,
            ReasonWord::Administrative => Reason::Administrative,
        }
    }
}

/// A role that can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RoleWord {
    /// Takes courses.
    Learner,
    /// Gives courses.
    Trainer,
    /// Looks after other people: their accounts and their training.
    Manager,
    /// Sees everything, and changes nothing.
    Reader,
    /// Runs the platform.
    Administrator,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Learner => Role::Learner,
            RoleWord::Trainer => Role::Trainer,
            RoleWord::Manager => Role::Manager,
            RoleWord::Reader => Role::Reader,
            RoleWord::Administrator => Role::Administrator,
        }
    }
}

/// A command for an account. Dates are `2026-12-31T18:00:00+01:00`, a local time without the offset, or a day: as a start its
/// beginning, as an end its end. Without an offset they are in `timeZone`, else in the person's zone, else in UTC.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "an object such as {\"command\": \"lock\"}"
)]
pub struct Order {
    /// What is to be done.
    pub command: Verb,
    /// Why; of `deactivate`. Administrative when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonWord>,
    /// When; of `deactivate`. At once when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Of `setStart`; null for at once.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub starts_at: Option<Option<String>>,
    /// Of `setExpiry` and `reactivate`; null for an account without an end.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Option<String>>,
    /// The IANA name of the zone that the date is in, such as `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Of `setRole`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleWord>,
    /// Of `transfer`: the id of the connection, from `GET /connections`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Uuid>,
    /// The user name or the id of the person, once more: of `erase`, and of `deactivate` where the policy asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

/// A value that may be null, where null says something else than nothing at all.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn dateless(field: &'static str) -> AppError {
    AppError::invalid(field, "is missing; send a date, or null for none".to_owned())
}

/// An order that can mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum Ordered {
    /// Commands that need nothing else.
    Plain(Command),
    Deactivate,
    Reactivate,
    SetStart,
    SetExpiry,
    MakeOwner,
    Transfer(ConnectionId),
    Erase,
}

impl Ordered {
    /// Whether it can be done to many at once. What is for one person, or cannot be undone, is not.
    pub(in crate::app) fn is_for_many(self) -> bool {
        !matches!(self, Ordered::MakeOwner | Ordered::Erase | Ordered::Plain(Command::RecordAccess))
    }

    /// The commands for an account, and the dates as they are to be kept among its attributes.
    ///
    /// # Errors
    /// `Invalid` for a date or zone that cannot be read.
    #[expect(clippy::type_complexity, reason = "said once")]
    pub(in crate::app) fn commands(
        self,
        order: &Order,
        held: &Account,
        attributes: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Command>, Vec<(&'static str, String)>), AppError> {
        let zone = order.time_zone.as_deref();
        let date = |field: &'static str, name: &'static str, word: &Option<String>| {
            let Some(word) = word else { return Ok(None) };
            let moment = mapping::moment(attributes, name, word, zone);
            moment.map(Some).map_err(|why| AppError::invalid(field, why))
        };
        if let Some(zone) = zone.filter(|zone| !mapping::is_zone(zone)) {
            let shown = mapping::shorten(zone);
            let detail = format!("{shown:?} is no time zone; send an IANA name such as \"Europe/Berlin\"");
            return Err(AppError::invalid("timeZone", detail));
        }
        // Without a reason, the one that stands is not corrected.
        let known = held.reason(now);
        // Then the one that the provider keeps ready.
        let known = known.or(mapping::reason(attributes).ok().flatten());
        let reason = order.reason.map(Reason::from).or(known).unwrap_or(Reason::Administrative);
        let dated = match self {
            Ordered::Deactivate => date("at", mapping::DEACTIVATE_AT, &order.at)?,
            Ordered::SetStart => date("startsAt", mapping::STARTS_AT, &order.starts_at.clone().flatten())?,
            Ordered::SetExpiry | Ordered::Reactivate => {
                date("expiresAt", mapping::EXPIRES_AT, &order.expires_at.clone().flatten())?
            }
            _ => None,
        };
        let at = dated.as_ref().map(|moment| moment.at);
        if let (Ordered::Reactivate, Some(at)) = (self, at.filter(|at| *at <= now)) {
            let detail = format!("{} has passed; send a later date, or null for none", mapping::time(at));
            return Err(AppError::invalid("expiresAt", detail));
        }
        let commands = match (self, at) {
            (Ordered::Plain(command), _) => vec![command],
            (Ordered::Deactivate, None) => vec![Command::Deactivate(reason)],
            (Ordered::Deactivate, Some(at)) => {
                vec![Command::ScheduleDeactivation(ScheduledDeactivation { at, reason })]
            }
            (Ordered::Reactivate, None) if order.expires_at.is_none() => vec![Command::Reactivate],
            (Ordered::Reactivate, at) => vec![Command::SetExpiry(at), Command::Reactivate],
            (Ordered::SetStart, at) => vec![Command::SetStart(at)],
            (Ordered::SetExpiry, at) => vec![Command::SetExpiry(at)],
            (Ordered::MakeOwner | Ordered::Transfer(_) | Ordered::Erase, _) => Vec::new(),
        };
        let name = match self {
            Ordered::Deactivate => mapping::DEACTIVATE_AT,
            Ordered::SetStart => mapping::STARTS_AT,
            _ => mapping::EXPIRES_AT,
        };
        Ok((commands, dated.into_iter().map(|moment| (name, moment.text)).collect()))
    }
}

impl Order {
    /// A command and nothing else.
    pub(in crate::app) fn of(command: Verb) -> Self {
        Self {
            command,
            reason: None,
            at: None,
            starts_at: None,
            expires_at: None,
            time_zone: None,
            role: None,
            connection: None,
            confirm: None,
        }
    }

    /// Whether the fields belong to the command.
    ///
    /// # Errors
    /// `Invalid` names the field that does not, or that is missing.
    pub(in crate::app) fn check(&self) -> Result<Ordered, AppError> {
        use Verb as V;
        let verb = self.command;
        for (field, is_there, of) in [
            ("reason", self.reason.is_some(), &[V::Deactivate][..]),
            ("at", self.at.is_some(), &[V::Deactivate]),
            ("startsAt", self.starts_at.is_some(), &[V::SetStart]),
            ("expiresAt", self.expires_at.is_some(), &[V::SetExpiry, V::Reactivate]),
            (
                "timeZone",
                self.time_zone.is_some(),
                &[V::Deactivate, V::SetStart, V::SetExpiry, V::Reactivate],
            ),
            ("role", self.role.is_some(), &[V::SetRole]),
            ("connection", self.connection.is_some(), &[V::Transfer]),
        ] {
            if is_there && !of.contains(&verb) {
                let detail = "does not belong to this command; leave it out".to_owned();
                return Err(AppError::invalid(field, detail));
            }
        }
        Ok(match verb {
            V::Deactivate => Ordered::Deactivate,
            V::CancelDeactivation => Ordered::Plain(Command::CancelDeactivation),
            V::Reactivate => Ordered::Reactivate,
            V::SetStart if self.starts_at.is_some() => Ordered::SetStart,
            V::SetStart => return Err(dateless("startsAt")),
            V::SetExpiry if self.expires_at.is_some() => Ordered::SetExpiry,
            V::SetExpiry => return Err(dateless("expiresAt")),
            V::SetRole => match self.role {
                Some(role) => Ordered::Plain(Command::SetRole(role.into())),
                None => {
                    let detail =
                        "is missing; send learner, trainer, manager, reader or administrator".to_owned();
                    return Err(AppError::invalid("role", detail));
                }
            },
            V::Lock => Ordered::Plain(Command::Lock),
            V::Unlock => Ordered::Plain(Command::Unlock),
            V::MakeOwner => Ordered::MakeOwner,
            V::Transfer => match self.connection {
                Some(id) => Ordered::Transfer(ConnectionId(id)),
                None => {
                    let detail = "is missing; send the id of a connection, from GET /connections".to_owned();
                    return Err(AppError::invalid("connection", detail));
                }
            },
            V::RecordAccess => Ordered::Plain(Command::RecordAccess),
            V::Erase => Ordered::Erase,
        })
    }
}
