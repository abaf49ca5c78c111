//! The protocol as a client sees it, over TCP.

mod differential;
mod discovery;
pub(crate) mod filter_generator;
mod filters;
mod groups;
mod large_group;
mod methods;
mod names;
mod own_schemas;
mod paging;
mod projections;
mod settings;
mod users;
mod versions;
