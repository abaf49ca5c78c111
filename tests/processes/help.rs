//! `--help` teaches: every command and every flag says what it is for.

use super::program::say;

fn help(path: &[&str]) -> String {
    let mut arguments = path.to_vec();
    arguments.push("--help");
    let said = say(&arguments);
    assert!(said.ok && said.err.is_empty(), "{said:?}");
    said.out
}

/// The names under `Commands:`.
fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    names
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .filter(|name| name != "help")
        .collect()
}

/// Every flag and argument with the words that explain it.
fn entries(help: &str) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for line in help.lines().filter(|line| line.starts_with("  ")) {
        let trimmed = line.trim_start();
        if line.len() - trimmed.len() <= 6 && trimmed.starts_with(['-', '<', '[']) {
            let (name, words) = trimmed.split_once("  ").unwrap_or((trimmed, ""));
            entries.push((name.to_owned(), words.trim().to_owned()));
        } else if let Some((_, words)) = entries.last_mut() {
            words.push_str(trimmed);
        }
    }
    entries
}

fn teaches(path: &[&str], seen: &mut Vec<String>) {
    let help = help(path);
    let about = help.lines().next().unwrap();
    assert!(about.split(' ').count() >= 3 && !about.starts_with("Usage"), "{path:?} says nothing: {help}");
    for (name, words) in entries(&help) {
        let enough = name.contains("--help") || name.contains("--version") || name.contains("--json");
        assert!(enough || words.split(' ').count() >= 3, "{path:?} {name} is explained by {words:?}");
        seen.push(name);
    }
    for command in commands(&help) {
        let mut path = path.to_vec();
        path.push(&command);
        teaches(&path, seen);
    }
}

#[test]
fn every_command_and_flag_says_what_it_is_for() {
    let mut seen = Vec::new();
    teaches(&[], &mut seen);
    for flag in
        ["--listen", "--data-dir", "--database-url", "--demo", "--public-url", "--tenant", "--scope", "<ID>"]
    {
        assert!(seen.iter().any(|name| name.contains(flag)), "{flag} was not looked at: {seen:?}");
    }
    assert!(help(&[]).contains("rollcall serve"), "the first steps");
    assert!(help(&["serve"]).contains("ROLLCALL_LISTEN"), "the variables are named beside their flags");
}

#[test]
fn the_version_is_told() {
    let said = say(&["--version"]);
    assert_eq!(said.out, format!("rollcall {}\n", env!("CARGO_PKG_VERSION")));
    assert!(said.ok);
}
