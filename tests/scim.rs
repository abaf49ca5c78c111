//! The protocol as a client sees it, over TCP.

mod cursor_walk;
mod cursors;
mod differential;
mod discovery;
pub(crate) mod filter_generator;
mod filters;
mod groups;
mod large_group;
mod methods;
mod names;
mod paging;
mod projections;
mod sorting;
mod users;
mod versions;
