//! The tests that need the whole server: one binary, a database for each test.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod generated_schema;
mod postgres;
mod processes;
mod provider_conversations;
mod support;
