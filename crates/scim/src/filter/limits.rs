//! How large a filter may be. Everything here is checked while parsing, so that a hostile filter costs no more than
//! reading it once.
//!
//! Terms of an `or` chain that compare one attribute with `eq` are cheap (they become one `= ANY(…)`), and account
//! synchronisers send hundreds of them in one filter (quirk 39). Such a chain therefore counts as one element, and only
//! its first term counts towards the ordinary length.

use super::FilterError;
use super::lexer::beginning_of_character;

/// Longest filter in bytes, not counting the repeated terms of a one-attribute `eq` chain.
pub const MAX_LENGTH: usize = 4 * 1024;
/// Longest filter in bytes, with everything.
pub const MAX_TOTAL_LENGTH: usize = 256 * 1024;
/// Most comparisons and presence tests; a one-attribute `eq` chain is one.
pub const MAX_ELEMENTS: usize = 32;
/// Most comparisons and presence tests, with every term of every chain.
pub const MAX_TERMS: usize = 5_000;
/// Deepest nesting of `( )`, `not ( )` and `[ ]`.
pub const MAX_DEPTH: usize = 12;

/// What a parser has used up so far.
#[derive(Debug, Default)]
pub(super) struct Usage {
    elements: usize,
    terms: usize,
    chained_bytes: usize,
}

impl Usage {
    /// The text may be read at all.
    pub(super) fn check_total_length(text: &str) -> Result<(), FilterError> {
        let end = beginning_of_character(text, MAX_TOTAL_LENGTH);
        over(text.len() > MAX_TOTAL_LENGTH, end, format!("at most {MAX_TOTAL_LENGTH} bytes"))
    }

    /// One more comparison begins at `offset`. One element above the limit is let through here because it may turn out
    /// to be the next term of a chain; [`Usage::check_elements`] has the last word.
    pub(super) fn term(&mut self, offset: usize) -> Result<(), FilterError> {
        self.elements += 1;
        self.terms += 1;
        over(self.elements > MAX_ELEMENTS + 1, offset, format!("at most {MAX_ELEMENTS} comparisons"))?;
        over(self.terms > MAX_TERMS, offset, format!("at most {MAX_TERMS} comparisons"))
    }

    /// The last comparison continued an `eq` chain and was `bytes` long, its `or` included.
    pub(super) fn chained(&mut self, bytes: usize) {
        self.elements = self.elements.saturating_sub(1);
        self.chained_bytes += bytes;
    }

    /// The comparisons read up to `offset` are not too many.
    pub(super) fn check_elements(&self, offset: usize) -> Result<(), FilterError> {
        over(self.elements > MAX_ELEMENTS, offset, format!("at most {MAX_ELEMENTS} comparisons"))
    }

    /// The whole text is not too long for what it contains.
    pub(super) fn check_length(&self, text: &str) -> Result<(), FilterError> {
        let plain = text.len().saturating_sub(self.chained_bytes);
        let end = beginning_of_character(text, MAX_LENGTH);
        over(plain > MAX_LENGTH, end, format!("at most {MAX_LENGTH} bytes"))
    }

    /// Brackets opened at `offset` are not nested too deeply.
    pub(super) fn check_depth(depth: usize, offset: usize) -> Result<(), FilterError> {
        over(depth > MAX_DEPTH, offset, format!("brackets nested at most {MAX_DEPTH} deep"))
    }
}

fn over(exceeded: bool, offset: usize, expected: String) -> Result<(), FilterError> {
    if exceeded { Err(FilterError { offset, expected, found: "more".to_owned() }) } else { Ok(()) }
}
