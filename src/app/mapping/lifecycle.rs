//! The rollcall extension: what clients say about the life cycle, and what they are told about it.

use super::time;
use crate::store::filter::ROLLCALL_URN;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use rollcall_domain::account::{Account, Reason, Role};
use rollcall_domain::zone::Zone;
use rollcall_scim::error::{ScimError, shorten};
use rollcall_scim::filter::date_time::{Written, read_date_time, within_calendar};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Why the account is or will be deactivated.
pub const REASON: &str = "deactivationReason";
/// What the person does.
pub const ROLE: &str = "role";
/// From when on the account may be used.
pub const STARTS_AT: &str = "startsAt";
/// Until when the account may be used.
pub const EXPIRES_AT: &str = "expiresAt";
/// In which zone dates without an offset are.
pub const TIME_ZONE: &str = "timeZone";

/// The same for whom the extension names none, in the core schema.
pub const CORE_TIME_ZONE: &str = "timezone";

/// The attributes of the extension that a PUT keeps when it leaves them out: they decide over access.
const KEPT: [&str; 5] = [ROLE, STARTS_AT, EXPIRES_AT, DEACTIVATE_AT, TIME_ZONE];
/// When the account will be deactivated.
pub const DEACTIVATE_AT: &str = "deactivateAt";

/// The word of a reason in SCIM and the API.
pub fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::RoleChange => "roleChange",
        other => other.as_str(),
    }
}

/// The text of an attribute of the extension.
pub fn text<'a>(resource: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    resource.get(ROLLCALL_URN)?.get(name)?.as_str()
}

fn refused(name: &str, word: &str, why: &str) -> ScimError {
    ScimError::invalid_value(format!("{ROLLCALL_URN}:{name} {:?} {why}", shorten(word)))
}

/// What is wrong with a zone that nobody knows.
const NO_ZONE: &str = "is no time zone; send an IANA name such as \"Europe/Berlin\"";

/// The reason for a deactivation that the client's attributes name, in any letter case.
///
/// # Errors
/// `invalidValue` for a word that is no reason, with those that are.
pub fn reason(resource: &Map<String, Value>) -> Result<Option<Reason>, ScimError> {
    let Some(word) = text(resource, REASON) else { return Ok(None) };
    let found = Reason::ALL.into_iter().find(|reason| reason_word(*reason).eq_ignore_ascii_case(word));
    found.map(Some).ok_or_else(|| {
        let all = Reason::ALL.map(reason_word).join(", ");
        refused(REASON, word, &format!("is no reason; send one of: {all}"))
    })
}

/// The role that the client's attributes name; a learner when they name none.
///
/// # Errors
/// `invalidValue` for a word that is no role, with those that can be given.
pub fn role(resource: &Map<String, Value>) -> Result<Role, ScimError> {
    let Some(word) = text(resource, ROLE) else { return Ok(Role::Learner) };
    Role::from_word(word).ok_or_else(|| {
        let all = Role::ASSIGNABLE.map(Role::as_str).join(", ");
        refused(ROLE, word, &format!("is no role; send one of: {all}"))
    })
}

/// What the client says of the role, if anything.
pub fn said_role(resource: &Map<String, Value>) -> Option<&str> {
    text(resource, ROLE)
}

/// Writes role and reason as they are kept. An owner's role is a fact of ours: whatever is stored beside it stays as it was.
///
/// # Errors
/// As [`role`] and [`reason`].
pub fn settle_words(
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
    held: Role,
) -> Result<(), ScimError> {
    if let (Some(reason), Some(extension)) = (reason(after)?, extension(after)) {
        extension.insert(REASON.to_owned(), reason_word(reason).into());
    }
    let wanted = role(after)?;
    let kept = match (held, wanted) {
        (Role::Owner, Role::Owner) => text(before, ROLE).map(str::to_owned),
        _ if text(after, ROLE).is_some() => Some(wanted.as_str().to_owned()),
        _ => return Ok(()),
    };
    match (kept, extension(after)) {
        (Some(word), Some(extension)) => {
            extension.insert(ROLE.to_owned(), word.into());
        }
        _ => take(after, ROLE),
    }
    Ok(())
}

