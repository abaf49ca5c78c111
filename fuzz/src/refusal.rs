//! What every refusal of a client's input must be.

use rollcall_scim::error::ScimError;

/// The client's fault and not the server's, with a keyword, and a sentence short enough for one line of a log.
pub fn check(error: &ScimError) {
    assert!((400..500).contains(&error.status), "{} is no refusal: {error}", error.status);
    assert!(error.scim_type.is_some() || error.status == 413, "no keyword: {error}");
    assert!(!error.detail.is_empty(), "nothing said");
    assert!(error.detail.chars().count() <= 600, "too long for a message: {error}");
    assert!(!error.detail.contains(char::is_control), "more than one line: {:?}", error.detail);
}
