//! Names in the form in which they are compared and have to be unique.

use unicode_normalization::UnicodeNormalization;

/// The form of a user name that decides uniqueness: width-mapped and composed (NFKC), in lower case, without blanks around it.
///
/// For the strings that the PRECIS profile UsernameCaseMapped (RFC 8265 §3.3, asked for by RFC 7644 §5) allows this is the
/// profile's result, except that both small sigmas are one. Strings that the profile would refuse, such as names with a
/// blank inside, are kept usable, because providers send them.
pub fn comparison_key(name: &str) -> String {
    comparison_fragment(name.trim())
}

/// A part of a name in the same form, for searching within names: blanks at its edges belong to it.
pub fn comparison_fragment(part: &str) -> String {
    if part.is_ascii() {
        return part.to_ascii_lowercase();
    }
    // Lower case may decompose again (U+0130), so composing comes last.
    part.nfkc().flat_map(char::to_lowercase).map(one_sigma).collect::<String>().nfkc().collect()
}

/// The lower case of Σ depends on where it stands in a word, which a part of a name cannot know.
fn one_sigma(c: char) -> char {
    if c == 'ς' { 'σ' } else { c }
}

/// A character that no name may hold, because nobody sees it: controls, and the format characters that make two names look
/// alike (both disallowed by PRECIS' IdentifierClass, RFC 8264 §9.13 and §9.15).
pub fn invisible_character(name: &str) -> Option<char> {
    name.chars().find(|c| {
        c.is_control()
            || matches!(*c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{ffff}')
    })
}

/// A password in the form in which it is hashed: composed (NFC), blanks outside ASCII mapped to a space, nothing else touched
/// (PRECIS profile OpaqueString, RFC 8265 §4.2).
pub fn password_key(password: &str) -> String {
    if password.is_ascii() {
        return password.to_owned();
    }
    password.chars().map(|c| if c.is_whitespace() && !c.is_ascii() { ' ' } else { c }).nfc().collect()
}

/// Whether a user name can be read as an e-mail address that one could sign in with: something before and after one `@`.
pub fn looks_like_email(name: &str) -> bool {
    match name.trim().split_once('@') {
        Some((local, host)) => {
            !local.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && !name.contains(char::is_whitespace)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R060, R061: spellings of one name have one key.
    #[test]
    fn case_width_and_composition_do_not_make_another_name() {
        let key = comparison_key("josé@example.com");
        for same in ["JOSÉ@EXAMPLE.COM", "jose\u{301}@example.com", " josé@example.com ", "ｊosé@example.com"]
        {
            assert_eq!(comparison_key(same), key, "{same}");
        }
        assert_ne!(comparison_key("jose@example.com"), key);
    }

    /// R061: what the profile makes equal is equal, wherever the letter stands.
    #[test]
    fn a_final_sigma_is_a_sigma() {
        for same in ["ΟΔΥΣΣΕΥΣ", "οδυσσευς", "Οδυσσευσ"] {
            assert_eq!(comparison_key(same), comparison_key("Οδυσσευς"), "{same}");
        }
        assert!(comparison_key("ΟΔΥΣΣΕΥΣ").contains(&comparison_fragment("ΣΕΥΣ")));
    }

    #[test]
    fn a_key_is_its_own_key() {
        for name in ["ΟΔΥΣ", "İstanbul", "ǅ", "Ⅷ", "Straße", "ﬁn", "a b"] {
            let once = comparison_key(name);
            assert_eq!(comparison_key(&once), once, "{name}");
        }
    }

    #[test]
    fn what_nobody_sees_is_found() {
        for hidden in ["abc\u{200b}", "a\u{ad}bc", "a\nb", "\u{202e}cba", "abc\u{fffe}"] {
            assert!(invisible_character(hidden).is_some(), "{hidden:?}");
        }
        assert_eq!(invisible_character("josé o'neill-müller 山田@example.com"), None);
    }

    /// R061: OpaqueString maps blanks and composes, and touches nothing else.
    #[test]
    fn passwords_keep_their_case_and_blanks() {
        assert_eq!(password_key(" Pass  word "), " Pass  word ");
        assert_eq!(password_key("e\u{301}\u{a0}x"), "é x");
    }

    #[test]
    fn what_looks_like_an_email() {
        assert!(looks_like_email("babs@example.com"));
        for no in ["babs", "@example.com", "babs@", "a@b@c", "a b@c"] {
            assert!(!looks_like_email(no), "{no}");
        }
    }
}
