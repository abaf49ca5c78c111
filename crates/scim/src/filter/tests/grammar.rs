use super::*;

/// What stands left parses to the same tree as what stands right, and the tree prints as what stands right.
const PRINTED: &[(&str, &str)] = &[
    (r#"userName eq "bjensen""#, r#"userName eq "bjensen""#),
    (r#"  userName  EQ  "bjensen"  "#, r#"userName eq "bjensen""#),
    (r#"userName eq"bjensen""#, r#"userName eq "bjensen""#),
    (r#"title PR"#, r#"title pr"#),
    (r#"externalId eq jyoung"#, r#"externalId eq jyoung"#),
    (r#"externalId eq 00123"#, r#"externalId eq 00123"#),
    (r#"a eq 1 and b ne -2.5 and c gt 1e3"#, r#"a eq 1 and b ne -2.5 and c gt 1e3"#),
    (r#"a eq TRUE and b eq False and c eq Null"#, r#"a eq true and b eq false and c eq null"#),
    (r#"a pr or b pr and c pr"#, r#"a pr or (b pr and c pr)"#),
    (r#"(a pr or b pr) and c pr"#, r#"(a pr or b pr) and c pr"#),
    (r#"a pr or (b pr or (c pr))"#, r#"a pr or b pr or c pr"#),
    (r#"a pr and (b pr and c pr)"#, r#"a pr and b pr and c pr"#),
    (r#"not(a pr) and b pr"#, r#"not (a pr) and b pr"#),
    (r#"NOT (a pr or b pr) Or c pr"#, r#"not (a pr or b pr) or c pr"#),
    (r#"not (not (a pr))"#, r#"not (not (a pr))"#),
    (r#"emails[type eq "work" and value co "@x"]"#, r#"emails[type eq "work" and value co "@x"]"#),
    (r#"emails[ not (type eq "work") ]"#, r#"emails[not (type eq "work")]"#),
    (r#"emails[type eq "work"].value eq "x""#, r#"emails[type eq "work" and value eq "x"]"#),
    (r#"emails[a pr or b pr].value pr"#, r#"emails[(a pr or b pr) and value pr]"#),
    (r#"x eq "Team \"A\" \\ B""#, r#"x eq "Team \"A\" \\ B""#),
    (r#"x eq "\u00e4\t\/""#, r#"x eq "ä\t/""#),
    (r#"urn:a:2.0:User:x.$ref sw "J""#, r#"urn:a:2.0:User:x.$ref sw "J""#),
];

/// R096, R097, R104: every form of the grammar, in any letter case, `not` with and without a blank.
#[test]
fn printing_and_parsing_again_gives_the_same_tree() {
    for (text, printed) in PRINTED {
        let tree = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(tree.to_string(), *printed, "printing {text}");
        assert_eq!(parse(printed).unwrap(), tree, "parsing {printed}");
    }
}

/// R098: not, then and, then or.
#[test]
fn and_binds_tighter_than_or_and_not_tighter_than_and() {
    let Expr::Or(operands) = parse("not (a pr) and b pr or c pr").unwrap() else { panic!("no or") };
    let Some(Expr::And(inner)) = operands.first() else { panic!("no and") };
    assert!(matches!(inner.first(), Some(Expr::Not(_))));
}

#[test]
fn a_long_number_keeps_every_digit_and_every_zero() {
    for digits in ["12345678901234567890123456789", "007", "1.00"] {
        let Expr::Compare { value, .. } = parse(&format!("x eq {digits}")).unwrap() else {
            panic!("no comparison")
        };
        assert_eq!(value, Literal::Bare(digits.to_owned()));
    }
    let Expr::Compare { value, .. } = parse("x eq 42").unwrap() else { panic!("no comparison") };
    assert_eq!(value, Literal::Number(42.into()));
}

#[test]
fn a_reference_remembers_where_it_stands() {
    let Expr::And(operands) = parse("a pr and  bcd pr").unwrap() else { panic!("no and") };
    let Some(Expr::Present(attr)) = operands.last() else { panic!("no presence") };
    assert_eq!((attr.text.as_str(), attr.offset), ("bcd", 10));
}

/// R102, R105: what is no filter is refused, with the place.
#[test]
fn an_error_says_where_what_was_expected_and_what_was_found() {
    let cases: &[(&str, usize, &str, &str)] = &[
        ("", 0, "an attribute name", "the end"),
        ("   ", 3, "an attribute name", "the end"),
        ("userName", 8, "one of the operators", "the end"),
        ("userName regex \"x\"", 9, "one of the operators", "\"regex\""),
        ("userName eq", 11, "a value", "the end"),
        ("userName eq 'x'", 12, "double quotation marks", "\"'x'\""),
        ("userName eq and", 12, "a value", "\"and\""),
        ("userName eq \"x", 12, "a closing quotation mark", "the end"),
        ("userName eq \"x\\", 12, "a closing quotation mark", "the end"),
        ("userName eq \"x\\\"", 12, "a closing quotation mark", "the end"),
        ("userName eq \"a\\qb\"", 15, "a JSON string", "\"a\\qb\""),
        ("displayName eq EDU All", 19, "the end", "\"All\""),
        ("a pr b pr", 5, "\"and\", \"or\"", "\"b\""),
        ("a pr and", 8, "an attribute name", "the end"),
        ("a pr or or b pr", 8, "an attribute name", "\"or\""),
        ("(a pr", 5, "\")\"", "the end"),
        ("a pr)", 4, "the end", "\")\""),
        ("not a pr", 4, "\"(\"", "\"a\""),
        ("()", 1, "an attribute name", "\")\""),
        ("emails[]", 7, "an attribute name", "\"]\""),
        ("emails[type eq \"work\"", 21, "\"]\"", "the end"),
        ("emails[type eq \"work\")", 21, "\"]\"", "\")\""),
        ("a[b[c pr]]", 3, "brackets cannot contain brackets", "\"[\""),
        ("emails[type pr] .value pr", 16, "the end", "\".value\""),
        ("\"a\" eq 1", 0, "an attribute name", "the string \"a\""),
        ("emails[a pr].or pr", 13, "an attribute name", "\"or\""),
        ("emails[a pr].Not pr", 13, "an attribute name", "\"Not\""),
        ("a;b eq 1", 1, "an attribute name", "\";b\""),
        ("1a eq 1", 0, "an attribute name", "\"1a\""),
        ("naïve pr", 2, "an attribute name", "\"ïve\""),
    ];
    for (text, offset, expected, found) in cases {
        let error = parse(text).expect_err(text);
        assert_eq!(error.offset, *offset, "{text}: {error}");
        assert!(error.expected.contains(expected), "{text}: {error}");
        assert_eq!(error.found, *found, "{text}: {error}");
    }
}

/// R102, R163: a filter that is not understood is `invalidFilter`.
#[test]
fn quirk_040_a_broken_filter_is_invalid_filter_with_a_sentence() {
    let error = ScimError::from(parse("userName regex \"x\"").unwrap_err());
    assert_eq!(error.to_json()["scimType"], "invalidFilter");
    assert_eq!(
        error.detail,
        "the filter is wrong at offset 9: expected one of the operators eq, ne, co, sw, ew, pr, gt, ge, lt, le, \
         found \"regex\""
    );
}

#[test]
fn a_long_wrong_token_is_shortened_in_the_message() {
    let error = parse(&format!("a {} 1", "x".repeat(500))).unwrap_err();
    assert_eq!(error.found.chars().count(), 64 + "\"…\"".chars().count());
}
