use super::*;
use crate::filter::{CompareOp, Field, Typed};
use crate::registry::Registry;

const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn parsed(text: &str) -> Result<Target, ScimError> {
    let registry = Registry::standard().unwrap();
    parse(registry.resource_type("User").unwrap(), text)
}

fn plain(schema: Option<&str>, attribute: &str, sub_attribute: Option<&str>) -> Target {
    Target::Attribute(Path {
        schema: schema.map(str::to_owned),
        attribute: attribute.to_owned(),
        filter: None,
        sub_attribute: sub_attribute.map(str::to_owned),
    })
}

#[test]
fn names_come_back_in_canonical_case_with_or_without_urn() {
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    let cases = [
        ("USERNAME".to_owned(), plain(None, "userName", None)),
        ("Name.FamilyName".to_owned(), plain(None, "name", Some("familyName"))),
        ("  title ".to_owned(), plain(None, "title", None)),
        ("externalid".to_owned(), plain(None, "externalId", None)),
        ("meta.created".to_owned(), plain(None, "meta", Some("created"))),
        (format!("{core}:name.givenName"), plain(None, "name", Some("givenName"))),
        (format!("{}:employeenumber", ENT.to_uppercase()), plain(Some(ENT), "employeeNumber", None)),
        (format!("{ENT}:manager.$REF"), plain(Some(ENT), "manager", Some("$ref"))),
        (format!("{ENT}.department"), plain(Some(ENT), "department", None)),
        (ENT.to_lowercase(), Target::Extension(ENT.to_owned())),
    ];
    for (text, expected) in cases {
        assert_eq!(parsed(&text).unwrap(), expected, "{text}");
    }
}

#[test]
fn brackets_select_elements_and_a_sub_attribute_may_follow() {
    let Target::Attribute(path) = parsed("Addresses[Type eq \"work\"].StreetAddress").unwrap() else {
        panic!("no attribute")
    };
    assert_eq!(
        (path.attribute.as_str(), path.sub_attribute.as_deref()),
        ("addresses", Some("streetAddress"))
    );
    let Some(Filter::Compare { field: Field { attribute, .. }, op, value }) = path.filter else {
        panic!("no comparison")
    };
    assert_eq!((attribute.as_str(), op, value), ("type", CompareOp::Eq, Typed::String("work".to_owned())));
    let Target::Attribute(path) = parsed("emails[value eq \"a]b[c\" and type pr]").unwrap() else {
        panic!("no attribute")
    };
    assert!(path.filter.is_some() && path.sub_attribute.is_none());
}

#[test]
fn what_the_schema_does_not_have_is_unknown_and_no_error() {
    for text in [
        "shoe",
        "name.shoe",
        "name.givenName.x",
        "urn:example:2.0:User:x",
        "shoes[a pr].b",
        "emails[type pr].b",
    ] {
        assert_eq!(parsed(text).unwrap(), Target::Unknown(text.to_owned()));
    }
}

#[test]
fn a_broken_path_says_where_and_what_was_expected() {
    let cases = [
        ("", "offset 0: expected an attribute name"),
        ("[type eq \"x\"]", "offset 0: expected an attribute name"),
        ("first name", "offset 5: expected an attribute name of letters"),
        ("name.", "offset 5: expected a sub-attribute name"),
        ("emails[type eq \"x\"]value", "offset 19: expected a dot and a sub-attribute"),
        ("emails[type eq \"x\"].a[b pr]", "offset 21: expected an attribute name of letters"),
        ("name[givenName eq \"x\"]", "\"name\" does not hold several complex values"),
    ];
    for (text, expected) in cases {
        let error = parsed(text).unwrap_err();
        assert_eq!(error.scim_type.unwrap().as_str(), "invalidPath", "{text}");
        assert!(error.detail.contains(expected), "{text}: {error}");
    }
    let error = parsed("emails[type eq].value").unwrap_err();
    assert_eq!(error.scim_type.unwrap().as_str(), "invalidFilter");
    assert!(error.detail.contains("offset 14"), "{error}");
}
