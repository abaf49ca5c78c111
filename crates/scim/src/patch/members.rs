//! Membership of groups, lifted out of the operations.
//!
//! A group may have a hundred thousand members, and a PATCH that adds one must cost one (quirk 138). So members are never
//! an array of the resource: operations on them become [`MemberChange`]s, in order, and the rest of the request is applied
//! to the resource without them.

mod selection;

use std::cmp::Reverse;
use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Op, Operation};
use crate::error::{ScimError, shorten};
use crate::path;
use crate::resource::Dialect;
use selection::selected_by;

/// The core schema of groups, which may stand before `members` in a path.
const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const MEMBERS: &str = "members";

/// One step of changing who belongs to a group. No member stands twice in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// These belong to the group, whether or not they did before. Never empty.
    Add(Vec<MemberRef>),
    /// These do not belong to it any more; where a kind is given, only if they are of it. Never empty.
    Remove(Vec<MemberRef>),
    /// Nobody belongs to it.
    Clear,
    /// These and nobody else belong to it. Never empty.
    ReplaceAll(Vec<MemberRef>),
}

/// A member as the client names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRef {
    /// The id of the resource; opaque here.
    pub value: String,
    /// The name the client shows (quirk 137); also taken from `displayName`.
    pub display: Option<String>,
    /// What the client says it is; `None` when it did not say (quirk 124).
    pub kind: Option<MemberKind>,
}

/// What can belong to a group (RFC 7643 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A person.
    User,
    /// Another group.
    Group,
}

impl MemberKind {
    /// The kind that is called so, in any letter case: `type` of members has `caseExact` false.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::User, Self::Group].into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word))
    }

    /// The canonical value of `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
}

impl MemberRef {
    /// The member of an id, and nothing else is known.
    fn of_id(value: String) -> Self {
        Self { value, display: None, kind: None }
    }
}

/// Takes everything about `members` out of the operations of a PATCH on a group. Returns the other operations, in order,
/// and the changes, in order; neighbouring changes of one kind become one.
///
/// # Errors
/// `invalidValue` for a member without id, `invalidFilter` for a filter that does not select by `value`, `invalidPath` for a
/// broken path, `mutability` for a change inside a member (strict dialect; otherwise it is skipped).
pub fn split_members(
    operations: Vec<Operation>,
    dialect: &Dialect,
) -> Result<(Vec<Operation>, Vec<MemberChange>), ScimError> {
    let mut rest = Vec::with_capacity(operations.len());
    let mut changes = Vec::new();
    for mut operation in operations {
        if let Some(path) = &operation.path {
            match about_members(path) {
                Some(path) => {
                    let change = change(operation.op, path, operation.value.as_ref(), dialect)?;
                    changes.extend(change);
                }
                None => rest.push(operation),
            }
            continue;
        }
        let Some(Value::Object(attributes)) = &mut operation.value else {
            rest.push(operation);
            continue;
        };
        let found: Vec<String> =
            attributes.keys().filter(|key| about_members(key).is_some()).cloned().collect();
        if operation.op == Op::Remove || found.is_empty() {
            rest.push(operation);
            continue;
        }
        for key in &found {
            let value = attributes.remove(key);
            if let Some(path) = about_members(key) {
                changes.extend(change(operation.op, path, value.as_ref(), dialect)?);
            }
        }
        if !attributes.is_empty() {
            rest.push(operation);
        }
    }
    Ok((rest, coalesced(changes)))
}

/// The path without URN, if it is about members: `members`, `Members[…]`, `urn:…:Group:members`.
fn about_members(path: &str) -> Option<&str> {
    let path = path.trim();
    let path = match path.split_at_checked(GROUP_URN.len()) {
        Some((urn, rest)) if urn.eq_ignore_ascii_case(GROUP_URN) => rest.strip_prefix([':', '.'])?,
        _ => path,
    };
    let (name, rest) = path.split_at_checked(MEMBERS.len())?;
    let ends_here = rest.is_empty() || rest.trim_start().starts_with(['[', '.']);
    (name.eq_ignore_ascii_case(MEMBERS) && ends_here).then_some(path)
}

