//! The API of administrators and of the learning platform, beyond what one product's page says of it.

mod commands;
mod erasure;
mod plans;
mod races;
mod reports;
mod sessions;
mod throttling;
mod timeline;
mod worker;

/// A password that a learner chose.
const PASSWORD: &str = "correct horse battery";
const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
