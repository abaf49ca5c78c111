//! What it means that letter case does not count (RFC 7643 §2.2, `caseExact`). The database has the same as a function `folded`.

/// A text as it is compared where letter case does not count: in lower case, and both small sigmas, which only differ by where they
/// stand in a word, as one.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase().replace('ς', "σ")
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn what_differs_in_letter_case_alone_is_the_same() {
        for (a, b) in [("ΟΔΟΣ", "οδος"), ("οδοσ", "οδος"), ("Ä", "ä"), ("İ", "i\u{307}"), ("ẞ", "ß")]
        {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        for (a, b) in [("ss", "ß"), ("İ", "i"), ("ı", "i"), ("e", "é")] {
            assert_ne!(folded(a), folded(b), "{a} {b}");
        }
    }
}
