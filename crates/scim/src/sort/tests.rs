use super::*;
use crate::error::ScimType;
use crate::registry::Registry;
use serde_json::json;

fn rt(name: &str) -> ResourceType {
    Registry::standard().unwrap().resource_type(name).unwrap().clone()
}

fn sorted(sort_by: &str, direction: Direction, resources: &[Value]) -> Vec<String> {
    let sort = resolve(&rt("User"), sort_by, direction).unwrap();
    let mut all: Vec<Map<String, Value>> = resources.iter().map(|r| r.as_object().unwrap().clone()).collect();
    all.sort_by(|a, b| sort.compare(a, b));
    all.iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

fn both_ways(sort_by: &str, resources: &[Value], ascending: &[&str]) {
    assert_eq!(sorted(sort_by, Direction::Ascending, resources), ascending, "{sort_by}");
    let reverse: Vec<&str> = ascending.iter().rev().copied().collect();
    assert_eq!(sorted(sort_by, Direction::Descending, resources), reverse, "{sort_by} descending");
}

/// R108: the primary value, else the first; missing values last ascending and first descending.
#[test]
fn of_several_values_the_primary_one_counts_else_the_first() {
    let people = [
        json!({"id": "1", "emails": [{"value": "c@x"}, {"value": "a@x", "primary": true}]}),
        json!({"id": "2", "emails": [{"value": "B@x"}, {"value": "0@x"}]}),
        json!({"id": "3"}),
        json!({"id": "4", "emails": []}),
        json!({"id": "5", "emails": [{"value": "d@x", "primary": false}]}),
    ];
    for name in ["emails", "EMAILS.value", "urn:ietf:params:scim:schemas:core:2.0:User:emails.value"] {
        both_ways(name, &people, &["1", "2", "5", "3", "4"]);
    }
}

/// R108: letter case counts only where the attribute says so; equal values are ordered by id.
#[test]
fn letter_case_counts_where_the_schema_says_so() {
    let people = [
        json!({"id": "3", "title": "b", "externalId": "b"}),
        json!({"id": "2", "title": "B", "externalId": "B"}),
        json!({"id": "1", "title": "a", "externalId": "a"}),
    ];
    both_ways("title", &people, &["1", "2", "3"]);
    both_ways("externalId", &people, &["2", "1", "3"]);
}

/// R108: instants, booleans and values of extensions are compared as what they are.
#[test]
fn every_type_has_its_order() {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let people = [
        json!({"id": "1", "active": true, "meta": {"created": "2026-01-01T12:00:00+02:00"}, urn: {"department": "b"}}),
        json!({"id": "2", "active": false, "meta": {"created": "2026-01-01T11:00:00Z"}, urn: {"department": "A"}}),
        json!({"id": "3", "active": true, "meta": {"created": "2026-01-01T10:00:00.5Z"}, urn: {"department": "C"}}),
    ];
    both_ways("meta.created", &people, &["1", "3", "2"]);
    both_ways("active", &people, &["2", "1", "3"]);
    both_ways("department", &people, &["2", "1", "3"]);
    both_ways(&format!("{urn}:department"), &people, &["2", "1", "3"]);
}

/// R107, R108: what cannot be sorted by is refused with its reason.
#[test]
fn what_has_no_order_is_refused() {
    for (name, reason) in [
        ("name", "sub-attributes"),
        ("addresses", "sub-attributes"),
        ("meta", "sub-attributes"),
        ("password", "never shown"),
        ("nowhere", "no attribute"),
        ("emails.nowhere", "no attribute"),
        ("", "no attribute"),
        ("urn:ietf:params:scim:schemas:core:2.0:User", "no attribute"),
    ] {
        let refused = resolve(&rt("User"), name, Direction::Ascending).unwrap_err();
        assert_eq!((refused.status, refused.scim_type), (400, Some(ScimType::InvalidValue)), "{name}");
        assert!(refused.detail.contains(reason), "{name}: {}", refused.detail);
    }
    assert!(resolve(&rt("Group"), "displayName", Direction::Ascending).is_ok());
}

/// R108: the two orders in any letter case, and no others.
#[test]
fn an_order_is_one_of_two_words() {
    assert_eq!(Direction::from_word("Ascending").unwrap(), Direction::Ascending);
    assert_eq!(Direction::from_word(" DESCENDING ").unwrap(), Direction::Descending);
    for wrong in ["", "asc", "down"] {
        assert_eq!(Direction::from_word(wrong).unwrap_err().scim_type, Some(ScimType::InvalidValue));
    }
}

/// A value that another schema left behind, of another type, sorts as none: after all others.
#[test]
fn a_value_of_another_type_is_none() {
    let urn = "urn:example:scim:acme:2.0:User";
    let attributes = json!([{"name": "n", "type": "integer"}, {"name": "at", "type": "dateTime"}, {"name": "yes", "type": "boolean"}]);
    let schema = crate::registry::read_schema(&json!({"id": urn, "attributes": attributes})).unwrap();
    let own = crate::registry::OwnSchema { resource_type: "User".to_owned(), schema };
    let rt = Registry::standard().unwrap().with_own([own]).unwrap().resource_type("User").unwrap().clone();
    let person = |id: &str, value: Value| {
        json!({"id": id, urn: {"n": value, "at": value, "yes": value}}).as_object().unwrap().clone()
    };
    for (name, value) in [("n", json!(-5)), ("at", json!("2020-01-01T00:00:00Z")), ("yes", json!(true))] {
        let sort = resolve(&rt, &format!("{urn}:{name}"), Direction::Ascending).unwrap();
        for other in [json!("no date"), json!(""), json!([1]), json!({"x": 1})] {
            let order = sort.compare(&person("b", value.clone()), &person("a", other.clone()));
            assert_eq!(order, Ordering::Less, "{name} before {other}");
        }
    }
}
