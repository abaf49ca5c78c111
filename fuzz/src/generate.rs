//! Resources and PATCH requests out of choices: of a seed, or of a fuzzer.

use rollcall_scim::patch::{Op, Operation};
use rollcall_scim::registry::ResourceType;
use rollcall_scim::resource::{self, Dialect};
use rollcall_scim::schema::{Attribute, AttributeType};
use serde_json::{Map, Value, json};

use super::{dialects, fixtures};

/// Somebody who chooses.
pub trait Choices {
    /// A number below `limit`, which is from 1 to 256.
    fn below(&mut self, limit: usize) -> usize;

    /// Once in `n` times.
    fn one_in(&mut self, n: usize) -> bool {
        // The last number, so that a fuzzer's endless zeros mean the plain case.
        self.below(n) == n - 1
    }
}

/// Chooses by the bytes of an input; zero when they have run out.
pub struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl<'a> Bytes<'a> {
    /// From the first byte on.
    pub fn new(data: &'a [u8]) -> Self {
        Self(data.iter())
    }
}

impl Choices for Bytes<'_> {
    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or_default()) % limit
    }
}

/// SplitMix64: the same choices for the same seed.
pub struct Random(pub u64);

impl Choices for Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap_or_default()
    }
}

/// A PATCH request and the resource it meets.
#[derive(Debug)]
pub struct Request {
    /// The type of the resource.
    pub rt: ResourceType,
    /// The resource, in canonical form.
    pub before: Map<String, Value>,
    /// The operations.
    pub operations: Vec<Operation>,
    /// How much is forgiven.
    pub dialect: Dialect,
}

impl Request {
    /// Any request: up to six operations, on a random or an ample resource.
    pub fn any(choices: &mut impl Choices) -> Self {
        let dialect = if choices.one_in(3) { Dialect::strict() } else { Dialect::compat() };
        let fixture = &fixtures::all()[choices.below(3)];
        let rt = fixture.rt.clone();
        let before = if choices.one_in(3) { resource(&rt, choices) } else { fixture.resource.clone() };
        let count = 1 + choices.below(6);
        let operations = (0..count).map(|_| operation(&rt, choices, dialect)).collect();
        // Last, so that what was chosen before means the same whatever is chosen here.
        let dialect = dialects::with_settings(dialect, choices);
        Self { rt, before, operations, dialect }
    }
}

/// A resource that a client could have made, with some attributes and not others, and with an attribute and an extension that
/// no schema knows any more.
pub fn resource(rt: &ResourceType, choices: &mut impl Choices) -> Map<String, Value> {
    let mut body = Map::new();
    for attribute in rt.schema.attributes.iter().chain(rt.common_attributes()) {
        if attribute.required || choices.one_in(2) {
            body.insert(attribute.name.clone(), well_formed(attribute, choices));
        }
    }
    for extension in &rt.extensions {
        let mut inner = Map::new();
        for attribute in &extension.schema.attributes {
            if choices.one_in(2) {
                inner.insert(attribute.name.clone(), well_formed(attribute, choices));
            }
        }
        body.insert(extension.schema.id.clone(), Value::Object(inner));
    }
    for name in ["userName", "displayName"] {
        if rt.attribute(name).is_some_and(|attribute| attribute.required) {
            body.insert(name.to_owned(), json!("bjensen"));
        }
    }
    let accepted = resource::accept(rt, body, &Dialect::compat()).expect("the values are of the right types");
    let mut resource = accepted.attributes;
    for (key, value) in &fixtures::user().resource {
        if ["id", "meta", "legacy", fixtures::FORGOTTEN].contains(&key.as_str()) && choices.one_in(2) {
            resource.insert(key.clone(), value.clone());
        }
    }
    resource
}

fn operation(rt: &ResourceType, choices: &mut impl Choices, dialect: Dialect) -> Operation {
    let op = [Op::Add, Op::Replace, Op::Remove][choices.below(3)];
    if op != Op::Remove && choices.one_in(4) {
        let value = Value::Object(attributes(rt, choices, dialect));
        return Operation { op, path: None, value: Some(value) };
    }
    let (path, target) = path(rt, choices, dialect);
    let value = match op {
        Op::Remove if !choices.one_in(6) => None,
        _ => Some(value(&target, choices, dialect)),
    };
    Operation { op, path: Some(path), value }
}

/// The value of an operation without path.
fn attributes(rt: &ResourceType, choices: &mut impl Choices, dialect: Dialect) -> Map<String, Value> {
    let mut object = Map::new();
    for _ in 0..=choices.below(3) {
        if choices.one_in(5) && !rt.extensions.is_empty() {
            let extension = &rt.extensions[choices.below(rt.extensions.len())].schema;
            let attribute = &extension.attributes[choices.below(extension.attributes.len())];
            let inner = Map::from_iter([(attribute.name.clone(), whole(attribute, choices, dialect))]);
            object.insert(extension.id.clone(), Value::Object(inner));
        } else if !dialect.strict && choices.one_in(4) {
            let (path, target) = path(rt, choices, dialect);
            object.insert(path, value(&target, choices, dialect));
        } else {
            let attribute = core(rt, choices);
            object.insert(attribute.name.clone(), whole(attribute, choices, dialect));
        }
    }
    object
}