fn change(
    op: Op,
    path: &str,
    value: Option<&Value>,
    dialect: &Dialect,
) -> Result<Option<MemberChange>, ScimError> {
    let parts = path::split(path)?;
    let sub = parts.sub.or_else(|| parts.name.split_once('.').map(|(_, sub)| sub));
    let selected = match &parts.filter {
        Some(filter) => Some(unique(selected_by(filter, dialect)?, true)),
        None => None,
    };
    let Some(sub) = sub else {
        return match selected {
            None => whole(op, value, dialect),
            Some(nobody) if nobody.is_empty() => Ok(None),
            Some(members) if op == Op::Remove => Ok(Some(MemberChange::Remove(members))),
            // The filter names the member, and the value at most repeats it.
            Some(members) if names_another(&members, value, dialect)? => Err(ScimError::no_target(
                "members[value eq …] names one member and the value another; add the one with path members, and remove the \
                 other",
            )),
            Some(members) => Ok(Some(MemberChange::Add(unique(members, false)))),
        };
    };
    let is_id = sub.eq_ignore_ascii_case("value");
    if is_id && selected.is_none() && op != Op::Remove && !dialect.strict {
        return whole(op, value, dialect);
    }
    if dialect.strict || is_id {
        return Err(ScimError::mutability(format!(
            "members.{} cannot be changed; remove the member and add the right one",
            shorten(sub)
        )));
    }
    Ok(None)
}

/// Characters of a member's display at most, as of a displayName.
const MAX_DISPLAY: usize = 512;

/// Takes the members out of the body of a POST or PUT, by any name that PATCH knows them by; the plain name wins. `None` where
/// the body says nothing of them.
///
/// # Errors
/// `invalidValue` for a member without id.
pub fn take_members(
    body: &mut Map<String, Value>,
    dialect: &Dialect,
) -> Result<Option<MemberChange>, ScimError> {
    let is_whole = |key: &&String| about_members(key).is_some_and(|name| name.eq_ignore_ascii_case(MEMBERS));
    let mut keys: Vec<String> = body.keys().filter(is_whole).cloned().collect();
    // The shortest name is the plain one.
    keys.sort_by_key(|key| Reverse(key.len()));
    let Some(members) = keys.iter().filter_map(|key| body.remove(key)).last() else { return Ok(None) };
    whole(Op::Replace, Some(&members), dialect)
}

fn names_another(
    selected: &[MemberRef],
    value: Option<&Value>,
    dialect: &Dialect,
) -> Result<bool, ScimError> {
    let has_id = |member: &Map<String, Value>| has(member, "value") || has(member, "$ref");
    match value {
        Some(Value::Object(member)) if !has_id(member) => Ok(false),
        None | Some(Value::Null) => Ok(false),
        Some(value) => Ok(match whole(Op::Add, Some(value), dialect)? {
            Some(MemberChange::Add(members)) => {
                members.iter().any(|member| !selected.iter().any(|one| one.value == member.value))
            }
            _ => false,
        }),
    }
}

fn whole(op: Op, value: Option<&Value>, dialect: &Dialect) -> Result<Option<MemberChange>, ScimError> {
    let members = match value {
        // RFC 7644 §3.5.2.2: a remove without value empties the group (quirk 123).
        None | Some(Value::Null) if op == Op::Remove => return Ok(Some(MemberChange::Clear)),
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => {
            list.iter().map(|member| member_of(member, dialect)).collect::<Result<_, _>>()?
        }
        Some(one) => vec![member_of(one, dialect)?],
    };
    let members = unique(members, false);
    Ok(match op {
        // Quirk 125: replacing with an empty list empties the group.
        Op::Replace if members.is_empty() => Some(MemberChange::Clear),
        Op::Replace => Some(MemberChange::ReplaceAll(members)),
        _ if members.is_empty() => None,
        Op::Add => Some(MemberChange::Add(members)),
        // Quirk 121: a remove with values removes only these.
        Op::Remove => Some(MemberChange::Remove(
            members
                .into_iter()
                // Generously read, the id alone says who is meant.
                .map(|member| MemberRef {
                    display: None,
                    kind: member.kind.filter(|_| dialect.strict),
                    ..member
                })
                .collect(),
        )),
    })
}

