//! The only file that speaks both SCIM and the domain: resources to keys and facts, and rows to resources.

mod lifecycle;

pub use lifecycle::{
    CORE_TIME_ZONE, DEACTIVATE_AT, EXPIRES_AT, Moment, REASON, ROLE, STARTS_AT, TIME_ZONE,
    changed_in_extension, changed_words, dates, drop_blank, forget_deactivation, forget_expiry, is_zone,
    keep_omitted, moment, reason, reason_word, role, said_role, settle_words, text, write_facts,
};

pub use rollcall_scim::error::shorten;
pub use rollcall_scim::filter::date_time::parse_date_time;

use super::AppError;
use crate::store::accounts::{AccountRow, Keys};
use crate::store::filter::ROLLCALL_URN;
use crate::store::groups::GroupRow;
use chrono::{DateTime, SecondsFormat, Utc};
use rollcall_domain::account::{Account, Role, Status};
use rollcall_domain::credential::SignIn;
use rollcall_domain::ids::ConnectionId;
use rollcall_domain::name::{comparison_fragment, comparison_key, invisible_character, looks_like_email};
use rollcall_scim::error::ScimError;
use rollcall_scim::etag::ETag;
use rollcall_scim::project::Projection;
use rollcall_scim::registry::ResourceType;
use rollcall_scim::resource::set_schemas;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Attributes that are never kept in the stored resource: they are columns, rows, computed, or secrets.
const NOT_STORED: [&str; 7] = ["schemas", "id", "meta", "active", "password", "groups", "members"];
/// Bytes of what stands in an index; PostgreSQL takes about 2,700 with the ids around it.
const MAX_KEY: usize = 2_000;

/// Takes out what is not stored, and returns `active` when it was there.
///
/// A password is never among the attributes: Okta sends a random one even where nobody asked for it (IDP-QUIRKS 55). Where the
/// connection may set one, it was taken out before.
pub fn stored(mut resource: Map<String, Value>) -> (Map<String, Value>, Option<bool>) {
    let active = resource.get("active").and_then(Value::as_bool);
    for name in NOT_STORED {
        resource.remove(name);
    }
    (resource, active)
}

/// Keeps the externalId, which belongs to the connection that made the resource (RFC 7643 §3.1): no other may change it.
pub fn keep_external_id(before: &Map<String, Value>, after: &mut Map<String, Value>) {
    after.remove("externalId");
    after.extend(before.get_key_value("externalId").map(|(name, id)| (name.clone(), id.clone())));
}

/// Keeps the externalId that a PUT leaves out: a provider that does not send it means no change (IDP-QUIRKS 79, 85). What is
/// cleared, as null or empty, is not left out.
pub fn keep_omitted_external_id(
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
    cleared: &BTreeSet<String>,
) {
    if !after.contains_key("externalId") && !cleared.contains("externalId") {
        keep_external_id(before, after);
    }
}

/// The full names of the attributes that differ between two stored resources, sorted, those of the rollcall extension last.
pub fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = |name: &&String| before.get(*name) != after.get(*name) && *name != ROLLCALL_URN;
    let mut changed: Vec<String> = names.into_iter().filter(differs).cloned().collect();
    changed.extend(changed_in_extension(before, after));
    changed
}

/// The columns of a user's attributes.
pub fn keys(connection: ConnectionId, resource: &Map<String, Value>) -> Keys {
    let text = |name: &str| resource.get(name).and_then(Value::as_str);
    let user_name = text("userName").unwrap_or_default();
    Keys {
        connection,
        user_name: comparison_key(user_name),
        external_id: text("externalId").filter(|id| !id.is_empty()).map(str::to_owned),
        display_name: text("displayName").map(comparison_fragment),
        login_email: login_email(user_name, resource.get("emails")).map(comparison_key),
    }
}

/// What an attribute of a body that nobody has looked at yet names, prepared; empty when it names nothing.
pub fn sent_name(body: &Map<String, Value>, attribute: &str) -> String {
    let sent = body.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
    comparison_key(sent.and_then(|(_, value)| value.as_str()).unwrap_or_default())
}

