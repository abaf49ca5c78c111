//! What clients were told while they all worked at once, recorded, and a checker that says whether one order explains all of it
//! (SECURITY section 1.3). `HISTORY_SECONDS=600 ./test histories` goes on for ten minutes.
#![allow(clippy::print_stderr, reason = "figures are printed")]

pub(crate) mod checker;
mod mistakes;
pub(crate) mod models;
mod run;
mod two_servers;
pub(crate) mod work;

pub(crate) use run::{Target, eras};

/// How long to go on; the suite has some seconds.
pub(crate) fn seconds(in_the_suite: u64) -> u64 {
    std::env::var("HISTORY_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(in_the_suite)
}
