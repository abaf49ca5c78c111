//! One value at a time.

use super::*;

/// The canonical form of one attribute of a user.
fn value(name: &str, value: Value) -> Result<Option<Value>, ScimError> {
    canonical_value(resource_type("User").attribute(name).unwrap(), value, &Dialect::compat())
}

/// R048: null and `[]` are the same as nothing.
#[test]
fn null_and_empty_lists_are_no_value() {
    for nothing in [json!(null), json!([]), json!([null]), json!([{}]), json!([{"value": null}]), json!("")] {
        assert_eq!(value("emails", nothing.clone()).unwrap(), None, "{nothing}");
    }
    assert_eq!(value("name", json!({"givenName": null, "familyName": null})).unwrap(), None);
    assert_eq!(value("title", json!(null)).unwrap(), None);
}

#[test]
fn an_empty_text_is_kept_except_where_it_means_no_value() {
    assert_eq!(value("title", json!("")).unwrap(), Some(json!("")));
    assert_eq!(value("externalId", json!("")).unwrap(), None);
    assert_eq!(value("phoneNumbers", json!([{"type": "work", "value": ""}])).unwrap(), None);
}

/// R037: a boolean may come as a word, and is kept as a boolean.
#[test]
fn booleans_may_be_words() {
    for (sent, stored) in [(json!("True"), true), (json!("false"), false), (json!("FALSE"), false)] {
        assert_eq!(value("active", sent).unwrap(), Some(json!(stored)));
    }
    for wrong in [json!("yes"), json!(""), json!(1), json!([true]), json!({"value": true})] {
        let error = value("active", wrong.clone()).unwrap_err();
        assert!(error.detail.starts_with("active "), "{wrong}: {error}");
    }
}

#[test]
fn a_text_is_a_text() {
    let error = value("title", json!(7)).unwrap_err();
    assert_eq!(error.detail, "title must be a string, found the number 7.");
    let error = value("emails", json!([{"value": ["x"]}])).unwrap_err();
    assert_eq!(error.detail, "emails.value holds a single value, found an array.");
    assert!(value("userName", json!(["bjensen"])).is_err());
    assert!(value("name", json!("Barbara Jensen")).unwrap_err().detail.contains("name must be an object"));
    assert!(value("addresses", json!(["100 Universal City Plaza"])).is_err());
}

#[test]
fn a_single_value_stands_for_a_list_of_one() {
    let list = Some(json!([{"value": "a@example.com"}]));
    assert_eq!(value("emails", json!("a@example.com")).unwrap(), list);
    assert_eq!(value("emails", json!(["a@example.com"])).unwrap(), list);
    assert_eq!(value("emails", json!({"VALUE": "a@example.com"})).unwrap(), list);
}

/// R045, R046: at most one value is primary, and none stands twice.
#[test]
fn the_last_of_several_primaries_wins_and_repetitions_go() {
    let emails = json!([
        {"value": "a@x", "primary": true}, {"value": "b@x", "primary": "True"}, {"value": "c@x"},
        {"value": "c@x"}, {"value": "d@x", "primary": false},
    ]);
    assert_eq!(
        value("emails", emails).unwrap(),
        Some(json!([
            {"value": "a@x", "primary": false}, {"value": "b@x", "primary": true}, {"value": "c@x"},
            {"value": "d@x", "primary": false},
        ]))
    );
}

/// R040, R068: a certificate is base64.
#[test]
fn certificates_must_be_base64() {
    assert!(value("x509Certificates", json!([{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvc="}])).is_ok());
    let error = value("x509Certificates", json!([{"value": "not base64!"}])).unwrap_err();
    assert_eq!(error.detail, "x509Certificates.value must be base64 text, found the string \"not base64!\".");
}

/// R039: a dateTime has a date and a time.
#[test]
fn dates_are_checked_and_kept_as_sent() {
    let registry = Registry::standard().unwrap();
    let rollcall = registry.schema("urn:ietf:params:scim:schemas:extension:rollcall:2.0:User").unwrap();
    let date = |text: &str| {
        canonical_value(rollcall.attribute("lastSignInAt").unwrap(), json!(text), &Dialect::compat())
    };
    assert_eq!(date("2026-01-31T08:00:00.5+01:00").unwrap(), Some(json!("2026-01-31T08:00:00.5+01:00")));
    assert!(date("yesterday").unwrap_err().detail.contains("lastSignInAt must be a date and time"));
}

/// R045: two elements that differ only by both being primary are one, and one that lost it may be another's twin.
#[test]
fn what_is_the_same_without_primary_is_not_kept_twice() {
    let admin = json!({"value": "Admin", "primary": true});
    assert_eq!(value("roles", json!([admin, admin])).unwrap(), Some(json!([admin])));
    let list = json!([{"value": "a", "primary": true}, {"value": "a", "primary": false}, admin]);
    assert_eq!(value("roles", list).unwrap(), Some(json!([{"value": "a", "primary": false}, admin])));
}
