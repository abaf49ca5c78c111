//! What identity providers send instead of what RFC 7644 §3.5.2 asks for, and what is done instead.
//!
//! Every rule is one entry of [`QUIRKS`]: a test whether it applies to an operation and a function that writes the
//! operation as it should have been. The rules run in order, each on the result of the ones before, so that the engine
//! behind them only knows correct operations. What is merely a matter of values (`"False"` for `false`, a bare string for
//! `{"value":…}`, letter case) is done where values are read, in [`resource`](crate::resource).

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::filter::name::{Located, Lookup, locate, only_extension_with};
use crate::patch::{Op, Operation};
use crate::registry::ResourceType;
use crate::resource::Dialect;
use crate::schema::{AttributeType, Mutability};

/// One rule.
pub struct Quirk {
    /// What the clients do, in a few words.
    pub name: &'static str,
    /// Who does it; numbers are those of the quirk list.
    pub source: &'static str,
    /// Whether the rule also holds in the strict dialect.
    pub always: bool,
    /// Whether an operation needs rewriting.
    pub applies: fn(&ResourceType, &Operation) -> bool,
    /// The operations it should have been; none when it asks for nothing.
    pub rewrite: fn(&ResourceType, Operation) -> Vec<Operation>,
}

/// All rules, in the order in which they run.
pub const QUIRKS: &[Quirk] = &[
    EMPTY_PATH,
    CORE_URN_AROUND_ATTRIBUTES,
    FLATTENED_KEYS,
    EXTENSION_ATTRIBUTE_WITHOUT_URN,
    WRAPPED_SIMPLE_VALUE,
    REMOVE_WITH_VALUES,
];

/// Wrong: `{"op":"replace","path":"","value":{"active":false}}`, or the URN of the core schema as path.
/// Right: `{"op":"replace","value":{"active":false}}`.
const EMPTY_PATH: Quirk = Quirk {
    name: "a path that says nothing",
    source: "96: the core URN is no prefix at all",
    always: false,
    applies: |rt, operation| {
        let Some(path) = operation.path.as_deref() else { return false };
        path.trim().is_empty() || matches!(locate(rt, path), Lookup::Core)
    },
    rewrite: |_, operation| vec![Operation { path: None, ..operation }],
};

/// Wrong: `{"op":"replace","value":{"urn:ietf:params:scim:schemas:core:2.0:User":{"title":"Dr"}}}`.
/// Right: `{"op":"replace","value":{"title":"Dr"}}`.
const CORE_URN_AROUND_ATTRIBUTES: Quirk = Quirk {
    name: "core attributes wrapped in the core URN",
    source: "95, 96: what is right for an extension, done to the core schema",
    always: false,
    applies: |rt, operation| keys(operation).any(|key| matches!(locate(rt, key), Lookup::Core)),
    rewrite: |rt, operation| {
        let Operation { op, path, value: Some(Value::Object(attributes)) } = operation else {
            return vec![operation];
        };
        let mut unwrapped = Map::new();
        for (key, value) in attributes {
            match value {
                Value::Object(inner) if matches!(locate(rt, &key), Lookup::Core) => unwrapped.extend(inner),
                value => {
                    unwrapped.insert(key, value);
                }
            }
        }
        vec![Operation { op, path, value: Some(Value::Object(unwrapped)) }]
    },
};

/// Wrong: `{"op":"replace","value":{"displayName":"B","name.givenName":"K","urn:…:enterprise:2.0:User:employeeNumber":"1",
/// "emails[type eq \"work\"].value":"b@x","department":"D"}}`.
/// Right: `{"op":"replace","value":{"displayName":"B"}}`, `{"op":"replace","path":"name.givenName","value":"K"}`, and so on.
const FLATTENED_KEYS: Quirk = Quirk {
    name: "paths as keys of a value",
    source: "93, 94, 95 (Entra and others), 62 for extension attributes without URN",
    always: false,
    applies: |rt, operation| keys(operation).any(|key| path_in_key(rt, key).is_some()),
    rewrite: |rt, operation| {
        let Operation { op, path, value: Some(Value::Object(attributes)) } = operation else {
            return vec![operation];
        };
        let mut plain = Map::new();
        let mut flattened = Vec::new();
        for (key, value) in attributes {
            match path_in_key(rt, &key) {
                None => {
                    plain.insert(key, value);
                }
                // Clients send back what they have read: a key, unlike a path, may be read-only (quirk 127).
                Some(path) if is_read_only(rt, &path) => {}
                Some(path) => flattened.push(Operation { op, path: Some(path), value: Some(value) }),
            }
        }
        let mut operations = Vec::with_capacity(flattened.len() + 1);
        if !plain.is_empty() {
            operations.push(Operation { op, path, value: Some(Value::Object(plain)) });
        }
        operations.extend(flattened);
        operations
    },
};

