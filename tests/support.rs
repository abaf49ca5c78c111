//! The server under test, and the people who use it.

pub(crate) mod actors;
pub(crate) mod administrator;
pub(crate) mod answers;
pub(crate) mod app;
pub(crate) mod cluster;
pub(crate) mod http;
pub(crate) mod tls;

pub(crate) use actors::{Learner, patch_op, user};
pub(crate) use answers::{Failures, expect, scim_error};
pub(crate) use app::TestApp;
pub(crate) use cluster::new_database as database_url;
