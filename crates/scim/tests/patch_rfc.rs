//! The examples of RFC 7644 §3.5.2, in both dialects.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "the helpers are part of the tests"
)]

use rollcall_scim::patch::{MemberChange, MemberRef, Patched, apply, coalesced, parse, split_members};
use rollcall_scim::registry::Registry;
use rollcall_scim::resource::Dialect;
use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const BABS: &str = "2819c223-7f76-453a-919d-413861904646";
const JAMES: &str = "08e1d05d-121c-4561-8b96-473d93df9210";

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("no object: {other}"),
    }
}

fn body(operations: Value) -> Map<String, Value> {
    object(json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}))
}

/// The user after the operations; the same in both dialects.
fn patched(before: Value, operations: Value) -> Patched {
    let registry = Registry::standard().unwrap();
    let user = registry.resource_type("User").unwrap();
    let mut before = object(before);
    before.insert("schemas".to_owned(), json!([USER]));
    before.insert("userName".to_owned(), json!("bjensen"));
    let [compat, strict] = [Dialect::compat(), Dialect::strict()].map(|dialect| {
        apply(user, &before, &parse(body(operations.clone()), &dialect).unwrap(), &dialect).unwrap()
    });
    assert_eq!(compat, strict);
    compat
}

/// The changes of membership; the same in both dialects.
fn member_changes(operations: Value) -> Vec<MemberChange> {
    let registry = Registry::standard().unwrap();
    let group = registry.resource_type("Group").unwrap();
    let [compat, strict] = [Dialect::compat(), Dialect::strict()].map(|dialect| {
        let (rest, changes) =
            split_members(group, parse(body(operations.clone()), &dialect).unwrap(), &dialect).unwrap();
        assert!(rest.is_empty());
        coalesced(&changes)
    });
    assert_eq!(compat, strict);
    compat
}

fn gone(id: &str) -> MemberRef {
    MemberRef { value: id.to_owned(), display: None, kind: None }
}

fn member(id: &str, display: &str) -> MemberRef {
    MemberRef { value: id.to_owned(), display: Some(display.to_owned()), kind: None }
}

fn as_sent(id: &str, display: &str) -> Value {
    json!({"display": display, "$ref": format!("https://example.com/v2/Users/{id}"), "value": id})
}

/// R135: add appends.
#[test]
fn add_a_member() {
    assert_eq!(
        member_changes(json!([{"op": "add", "path": "members", "value": [as_sent(BABS, "Babs Jensen")]}])),
        [MemberChange::Add(vec![member(BABS, "Babs Jensen")])]
    );
}

/// R127, R135: without a path the resource is the target.
#[test]
fn add_attributes_without_path() {
    let after = patched(
        json!({"emails": [{"value": "bjensen@example.com", "type": "work"}]}),
        json!([{"op": "add", "value": {"emails": [{"value": "babs@jensen.org", "type": "home"}], "nickname": "Babs"}}]),
    );
    assert_eq!(
        after.resource["emails"],
        json!([{"value": "bjensen@example.com", "type": "work"}, {"value": "babs@jensen.org", "type": "home"}])
    );
    assert_eq!(after.resource["nickName"], "Babs");
    assert_eq!(after.changed.into_iter().collect::<Vec<_>>(), ["emails", "nickName"]);
}

/// R137: a filter selects the member to remove.
#[test]
fn remove_a_single_member() {
    let operations = json!([{"op": "remove", "path": format!("members[value eq \"{BABS}\"]")}]);
    assert_eq!(member_changes(operations), [MemberChange::Remove(vec![gone(BABS)])]);
}

/// R137: a whole attribute is removed.
#[test]
fn remove_all_members() {
    assert_eq!(member_changes(json!([{"op": "remove", "path": "members"}])), [MemberChange::Clear]);
}

/// R137: a filter selects the values to remove.
#[test]
fn remove_a_value_by_two_conditions() {
    let emails = json!([
        {"value": "bjensen@example.com", "type": "work"},
        {"value": "bjensen@example.org", "type": "work"},
        {"value": "babs@example.com", "type": "home"}
    ]);
    let after = patched(
        json!({"emails": emails}),
        json!([{"op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]"}]),
    );
    assert_eq!(after.resource["emails"], json!([emails[1], emails[2]]));
}

#[test]
fn remove_and_add_a_member() {
    assert_eq!(
        // The example has no blank after `eq`.
        member_changes(json!([
            {"op": "remove", "path": format!("members[value eq\"{BABS}\"]")},
            {"op": "add", "path": "members", "value": [as_sent(JAMES, "James Smith")]}
        ])),
        [MemberChange::Remove(vec![gone(BABS)]), MemberChange::Add(vec![member(JAMES, "James Smith")])]
    );
}

#[test]
fn replace_all_members_in_two_operations_and_in_one() {
    let both = json!([as_sent(BABS, "Babs Jensen"), as_sent(JAMES, "James Smith")]);
    let members = vec![member(BABS, "Babs Jensen"), member(JAMES, "James Smith")];
    assert_eq!(
        member_changes(
            json!([{"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": both}])
        ),
        [MemberChange::Clear, MemberChange::Add(members.clone())]
    );
    assert_eq!(
        member_changes(json!([{"op": "replace", "path": "members", "value": both}])),
        [MemberChange::ReplaceAll(members)]
    );
}

/// R132: the new primary takes it from the other.
#[test]
fn replace_the_work_address_which_becomes_primary() {
    let address = json!({
        "type": "work", "streetAddress": "911 Universal City Plaza", "locality": "Hollywood", "region": "CA",
        "postalCode": "91608", "country": "US",
        "formatted": "911 Universal City Plaza\nHollywood, CA 91608 US", "primary": true
    });
    let after = patched(
        json!({"addresses": [
            {"type": "home", "locality": "Burbank", "primary": true},
            {"type": "work", "streetAddress": "100 Main Street", "locality": "Springfield"}
        ]}),
        json!([{"op": "replace", "path": "addresses[type eq \"work\"]", "value": address}]),
    );
    assert_eq!(
        after.resource["addresses"],
        json!([{"type": "home", "locality": "Burbank", "primary": false}, address])
    );
}

/// R143: the other sub-attributes stay.
#[test]
fn replace_one_part_of_the_work_address() {
    let after = patched(
        json!({"addresses": [{"type": "work", "streetAddress": "100 Main Street", "locality": "Hollywood"}]}),
        json!([{"op": "replace", "path": "addresses[type eq \"work\"].streetAddress", "value": "1010 Broadway Ave"}]),
    );
    assert_eq!(
        after.resource["addresses"],
        json!([{"type": "work", "streetAddress": "1010 Broadway Ave", "locality": "Hollywood"}])
    );
}

/// R127, R140: what is not there is added.
#[test]
fn replace_attributes_without_path() {
    let emails = json!([
        {"value": "bjensen@example.com", "type": "work", "primary": true},
        {"value": "babs@jensen.org", "type": "home"}
    ]);
    let after = patched(
        json!({"emails": [{"value": "old@example.com"}], "nickName": "B", "title": "Tour Guide"}),
        json!([{"op": "replace", "value": {"emails": emails, "nickname": "Babs"}}]),
    );
    assert_eq!(after.resource["emails"], emails);
    assert_eq!(after.resource["nickName"], "Babs");
    assert_eq!(after.resource["title"], "Tour Guide");
    assert_eq!(after.resource["userName"], "bjensen");
}
