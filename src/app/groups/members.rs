//! Who comes into a group and who leaves it.

use crate::app::{AppError, Call, Rules};
use crate::store::TenantConnection;
use crate::store::groups::{self as store, Known, NewMember};
use rollcall_domain::ids::GroupId;
use rollcall_scim::error::{ScimError, shorten};
use rollcall_scim::patch::{MemberChange, MemberKind, MemberRef};
use rollcall_scim::resource::UnknownMembers;
use serde_json::{Map, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// Changes of members, in order, and what is known of those who are to come.
pub(super) struct Changes<'a> {
    changes: &'a [MemberChange],
    known: Known,
}

impl<'a> Changes<'a> {
    /// Finds out who is meant, and holds the people who come until the end of the transaction, then what adding groups to
    /// groups needs, when there are any. To be called before any group is locked.
    ///
    /// # Errors
    /// Database failures.
    pub(super) fn hold(
        conn: &mut TenantConnection,
        call: &Call,
        changes: &'a [MemberChange],
    ) -> Result<Self, AppError> {
        let coming = changes.iter().flat_map(|change| match change {
            MemberChange::Add(members) | MemberChange::ReplaceAll(members) => members.as_slice(),
            MemberChange::Remove(_) | MemberChange::Clear => &[],
        });
        let ids: Vec<Uuid> = coming.filter_map(id_of).collect();
        let known =
            if ids.is_empty() { Known::default() } else { store::hold_known(conn, call.tenant, &ids)? };
        if !known.groups.is_empty() {
            store::hold(conn, call.tenant)?;
        }
        Ok(Self { changes, known })
    }

    /// Carries them out. Needs the lock of the group.
    ///
    /// # Errors
    /// `invalidValue` for members of whom none is known, and for a group that would contain itself or make the chain of
    /// groups too long; database failures.
    pub(super) fn carry_out(
        &self,
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: GroupId,
    ) -> Result<Moved, AppError> {
        let mut moved = Moved::default();
        for change in self.changes {
            match change {
                MemberChange::Add(members) => {
                    let members = self.known_members(rules, call, members, &mut moved.unknown)?;
                    moved.added.extend(members.add_to(conn, call, id)?);
                }
                MemberChange::ReplaceAll(members) => {
                    let members = self.known_members(rules, call, members, &mut moved.unknown)?;
                    moved.removed.extend(store::clear(conn, call.tenant, id, &members.ids())?);
                    moved.added.extend(members.add_to(conn, call, id)?);
                }
                MemberChange::Remove(members) => {
                    let of = |kind| -> Vec<Uuid> {
                        let possible = members.iter().filter(|m| m.kind.is_none_or(|known| known == kind));
                        possible.filter_map(id_of).collect()
                    };
                    let (people, groups) = (of(MemberKind::User), of(MemberKind::Group));
                    moved.removed.extend(store::remove(conn, call.tenant, id, &people, &groups)?);
                }
                MemberChange::Clear => moved.removed.extend(store::clear(conn, call.tenant, id, &[])?),
            }
        }
        Ok(moved.net())
    }

    /// Those who can be members. Unknown ones are passed over and counted, so that the rest of a synchronisation gets through,
    /// or refused, as the connection's settings have it (IDP-QUIRKS 132).
    fn known_members(
        &self,
        rules: &Rules,
        call: &Call,
        members: &[MemberRef],
        passed_over: &mut usize,
    ) -> Result<Coming, AppError> {
        let strict = rules.dialect.strict;
        let mut coming = Coming::default();
        let mut stranger = None;
        for member in members {
            let known = id_of(member).and_then(|id| self.kind_of(id).map(|kind| (id, kind)));
            let Some((id, kind)) = known else {
                stranger = stranger.or(Some(member));
                continue;
            };
            match kind {
                MemberKind::User => coming.people.push(NewMember { id, display: member.display.clone() }),
                MemberKind::Group => coming.groups.push(id),
            }
            if let (true, Some(said)) = (strict, member.kind.filter(|said| *said != kind)) {
                return Err(ScimError::invalid_value(format!(
                    "members.type of {id} is {:?}, but the id is that of a {:?}; send that type, or none",
                    said.as_str(),
                    kind.as_str()
                ))
                .into());
            }
        }
        let unknown = members.len() - coming.people.len() - coming.groups.len();
        if let (Some(stranger), UnknownMembers::Refuse) = (stranger, rules.dialect.unknown_members)
            && (strict || unknown == members.len())
        {
            let others = if strict { "" } else { ", and neither is any other member given" };
            return Err(ScimError::invalid_value(format!(
                "members.value {:?} is no user and no group of this tenant{others}; create it first, or leave it out",
                shorten(&stranger.value)
            ))
            .into());
        }
        if unknown > 0 {
            log::warn!(
                "request {}: {unknown} members are nobody of this tenant and were passed over",
                call.request_id
            );
            *passed_over += unknown;
        }
        Ok(coming)
    }

