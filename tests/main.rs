//! The tests that need the whole server: one binary, a database for each test.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod api;
mod architecture;
mod audit;
mod bad_input;
mod change_sequence;
mod concurrency;
mod conformance;
mod generated_schema;
mod histories;
mod lifecycle;
mod migrations;
mod postgres;
mod processes;
mod products;
mod provider_conversations;
mod regressions;
mod scim;
mod security;
mod support;
