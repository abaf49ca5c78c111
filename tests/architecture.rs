//! The arrows of the house, read from its files: who may name whom.

use crate::support::Failures;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a folder, with their paths from the root; nothing that is built, hidden or fetched.
fn files(folder: &str, wanted: &dyn Fn(&Path) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name == "target" || (name.starts_with('.') && name != ".ci") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&path) {
                found.push(path.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn rust(folder: &str) -> Vec<String> {
    files(folder, &|path| path.extension().is_some_and(|extension| extension == "rs"))
}

pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The lines that run in the product: no comments, and nothing from the tests at the end of the file on.
fn code(file: &str) -> Vec<String> {
    if file.contains("/tests/") || file.ends_with("/tests.rs") {
        return Vec::new();
    }
    let text = read(file);
    let lines = text.lines().take_while(|line| line.trim() != "mod tests {");
    lines.filter(|line| !line.trim_start().starts_with("//")).map(str::to_owned).collect()
}

/// Which of the words stand in the product's lines of a file, as whole words.
fn names(file: &str, word: &str) -> bool {
    let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    code(file).iter().any(|line| {
        line.match_indices(word).any(|(at, _)| {
            boundary(line[..at].chars().next_back()) && boundary(line[at + word.len()..].chars().next())
        })
    })
}

/// A library's front page may be its README.
fn is_documented(file: &str) -> bool {
    let text = read(file);
    text.starts_with("//!") || text.starts_with("#![doc = include_str!(\"../README.md\")]")
}

fn is_in(file: &str, places: &[&str]) -> bool {
    places.iter().any(|place| file == *place || (place.ends_with('/') && file.starts_with(place)))
}

#[test]
fn a_library_is_named_only_where_it_belongs() {
    let mut failures = Failures::default();
    for (word, places) in [
        ("diesel", &["src/store.rs", "src/store/", "src/app/error.rs", "src/cli/database.rs"][..]),
        ("diesel_migrations", &["src/store/migrate.rs"]),
        // passwords.rs, work.rs, attempts.rs, key_cache.rs, notices.rs and db.rs name only the pool of threads that may block, and its timer;
        // verifier.rs only what goes on beside a request.
        (
            "actix_web",
            &[
                "src/http.rs",
                "src/http/",
                "src/startup.rs",
                "src/cli/serve.rs",
                "src/cli/work.rs",
                "src/app/passwords.rs",
                "src/app/work.rs",
                "src/app/attempts.rs",
                "src/app/key_cache.rs",
                "src/app/notices.rs",
                "src/app/tokens/verifier.rs",
                "src/store/db.rs",
            ],
        ),
        ("clap", &["src/main.rs", "src/cli.rs", "src/cli/", "src/config.rs"]),
        // Ours are signed by a secret, those of others by keys of which we know the public half: no file knows both.
        ("jsonwebtoken", &["src/app/tokens/codec.rs", "src/app/jwt.rs", "src/app/jwt/keys.rs"]),
        // The one way out of the house.
        ("ureq", &["src/app/key_cache/fetch.rs"]),
        ("argon2", &["src/app/passwords/argon.rs"]),
        ("lettre", &["src/app/notices/mail.rs"]),
        ("rustix", &["src/app/passwords/workers.rs"]),
        ("getrandom", &["src/random.rs", "src/app/error.rs"]),
        ("r2d2", &["src/store/db.rs", "src/store/db/"]),
        ("nix", &["src/postgres.rs", "src/postgres/", "src/cli/"]),
        ("anyhow", &["src/main.rs", "src/cli.rs", "src/cli/", "src/config.rs"]),
    ] {
        for file in rust("src") {
            failures.check(&file, is_in(&file, places) || !names(&file, word), || format!("names {word}"));
        }
    }
    for file in [
        "src/app/passwords.rs",
        "src/app/work.rs",
        "src/app/attempts.rs",
        "src/app/key_cache.rs",
        "src/app/notices.rs",
        "src/app/tokens/verifier.rs",
        "src/store/db.rs",
    ] {
        for line in code(file).iter().filter(|line| line.contains("actix_web")) {
            let harmless = ["web::block", "rt::time", "rt::spawn"]
                .iter()
                .any(|what| line.contains(&format!("actix_web::{what}")));
            failures.check(file, harmless, || line.trim().to_owned());
        }
    }
    failures.none();
}

#[test]
fn the_arrows_point_inwards() {
    let mut failures = Failures::default();
    for (layer, forbidden) in [
        ("store", &["http", "app", "startup", "cli", "config", "postgres"][..]),
        ("app", &["http", "startup", "cli", "config", "postgres"]),
        ("http", &["startup", "cli", "config", "postgres"]),
        ("postgres", &["http", "app", "store", "startup", "cli", "config"]),
    ] {
        for file in rust("src")
            .iter()
            .filter(|file| is_in(file, &[&format!("src/{layer}.rs"), &format!("src/{layer}/")]))
        {
            for other in forbidden {
                let named = names(file, &format!("crate::{other}"));
                failures.check(file, !named, || format!("{layer} must not know {other}"));
            }
        }
    }
    for file in ["src/clock.rs", "src/random.rs"] {
        let free = code(file).iter().all(|line| !line.contains("crate::"));
        failures.check(file, free, || "must not know anything of ours".to_owned());
    }
    // http sees of the store what passes through app's functions, and never a table.
    for file in rust("src").iter().filter(|file| is_in(file, &["src/http.rs", "src/http/"])) {
        for line in code(file).iter().filter(|line| line.contains("crate::store")) {
            let allowed = ["Db;", "StoreError", "AccountRow;"].iter().any(|name| line.contains(name));
            failures.check(file, allowed, || line.trim().to_owned());
        }
    }
    failures.none();
}

#[test]
fn few_files_speak_both_the_protocol_and_the_domain() {
    // mapping.rs translates; the others carry a decision from one side to the other, or an error to its status.
    let allowed = [
        "src/app/rules.rs",
        "src/app/mapping.rs",
        "src/app/mapping/lifecycle.rs",
        "src/app/users.rs",
        "src/app/users/creation.rs",
        "src/app/users/lifecycle.rs",
        "src/app/groups.rs",
        "src/app/accounts.rs",
        "src/app/commands/upload.rs",
        "src/app/error.rs",
        "src/store/filter/column.rs",
    ];
    let speaks_domain = |file: &str| {
        ["account", "credential", "name", "policy", "refusal"]
            .iter()
            .any(|module| names(file, &format!("rollcall_domain::{module}")))
    };
    let both: Vec<String> =
        rust("src").into_iter().filter(|file| names(file, "rollcall_scim") && speaks_domain(file)).collect();
    let more: Vec<&String> = both.iter().filter(|file| !allowed.contains(&file.as_str())).collect();
    assert!(more.is_empty(), "{more:?} speak both");
    let less: Vec<&&str> = allowed.iter().filter(|file| !both.iter().any(|other| other == *file)).collect();
    assert!(less.is_empty(), "{less:?} do not need the exception any more");
}

#[test]
fn the_pure_crates_see_no_framework_and_not_each_other() {
    for (manifest, allowed) in [
        (
            "crates/domain/Cargo.toml",
            &["chrono", "chrono-tz", "thiserror", "unicode-normalization", "uuid"][..],
        ),
        (
            "crates/scim/Cargo.toml",
            &[
                "base64",
                "chacha20poly1305",
                "chrono",
                "hkdf",
                "memchr",
                "serde",
                "serde_json",
                "sha2",
                "thiserror",
            ],
        ),
    ] {
        let text = read(manifest);
        let section = text.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        let names: Vec<&str> = section
            .lines()
            .filter(|line| line.contains('='))
            .map(|line| line.split(['.', '=', ' ']).next().unwrap())
            .collect();
        assert_eq!(names, allowed, "{manifest}");
    }
    let mut failures = Failures::default();
    for file in rust("crates/domain/src").into_iter().chain(rust("crates/scim/src")) {
        for word in [
            "std::fs",
            "std::net",
            "std::env",
            "std::thread",
            "SystemTime",
            "Instant",
            "Utc::now",
            "rollcall_scim",
            "rollcall_domain",
            "tokio",
            "log::",
        ] {
            let found = code(&file).iter().any(|line| line.contains(word));
            failures.check(&file, !found, || format!("names {word}"));
        }
        let documented = is_documented(&file) || file.contains("/tests");
        failures.check(&file, documented, || "does not begin with //!".to_owned());
    }
    failures.none();
}

#[test]
fn the_product_does_not_panic_on_purpose() {
    let mut failures = Failures::default();
    for file in rust("src").into_iter().chain(rust("crates/domain/src")).chain(rust("crates/scim/src")) {
        for line in code(&file) {
            for word in
                [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!(", "unsafe "]
            {
                failures.check(&file, !line.contains(word), || line.trim().to_owned());
            }
        }
    }
    failures.none();
}

#[test]
fn time_and_randomness_come_from_one_place_each() {
    let mut failures = Failures::default();
    for (word, places) in
        [("Utc::now", &["src/clock.rs"][..]), ("SystemTime::now", &[]), ("Uuid::now_v7", &["src/random.rs"])]
    {
        for file in rust("src") {
            let found = code(&file).iter().any(|line| line.contains(word));
            failures.check(&file, !found || is_in(&file, places), || format!("calls {word}"));
        }
    }
    failures.none();
}

#[test]
fn nothing_names_a_place_on_somebodys_machine() {
    // In pieces, so that this file does not find itself.
    let forbidden = [
        ["/wo", "rk/"],
        ["/ho", "me/"],
        ["/Use", "rs/root"],
        ["/ro", "ot/."],
        ["\"/tm", "p/"],
        [" /tm", "p/"],
    ];
    let kinds = ["md", "toml", "sh", "rs", "sql", "json", "yml", "yaml", ""];
    let text = |path: &Path| {
        let extension = path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
        kinds.contains(&extension.as_str())
    };
    let mut failures = Failures::default();
    for file in files(".", &text) {
        let Ok(content) = fs::read_to_string(root().join(&file)) else { continue };
        for word in forbidden.map(|pieces| pieces.concat()) {
            let found = content.lines().find(|line| line.contains(&word));
            failures.check(&file, found.is_none(), || format!("{word} in {:?}", found.unwrap_or_default()));
        }
    }
    failures.none();
}

#[test]
fn every_file_says_what_it_is_and_stays_readable() {
    let mut failures = Failures::default();
    for folder in ["src", "tests", "crates"] {
        for file in rust(folder) {
            let lines = read(&file).lines().count();
            let generated = file == "src/store/schema.rs";
            failures.check(&file, lines <= 400 || generated, || format!("has {lines} lines"));
            let documented = is_documented(&file) || file.contains("/tests/") || file.ends_with("tests.rs");
            failures.check(&file, documented || generated, || "does not begin with //!".to_owned());
        }
    }
    failures.none();
}
