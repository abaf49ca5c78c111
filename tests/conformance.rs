//! docs/CONFORMANCE.md: which test shows which requirement, read from the tests themselves.
//!
//! A test names what it shows in the first line of its documentation, as `/// R108, R190: …`; the requirements are in
//! `conformance/requirements.tsv`, and why some have no test in `conformance/without_test.tsv`. Beneath are the tests of
//! requirements that nothing else shows, by what they are about.

mod addresses;
mod configuration;
mod errors;
mod resources;
mod tenants;
mod values;
mod writes;

use crate::architecture::{read, rust};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const PAGE: &str = "docs/CONFORMANCE.md";
const REASONS: &str = "tests/conformance/without_test.tsv";

struct Requirement {
    section: String,
    number: String,
    level: String,
    text: String,
    source: String,
}

/// The lines of a table, each in as many parts as asked for; lines that begin with `#` say what the parts are.
fn table<const PARTS: usize>(file: &str) -> Vec<[String; PARTS]> {
    let text = read(file);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let parts: Vec<String> = line.split('\t').map(str::to_owned).collect();
            parts.try_into().unwrap_or_else(|_| panic!("{file}: {PARTS} parts are wanted in {line:?}"))
        })
        .collect()
}

fn requirements() -> Vec<Requirement> {
    let all = table("tests/conformance/requirements.tsv").into_iter();
    all.map(|[section, number, level, text, source]| Requirement { section, number, level, text, source })
        .collect()
}

fn reasons() -> BTreeMap<String, String> {
    table(REASONS).into_iter().map(|[number, reason]| (number, reason)).collect()
}

/// A test, by its file and its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Test {
    file: String,
    name: String,
}

/// Which tests show which number.
fn shown() -> BTreeMap<String, Vec<Test>> {
    let mut shown: BTreeMap<String, Vec<Test>> = BTreeMap::new();
    for file in ["tests", "src", "crates"].iter().flat_map(|folder| rust(folder)) {
        let mut named: Vec<String> = Vec::new();
        let mut is_test = false;
        for line in read(&file).lines().map(str::trim) {
            if let Some(doc) = line.strip_prefix("/// ") {
                if let Some(numbers) = numbers(doc) {
                    named = numbers;
                }
            } else if line == "#[test]" {
                is_test = true;
            } else if let Some(rest) = line.strip_prefix("fn ") {
                let name = rest.split('(').next().unwrap_or_default().to_owned();
                for number in named.drain(..).filter(|_| is_test) {
                    shown.entry(number).or_default().push(Test { file: file.clone(), name: name.clone() });
                }
                is_test = false;
            } else if !line.starts_with("#[") && !line.starts_with("///") {
                named.clear();
                is_test = false;
            }
        }
    }
    shown
}

/// The numbers at the beginning of a documentation line: `R108, R190: …`.
fn numbers(doc: &str) -> Option<Vec<String>> {
    let (numbers, _) = doc.split_once(':')?;
    let all: Vec<String> = numbers.split(", ").map(str::to_owned).collect();
    let is_number =
        |n: &String| n.len() == 4 && n.starts_with('R') && n.bytes().skip(1).all(|b| b.is_ascii_digit());
    all.iter().all(is_number).then_some(all)
}

fn page() -> String {
    let (shown, reasons) = (shown(), reasons());
    let requirements = requirements();
    let with = requirements.iter().filter(|r| shown.contains_key(&r.number)).count();
    let mut page = format!(
        "# Conformance\n\n\
         What RFC 7643, 7644 and 9865, their errata and the interoperability profiles ask of a SCIM service provider, and the \
         test that\nshows each: {with} of {} requirements have tests, the others a reason. Written by `UPDATE_CONFORMANCE=1 \
         ./test conformance`\nfrom the documentation of the tests; a test compares.\n",
        requirements.len(),
    );
    let mut section = "";
    for requirement in &requirements {
        if requirement.section != section {
            section = &requirement.section;
            let _ = write!(
                page,
                "\n## {section}\n\n| Number | Level | Requirement | Source | Shown by |\n| --- | --- | --- | --- | --- |\n"
            );
        }
        let by = match (shown.get(&requirement.number), reasons.get(&requirement.number)) {
            (Some(tests), _) => {
                let links =
                    tests.iter().map(|test| format!("[{}](../{})", test.name.replace('_', " "), test.file));
                links.collect::<Vec<_>>().join("<br>")
            }
            (None, Some(reason)) => format!("No test: {reason}"),
            (None, None) => "–".to_owned(),
        };
        let Requirement { number, level, text, source, .. } = requirement;
        let _ = writeln!(page, "| {number} | {level} | {text} | {source} | {by} |");
    }
    page
}

#[test]
fn every_must_and_should_has_a_test_or_a_reason_and_not_both() {
    let (shown, reasons) = (shown(), reasons());
    let must = requirements().into_iter().filter(|r| matches!(r.level.as_str(), "MUST" | "SHOULD"));
    let open: Vec<String> = must
        .filter(|r| !shown.contains_key(&r.number) && !reasons.contains_key(&r.number))
        .map(|r| format!("{} {}", r.number, r.text))
        .collect();
    assert!(
        open.is_empty(),
        "name these in the documentation of a test, or give a reason in {REASONS}:\n{}",
        open.join("\n")
    );
    let idle: Vec<&String> = reasons.keys().filter(|number| shown.contains_key(*number)).collect();
    assert!(idle.is_empty(), "{REASONS} gives a reason for what has a test: {idle:?}");
}

#[test]
fn a_number_that_is_named_is_in_the_list() {
    let known: Vec<String> = requirements().into_iter().map(|r| r.number).collect();
    let mut named: Vec<String> = shown().into_keys().chain(reasons().into_keys()).collect();
    named.retain(|number| !known.contains(number));
    assert!(named.is_empty(), "no requirement has the number {named:?}");
}

#[test]
fn the_page_says_what_the_tests_say() {
    let page = page();
    if std::env::var_os("UPDATE_CONFORMANCE").is_some() {
        std::fs::write(crate::architecture::root().join(PAGE), &page).unwrap();
    }
    let differs = read(PAGE)
        .lines()
        .zip(page.lines())
        .find(|(stands, due)| stands != due)
        .map(|(_, due)| due.to_owned());
    assert!(
        differs.is_none() && read(PAGE).len() == page.len(),
        "UPDATE_CONFORMANCE=1 ./test conformance writes {PAGE} anew; {differs:?}"
    );
}
