//! What must hold of the bodies of operations that refer to each other: they are filled in, parted and completed, and nothing is
//! lost.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use rollcall_scim::bulk::{Method, Requested, Step, completion, part, replace_references};
use rollcall_scim::patch::{self, MemberChange, MemberRef, Op, Operation};
use rollcall_scim::registry::{Registry, ResourceType};
use rollcall_scim::resource::{self, Dialect, MAX_DEPTH, PathlessPatch};
use serde_json::{Map, Value};

use super::super::refusal;
use super::order::places;
use super::request::names;

/// Carries the steps out as far as that goes without a database: what is understood can be made, and has an id
/// from then on.
pub fn check(operations: &[Requested], steps: &[Step], registry: &Registry, dialect: &Dialect) {
    let mut made = HashMap::new();
    let mut failed: HashSet<usize> = HashSet::new();
    for step in steps {
        let together = places(step);
        let fails = |place: &usize| {
            let operation = &operations[*place];
            operation.task.is_err() || operation.needs.iter().any(|need| failed.contains(need))
        };
        if matches!(step, Step::Unsolvable(..)) || together.iter().any(fails) {
            failed.extend(together);
            continue;
        }
        let mut all = Vec::new();
        for place in together {
            let operation = &operations[*place];
            let Ok(task) = &operation.task else { continue };
            let (now, waiting) = parted(&task.data, &made);
            assert!(waiting.is_empty() || matches!(step, Step::Circle(_)), "{operation:?} waits alone");
            all.push((operation, &task.data, now, waiting));
            if let Some(name) = operation.bulk_id.as_deref().filter(|_| task.method == Method::Post) {
                made.insert(name, format!("00000000-0000-4000-8000-{place:012}"));
            }
        }
        for (operation, data, now, waiting) in all {
            let [whole, now, waiting] = [data, &now, &waiting].map(|data| filled(data, &made));
            let endpoint = operation.target.as_ref().map(|target| target.endpoint.as_str());
            let rt = registry.resource_types().iter().find(|rt| Some(rt.endpoint.as_str()) == endpoint);
            if !waiting.is_empty() {
                completed(rt.expect("a task leads somewhere"), whole, now, waiting, dialect);
            }
        }
    }
}

/// A body in two: what can be sent holds no reference to what is not made, and every attribute is in one of the halves as it
/// was.
fn parted(
    data: &Map<String, Value>,
    made: &HashMap<&str, String>,
) -> (Map<String, Value>, Map<String, Value>) {
    let asked = Cell::new(0_usize);
    let later = |name: &str| {
        asked.set(asked.get() + 1);
        !made.contains_key(name)
    };
    let (now, waiting) = part(data.clone(), &later);
    // An object by a URN is looked at as a whole and again in its parts, so the depth is what the work may grow by.
    assert!(asked.get() <= references(data) * (MAX_DEPTH + 1), "{} looks at {data:?}", asked.get());
    assert!(names(&now).iter().all(|name| made.contains_key(name.as_str())), "{now:?}");
    for (key, value) in &waiting {
        let one = Map::from_iter([(key.clone(), value.clone())]);
        assert!(names(&one).iter().any(|name| !made.contains_key(name.as_str())), "{key} need not wait");
    }
    assert_eq!(joined(now.clone(), waiting.clone()), *data, "{now:?} and {waiting:?}");
    (now, waiting)
}

fn references(data: &Map<String, Value>) -> usize {
    let found = Cell::new(0_usize);
    replace_references(&mut data.clone(), &|_| {
        found.set(found.get() + 1);
        None
    });
    found.get()
}

/// Both halves as one; only objects of attributes may be in both.
fn joined(mut now: Map<String, Value>, waiting: Map<String, Value>) -> Map<String, Value> {
    for (key, value) in waiting {
        let value = match (now.remove(&key), value) {
            (None, value) => value,
            (Some(Value::Object(here)), Value::Object(there)) => Value::Object(joined(here, there)),
            (Some(here), there) => panic!("{key} is in both halves: {here} and {there}"),
        };
        now.insert(key, value);
    }
    now
}

