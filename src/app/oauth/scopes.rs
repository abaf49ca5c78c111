//! What a client may ask for.

use crate::app::tokens::Scope;

/// The words that machines may have, as far as there are such scopes: what is for people in a browser is not for them.
const WORDS: [&str; 4] = ["scim", "scim.read", "api", "api.read"];

/// The scopes that a client can have.
pub fn supported() -> Vec<&'static str> {
    WORDS.into_iter().filter(|word| Scope::from_word(word).is_some()).collect()
}

/// The one scope that is asked for: of several words the one that covers the others. Nothing asked for is all that the client
/// has. `None` when a word is unknown, or more than the client has, or no word covers the others.
pub(super) fn granted(has: &str, asked: Option<&str>) -> Option<Scope> {
    let words: Vec<&str> = asked.unwrap_or(has).split(' ').filter(|word| !word.is_empty()).collect();
    let allowed = words.iter().all(|word| supported().contains(word) && covers(has, word));
    let widest = words.iter().find(|one| words.iter().all(|other| covers(one, other)))?;
    if allowed { Scope::from_word(widest) } else { None }
}

/// Whether who has the one may do what the other says: the same, or only reading it.
fn covers(has: &str, asked: &str) -> bool {
    asked == has || asked.strip_suffix(".read") == Some(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_what_it_has_or_less() {
        assert_eq!(granted("scim", None), Some(Scope::Scim));
        for asked in ["scim", "scim scim", " scim "] {
            assert_eq!(granted("scim", Some(asked)), Some(Scope::Scim), "{asked:?}");
        }
        for asked in [
            "api",
            "scim api",
            "SCIM",
            "openid",
            "console",
            "scim.write",
            "",
            " ",
            "scim\u{a0}",
            "scim\tscim",
        ] {
            assert_eq!(granted("scim", Some(asked)), None, "{asked:?}");
        }
        assert_eq!(granted("api", Some("scim")), None);
        assert_eq!(granted("scim.read", Some("scim")), None);
        assert!(covers("scim", "scim.read") && !covers("scim.read", "scim") && !covers("api", "scim.read"));
    }
}
