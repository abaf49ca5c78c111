//! SCIM operations on groups.

use super::accounts::entry;
use super::list::cursor::Kind;
use super::list::{Entry, Listing, Plan};
use super::users::precondition;
use super::{AppError, Call, Rules, mapping};
use crate::store::filter::Table;
use crate::store::groups::{Attributes, GroupRow, NewMember};
use crate::store::page::{Load, Page, Start};
use crate::store::{StoreError, TenantConnection, audit, groups as store};
use rollcall_domain::ids::GroupId;
use rollcall_domain::name::comparison_fragment;
use rollcall_scim::error::ScimError;
use rollcall_scim::patch::{self, MemberChange, MemberRef};
use rollcall_scim::project::Projection;
use rollcall_scim::registry::ResourceType;
use rollcall_scim::resource::accept;
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// Members that a PATCH answers with; above it the answer is 204, because nobody reads them (IDP-QUIRKS 138, 185).
const MEMBERS_IN_PATCH_ANSWER: i64 = 1_000;

/// Creates a group.
///
/// # Errors
/// `invalidValue`, `uniqueness`, database failures.
pub fn create(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    body: Map<String, Value>,
) -> Result<GroupRow, AppError> {
    let (members, body) = take_members(rules, body)?;
    let accepted = accept(rules.group(), body, &rules.dialect)?;
    let names: Vec<String> = accepted.attributes.keys().filter(|name| *name != "schemas").cloned().collect();
    let (resource, _) = mapping::stored(accepted.attributes);
    let id = GroupId(crate::random::id(call.now));
    conn.in_transaction(|conn| {
        let resource = Value::Object(resource);
        with_columns(&resource, |attributes| {
            store::insert(conn, call.tenant, id, call.connection, attributes, call.now)
                .map_err(|error| taken(error, attributes))
        })?;
        let moved = change_members(conn, call, id, members.as_slice())?;
        let mut entry = entry(call, "group.created", names, &[]);
        entry.facts = moved.facts();
        audit::insert(conn, call.tenant, id.0, &entry)?;
        get(conn, call, id, true)
    })
}

/// One group, with its members or without.
///
/// # Errors
/// `NotFound`, database failures.
pub fn get(
    conn: &mut TenantConnection,
    call: &Call,
    id: GroupId,
    members: bool,
) -> Result<GroupRow, AppError> {
    let member_base = format!("{}/Users/", call.base);
    store::find(conn, call.tenant, id, Load { related: members, base: &member_base })?
        .ok_or_else(|| not_found(&id.to_string()))
}

/// There is no such group, or none that the caller may know of.
pub fn not_found(id: &str) -> AppError {
    AppError::NotFound(format!("there is no group {id:?}; it may have been deleted"))
}

/// Groups, as something that is listed.
pub struct Groups;

impl Listing for Groups {
    const KIND: Kind = Kind::Group;
    const TABLE: Table = Table::Groups;

    fn resource_type(rules: &Rules) -> &ResourceType {
        rules.group()
    }

    fn page(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        plan: &Plan,
        start: Start<'_>,
        limit: i64,
    ) -> Result<Vec<Entry>, AppError> {
        let rt = rules.group();
        let base = format!("{}/Users/", call.base);
        let Plan { projection, condition, order } = plan;
        let load = Load { related: projection.wants(rt, "members"), base: &base };
        let page = Page { tenant: call.tenant, condition: condition.as_ref(), order, start, limit, load };
        let entry = |(row, position)| {
            Ok(Self::entry(mapping::projected_group(rt, &row, &call.base, projection)?, position))
        };
        store::page(conn, &page)?.into_iter().map(entry).collect()
    }

    fn count(conn: &mut TenantConnection, call: &Call, plan: &Plan) -> Result<i64, AppError> {
        Ok(store::count(conn, call.tenant, plan.condition.as_ref())?)
    }
}

/// Replaces a group. Without `members` they stay; `[]` or null empties it (IDP-QUIRKS 129).
///
/// # Errors
/// `NotFound`, 412, `invalidValue`, `uniqueness`, database failures.
pub fn replace(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: GroupId,
    body: Map<String, Value>,
    if_match: Option<&str>,
) -> Result<GroupRow, AppError> {
    let (members, body) = take_members(rules, body)?;
    let accepted = accept(rules.group(), body, &rules.dialect)?;
    let keeps_external_id = !accepted.cleared.contains("externalId");
    let (after, _) = mapping::stored(accepted.attributes);
    conn.in_transaction(|conn| {
        let row = locked(conn, call, id, if_match)?;
        let before: Map<String, Value> = serde_json::from_str(&row.resource)?;
        let mut after = after;
        if let (Some(kept), true, false) =
            (before.get("externalId"), keeps_external_id, after.contains_key("externalId"))
        {
            after.insert("externalId".to_owned(), kept.clone());
        }
        save(conn, call, id, &before, after, members.as_slice())?;
        get(conn, call, id, true)
    })
}