/// A body with ids in the place of references: nothing else is changed, and nothing is left to be replaced.
fn filled(data: &Map<String, Value>, made: &HashMap<&str, String>) -> Map<String, Value> {
    let mut filled = data.clone();
    replace_references(&mut filled, &|name| made.get(name).cloned());
    let left = names(&filled);
    assert!(left.iter().all(|name| !made.contains_key(name.as_str())), "{left:?} is left of {data:?}");
    alike(&Value::Object(data.clone()), &Value::Object(filled.clone()));
    filled
}

/// The same but for texts that hold a reference.
fn alike(before: &Value, after: &Value) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            assert!(before.keys().eq(after.keys()), "{before:?} {after:?}");
            before.values().zip(after.values()).for_each(|(before, after)| alike(before, after));
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len());
            before.iter().zip(after).for_each(|(before, after)| alike(before, after));
        }
        (Value::String(text), Value::String(_)) if text.to_ascii_lowercase().contains("bulkid:") => {}
        (before, after) => assert_eq!(before, after),
    }
}

/// Made in two steps, a resource is what it would have been in one.
fn completed(
    rt: &ResourceType,
    whole: Map<String, Value>,
    now: Map<String, Value>,
    waiting: Map<String, Value>,
    dialect: &Dialect,
) {
    // This server's own PATCH: what a connection says of operations without path is not about it.
    let own = Dialect { pathless_patch: PathlessPatch::Accept, ..*dialect };
    let operations = patch::parse(completion(waiting.clone()), &own).expect("this server wrote it");
    let add = Operation { op: Op::Add, path: None, value: Some(Value::Object(waiting)) };
    assert_eq!(operations, [add]);
    let Some((expected, members)) = created(rt, whole, dialect) else { return };
    // What everybody must have may itself have to wait.
    let Some((first, mut joined)) = created(rt, now, dialect) else { return };
    let (rest, later) = match rt.name.as_str() {
        "Group" => patch::split_members(rt, operations, &own).expect("they were understood in one step"),
        _ => (operations, Vec::new()),
    };
    joined.extend(later.into_iter().flat_map(listed));
    assert_eq!(joined, members);
    match patch::apply(rt, &first, &rest, &own) {
        Ok(patched) => assert_eq!(patched.resource, expected, "in two steps (left), in one (right)"),
        // A POST drops a key that is a path but a broken one; a PATCH refuses it.
        Err(error) if broken_path(&rest) => refusal::check(&error),
        Err(error) => panic!("{error}: {rest:?} after {first:?}"),
    }
}

/// Whether a key of the operations looks like a path with a filter.
fn broken_path(operations: &[Operation]) -> bool {
    let keys = operations.iter().filter_map(|operation| operation.value.as_ref()?.as_object());
    keys.flat_map(Map::keys).any(|key| key.contains('['))
}

/// What a POST makes: the resource, and who becomes a member.
fn created(
    rt: &ResourceType,
    body: Map<String, Value>,
    dialect: &Dialect,
) -> Option<(Map<String, Value>, Vec<MemberRef>)> {
    let taken = match rt.name.as_str() {
        "Group" => patch::take_members(rt, body, dialect),
        _ => Ok((None, body)),
    };
    match taken.and_then(|(members, body)| Ok((resource::accept(rt, body, dialect)?, members))) {
        Ok((accepted, members)) => {
            Some((accepted.attributes, members.into_iter().flat_map(listed).collect()))
        }
        Err(error) => {
            refusal::check(&error);
            None
        }
    }
}

/// Who belongs to a group that had no members.
fn listed(change: MemberChange) -> Vec<MemberRef> {
    match change {
        MemberChange::Add(members) | MemberChange::ReplaceAll(members) => members,
        MemberChange::Remove(_) | MemberChange::Clear | MemberChange::Require(_) => Vec::new(),
    }
}