    fn kind_of(&self, id: Uuid) -> Option<MemberKind> {
        if self.known.people.contains(&id) {
            Some(MemberKind::User)
        } else {
            self.known.groups.contains(&id).then_some(MemberKind::Group)
        }
    }
}

/// Those who are to come into a group.
#[derive(Default)]
struct Coming {
    people: Vec<NewMember>,
    groups: Vec<Uuid>,
}

impl Coming {
    fn ids(&self) -> Vec<Uuid> {
        self.people.iter().map(|person| person.id).chain(self.groups.iter().copied()).collect()
    }

    /// Adds them; returns those who were no members before.
    fn add_to(&self, conn: &mut TenantConnection, call: &Call, id: GroupId) -> Result<Vec<Uuid>, AppError> {
        let mut added = Vec::new();
        if !self.people.is_empty() {
            added = store::add(conn, call.tenant, id, &self.people)?;
        }
        if !self.groups.is_empty() {
            if let Some(misfit) = store::misfit(conn, call.tenant, id, &self.groups)? {
                return Err(refusal(&misfit, id).into());
            }
            added.extend(store::nest(conn, call.tenant, id, &self.groups)?);
        }
        Ok(added)
    }
}

/// Says why a group cannot be in another one.
fn refusal(misfit: &store::Misfit, id: GroupId) -> ScimError {
    let (group, member) = (shorten(&misfit.group), shorten(&misfit.member_name));
    ScimError::invalid_value(if misfit.member == id.0 {
        format!(
            "members.value {id} is the group {group:?} itself; a group cannot be its own member, leave it out"
        )
    } else if misfit.is_circle {
        format!(
            "members.value {} is the group {member:?}, which has the group {group:?} ({id}) among its members, directly or \
             through others; a group cannot be in itself, take {group:?} out of {member:?} first",
            misfit.member
        )
    } else {
        format!(
            "with the group {member:?} ({}) among the members of {group:?} ({id}), groups would be in each other on more \
             than {} levels; make the chain shorter",
            misfit.member,
            store::MAX_LEVELS
        )
    })
}

/// Ids of the server are UUIDs; any other text is nobody's.
fn id_of(member: &MemberRef) -> Option<Uuid> {
    Uuid::try_parse(&member.value).ok()
}

/// Who came into a group and who left it.
#[derive(Default)]
pub(super) struct Moved {
    added: Vec<Uuid>,
    removed: Vec<Uuid>,
    /// How many were passed over, because nobody here is called so.
    unknown: usize,
}

impl Moved {
    /// Whether nobody did.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// What is different in the end: somebody may have come and gone any number of times in one request.
    fn net(self) -> Moved {
        let mut times: HashMap<Uuid, i32> = HashMap::new();
        for id in &self.added {
            *times.entry(*id).or_default() += 1;
        }
        for id in &self.removed {
            *times.entry(*id).or_default() -= 1;
        }
        let mut once = |ids: Vec<Uuid>, sign: i32| -> Vec<Uuid> {
            ids.into_iter()
                .filter(|id| times.get_mut(id).is_some_and(|n| n.signum() == sign && std::mem::take(n) != 0))
                .collect()
        };
        let added = once(self.added, 1);
        Moved { added, removed: once(self.removed, -1), unknown: self.unknown }
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
