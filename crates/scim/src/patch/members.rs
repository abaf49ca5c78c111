//! Membership of groups, lifted out of the operations.
//!
//! A group may have a hundred thousand members, and a PATCH that adds one must cost one (quirk 138). So members are never
//! an array of the resource: operations on them become [`MemberChange`]s, in order, and the rest of the request is applied
//! to the resource without them.

mod coalesce;
mod selection;

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Op, Operation};
use crate::error::{ScimError, shorten};
use crate::filter::name::{Lookup, locate};
use crate::path;
use crate::quirk;
use crate::registry::ResourceType;
use crate::resource::{self, Dialect, UnmatchedFilter};
use crate::twice;
pub use coalesce::coalesced;
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
    /// At least one of these belongs to it already, or the path selects nobody (RFC 7644 §3.5.2.3); nothing is changed.
    Require(Vec<MemberRef>),
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
/// and the changes, in order and one for each operation, since each may be refused by itself; [`coalesced`] makes few of many.
///
/// # Errors
/// `invalidSyntax` for members that one value names twice and differently,
/// `invalidValue` for a member without id, `invalidFilter` for a filter that does not select by `value`, `invalidPath` for a
/// broken path, `mutability` for a change inside a member (strict dialect; otherwise it is skipped).
pub fn split_members(
    rt: &ResourceType,
    operations: Vec<Operation>,
    dialect: &Dialect,
) -> Result<(Vec<Operation>, Vec<MemberChange>), ScimError> {
    let mut rest = Vec::with_capacity(operations.len());
    let mut changes = Vec::new();
    for operation in operations {
        if operation.path.as_deref().and_then(about_members).is_some() {
            split_one(rt, operation, dialect, &mut rest, &mut changes)?;
            continue;
        }
        twice::refuse_in_operation(rt, &operation)?;
        // What the engine would read as members has to be found here.
        let rewritten = quirk::rewrite(rt, &operation, dialect);
        if rewritten.iter().any(speaks_of_members) {
            for operation in rewritten.into_owned() {
                split_one(rt, operation, dialect, &mut rest, &mut changes)?;
            }
        } else {
            rest.push(operation);
        }
    }
    Ok((rest, changes))
}

fn speaks_of_members(operation: &Operation) -> bool {
    match (&operation.path, &operation.value) {
        (Some(path), _) => about_members(path).is_some(),
        (None, Some(Value::Object(attributes))) => attributes.keys().any(|key| about_members(key).is_some()),
        (None, _) => false,
    }
}

/// Parts an operation that is written as the RFC has it.
fn split_one(
    rt: &ResourceType,
    mut operation: Operation,
    dialect: &Dialect,
    rest: &mut Vec<Operation>,
    changes: &mut Vec<MemberChange>,
) -> Result<(), ScimError> {
    let op = operation.op;
    if let Some(path) = operation.path.as_deref().and_then(about_members) {
        changes.extend(change(rt, op, path, operation.value.as_ref(), dialect)?);
        return Ok(());
    }
    if let (None, Some(Value::Object(attributes))) = (&operation.path, &mut operation.value)
        && op != Op::Remove
    {
        let found: Vec<String> =
            attributes.keys().filter(|key| about_members(key).is_some()).cloned().collect();
        for key in &found {
            let value = attributes.remove(key);
            if let Some(path) = about_members(key) {
                changes.extend(change(rt, op, path, value.as_ref(), dialect)?);
            }
        }
        if attributes.is_empty() && !found.is_empty() {
            return Ok(());
        }
    }
    rest.push(operation);
    Ok(())
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
    rt: &ResourceType,
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
    let requires = dialect.unmatched_filter == UnmatchedFilter::NoTarget;
    let Some(sub) = sub else {
        return match selected {
            None => whole(rt, op, value, dialect),
            Some(nobody) if nobody.is_empty() && (op == Op::Remove || !requires) => Ok(None),
            Some(members) if op == Op::Remove => Ok(Some(MemberChange::Remove(members))),
            // The filter names the member, and the value at most repeats it.
            Some(members) if names_another(rt, &members, value, dialect)? => Err(ScimError::no_target(
                "members[value eq …] names one member and the value another; add the one with path members, and remove the \
                 other",
            )),
            Some(members) if requires => Ok(Some(MemberChange::Require(members))),
            Some(members) => Ok(Some(MemberChange::Add(unique(members, false)))),
        };
    };
    let is_id = sub.eq_ignore_ascii_case("value");
    if is_id && selected.is_none() && op != Op::Remove && !dialect.strict {
        return whole(rt, op, value, dialect);
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

/// Takes the members out of the body of a POST or PUT: all that the group has, in whichever way the dialect lets them be
/// named. The rest of the body comes back; `None` when it says nothing about members.
///
/// # Errors
/// `invalidValue` for a member without id, `invalidSyntax` for members that are named twice and differently.
pub fn take_members(
    rt: &ResourceType,
    mut body: Map<String, Value>,
    dialect: &Dialect,
) -> Result<(Option<MemberChange>, Map<String, Value>), ScimError> {
    let mut found = Vec::new();
    for key in body.keys().cloned().collect::<Vec<_>>() {
        if names_all_members(&key, dialect) {
            found.extend(body.remove(&key));
        } else if let (false, Lookup::Core, Some(Value::Object(inner))) =
            (dialect.strict, locate(rt, &key), body.get_mut(&key))
        {
            for key in inner.keys().cloned().collect::<Vec<_>>() {
                if names_all_members(&key, dialect) {
                    found.extend(inner.remove(&key));
                }
            }
        }
    }
    let Some(members) = found.pop() else { return Ok((None, body)) };
    if found.iter().any(|other| *other != members) {
        return Err(ScimError::invalid_syntax("members stands twice, in different spellings; send it once"));
    }
    Ok((whole(rt, Op::Replace, Some(&members), dialect)?, body))
}

fn names_all_members(key: &str, dialect: &Dialect) -> bool {
    let name = if dialect.strict { Some(key) } else { about_members(key) };
    name.is_some_and(|name| {
        name.eq_ignore_ascii_case(MEMBERS) || (!dialect.strict && name.eq_ignore_ascii_case("members.value"))
    })
}

/// Whether a value names somebody who is not among the selected.
fn names_another(
    rt: &ResourceType,
    selected: &[MemberRef],
    value: Option<&Value>,
    dialect: &Dialect,
) -> Result<bool, ScimError> {
    let has_id = |member: &Map<String, Value>| has(member, "value") || has(member, "$ref");
    let list = match value {
        Some(Value::Object(member)) if !has_id(member) => return Ok(false),
        None | Some(Value::Null) => return Ok(false),
        Some(list @ Value::Array(_)) => Cow::Borrowed(list),
        Some(one) => Cow::Owned(Value::Array(vec![one.clone()])),
    };
    Ok(match whole(rt, Op::Add, Some(&list), dialect)? {
        Some(MemberChange::Add(members)) => {
            members.iter().any(|member| !selected.iter().any(|one| one.value == member.value))
        }
        _ => false,
    })
}

fn whole(
    rt: &ResourceType,
    op: Op,
    value: Option<&Value>,
    dialect: &Dialect,
) -> Result<Option<MemberChange>, ScimError> {
    if let (true, Some(attribute), Some(value)) =
        (dialect.strict && op != Op::Remove, rt.attribute(MEMBERS), value)
    {
        // By the letter, the same is asked of members as of every other list.
        resource::canonical_value(attribute, value.clone(), dialect)?;
    }
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
