use super::limits::*;
use super::*;

#[test]
fn brackets_nest_as_deep_as_the_limit_and_no_deeper() {
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    let error = parse(&nested(MAX_DEPTH + 1)).unwrap_err();
    assert_eq!((error.offset, error.expected.as_str()), (MAX_DEPTH, "brackets nested at most 12 deep"));
    // A whole request line of brackets costs neither stack nor time.
    assert!(parse(&"(".repeat(60_000)).is_err());
    assert!(parse(&"not(".repeat(15_000)).is_err());
    assert!(parse(&"a[".repeat(30_000)).is_err());
}

#[test]
fn value_paths_count_as_depth() {
    let nested = |depth: usize| format!("{}a[b pr]{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(MAX_DEPTH - 1)).is_ok());
    assert!(parse(&nested(MAX_DEPTH)).is_err());
}

#[test]
fn the_number_of_different_comparisons_is_limited() {
    let terms = |count: usize, word: &str| {
        let terms: Vec<String> = (0..count).map(|n| format!("a{n} eq 1")).collect();
        terms.join(word)
    };
    for word in [" and ", " or "] {
        assert!(parse(&terms(MAX_ELEMENTS, word)).is_ok());
        let error = parse(&terms(MAX_ELEMENTS + 1, word)).unwrap_err();
        assert_eq!(error.expected, "at most 32 comparisons", "{word}");
    }
}

#[test]
fn an_and_chain_on_one_attribute_is_no_chain() {
    let terms = vec!["a eq 1"; MAX_ELEMENTS + 1].join(" and ");
    assert!(parse(&terms).is_err());
    let terms = vec!["a co \"x\""; MAX_ELEMENTS + 1].join(" or ");
    assert!(parse(&terms).is_err());
}

fn chain(count: usize) -> String {
    let digit = |n: usize| char::from_digit(n as u32 % 36, 36).unwrap();
    let terms: Vec<String> = (0..count)
        .map(|n| {
            let op = if n % 2 == 0 { "eq" } else { "EQ" };
            format!("id {op} {}{}{}", digit(n / 1296), digit(n / 36), digit(n))
        })
        .collect();
    terms.join(" or ")
}

#[test]
fn quirk_039_five_thousand_terms_on_one_attribute_become_one_list() {
    let text = chain(MAX_TERMS);
    assert!(text.len() <= MAX_TOTAL_LENGTH);
    let Filter::In { field, values } = resolved(&text) else { panic!("no list") };
    assert_eq!((field.attribute.as_str(), values.len()), ("id", 5_000));
    assert_eq!(values.last(), Some(&Typed::String("3uv".to_owned())));
}

#[test]
fn quirk_039_a_chain_has_a_limit_too() {
    let error = parse(&chain(MAX_TERMS + 1)).unwrap_err();
    assert!(error.expected.starts_with("at most "), "{error}");
    let error = parse(&vec!["a eq b"; MAX_TERMS + 1].join(" or ")).unwrap_err();
    assert_eq!(error.expected, "at most 5000 comparisons");
}

#[test]
fn a_chain_may_stand_beside_other_conditions() {
    let text =
        format!("active eq true and ({}) and meta.lastModified gt \"2011-01-01T00:00:00Z\"", chain(600));
    assert!(text.len() > MAX_LENGTH);
    assert!(parse(&text).is_ok());
}

#[test]
fn long_text_outside_of_chains_is_refused() {
    let fits = format!("userName eq \"{}\"", "x".repeat(MAX_LENGTH - 14));
    assert_eq!(fits.len(), MAX_LENGTH);
    assert!(parse(&fits).is_ok());
    assert_eq!(parse(&format!("{fits} ")).unwrap_err().expected, "at most 4096 bytes");
    assert_eq!(
        parse(&" ".repeat(MAX_TOTAL_LENGTH + 1)).unwrap_err().expected,
        format!("at most {MAX_TOTAL_LENGTH} bytes")
    );
}

#[test]
fn no_prefix_of_a_filter_and_no_odd_character_panics() {
    let text = r#"not (emails[type eq "wörk\"" and value co "@x"].value eq "ä") or title pr and a ge -1.5e3"#;
    for (end, _) in text.char_indices() {
        let _ = parse(text.get(..end).unwrap());
    }
    for odd in [
        "\u{0}",
        "\u{feff}userName pr",
        "userName eq \"\u{1f600}\"",
        "é eq 1",
        "a eq é",
        "\\",
        "a eq \"\\ud800\"",
    ] {
        let _ = parse(odd);
    }
}

/// R097: whatever is wrong, the offset is that of a character, so that whoever shows the place cannot fall over it.
#[test]
fn the_offset_of_a_refusal_is_the_beginning_of_a_character() {
    let offset = |text: &str| {
        let error = parse(text).unwrap_err();
        assert!(text.is_char_boundary(error.offset), "{error}");
        error.offset
    };
    // The JSON parser stops inside of the last character.
    let text = "a eq \"\\ud83d\\udeä\"";
    assert_eq!(text.get(offset(text)..), Some("ä\""));
    // A line feed has no place in a JSON string, and where it stands is said although lines are counted from it.
    assert_eq!(offset("a eq \"bcd\ne\""), 9);
    offset(&format!("a eq \"{}\"", "ä".repeat(MAX_LENGTH)));
    offset(&format!("a eq \"x{}\"", "ä".repeat(MAX_LENGTH)));
    offset(&"ä".repeat(MAX_TOTAL_LENGTH));
    offset(&format!("a{}", "ä".repeat(MAX_TOTAL_LENGTH)));
}

/// R102: a word that only looks like the value it was copied from finds nothing, and is therefore refused instead.
#[test]
fn a_word_with_an_invisible_character_is_no_value() {
    for word in ["a\0b", "\u{a0}x", "x\u{2003}y", "a\u{7}", "\u{85}"] {
        let error = parse(&format!("userName eq {word}")).unwrap_err();
        assert_eq!(
            (error.offset, error.expected.as_str()),
            (12, "a value, a string in double quotation marks")
        );
    }
    assert!(parse("userName eq jürgen").is_ok());
}
