//! What every refusal of a client's input must be.

use rollcall_scim::error::ScimError;

/// Characters of a sentence at most, each character that is written as an escape counted once.
const LONGEST: usize = 650;

/// The client's fault and not the server's, with a keyword where RFC 7644 §3.12 has one, and a sentence short enough for one
/// line of a log.
pub fn check(error: &ScimError) {
    assert!((400..500).contains(&error.status), "{} is no refusal: {error}", error.status);
    assert!(error.scim_type.is_some() || error.status != 400, "no keyword: {error}");
    assert!(!error.detail.is_empty(), "nothing said");
    let mut pieces = error.detail.split("\\u{");
    let first = pieces.next().map_or(0, |piece| piece.chars().count());
    let length = pieces.map(|piece| piece.chars().skip_while(|c| *c != '}').count()).sum::<usize>() + first;
    assert!(length <= LONGEST, "too long for a message: {error}");
    assert!(!error.detail.contains(char::is_control), "more than one line: {:?}", error.detail);
}
