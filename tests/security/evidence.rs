//! The pages on security: docs/SECURITY-EVIDENCE.md says which test or figure shows which promise; what the others count and
//! name is there.
//!
//! That page is written from `evidence.tsv` beside this file, by `UPDATE_EVIDENCE=1 ./test security::evidence`. A line has, between
//! tabs: the table; the number; the promise in our words; the full names of the tests, or files, that show it, with blanks
//! between, or `-`; what is not shown and why, or `-`; the last figure with the command in backquotes and the machine, or
//! `not measured yet` (and perhaps what to run), or `-`.

use crate::architecture::{read, root};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

const PAGE: &str = "docs/SECURITY-EVIDENCE.md";
const SOURCE: &str = "tests/security/evidence.tsv";
const OPEN: &str = "not measured yet";
const ASSESSMENT: &str = "docs/SECURITY-ASVS.md";

struct Row {
    table: String,
    number: String,
    promise: String,
    shown_by: Vec<String>,
    not_shown: Option<String>,
    figure: Option<String>,
}

impl Row {
    /// Whether there could be a figure and is none yet.
    fn is_open(&self) -> bool {
        self.figure.as_deref().is_some_and(|figure| figure.starts_with(OPEN))
    }
}

fn rows() -> Vec<Row> {
    let text = read(SOURCE);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let parts: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let [table, number, promise, shown_by, not_shown, figure]: [String; 6] =
                parts.try_into().unwrap_or_else(|_| panic!("{SOURCE}: six parts are wanted in {line:?}"));
            let some = |text: String| (text != "-").then_some(text);
            let shown_by = some(shown_by).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
            Row { table, number, promise, shown_by, not_shown: some(not_shown), figure: some(figure) }
        })
        .collect()
}

/// The file of a test by its full name, or of itself if it is a file, when it is there.
///
/// `security::guard::x` stands in tests/security/guard.rs, `rollcall_scim::a::tests::x` below crates/scim/src.
fn file_of(shown_by: &str) -> Option<String> {
    if !shown_by.contains("::") {
        return root().join(shown_by).is_file().then(|| shown_by.to_owned());
    }
    let mut path: Vec<&str> = shown_by.split("::").collect();
    let function = path.pop()?;
    let folder = match path.first() {
        Some(&"rollcall_domain") => "crates/domain/src",
        Some(&"rollcall_scim") => "crates/scim/src",
        Some(&"rollcall") => "src",
        _ => "tests",
    };
    if folder != "tests" {
        path.remove(0);
    }
    // The last modules may stand inside of the file of those before.
    while !path.is_empty() {
        let file = format!("{folder}/{}.rs", path.join("/"));
        if let Ok(text) = fs::read_to_string(root().join(&file)) {
            return has_test(&text, function).then_some(file);
        }
        path.pop();
    }
    None
}

/// Whether a function with this name stands in the text, and is a test that is not left out.
fn has_test(text: &str, function: &str) -> bool {
    let (mut is_test, mut is_ignored) = (false, false);
    for line in text.lines().map(str::trim) {
        if line == "#[test]" {
            is_test = true;
        } else if line.starts_with("#[ignore") {
            is_ignored = true;
        } else if line.starts_with(&format!("fn {function}(")) {
            return is_test && !is_ignored;
        } else if !line.starts_with("#[") && !line.starts_with("///") {
            (is_test, is_ignored) = (false, false);
        }
    }
    false
}

/// What a reader sees of the evidence: the words of the name, which lead to the file.
fn link(shown_by: &str) -> String {
    let file = file_of(shown_by).unwrap_or_default();
    let name = shown_by.rsplit("::").next().unwrap_or_default();
    let words = if shown_by.contains("::") { name.replace('_', " ") } else { name.to_owned() };
    format!("[{words}](../{file})")
}

fn page() -> String {
    let rows = rows();
    let shown = rows.iter().filter(|row| !row.shown_by.is_empty()).count();
    let open = rows.iter().filter(|row| row.is_open()).count();
    let measured = rows.iter().filter(|row| row.figure.is_some()).count() - open;
    let mut page = format!(
        "# Security: promises and what shows them\n\n\
         What trusted identity systems promise, in our words, and the test or figure that shows it here: {shown} of {} rows name \
         tests, {measured} a\nfigure; {open} figures are not measured yet. Written by `UPDATE_EVIDENCE=1 ./test \
         security::evidence` from\n`tests/security/evidence.tsv`; a test fails when a test that is named here is not there. \
         `./test -- --exact <full name>` runs one.\n\n\
         A figure is of one run on one machine and says what to expect, not what is guaranteed. What is promised to whom is in\n\
         [SECURITY.md](../SECURITY.md), and what the requirements of OWASP ASVS find here in [SECURITY-ASVS.md](SECURITY-ASVS.md).\n",
        rows.len(),
    );
    let mut table = "";
    for row in &rows {
        if row.table != table {
            table = &row.table;
            let _ = write!(
                page,
                "\n## {table}\n\n| Number | Promise | Shown by | Not shown | Last figure |\n| --- | --- | --- | --- | --- |\n"
            );
        }
        let links: Vec<String> = row.shown_by.iter().map(|name| link(name)).collect();
        let or_dash = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            row.number,
            row.promise,
            or_dash(&links.join("<br>")),
            or_dash(row.not_shown.as_deref().unwrap_or_default()),
            or_dash(row.figure.as_deref().unwrap_or_default()),
        );
    }
    page
}

