//! The format of a conversation file under `tests/providers/`, explained in the README there.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// One file: a provider doing one thing, as a series of exchanges against a server that knows nobody yet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Conversation {
    /// Who speaks, for example `Okta`.
    pub(crate) provider: String,
    /// What happens, in one sentence.
    pub(crate) title: String,
    /// The report of `complaints.json` that it shows, by the place where it was made.
    pub(crate) complaint: Option<String>,
    /// The quirks of `quirks.json` that the exchanges show: exactly the union of theirs.
    pub(crate) source: Vec<u16>,
    /// Headers of every request of the file; `Content-Type` goes only with a body.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Option<String>>,
    /// What is set for the provider's connection, over what holds by default.
    #[serde(default)]
    pub(crate) settings: Map<String, Value>,
    /// In the order they are sent.
    pub(crate) exchanges: Vec<Exchange>,
}

/// One request and what must come back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Exchange {
    /// What the provider wants, or what is being looked at.
    pub(crate) name: String,
    /// Numbers of `quirks.json`; none for an exchange that only prepares or reads back.
    #[serde(default)]
    pub(crate) quirks: Vec<u16>,
    /// How often it is sent, `{{n}}` counting from 1; 1 when not said.
    #[serde(default = "once")]
    pub(crate) repeat: u32,
    /// What is sent.
    pub(crate) request: RequestSpec,
    /// What must come back.
    pub(crate) response: ResponseSpec,
}

/// What is sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RequestSpec {
    /// The method as sent.
    pub(crate) method: String,
    /// Appended to the SCIM base as it stands.
    pub(crate) path: String,
    /// Over the headers of the file; `null` sends none of that name, also not `Authorization`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Option<String>>,
    /// Sent as compact JSON.
    pub(crate) body: Option<Value>,
    /// Sent as it stands, for bodies that are not JSON.
    pub(crate) raw_body: Option<String>,
}

/// What must come back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ResponseSpec {
    /// The status, or every status that will do.
    pub(crate) status: Status,
    /// Expectations on headers, as in a body.
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    /// The part of the body that must be there; not looked at under 204 and 304.
    pub(crate) body: Option<Value>,
    /// Placeholder name → JSON pointer into the answer.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
}

/// One status or several that are equally right.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Status {
    /// Exactly this one.
    Exactly(u16),
    /// Any of these.
    AnyOf(Vec<u16>),
}

impl Status {
    /// Whether that status will do.
    pub(crate) fn allows(&self, status: u16) -> bool {
        match self {
            Status::Exactly(expected) => *expected == status,
            Status::AnyOf(expected) => expected.contains(&status),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Exactly(status) => write!(f, "{status}"),
            Status::AnyOf(statuses) => write!(f, "one of {statuses:?}"),
        }
    }
}

fn once() -> u32 {
    1
}

/// `tests/providers` of this package.
pub(crate) fn providers_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("providers")
}

/// The provider folders, by name.
pub(crate) fn folders() -> Result<Vec<String>, String> {
    let root = providers_folder();
    let mut names = Vec::new();
    for entry in fs::read_dir(&root).map_err(|error| format!("{}: {error}", root.display()))? {
        let entry = entry.map_err(|error| format!("{}: {error}", root.display()))?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Reads every conversation of one folder, sorted by name, each with its name `folder/what.json`.
///
/// # Errors
/// Says which file cannot be read or parsed and where; an empty folder is an error too.
pub(crate) fn read_folder(folder: &str) -> Result<Vec<(String, Conversation)>, String> {
    let path = providers_folder().join(folder);
    let entries = fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort();
    if names.is_empty() {
        return Err(format!("{} holds no conversation", path.display()));
    }
    names
        .into_iter()
        .map(|name| {
            let file = format!("{folder}/{name}");
            let text = fs::read_to_string(path.join(&name)).map_err(|error| format!("{file}: {error}"))?;
            let conversation = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
            Ok((file, conversation))
        })
        .collect()
}
