use super::*;

/// R142: read generously, an element that is not there is created.
#[test]
fn quirk_097_filtered_path_creates_the_element() {
    for op in ["Add", "Replace"] {
        gives(
            &json!({"emails": [{"type": "home", "value": "h@x", "primary": true}]}),
            &json!([{"op": op, "path": "emails[type eq \"work\"].value", "value": "x@y"}]),
            &json!({"emails": [{"type": "home", "value": "h@x", "primary": true}, {"type": "work", "value": "x@y"}]}),
        );
        gives(
            &json!({}),
            &json!([{"op": op, "path": "emails[type eq \"work\"]", "value": {"value": "x@y"}}]),
            &json!({"emails": [{"type": "work", "value": "x@y"}]}),
        );
    }
}

/// R142: by the letter, a filter that matches nothing is `noTarget`.
#[test]
fn quirk_097_the_strict_dialect_says_no_target() {
    let operations = json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "x@y"}]);
    assert_eq!(refusal_in(Dialect::strict(), &json!({}), &operations), "noTarget");
}

#[test]
fn quirk_097_a_filter_that_describes_no_element_cannot_create_one() {
    for filter in ["value co \"x\"", "type eq \"a\" or type eq \"b\"", "not (type eq \"a\")", "type pr"] {
        let path = format!("emails[{filter}].value");
        assert_eq!(
            refusal(&json!({}), &json!([{"op": "add", "path": path, "value": "x@y"}])),
            "noTarget",
            "{filter}"
        );
    }
}

#[test]
fn a_filter_on_primary_creates_what_it_will_find_the_next_time() {
    let operations = json!([{"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Admin"}]);
    let once = json!({"roles": [{"primary": true, "value": "Admin"}]});
    gives(&json!({}), &operations, &once);
    gives(&once, &operations, &once);
}

#[test]
fn quirk_098_five_operations_build_one_element() {
    let subs = ["streetAddress", "locality", "region", "postalCode", "country"];
    let operations: Vec<Value> = subs
        .iter()
        .map(|sub| json!({"op": "Add", "path": format!("addresses[type eq \"work\"].{sub}"), "value": sub}))
        .collect();
    gives(
        &json!({}),
        &json!(operations),
        &json!({"addresses": [{"type": "work", "streetAddress": "streetAddress", "locality": "locality",
            "region": "region", "postalCode": "postalCode", "country": "country"}]}),
    );
}

#[test]
fn quirk_100_odd_case_in_paths() {
    gives(
        &json!({}),
        &json!([{"op": "Add", "path": "Emails[Type eq \"other\"].Value", "value": "o@x"},
                {"op": "Add", "path": "addresses[type eq \"other\"].Formatted", "value": "F"}]),
        &json!({"emails": [{"type": "other", "value": "o@x"}], "addresses": [{"type": "other", "formatted": "F"}]}),
    );
}

#[test]
fn quirk_102_blanks_in_values_stay() {
    gives(
        &json!({"addresses": [{"type": "work", "streetAddress": "old"}]}),
        &json!([{"op": "replace", "path": "addresses[type eq \"work\"].streetAddress", "value": "7070 Phoebe Hollow"}]),
        &json!({"addresses": [{"type": "work", "streetAddress": "7070 Phoebe Hollow"}]}),
    );
}

/// R136: adding what is there is a success without a change.
#[test]
fn quirk_111_adding_what_is_there_changes_nothing() {
    let before = json!({"roles": [{"value": "Admin", "type": "x", "primary": true}],
                        "addresses": [{"type": "work", "locality": "L"}],
                        "emails": [{"value": "B@x", "type": "work"}]});
    gives(
        &before,
        &json!([
            {"op": "Add", "path": "roles", "value": [{"value": "Admin", "type": "x", "primary": "True"}]},
            {"op": "Add", "path": "roles", "value": [{"value": "Admin"}]},
            {"op": "Add", "path": "roles", "value": "Admin"},
            {"op": "Add", "path": "emails", "value": [{"value": "b@X", "type": "work"}]},
            {"op": "Add", "value": {"addresses": [{"locality": "L", "type": "work"}]}}
        ]),
        &before,
    );
}

#[test]
fn quirk_111_the_same_value_of_another_type_is_another_value() {
    gives(
        &json!({"emails": [{"value": "b@x", "type": "work"}]}),
        &json!([{"op": "add", "path": "emails", "value": [{"value": "b@x", "type": "home"}]}]),
        &json!({"emails": [{"value": "b@x", "type": "work"}, {"value": "b@x", "type": "home"}]}),
    );
}

#[test]
fn quirk_117_role_assignments_are_added_or_replaced() {
    let admin = json!({"primary": false, "type": "WindowsAzureActiveDirectoryRole", "value": "Admin"});
    let user = json!({"primary": false, "type": "WindowsAzureActiveDirectoryRole", "value": "User"});
    gives(
        &json!({"roles": [admin]}),
        &json!([{"op": "Add", "path": "roles", "value": [user]}]),
        &json!({"roles": [admin, user]}),
    );
    gives(
        &json!({"roles": [admin]}),
        &json!([{"op": "replace", "path": "roles", "value": [user]}]),
        &json!({"roles": [user]}),
    );
    gives(&json!({"roles": [admin]}), &json!([{"op": "replace", "path": "roles", "value": []}]), &json!({}));
}

