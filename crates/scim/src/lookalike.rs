//! Names that no schema has, and that can only mean `active`.
//!
//! What is unknown is passed over, so that it loses nothing that stands beside it. `User:active` and `"active "` are unknown too,
//! and whoever sends them believes that the leaver is gone: this is said aloud instead.

use serde_json::Value;

use crate::error::{ScimError, shorten};
use crate::registry::ResourceType;

const ACTIVE: &str = "active";

/// Refuses an unknown name, or an unknown object with a name in it, that looks like `active` where the type has that. The names of
/// schemas that others made are theirs: `urn:example:shop:active` may mean anything.
///
/// # Errors
/// `invalidPath` with the name to send instead.
pub(crate) fn refuse(rt: &ResourceType, name: &str, value: Option<&Value>) -> Result<(), ScimError> {
    if rt.attribute(ACTIVE).is_none() {
        return Ok(());
    }
    let inside = value.and_then(Value::as_object).into_iter().flatten().any(|(key, _)| is_active(key));
    let meant = if starts_as(name, "urn:") { is_of_scim(name) && (says(name) || inside) } else { says(name) };
    if !meant {
        return Ok(());
    }
    Err(ScimError::invalid_path(format!(
        "\"{}\" names no attribute and looks like {ACTIVE}; send {ACTIVE}, so that it is not lost",
        shorten(name)
    )))
}

/// Whether the last part of a name is `active`, or the one before a sub-attribute or bracket.
fn says(name: &str) -> bool {
    let before_bracket = name.split('[').next().unwrap_or_default();
    let mut parts = before_bracket.rsplit([':', '.']);
    let last = parts.next().unwrap_or_default();
    let before = parts.next().unwrap_or_default();
    is_active(last) || (is_active(before) && last.trim().eq_ignore_ascii_case("value"))
}

fn is_active(part: &str) -> bool {
    part.trim().eq_ignore_ascii_case(ACTIVE)
}

/// Whether a URN is one of SCIM's own, of any version, however it is misspelt behind.
fn is_of_scim(urn: &str) -> bool {
    starts_as(urn, "urn:ietf:params:scim:") || starts_as(urn, "urn:scim:schemas:")
}

fn starts_as(text: &str, start: &str) -> bool {
    text.trim_start().get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}
