use super::*;

/// R037: a boolean is stored as a boolean, however it was written.
#[test]
fn quirk_092_a_boolean_may_be_a_string() {
    for value in [json!("False"), json!("false"), json!(false)] {
        gives(
            &json!({}),
            &json!([{"op": "Replace", "path": "active", "value": value}]),
            &json!({"active": false}),
        );
        gives(&json!({}), &json!([{"op": "Replace", "value": {"active": value}}]), &json!({"active": false}));
    }
}

/// R145: keys with dots and URNs are paths.
#[test]
fn quirk_093_dotted_and_urn_keys_without_path() {
    let employee_number = format!("{ENT}:employeeNumber");
    gives(
        &json!({"name": {"givenName": "Old", "middleName": "M"}}),
        &json!([{"op": "replace", "value": {
            "displayName": "Bjfe", "name.givenName": "Kkom", "name.familyName": "Unua", employee_number: "Aklq"}}]),
        &json!({"displayName": "Bjfe", "name": {"givenName": "Kkom", "middleName": "M", "familyName": "Unua"},
                ENT: {"employeeNumber": "Aklq"}}),
    );
}

#[test]
fn quirk_094_dotted_keys_create_the_object() {
    gives(
        &json!({}),
        &json!([{"op": "add", "value": {
            "name.givenName": "Sabina", "name.familyName": "Priscilla", "name.formatted": "Cristopher",
            "name.middleName": "Fannie", "name.honorificPrefix": "Wilbert", "name.honorificSuffix": "Wilber"}}]),
        &json!({"name": {"givenName": "Sabina", "familyName": "Priscilla", "formatted": "Cristopher",
            "middleName": "Fannie", "honorificPrefix": "Wilbert", "honorificSuffix": "Wilber"}}),
    );
}

#[test]
fn quirk_094_a_filtered_path_may_be_a_key_too() {
    gives(
        &json!({}),
        &json!([{"op": "add", "value": {"emails[type eq \"work\"].value": "b@x", "nickName": "B"}}]),
        &json!({"nickName": "B", "emails": [{"type": "work", "value": "b@x"}]}),
    );
}

#[test]
fn quirk_095_a_nested_extension_is_merged() {
    gives(
        &json!({ENT: {"costCenter": "7"}}),
        &json!([{"op": "replace", "value": {ENT: {"department": "Sales", "Shoe": 1}}}]),
        &json!({ENT: {"costCenter": "7", "department": "Sales"}}),
    );
    let flat = format!("{ENT}:department");
    gives(
        &json!({}),
        &json!([{"op": "replace", "value": {flat: "Testing", "urn:example:x:tag": "y", "shoe": 1}}]),
        &json!({ENT: {"department": "Testing"}}),
    );
    gives(
        &json!({}),
        &json!([{"op": "replace", "path": ENT, "value": {"department": "Sales"}}]),
        &json!({ENT: {"department": "Sales"}}),
    );
}

#[test]
fn quirk_096_paths_with_urn() {
    gives(
        &json!({}),
        &json!([
            {"op": "add", "path": format!("{ENT}:employeeNumber"), "value": "1"},
            {"op": "add", "path": format!("{}:NAME.givenname", U.to_uppercase()), "value": "K"},
            {"op": "add", "path": "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User:tag", "value": "t"}
        ]),
        &json!({"name": {"givenName": "K"}, ENT: {"employeeNumber": "1"}}),
    );
    gives(
        &json!({}),
        &json!([{"op": "replace", "path": U, "value": {"title": "T"}}, {"op": "add", "value": {U: {"nickName": "N"}}}]),
        &json!({"title": "T", "nickName": "N"}),
    );
    gives(
        &json!({}),
        &json!([{"op": "replace", "path": "", "value": {"title": "T"}}]),
        &json!({"title": "T"}),
    );
}

#[test]
fn quirk_180_a_dot_after_the_urn() {
    gives(
        &json!({}),
        &json!([{"op": "Add", "path": format!("{ENT}.department"), "value": "D"}]),
        &json!({ENT: {"department": "D"}}),
    );
}

/// R143: what a replace of a complex attribute does not name stays.
#[test]
fn quirk_101_replace_merges_a_complex_attribute() {
    gives(
        &json!({"name": {"middleName": "M"}}),
        &json!([{"op": "replace", "value": {"name": {"familyName": "testFamily"}}},
                {"op": "replace", "path": "name", "value": {"GivenName": "testGivenName"}}]),
        &json!({"name": {"middleName": "M", "familyName": "testFamily", "givenName": "testGivenName"}}),
    );
}

