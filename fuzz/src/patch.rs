//! PATCH bodies: any JSON, on a user and on a group, in the dialects of [`dialects`].

use std::collections::HashSet;

use rollcall_scim::patch::{self, MemberChange};
use rollcall_scim::resource::{self, Dialect};
use serde_json::{Map, Value};

use super::{dialects, fixtures, laws, refusal};

/// `data` is the body of a PATCH request.
pub fn check(data: &[u8]) {
    match resource::parse_object(data) {
        Err(error) => refusal::check(&error),
        Ok(body) => dialects::for_input(data).into_iter().for_each(|dialect| with(&body, dialect)),
    }
}

fn with(body: &Map<String, Value>, dialect: Dialect) {
    let operations = match patch::parse(body.clone(), &dialect) {
        Ok(operations) => operations,
        Err(error) => return refusal::check(&error),
    };
    assert!((1..=patch::MAX_OPERATIONS).contains(&operations.len()));
    for fixture in fixtures::all() {
        if fixture.rt.name == "User" {
            laws::check(&fixture.rt, &fixture.resource, &operations, dialect);
            continue;
        }
        match patch::split_members(&fixture.rt, operations.clone(), &dialect) {
            Err(error) => refusal::check(&error),
            Ok((rest, changes)) => {
                changes.iter().for_each(members);
                laws::check(&fixture.rt, &fixture.resource, &rest, dialect);
                let (rest, again) =
                    patch::split_members(&fixture.rt, rest, &dialect).expect("nothing of members is left");
                assert_eq!((again, rest.len()), (Vec::new(), rest.len()));
            }
        }
    }
}

/// A change of members does something, and names nobody twice.
fn members(change: &MemberChange) {
    let ids: Vec<&str> = match change {
        MemberChange::Add(members) | MemberChange::ReplaceAll(members) => {
            members.iter().map(|member| member.value.as_str()).collect()
        }
        MemberChange::Remove(ids) => ids.iter().map(|member| member.value.as_str()).collect(),
        MemberChange::Clear | MemberChange::Require(_) => return,
    };
    let unique: HashSet<&&str> = ids.iter().collect();
    assert!(!ids.is_empty() && unique.len() == ids.len(), "{change:?}");
}
