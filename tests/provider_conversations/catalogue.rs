//! `quirks.json`, the list of what providers are known to do, and the tables of the README.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use serde::Deserialize;

use super::complaints;
use super::conversation::{folders, providers_folder, read_folder};

/// Numbers that were given and taken back, when two turned out to be one, or nothing that a server sees.
const TAKEN_BACK: [u16; 22] =
    [11, 31, 33, 36, 42, 46, 60, 72, 74, 86, 91, 99, 103, 104, 106, 130, 131, 135, 139, 153, 165, 181];

/// One known behaviour.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Quirk {
    quirk: u16,
    /// Who does it.
    who: String,
    /// What it is.
    what: String,
    /// What users of another server reported about it.
    complaint: Option<String>,
    /// Why no conversation replays it; otherwise at least one must.
    not_replayed: Option<String>,
}

/// Which files show which quirk.
type Shown = BTreeMap<u16, BTreeSet<String>>;

/// Reads `quirks.json` and every conversation: which files show which quirk.
fn collect() -> Result<(Vec<Quirk>, Shown), String> {
    let path = providers_folder().join("quirks.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let quirks: Vec<Quirk> = serde_json::from_str(&text).map_err(|error| format!("quirks.json: {error}"))?;
    let mut files = Shown::new();
    for folder in folders()? {
        for (file, conversation) in read_folder(&folder)? {
            for quirk in conversation.exchanges.iter().flat_map(|exchange| &exchange.quirks) {
                files.entry(*quirk).or_default().insert(file.clone());
            }
        }
    }
    Ok((quirks, files))
}

/// What is untrue about the catalogue: a quirk nobody shows, shown but unknown, or both shown and excused.
pub(crate) fn contradictions() -> Result<Vec<String>, String> {
    let (quirks, files) = collect()?;
    let mut found = Vec::new();
    for quirk in &quirks {
        match (&quirk.not_replayed, files.contains_key(&quirk.quirk)) {
            (None, false) => found.push(format!("quirk {} is shown by no conversation", quirk.quirk)),
            (Some(_), true) => {
                found.push(format!("quirk {} is replayed, its excuse is out of date", quirk.quirk))
            }
            _ => {}
        }
    }
    let known: BTreeSet<u16> = quirks.iter().map(|quirk| quirk.quirk).collect();
    let last = known.last().copied().unwrap_or_default();
    for number in (1..=last).filter(|number| known.contains(number) == TAKEN_BACK.contains(number)) {
        found.push(format!("quirk {number} is lost from quirks.json, or was taken back and is there"));
    }
    if known.len() != quirks.len() {
        found.push("quirks.json names a quirk twice".to_owned());
    }
    for (quirk, files) in files.iter().filter(|(quirk, _)| !known.contains(quirk)) {
        found.push(format!("quirk {quirk} of {files:?} is not in quirks.json"));
    }
    Ok(found)
}

/// The README as it is and as it should be: its text with both tables made new.
pub(crate) fn readme_as_it_should_be() -> Result<(String, String), String> {
    let path = providers_folder().join("README.md");
    let readme = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let wanted = with_table(&readme, "table", &table()?)?;
    let wanted = with_table(&wanted, "complaints", &complaints::table()?)?;
    Ok((readme, wanted))
}

/// The text with another table between the two marks of that name.
fn with_table(text: &str, name: &str, table: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
    let (before, rest) = text.split_once(&begin).ok_or(format!("README.md has no {begin}"))?;
    let (_, after) = rest.split_once(&end).ok_or(format!("README.md has no {end}"))?;
    Ok(format!("{before}{begin}\n{table}{end}{after}"))
}

/// Writes the README; used when `UPDATE_README` is set.
pub(crate) fn write_readme(text: &str) -> Result<(), String> {
    fs::write(providers_folder().join("README.md"), text).map_err(|error| format!("README.md: {error}"))
}

fn table() -> Result<String, String> {
    let (quirks, files) = collect()?;
    let mut text = String::from("| quirk | who | what | replayed in |\n| ---: | --- | --- | --- |\n");
    for quirk in &quirks {
        let shown = files.get(&quirk.quirk).map(|files| {
            let links = files.iter().map(|file| format!("[{}]({file})", file.trim_end_matches(".json")));
            links.collect::<Vec<_>>().join(", ")
        });
        let excuse = quirk.not_replayed.as_ref().map(|reason| format!("— {reason}"));
        let what = match &quirk.complaint {
            Some(complaint) => format!("{}; reported elsewhere: {complaint}", quirk.what),
            None => quirk.what.clone(),
        };
        let place = shown.or(excuse).unwrap_or_default();
        let _ = writeln!(text, "| {} | {} | {} | {place} |", quirk.quirk, cell(&quirk.who), cell(&what));
    }
    Ok(text)
}

/// A text as the cell of a table.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
