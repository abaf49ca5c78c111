//! Sizes and what a resource must have.

use super::*;

#[test]
fn texts_may_be_as_long_as_the_limit_and_no_longer() {
    for (name, limit) in [("userName", 256), ("displayName", 512), ("title", 1024)] {
        let mut body = json!({"userName": "t"});
        body[name] = json!("ä".repeat(limit));
        user(body.clone());
        body[name] = json!("ä".repeat(limit + 1));
        let error = refused("User", body, Dialect::compat());
        assert!(error.detail.starts_with(&format!("{name} is longer than {limit} characters")), "{error}");
        assert!(error.detail.len() < 300, "the value is not repeated in full");
    }
    user(
        json!({"userName": "t", "photos": [{"value": format!("data:image/png;base64,{}", "A".repeat(60_000))}]}),
    );
}

#[test]
fn lists_may_be_as_long_as_the_limit_and_no_longer() {
    let emails = |count: usize| (0..count).map(|n| json!({"value": format!("{n}@x")})).collect::<Vec<_>>();
    user(json!({"userName": "t", "emails": emails(MAX_ELEMENTS)}));
    let error =
        refused("User", json!({"userName": "t", "emails": emails(MAX_ELEMENTS + 1)}), Dialect::compat());
    assert_eq!(error.detail, "emails has 1001 values; at most 1000 are kept. Send fewer.");
}

#[test]
fn a_character_the_database_cannot_store_is_refused() {
    let error = refused("User", json!({"userName": "t\0"}), Dialect::compat());
    assert_eq!(error.detail, "userName contains the character U+0000: \"t \". Remove it.");
}

#[test]
fn a_user_needs_a_name() {
    for body in [json!({}), json!({"userName": null}), json!({"userName": ""}), json!({"userName": " \t"})] {
        let error = refused("User", body, Dialect::compat());
        assert_eq!(error.detail, "userName is required and must not be blank. Send it with a value.");
    }
}

#[test]
fn a_patched_resource_is_tidied_before_it_is_stored() {
    let mut resource = object(json!({
        "schemas": [USER, ENTERPRISE], "id": "1", "userName": "t", "title": null, "emails": [],
        "name": {"givenName": null}, "phoneNumbers": [{"value": "1", "primary": true}, {}, {"value": "2", "primary": true}],
        ENTERPRISE: {"manager": {"value": null}},
    }));
    finish(&resource_type("User"), &mut resource).unwrap();
    assert_eq!(
        Value::Object(resource),
        json!({
            "schemas": [USER], "id": "1", "userName": "t",
            "phoneNumbers": [{"value": "1", "primary": false}, {"value": "2", "primary": true}],
        })
    );
}

#[test]
fn a_patched_resource_must_still_have_its_name() {
    let mut resource = object(json!({"id": "1", "displayName": "Babs"}));
    let error = finish(&resource_type("User"), &mut resource).unwrap_err();
    assert!(error.detail.starts_with("userName is required"), "{error}");
}