/// Changes a group, all of it or nothing. What it costs depends on the change, not on the size of the group. `None` when the
/// group is too large to be worth answering with.
///
/// # Errors
/// `NotFound`, 412, the errors of PATCH, `uniqueness`, database failures.
pub fn patch(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: GroupId,
    body: Map<String, Value>,
    if_match: Option<&str>,
    projection: &Projection,
) -> Result<Option<GroupRow>, AppError> {
    let operations = patch::parse(body, &rules.dialect)?;
    let (operations, members) = patch::split_members(operations, &rules.dialect)?;
    conn.in_transaction(|conn| {
        let row = locked(conn, call, id, if_match)?;
        let before: Map<String, Value> = serde_json::from_str(&row.resource)?;
        let after = match operations.is_empty() {
            true => before.clone(),
            false => {
                let patched = patch::apply(rules.group(), &before, &operations, &rules.dialect)?;
                mapping::stored(patched.resource).0
            }
        };
        save(conn, call, id, &before, after, &members)?;
        let wanted = projection.wants(rules.group(), "members");
        // Who chooses attributes gets them, however many there are (RFC 7644 §3.5.2).
        if wanted
            && projection.is_everything()
            && store::size(conn, call.tenant, id, MEMBERS_IN_PATCH_ANSWER + 1)? > MEMBERS_IN_PATCH_ANSWER
        {
            return Ok(None);
        }
        get(conn, call, id, wanted).map(Some)
    })
}

/// Deletes a group; its members stay in place and lose it.
///
/// # Errors
/// `NotFound`, 412, database failures.
pub fn delete(
    conn: &mut TenantConnection,
    call: &Call,
    id: GroupId,
    if_match: Option<&str>,
) -> Result<(), AppError> {
    conn.in_transaction(|conn| {
        locked(conn, call, id, if_match)?;
        store::delete(conn, call.tenant, id)?;
        audit::insert(conn, call.tenant, id.0, &entry(call, "group.deleted", Vec::new(), &[]))?;
        Ok(())
    })
}

/// The group without its members, locked until the end of the transaction.
fn locked(
    conn: &mut TenantConnection,
    call: &Call,
    id: GroupId,
    if_match: Option<&str>,
) -> Result<GroupRow, AppError> {
    if !store::lock(conn, call.tenant, id)? {
        return Err(not_found(&id.to_string()));
    }
    let row = get(conn, call, id, false)?;
    precondition(&mapping::group_etag(&row), if_match)?;
    Ok(row)
}

/// Writes what changed, and nothing when nothing did.
fn save(
    conn: &mut TenantConnection,
    call: &Call,
    id: GroupId,
    before: &Map<String, Value>,
    after: Map<String, Value>,
    members: &[MemberChange],
) -> Result<(), AppError> {
    let moved = change_members(conn, call, id, members)?;
    let mut names: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        if moved.is_empty() {
            return Ok(());
        }
        store::save(conn, call.tenant, id, None, call.now)?;
    } else {
        let after = Value::Object(after);
        with_columns(&after, |attributes| {
            store::save(conn, call.tenant, id, Some(attributes), call.now)
                .map_err(|error| taken(error, attributes))
        })?;
    }
    if !moved.is_empty() {
        names.push("members".to_owned());
    }
    let mut entry = entry(call, "group.updated", names, &[]);
    entry.facts = moved.facts();
    audit::insert(conn, call.tenant, id.0, &entry)?;
    Ok(())
}

/// Who came into a group and who left it.
#[derive(Default)]
struct Moved {
    added: Vec<Uuid>,
    removed: Vec<Uuid>,
}

impl Moved {
    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Without those who left and came back, or came and left, in the same request.
    fn net(self) -> Moved {
        let came: HashSet<Uuid> = self.added.iter().copied().collect();
        let left: HashSet<Uuid> = self.removed.iter().copied().collect();
        Moved {
            added: self.added.into_iter().filter(|id| !left.contains(id)).collect(),
            removed: self.removed.into_iter().filter(|id| !came.contains(id)).collect(),
        }
    }

