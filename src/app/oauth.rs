//! OAuth 2.0 for providers: clients that get access tokens for a secret or a signature (RFC 6749 §4.4, RFC 7523), and issuers whose
//! own tokens are trusted.

mod assertion;
pub mod clients;
pub mod grant;
pub mod issuers;
mod scopes;

pub use assertion::ALGORITHMS as ASSERTION_ALGORITHMS;
pub use scopes::supported as scopes_supported;

use sha2::{Digest, Sha256};

/// SHA-256 of parts that no other parts have: each stands there with its length.
fn digest_of(parts: &[&str]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_vec()
}