/// Wrong: `{"op":"Add","path":"manager","value":[{"value":"00aa00aa"}]}`.
/// Right: `{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":{"value":"00aa00aa"}}`.
const EXTENSION_ATTRIBUTE_WITHOUT_URN: Quirk = Quirk {
    name: "the attribute of an extension without its URN",
    source: "105c (Entra)",
    always: false,
    applies: |rt, operation| {
        operation.path.as_deref().is_some_and(|path| with_extension_urn(rt, path).is_some())
    },
    rewrite: |rt, mut operation| {
        if let Some(path) = operation.path.as_deref().and_then(|path| with_extension_urn(rt, path)) {
            operation.path = Some(path);
        }
        vec![operation]
    },
};

/// Wrong: `{"op":"Replace","path":"displayName","value":[{"$ref":null,"value":"Joy"}]}`.
/// Right: `{"op":"replace","path":"displayName","value":"Joy"}`.
const WRAPPED_SIMPLE_VALUE: Quirk = Quirk {
    name: "a simple value wrapped as an element of a list",
    source: "105c, 120 (Entra writes members and references so), done to a simple attribute",
    always: false,
    applies: |rt, operation| {
        let Some(path) = operation.path.as_deref() else { return false };
        let wrapped = operation.value.as_ref().is_some_and(|value| value.is_array() || value.is_object());
        wrapped && is_simple(rt, path)
    },
    rewrite: |_, operation| {
        let value = operation.value.map(|value| match value {
            Value::Array(mut list) if list.len() == 1 => unwrapped(list.remove(0)),
            other => unwrapped(other),
        });
        vec![Operation { value, ..operation }]
    },
};

/// Wrong: `{"op":"Remove","path":"emails","value":[{"value":"b@x"}]}`, which by the letter removes every mail address.
/// Right: `{"op":"remove","path":"emails[value eq \"b@x\"]"}`.
///
/// Holds in the strict dialect too: nothing that was not named may be lost.
const REMOVE_WITH_VALUES: Quirk = Quirk {
    name: "remove with the values to remove",
    source: "90, 121 (Entra, ssoready)",
    always: true,
    applies: |rt, operation| {
        let Some(path) = operation.path.as_deref().filter(|_| operation.op == Op::Remove) else {
            return false;
        };
        let has_value = operation.value.as_ref().is_some_and(|value| !value.is_null());
        has_value && named_list(rt, path).is_some()
    },
    rewrite: |rt, operation| {
        let Some((path, sub)) = operation.path.as_deref().and_then(|path| named_list(rt, path)) else {
            return Vec::new();
        };
        let elements = match operation.value {
            Some(Value::Array(elements)) => elements,
            other => other.into_iter().collect(),
        };
        let remove = |filter: String| {
            // Without its `value` an element is none any more.
            let rest = sub.filter(|sub| *sub != "value").map(|sub| format!(".{sub}")).unwrap_or_default();
            Operation { op: Op::Remove, path: Some(format!("{path}[{filter}]{rest}")), value: None }
        };
        let filter_of = |element| match sub {
            Some(sub) => term(sub, element),
            None => selecting(rt, path, element),
        };
        elements.iter().filter_map(filter_of).map(remove).collect()
    },
};

/// `operation`, rewritten by every rule that applies in this dialect.
pub(crate) fn rewrite<'o>(
    rt: &ResourceType,
    operation: &'o Operation,
    dialect: &Dialect,
) -> Cow<'o, [Operation]> {
    let mut operations = Cow::Borrowed(std::slice::from_ref(operation));
    for quirk in QUIRKS.iter().filter(|quirk| quirk.always || !dialect.strict) {
        if operations.iter().any(|operation| (quirk.applies)(rt, operation)) {
            let rewritten = operations.into_owned().into_iter().flat_map(|operation| {
                if (quirk.applies)(rt, &operation) { (quirk.rewrite)(rt, operation) } else { vec![operation] }
            });
            operations = Cow::Owned(rewritten.collect());
        }
    }
    operations
}

/// The keys of the value of an operation without path.
fn keys(operation: &Operation) -> impl Iterator<Item = &str> {
    let attributes = match (&operation.path, &operation.value, operation.op) {
        (None, Some(Value::Object(attributes)), Op::Add | Op::Replace) => Some(attributes),
        _ => None,
    };
    attributes.into_iter().flat_map(|attributes| attributes.keys().map(String::as_str))
}

