//! Changes of multi-valued attributes: the whole list, or the elements that a path selects.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::apply::Change;
use super::same::{Index, key_of};
use super::{Op, create, single};
use crate::error::ScimError;
use crate::filter::{self, Filter};
use crate::resource::{self, MAX_ELEMENTS, UnmatchedFilter};
use crate::schema::{Attribute, Mutability};

/// Adds to, replaces or removes the whole list.
pub(super) fn whole(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    change: Change<'_>,
) -> Result<(), ScimError> {
    if let (Op::Remove, Some(value)) = (change.op, change.value.filter(|value| !value.is_null())) {
        return remove_named(container, attribute, value, change);
    }
    match (change.op, change.canonical(attribute)?) {
        (Op::Add, Some(Value::Array(new))) => add(list_mut(container, attribute)?, attribute, new),
        (Op::Add, _) => Ok(()),
        (_, Some(list)) => {
            container.insert(attribute.name.clone(), list);
            Ok(())
        }
        (op, None) => single::unassign(container, attribute, op),
    }
}

/// Removes the simple values that a client names, and no other: the complex ones are selected by a filter, which
/// [`quirk`](crate::quirk) writes.
fn remove_named(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    value: &Value,
    change: Change<'_>,
) -> Result<(), ScimError> {
    let named = match value {
        Value::Array(_) => value.clone(),
        one => Value::Array(vec![one.clone()]),
    };
    let Some(Value::Array(named)) = resource::canonical_value(attribute, named, change.dialect)? else {
        return Ok(());
    };
    let named: HashSet<String> = named.iter().map(|value| key_of(attribute, value)).collect();
    let Some(Value::Array(list)) = container.get_mut(&attribute.name) else { return Ok(()) };
    list.retain(|value| !named.contains(&key_of(attribute, value)));
    if list.is_empty() { single::unassign(container, attribute, change.op) } else { Ok(()) }
}

/// Changes the elements that `filter` selects (all without one), or their sub-attribute `sub`.
pub(super) fn selected(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    filter: Option<&Filter>,
    sub: Option<&Attribute>,
    change: Change<'_>,
) -> Result<(), ScimError> {
    let list = list_mut(container, attribute)?;
    let selection: Vec<usize> = list
        .iter()
        .enumerate()
        .filter(|(_, element)| selects(filter, element))
        .map(|(index, _)| index)
        .collect();
    let selection = Selection { attribute, filter, indices: &selection };
    match sub {
        Some(sub) => selection.change_sub(list, sub, change)?,
        None => selection.change_elements(list, change)?,
    }
    // As at the end of a request, so that the next operation finds what a request of its own would.
    resource::tidy_list(list);
    if list.is_empty() {
        let lost_all = !selection.indices.is_empty();
        if lost_all && attribute.required {
            return single::unassign(container, attribute, change.op);
        }
        container.remove(&attribute.name);
    }
    Ok(())
}

fn selects(filter: Option<&Filter>, element: &Value) -> bool {
    match (filter, element) {
        (None, _) => true,
        (Some(filter), Value::Object(element)) => filter::matches(filter, element),
        (Some(_), _) => false,
    }
}

/// The elements an operation is about.
struct Selection<'s> {
    attribute: &'s Attribute,
    filter: Option<&'s Filter>,
    indices: &'s [usize],
}

