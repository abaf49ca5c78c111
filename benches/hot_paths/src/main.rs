//! Goes through one of the hot paths many times: what scripts/check_instructions.sh counts the instructions of.

use std::error::Error;
use std::hint::black_box;
use std::{env, io, io::Write};

/// Prints the names of all, or goes through the one of a name so many times.
fn main() -> Result<(), Box<dyn Error>> {
    let paths = rollcall_hot_paths::all()?;
    let mut arguments = env::args().skip(1);
    let Some(wanted) = arguments.next() else {
        let mut out = io::stdout().lock();
        for (name, _) in &paths {
            writeln!(out, "{name}")?;
        }
        return Ok(());
    };
    let times = arguments.next().ok_or("how many times?")?.parse()?;
    let (_, path) =
        paths.iter().find(|(name, _)| *name == wanted).ok_or_else(|| format!("there is no {wanted:?}"))?;
    counted_from_here(path, times)
}

/// What is counted: callgrind knows it by its name, so it has to be there.
#[inline(never)]
fn counted_from_here(
    path: &dyn Fn() -> Result<usize, Box<dyn Error>>,
    times: u32,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..times {
        black_box(path()?);
    }
    Ok(())
}
