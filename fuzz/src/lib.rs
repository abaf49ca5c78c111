//! What must hold for every input of the protocol crate, as functions that panic where it does not.
//!
//! A fuzzer calls them with what it invents (`fuzz_targets/`). A test of `crates/scim` compiles this file on the stable
//! compiler as well, and calls them with every input that was worth keeping (`seeds/`); another one draws thousands of
//! random requests from [`generate`] and asserts the laws of [`laws`] one by one.

pub mod bulk;
pub mod cursor;
mod dialects;
pub mod filter;
pub mod fixtures;
pub mod generate;
pub mod laws;
pub mod operations;
pub mod packed;
pub mod patch;
pub mod path;
mod refusal;

/// Panics when an input shows a fault.
pub type Check = fn(&[u8]);

/// What is fuzzed: the name, which is also that of the file in `seeds/` and of the one in `fuzz_targets/`, and the
/// check.
pub const TARGETS: [(&str, Check); 6] = [
    ("filter", filter::check),
    ("path", path::check),
    ("patch", patch::check),
    ("operations", operations::check),
    ("bulk", bulk::check),
    ("cursor", cursor::check),
];