/// The dates of an account as instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// From when on it may be used.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it will be deactivated.
    pub deactivate_at: Option<DateTime<Utc>>,
}

/// The dates that the client's attributes name. A date that is sent as before keeps its instant when no zone is named any
/// more, or one that cannot be read: that moves nobody's last day, and stands in the way of no deactivation.
///
/// # Errors
/// `invalidValue` for what is no date and time, and for a zone that nobody knows.
pub fn dates(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    held: &Account,
) -> Result<Dates, ScimError> {
    let zone = zone(after)?;
    let unreadable = zone.is_none_or(|(_, zone)| zone.is_none());
    let date = |name: &str, held: Option<DateTime<Utc>>| match text(after, name) {
        None => Ok(None),
        Some(word) if unreadable && held.is_some() && text(before, name) == Some(word) => Ok(held),
        Some(word) => instant(name, word, zone)
            .map(Some)
            .map_err(|why| refused(name, word, &format!("{why}; null for none"))),
    };
    Ok(Dates {
        starts_at: date(STARTS_AT, held.starts_at)?,
        expires_at: date(EXPIRES_AT, held.expires_at)?,
        deactivate_at: date(DEACTIVATE_AT, held.deactivate_at.map(|scheduled| scheduled.at))?,
    })
}

/// A name for a zone, and the zone if it is known.
type Named<'a> = (&'a str, Option<Zone>);

/// The zone for dates without an offset. The core attribute is free text, and is judged only where it has to be used.
fn zone(resource: &Map<String, Value>) -> Result<Option<Named<'_>>, ScimError> {
    if let Some(name) = text(resource, TIME_ZONE) {
        let zone = Zone::from_name(name);
        let unknown = || refused(TIME_ZONE, name, NO_ZONE);
        return zone.map(|zone| Some((name, Some(zone)))).ok_or_else(unknown);
    }
    let core = resource.get(CORE_TIME_ZONE).and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    Ok(core.map(|name| (name, Zone::from_name(name.trim()))))
}

/// A day alone, `2026-12-31`: as a start its beginning, as an end its end (LIFECYCLE (c): who leaves on a day has all of it).
fn whole_day(name: &str, word: &str) -> Option<Written> {
    let day = Some(word).filter(|word| word.len() == "2026-12-31".len());
    let day = day.and_then(|word| NaiveDate::parse_from_str(word, "%Y-%m-%d").ok())?;
    let day = if name == STARTS_AT { Some(day) } else { day.checked_add_days(Days::new(1)) };
    Some(Written::Local(day?.and_time(NaiveTime::MIN)))
}

/// The instant of a date, or what is wrong with it and the way out.
fn instant(name: &str, word: &str, zone: Option<Named<'_>>) -> Result<DateTime<Utc>, String> {
    let unreadable = || {
        "is no date and time between the years 1 and 9999; send one such as \"2026-12-31T18:00:00\" for a local time, \
         \"2026-12-31T18:00:00+01:00\", or \"2026-12-31\" for the whole day"
            .to_owned()
    };
    let day = whole_day(name, word);
    let is_day = day.is_some();
    let at = match day.or_else(|| read_date_time(word)).ok_or_else(unreadable)? {
        Written::At(at) => Some(at),
        Written::Local(local) => {
            let zone = match zone {
                None => Zone::UTC,
                Some((_, Some(zone))) => zone,
                Some((unknown, None)) => {
                    return Err(format!(
                        "has no offset, and timezone {:?} is no time zone; send {TIME_ZONE} with an IANA name, or an offset",
                        shorten(unknown)
                    ));
                }
            };
            zone.instant(local)
        }
    };
    // The last day of all, which stands for "never", ends with the calendar wherever the person is.
    let within = |at| within_calendar(at).or_else(|| LAST.filter(|last| is_day && *last < at));
    at.and_then(within).ok_or_else(unreadable)
}