    /// For the audit row: the ids, or beyond a hundred their number.
    fn facts(&self) -> Value {
        let mut facts = Map::new();
        for (name, ids) in [("membersAdded", &self.added), ("membersRemoved", &self.removed)] {
            let fact = match ids.len() {
                0 => continue,
                1..=100 => ids.iter().map(Uuid::to_string).collect(),
                many => Value::from(many),
            };
            facts.insert(name.to_owned(), fact);
        }
        Value::Object(facts)
    }
}

/// Carries out changes of members in order.
fn change_members(
    conn: &mut TenantConnection,
    call: &Call,
    id: GroupId,
    changes: &[MemberChange],
) -> Result<Moved, AppError> {
    let mut moved = Moved::default();
    for change in changes {
        match change {
            MemberChange::Add(members) => {
                let members = known_members(conn, call, members)?;
                moved.added.extend(store::add(conn, call.tenant, id, &members)?);
            }
            MemberChange::ReplaceAll(members) => {
                let members = known_members(conn, call, members)?;
                let keep: Vec<Uuid> = members.iter().map(|m| m.id).collect();
                moved.removed.extend(store::clear(conn, call.tenant, id, &keep)?);
                moved.added.extend(store::add(conn, call.tenant, id, &members)?);
            }
            MemberChange::Remove(ids) => {
                let ids: Vec<Uuid> = ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect();
                moved.removed.extend(store::remove(conn, call.tenant, id, &ids)?);
            }
            MemberChange::Clear => moved.removed.extend(store::clear(conn, call.tenant, id, &[])?),
        }
    }
    Ok(moved.net())
}

/// Those who can be members. Unknown ones are passed over, so that the rest of a sync gets through, unless there is nobody
/// else (IDP-QUIRKS 132).
fn known_members(
    conn: &mut TenantConnection,
    call: &Call,
    members: &[MemberRef],
) -> Result<Vec<NewMember>, AppError> {
    let parsed: Vec<NewMember> = members
        .iter()
        .filter_map(|m| Uuid::try_parse(&m.value).ok().map(|id| NewMember { id, display: m.display.clone() }))
        .collect();
    let ids: Vec<Uuid> = parsed.iter().map(|m| m.id).collect();
    if let (Some(first), 0) = (members.first(), store::known(conn, call.tenant, &ids)?) {
        return Err(ScimError::invalid_value(format!(
            "members.value {:?} is no user of this tenant, and neither is any other member given; create the users first",
            rollcall_scim::error::shorten(&first.value)
        ))
        .into());
    }
    let unknown = members.len() - parsed.len();
    if unknown > 0 {
        log::warn!(
            "request {}: {unknown} member ids are no ids of this server and were passed over",
            call.request_id
        );
    }
    Ok(parsed)
}

/// Takes the members out of a whole group, as PATCH takes them out of its operations: one reading for all.
fn take_members(
    rules: &Rules,
    mut body: Map<String, Value>,
) -> Result<(Option<MemberChange>, Map<String, Value>), ScimError> {
    let keys: Vec<String> = body.keys().filter(|key| key.eq_ignore_ascii_case("members")).cloned().collect();
    let mut members = None;
    for key in keys {
        members = body.remove(&key);
    }
    let Some(members) = members else { return Ok((None, body)) };
    Ok((patch::all_members(&members, &rules.dialect)?, body))
}

fn with_columns(
    resource: &Value,
    work: impl FnOnce(&Attributes<'_>) -> Result<(), AppError>,
) -> Result<(), AppError> {
    let text = |name: &str| resource.get(name).and_then(Value::as_str);
    let display_name = text("displayName").unwrap_or_default();
    let display_name_key = &comparison_fragment(display_name);
    let external_id = text("externalId").filter(|id| !id.is_empty());
    mapping::check_key("displayName", Some(display_name_key))?;
    mapping::check_key("externalId", external_id)?;
    work(&Attributes { display_name, display_name_key, external_id, resource })
}

fn taken(error: StoreError, attributes: &Attributes<'_>) -> AppError {
    match error {
        StoreError::Taken(constraint) if constraint == "groups_external_id" => ScimError::uniqueness(format!(
            "externalId {:?} belongs to another group of this connection",
            attributes.external_id.unwrap_or_default()
        ))
        .into(),
        StoreError::Taken(_) => ScimError::uniqueness(format!(
            "displayName {:?} belongs to another group of this connection; find it with filter=displayName eq",
            attributes.display_name
        ))
        .into(),
        other => other.into(),
    }
}
