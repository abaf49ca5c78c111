//! Bodies as identity providers send them; the numbers are those of the collection of provider behaviour.

use super::*;

#[test]
fn quirk_052_entra_full_create() {
    let accepted = user(json!({
        "schemas": [USER, ENTERPRISE], "externalId": "0a21f0f2", "userName": "Test_User", "active": true,
        "emails": [{"primary": true, "type": "work", "value": "t@testuser.com"}],
        "meta": {"resourceType": "User"}, "name": {"formatted": "g f", "familyName": "f", "givenName": "g"},
        "roles": [],
    }));
    assert_eq!(
        Value::Object(accepted.attributes.clone()),
        json!({
            "schemas": [USER], "externalId": "0a21f0f2", "userName": "Test_User", "active": true,
            "emails": [{"primary": true, "type": "work", "value": "t@testuser.com"}],
            "name": {"formatted": "g f", "familyName": "f", "givenName": "g"},
        })
    );
    assert_eq!(cleared(&accepted), ["roles"]);
}

#[test]
fn quirk_053_nulls_a_wrong_urn_and_extension_keys_outside_the_extension() {
    let accepted = user(json!({
        "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],
        "userName": "jyoung@testuser.com", "addresses": null, "phoneNumbers": null, "title": null,
        "department": null, "manager": null,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": {"department": "x"},
    }));
    assert_eq!(
        Value::Object(accepted.attributes.clone()),
        json!({"schemas": [USER], "userName": "jyoung@testuser.com"})
    );
    assert_eq!(
        cleared(&accepted),
        [
            "addresses",
            "phoneNumbers",
            "title",
            &format!("{ENTERPRISE}:department"),
            &format!("{ENTERPRISE}:manager")
        ]
    );
}

#[test]
fn quirk_054_okta_create_keeps_the_password_for_the_caller_and_drops_groups() {
    let accepted = user(json!({
        "schemas": [USER], "userName": "test.user@okta.local", "groups": [{"value": "x"}], "password": "1mz050nq",
        "id": "23a35c27", "active": true,
    }));
    assert_eq!(
        Value::Object(accepted.attributes),
        json!({"schemas": [USER], "userName": "test.user@okta.local", "password": "1mz050nq", "active": true})
    );
}

#[test]
fn quirk_056_addresses_may_be_primary() {
    let address =
        json!({"country": "US", "primary": true, "streetAddress": "street-address", "type": "work"});
    let accepted = user(json!({"userName": "t", "addresses": [address]}));
    assert_eq!(accepted.attributes["addresses"], json!([address]));
}

#[test]
fn quirk_059_strings_nulls_and_unknown_manager_keys() {
    let accepted = user(json!({
        "userName": "t", "active": "true", "id": null,
        ENTERPRISE: {"manager": {"managerId": "7", "displayName": "Boss"}, "department": "Sales"},
    }));
    assert_eq!(
        Value::Object(accepted.attributes),
        json!({"schemas": [USER, ENTERPRISE], "userName": "t", "active": true, ENTERPRISE: {"department": "Sales"}})
    );
}

/// R034: names in any letter case, answered in the schema's.
#[test]
fn quirk_062_odd_key_case_everywhere() {
    let accepted = user(json!({
        "UserName": "t", "Emails": [{"Primary": true, "VALUE": "t@x"}], "NAME": {"GivenName": "T"},
        "Department": "some department", "Manager": {"Value": "SuzzyQ"},
    }));
    assert_eq!(
        Value::Object(accepted.attributes),
        json!({
            "schemas": [USER, ENTERPRISE], "userName": "t", "emails": [{"primary": true, "value": "t@x"}],
            "name": {"givenName": "T"}, ENTERPRISE: {"department": "some department", "manager": {"value": "SuzzyQ"}},
        })
    );
}

#[test]
fn quirk_063_values_without_their_format_come_back_unchanged() {
    let odd = json!({"userName": "t", "profileUrl": "MFGMUGTYPBKA", "locale": "NNRDFXPHOXUY",
                     "preferredLanguage": "nso-ZA", "timezone": "America/Guyana"});
    let mut accepted = user(odd.clone()).attributes;
    accepted.remove("schemas");
    assert_eq!(Value::Object(accepted), odd);
}

#[test]
fn quirk_064_a_role_whose_primary_is_a_word() {
    let accepted =
        user(json!({"userName": "t", "roles": [{"primary": "True", "value": "RTSK", "type": "VMIY"}]}));
    assert_eq!(accepted.attributes["roles"], json!([{"primary": true, "value": "RTSK", "type": "VMIY"}]));
}

#[test]
fn quirk_066_and_105_the_forms_of_a_manager() {
    let whole =
        [json!("271"), json!({"value": "271"}), json!([{"value": "271"}]), json!({"Value": "271", "x": 1})];
    for sent in whole {
        let accepted = user(json!({"userName": "t", ENTERPRISE: {"manager": sent}}));
        assert_eq!(accepted.attributes[ENTERPRISE], json!({"manager": {"value": "271"}}), "{sent}");
    }
    for nothing in [json!(""), json!(null), json!({"value": ""}), json!([]), json!({})] {
        let accepted = user(json!({"userName": "t", ENTERPRISE: {"manager": nothing}}));
        assert_eq!(accepted.attributes["schemas"], json!([USER]), "{nothing}");
        assert_eq!(cleared(&accepted), [format!("{ENTERPRISE}:manager")], "{nothing}");
    }
}

