//! The protocol as a client sees it, over TCP.

mod bulk;
mod cursor_walk;
mod cursors;
mod differential;
mod discovery;
pub(crate) mod filter_generator;
mod filters;
mod groups;
mod large_group;
mod me;
mod methods;
mod names;
mod nested_chains;
mod nested_filters;
mod nested_groups;
mod nested_groups_large;
mod nested_versions;
mod own_schemas;
mod paging;
mod projections;
mod settings;
mod sorting;
mod totals;
mod users;
mod versions;