/// R146: a manager in every form.
#[test]
fn quirk_105_every_way_to_set_a_manager() {
    let manager = |value: &Value| json!({ENT: {"manager": value}});
    let path = format!("{ENT}:manager");
    gives(
        &json!({}),
        &json!([{"op": "Add", "path": path, "value": "271"}]),
        &manager(&json!({"value": "271"})),
    );
    gives(
        &json!({}),
        &json!([{"op": "Add", "path": path, "value": {"value": "1f"}}]),
        &manager(&json!({"value": "1f"})),
    );
    gives(
        &json!({}),
        &json!([{"op": "Add", "path": "manager", "value": [{"$ref": "http://x/scim/Users/00aa", "value": "00aa"}]}]),
        &manager(&json!({"$ref": "http://x/scim/Users/00aa", "value": "00aa"})),
    );
    gives(
        &json!({}),
        &json!([{"op": "add", "path": format!("{path}.value"), "value": "Ruth"}]),
        &manager(&json!({"value": "Ruth"})),
    );
    gives(
        &json!({}),
        &json!([{"op": "add", "value": {"manager": "271"}}]),
        &manager(&json!({"value": "271"})),
    );
    gives(
        &json!({}),
        &json!([{"op": "add", "value": {"Manager.Value": "9"}}]),
        &manager(&json!({"value": "9"})),
    );
}

/// R146: `""` takes a manager away.
#[test]
fn quirk_105_every_way_to_remove_a_manager() {
    let before = json!({ENT: {"manager": {"value": "271", "$ref": "../Users/271"}}});
    let path = format!("{ENT}:manager");
    for value in [json!({"value": ""}), json!({"Value": null}), json!(""), json!(null), json!([])] {
        gives(&before, &json!([{"op": "replace", "path": path, "value": value}]), &json!({}));
        gives(&before, &json!([{"op": "replace", "value": {ENT: {"manager": value}}}]), &json!({}));
    }
    gives(&before, &json!([{"op": "remove", "path": path}]), &json!({}));
    gives(&before, &json!([{"op": "replace", "path": format!("{path}.value"), "value": ""}]), &json!({}));
    gives(&before, &json!([{"op": "remove", "path": ENT}]), &json!({}));
}

#[test]
fn a_new_manager_does_not_keep_the_address_of_the_old_one() {
    let before = json!({ENT: {"manager": {"value": "old", "$ref": "../Users/old", "displayName": "Old"}}});
    let after = json!({ENT: {"manager": {"value": "new"}}});
    gives(&before, &json!([{"op": "replace", "path": "manager", "value": "new"}]), &after);
    gives(
        &before,
        &json!([{"op": "replace", "path": format!("{ENT}:manager.value"), "value": "new"}]),
        &after,
    );
    gives(
        &before,
        &json!([{"op": "add", "path": "manager", "value": {"$ref": "../Users/new", "value": "new"}}]),
        &json!({ENT: {"manager": {"value": "new", "$ref": "../Users/new"}}}),
    );
    gives(&before, &json!([{"op": "add", "path": "manager", "value": {"value": "old"}}]), &before);
}

/// R139: removing what is not there is a success.
#[test]
fn quirk_107_a_remove_that_finds_nothing_changes_nothing() {
    let before = json!({"name": {"givenName": "B"}});
    for path in [
        "title",
        "name.familyName",
        "emails",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        ENT,
    ] {
        gives(&before, &json!([{"op": "remove", "path": path}]), &before);
    }
}

#[test]
fn quirk_108_empty_and_null_for_every_kind_of_target() {
    let before = json!({
        "title": "T", "externalId": "e", "name": {"givenName": "G", "familyName": "F"},
        "emails": [{"type": "work", "value": "w@x", "primary": true}],
        "addresses": [{"type": "work", "locality": "L"}],
        "roles": [{"value": "Admin", "primary": true}],
        ENT: {"department": "D", "manager": {"value": "m"}}
    });
    let department = format!("{ENT}:department");
    let manager = format!("{ENT}:manager");
    let targets = [
        "title",
        "externalId",
        "name",
        "name.givenName",
        "emails",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "emails[type eq \"other\"].value",
        "addresses[type eq \"work\"].locality",
        "addresses[type eq \"other\"].locality",
        "roles[primary eq \"True\"].value",
        "manager",
        &department,
        &manager,
    ];
    for target in targets {
        for value in [json!(null), json!("")] {
            if value == json!("") && matches!(target, "name" | "emails") {
                continue;
            }
            patch(&user(&before), &json!([{"op": "replace", "path": target, "value": value}]));
        }
    }
    let all: Vec<Value> =
        targets.iter().map(|path| json!({"op": "replace", "path": path, "value": null})).collect();
    gives(&before, &json!(all), &json!({}));
}

