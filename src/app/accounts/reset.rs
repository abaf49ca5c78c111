//! A new password for somebody who has none that works: what an administrator hands out, and how it is redeemed (LIFECYCLE C10).

use super::{Planned, change, find};
use crate::app::passwords::{self, Hasher};
use crate::app::{AppError, Call, Rules, guard, opaque, sessions};
use crate::store::Db;
use chrono::{DateTime, Utc};
use rollcall_domain::account::{Command, decide};
use rollcall_domain::credential::{Password, SignIn};
use rollcall_domain::ids::{AccountId, TenantId};
use rollcall_domain::policy::ResetMethod;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

/// What the secret of a link begins with, so that it is known where it leaks.
const PREFIX: &str = "rcr_";

/// What an administrator hands out in place of a password.
pub struct HandedOut {
    /// A password that can be read out, or the secret of a link; shown once.
    pub secret: SecretString,
    /// Whether it is for a link.
    pub is_for_a_link: bool,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
}

/// Replaces the password of an account by a temporary one, and ends every session. Who has an e-mail address gets the secret of a
/// link where the policy says so.
///
/// # Errors
/// `NotFound`, a refusal for an inactive account, database failures.
pub async fn issue_temporary_password(
    db: &Db,
    hasher: &Hasher,
    rules: &Rules,
    call: &Call,
    id: AccountId,
) -> Result<HandedOut, AppError> {
    if call.sync.is_some() {
        return Err(guard::not_by_hand());
    }
    let (policy, asking) = (rules.policy, call.clone());
    let looked = db.run(call.tenant, move |conn| {
        let row = find(conn, &asking, id)?;
        // The refusal comes before the work of hashing.
        asking.acting.may(Command::IssueTemporaryPassword, id, &row.account)?;
        decide(&row.account, Command::IssueTemporaryPassword, &policy, asking.now)?;
        Ok::<_, AppError>(row.account.sign_in)
    });
    let is_for_a_link = looked.await? == SignIn::Email && policy.reset_method == ResetMethod::Link;
    let secret =
        if is_for_a_link { opaque::mint(PREFIX, call.tenant, id.0)? } else { passwords::temporary()?.into() };
    let hash = hasher.hash(secret.expose_secret()).await?;
    let call = call.clone();
    let changed = db.run(call.tenant, move |conn| {
        change(conn, &call, id, &|row| {
            call.acting.may(Command::IssueTemporaryPassword, id, &row.account)?;
            let decision = decide(&row.account, Command::IssueTemporaryPassword, &policy, call.now)?;
            let action = "account.temporary_password_issued";
            Ok(Some(Planned::decided(row, decision, Some(hash.clone()), action)))
        })
    });
    match changed.await?.account.password {
        Password::Temporary { expires_at } => Ok(HandedOut { secret, is_for_a_link, expires_at }),
        other => Err(AppError::Broken(format!("password {} after issuing a temporary one", other.as_str()))),
    }
}

/// Whose the secret of a link says it is. It proves nothing yet.
fn meant_by(secret: &SecretString) -> Option<(TenantId, AccountId)> {
    let (tenant, id) = opaque::read(PREFIX, secret.expose_secret())?;
    Some((tenant, AccountId(id)))
}

/// Sets a new password with the secret of a link. The secret works once.
///
/// # Errors
/// `Unauthenticated` for a secret that is none, was used or was replaced, after the same work; `Invalid` for a password that cannot be
/// chosen; a refusal for an inactive account or a secret that came too late; database failures.
pub async fn redeem(
    db: &Db,
    hasher: &Hasher,
    rules: &Rules,
    call: &Call,
    secret: &SecretString,
    new: &SecretString,
) -> Result<(), AppError> {
    let id = meant_by(secret).map_or(AccountId(Uuid::nil()), |(_, id)| id);
    let replaced = sessions::replace_password(db, hasher, rules, call, id, secret, new).await;
    replaced.map_err(|error| match error {
        AppError::WrongCredentials => AppError::Unauthenticated(
            "the link is none, was used, or was replaced by a newer one; ask an administrator for another",
        ),
        error => error,
    })
}

/// The tenant whose account a secret means; nobody's for what is no secret.
pub fn tenant_of(secret: &SecretString) -> TenantId {
    meant_by(secret).map_or(TenantId(Uuid::nil()), |(tenant, _)| tenant)
}