#[test]
fn every_promise_has_its_row() {
    let numbers: Vec<String> = rows().into_iter().map(|row| row.number).collect();
    let missing: Vec<String> =
        (1..=54).map(|n| format!("S{n:02}")).filter(|number| !numbers.contains(number)).collect();
    assert!(missing.is_empty(), "{SOURCE} has no row for {missing:?}");
    let twice: Vec<&String> =
        numbers.iter().enumerate().filter(|(at, n)| numbers[..*at].contains(n)).map(|(_, n)| n).collect();
    assert!(twice.is_empty(), "{SOURCE} has two rows for {twice:?}");
}

#[test]
fn every_row_names_tests_that_are_there_or_says_why_not() {
    let mut wrong = Vec::new();
    for row in rows() {
        let gone = row.shown_by.iter().filter(|name| file_of(name).is_none());
        wrong.extend(gone.map(|name| format!("{}: there is no {name}", row.number)));
        if row.shown_by.is_empty() && row.not_shown.is_none() && (row.figure.is_none() || row.is_open()) {
            wrong.push(format!("{}: neither shown nor said why not", row.number));
        }
        if !row.is_open() && row.figure.as_deref().is_some_and(|figure| figure.matches('`').count() < 2) {
            wrong.push(format!("{}: a figure without the command that printed it", row.number));
        }
    }
    assert!(wrong.is_empty(), "{SOURCE}:\n{}", wrong.join("\n"));
}

#[test]
fn the_page_says_what_the_table_says() {
    let page = page();
    let path = root().join(PAGE);
    if std::env::var_os("UPDATE_EVIDENCE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().find(|due| !stands.lines().any(|line| line == *due)).map(str::to_owned);
    assert!(
        stands == page,
        "UPDATE_EVIDENCE=1 ./test security::evidence writes {PAGE} anew; this line is not in it: {differs:?}"
    );
}

/// The numbers that the self-assessment begins with are those of its rows.
#[test]
fn the_self_assessment_counts_right() {
    let text = read(ASSESSMENT);
    let mut states: BTreeMap<(String, bool), usize> = BTreeMap::new();
    let mut numbers: Vec<&str> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, number, level @ ("1" | "2"), _, state, where_, missing, _] = cells[..] {
            numbers.push(number);
            *states.entry((state.trim_matches('*').to_owned(), level == "1")).or_default() += 1;
            assert!(state == "met" || missing != "–" || state == "n/a", "{number}: what is missing?");
            assert!(state != "met" || where_ != "–", "{number}: where is it met?");
        }
    }
    let first = |state: &str| states.get(&(state.to_owned(), true)).copied().unwrap_or_default();
    let all =
        |state: &str| first(state) + states.get(&(state.to_owned(), false)).copied().unwrap_or_default();
    let (count, distinct) = (numbers.len(), numbers.iter().collect::<std::collections::BTreeSet<_>>().len());
    assert_eq!((count, distinct), (253, 253), "ASVS 5.0.0 has 253 requirements of levels 1 and 2");
    let of_level_one: usize = ["met", "partly", "not", "n/a"].iter().map(|state| first(state)).sum();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for due in [
        format!(
            "**{} are met, {} partly, {} not; {} do not apply**",
            all("met"),
            all("partly"),
            all("not"),
            all("n/a")
        ),
        format!(
            "Of the {of_level_one} of level 1, {} are met, {} partly, {} not.",
            first("met"),
            first("partly"),
            first("not")
        ),
    ] {
        assert!(words.contains(&due), "{ASSESSMENT} should say: {due}");
    }
}

/// What a heading is called in an address.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn what_the_pages_name_is_there() {
    let mut wrong = Vec::new();
    for page in ["SECURITY.md", PAGE, ASSESSMENT] {
        let text = read(page);
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("https:")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { root().join(page) } else { root().join(folder).join(file) };
            let Ok(named) = fs::read_to_string(&path) else {
                wrong.push(format!("{page}: {target}"));
                continue;
            };
            let has = named.lines().any(|line| line.starts_with('#') && anchor(line) == heading);
            if !heading.is_empty() && !has {
                wrong.push(format!("{page}: {target} has no such heading"));
            }
        }
    }
    assert!(wrong.is_empty(), "these lead nowhere:\n{}", wrong.join("\n"));
}
