//! PATCH paths: whatever the text, there is an answer, and what it leads to exists.

use rollcall_scim::patch::{Op, Operation};
use rollcall_scim::path::{self, Path, Target};
use rollcall_scim::registry::ResourceType;
use rollcall_scim::schema::Attribute;
use serde_json::json;

use super::{dialects, fixtures, laws, refusal};

/// `data` is the text of a path.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for fixture in [fixtures::user(), fixtures::group_fixture()] {
        match path::parse(&fixture.rt, text) {
            Err(error) => refusal::check(&error),
            Ok(Target::Attribute(path)) => exists(&fixture.rt, text, &path),
            Ok(Target::Extension(urn)) => {
                assert!(fixture.rt.extension(&urn).is_some_and(|schema| schema.id == urn))
            }
            Ok(Target::Unknown(found)) => assert_eq!(found, text),
        }
        for (op, value) in
            [(Op::Remove, None), (Op::Replace, Some(json!("x"))), (Op::Add, Some(json!({"value": "x"})))]
        {
            let operations = [Operation { op, path: Some(text.to_owned()), value }];
            for dialect in dialects::for_input(data) {
                laws::check(&fixture.rt, &fixture.resource, &operations, dialect);
            }
        }
    }
}

/// The names are those of the schema, and without a filter they lead to the same place again.
fn exists(rt: &ResourceType, text: &str, path: &Path) {
    let attribute =
        attribute_of(rt, path).unwrap_or_else(|| panic!("{text:?} leads to {path:?}, which does not exist"));
    assert_eq!(attribute.name, path.attribute);
    if let Some(sub) = &path.sub_attribute {
        assert!(attribute.sub_attribute(sub).is_some_and(|found| found.name == *sub), "{text:?}: {path:?}");
    }
    if path.filter.is_some() {
        assert!(attribute.multi_valued && !attribute.sub_attributes.is_empty(), "{text:?}: {path:?}");
        return;
    }
    let urn = path.schema.iter().map(|urn| format!("{urn}:"));
    let sub = path.sub_attribute.iter().map(|sub| format!(".{sub}"));
    let canonical: String = urn.chain([path.attribute.clone()]).chain(sub).collect();
    let again = path::parse(rt, &canonical);
    assert_eq!(again, Ok(Target::Attribute(path.clone())), "{text:?} is {canonical:?}");
}

/// The definition a path leads to.
pub fn attribute_of<'r>(rt: &'r ResourceType, path: &Path) -> Option<&'r Attribute> {
    match &path.schema {
        None => rt.attribute(&path.attribute),
        Some(urn) => rt.extension(urn)?.attribute(&path.attribute),
    }
}