#[test]
fn quirk_121_remove_with_values_removes_only_these() {
    let before = json!({"emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home"}]});
    let left = json!({"emails": [{"value": "b@x", "type": "home"}]});
    for value in
        [json!([{"$ref": null, "value": "A@x"}]), json!({"value": "a@x", "type": "work"}), json!("a@x")]
    {
        gives(&before, &json!([{"op": "Remove", "path": "emails", "value": value}]), &left);
    }
    gives(&before, &json!([{"op": "Remove", "path": "emails", "value": [{"type": "work"}]}]), &left);
    gives(&before, &json!([{"op": "Remove", "path": "emails", "value": []}]), &before);
    gives(
        &before,
        &json!([{"op": "Remove", "path": "emails", "value": [{"value": "c@x"}, {"value": "a\"x"}]}]),
        &before,
    );
    gives(&before, &json!([{"op": "Remove", "path": "emails", "value": null}]), &json!({}));
    let strict = patch_with(
        Dialect::strict(),
        &user(&before),
        &json!([{"op": "remove", "path": "emails", "value": [{"value": "a@x"}]}]),
    );
    assert_eq!(strict.unwrap().resource, user(&left));
}

#[test]
fn quirk_188_several_values_and_a_single_one_in_one_request() {
    gives(
        &json!({"name": {"givenName": "G", "familyName": "F"}, "emails": [{"type": "work", "value": "w@x", "primary": true}]}),
        &json!([{"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@microsoft.com"},
                {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"}]),
        &json!({"name": {"givenName": "G", "familyName": "updatedFamilyName"},
                "emails": [{"type": "work", "value": "updatedEmail@microsoft.com", "primary": true}]}),
    );
}

/// R141: all values that match are replaced.
#[test]
fn every_matching_element_is_replaced() {
    gives(
        &json!({"emails": [{"type": "work", "value": "a@x", "display": "A"}, {"type": "home", "value": "h@x"}, {"type": "work", "value": "b@x"}]}),
        &json!([{"op": "replace", "path": "emails[type eq \"work\"].display", "value": "W"}]),
        &json!({"emails": [{"type": "work", "value": "a@x", "display": "W"}, {"type": "home", "value": "h@x"},
                           {"type": "work", "value": "b@x", "display": "W"}]}),
    );
    gives(
        &json!({"emails": [{"type": "work", "value": "a@x"}, {"value": "b@x"}]}),
        &json!([{"op": "replace", "path": "emails.type", "value": "home"}]),
        &json!({"emails": [{"type": "home", "value": "a@x"}, {"type": "home", "value": "b@x"}]}),
    );
}

/// R132: the newest primary is the only one.
#[test]
fn one_primary_takes_it_from_the_others_wherever_it_stands() {
    let before = json!({"emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home", "primary": true}]});
    let after = json!({"emails": [{"value": "a@x", "type": "work", "primary": true}, {"value": "b@x", "type": "home", "primary": false}]});
    gives(
        &before,
        &json!([{"op": "replace", "path": "emails[type eq \"work\"].primary", "value": "True"}]),
        &after,
    );
    gives(
        &before,
        &json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": {"primary": true}}]),
        &after,
    );
    gives(
        &before,
        &json!([{"op": "add", "path": "emails", "value": [{"value": "a@x", "primary": true}]}]),
        &after,
    );
}

#[test]
fn an_element_that_only_says_its_kind_goes() {
    let before = json!({"emails": [{"type": "work", "value": "w@x", "primary": true}, {"type": "home", "value": "h@x"}]});
    let after = json!({"emails": [{"type": "home", "value": "h@x"}]});
    gives(&before, &json!([{"op": "remove", "path": "emails[type eq \"work\"].value"}]), &after);
    gives(
        &before,
        &json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": ""}]),
        &after,
    );
    gives(&before, &json!([{"op": "remove", "path": "emails[type eq \"work\"]"}]), &after);
}

#[test]
fn the_last_element_takes_the_attribute_with_it() {
    gives(
        &json!({"emails": [{"type": "work", "value": "w@x"}]}),
        &json!([{"op": "remove", "path": "emails[value ew \"x\"]"}]),
        &json!({}),
    );
}

#[test]
fn a_list_may_not_grow_without_end() {
    let new: Vec<Value> =
        (0..crate::resource::MAX_ELEMENTS).map(|n| json!({"value": format!("{n}@x")})).collect();
    let before = json!({"emails": [{"value": "first@x"}]});
    assert_eq!(refusal(&before, &json!([{"op": "add", "path": "emails", "value": new}])), "invalidValue");
    gives(&before, &json!([{"op": "replace", "path": "emails", "value": new}]), &json!({"emails": new}));
}

#[test]
fn elements_that_become_the_same_are_one() {
    gives(
        &json!({"emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "work"}]}),
        &json!([{"op": "replace", "path": "emails[value eq \"b@x\"].value", "value": "a@x"}]),
        &json!({"emails": [{"value": "a@x", "type": "work"}]}),
    );
}

/// Operations of one request find what requests of their own would: what became the same is one for the next already.
#[test]
fn an_operation_finds_the_elements_that_the_one_before_made_one() {
    let before = json!({"emails": [{"value": "a@x", "type": "work", "primary": true}, {"value": "b@x", "display": "B"}]});
    gives(
        &before,
        &json!([
            {"op": "replace", "path": "emails[value pr]", "value": {"value": "c@x", "type": "home"}},
            {"op": "replace", "path": "emails[primary eq true and display eq \"B\"].display", "value": "C"}
        ]),
        &json!({"emails": [{"value": "c@x", "type": "home", "primary": true, "display": "C"}]}),
    );
}
