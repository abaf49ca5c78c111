//! Rollcall: a SCIM 2.0 service provider for learning platforms.
//!
//! The arrows: [`cli`] → [`startup`] → [`http`] → [`app`] → [`store`], and the two pure crates `rollcall_scim` (the
//! protocol) and `rollcall_domain` (what `active` means), which know nothing of all this.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
pub mod lock;
pub mod postgres;
pub mod random;
pub mod startup;
pub mod store;
