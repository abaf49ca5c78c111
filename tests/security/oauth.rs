//! OAuth: how clients get access tokens, what those open, and whose own tokens are trusted.

mod assertions;
mod client;
mod endpoint;
mod issuer;
mod issuers;
mod keys;
mod lifetime;
mod metadata;
mod published;
mod rollover;
mod throttling;
