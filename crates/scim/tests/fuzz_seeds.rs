//! Every input that fuzzing found worth keeping, once more, on the stable compiler.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[allow(
    unreachable_pub,
    dead_code,
    clippy::expect_used,
    clippy::panic,
    reason = "a crate of its own when it is fuzzed"
)]
#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;

fn home() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz"))
}

fn replay(name: &str) {
    let (_, check) = fuzz::TARGETS.into_iter().find(|(target, _)| *target == name).unwrap();
    let file = home().join("seeds").join(format!("{name}.jsonl"));
    let (inputs, broken) = fuzz::packed::unpack(&fs::read_to_string(file).unwrap());
    assert_eq!(broken, Vec::<usize>::new(), "lines that are no inputs");
    assert!(inputs.len() >= 20, "only {} inputs", inputs.len());
    for input in &inputs {
        let held = catch_unwind(|| check(input)).is_ok();
        assert!(held, "the input: {}", fuzz::packed::pack(input));
    }
}

/// R035, R097, R098, R102, R105: a filter is refused at a place in it, or understood as it is written.
#[test]
fn filter() {
    replay("filter");
}

/// R128: a path is refused with a keyword, or leads to something that exists.
#[test]
fn path() {
    replay("path");
}

/// R125, R129, R130: a body is refused with a keyword, or every law of PATCH holds.
#[test]
fn patch() {
    replay("patch");
}

/// R129, R135, R137: operations drawn from the schema are refused with a keyword, or every law of PATCH holds.
#[test]
fn operations() {
    replay("operations");
}

/// R152, R155, R156, R157, R158: a bulk request is refused with a keyword, or every operation of it is in one step, after what it refers
/// to, and nothing that stands in it is lost where a circle is opened.
#[test]
fn bulk() {
    replay("bulk");
}

/// R184, R187, R188, R196: what was sealed opens for whom it was sealed, and nothing else opens for anybody.
#[test]
fn cursor() {
    replay("cursor");
}

/// Whoever adds a target gives it inputs, a program, and a test above.
#[test]
fn every_target_is_complete() {
    let tests = include_str!("fuzz_seeds.rs");
    let manifest = fs::read_to_string(home().join("Cargo.toml")).unwrap();
    for (name, _) in fuzz::TARGETS {
        assert!(home().join(format!("fuzz_targets/{name}.rs")).exists(), "fuzz_targets/{name}.rs is missing");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "Cargo.toml does not name {name}");
        assert!(tests.contains(&format!("replay(\"{name}\")")), "no test replays {name}");
    }
}
