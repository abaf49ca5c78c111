//! From the body of a bulk request to its operations.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::references::each_reference;
use super::{BulkLimits, BulkRequest, Method, Requested, Target, Task, referenced};
use crate::error::{ScimError, shorten};
use crate::registry::Registry;
use crate::resource::Dialect;

/// The schema of a bulk request.
pub const BULK_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// Reads a bulk request. Keys and methods may have any letter case; `null` is nothing (quirks 166, 167). `base` is the address
/// of the service. `schemas` must name the BulkRequest schema only in the strict dialect.
///
/// # Errors
/// What makes the request as a whole unusable: `invalidSyntax` when there are no operations or one is no object, 413 for more
/// than the limit, `invalidValue` for a `failOnErrors` that is no number from 1, or a bulkId that stands twice. Whatever
/// is wrong with a single operation is in its [`task`](Requested::task).
pub fn parse(
    mut body: Map<String, Value>,
    registry: &Registry,
    base: &str,
    dialect: &Dialect,
) -> Result<BulkRequest, ScimError> {
    if dialect.strict && !names_bulk_request(take(&mut body, "schemas").as_ref()) {
        return Err(ScimError::invalid_syntax(format!(
            "schemas must be a list that contains \"{BULK_REQUEST_URN}\""
        )));
    }
    let fail_on_errors = take(&mut body, "failOnErrors").map(fail_on_errors).transpose()?;
    let list = listed(take(&mut body, "Operations"), registry.bulk_limits())?;
    let read =
        list.into_iter().enumerate().map(|(place, value)| operation(place, value, registry, base, dialect));
    let mut operations = read.collect::<Result<Vec<_>, _>>()?;
    let made = made(&operations)?;
    for operation in &mut operations {
        link(operation, &made);
    }
    Ok(BulkRequest { fail_on_errors, operations })
}

fn names_bulk_request(schemas: Option<&Value>) -> bool {
    schemas.and_then(Value::as_array).is_some_and(|urns| {
        urns.iter().filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(BULK_REQUEST_URN))
    })
}

/// Takes what stands under a name in any letter case; `null` is nothing.
fn take(object: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = match object.contains_key(name) {
        true => name.to_owned(),
        false => object.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone(),
    };
    object.remove(&key).filter(|value| !value.is_null())
}

#[allow(clippy::needless_pass_by_value, reason = "it is what was taken out of the body")]
fn fail_on_errors(value: Value) -> Result<usize, ScimError> {
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
    number.ok_or_else(|| {
        ScimError::invalid_value(format!(
            "failOnErrors is {}; send a whole number from 1, or leave it out to have everything tried",
            shorten(&value.to_string())
        ))
    })
}

fn listed(operations: Option<Value>, limits: BulkLimits) -> Result<Vec<Value>, ScimError> {
    match operations {
        Some(Value::Array(list)) if list.is_empty() => {
            Err(ScimError::invalid_syntax("Operations is empty; send at least one operation"))
        }
        Some(Value::Array(list)) if list.len() > limits.max_operations => {
            Err(ScimError::payload_too_large(format!(
                "Operations has {} entries, which exceeds maxOperations ({}); send them in several requests",
                list.len(),
                limits.max_operations
            )))
        }
        Some(Value::Array(list)) => Ok(list),
        _ => Err(ScimError::invalid_syntax(
            "Operations is missing or no list; a bulk request is \
             {\"schemas\":[…],\"Operations\":[{\"method\":…,\"path\":…}]}",
        )),
    }
}

fn operation(
    place: usize,
    value: Value,
    registry: &Registry,
    base: &str,
    dialect: &Dialect,
) -> Result<Requested, ScimError> {
    let Value::Object(mut members) = value else {
        return Err(ScimError::invalid_syntax(format!("Operations[{place}] is not an object")));
    };
    let sent = take(&mut members, "method");
    let sent = sent.as_ref().and_then(Value::as_str);
    let known = sent.and_then(|sent| Method::ALL.into_iter().find(|m| m.as_str().eq_ignore_ascii_case(sent)));
    let bulk_id = match take(&mut members, "bulkId") {
        Some(Value::String(id)) if !id.is_empty() => Some(id),
        Some(Value::Number(id)) if !dialect.strict => Some(id.to_string()),
        _ => None,
    };
    let target = match take(&mut members, "path") {
        Some(Value::String(path)) => Target::parse(&path, registry, base),
        _ => Err(ScimError::invalid_syntax("path is missing or no string; send /Users, or /Users/<id>")),
    };
    let (target, path) = match target {
        Ok(target) => (Some(target), Ok(())),
        Err(refused) => (None, Err(refused)),
    };
    let task = method(sent, known)
        .and_then(|method| path.map(|()| method))
        .and_then(|method| task(method, bulk_id.as_deref(), target.as_ref(), members, dialect));
    let method = known.map(|known| known.as_str().to_owned()).or_else(|| sent.map(shorten));
    Ok(Requested { method, bulk_id, target, needs: Vec::new(), task })
}

