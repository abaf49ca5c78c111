//! Entity tags: which version of a resource the client has seen (RFC 7644 §3.14, RFC 9110 §8.8.3).

use std::fmt;

/// A weak entity tag, `W/"…"`, the same in the `ETag` header and in `meta.version`.
///
/// Weak, because two answers of one version differ with the attributes asked for. SCIM clients nevertheless send it in
/// `If-Match`, so [`matches`](Self::matches) compares weakly there too, otherwise no weak tag would ever match.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ETag(String);

impl ETag {
    /// The tag of a version, such as a counter. Characters that may not stand in a tag are left out.
    pub fn new(version: impl fmt::Display) -> Self {
        let opaque: String =
            version.to_string().chars().filter(|c| c.is_ascii_graphic() && *c != '"').collect();
        Self(format!("W/\"{opaque}\""))
    }

    /// The tag as it stands in the header: `W/"…"`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an `If-Match` or `If-None-Match` header names this version: `*`, or one of a list of tags, weak or
    /// strong. A tag whose quotes were lost on the way still counts; a broken list matches nothing.
    pub fn matches(&self, header: &str) -> bool {
        let own = self.0.trim_start_matches("W/").trim_matches('"');
        let mut rest = header.trim();
        if rest == "*" {
            return true;
        }
        while !rest.is_empty() {
            let tag = rest.strip_prefix("W/").or_else(|| rest.strip_prefix("w/")).unwrap_or(rest);
            let (opaque, after) = match tag.strip_prefix('"') {
                // A comma may stand inside the quotes.
                Some(quoted) => match quoted.split_once('"') {
                    Some(parts) => parts,
                    None => return false,
                },
                None => tag.split_at(tag.find(',').unwrap_or(tag.len())),
            };
            if opaque.trim_end() == own {
                return true;
            }
            rest = after.trim_start_matches([',', ' ', '\t']);
            if rest.len() == after.len() && !rest.is_empty() {
                return false;
            }
        }
        false
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R059: the tag says that it is weak.
    #[test]
    fn a_tag_is_weak_and_quoted() {
        assert_eq!(ETag::new(7).as_str(), "W/\"7\"");
        assert_eq!(ETag::new("a\"b\n").as_str(), "W/\"ab\"");
    }

    /// R169: opaque tags are compared, weak or not.
    #[test]
    fn headers_that_name_the_version() {
        let tag = ETag::new(7);
        for header in
            ["*", " * ", "W/\"7\"", "\"7\"", "w/\"7\"", "W/\"6\", W/\"7\"", "\"a,b\",\"7\"", "7", "6, 7"]
        {
            assert!(tag.matches(header), "{header}");
        }
    }

    #[test]
    fn headers_that_do_not() {
        let tag = ETag::new(7);
        for header in ["", "W/\"6\"", "\"77\"", "\"6,7\"", "W/\"7", "\"6\"\"7\"", "W/", ",", "\"*\""] {
            assert!(!tag.matches(header), "{header}");
        }
    }
}