/// What a path leads to.
struct Target<'r> {
    attribute: &'r Attribute,
    /// One value and not a list of them.
    one: bool,
}

fn core<'r>(rt: &'r ResourceType, choices: &mut impl Choices) -> &'r Attribute {
    let own = rt.schema.attributes.len();
    let index = choices.below(own + rt.common_attributes().len());
    if index < own { &rt.schema.attributes[index] } else { &rt.common_attributes()[index - own] }
}

fn path<'r>(rt: &'r ResourceType, choices: &mut impl Choices, dialect: Dialect) -> (String, Target<'r>) {
    let mut path = String::new();
    let attribute = if choices.one_in(3) && !rt.extensions.is_empty() {
        let extension = &rt.extensions[choices.below(rt.extensions.len())].schema;
        if dialect.strict || !choices.one_in(4) {
            path = format!("{}:", extension.id);
        }
        &extension.attributes[choices.below(extension.attributes.len())]
    } else {
        if choices.one_in(6) {
            path = format!("{}:", rt.schema.id);
        }
        core(rt, choices)
    };
    path.push_str(&attribute.name);
    let mut target = Target { attribute, one: !attribute.multi_valued };
    if attribute.kind == AttributeType::Complex {
        if attribute.multi_valued && choices.one_in(2) {
            path = format!("{path}[{}]", filter(attribute, choices, 2));
            target.one = true;
        }
        if choices.one_in(2) {
            let sub = &attribute.sub_attributes[choices.below(attribute.sub_attributes.len())];
            path = format!("{path}.{}", sub.name);
            target = Target { attribute: sub, one: true };
        }
    }
    let path = match choices.below(12) {
        11 => path.to_uppercase().replace("\\U", "\\u"),
        10 => format!("{path}x"),
        _ => path,
    };
    (path, target)
}

/// A filter on the elements of a multi-valued complex attribute.
pub fn filter(attribute: &Attribute, choices: &mut impl Choices, depth: usize) -> String {
    match choices.below(if depth == 0 { 5 } else { 8 }) {
        7 => format!("not ({})", filter(attribute, choices, depth - 1)),
        6 => format!(
            "({} or {})",
            filter(attribute, choices, depth - 1),
            filter(attribute, choices, depth - 1)
        ),
        5 => format!("{} and {}", filter(attribute, choices, 0), filter(attribute, choices, 0)),
        choice => {
            let sub = &attribute.sub_attributes[choices.below(attribute.sub_attributes.len())];
            let op = match choice {
                0..=2 => "eq",
                3 => ["ne", "co", "sw", "ew", "gt", "ge", "lt", "le"][choices.below(8)],
                _ => return format!("{} pr", sub.name),
            };
            format!("{} {op} {}", sub.name, simple(sub, choices))
        }
    }
}

fn value(target: &Target<'_>, choices: &mut impl Choices, dialect: Dialect) -> Value {
    if target.one {
        odd(one(target.attribute, choices), choices, dialect)
    } else {
        whole(target.attribute, choices, dialect)
    }
}

fn whole(attribute: &Attribute, choices: &mut impl Choices, dialect: Dialect) -> Value {
    let value = well_formed(attribute, choices);
    odd(value, choices, dialect)
}

/// Now and then what a client sends instead.
fn odd(value: Value, choices: &mut impl Choices, dialect: Dialect) -> Value {
    match choices.below(if dialect.strict { 24 } else { 12 }) {
        11 => Value::Null,
        10 => json!([value]),
        9 => json!({"value": value}),
        8 => json!(""),
        7 => json!([]),
        6 => json!({"VALUE": null, "type": "work"}),
        _ => value,
    }
}

/// A value of the right type: a list where the attribute holds several.
fn well_formed(attribute: &Attribute, choices: &mut impl Choices) -> Value {
    if !attribute.multi_valued {
        return one(attribute, choices);
    }
    (0..choices.below(4)).map(|_| one(attribute, choices)).collect()
}

fn one(attribute: &Attribute, choices: &mut impl Choices) -> Value {
    if attribute.kind != AttributeType::Complex {
        return simple(attribute, choices);
    }
    let mut object = Map::new();
    for sub in &attribute.sub_attributes {
        if choices.one_in(2) {
            object.insert(sub.name.clone(), simple(sub, choices));
        }
    }
    Value::Object(object)
}

fn simple(attribute: &Attribute, choices: &mut impl Choices) -> Value {
    const TEXTS: [&str; 10] = ["a", "A", "work", "home", "b@x", "ä\u{301}", "x y", "\"quoted\"", "", "0"];
    match attribute.kind {
        AttributeType::Boolean => json!(choices.one_in(2)),
        AttributeType::Integer => json!(choices.below(3)),
        AttributeType::Decimal => json!(choices.below(3) as f64 / 2.0),
        AttributeType::DateTime => {
            json!(["2011-05-13T04:42:34Z", "2011-05-13T06:42:34+02:00"][choices.below(2)])
        }
        AttributeType::Binary => json!(["TQ==", "TWFu"][choices.below(2)]),
        AttributeType::String | AttributeType::Reference | AttributeType::Complex => {
            json!(TEXTS[choices.below(TEXTS.len())])
        }
    }
}