/// Whether the keys fit an index of PostgreSQL. The limits of characters do not see to it: a character has up to four bytes,
/// and preparing a name can multiply it.
///
/// # Errors
/// `invalidValue` names the attribute.
pub fn check_keys(keys: &Keys, resource: &Map<String, Value>) -> Result<(), ScimError> {
    let attributes = [
        ("userName", Some(&keys.user_name)),
        ("externalId", keys.external_id.as_ref()),
        ("displayName", keys.display_name.as_ref()),
        ("emails.value", keys.login_email.as_ref()),
    ];
    // As sent: the key has lost its edges.
    let user_name = resource.get("userName").and_then(Value::as_str).unwrap_or_default();
    if let Some(hidden) = hidden_in(user_name) {
        return Err(ScimError::invalid_value(format!("userName {hidden}")));
    }
    attributes.into_iter().try_for_each(|(name, key)| check_key(name, key.map(String::as_str)))
}

/// What is hidden in a name that people read: `None`, or the rest of a sentence with the name, the character and the way out.
pub fn hidden_in(name: &str) -> Option<String> {
    invisible_character(name).map(|hidden| {
        format!(
            "{:?} holds the invisible character U+{:04X}; send it without",
            rollcall_scim::error::shorten(name),
            u32::from(hidden)
        )
    })
}

/// Whether a key fits an index.
///
/// # Errors
/// `invalidValue` names the attribute.
pub fn check_key(name: &str, key: Option<&str>) -> Result<(), ScimError> {
    match key {
        Some(key) if key.len() > MAX_KEY => Err(ScimError::invalid_value(format!(
            "{name} {:?} has {} bytes in the form in which it is compared; at most {MAX_KEY} are possible, send a shorter one",
            rollcall_scim::error::shorten(key),
            key.len()
        ))),
        _ => Ok(()),
    }
}

/// The e-mail a person may sign in with: the primary one, else the one for work, else the first (IDP-QUIRKS 70), else the
/// user name if it reads as one. None makes a username-only account.
fn login_email<'a>(user_name: &'a str, emails: Option<&'a Value>) -> Option<&'a str> {
    let emails = emails.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let address = |email: &'a Value| email.get("value")?.as_str().filter(|v| !v.trim().is_empty());
    let first = |wanted: &dyn Fn(&Value) -> bool| emails.iter().filter(|e| wanted(e)).find_map(address);
    first(&|e| e.get("primary") == Some(&Value::Bool(true)))
        .or_else(|| first(&|e| e.get("type").and_then(Value::as_str) == Some("work")))
        .or_else(|| first(&|_| true))
        .or_else(|| Some(user_name).filter(|name| looks_like_email(name)))
}

/// How the person signs in.
pub fn sign_in(keys: &Keys) -> SignIn {
    if keys.login_email.is_some() { SignIn::Email } else { SignIn::Username }
}

/// A time as SCIM writes it.
pub fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The ETag of a user. The groups change the representation without a write to the account, and so does the clock where there
/// are dates: both are part of it. The address under which the client knows the server is not.
pub fn user_etag(row: &AccountRow, base: &str, now: DateTime<Utc>) -> ETag {
    let standing = dated_standing(&row.account, now);
    if row.groups.is_none() && standing.is_empty() {
        return ETag::new(row.version);
    }
    let groups = row.groups.iter().flat_map(|groups| groups.split(base)).flat_map(str::bytes);
    ETag::new(format_args!("{}.{:016x}", row.version, fnv(groups.chain(standing.bytes()))))
}

/// Where an account with dates stands, as far as its representation depends on it; nothing for one without.
fn dated_standing(account: &Account, now: DateTime<Utc>) -> &'static str {
    if account.starts_at.is_none() && account.ends_at().is_none() {
        return "";
    }
    match account.status(now) {
        // A first sign-in is no change of what is shown.
        Status::Activated | Status::Active => "usable",
        other => other.as_str(),
    }
}

/// The ETag of a group.
pub fn group_etag(row: &GroupRow) -> ETag {
    ETag::new(row.version)
}