fn method(sent: Option<&str>, known: Option<Method>) -> Result<Method, ScimError> {
    match (sent, known) {
        (_, Some(known)) => Ok(known),
        (Some(sent), None) => Err(ScimError::method_not_allowed(format!(
            "method {:?} is not possible in a bulk; use POST, PUT, PATCH or DELETE",
            shorten(sent)
        ))),
        (None, None) => Err(ScimError::invalid_syntax(
            "method is missing or no string; send \"POST\", \"PUT\", \"PATCH\" or \"DELETE\"",
        )),
    }
}

fn task(
    method: Method,
    bulk_id: Option<&str>,
    target: Option<&Target>,
    mut members: Map<String, Value>,
    dialect: &Dialect,
) -> Result<Task, ScimError> {
    let creates = method == Method::Post;
    match (creates, target.and_then(|target| target.id.as_ref())) {
        (true, Some(id)) => {
            return Err(ScimError::method_not_allowed(format!(
                "path names {:?}, but POST creates what has no id yet; send /Users or /Groups, or use PUT or PATCH",
                shorten(id)
            )));
        }
        (false, None) => {
            return Err(ScimError::method_not_allowed(format!(
                "path names no resource for {}; send it with an id, as in /Users/<id>",
                method.as_str()
            )));
        }
        _ => {}
    }
    if creates && bulk_id.is_none() {
        return Err(ScimError::invalid_value(
            "bulkId is missing or no string; a POST needs one, so that the answer can name what it made",
        ));
    }
    let version = match take(&mut members, "version") {
        // What is to be created has no version yet.
        _ if creates => None,
        None => None,
        Some(Value::String(version)) => Some(version),
        Some(_) => {
            return Err(ScimError::invalid_value(
                "version is not a string; send the version as meta.version has it, or leave it out",
            ));
        }
    };
    let data = match (method, take(&mut members, "data")) {
        (Method::Delete, _) => Map::new(),
        (_, Some(Value::Object(data))) => data,
        // As the examples of RFC 7644 §3.7.3 were read before erratum 5050: the operations without the message around them.
        (Method::Patch, Some(operations @ Value::Array(_))) if !dialect.strict => {
            Map::from_iter([("Operations".to_owned(), operations)])
        }
        _ => {
            return Err(ScimError::invalid_syntax(format!(
                "data is missing or no object; {} needs the body that a single request would have",
                method.as_str()
            )));
        }
    };
    Ok(Task { method, version, data })
}

/// The POSTs by their bulkId.
fn made(operations: &[Requested]) -> Result<HashMap<String, usize>, ScimError> {
    let mut seen = HashMap::with_capacity(operations.len());
    for (place, operation) in operations.iter().enumerate() {
        let Some(bulk_id) = &operation.bulk_id else { continue };
        if seen.insert(bulk_id.clone(), place).is_some() {
            return Err(ScimError::invalid_value(format!(
                "bulkId {:?} stands at more than one operation; give each its own",
                shorten(bulk_id)
            )));
        }
    }
    seen.retain(|_, place| operations.get(*place).is_some_and(Requested::creates));
    Ok(seen)
}

/// Finds what an operation refers to.
fn link(operation: &mut Requested, made: &HashMap<String, usize>) {
    let Ok(task) = &operation.task else { return };
    let (mut needs, mut unknown) = (Vec::new(), None);
    let mut refer = |name: &str| match made.get(name) {
        Some(place) => needs.push(*place),
        None => unknown = Some(shorten(name)),
    };
    if let Some(name) = operation.target.as_ref().and_then(|target| referenced(target.id.as_deref()?)) {
        refer(name);
    }
    each_reference(&task.data, &mut refer);
    if let Some(name) = unknown {
        operation.task = Err(ScimError::invalid_value(format!(
            "\"bulkId:{name}\" refers to nothing: no POST of this request has the bulkId {name:?}; add it, or send an id"
        )));
        return;
    }
    needs.sort_unstable();
    needs.dedup();
    operation.needs = needs;
}
