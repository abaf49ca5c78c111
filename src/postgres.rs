//! The private PostgreSQL: a cluster of the server's own, under its data directory.
//!
//! Without a database URL Rollcall runs PostgreSQL itself, with the binaries found on the machine, so that a fresh
//! clone needs no set-up and the tests run on the real thing. The cluster listens on a Unix socket only, runs as an
//! unprivileged user when Rollcall is root (PostgreSQL refuses root), and outlives a crash of either side: a
//! postmaster left behind by a killed server is adopted, and a killed postmaster is started again on its data.
//!
//! [`DataDir`] is the directory and its locks, [`Cluster`] a use of the running cluster. A server ends with
//! [`Cluster::stop`], a subcommand with [`Cluster::release`], which stops only what nobody else uses. A running server
//! leaves its cluster to a [`Supervisor`], which starts a killed postmaster again.

mod binaries;
mod child;
mod cluster;
mod data_dir;
mod error;
mod initialise;
mod install_hint;
mod launch;
mod layout;
mod memory;
mod owner;
mod pid_file;
mod process;
mod running;
mod settings;
mod socket_dir;
mod supervisor;
mod version;

pub use cluster::Cluster;
pub use data_dir::{DataDir, ServerLock};
pub use error::PostgresError;
pub use supervisor::Supervisor;
