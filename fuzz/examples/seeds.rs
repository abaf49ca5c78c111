//! Moves inputs between `seeds/<target>.jsonl`, which is kept, and `corpus/<target>/`, where a fuzzer works.
//!
//! ```text
//! cargo run --example seeds -- unpack <target>        seeds/<target>.jsonl to corpus/<target>/
//! cargo run --example seeds -- pack <target> [most]   adds the smallest of corpus/<target>/ to seeds/<target>.jsonl
//! ```

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, io, process};

use rollcall_fuzz::packed;

/// An input longer than this is not kept: bytes.
const LONGEST: usize = 2_048;
/// Inputs that are kept of a target when nothing else is said.
const MOST: usize = 500;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["unpack", target] => unpack(target),
        ["pack", target] => pack(target, MOST),
        ["pack", target, most] => pack(target, most.parse().map_err(io::Error::other)?),
        _ => {
            eprintln!("usage: seeds unpack|pack <target> [most]");
            process::exit(2);
        }
    }
}

fn unpack(target: &str) -> io::Result<()> {
    let inputs = kept(target)?;
    let directory = corpus(target);
    fs::create_dir_all(&directory)?;
    for (index, input) in inputs.iter().enumerate() {
        fs::write(Path::new(&directory).join(format!("seed-{index:04}")), input)?;
    }
    println!("{} inputs in {directory}", inputs.len());
    Ok(())
}

fn pack(target: &str, most: usize) -> io::Result<()> {
    let mut kept = kept(target)?;
    let mut new = BTreeSet::new();
    for entry in fs::read_dir(corpus(target))? {
        let input = fs::read(entry?.path())?;
        if input.len() <= LONGEST && !kept.contains(&input) {
            new.insert((input.len(), input));
        }
    }
    let room = most.saturating_sub(kept.len());
    kept.extend(new.into_iter().take(room).map(|(_, input)| input));
    let lines: String = kept.iter().map(|input| packed::pack(input) + "\n").collect();
    fs::write(packed_file(target), lines)?;
    println!("{} inputs in {}", kept.len(), packed_file(target));
    Ok(())
}

/// The inputs that are kept already.
fn kept(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let (inputs, broken) = packed::unpack(&fs::read_to_string(packed_file(target))?);
    match broken.first() {
        Some(line) => Err(io::Error::other(format!("{}:{line} is no input", packed_file(target)))),
        None => Ok(inputs),
    }
}

fn packed_file(target: &str) -> String {
    format!("{}/seeds/{target}.jsonl", env!("CARGO_MANIFEST_DIR"))
}

fn corpus(target: &str) -> String {
    format!("{}/corpus/{target}", env!("CARGO_MANIFEST_DIR"))
}
