//! Membership of groups, lifted out of the operations.
//!
//! A group may have a hundred thousand members, and a PATCH that adds one must cost one (quirk 138). So members are never
//! an array of the resource: operations on them become [`MemberChange`]s, in order, and the rest of the request is applied
//! to the resource without them.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Op, Operation};
use crate::error::{ScimError, shorten};
use crate::filter::{CompareOp, Expr, Literal};
use crate::path;
use crate::resource::Dialect;

/// The core schema of groups, which may stand before `members` in a path.
const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const MEMBERS: &str = "members";

/// One step of changing who belongs to a group. No id stands twice in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// These belong to the group, whether or not they did before. Never empty.
    Add(Vec<MemberRef>),
    /// These ids do not belong to it any more. Never empty.
    Remove(Vec<String>),
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
    /// `User` or `Group`; `None` when the client did not say (quirk 124).
    pub kind: Option<String>,
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
        Some(filter) => Some(unique(ids_of(filter)?, String::as_str)),
        None => None,
    };
    let Some(sub) = sub else {
        return match selected {
            None => whole(op, value, dialect),
            Some(ids) if op == Op::Remove => Ok(Some(MemberChange::Remove(ids))),
            // The filter names the member, and the value at most repeats it.
            Some(ids) if names_another(&ids, value, dialect)? => Err(ScimError::no_target(
                "members[value eq …] names one member and the value another; add the one with path members, and remove the \
                 other",
            )),
            Some(ids) => Ok(Some(MemberChange::Add(
                ids.into_iter().map(|value| MemberRef { value, display: None, kind: None }).collect(),
            ))),
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

/// All members of a group as a POST or PUT gives them; nothing for an absent list is the caller's business.
///
/// # Errors
/// `invalidValue` for a member without id.
pub fn all_members(value: &Value, dialect: &Dialect) -> Result<Option<MemberChange>, ScimError> {
    whole(Op::Replace, Some(value), dialect)
}

fn names_another(ids: &[String], value: Option<&Value>, dialect: &Dialect) -> Result<bool, ScimError> {
    let has_id = |member: &Map<String, Value>| has(member, "value") || has(member, "$ref");
    match value {
        Some(Value::Object(member)) if !has_id(member) => Ok(false),
        None | Some(Value::Null) => Ok(false),
        Some(value) => Ok(match whole(Op::Add, Some(value), dialect)? {
            Some(MemberChange::Add(members)) => members.iter().any(|member| !ids.contains(&member.value)),
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
    let members = unique(members, |member| &member.value);
    Ok(match op {
        // Quirk 125: replacing with an empty list empties the group.
        Op::Replace if members.is_empty() => Some(MemberChange::Clear),
        Op::Replace => Some(MemberChange::ReplaceAll(members)),
        _ if members.is_empty() => None,
        Op::Add => Some(MemberChange::Add(members)),
        // Quirk 121: a remove with values removes only these.
        Op::Remove => Some(MemberChange::Remove(members.into_iter().map(|member| member.value).collect())),
    })
}

fn member_of(value: &Value, dialect: &Dialect) -> Result<MemberRef, ScimError> {
    let member = match value {
        Value::Object(member) => member,
        Value::String(id) if !dialect.strict && !id.trim().is_empty() => {
            return Ok(MemberRef { value: id.clone(), display: None, kind: None });
        }
        other => return Err(no_member(other)),
    };
    let id = text(member, "value").or_else(|| {
        // `{"$ref":"https://…/Users/2819c223"}` names the member as well.
        let target = text(member, "$ref").filter(|_| !dialect.strict && !has(member, "value"))?;
        target.trim_end_matches('/').rsplit('/').next()
    });
    let Some(id) = id.filter(|id| !id.trim().is_empty()) else { return Err(no_member(value)) };
    let kind = match text(member, "type") {
        Some(kind) => ["User", "Group"].into_iter().find(|known| known.eq_ignore_ascii_case(kind)),
        None => None,
    };
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
        kind: kind.map(str::to_owned),
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

/// The ids that a filter such as `value eq "a" or value eq "b"` selects. A condition on `type` beside the id is
/// redundant and skipped.
fn ids_of(filter: &Expr) -> Result<Vec<String>, ScimError> {
    let ids = match filter {
        Expr::Compare { attr, op: CompareOp::Eq, value } if attr.text.eq_ignore_ascii_case("value") => {
            id_of(value).map(|id| vec![id])
        }
        Expr::Or(operands) => {
            return operands.iter().map(ids_of).collect::<Result<Vec<_>, _>>().map(|ids| ids.concat());
        }
        Expr::And(operands) => {
            let mut others = operands.iter().filter(|operand| !is_type(operand));
            match (others.next(), others.next()) {
                (Some(only), None) => return ids_of(only),
                _ => None,
            }
        }
        _ => None,
    };
    ids.ok_or_else(|| {
        ScimError::invalid_filter(format!(
            "members[{}] cannot be used: members are selected by value eq \"<id>\"",
            shorten(&filter.to_string())
        ))
    })
}

fn is_type(filter: &Expr) -> bool {
    matches!(filter, Expr::Compare { attr, op: CompareOp::Eq, .. } if attr.text.eq_ignore_ascii_case("type"))
}

fn id_of(value: &Literal) -> Option<String> {
    match value {
        Literal::String(id) | Literal::Bare(id) => Some(id.clone()),
        Literal::Number(number) => Some(number.to_string()),
        Literal::Bool(_) | Literal::Null => None,
    }
}

fn unique<T>(list: Vec<T>, id: impl Fn(&T) -> &str) -> Vec<T> {
    let mut seen = HashSet::with_capacity(list.len());
    let first: Vec<bool> = list.iter().map(|item| seen.insert(id(item))).collect();
    list.into_iter().zip(first).filter_map(|(item, first)| first.then_some(item)).collect()
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
                *all = unique(std::mem::take(all), |member| &member.value);
            }
            MemberChange::Remove(all) => *all = unique(std::mem::take(all), String::as_str),
            MemberChange::Clear => {}
        }
    }
    merged
}
