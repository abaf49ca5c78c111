//! `complaints.json`, what users of other SCIM servers reported, each with one conversation under `complaints/`.

use std::fmt::Write as _;
use std::fs;

use serde::Deserialize;

use super::catalogue::cell;
use super::conversation::{providers_folder, read_folder};

/// The reports this server has an answer to.
const REPORTS: usize = 25;

/// One report.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Complaint {
    /// Counted from 1; the conversation is `complaints/NN-*.json`.
    complaint: usize,
    /// Where it was made: the repository and the number of the thread.
    #[serde(rename = "where")]
    place: String,
    /// Where else.
    #[serde(default)]
    also: Vec<String>,
    /// What went wrong there.
    what: String,
}

fn complaints() -> Result<Vec<Complaint>, String> {
    let path = providers_folder().join("complaints.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("complaints.json: {error}"))
}

/// The file of each complaint: the one whose name begins with its number and that names its place.
fn files() -> Result<Vec<(Complaint, Option<String>)>, String> {
    let conversations = read_folder("complaints")?;
    let file = |complaint: &Complaint| {
        let begins = format!("complaints/{:02}-", complaint.complaint);
        let found = conversations.iter().find(|(file, conversation)| {
            file.starts_with(&begins) && conversation.complaint.as_deref() == Some(complaint.place.as_str())
        });
        found.map(|(file, _)| file.clone())
    };
    Ok(complaints()?
        .into_iter()
        .map(|complaint| (file(&complaint), complaint))
        .map(|(f, c)| (c, f))
        .collect())
}

/// A complaint without a conversation, a conversation without a complaint, or a number that is missing.
pub(crate) fn contradictions() -> Result<Vec<String>, String> {
    let files = files()?;
    let mut found = Vec::new();
    let numbers: Vec<usize> = files.iter().map(|(complaint, _)| complaint.complaint).collect();
    if numbers != (1..=REPORTS).collect::<Vec<_>>() {
        found.push(format!("the numbers are not 1 to {REPORTS}: {numbers:?}"));
    }
    for (complaint, _) in files.iter().filter(|(_, file)| file.is_none()) {
        found.push(format!("complaint {} ({}) has no conversation", complaint.complaint, complaint.place));
    }
    for (file, _) in read_folder("complaints")? {
        if !files.iter().any(|(_, named)| named.as_ref() == Some(&file)) {
            found.push(format!("{file} shows no complaint of complaints.json"));
        }
    }
    Ok(found)
}

/// The table of the README.
pub(crate) fn table() -> Result<String, String> {
    let mut text =
        String::from("| | reported at | what went wrong there | replayed in |\n| ---: | --- | --- | --- |\n");
    for (complaint, file) in files()? {
        let Complaint { complaint, place, also, what } = complaint;
        let places = std::iter::once(place).chain(also).collect::<Vec<_>>().join(", ");
        let file = file.unwrap_or_default();
        let link = format!("[{}]({file})", file.trim_end_matches(".json"));
        let _ = writeln!(text, "| {complaint} | {} | {} | {link} |", cell(&places), cell(&what));
    }
    Ok(text)
}
