//! PostgreSQL versions: what `postgres --version` and `PG_VERSION` say.

use std::fmt;

/// The oldest major version that Rollcall supports.
pub(super) const OLDEST_MAJOR: u32 = 14;

/// A version of PostgreSQL; since 10 it is `major.minor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`. A development version (`18devel`, `17beta1`) is
/// minor 0, so that a release of the same major wins over it.
pub(super) fn parse_banner(banner: &str) -> Option<Version> {
    let word = banner.strip_prefix("postgres (PostgreSQL) ")?.split_whitespace().next()?;
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (major, rest) = word.split_at(digits);
    let minor = rest.strip_prefix('.').and_then(|minor| minor.parse().ok()).unwrap_or(0);
    Some(Version { major: major.parse().ok()?, minor })
}

/// Reads the content of `PG_VERSION`: `15`, or `9.6` of the old scheme, of which the first number tells enough.
pub(super) fn parse_pg_version(content: &str) -> Option<u32> {
    content.trim().split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Version, parse_banner, parse_pg_version};

    #[test]
    fn reads_release_development_and_vendor_banners() {
        let cases = [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some((15, 18))),
            ("postgres (PostgreSQL) 14.0\n", Some((14, 0))),
            ("postgres (PostgreSQL) 18devel\n", Some((18, 0))),
            ("postgres (PostgreSQL) 17beta2 (Homebrew)\n", Some((17, 0))),
            ("postgres (EnterpriseDB) 15.2\n", None),
            ("postgres (PostgreSQL) \n", None),
            ("bash 5.2\n", None),
            ("", None),
        ];
        for (banner, expected) in cases {
            let expected = expected.map(|(major, minor)| Version { major, minor });
            assert_eq!(parse_banner(banner), expected, "{banner:?}");
        }
        assert_eq!(parse_banner("postgres (PostgreSQL) 9.6.24").map(|v| v.major), Some(9));
    }

    #[test]
    fn a_newer_version_is_greater() {
        let order = ["14.20", "15.2", "15.18", "18devel", "18.1"];
        let versions: Vec<_> =
            order.iter().filter_map(|v| parse_banner(&format!("postgres (PostgreSQL) {v}"))).collect();
        assert_eq!(versions.len(), order.len());
        assert!(versions.is_sorted());
    }

    #[test]
    fn reads_the_version_file_of_a_cluster() {
        assert_eq!(parse_pg_version("15\n"), Some(15));
        assert_eq!(parse_pg_version("9.6\n"), Some(9));
        assert_eq!(parse_pg_version(""), None);
        assert_eq!(parse_pg_version("not a version"), None);
    }
}
