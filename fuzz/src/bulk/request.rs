//! What must hold of a bulk request that was read.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use rollcall_scim::bulk::{
    BulkRequest, Entry, Method, Requested, bulk_response, referenced, replace_references,
};
use rollcall_scim::registry::Registry;
use serde_json::{Map, Value};

use super::super::refusal;

/// Every operation of the body is there, within the limits, understood or refused, and linked to what it refers to.
pub fn check(body: &Map<String, Value>, request: &BulkRequest, registry: &Registry) {
    let sent = body.iter().find(|(key, _)| key.eq_ignore_ascii_case("operations")).map(|(_, value)| value);
    let sent = sent.and_then(Value::as_array).map_or(0, Vec::len);
    assert_eq!(request.operations.len(), sent);
    assert!((1..=registry.bulk_limits().max_operations).contains(&sent), "{sent} operations");
    assert_ne!(request.fail_on_errors, Some(0));
    let mut made = HashMap::new();
    for (place, operation) in request.operations.iter().enumerate() {
        if let Some(name) = &operation.bulk_id {
            assert!(!name.is_empty());
            assert_eq!(made.insert(name.as_str(), place), None, "{name:?} stands twice");
        }
    }
    made.retain(|_, place| request.operations[*place].creates());
    for operation in &request.operations {
        understood(operation, registry);
        linked(operation, &made);
    }
    answered(request);
}

fn understood(operation: &Requested, registry: &Registry) {
    assert!(operation.method.as_ref().is_none_or(|method| method.chars().count() <= 65), "{operation:?}");
    let task = match &operation.task {
        Ok(task) => task,
        Err(error) => return refusal::check(error),
    };
    assert_eq!(operation.method.as_deref(), Some(task.method.as_str()));
    let target = operation.target.as_ref().expect("a task leads somewhere");
    assert!(registry.resource_types().iter().any(|rt| rt.endpoint == target.endpoint), "{target:?}");
    assert_eq!(target.id.is_none(), task.method == Method::Post, "{operation:?}");
    assert!(target.id.as_ref().is_none_or(|id| !id.is_empty() && !id.contains('/')), "{target:?}");
    if task.method == Method::Post {
        assert!(operation.bulk_id.is_some() && task.version.is_none(), "{operation:?}");
    }
    assert!(task.method != Method::Delete || task.data.is_empty(), "{operation:?}");
}

/// It needs what it refers to, and nothing else.
fn linked(operation: &Requested, made: &HashMap<&str, usize>) {
    let Ok(task) = &operation.task else {
        assert!(operation.needs.is_empty(), "a refused operation waits: {operation:?}");
        return;
    };
    let in_path = operation.target.as_ref().and_then(|target| referenced(target.id.as_deref()?));
    let mut names = names(&task.data);
    names.extend(in_path.map(str::to_owned));
    let needs: BTreeSet<usize> =
        names.iter().map(|name| *made.get(name.as_str()).expect("it is refused otherwise")).collect();
    assert_eq!(operation.needs, needs.into_iter().collect::<Vec<_>>(), "{operation:?}");
}

/// The names that a body refers to.
pub fn names(data: &Map<String, Value>) -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    replace_references(&mut data.clone(), &|name| {
        names.borrow_mut().insert(name.to_owned());
        None
    });
    names.into_inner()
}

/// Whatever becomes of the operations, the answer has an entry for each, with the client's name for it.
fn answered(request: &BulkRequest) {
    let entry = |operation: &Requested| Entry {
        method: operation.method.clone(),
        bulk_id: operation.bulk_id.clone(),
        version: None,
        location: None,
        outcome: operation.task.as_ref().map(|_| 200).map_err(Clone::clone),
    };
    let answer = bulk_response(request.operations.iter().map(entry));
    let entries = answer["Operations"].as_array().expect("it is a list");
    assert_eq!(entries.len(), request.operations.len());
    for (entry, operation) in entries.iter().zip(&request.operations) {
        assert_eq!(entry.get("bulkId").and_then(Value::as_str), operation.bulk_id.as_deref());
        assert_eq!(entry.get("response").is_some(), operation.task.is_err());
        assert!(entry["status"].as_str().is_some_and(|status| status.len() == 3), "{entry}");
    }
}
