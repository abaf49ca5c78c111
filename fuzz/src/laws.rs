//! What must hold after every PATCH.
//!
//! A law takes a request and what it led to, and panics where it is broken. [`check`] holds all of them against one request.

use std::collections::BTreeSet;

use rollcall_scim::filter;
use rollcall_scim::patch::{self, Op, Operation, Patched};
use rollcall_scim::path::{self, Target};
use rollcall_scim::registry::ResourceType;
use rollcall_scim::resource::{self, Dialect};
use rollcall_scim::schema::Mutability;
use serde_json::{Map, Value};

use super::path::attribute_of;
use super::refusal;

/// A request that was carried out.
pub struct Done<'a> {
    /// The type of the resource.
    pub rt: &'a ResourceType,
    /// The resource before.
    pub before: &'a Map<String, Value>,
    /// The request.
    pub operations: &'a [Operation],
    /// How much is forgiven.
    pub dialect: Dialect,
    /// The outcome.
    pub patched: Patched,
}

/// A law.
pub type Law = fn(&Done<'_>);

/// All laws, with what they say.
pub const LAWS: [(&str, Law); 9] = [
    ("the result is a resource", is_a_resource),
    ("what changed is what is reported", changed_is_what_differs),
    ("what no schema knows stays", unknown_stays),
    ("what only the server sets stays", read_only_stays),
    ("one value is primary", one_primary),
    ("one operation after the other", in_order),
    ("adding again changes nothing", add_again),
    ("what was removed is gone", removed_is_gone),
    ("what is added joins what is there", added_beside),
];

/// Carries out the request and holds every law against it. A refusal must be one that a client can understand.
pub fn check(rt: &ResourceType, before: &Map<String, Value>, operations: &[Operation], dialect: Dialect) {
    if let Some(done) = carry_out(rt, before, operations, dialect) {
        LAWS.iter().for_each(|(_, law)| law(&done));
    }
}

/// The request and its outcome; `None` when it is refused.
pub fn carry_out<'a>(
    rt: &'a ResourceType,
    before: &'a Map<String, Value>,
    operations: &'a [Operation],
    dialect: Dialect,
) -> Option<Done<'a>> {
    match patch::apply(rt, before, operations, &dialect) {
        Ok(patched) => Some(Done { rt, before, operations, dialect, patched }),
        Err(error) => {
            refusal::check(&error);
            None
        }
    }
}

/// Sent as a POST, the result would be accepted to the letter of the RFCs, and come out as it went in.
pub fn is_a_resource(done: &Done<'_>) {
    let mut clients = done.patched.resource.clone();
    clients.retain(|key, _| done.rt.attribute(key).is_some() || done.rt.extension(key).is_some());
    drop_read_only(&mut clients, |name| done.rt.attribute(name).map(|attribute| attribute.mutability));
    for extension in &done.rt.extensions {
        let urn = &extension.schema.id;
        if let Some(Value::Object(inner)) = clients.get_mut(urn) {
            inner.retain(|key, _| extension.schema.attribute(key).is_some());
            drop_read_only(inner, |name| {
                extension.schema.attribute(name).map(|attribute| attribute.mutability)
            });
            if inner.is_empty() {
                clients.remove(urn);
            }
        }
    }
    resource::set_schemas(done.rt, &mut clients);
    let accepted = resource::accept(done.rt, clients.clone(), &Dialect::compat());
    match accepted {
        Ok(accepted) => assert_eq!(accepted.attributes, clients, "{}", told(done)),
        Err(error) => panic!("{error}\n{}", told(done)),
    }
}

fn drop_read_only(object: &mut Map<String, Value>, mutability: impl Fn(&str) -> Option<Mutability>) {
    object.retain(|key, _| mutability(key) != Some(Mutability::ReadOnly));
}

/// `changed` names the top-level keys whose value differs, apart from `schemas`.
pub fn changed_is_what_differs(done: &Done<'_>) {
    let (before, after) = (done.before, &done.patched.resource);
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).filter(|key| *key != "schemas").collect();
    let differing: BTreeSet<String> =
        keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).cloned().collect();
    assert_eq!(done.patched.changed, differing, "{}", told(done));
    assert!(!done.dialect.refuses_unknown() || done.patched.ignored.is_empty(), "{}", told(done));
}

