//! Who comes into a group and who leaves it.

use crate::app::{AppError, Call, Rules};
use crate::store::TenantConnection;
use crate::store::groups::{self as store, Known, NewMember};
use rollcall_domain::ids::GroupId;
use rollcall_scim::error::{ScimError, shorten};
use rollcall_scim::patch::{self, MemberChange, MemberKind, MemberRef};
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
            MemberChange::Remove(_) | MemberChange::Clear | MemberChange::Require(_) => &[],
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
    /// groups too long; `noTarget` for a path that selects nobody; database failures.
    pub(super) fn carry_out(
        &self,
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: GroupId,
    ) -> Result<Moved, AppError> {
        // Each by itself, before they become one: what would be refused alone is refused in company.
        self.changes.iter().try_for_each(|change| self.check(rules, change))?;
        let mut moved = Moved::default();
        for change in &patch::coalesced(self.changes) {
            match change {
                MemberChange::Add(members) => {
                    let members = self.known_members(call, members, &mut moved.unknown);
                    moved.added.extend(members.add_to(conn, call, id)?);
                }
                MemberChange::ReplaceAll(members) => {
                    let members = self.known_members(call, members, &mut moved.unknown);
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
                MemberChange::Require(members) => require(conn, call, id, members)?,
            }
        }
        Ok(moved.net())
    }

    /// Refuses a change as the connection's settings have it: for members who are nobody here (IDP-QUIRKS 132), and read
    /// strictly for a type that is not theirs. Who replaces all members by nobody who is known would empty the group, which is
    /// never what was meant.
    fn check(&self, rules: &Rules, change: &MemberChange) -> Result<(), ScimError> {
        let (members, replaces) = match change {
            MemberChange::Add(members) => (members, false),
            MemberChange::ReplaceAll(members) => (members, true),
            MemberChange::Remove(_) | MemberChange::Clear | MemberChange::Require(_) => return Ok(()),
        };
        let strict = rules.dialect.strict;
        let (mut stranger, mut unknown) = (None, 0);
        for member in members {
            let Some((id, kind)) = self.known(member) else {
                stranger = stranger.or(Some(member));
                unknown += 1;
                continue;
            };
            if let (true, Some(said)) = (strict, member.kind.filter(|said| *said != kind)) {
                return Err(ScimError::invalid_value(format!(
                    "members.type of {id} is {:?}, but the id is that of a {:?}; send that type, or none",
                    said.as_str(),
                    kind.as_str()
                )));
            }
        }
        let Some(stranger) = stranger else { return Ok(()) };
        let refuses = rules.dialect.unknown_members == UnknownMembers::Refuse;
        let none_is_known = unknown == members.len();
        let refused = (refuses && strict) || (none_is_known && (refuses || replaces));
        if !refused {
            return Ok(());
        }
        let others = if none_is_known { ", and neither is any other member given" } else { "" };
        Err(ScimError::invalid_value(format!(
            "members.value {:?} is no user and no group of this tenant{others}; create it first, or leave it out",
            shorten(&stranger.value)
        )))
    }

    /// Those who can be members. Unknown ones are passed over and counted, so that the rest of a synchronisation gets through.
    fn known_members(&self, call: &Call, members: &[MemberRef], passed_over: &mut usize) -> Coming {
        let mut coming = Coming::default();
        for member in members {
            match self.known(member) {
                Some((id, MemberKind::User)) => {
                    coming.people.push(NewMember { id, display: member.display.clone() });
                }
                Some((id, MemberKind::Group)) => coming.groups.push(id),
                None => {}
            }
        }
        let unknown = members.len() - coming.people.len() - coming.groups.len();
        if unknown > 0 {
            log::warn!(
                "request {}: {unknown} members are nobody of this tenant and were passed over",
                call.request_id
            );
            *passed_over += unknown;
        }
        coming
    }

    /// The id of a member and what it is the id of.
    fn known(&self, member: &MemberRef) -> Option<(Uuid, MemberKind)> {
        let id = id_of(member)?;
        Some((id, self.kind_of(id)?))
    }

    fn kind_of(&self, id: Uuid) -> Option<MemberKind> {
        if self.known.people.contains(&id) {
            Some(MemberKind::User)
        } else {
            self.known.groups.contains(&id).then_some(MemberKind::Group)
        }
    }
}

/// Whether one of these is a member, as a path by the letter wants it.
fn require(
    conn: &mut TenantConnection,
    call: &Call,
    id: GroupId,
    members: &[MemberRef],
) -> Result<(), AppError> {
    let ids: Vec<Uuid> = members.iter().filter_map(id_of).collect();
    let there = store::members_among(conn, call.tenant, id, &ids)?;
    let is_there = |member: &MemberRef| {
        id_of(member).is_some_and(|id| {
            let of = |kind| member.kind.is_none_or(|said| said == kind);
            (of(MemberKind::User) && there.people.contains(&id))
                || (of(MemberKind::Group) && there.groups.contains(&id))
        })
    };
    if members.iter().any(is_there) {
        return Ok(());
    }
    let named = members.first().map(|member| shorten(&member.value)).unwrap_or_default();
    Err(ScimError::no_target(format!(
        "no member of the group matches the filter in the path (value {named:?}); add the member with path members first"
    ))
    .into())
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

/// The members of a group that is to be made: there is nobody yet whom unknown ones could put out.
pub(super) fn of_new_group(change: MemberChange) -> MemberChange {
    match change {
        MemberChange::ReplaceAll(members) => MemberChange::Add(members),
        other => other,
    }
}
