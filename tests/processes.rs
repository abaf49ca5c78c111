//! The real program, as a person starts it: output, files, signals, subcommands, and kills under load.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests fail as tests do, and figures are printed"
)]

mod audit;
mod canary;
mod commands;
mod connections;
mod durability;
mod elsewhere;
mod first_start;
mod help;
mod histories;
mod keys;
mod ledger;
mod memory;
mod oauth;
mod program;
mod recovery;
mod refusals;
mod secrets;
mod server;
mod signals;
mod testers;
mod worker;
