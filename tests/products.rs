//! The five products whose pages say what deactivating means, each as its page has it: over SCIM and over the API.

mod assure;
mod ihasco;
mod ispring;
mod rows;
mod united;
mod workspace;

/// A password that a learner chose.
const PASSWORD: &str = "correct horse battery";
