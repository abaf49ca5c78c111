//! Somebody else's filter grammar (the crate `scim_v2`) reads the same texts: generated ones, and the same with damage.
//!
//! Where the two disagree, the disagreement is one of [`KNOWN`], with the reason; where both understand a text, they
//! understand the same.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use rollcall_scim::filter::{Expr, Literal, parse};

#[allow(dead_code, reason = "the people are for the tests of the server")]
#[path = "../../../tests/scim/filter_generator.rs"]
mod filter_generator;

use filter_generator::Random;

/// What the other grammar says: the filter as it prints it.
fn theirs(text: &str) -> Option<String> {
    text.parse::<scim_v2::filter::Filter>().ok().map(|filter| filter.to_string())
}

/// Both understand, and the same.
const UNDERSTOOD: &str = "both understand";
/// Both refuse.
const REFUSED: &str = "both refuse";

/// Both understand; a number is a word here and a number there.
const SPELLED: &str = "both understand, and a number such as 1e3 is kept as it is written";

/// A way to disagree.
struct Difference {
    /// Who does what, and why that is right.
    why: &'static str,
    /// Whether it is the one, by the text and by what is understood here.
    is: fn(&str, Option<&Expr>) -> bool,
}

/// The first that fits is the reason.
const KNOWN: &[Difference] = &[
    Difference {
        why: "theirs takes every Unicode blank between words; the grammar knows one, and in a value another one is \
              somebody's mistake",
        is: |text, ours| ours.is_none() && text.contains(|c: char| c.is_whitespace() && !c.is_ascii()),
    },
    Difference {
        why: "theirs takes U+0000 in a string; no stored value can hold it, and PostgreSQL refuses to look for it",
        is: |text, ours| ours.is_none() && text.contains("\\u0000"),
    },
    Difference {
        why: "theirs takes and, or, not for names; no attribute is called so, and such a word is one too many",
        is: |text, ours| ours.is_none() && names_a_keyword(text),
    },
    Difference {
        why: "ours takes words without quotation marks as values (quirk 28)",
        is: |_, ours| ours.is_some_and(|expr| any(expr, &|_, value| matches!(value, Some(Literal::Bare(_))))),
    },
    Difference {
        why: "ours leaves it to the schema to refuse a name that no attribute has, and reads $ref (R035) and URNs of any form",
        is: |_, ours| ours.is_some_and(|expr| any(expr, &|name, _| !is_name(name))),
    },
    Difference {
        why: "theirs takes true, false and null for no name; the grammar does, and the schema has none of them",
        is: |_, ours| {
            ours.is_some_and(|expr| any(expr, &|name, _| ["true", "false", "null"].contains(&name)))
        },
    },
    Difference {
        why: "ours takes emails[type eq \"work\"].value eq \"x\" (quirk 30)",
        is: |text, ours| ours.is_some() && text.contains("]."),
    },
    Difference {
        why: "ours takes true, false and null in any letter case",
        is: |text, ours| {
            ours.is_some_and(|expr| theirs(&expr.to_string()).is_some())
                && theirs(&text.to_lowercase()).is_some()
        },
    },
    Difference {
        why: "ours needs no blank where the words end anyway: not(, or(, eq\"x\", as the RFC writes it (R104)",
        is: |_, ours| ours.is_some_and(|expr| theirs(&expr.to_string()).is_some()),
    },
];

/// Whether the other grammar sees an operator at the place of a name: it takes the text with that name changed, too.
fn names_a_keyword(text: &str) -> bool {
    let is_keyword =
        |word: &str| ["and", "or", "not"].iter().any(|keyword| keyword.eq_ignore_ascii_case(word));
    let words: Vec<&str> = text.split_inclusive(|c: char| !c.is_ascii_alphabetic()).collect();
    words.iter().enumerate().any(|(at, word)| {
        let name = word.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        let (before, after) = (words[..at].concat(), words[at + 1..].concat());
        is_keyword(name) && theirs(&format!("{before}{}{after}", word.replacen(name, "renamed", 1))).is_some()
    })
}

fn is_number_as_written(value: Option<&Literal>) -> bool {
    matches!(value, Some(Literal::Bare(word)) if word.parse::<f64>().is_ok())
}

/// Whether `test` holds for a name and the value that it is compared with.
fn any(expr: &Expr, test: &dyn Fn(&str, Option<&Literal>) -> bool) -> bool {
    match expr {
        Expr::And(operands) | Expr::Or(operands) => operands.iter().any(|operand| any(operand, test)),
        Expr::Not(inner) => any(inner, test),
        Expr::Compare { attr, value, .. } => test(&attr.text, Some(value)),
        Expr::Present(attr) => test(&attr.text, None),
        Expr::ValuePath { attr, inner } => test(&attr.text, None) || any(inner, test),
    }
}