/// The path a key stands for, when it is more than the name of a core attribute or extension.
fn path_in_key(rt: &ResourceType, key: &str) -> Option<String> {
    if rt.attribute(key).is_some() {
        return None;
    }
    match locate(rt, key) {
        Lookup::Attribute(_) => Some(key.to_owned()),
        Lookup::Extension(_) | Lookup::Core => None,
        // What stands before the bracket must be an attribute; else it is a name that nobody knows.
        Lookup::Unknown if key.contains('[') && located(rt, key).is_some() => Some(key.to_owned()),
        // As a key, what clients may not write is as unknown as any other name of somebody else's.
        Lookup::Unknown => with_extension_urn(rt, key).filter(|path| {
            !located(rt, path).is_some_and(|located| located.attribute.mutability == Mutability::ReadOnly)
        }),
    }
}

/// The path with the URN of the one extension that has the attribute. Also where clients may not write it: then the path is
/// refused as it is with the URN.
pub(crate) fn with_extension_urn(rt: &ResourceType, path: &str) -> Option<String> {
    let path = path.trim();
    let name = path.split('[').next().unwrap_or(path);
    if rt.split_urn(name).is_some() {
        return None;
    }
    only_extension_with(rt, name).map(|schema| format!("{}:{path}", schema.id))
}

fn located<'r>(rt: &'r ResourceType, path: &str) -> Option<Located<'r>> {
    match locate(rt, path.split('[').next().unwrap_or(path)) {
        Lookup::Attribute(located) => Some(located),
        _ => None,
    }
}

fn is_read_only(rt: &ResourceType, path: &str) -> bool {
    located(rt, path).is_some_and(|located| {
        located.attribute.mutability == Mutability::ReadOnly
            || located.sub.is_some_and(|sub| sub.mutability == Mutability::ReadOnly)
    })
}

/// Whether the path leads to one simple value.
fn is_simple(rt: &ResourceType, path: &str) -> bool {
    match locate(rt, path) {
        Lookup::Attribute(Located { attribute, sub: None, .. }) => {
            !attribute.multi_valued && attribute.kind != AttributeType::Complex
        }
        Lookup::Attribute(Located { sub: Some(sub), .. }) => !sub.multi_valued,
        // `emails[type eq "work"].value`
        Lookup::Unknown => path.rsplit_once(']').is_some_and(|(_, rest)| rest.starts_with('.')),
        Lookup::Extension(_) | Lookup::Core => false,
    }
}

fn unwrapped(value: Value) -> Value {
    match value {
        Value::Object(mut object) => {
            let key = object.keys().find(|key| key.eq_ignore_ascii_case("value")).cloned();
            match key.and_then(|key| object.remove(&key)) {
                Some(value) => value,
                None => Value::Object(object),
            }
        }
        other => other,
    }
}

/// The path of the list that a path names whole, and the sub-attribute of its elements if the path goes on to one.
fn named_list<'p>(rt: &'p ResourceType, path: &'p str) -> Option<(&'p str, Option<&'p str>)> {
    if whole_list(rt, path).is_some() {
        return Some((path, None));
    }
    let (list, _) = path.rsplit_once('.')?;
    match locate(rt, path) {
        Lookup::Attribute(Located { sub: Some(sub), .. }) => {
            whole_list(rt, list).map(|_| (list, Some(sub.name.as_str())))
        }
        _ => None,
    }
}

/// The multi-valued complex attribute that the path names without selecting elements.
fn whole_list<'r>(rt: &'r ResourceType, path: &str) -> Option<Located<'r>> {
    match locate(rt, path) {
        Lookup::Attribute(found) if found.sub.is_none() => {
            Some(found).filter(|f| f.attribute.multi_valued && f.attribute.kind == AttributeType::Complex)
        }
        _ => None,
    }
}

/// A filter that selects the element a client describes: by `value` (and `type`, if given), else by everything it says.
fn selecting(rt: &ResourceType, path: &str, element: &Value) -> Option<String> {
    let attribute = whole_list(rt, path)?.attribute;
    let object = match element {
        Value::Object(object) => object,
        simple => return term("value", simple),
    };
    let known: Vec<(&str, &Value)> = object
        .iter()
        .filter_map(|(key, value)| attribute.sub_attribute(key).map(|sub| (sub.name.as_str(), value)))
        .collect();
    let has_value = known.iter().any(|(name, value)| *name == "value" && term(name, value).is_some());
    let terms: Vec<String> = known
        .iter()
        .filter(|(name, _)| !has_value || matches!(*name, "value" | "type"))
        .filter_map(|(name, value)| term(name, value))
        .collect();
    if terms.is_empty() { None } else { Some(terms.join(" and ")) }
}

fn term(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) if text.is_empty() => None,
        simple => Some(format!("{name} eq {simple}")),
    }
}

#[cfg(test)]
mod tests;
