//! SCIM operations on groups.

mod members;

use super::accounts::entry;
use super::conditions::Conditions;
use super::resources::Changed;
use super::{AppError, Call, Rules, guard, mapping};
use crate::store::groups::{Attributes, GroupRow, NewMember};
use crate::store::page::Load;
use crate::store::{StoreError, TenantConnection, audit, groups as store};
use members::Changes;
use rollcall_domain::ids::GroupId;
use rollcall_domain::name::comparison_fragment;
use rollcall_scim::error::ScimError;
use rollcall_scim::patch::{self, MemberChange};
use rollcall_scim::project::Projection;
use rollcall_scim::resource::{PatchAnswer, accept, keep_immutable};
use serde_json::{Map, Value, json};
use uuid::Uuid;

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
    let (members, body) = patch::take_members(rules.group(), body, &rules.dialect)?;
    let accepted = accept(rules.group(), body, &rules.dialect)?;
    let members: Vec<MemberChange> = members.map(members::of_new_group).into_iter().collect();
    let names: Vec<String> = accepted.attributes.keys().filter(|name| *name != "schemas").cloned().collect();
    let resource = Value::Object(mapping::stored(accepted.attributes).0);
    let id = GroupId(crate::random::id(call.now));
    conn.in_transaction(|conn| {
        let members = Changes::hold(conn, call, &members)?;
        with_columns(&resource, |attributes| {
            store::insert(conn, call.tenant, id, call.connection, attributes, call.now)
                .map_err(|error| taken(error, attributes))
        })?;
        let moved = members.carry_out(conn, rules, call, id)?;
        let mut entry = entry(call, "group.created", names.clone(), &[]);
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
    store::find(conn, call.tenant, id, Load { related: members, base: &call.base })?
        .ok_or_else(|| not_found(&id.to_string()))
}

/// There is no such group, or none that the caller may know of.
pub fn not_found(id: &str) -> AppError {
    AppError::NotFound(format!("there is no group {id:?}; it may have been deleted"))
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
    conditions: &Conditions,
) -> Result<GroupRow, AppError> {
    let (members, body) = patch::take_members(rules.group(), body, &rules.dialect)?;
    let accepted = accept(rules.group(), body, &rules.dialect)?;
    let members: Vec<MemberChange> = members.into_iter().collect();
    let (after, _) = mapping::stored(accepted.attributes);
    guard::guarded_transaction(conn, call, |conn| {
        let members = Changes::hold(conn, call, &members)?;
        let row = locked(conn, call, id, conditions)?;
        let before: Map<String, Value> = serde_json::from_str(&row.resource)?;
        let mut after = after.clone();
        keep_immutable(rules.group(), &before, &mut after)?;
        mapping::keep_omitted_external_id(&before, &mut after, &accepted.cleared);
        save(conn, rules, call, &row, &before, after, &members)?;
        get(conn, call, id, true)
    })
}

/// Changes a group, all of it or nothing. What it costs depends on the change, not on the size of the group. Brief when the
/// connection wants no answer, or the members are not few: nobody reads them (IDP-QUIRKS 138, 185), and to list 500 takes longer than
/// the change.
///
/// # Errors
/// `NotFound`, 412, the errors of PATCH, `uniqueness`, database failures.
pub fn patch(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: GroupId,
    body: Map<String, Value>,
    conditions: &Conditions,
    projection: &Projection,
) -> Result<Changed<GroupRow>, AppError> {
    let operations = patch::parse(body, &rules.dialect)?;
    let (operations, members) = patch::split_members(rules.group(), operations, &rules.dialect)?;
    guard::guarded_transaction(conn, call, |conn| {
        let members = Changes::hold(conn, call, &members)?;
        let row = locked(conn, call, id, conditions)?;
        let before: Map<String, Value> = serde_json::from_str(&row.resource)?;
        let after = match operations.is_empty() {
            true => before.clone(),
            false => {
                let patched = patch::apply(rules.group(), &before, &operations, &rules.dialect)?;
                mapping::stored(patched.resource).0
            }
        };
        save(conn, rules, call, &row, &before, after, &members)?;
        if !projection.is_everything() {
            // Who chooses attributes gets them, however many there are (RFC 7644 §3.5.2).
            let wanted = projection.wants(rules.group(), "members");
            return get(conn, call, id, wanted).map(Changed::Shown);
        }
        if rules.dialect.patch_answer == PatchAnswer::NoContent {
            return get(conn, call, id, false).map(Changed::Brief);
        }
        let (row, many) =
            store::find_few(conn, call.tenant, id, &call.base)?.ok_or_else(|| not_found(&id.to_string()))?;
        Ok(if many { Changed::Brief(row) } else { Changed::Shown(row) })
    })
}

/// Deletes a group; its members stay in place and lose it, and the groups it is in lose a member.
///
/// # Errors
/// `NotFound`, 412, database failures.
pub fn delete(
    conn: &mut TenantConnection,
    call: &Call,
    id: GroupId,
    conditions: &Conditions,
) -> Result<(), AppError> {
    guard::guarded_transaction(conn, call, |conn| {
        store::lock_with_parents(conn, call.tenant, id)?;
        locked(conn, call, id, conditions)?;
        for parent in store::leave_parents(conn, call.tenant, id)? {
            lost_member(conn, call, parent, id.0)?;
        }
        store::delete(conn, call.tenant, id)?;
        audit::insert(conn, call.tenant, id.0, &entry(call, "group.deleted", Vec::new(), &[]))?;
        Ok(())
    })
}

/// A group has lost a member that is deleted: it is another version of itself, and its history tells why.
///
/// # Errors
/// Database failures.
pub fn lost_member(
    conn: &mut TenantConnection,
    call: &Call,
    group: GroupId,
    member: Uuid,
) -> Result<(), AppError> {
    members_changed(conn, call, group, json!({"membersRemoved": [member.to_string()]}))
}

/// Somebody who was deleted and is back is a member again, if the group is still there.
///
/// # Errors
/// Database failures.
pub fn regained_member(
    conn: &mut TenantConnection,
    call: &Call,
    group: GroupId,
    member: Uuid,
) -> Result<(), AppError> {
    let back = [NewMember { id: member, display: None }];
    if store::lock(conn, call.tenant, group)?.is_none()
        || store::add(conn, call.tenant, group, &back)?.is_empty()
    {
        return Ok(());
    }
    members_changed(conn, call, group, json!({"membersAdded": [member.to_string()]}))
}

fn members_changed(
    conn: &mut TenantConnection,
    call: &Call,
    group: GroupId,
    facts: Value,
) -> Result<(), AppError> {
    let mut entry = entry(call, "group.updated", vec!["members".to_owned()], &[]);
    entry.facts = facts;
    Ok(store::save_members(conn, call.tenant, group, &entry)?)
}

/// The group without its members, locked until the end of the transaction.
fn locked(
    conn: &mut TenantConnection,
    call: &Call,
    id: GroupId,
    conditions: &Conditions,
) -> Result<GroupRow, AppError> {
    let row = store::lock(conn, call.tenant, id)?.ok_or_else(|| not_found(&id.to_string()))?;
    guard::group_within_reach(call, &row)?;
    conditions.check(&mapping::group_etag(&row))?;
    Ok(row)
}

/// Writes what changed, and nothing when nothing did.
fn save(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    row: &GroupRow,
    before: &Map<String, Value>,
    mut after: Map<String, Value>,
    members: &Changes<'_>,
) -> Result<(), AppError> {
    let id = row.id;
    if call.connection != row.connection {
        mapping::keep_external_id(before, &mut after);
    }
    let moved = members.carry_out(conn, rules, call, id)?;
    let mut names = mapping::changed(before, &after);
    if names.is_empty() {
        if moved.is_empty() {
            return Ok(());
        }
        return members_changed(conn, call, id, moved.facts());
    }
    let after = Value::Object(after);
    with_columns(&after, |attributes| {
        store::save(conn, call.tenant, id, attributes, call.now).map_err(|error| taken(error, attributes))
    })?;
    if !moved.is_empty() {
        names.push("members".to_owned());
    }
    let mut entry = entry(call, "group.updated", names, &[]);
    entry.facts = moved.facts();
    audit::insert(conn, call.tenant, id.0, &entry)?;
    Ok(())
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