/// Attributes and extensions that an earlier release knew are not touched.
pub fn unknown_stays(done: &Done<'_>) {
    let known = |key: &str| done.rt.attribute(key).is_some() || done.rt.extension(key).is_some();
    for key in done.before.keys().chain(done.patched.resource.keys()).filter(|key| !known(key)) {
        assert_eq!(done.before.get(key), done.patched.resource.get(key), "{key}\n{}", told(done));
    }
    for extension in &done.rt.extensions {
        let inner = |resource: &Map<String, Value>| {
            let mut inner =
                resource.get(&extension.schema.id).and_then(Value::as_object).cloned().unwrap_or_default();
            inner.retain(|key, _| extension.schema.attribute(key).is_none());
            inner
        };
        assert_eq!(inner(done.before), inner(&done.patched.resource), "{}", told(done));
    }
}

/// `id`, `meta`, `groups`, and what the rollcall extension tells.
pub fn read_only_stays(done: &Done<'_>) {
    let (before, after) = (done.before, &done.patched.resource);
    for attribute in done.rt.schema.attributes.iter().chain(done.rt.common_attributes()) {
        if attribute.mutability == Mutability::ReadOnly && attribute.name != "schemas" {
            assert_eq!(before.get(&attribute.name), after.get(&attribute.name), "{}", told(done));
        }
    }
    for extension in &done.rt.extensions {
        let urn = &extension.schema.id;
        for attribute in extension.schema.attributes.iter().filter(|a| a.mutability == Mutability::ReadOnly) {
            let of = |resource: &Map<String, Value>| {
                resource.get(urn).and_then(|inner| inner.get(&attribute.name)).cloned()
            };
            assert_eq!(of(before), of(after), "{}\n{}", attribute.name, told(done));
        }
    }
}

/// At most one element of a list is primary.
pub fn one_primary(done: &Done<'_>) {
    for (key, value) in &done.patched.resource {
        if let (Some(_), Value::Array(elements)) = (done.rt.attribute(key), value) {
            let primary =
                elements.iter().filter(|element| element.get("primary") == Some(&Value::Bool(true)));
            assert!(primary.count() <= 1, "{key}\n{}", told(done));
        }
    }
}

/// The operations as requests of their own, in order, lead to the same, apart from the order of lists, which means nothing
/// (RFC 7643 §2.4); unless one of them cannot stand alone.
pub fn in_order(done: &Done<'_>) {
    // Of several that become primary at once, one stays so at the end of a request, and what the next operation makes equal
    // before that is one element already.
    if done.operations.iter().any(makes_several_primary) {
        return;
    }
    let mut resource = done.before.clone();
    for operation in done.operations {
        match patch::apply(done.rt, &resource, std::slice::from_ref(operation), &done.dialect) {
            Ok(patched) => resource = patched.resource,
            Err(_) => return,
        }
    }
    assert_eq!(
        sorted(&done.patched.resource),
        sorted(&resource),
        "one request (left), one after the other (right)\n{}",
        told(done)
    );
}

fn sorted(resource: &Map<String, Value>) -> Map<String, Value> {
    let mut resource = resource.clone();
    for value in resource.values_mut() {
        if let Value::Array(elements) = value {
            elements.sort_by_cached_key(Value::to_string);
        }
    }
    resource
}

fn makes_several_primary(operation: &Operation) -> bool {
    let at = |path: &str, value: Option<&Value>| {
        let is_primary = |name: &str| name.to_ascii_lowercase().ends_with("primary");
        let inside =
            value.and_then(Value::as_object).is_some_and(|inside| inside.keys().any(|key| is_primary(key)));
        path.contains('[') && inside || is_primary(path)
    };
    match (&operation.path, &operation.value) {
        (Some(path), value) => at(path, value.as_ref()),
        (None, Some(Value::Object(paths))) => paths.iter().any(|(path, value)| at(path, Some(value))),
        _ => false,
    }
}

