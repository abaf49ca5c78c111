//! Running `rollcall` to its end, in an environment without the caller's own settings.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program under test.
pub(super) const PROGRAM: &str = env!("CARGO_BIN_EXE_rollcall");

/// A password that stands in connection strings and nowhere else.
pub(super) const PASSWORD: &str = "Zq7-tulip-anvil";

/// The program with `arguments`.
pub(super) fn rollcall(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null()).env_remove("DATABASE_URL").current_dir("/");
    for (name, _) in std::env::vars_os() {
        // The place of PostgreSQL is this machine's, not a setting of the test.
        let text = name.to_string_lossy();
        if text.starts_with("ROLLCALL_") && text != "ROLLCALL_POSTGRES_BIN" {
            command.env_remove(&name);
        }
    }
    command
}

/// How a command ended and what it said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) ok: bool,
    pub(super) out: String,
    pub(super) err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Runs the program to its end.
pub(super) fn say(arguments: &[&str]) -> Said {
    rollcall(arguments).output().unwrap().into()
}

/// Runs a subcommand on a data directory, which must succeed; what it printed.
pub(super) fn on(data_dir: &Path, words: &str) -> String {
    let said = try_on(data_dir, words);
    assert!(said.ok, "{words}: {said:?}");
    said.out
}

/// Runs a subcommand on a data directory.
pub(super) fn try_on(data_dir: &Path, words: &str) -> Said {
    let mut arguments: Vec<&str> = words.split(' ').collect();
    arguments.extend(["--data-dir", data_dir.to_str().unwrap()]);
    say(&arguments)
}

/// Runs a subcommand on the database of `url`, which stands in the environment.
pub(super) fn on_url(url: &str, words: &str) -> Said {
    let arguments: Vec<&str> = words.split(' ').collect();
    rollcall(&arguments).env("DATABASE_URL", url).output().unwrap().into()
}
