//! Who belongs to a group: taking it out of requests, and carrying it out.

use crate::app::{AppError, Call, Rules};
use crate::store::TenantConnection;
use crate::store::groups::{self as store, NewMember};
use rollcall_domain::ids::GroupId;
use rollcall_scim::error::ScimError;
use rollcall_scim::patch::{self, MemberChange, MemberRef};
use rollcall_scim::resource::UnknownMembers;
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// Who came into a group and who left it.
#[derive(Default)]
pub(super) struct Moved {
    added: Vec<Uuid>,
    removed: Vec<Uuid>,
    /// How many were passed over, because nobody here is called so.
    unknown: usize,
}

impl Moved {
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Without those who left and came back, or came and left, in the same request.
    fn net(self) -> Moved {
        let came: HashSet<Uuid> = self.added.iter().copied().collect();
        let left: HashSet<Uuid> = self.removed.iter().copied().collect();
        Moved {
            added: self.added.into_iter().filter(|id| !left.contains(id)).collect(),
            removed: self.removed.into_iter().filter(|id| !came.contains(id)).collect(),
            unknown: self.unknown,
        }
    }

    /// For the audit row: the ids, or beyond a hundred their number.
    pub(super) fn facts(&self) -> Value {
        let mut facts = Map::new();
        for (name, ids) in [("membersAdded", &self.added), ("membersRemoved", &self.removed)] {
            let fact = match ids.len() {
                0 => continue,
                1..=100 => ids.iter().map(Uuid::to_string).collect(),
                many => Value::from(many),
            };
            facts.insert(name.to_owned(), fact);
        }
        if self.unknown > 0 {
            facts.insert("membersUnknown".to_owned(), self.unknown.into());
        }
        Value::Object(facts)
    }
}

/// Carries out changes of members in order.
pub(super) fn change_members(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    id: GroupId,
    changes: &[MemberChange],
) -> Result<Moved, AppError> {
    let mut moved = Moved::default();
    for change in changes {
        match change {
            MemberChange::Add(members) => {
                let members = known_members(conn, rules, call, members, &mut moved.unknown)?;
                moved.added.extend(store::add(conn, call.tenant, id, &members)?);
            }
            MemberChange::ReplaceAll(members) => {
                let members = known_members(conn, rules, call, members, &mut moved.unknown)?;
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

/// Those who can be members. Unknown ones are passed over and counted, so that the rest of a synchronisation gets through, or
/// refused, as the connection's settings have it (IDP-QUIRKS 132).
fn known_members(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    members: &[MemberRef],
    passed_over: &mut usize,
) -> Result<Vec<NewMember>, AppError> {
    let parsed: Vec<NewMember> = members
        .iter()
        .filter_map(|m| Uuid::try_parse(&m.value).ok().map(|id| NewMember { id, display: m.display.clone() }))
        .collect();
    let ids: Vec<Uuid> = parsed.iter().map(|m| m.id).collect();
    let strangers: HashSet<Uuid> = store::unknown(conn, call.tenant, &ids)?.into_iter().collect();
    let is_unknown = |m: &&MemberRef| Uuid::try_parse(&m.value).map_or(true, |id| strangers.contains(&id));
    let unknown = members.iter().filter(is_unknown).count();
    let (strict, refuse) = (rules.dialect.strict, rules.dialect.unknown_members == UnknownMembers::Refuse);
    if let Some(first) = members.iter().find(is_unknown)
        && refuse
        && (strict || unknown == members.len())
    {
        let others = if strict { "" } else { ", and neither is any other member given" };
        return Err(ScimError::invalid_value(format!(
            "members.value {:?} is no user of this tenant{others}; create the user first, or leave it out",
            rollcall_scim::error::shorten(&first.value)
        ))
        .into());
    }
    if unknown > 0 {
        log::warn!(
            "request {}: {unknown} members are no users of the tenant and were passed over",
            call.request_id
        );
        *passed_over += unknown;
    }
    Ok(parsed)
}

/// Takes the members out of a whole group, as PATCH takes them out of its operations: one reading for all.
pub(super) fn take_members(
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