/// A name as Figure 1 of RFC 7644 has it: an attribute, a sub-attribute if there is one, and a URN before them.
fn is_name(text: &str) -> bool {
    let (urn, path) = text.rsplit_once(':').unwrap_or(("urn:", text));
    let name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let is_urn = urn.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    is_urn && path.split('.').count() <= 2 && path.split('.').all(name) && !text.contains(['$', '/'])
}

/// How the two judge the texts: every verdict with how often it was given.
fn compare(texts: impl Iterator<Item = String>) -> BTreeMap<&'static str, usize> {
    let mut verdicts = BTreeMap::new();
    for text in texts {
        *verdicts.entry(verdict(&text)).or_default() += 1;
    }
    verdicts
}

fn verdict(text: &str) -> &'static str {
    let ours = parse(text).ok();
    let theirs = theirs(text);
    match (&ours, &theirs) {
        (None, None) => return REFUSED,
        (Some(ours), Some(theirs)) if parse(theirs).as_ref() == Ok(ours) => return UNDERSTOOD,
        // A number that is not written as it would be printed keeps its spelling here, for attributes that are text.
        (Some(ours), Some(_)) if any(ours, &|_, value| is_number_as_written(value)) => return SPELLED,
        (Some(_), Some(_)) => panic!("{text:?}: ours {ours:?}, theirs {theirs:?}"),
        _ => {}
    }
    let known = KNOWN.iter().find(|known| (known.is)(text, ours.as_ref()));
    known.map_or_else(|| panic!("{text:?}: ours {ours:?}, theirs {theirs:?}"), |known| known.why)
}

/// R097, R098, R100, R106: every filter of the RFC's grammar is understood, and as somebody else understands it.
#[test]
fn filters_of_the_grammar_are_understood_alike() {
    let mut random = Random(97);
    let verdicts = compare((0..10_000).map(|_| filter_generator::filter(&mut random, 3)));
    assert_eq!(verdicts, BTreeMap::from([(UNDERSTOOD, 10_000)]));
}

/// R097, R102, R104, R105: damaged filters are refused where somebody else refuses them, apart from the differences in
/// [`KNOWN`]; and each of those occurs, so that none outlives its reason.
#[test]
fn damaged_filters_are_judged_alike() {
    let mut random = Random(98);
    let damaged = (0..20_000).map(|_| {
        let text = filter_generator::filter(&mut random, 2);
        damaged(&text, &mut random)
    });
    // Damage hardly ever makes a number that is written otherwise than it would be printed.
    let verdicts = compare(damaged.chain(["employeeNumber eq 1e3".to_owned()]));
    for expected in KNOWN.iter().map(|known| known.why).chain([REFUSED, UNDERSTOOD, SPELLED]) {
        assert!(verdicts.contains_key(expected), "never met: {expected}");
    }
    assert!(verdicts[UNDERSTOOD] > 2_000 && verdicts[REFUSED] > 2_000, "{verdicts:#?}");
}

/// One to three characters lost, doubled, exchanged or put in, or the same with words.
fn damaged(text: &str, random: &mut Random) -> String {
    const PIECES: [&str; 36] = [
        " ",
        "(",
        ")",
        "[",
        "]",
        "\"",
        ".",
        "\\",
        "-",
        "$",
        "/",
        ":",
        "1",
        "01",
        "1e3",
        "1.50",
        "-0",
        "nul",
        "not ",
        "not",
        "and",
        " pr",
        "eq",
        " eq ",
        "\"\"",
        "x",
        "'",
        "ä",
        "\u{a0}",
        "\n",
        "\t",
        "\\u0041",
        "\\u0000",
        "].value eq ",
        "_",
        "urn:",
    ];
    const WORDS: [&str; 14] = [
        "and", "or", "not", "pr", "eq", "GE", "true", "False", "NULL", "7", "-1.5", "word", "\"text\"",
        "name",
    ];
    let by_word = random.below(3) == 0;
    let mut parts: Vec<&str> = text.split_inclusive(|c| !by_word || c == ' ').collect();
    for _ in 0..=random.below(3) {
        let at = random.below(parts.len().max(1));
        let new = if by_word { WORDS[random.below(WORDS.len())] } else { PIECES[random.below(PIECES.len())] };
        match random.below(6) {
            0 if !parts.is_empty() => drop(parts.remove(at)),
            1 if !parts.is_empty() => parts.insert(at, parts[at]),
            2 if at + 1 < parts.len() => parts.swap(at, at + 1),
            3 if !parts.is_empty() => parts[at] = new,
            _ => parts.insert(at, new),
        }
        if by_word {
            parts.insert((at + 1).min(parts.len()), " ");
        }
    }
    parts.concat()
}
