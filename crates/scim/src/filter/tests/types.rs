use super::*;
use crate::schema::AttributeType;

#[test]
fn a_field_carries_what_a_store_needs_to_know() {
    let Filter::Compare { field, op, value } = resolved(&format!("{}:MANAGER eq \"x\"", ENT.to_uppercase()))
    else {
        panic!("no comparison")
    };
    assert_eq!(
        field,
        Field {
            schema: Some(ENT.to_owned()),
            attribute: "manager".to_owned(),
            sub_attribute: Some("value".to_owned()),
            kind: AttributeType::String,
            case_exact: field.case_exact,
            multi_valued: false,
        }
    );
    assert_eq!((op, value), (CompareOp::Eq, Typed::String("x".to_owned())));
}

#[test]
fn fields_in_brackets_are_relative_to_the_element() {
    let Filter::Each { field, inner } = resolved("Emails[TYPE eq \"work\"]") else { panic!("no value path") };
    assert_eq!((field.attribute.as_str(), field.multi_valued), ("emails", true));
    let Filter::Compare { field, .. } = *inner else { panic!("no comparison") };
    assert_eq!((field.schema, field.attribute.as_str(), field.sub_attribute), (None, "type", None));
}

#[test]
fn only_neighbouring_eq_terms_on_one_field_are_collapsed() {
    assert!(matches!(resolved("id eq a or ID eq b"), Filter::In { .. }));
    let Filter::Or(operands) = resolved("id eq a or id eq b or userName eq c or id eq null or id eq d")
    else {
        panic!("no or")
    };
    assert!(matches!(
        operands.as_slice(),
        [Filter::In { .. }, Filter::Compare { .. }, Filter::Compare { .. }, Filter::Compare { .. }]
    ));
    assert!(matches!(resolved("id eq a or id ne b"), Filter::Or(_)));
}

#[test]
fn a_collapsed_chain_finds_what_the_chain_finds() {
    assert!(finds("userName eq a or userName eq b or userName eq \"BJENSEN@example.com\""));
    assert!(!finds("userName eq a or userName eq b"));
}

/// R099, R101, R102, R107: what has no order, no text or must not be seen cannot be compared.
#[test]
fn what_cannot_be_answered_is_refused_and_named() {
    let cases: &[(&str, &str)] = &[
        ("shoeSize eq 42", "\"shoeSize\" at offset 0 is no attribute"),
        ("userName pr and name.shoe pr", "\"name.shoe\" at offset 16 is no attribute"),
        ("a.b.c pr", "\"a.b.c\""),
        ("emails[size eq 1]", "\"size\" at offset 7 is no attribute"),
        ("urn:ietf:params:scim:schemas:extension:other:2.0:User:x pr", "is no attribute"),
        ("urn:ietf:params:scim:schemas:core:2.0:User eq \"x\"", "is no attribute"),
        ("password eq \"secret\"", "is never shown"),
        ("password pr", "is never shown"),
        ("active gt true", "has no order"),
        ("active co \"tr\"", "is no text"),
        ("x509Certificates.value gt \"aa\"", "has no order"),
        ("active eq \"yes\"", "must be compared with true or false, not with \"yes\""),
        ("userName eq true", "must be compared with a string"),
        ("userName gt null", "null only by eq and ne"),
        ("meta.lastModified gt \"yesterday\"", "must be compared with a time"),
        ("meta.lastModified gt \"2011-05-13\"", "must be compared with a time"),
        ("meta.lastModified sw \"2011\"", "is no text"),
        ("name eq \"Babs\"", "is complex"),
        ("userName[value eq \"x\"]", "no brackets may follow"),
    ];
    for (text, expected) in cases {
        let (scim_type, detail) = refused(text);
        assert_eq!(scim_type, "invalidFilter", "{text}");
        assert!(detail.contains(expected), "{text}: {detail}");
    }
}

#[test]
fn an_entra_mapping_may_write_a_boolean_as_string() {
    assert_eq!(resolved("roles[primary eq \"True\"]"), resolved("roles[primary eq true]"));
}

#[test]
fn times_are_read_with_and_without_offset() {
    for text in ["2011-05-13T04:42:34", "2011-05-13T04:42:34.000Z", "2011-05-13T06:42:34+02:00"] {
        assert!(finds(&format!("meta.lastModified eq \"{text}\"")), "{text}");
    }
    assert_eq!(date_time::parse_date_time("2011-05-13 04:42:34Z"), None);
    assert_eq!(date_time::parse_date_time("2011-13-13T04:42:34Z"), None);
}