/// FNV-1a: no secret is protected by it, and it is the same on every server.
fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A user as JSON text, as it is returned by default. The stored attributes are spliced in as PostgreSQL wrote them, not
/// parsed.
fn user_json(rt: &ResourceType, row: &AccountRow, base: &str, now: DateTime<Utc>) -> String {
    let mut out = String::with_capacity(row.resource.len() + 700);
    open(&mut out, rt, &row.resource, &row.id.to_string());
    splice(&mut out, &row.resource);
    if !row.active_unassigned {
        let _ = write!(out, ",\"active\":{}", row.account.is_active(now));
    }
    if let Some(groups) = &row.groups {
        let _ = write!(out, ",\"groups\":{groups}");
    }
    let location = format!("{base}/Users/{}", row.id);
    close(&mut out, "User", row.created_at, row.updated_at, &user_etag(row, base, now), &location);
    out
}

/// What a projection makes of a user: where the account stands at `now` is told to those who ask for it.
///
/// # Errors
/// The stored JSON is broken.
pub fn projected_user(
    rt: &ResourceType,
    row: &AccountRow,
    base: &str,
    now: DateTime<Utc>,
    projection: &Projection,
) -> Result<String, AppError> {
    let json = user_json(rt, row, base, now);
    let everything = projection.is_everything();
    if everything && rt.shows_all_it_stores() && row.account.role != Role::Owner {
        return Ok(json);
    }
    let mut user: Map<String, Value> = serde_json::from_str(&json)?;
    if projection.wants(rt, ROLLCALL_URN) {
        let mut standing = lifecycle::standing(&row.account, now);
        if !projection.is_by_name() {
            standing = lifecycle::always_shown(&row.account, standing);
        }
        if let Value::Object(extension) = user.entry(ROLLCALL_URN).or_insert_with(|| json!({})) {
            extension.extend(standing);
        }
        set_schemas(rt, &mut user);
    }
    projection.apply(rt, &mut user);
    Ok(serde_json::to_string(&user)?)
}

/// What a projection makes of a group. A group without members has an empty list, because clients read it (IDP-QUIRKS 182); a list that
/// was not loaded is not there.
///
/// # Errors
/// The stored JSON is broken.
pub fn projected_group(
    rt: &ResourceType,
    row: &GroupRow,
    base: &str,
    projection: &Projection,
) -> Result<String, AppError> {
    let json = group_json(rt, row, base, projection.wants(rt, "members"));
    if projection.is_everything() && rt.shows_all_it_stores() {
        return Ok(json);
    }
    let mut group: Map<String, Value> = serde_json::from_str(&json)?;
    projection.apply(rt, &mut group);
    Ok(serde_json::to_string(&group)?)
}

fn group_json(rt: &ResourceType, row: &GroupRow, base: &str, members_loaded: bool) -> String {
    let members = row.members.as_deref().unwrap_or("[]");
    let mut out = String::with_capacity(row.resource.len() + members.len() + 500);
    open(&mut out, rt, &row.resource, &row.id.to_string());
    splice(&mut out, &row.resource);
    if members_loaded {
        let _ = write!(out, ",\"members\":{members}");
    }
    let location = format!("{base}/Groups/{}", row.id);
    close(&mut out, "Group", row.created_at, row.updated_at, &group_etag(row), &location);
    out
}

fn open(out: &mut String, rt: &ResourceType, resource: &str, id: &str) {
    let _ = write!(out, "{{\"schemas\":[\"{}\"", rt.schema.id);
    for extension in &rt.extensions {
        if extension.is_in(resource) {
            let _ = write!(out, ",\"{}\"", extension.schema.id);
        }
    }
    let _ = write!(out, "],\"id\":\"{id}\"");
}

/// The members of a JSON object text without its braces, after what stands before.
fn splice(out: &mut String, object: &str) {
    let inner = object.trim().strip_prefix('{').and_then(|o| o.strip_suffix('}')).unwrap_or_default();
    if !inner.trim().is_empty() {
        out.push(',');
        out.push_str(inner);
    }
}

fn close(
    out: &mut String,
    kind: &str,
    created: DateTime<Utc>,
    modified: DateTime<Utc>,
    etag: &ETag,
    location: &str,
) {
    let version = Value::from(etag.as_str());
    let location = Value::from(location);
    let _ = write!(
        out,
        ",\"meta\":{{\"resourceType\":\"{kind}\",\"created\":\"{}\",\"lastModified\":\"{}\",\"version\":{version},\
         \"location\":{location}}}}}",
        time(created),
        time(modified),
    );
}
