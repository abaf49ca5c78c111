//! Confirming by name, so that it is not the wrong person (LIFECYCLE C11).

use crate::app::AppError;
use crate::store::accounts::AccountRow;
use serde_json::{Map, Value};

/// Whether a command for an account is confirmed, where it has to be: `must` says what is being done. A confirmation that is sent
/// without need has to be right, too.
///
/// # Errors
/// `Conflict` where it is missing, `Invalid` where it names somebody else.
pub(in crate::app) fn check(
    row: &AccountRow,
    confirm: Option<&str>,
    must: Option<&str>,
) -> Result<(), AppError> {
    let attributes: Map<String, Value> = serde_json::from_str(&row.resource)?;
    let name = attributes.get("userName").and_then(Value::as_str).unwrap_or_default();
    match (confirm, must) {
        (Some(word), _) if word == name || word == row.id.to_string() => Ok(()),
        (Some(word), _) => {
            let shown = rollcall_scim::error::shorten(word);
            let detail =
                format!("{shown:?} is neither the user name nor the id of this account; nothing was done");
            Err(AppError::invalid("confirm", detail))
        }
        (None, Some(doing)) => Err(AppError::Conflict {
            kind: "confirmation-required",
            detail: format!("to {doing} {name:?} has to be confirmed; send \"confirm\" with that user name"),
        }),
        (None, None) => Ok(()),
    }
}