impl Selection<'_> {
    fn change_elements(&self, list: &mut Vec<Value>, change: Change<'_>) -> Result<(), ScimError> {
        let given = match change.value {
            Some(value) if change.op != Op::Remove => self.one_object(value, change)?,
            _ => None,
        };
        let Some(given) = given.filter(|given| !single::says_no_value(self.attribute, given)) else {
            self.remove_from(list, |_| true);
            return Ok(());
        };
        if self.indices.is_empty() {
            let mut element = self.new_element(change)?;
            single::merge(&mut element, self.attribute, &given, change.dialect)?;
            return self.push(list, element, change);
        }
        let mut became_primary = None;
        for &index in self.indices {
            let Some(Value::Object(element)) = list.get_mut(index) else { continue };
            if change.op == Op::Replace && change.dialect.strict {
                // RFC 7644 §3.5.2.3: matching values are replaced. Identity providers mean what they name, and no more.
                element.clear();
            }
            single::merge(element, self.attribute, &given, change.dialect)?;
            if element.get("primary") == Some(&Value::Bool(true))
                && given.keys().any(|key| key.eq_ignore_ascii_case("primary"))
            {
                became_primary = Some(index);
            }
        }
        only_primary(list, became_primary);
        Ok(())
    }

    fn change_sub(
        &self,
        list: &mut Vec<Value>,
        sub: &Attribute,
        change: Change<'_>,
    ) -> Result<(), ScimError> {
        let Some(value) = single::canonical_sub(sub, change)? else {
            for &index in self.indices {
                if let Some(Value::Object(element)) = list.get_mut(index) {
                    single::unassign(element, sub, change.op)?;
                }
            }
            if !change.dialect.strict {
                self.remove_from(list, is_hollow);
            }
            return Ok(());
        };
        if self.indices.is_empty() {
            let creates = change.dialect.unmatched_filter == UnmatchedFilter::Create;
            if value.as_str() == Some("") && !change.dialect.strict && creates {
                return Ok(());
            }
            let mut element = self.new_element(change)?;
            element.insert(sub.name.clone(), value);
            return self.push(list, element, change);
        }
        let becomes_primary = sub.name == "primary" && value == Value::Bool(true);
        for &index in self.indices {
            if let Some(Value::Object(element)) = list.get_mut(index) {
                single::set_sub(element, self.attribute, sub, value.clone())?;
            }
        }
        only_primary(list, self.indices.last().copied().filter(|_| becomes_primary));
        Ok(())
    }

    /// The value for an element, as an object: a bare string stands for its `value`, a list of one for its content.
    /// `None` means "no value".
    fn one_object(&self, value: &Value, change: Change<'_>) -> Result<Option<Map<String, Value>>, ScimError> {
        let lenient = !change.dialect.strict;
        match value {
            Value::Object(object) => Ok(Some(object.clone())),
            Value::Null => Ok(None),
            Value::String(text) if lenient && text.is_empty() => Ok(None),
            Value::String(text) if lenient && self.attribute.sub_attribute("value").is_some() => {
                Ok(Some(Map::from_iter([("value".to_owned(), Value::from(text.as_str()))])))
            }
            Value::Array(list) if lenient => match list.as_slice() {
                [] => Ok(None),
                [Value::Array(_)] => Err(self.not_one()),
                [only] => self.one_object(only, change),
                _ => Err(self.not_one()),
            },
            _ => Err(self.not_one()),
        }
    }

    fn not_one(&self) -> ScimError {
        ScimError::invalid_value(format!(
            "the value for selected elements of {} must be one object",
            self.attribute.name
        ))
    }

    /// Removes those of the selected elements for which `condition` holds.
    fn remove_from(&self, list: &mut Vec<Value>, condition: fn(&Value) -> bool) {
        let mut indices = self.indices.iter().peekable();
        let mut index = 0;
        list.retain(|element| {
            let selected = indices.next_if_eq(&&index).is_some();
            index += 1;
            !(selected && condition(element))
        });
    }

    /// RFC 7644 §3.5.2.3 demands `noTarget` where nothing matches; identity providers demand the element (quirk 97).
    fn new_element(&self, change: Change<'_>) -> Result<Map<String, Value>, ScimError> {
        let element = match self.filter {
            None => Some(Map::new()),
            Some(_) if change.dialect.unmatched_filter == UnmatchedFilter::NoTarget => None,
            Some(filter) => create::element_of(filter),
        };
        element.ok_or_else(|| {
            ScimError::no_target(format!(
                "no element of {} matches the filter in the path; add one first",
                self.attribute.name
            ))
        })
    }

    fn push(
        &self,
        list: &mut Vec<Value>,
        element: Map<String, Value>,
        change: Change<'_>,
    ) -> Result<(), ScimError> {
        let element = Value::Array(vec![Value::Object(element)]);
        match resource::canonical_value(self.attribute, element, change.dialect)? {
            Some(Value::Array(new)) => add(list, self.attribute, new),
            _ => Ok(()),
        }
    }
}

/// Adds canonical elements; one that is there already changes nothing (RFC 7644 §3.5.2.1, quirk 111).
fn add(list: &mut Vec<Value>, attribute: &Attribute, new: Vec<Value>) -> Result<(), ScimError> {
    let mut became_primary = None;
    let mut index_of = Index::of(attribute, list);
    for element in new {
        let primary = is_primary(&element);
        let index = match index_of.same(&element) {
            Some(index) => {
                if let Some(present) = list.get_mut(index) {
                    update(attribute, present, element);
                }
                index
            }
            None => {
                index_of.insert(&element, list.len());
                list.push(element);
                list.len() - 1
            }
        };
        if primary {
            became_primary = Some(index);
        }
    }
    if attribute.name != "members" && list.len() > MAX_ELEMENTS {
        return Err(ScimError::invalid_value(format!(
            "{} would have {} values; at most {MAX_ELEMENTS} are kept; remove some first",
            attribute.name,
            list.len()
        )));
    }
    only_primary(list, became_primary);
    Ok(())
}

/// Takes over what `new` says beyond `value`, which is the same already. Immutable sub-attributes keep what they have.
fn update(attribute: &Attribute, present: &mut Value, new: Value) {
    let (Value::Object(present), Value::Object(new)) = (present, new) else { return };
    for (name, value) in new {
        let sub = attribute.sub_attribute(&name);
        let fixed = name == "value"
            || name == "type"
            || sub.is_some_and(|sub| sub.mutability == Mutability::Immutable);
        if !(fixed && present.contains_key(&name)) {
            present.insert(name, value);
        }
    }
}

/// RFC 7644 §3.5.2: setting `primary` on one element takes it from all others.
fn only_primary(list: &mut [Value], index: Option<usize>) {
    let Some(index) = index else { return };
    for (other, element) in list.iter_mut().enumerate() {
        if other != index
            && let Some(primary) = element.get_mut("primary")
            && *primary == Value::Bool(true)
        {
            *primary = Value::Bool(false);
        }
    }
}

fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// An element that only says what kind of value it would be.
fn is_hollow(element: &Value) -> bool {
    element.as_object().is_some_and(|object| object.keys().all(|key| key == "type" || key == "primary"))
}

/// The list of a multi-valued attribute, created when it is missing; `finish` removes it again if it stays empty.
fn list_mut<'m>(
    container: &'m mut Map<String, Value>,
    attribute: &Attribute,
) -> Result<&'m mut Vec<Value>, ScimError> {
    match container.entry(attribute.name.as_str()).or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(list) => Ok(list),
        _ => Err(ScimError::internal(format!("{} of the stored resource is not a list", attribute.name))),
    }
}
