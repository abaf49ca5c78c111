//! Settings from the environment. Flags come first; what is unknown is refused, because a misspelt setting is worse than none.

use std::ffi::OsString;

/// Every variable of ours. Those with a flag are read by the command line.
pub const VARIABLES: [&str; 17] = [
    "ROLLCALL_ANONYMOUS_PER_SECOND",
    "ROLLCALL_API_POOL_SIZE",
    "ROLLCALL_DATA_DIR",
    "ROLLCALL_ISSUER_NETWORKS",
    "ROLLCALL_LISTEN",
    "ROLLCALL_LOG",
    "ROLLCALL_MAIL_FROM",
    "ROLLCALL_MAIL_URL",
    "ROLLCALL_POOL_SIZE",
    "ROLLCALL_POSTGRES_BIN",
    "ROLLCALL_PUBLIC_URL",
    "ROLLCALL_REQUESTS_PER_SECOND",
    "ROLLCALL_TLS_CERT",
    "ROLLCALL_TLS_KEY",
    "ROLLCALL_TRUSTED_PROXIES",
    "ROLLCALL_WORKERS",
    "ROLLCALL_WORK_EVERY",
];

/// A variable that begins with ROLLCALL_ and means nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} is not known; {hint}")]
pub struct UnknownVariable {
    name: String,
    hint: String,
}

/// Refuses unknown variables of ours.
///
/// # Errors
/// Names the first one, and what may have been meant.
pub fn check_environment(names: impl IntoIterator<Item = OsString>) -> Result<(), UnknownVariable> {
    for name in names {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("ROLLCALL_") && !VARIABLES.contains(&name.as_str()) {
            return Err(UnknownVariable { hint: hint(&name), name });
        }
    }
    Ok(())
}

fn hint(name: &str) -> String {
    let shared = |known: &str| known.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    let nearest = VARIABLES.into_iter().max_by_key(|known| shared(known));
    match nearest {
        Some(nearest) if shared(nearest) > "ROLLCALL_".len() => format!("was {nearest} meant?"),
        _ => format!("there are {}", VARIABLES.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variable_is_named_with_what_was_meant() {
        let names = ["PATH", "ROLLCALL_LISTEN", "ROLLCALL_PUBLIC_ULR"].map(OsString::from);
        let error = check_environment(names).unwrap_err().to_string();
        assert!(error.contains("ROLLCALL_PUBLIC_ULR") && error.contains("ROLLCALL_PUBLIC_URL"), "{error}");
        assert_eq!(check_environment(["PATH", "ROLLCALL_LOG"].map(OsString::from)), Ok(()));
    }
}
