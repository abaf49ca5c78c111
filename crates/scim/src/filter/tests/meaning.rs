use super::*;

/// R095, R097: the examples of RFC 7644 §3.4.2.2.
#[test]
fn the_examples_of_rfc_7644_mean_what_they_say() {
    let cases: &[(&str, bool)] = &[
        (r#"userName eq "bjensen""#, false),
        (r#"userName Eq "BJENSEN@example.com""#, true),
        (r#"name.familyName co "O'Malley""#, true),
        (r#"userName sw "J""#, false),
        (r#"userName sw "BJ""#, true),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b""#, true),
        (r#"title pr"#, true),
        (r#"nickName pr"#, false),
        (r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, false),
        (r#"meta.lastModified ge "2011-05-13T04:42:34Z""#, true),
        (r#"meta.lastModified lt "2011-05-13T06:42:35+02:00""#, true),
        (r#"meta.lastModified le "2011-05-13T04:42:33.9999994Z""#, false),
        (r#"title pr and userType eq "Employee""#, true),
        (r#"title pr or userType eq "Intern""#, true),
        (r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#, true),
        (r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#, true),
        (
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            false,
        ),
        (r#"userType eq "Employee" and (emails.type eq "work")"#, true),
        (r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#, true),
        (
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            true,
        ),
        (r#"emails[type eq "work" and value co "@jensen.org"]"#, false),
    ];
    for (text, expected) in cases {
        assert_eq!(finds(text), *expected, "{text}");
    }
}

/// R078, R096: caseExact decides what is equal.
#[test]
fn quirk_027_user_names_and_mail_addresses_are_found_in_any_case_but_ids_are_not() {
    assert!(finds(r#"userName eq "BJENSEN@EXAMPLE.COM""#));
    assert!(finds(r#"emails.value eq "BABS@Jensen.org""#));
    assert!(finds(r#"displayName eq "edu all PERSONAL""#));
    assert!(!finds(r#"externalId eq "JYoung""#));
    assert!(!finds(r#"id eq "2819C223-7f76-453a-919d-413861904646""#));
}

#[test]
fn quirk_028_a_bare_word_is_a_string() {
    assert!(finds("externalId eq jyoung"));
    assert!(finds(&format!("{ENT}:employeeNumber eq 00123")));
    assert_eq!(resolved("externalId eq 123"), resolved("externalId eq \"123\""));
}

#[test]
fn quirk_029_manager_needs_neither_urn_nor_value() {
    let id = "2819c223-7f76-453a-919d-413861904646";
    let manager = "00aa00aa-bb11-cc22-dd33-44ee44ee44ee";
    assert!(finds(&format!("id eq \"{id}\" and manager eq \"{manager}\"")));
    assert!(finds(&format!("manager eq \"{manager}\" and id eq \"{id}\"")));
    assert!(!finds(&format!("id eq \"{id}\" and manager eq \"{id}\"")));
    assert_eq!(resolved("manager eq \"x\""), resolved(&format!("{ENT}:manager.value eq \"x\"")));
}

#[test]
fn quirk_030_a_sub_attribute_after_the_bracket() {
    assert!(finds(r#"emails[type eq "work"].value eq "bjensen@example.com""#));
    assert!(!finds(r#"emails[type eq "work"].value eq "babs@jensen.org""#));
}

/// R101: a complex attribute is compared by its `value`.
#[test]
fn quirk_032_emails_means_their_value() {
    assert!(finds(r#"emails eq "babs@jensen.org""#));
    assert_eq!(resolved(r#"emails eq "a""#), resolved(r#"emails.value eq "a""#));
}

#[test]
fn quirk_034_blanks_and_quirk_035_escapes_stay_in_the_value() {
    assert!(finds(r#"displayName eq "EDU All personal""#));
    let Filter::Compare { value, .. } = resolved(r#"displayName eq "Team \"A\" \\ B""#) else {
        panic!("no comparison")
    };
    assert_eq!(value, Typed::String(r#"Team "A" \ B"#.to_owned()));
}

#[test]
fn quirk_037_year_one_and_seven_digits_of_a_second() {
    assert!(finds(
        r#"active eq true and (meta.lastModified ge "0001-01-03T00:00:00.0000000Z" and meta.lastModified le "2026-01-01T00:00:00.0000000Z")"#
    ));
    assert!(finds(r#"(ActiVe eq true) and meta.lastmodified ge "0001-01-03T00:00:00.0000000Z""#));
}

/// R106: names with their URN.
#[test]
fn quirk_038_the_dot_in_a_urn_separates_nothing() {
    assert!(finds("urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"bjensen@example.com\""));
    assert!(finds("URN:ietf:params:scim:schemas:core:2.0:user:name.givenName eq \"Barbara\""));
    assert!(finds(&format!("{ENT}:employeeNumber eq \"00123\"")));
    assert!(finds(&format!("{ENT}.employeeNumber eq \"00123\"")), "quirk 180");
}

#[test]
fn quirk_179_members_means_their_value() {
    let expr = parse("id eq \"g\" and members eq \"u\"").unwrap();
    let filter = resolve(&resource_type("Group"), &expr).unwrap();
    let group = |member: &str| json!({"id": "g", "members": [{"value": "x"}, {"value": member}]});
    assert!(matches(&filter, group("u").as_object().unwrap()));
    assert!(!matches(&filter, group("v").as_object().unwrap()));
}

#[test]
fn what_has_no_value_equals_null_and_differs_from_everything_else() {
    assert!(finds("nickName eq null"));
    assert!(finds("nickName ne \"Babs\""));
    assert!(!finds("nickName ne null"));
    assert!(finds("title ne null"));
    assert!(!finds("nickName eq \"\""));
    assert!(!finds("nickName co \"\""));
    assert!(finds("emails.display eq null"));
}

/// R100: any value may match, in brackets one and the same.
#[test]
fn one_matching_element_is_enough_but_brackets_speak_of_one_element() {
    assert!(finds(r#"emails.type eq "work" and emails.value co "jensen.org""#));
    assert!(!finds(r#"emails[type eq "work" and value co "jensen.org"]"#));
    assert!(finds(r#"emails.type ne "work""#));
    assert!(finds(r#"not (emails.type eq "other")"#));
}

#[test]
fn brackets_after_a_single_value_mean_its_sub_attributes() {
    assert_eq!(resolved(r#"name[givenName eq "x"]"#), resolved(r#"name.givenName eq "x""#));
}

#[test]
fn presence_needs_content() {
    assert!(finds("emails pr"));
    assert!(finds("name pr"));
    assert!(finds("active pr"));
    let mut empty = babs();
    empty.insert("emails".to_owned(), json!([]));
    empty.insert("title".to_owned(), json!(""));
    assert!(!matches(&resolved("emails pr"), &empty));
    assert!(!matches(&resolved("title pr"), &empty));
}

#[test]
fn letters_beyond_ascii_have_case_too() {
    let mut user = babs();
    user.insert("displayName".to_owned(), json!("Åsa Öberg"));
    assert!(matches(&resolved("displayName eq \"åsa öberg\""), &user));
    assert!(matches(&resolved("displayName co \"ÖBERG\""), &user));
}
