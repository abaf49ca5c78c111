//! Passwords that identity providers send (R063): found before anything is done, checked, and hashed while no connection to
//! the database is held.

use super::{Hasher, check_new};
use crate::app::{AppError, Rules};
use rollcall_scim::error::ScimError;
use rollcall_scim::patch;
use rollcall_scim::resource::{Passwords, accept};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

const PASSWORD: &str = "password";

/// A password that an account is to get.
#[derive(Clone)]
pub struct Pushed {
    password: SecretString,
    /// The hash; or why there is none, which is judged only where the password is to be set.
    hash: Result<String, String>,
}

impl Pushed {
    /// The password in the body of a POST or PUT, or in the operations of a PATCH, as the connection's settings have it.
    /// `None`: there is none, or it is passed over. One that is removed or null is none.
    ///
    /// # Errors
    /// `invalidValue` where passwords are refused; what makes the body unusable; a busy machine. One that may not be chosen is
    /// refused by [`Pushed::hash_for`]: it must not stand in the way of a deactivation that comes along with it.
    pub async fn take(
        hasher: &Hasher,
        rules: &Rules,
        body: &Map<String, Value>,
        is_patch: bool,
    ) -> Result<Option<Self>, AppError> {
        if rules.dialect.passwords == Passwords::Ignore || !body.iter().any(|(key, v)| speaks_of_it(key, v)) {
            return Ok(None);
        }
        let Some(password) = find(rules, body, is_patch)? else { return Ok(None) };
        if rules.dialect.passwords == Passwords::Refuse {
            return Err(Self::refused().into());
        }
        // The user name is not known before the account is; what is present is known to nobody.
        let hash = match check_new(PASSWORD, &password, "", "") {
            Ok(()) => Ok(hasher.hash(&password).await?),
            Err(AppError::Invalid { detail, .. }) => Err(detail),
            Err(other) => return Err(other),
        };
        Ok(Some(Self { password: password.into(), hash }))
    }

    /// This connection may not set any.
    pub fn refused() -> ScimError {
        ScimError::invalid_value(
            "password: this connection may not set passwords; leave it out, or have the setting passwords changed",
        )
    }

    /// The hash, for an account with these attributes.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a password that may not be chosen, or holds the user name.
    pub fn hash_for(&self, resource: &Map<String, Value>) -> Result<String, AppError> {
        let unfit = |detail: &String| AppError::invalid(PASSWORD, detail.clone());
        let hash = self.hash.as_ref().map_err(unfit)?;
        let user_name = resource.get("userName").and_then(Value::as_str).unwrap_or_default();
        check_new(PASSWORD, self.password.expose_secret(), "", user_name)?;
        Ok(hash.clone())
    }
}

/// Whether a member of a body may be about the password. Most bodies need not be read twice.
fn speaks_of_it(key: &str, value: &Value) -> bool {
    let named = |text: &str| text.to_ascii_lowercase().contains(PASSWORD);
    named(key)
        || match value {
            Value::Object(inner) => inner.iter().any(|(key, value)| speaks_of_it(key, value)),
            Value::Array(list) => list.iter().any(|value| speaks_of_it("", value)),
            // As a path.
            Value::String(text) => named(text),
            _ => false,
        }
}

fn find(rules: &Rules, body: &Map<String, Value>, is_patch: bool) -> Result<Option<String>, AppError> {
    let value = if is_patch {
        let operations = patch::parse(body.clone(), &rules.dialect)?;
        patch::last_value(rules.user(), &operations, PASSWORD, &rules.dialect)?
    } else {
        accept(rules.user(), body.clone(), &rules.dialect)?.attributes.remove(PASSWORD)
    };
    Ok(value.as_ref().and_then(Value::as_str).map(str::to_owned))
}