fn member_of(value: &Value, dialect: &Dialect) -> Result<MemberRef, ScimError> {
    let member = match value {
        Value::Object(member) => member,
        Value::String(id) if !dialect.strict && !id.trim().is_empty() => {
            return Ok(MemberRef::of_id(id.clone()));
        }
        other => return Err(no_member(other)),
    };
    let id = text(member, "value").or_else(|| {
        // `{"$ref":"https://…/Users/2819c223"}` names the member as well.
        let target = text(member, "$ref").filter(|_| !dialect.strict && !has(member, "value"))?;
        target.trim_end_matches('/').rsplit('/').next()
    });
    let Some(id) = id.filter(|id| !id.trim().is_empty()) else { return Err(no_member(value)) };
    let kind = text(member, "type").and_then(MemberKind::from_word);
    if dialect.strict && kind.is_none() && has(member, "type") {
        return Err(ScimError::invalid_value("the type of a member must be \"User\" or \"Group\""));
    }
    let display = text(member, "display").or_else(|| text(member, "displayName"));
    if let Some(display) = display {
        check_display(display)?;
    }
    Ok(MemberRef {
        value: id.to_owned(),
        display: display.filter(|display| !display.is_empty()).map(str::to_owned),
        kind,
    })
}

/// The same limits as everywhere (quirk: PostgreSQL holds no U+0000).
fn check_display(display: &str) -> Result<(), ScimError> {
    let length = display.chars().count();
    if length > MAX_DISPLAY || display.contains('\0') {
        return Err(ScimError::invalid_value(format!(
            "members.display {:?} has {length} characters; send at most {MAX_DISPLAY}, and no U+0000",
            shorten(display)
        )));
    }
    Ok(())
}

fn text<'m>(member: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    let exact = member.get(name);
    let found = exact
        .or_else(|| member.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value));
    found.and_then(Value::as_str)
}

fn has(member: &Map<String, Value>, name: &str) -> bool {
    member.iter().any(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
}

fn no_member(value: &Value) -> ScimError {
    ScimError::invalid_value(format!(
        "a member must be {{\"value\":\"<id>\"}}, found {}",
        shorten(&value.to_string())
    ))
}

/// Every member once: by its id, or by id and kind where the kind decides who is meant.
fn unique(list: Vec<MemberRef>, kind_decides: bool) -> Vec<MemberRef> {
    let mut seen = HashSet::with_capacity(list.len());
    let key = |member: &MemberRef| member.kind.filter(|_| kind_decides);
    let first: Vec<bool> = list.iter().map(|m| seen.insert((m.value.as_str(), key(m)))).collect();
    list.into_iter().zip(first).filter_map(|(member, first)| first.then_some(member)).collect()
}

/// One statement for many members: some clients send one operation per member (quirk 133).
fn coalesced(changes: Vec<MemberChange>) -> Vec<MemberChange> {
    let mut merged: Vec<MemberChange> = Vec::with_capacity(changes.len());
    for change in changes {
        match (merged.last_mut(), change) {
            (Some(MemberChange::Add(all) | MemberChange::ReplaceAll(all)), MemberChange::Add(more)) => {
                all.extend(more);
            }
            (Some(MemberChange::Remove(all)), MemberChange::Remove(more)) => all.extend(more),
            // What came before is forgotten by these.
            (_, change @ (MemberChange::Clear | MemberChange::ReplaceAll(_))) => {
                merged.clear();
                merged.push(change);
            }
            (_, change) => merged.push(change),
        }
    }
    for change in &mut merged {
        match change {
            MemberChange::Add(all) | MemberChange::ReplaceAll(all) => {
                *all = unique(std::mem::take(all), false);
            }
            MemberChange::Remove(all) => *all = unique(std::mem::take(all), true),
            MemberChange::Clear => {}
        }
    }
    merged
}
