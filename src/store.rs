//! Diesel, and nothing else: rows in, rows out, one file per family of tables. No decision is made here.

pub mod access_tokens;
pub mod accounts;
pub mod attempts;
pub mod attribute_owners;
pub mod audit;
pub mod audit_chain;
pub mod connections;
pub mod db;
pub mod departures;
pub mod error;
pub mod everything;
pub mod filter;
pub mod foresight;
pub mod groups;
pub mod learning;
mod membership;
pub mod migrate;
pub mod notices;
pub mod oauth_clients;
pub mod oauth_routes;
pub mod order;
pub mod page;
pub mod plans;
pub mod quarantines;
pub mod rates;
pub mod reports;
#[expect(missing_docs, reason = "generated; documented where the database is")]
pub mod schema;
pub mod seats;
pub mod sessions;
pub mod signing_keys;
mod statement;
pub mod tenant_schemas;
pub mod tenants;
pub mod tokens;
pub mod totals;
pub mod trusted_issuers;

pub use db::{Db, TenantConnection};
pub use error::{StoreError, StoreFailure};
