//! The rows of the comparison of the five pages (LIFECYCLE L01 to L77): which setting decides each, and which test shows it.
//!
//! A test names its rows in its documentation; `rows.tsv` says what each row is about.

use crate::architecture::{read, root, rust};
use rollcall_domain::policy::SETTINGS;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const PAGE: &str = "docs/ACCOUNT-LIFECYCLE.md";
const ROWS: &str = "tests/products/rows.tsv";

struct Row {
    number: String,
    about: String,
    decides: String,
    reason: String,
}

fn rows() -> Vec<Row> {
    let text = read(ROWS);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let row = |line: &str| {
        let parts: [String; 4] = line
            .split('\t')
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap_or_else(|_| panic!("{ROWS}: {line:?}"));
        let [number, about, decides, reason] = parts;
        Row { number, about, decides, reason }
    };
    lines.map(row).collect()
}

/// The rows that a line of documentation names.
fn named(doc: &str) -> Vec<String> {
    let words = doc.split(|c: char| !c.is_ascii_alphanumeric());
    let is_row = |word: &&str| {
        word.len() == 3 && word.starts_with('L') && word.bytes().skip(1).all(|byte| byte.is_ascii_digit())
    };
    words.filter(is_row).map(str::to_owned).collect()
}

/// Which tests, by file and name, show which row.
fn shown() -> BTreeMap<String, Vec<(String, String)>> {
    let mut shown: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for file in ["tests", "src", "crates"].iter().flat_map(|folder| rust(folder)) {
        let (mut rows, mut is_test) = (Vec::new(), false);
        for line in read(&file).lines().map(str::trim) {
            if let Some(doc) = line.strip_prefix("///") {
                rows.extend(named(doc));
            } else if line == "#[test]" {
                is_test = true;
            } else if let Some(rest) = line.strip_prefix("fn ") {
                let name = rest.split('(').next().unwrap_or_default().to_owned();
                for row in rows.drain(..).filter(|_| is_test) {
                    let tests = shown.entry(row).or_default();
                    let test = (file.clone(), name.clone());
                    if !tests.contains(&test) {
                        tests.push(test);
                    }
                }
                is_test = false;
            } else if !line.starts_with("#[") {
                rows.clear();
                is_test = false;
            }
        }
    }
    shown
}

#[test]
fn every_row_has_a_test_of_its_product_or_a_reason_and_not_both() {
    let shown = shown();
    for Row { number, about, decides, reason } in rows() {
        let of_a_product = shown
            .get(&number)
            .is_some_and(|tests| tests.iter().any(|(file, _)| file.starts_with("tests/products/")));
        assert_ne!(
            of_a_product,
            !reason.is_empty(),
            "{number} {about}: a test under tests/products or a reason, not both"
        );
        assert_eq!(decides == "page", !reason.is_empty(), "{number}");
        for key in decides.split(", ").filter(|key| !matches!(*key, "fixed" | "page")) {
            assert!(SETTINGS.iter().any(|setting| setting.key == key), "{number}: there is no setting {key}");
        }
    }
    assert_eq!(rows().len(), 77);
}

#[test]
fn a_setting_that_there_is_decides_some_row() {
    let decided: Vec<Row> = rows();
    // What is not in the five pages: how long what is handed out can be used, and what it is.
    // And how many may go before somebody looks.
    let ours = |key: &str| key.starts_with("reset.") || key.starts_with("guard.");
    for setting in SETTINGS.iter().filter(|setting| !ours(setting.key)) {
        let some = decided.iter().any(|row| row.decides.split(", ").any(|key| key == setting.key));
        assert!(some, "{}", setting.key);
    }
}

/// docs/ACCOUNT-LIFECYCLE.md has every row with what decides it and the tests that show it.
#[test]
fn the_page_of_the_life_cycle_has_every_row() {
    let shown = shown();
    let mut table = String::from("| Row | About | Decided by | Shown by |\n| --- | --- | --- | --- |");
    for Row { number, about, decides, reason } in rows() {
        let decides = decides.split(", ").map(|key| match key {
            "fixed" => "fixed".to_owned(),
            "page" => "–".to_owned(),
            key => format!("`{key}`"),
        });
        let by = match shown.get(&number) {
            Some(tests) if reason.is_empty() => tests
                .iter()
                .map(|(file, name)| format!("[{}](../{file})", name.replace('_', " ")))
                .collect::<Vec<_>>()
                .join("<br>"),
            _ => reason,
        };
        write!(table, "\n| {number} | {about} | {} | {by} |", decides.collect::<Vec<_>>().join(", "))
            .unwrap();
    }
    crate::lifecycle::page::keep(PAGE, "rows", &table);
    assert!(root().join(PAGE).is_file());
}
