//! What it means for stored resources that a tenant's schema is replaced by another of the same URN.

use super::RegistryError;
use crate::schema::{Attribute, Schema};

/// What has to be looked for in stored resources before a schema may be replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Revision {
    /// Attributes and sub-attributes that are not there any more, as names below the URN. Whatever is stored of them would
    /// be lost.
    pub removed: Vec<Vec<String>>,
    /// Attributes and sub-attributes that were not there before, likewise. What is stored under their names is none of
    /// theirs.
    pub added: Vec<Vec<String>>,
    /// Attributes that every resource with this extension, and sub-attributes that every value of their attribute, must have
    /// from now on, as names below the URN.
    pub required: Vec<Vec<String>>,
}

/// Compares two schemas of the same URN. A name in another letter case is another attribute: it is stored so.
///
/// # Errors
/// An attribute that changes its type, or from one value to many: stored values would not fit any more.
pub fn revise(old: &Schema, new: &Schema) -> Result<Revision, RegistryError> {
    let mut revision = Revision::default();
    compare(&new.id, &[], &old.attributes, &new.attributes, &mut revision)?;
    newly_required(&[], &old.attributes, &new.attributes, &mut revision.required);
    Ok(revision)
}

fn newly_required(parents: &[String], old: &[Attribute], new: &[Attribute], found: &mut Vec<Vec<String>>) {
    for after in new {
        let before = same(old, after);
        let path = [parents, std::slice::from_ref(&after.name)].concat();
        if after.required && before.is_none_or(|before| !before.required) {
            found.push(path.clone());
        }
        // Of an attribute that is new nothing is stored.
        if let Some(before) = before {
            newly_required(&path, &before.sub_attributes, &after.sub_attributes, found);
        }
    }
}

fn compare(
    urn: &str,
    parents: &[String],
    old: &[Attribute],
    new: &[Attribute],
    revision: &mut Revision,
) -> Result<(), RegistryError> {
    for before in old {
        let path = [parents, std::slice::from_ref(&before.name)].concat();
        let Some(after) = same(new, before) else {
            revision.removed.push(path);
            continue;
        };
        if before.kind != after.kind || before.multi_valued != after.multi_valued {
            return Err(RegistryError::Rule(format!(
                "{urn}:{} cannot change its type or multiValued; give the new attribute another name",
                path.join(".")
            )));
        }
        compare(urn, &path, &before.sub_attributes, &after.sub_attributes, revision)?;
    }
    let unknown = new.iter().filter(|after| same(old, after).is_none());
    revision.added.extend(unknown.map(|after| [parents, std::slice::from_ref(&after.name)].concat()));
    Ok(())
}

fn same<'a>(list: &'a [Attribute], attribute: &Attribute) -> Option<&'a Attribute> {
    list.iter().find(|other| other.name == attribute.name)
}
