//! SCIM operations on groups.

use super::accounts::entry;
use super::list::{Listed, Query};
use super::users::precondition;
use super::{AppError, Call, Rules, mapping};
use crate::store::filter::Table;
use crate::store::groups::{Attributes, GroupRow, Load, NewMember, Page};
use crate::store::{StoreError, TenantConnection, audit, groups as store};
use rollcall_domain::ids::GroupId;
use rollcall_domain::name::comparison_key;
use rollcall_scim::error::ScimError;
use rollcall_scim::patch::{self, MemberChange, MemberRef};
use rollcall_scim::project::Projection;
use rollcall_scim::resource::accept;
use serde_json::{Map, Value};
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
    let accepted = accept(rules.group(), body, &rules.dialect)?;
    let members = member_refs(accepted.attributes.get("members"));
    let names: Vec<String> = accepted.attributes.keys().cloned().collect();
    let (resource, _) = mapping::stored(accepted.attributes);
    let id = GroupId(crate::random::id(call.now));
    conn.in_transaction(|conn| {
        let resource = Value::Object(resource);
        with_columns(&resource, |attributes| {
            store::insert(conn, call.tenant, id, call.connection, attributes, call.now)
                .map_err(|error| taken(error, attributes))
        })?;
        change_members(conn, call, id, &[MemberChange::Add(members)])?;
        audit::insert(conn, call.tenant, id.0, &entry(call, "group.created", names, &[]))?;
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
    store::find(conn, call.tenant, id, Load { members, member_base: &member_base })?
        .ok_or_else(|| not_found(&id.to_string()))
}

/// There is no such group, or none that the caller may know of.
pub fn not_found(id: &str) -> AppError {
    AppError::NotFound(format!("there is no group {id:?}; it may have been deleted"))
}

/// A page of groups.
///
/// # Errors
/// `invalidFilter`, `invalidValue`, `tooMany`, database failures.
pub fn list(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    query: &Query,
) -> Result<Listed, AppError> {
    let rt = rules.group();
    let plan = query.plan(rt, Table::Groups, call.connection)?;
    let member_base = format!("{}/Users/", call.base);
    let members = plan.projection.wants(rt, "members");
    let rows = match plan.count {
        0 => Vec::new(),
        limit => store::page(
            conn,
            Page {
                tenant: call.tenant,
                condition: plan.condition.as_ref(),
                offset: plan.offset(),
                limit,
                load: Load { members, member_base: &member_base },
            },
        )?,
    };
    let total = plan.total(rows.len(), || store::count(conn, call.tenant, plan.condition.as_ref()))?;
    let resources = rows.iter().map(|row| mapping::projected_group(rt, row, &call.base, &plan.projection));
    Ok(Listed { total, start_index: plan.start_index, resources: resources.collect::<Result<_, _>>()? })
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
    let accepted = accept(rules.group(), body, &rules.dialect)?;
    let members = match accepted.attributes.get("members") {
        Some(members) => Some(MemberChange::ReplaceAll(member_refs(Some(members)))),
        None => accepted.cleared.contains("members").then_some(MemberChange::Clear),
    };
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
        if wanted
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
    let members_changed = change_members(conn, call, id, members)?;
    let mut names: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        if !members_changed {
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
    if members_changed {
        names.push("members".to_owned());
    }
    audit::insert(conn, call.tenant, id.0, &entry(call, "group.updated", names, &[]))?;
    Ok(())
}

/// Carries out changes of members in order; whether any had an effect.
fn change_members(
    conn: &mut TenantConnection,
    call: &Call,
    id: GroupId,
    changes: &[MemberChange],
) -> Result<bool, AppError> {
    let mut rows = 0;
    for change in changes {
        rows += match change {
            MemberChange::Add(members) => {
                let members = known_members(conn, call, members)?;
                store::add(conn, call.tenant, id, &members)?
            }
            MemberChange::ReplaceAll(members) => {
                let members = known_members(conn, call, members)?;
                let keep: Vec<Uuid> = members.iter().map(|m| m.id).collect();
                store::clear(conn, call.tenant, id, &keep)? + store::add(conn, call.tenant, id, &members)?
            }
            MemberChange::Remove(ids) => {
                let ids: Vec<Uuid> = ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect();
                store::remove(conn, call.tenant, id, &ids)?
            }
            MemberChange::Clear => store::clear(conn, call.tenant, id, &[])?,
        };
    }
    Ok(rows > 0)
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

fn member_refs(members: Option<&Value>) -> Vec<MemberRef> {
    let text = |member: &Value, name: &str| member.get(name).and_then(Value::as_str).map(str::to_owned);
    let members = members.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    members
        .iter()
        .filter_map(|m| {
            Some(MemberRef { value: text(m, "value")?, display: text(m, "display"), kind: text(m, "type") })
        })
        .collect()
}

fn with_columns<T>(resource: &Value, work: impl FnOnce(&Attributes<'_>) -> T) -> T {
    let text = |name: &str| resource.get(name).and_then(Value::as_str);
    let display_name = text("displayName").unwrap_or_default();
    work(&Attributes {
        display_name,
        display_name_key: &comparison_key(display_name),
        external_id: text("externalId").filter(|id| !id.is_empty()),
        resource,
    })
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