/// The last instant that every client and database can hold.
const LAST: Option<DateTime<Utc>> = DateTime::from_timestamp_micros(253_402_300_799_999_999);

/// Whether there is a time zone of this name.
pub fn is_zone(name: &str) -> bool {
    Zone::from_name(name).is_some()
}

/// A date that an administrator names for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: DateTime<Utc>,
    /// How it is kept among the attributes: in the person's own zone as it was written, so that it moves with the zone.
    pub text: String,
}

/// Reads a date for the attribute `name`: in the zone that is named with it, else in the person's, else in UTC.
///
/// # Errors
/// What is wrong with the date or the zone, and the way out.
pub fn moment(
    resource: &Map<String, Value>,
    name: &str,
    word: &str,
    zone_name: Option<&str>,
) -> Result<Moment, String> {
    let wrong = |why: String| format!("{:?} {why}", shorten(word));
    let Some(zone_name) = zone_name else {
        let zone = zone(resource).map_err(|error| error.detail)?;
        let at = instant(name, word, zone).map_err(wrong)?;
        return Ok(Moment { at, text: word.to_owned() });
    };
    let named = Zone::from_name(zone_name);
    let named = named.ok_or_else(|| format!("timeZone {:?} {NO_ZONE}", shorten(zone_name)))?;
    let at = instant(name, word, Some((zone_name, Some(named)))).map_err(wrong)?;
    Ok(Moment { at, text: time(at) })
}

/// The full names of what a command changed of an account beside dates, whether or not the client's attributes hold it.
pub fn changed_words(held: &Account, account: &Account) -> Vec<String> {
    let reason = |account: &Account| account.deactivated.map(|deactivation| deactivation.reason);
    let corrected =
        held.deactivated.is_some() && account.deactivated.is_some() && reason(held) != reason(account);
    let changed = [(ROLE, held.role != account.role), (REASON, corrected)];
    changed.into_iter().filter(|(_, is)| *is).map(|(name, _)| format!("{ROLLCALL_URN}:{name}")).collect()
}