#[test]
fn quirk_108_an_empty_title_is_stored_as_sent() {
    gives(
        &json!({"title": "T"}),
        &json!([{"op": "replace", "path": "title", "value": ""}]),
        &json!({"title": ""}),
    );
    gives(
        &json!({"externalId": "e"}),
        &json!([{"op": "replace", "path": "externalId", "value": ""}]),
        &json!({}),
    );
}

/// R135: add to a single value replaces it.
#[test]
fn quirk_110_add_to_a_single_value_replaces_it() {
    gives(
        &json!({"nickName": "Old"}),
        &json!([{"op": "Add", "path": "nickName", "value": "Babs"}]),
        &json!({"nickName": "Babs"}),
    );
}

/// R129: operations run in order.
#[test]
fn quirk_112_operations_on_one_path_run_in_order() {
    gives(
        &json!({"nickName": "A"}),
        &json!([{"op": "remove", "path": "nickName"}, {"op": "add", "path": "nickName", "value": "B"},
                {"op": "replace", "path": "nickName", "value": "C"}]),
        &json!({"nickName": "C"}),
    );
}

#[test]
fn quirk_113_thirty_six_operations_in_one_request() {
    let mut operations = Vec::new();
    for (index, sub) in
        ["formatted", "streetAddress", "locality", "region", "postalCode", "country"].iter().enumerate()
    {
        for kind in ["work", "home", "other"] {
            let value = format!("{kind}{index}");
            let path = format!("addresses[type eq \"{kind}\"].{sub}");
            operations.push(json!({"op": "Add", "path": path, "value": value}));
            operations.push(json!({"op": "Replace", "path": path, "value": value}));
        }
    }
    assert_eq!(operations.len(), 36);
    let patched = patch(&user(&json!({})), &json!(operations));
    let addresses = patched.resource["addresses"].as_array().unwrap();
    assert_eq!(addresses.len(), 3);
    assert_eq!(
        addresses[1],
        json!({"type": "home", "formatted": "home0", "streetAddress": "home1", "locality": "home2", "region": "home3",
               "postalCode": "home4", "country": "home5"})
    );
    assert_eq!(patched.changed.into_iter().collect::<Vec<_>>(), ["addresses"]);
}

#[test]
fn quirk_127_what_was_read_may_be_sent_back() {
    gives(
        &json!({}),
        &json!([{"op": "replace", "value": {
            "id": "2", "schemas": ["x"], "meta": {"version": "3"}, "meta.location": "x", "groups": [{"value": "g"}],
            "displayName": "Test SCIMv2"}}]),
        &json!({"displayName": "Test SCIMv2"}),
    );
}

#[test]
fn a_simple_value_wrapped_like_a_member_is_unwrapped() {
    for value in [json!([{"$ref": null, "value": "Joy"}]), json!({"value": "Joy"}), json!(["Joy"])] {
        gives(
            &json!({}),
            &json!([{"op": "Replace", "path": "displayName", "value": value}]),
            &json!({"displayName": "Joy"}),
        );
    }
    gives(
        &json!({}),
        &json!([{"op": "Add", "path": "emails[type eq \"work\"].value", "value": [{"$ref": null, "value": "j@x"}]}]),
        &json!({"emails": [{"type": "work", "value": "j@x"}]}),
    );
}

/// R049, R144: `schemas` names the extensions that have a value.
#[test]
fn an_extension_appears_in_schemas_with_its_first_value_and_leaves_with_its_last() {
    let path = format!("{ENT}:department");
    let patched = patch(&user(&json!({})), &json!([{"op": "add", "path": path, "value": "D"}]));
    assert_eq!(patched.resource["schemas"], json!([U, ENT]));
    let patched = patch(&patched.resource, &json!([{"op": "remove", "path": path}]));
    assert_eq!(patched.resource["schemas"], json!([U]));
    assert_eq!(patched.changed.into_iter().collect::<Vec<_>>(), [ENT]);
}

#[test]
fn setting_schemas_changes_nothing() {
    gives(&json!({}), &json!([{"op": "add", "path": "schemas", "value": [ENT]}]), &json!({}));
}

#[test]
fn no_operation_changes_nothing() {
    let before = user(&json!({"title": "T"}));
    let patched = apply(&user_type(), &before, &[], &Dialect::compat()).unwrap();
    assert_eq!((patched.resource, patched.changed.len()), (before, 0));
}

#[test]
fn the_same_value_again_changes_nothing() {
    let before = json!({"title": "T", "name": {"givenName": "G"}, ENT: {"manager": {"value": "m"}}});
    gives(
        &before,
        &json!([
            {"op": "replace", "value": {"active": "True", "title": "T", "name.givenName": "G", "manager": "m"}},
            {"op": "add", "path": "name", "value": {"givenName": "G"}}
        ]),
        &before,
    );
}