#[test]
fn quirk_068_null_parts_and_two_mails_of_one_type() {
    let accepted = user(json!({
        "userName": "t",
        "addresses": [{"country": null, "formatted": "18522 Lisa Unions", "type": "other", "primary": false}],
        "emails": [{"type": "work", "value": "a@x"}, {"type": "work", "value": "b@x"}],
    }));
    assert_eq!(
        accepted.attributes["addresses"],
        json!([{"formatted": "18522 Lisa Unions", "type": "other", "primary": false}])
    );
    assert_eq!(accepted.attributes["emails"].as_array().unwrap().len(), 2);
}

#[test]
fn quirk_057_058_075_any_schemas_will_do_unless_they_are_no_urns() {
    for schemas in
        [json!([]), json!(null), json!(["urn:scim:schemas:core:1.0"]), json!([USER, USER]), json!(USER)]
    {
        let accepted = user(json!({"schemas": schemas, "userName": "t"}));
        assert_eq!(accepted.attributes["schemas"], json!([USER]), "{schemas}");
    }
    for schemas in [json!(1), json!({}), json!([1])] {
        let error = refused("User", json!({"schemas": schemas, "userName": "t"}), Dialect::compat());
        assert!(error.detail.starts_with("schemas must be an array of URNs"), "{error}");
    }
}

#[test]
fn quirk_073_084_unknown_and_misspelt_keys_are_ignored() {
    let accepted =
        user(json!({"userName": "t", "fullName": "Jimmy Smith", "emailOptIn": 0, "adreses": [{}]}));
    assert_eq!(Value::Object(accepted.attributes), json!({"schemas": [USER], "userName": "t"}));
    assert!(
        refused("User", json!({"userame": "t"}), Dialect::compat())
            .detail
            .starts_with("userName is required")
    );
}

#[test]
fn quirk_093_flattened_names() {
    let accepted = user(json!({
        "name.givenName": "Kkom", "name": {"familyName": "Unua"}, "userName": "t",
        format!("{ENTERPRISE}:employeeNumber"): "Aklq", format!("{ENTERPRISE}:manager.value"): "7",
        format!("{USER}:displayName"): "Bjfe",
    }));
    assert_eq!(
        Value::Object(accepted.attributes),
        json!({
            "schemas": [USER, ENTERPRISE], "userName": "t", "displayName": "Bjfe",
            "name": {"givenName": "Kkom", "familyName": "Unua"},
            ENTERPRISE: {"employeeNumber": "Aklq", "manager": {"value": "7"}},
        })
    );
}

#[test]
fn the_name_in_its_own_place_and_spelling_wins() {
    let accepted = user(json!({
        "USERNAME": "wrong", "userName": "right", "username": "wrong",
        "department": "wrong", ENTERPRISE: {"department": "right"},
    }));
    assert_eq!(accepted.attributes["userName"], "right");
    assert_eq!(accepted.attributes[ENTERPRISE]["department"], "right");
}

#[test]
fn the_server_alone_sets_the_rollcall_extension() {
    let rollcall = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
    let accepted = user(json!({"userName": "t", "status": "active", rollcall: {"status": "active"}}));
    assert_eq!(Value::Object(accepted.attributes), json!({"schemas": [USER], "userName": "t"}));
}

#[test]
fn active_that_is_said_twice_and_differently_is_refused() {
    for body in [
        json!({"userName": "x", "active": true, "urn:ietf:params:scim:schemas:core:2.0:User:active": false}),
        json!({"userName": "x", "active": true, "urn:ietf:params:scim:schemas:core:2.0:User": {"active": false}}),
    ] {
        let error = accept(&resource_type("User"), object(body.clone()), &Dialect::compat()).unwrap_err();
        assert!(error.detail.starts_with("active stands twice"), "{body}: {error}");
    }
    let same =
        json!({"userName": "x", "active": false, "urn:ietf:params:scim:schemas:core:2.0:User:active": false});
    assert_eq!(user(same).attributes["active"], false);
}

/// What is unknown is passed over; a way of saying that somebody leaves is not.
#[test]
fn what_can_only_mean_active_is_refused_with_the_name_to_send() {
    let lookalikes = [
        "active ",
        " Active",
        "User:active",
        "User.active",
        "active.value",
        "urn:ietf:params:scim:schemas:core:2.0:active",
        "urn:ietf:params:scim:schemas:core:2.0User:active",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:active",
        "urn:scim:schemas:core:1.0:active",
    ];
    for name in lookalikes {
        let error =
            accept(&resource_type("User"), object(json!({"userName": "x", name: false})), &Dialect::compat())
                .unwrap_err();
        assert!(
            error.detail.ends_with("looks like active; send active, so that it is not lost"),
            "{name}: {error}"
        );
    }
    let error = accept(
        &resource_type("User"),
        object(json!({"userName": "x", "urn:scim:schemas:core:2.0": {"active": false}})),
        &Dialect::compat(),
    )
    .unwrap_err();
    assert!(error.detail.contains("looks like active"), "{error}");
    let error = accept(
        &resource_type("User"),
        object(json!({"userName": "x", ENTERPRISE: {"active": false}})),
        &Dialect::compat(),
    )
    .unwrap_err();
    assert!(error.detail.contains("looks like active"), "{error}");
    for other in [
        "urn:example:shop:active",
        "inactive",
        "activeDirectory",
        "urn:example:1.0:active.since",
        "active_since",
    ] {
        assert_eq!(user(json!({"userName": "x", other: false})).attributes.get("active"), None, "{other}");
    }
}
