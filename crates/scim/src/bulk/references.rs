//! `bulkId:x`: the id of what another operation of the same request makes (RFC 7644 §3.7.2).
//!
//! It is understood wherever an id may stand: as a whole text anywhere in `data`, at the end of a `$ref`, and inside quotes in
//! the path of a PATCH operation (`members[value eq "bulkId:x"]`). The word `bulkId` may have any letter case, the name after
//! it may not.

use std::ops::Range;

use serde_json::{Map, Value};

const PREFIX: &str = "bulkId:";

/// The name after `bulkId:`, if the text is such a reference and nothing else.
pub fn referenced(text: &str) -> Option<&str> {
    let (prefix, name) = text.split_at_checked(PREFIX.len())?;
    prefix.eq_ignore_ascii_case(PREFIX).then_some(name)
}

/// Puts ids in the place of references; a name that `id` does not know stays as it is.
pub fn replace_references(data: &mut Map<String, Value>, id: &dyn Fn(&str) -> Option<String>) {
    data.iter_mut().for_each(|(key, value)| replace(key, value, id));
}

fn replace(key: &str, value: &mut Value, id: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            // From the end, so that the places before stay what they are.
            for place in places(key, text).into_iter().rev() {
                let known = text.get(place.clone()).and_then(referenced).and_then(id);
                if let Some(known) = known {
                    text.replace_range(place, &known);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|element| replace(key, element, id)),
        Value::Object(object) => replace_references(object, id),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Calls `found` with the name of every reference in a body.
pub(super) fn each_reference<'v>(data: &'v Map<String, Value>, found: &mut dyn FnMut(&'v str)) {
    data.iter().for_each(|(key, value)| each(key, value, found));
}

/// Whether a value refers to one of those that `wanted` knows.
pub(super) fn refers_to(key: &str, value: &Value, wanted: &dyn Fn(&str) -> bool) -> bool {
    let mut refers = false;
    each(key, value, &mut |name| refers |= wanted(name));
    refers
}

/// The depth of a body was checked when it was read, so this recursion is bounded.
fn each<'v>(key: &str, value: &'v Value, found: &mut dyn FnMut(&'v str)) {
    match value {
        Value::String(text) => {
            for place in places(key, text) {
                if let Some(name) = text.get(place).and_then(referenced) {
                    found(name);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|element| each(key, element, found)),
        Value::Object(object) => each_reference(object, found),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Where references stand in a text, by the key under which it stands.
fn places(key: &str, text: &str) -> Vec<Range<usize>> {
    let is_address = key.eq_ignore_ascii_case("$ref");
    let last_segment = text.rfind('/').filter(|_| is_address).map(|slash| slash + 1);
    let mut starts = [Some(0), last_segment].into_iter().flatten();
    match starts.find(|start| text.get(*start..).and_then(referenced).is_some()) {
        Some(start) => std::iter::once(start..text.len()).collect(),
        None if key.eq_ignore_ascii_case("path") => quoted(text),
        None => Vec::new(),
    }
}

/// The references between quotes.
fn quoted(path: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (number, piece) in path.split('"').enumerate() {
        // Every second piece is inside; a name with a quote in it is no name that anybody gives.
        if number % 2 == 1 && referenced(piece).is_some() {
            found.push(start..start + piece.len());
        }
        start += piece.len() + 1;
    }
    found
}