/// Adding what is there already changes nothing, whatever else it would have done.
pub fn add_again(done: &Done<'_>) {
    let [Operation { op: Op::Add, path, value }] = done.operations else { return };
    let key_with_filter = |value: &Value| {
        value.as_object().is_some_and(|attributes| attributes.keys().any(|key| key.contains('[')))
    };
    // What a filter selected may not match it any more.
    if path.as_ref().is_some_and(|path| path.contains('[')) || value.as_ref().is_some_and(key_with_filter) {
        return;
    }
    // What is set, and changed in the same breath, is something else the second time: an element that `emails` added and
    // `emails.type` changed, a manager whose `$ref` went because another value followed.
    if value.as_ref().is_some_and(|value| path.is_none() && names_twice(value)) {
        return;
    }
    match patch::apply(done.rt, &done.patched.resource, done.operations, &done.dialect) {
        Ok(again) => {
            assert_eq!(again.resource, done.patched.resource, "{}", told(done));
            assert_eq!(again.changed, BTreeSet::new(), "{}", told(done));
        }
        Err(error) => panic!("the second time: {error}\n{}", told(done)),
    }
}

/// Whether one attribute stands under two keys, as `emails` and `emails.type`, or `manager` inside an extension and beside it.
fn names_twice(value: &Value) -> bool {
    let name = |key: &String| {
        let name = key.rsplit(':').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default().to_ascii_lowercase()
    };
    let Value::Object(attributes) = value else { return false };
    let of_schemas =
        attributes.iter().filter(|(key, _)| key.contains(':')).filter_map(|(_, value)| value.as_object());
    let keys: Vec<&String> = attributes.keys().chain(of_schemas.flat_map(|inner| inner.keys())).collect();
    let names: BTreeSet<String> = keys.iter().copied().map(name).collect();
    names.len() < keys.len()
}

/// What a remove operation without value selects is not there afterwards.
pub fn removed_is_gone(done: &Done<'_>) {
    let [Operation { op: Op::Remove, path: Some(path), value: None | Some(Value::Null) }] = done.operations
    else {
        return;
    };
    let Ok(Target::Attribute(path)) = path::parse(done.rt, path) else { return };
    let container = match &path.schema {
        None => Some(&done.patched.resource),
        Some(urn) => done.patched.resource.get(urn).and_then(Value::as_object),
    };
    let Some(value) = container.and_then(|container| container.get(&path.attribute)) else { return };
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        one => std::slice::from_ref(one),
    };
    let selected = elements
        .iter()
        .filter_map(Value::as_object)
        .filter(|element| path.filter.as_ref().is_none_or(|filter| filter::matches(filter, element)));
    match &path.sub_attribute {
        None if path.filter.is_none() => panic!("{} is still there\n{}", path.attribute, told(done)),
        None => assert_eq!(selected.count(), 0, "{}", told(done)),
        Some(sub) => {
            assert!(selected.into_iter().all(|element| !element.contains_key(sub)), "{}", told(done))
        }
    }
}

/// An add to a list takes no element away and changes no `value`, `type` or anything else that can be set only once.
pub fn added_beside(done: &Done<'_>) {
    let [Operation { op: Op::Add, path: Some(path), .. }] = done.operations else { return };
    let Ok(Target::Attribute(path)) = path::parse(done.rt, path) else { return };
    let Some(attribute) = attribute_of(done.rt, &path) else { return };
    if path.schema.is_some() || path.sub_attribute.is_some() || path.filter.is_some() {
        return;
    }
    let list = |resource: &Map<String, Value>| match resource.get(&path.attribute) {
        Some(Value::Array(elements)) => elements.clone(),
        _ => Vec::new(),
    };
    for (old, new) in list(done.before)
        .iter()
        .zip(list(&done.patched.resource).iter().map(Some).chain(std::iter::repeat(None)))
    {
        for sub in &attribute.sub_attributes {
            let fixed = sub.name == "value" || sub.name == "type" || sub.mutability == Mutability::Immutable;
            if let Some(kept) = old.get(&sub.name).filter(|_| fixed) {
                assert_eq!(new.and_then(|new| new.get(&sub.name)), Some(kept), "{}", told(done));
            }
        }
    }
}

/// The request and its outcome, for a message.
fn told(done: &Done<'_>) -> String {
    let json = |resource: &Map<String, Value>| Value::Object(resource.clone()).to_string();
    format!(
        "dialect: {:?}\nbefore: {}\noperations: {:#?}\nafter: {}\nchanged: {:?}",
        done.dialect,
        json(done.before),
        done.operations,
        json(&done.patched.resource),
        done.patched.changed
    )
}
