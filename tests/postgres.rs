//! The private PostgreSQL cluster, with real clusters, real processes and real kills.

mod actor;
mod crashes;
pub(crate) mod fixture;
mod life;
mod places;
mod sharing;
mod users;