/// Brings the client's attributes to what a command made of the facts; `texts` are dates as they were written, by attribute.
pub fn write_facts(
    held: &Account,
    account: &Account,
    texts: &[(&'static str, String)],
    resource: &mut Map<String, Value>,
) {
    let scheduled = |account: &Account| account.deactivate_at.map(|scheduled| scheduled.at);
    for (name, before, after) in [
        (STARTS_AT, held.starts_at, account.starts_at),
        (EXPIRES_AT, held.expires_at, account.expires_at),
        (DEACTIVATE_AT, scheduled(held), scheduled(account)),
    ] {
        match after {
            _ if before == after => {}
            None => take(resource, name),
            Some(at) => {
                let written = texts.iter().find(|(of, _)| *of == name).map(|(_, text)| text.clone());
                put(resource, name, written.unwrap_or_else(|| time(at)));
            }
        }
    }
    let reason = |account: &Account| {
        let scheduled = account.deactivate_at.map(|scheduled| scheduled.reason);
        account.deactivated.map(|deactivation| deactivation.reason).or(scheduled)
    };
    match reason(account) {
        Some(reason) if text(resource, REASON).is_some() => {
            put(resource, REASON, reason_word(reason).to_owned());
        }
        // Of a deactivation that is over or taken back nothing is left to come to light with the next.
        None if reason(held).is_some() => take(resource, REASON),
        _ => {}
    }
    if account.role != held.role && account.role != Role::Owner && text(resource, ROLE).is_some() {
        put(resource, ROLE, account.role.as_str().to_owned());
    }
}

/// Keeps what a PUT left out, and takes out what it cleared with a blank.
pub fn keep_omitted(before: &Map<String, Value>, after: &mut Map<String, Value>, cleared: &BTreeSet<String>) {
    for name in KEPT {
        let kept = text(before, name)
            .filter(|_| text(after, name).is_none() && !cleared.contains(&format!("{ROLLCALL_URN}:{name}")));
        if let (Some(kept), Value::Object(extension)) =
            (kept, after.entry(ROLLCALL_URN).or_insert_with(|| json!({})))
        {
            extension.insert(name.to_owned(), kept.into());
        }
    }
    drop_blank(after);
}

/// A blank says that there is none: some providers cannot send null.
pub fn drop_blank(resource: &mut Map<String, Value>) {
    for name in KEPT.into_iter().chain([REASON]) {
        if text(resource, name).is_some_and(|word| word.trim().is_empty()) {
            take(resource, name);
        }
    }
    if extension(resource).is_some_and(|extension| extension.is_empty()) {
        resource.remove(ROLLCALL_URN);
    }
}

/// Takes out what belonged to a deactivation that is over: its reason, unless this request brought it, and the date that had
/// brought it about.
pub fn forget_deactivation(before: &Map<String, Value>, after: &mut Map<String, Value>) {
    if text(before, REASON) == text(after, REASON) {
        take(after, REASON);
    }
    take(after, DEACTIVATE_AT);
}

/// Takes out the date of an expiry that a reactivation has undone.
pub fn forget_expiry(after: &mut Map<String, Value>) {
    take(after, EXPIRES_AT);
}

/// The full names of the attributes of the extension that differ.
pub fn changed_in_extension(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let names = |resource: &Map<String, Value>| -> BTreeSet<String> {
        let extension = resource.get(ROLLCALL_URN).and_then(Value::as_object);
        extension.into_iter().flat_map(Map::keys).cloned().collect()
    };
    let differs = |name: &&String| text(before, name) != text(after, name);
    names(before).union(&names(after)).filter(differs).map(|name| format!("{ROLLCALL_URN}:{name}")).collect()
}

fn extension(resource: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    resource.get_mut(ROLLCALL_URN).and_then(Value::as_object_mut)
}

fn put(resource: &mut Map<String, Value>, name: &str, text: String) {
    if let Value::Object(extension) = resource.entry(ROLLCALL_URN).or_insert_with(|| json!({})) {
        extension.insert(name.to_owned(), text.into());
    }
}

fn take(resource: &mut Map<String, Value>, name: &str) {
    if let Some(extension) = extension(resource) {
        extension.remove(name);
        if extension.is_empty() {
            resource.remove(ROLLCALL_URN);
        }
    }
}

/// Where an account stands, in the words of the extension, without the dates that clients write.
pub(super) fn standing(account: &Account, now: DateTime<Utc>) -> Map<String, Value> {
    let settled = account.settled(now);
    let facts = [
        ("status", Some(account.status(now).as_str().into())),
        (ROLE, Some(account.role.as_str().into())),
        ("seat", Some(account.holds_seat(now).into())),
        ("signIn", Some(account.sign_in.as_str().into())),
        ("passwordState", Some(account.password.as_str().into())),
        ("deactivatedAt", settled.deactivated.map(|deactivation| time(deactivation.at).into())),
        (REASON, account.reason(now).map(|reason| reason_word(reason).into())),
        ("firstAccessAt", account.first_access_at.map(|at| time(at).into())),
        ("lastSignInAt", account.last_login_at.map(|at| time(at).into())),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// What a representation by default has of the standing beside what the client sent: the role of an owner, which no client
/// sends. The rest is told to those who ask for it by name.
pub(super) fn always_shown(account: &Account, mut standing: Map<String, Value>) -> Map<String, Value> {
    standing.remove(REASON);
    if account.role != Role::Owner {
        standing.remove(ROLE);
    }
    standing
}
