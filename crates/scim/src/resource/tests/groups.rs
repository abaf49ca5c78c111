//! Groups.

use super::*;

fn group(body: Value) -> Accepted {
    accept(&resource_type("Group"), object(body), &Dialect::compat()).unwrap()
}

#[test]
fn quirk_118_a_foreign_urn_in_schemas_is_ignored() {
    let accepted = group(json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0", "displayName": "displayName", "meta": {"resourceType": "Group"},
    }));
    assert_eq!(
        Value::Object(accepted.attributes),
        json!({"schemas": [GROUP], "externalId": "8aa1a0c0", "displayName": "displayName"})
    );
    assert!(accepted.cleared.is_empty());
}

#[test]
fn quirk_129_members_that_are_absent_differ_from_members_that_are_cleared() {
    assert!(group(json!({"displayName": "Guides"})).cleared.is_empty());
    for nothing in [json!([]), json!(null)] {
        let accepted = group(json!({"displayName": "Guides", "members": nothing}));
        assert_eq!(cleared(&accepted), ["members"]);
    }
}

#[test]
fn quirk_120_133_members_in_their_forms() {
    let accepted = group(json!({
        "displayName": "Guides",
        "members": [{"$ref": null, "value": "a"}, {"value": "b", "display": "B", "x": 1}, "c", {"value": "a"}],
    }));
    assert_eq!(
        accepted.attributes["members"],
        json!([{"value": "a"}, {"value": "b", "display": "B"}, {"value": "c"}])
    );
}

#[test]
fn a_group_needs_a_name() {
    for body in [json!({}), json!({"displayName": null}), json!({"displayName": " "})] {
        let error = refused("Group", body, Dialect::compat());
        assert_eq!(error.detail, "displayName is required and must not be blank. Send it with a value.");
    }
}

#[test]
fn a_large_group_is_accepted_whole() {
    let members: Vec<Value> = (0..20_000).map(|n| json!({"value": n.to_string()})).collect();
    let accepted = group(json!({"displayName": "Everybody", "members": members}));
    assert_eq!(accepted.attributes["members"].as_array().unwrap().len(), 20_000);
}
