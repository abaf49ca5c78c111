//! Signing in and out.

use super::accounts::{self, Planned};
use super::passwords::{self, Hasher};
use super::{AppError, Call, Rules, attempts, opaque};
use crate::store::accounts::AccountRow;
use crate::store::audit;
use crate::store::sessions::{self as store, LiveSession, NewSession};
use crate::store::{Db, TenantConnection};
use chrono::{DateTime, Duration, Utc};
use rollcall_domain::account::{Account, Command, decide};
use rollcall_domain::ids::{AccountId, Actor, TenantId};
use rollcall_domain::name::comparison_key;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long a session lasts when nothing ends it before.
const LIFETIME: Duration = Duration::hours(12);
/// What a session token begins with, so that it is known where it leaks.
pub const PREFIX: &str = "rcs_";
const ENDED: AppError = AppError::Unauthenticated("the session has ended; sign in again");
/// Bytes of a name that somebody can have: more than any user name or e-mail may be long.
const MAX_NAME: usize = 4 * 1024;
/// Times a sign-in is tried again because the account was changed while the password was checked.
const ATTEMPTS: u32 = 3;

/// What a person signs in with.
pub struct Credentials {
    /// User name or e-mail.
    pub name: String,
    /// Where the attempt comes from.
    pub source: IpAddr,
    /// Present password.
    pub password: SecretString,
    /// The password to set with the same step; needed when the present one is temporary.
    pub new_password: Option<SecretString>,
}

/// Somebody who is signed in.
pub struct SignedIn {
    /// The session's token, shown once.
    pub token: SecretString,
    /// End of the session.
    pub expires_at: DateTime<Utc>,
    /// Who.
    pub account: AccountRow,
}

/// Signs a person in.
///
/// # Errors
/// `WrongCredentials` for an unknown name and for a wrong password, after the same work; `Throttled` after too many of them,
/// without any; a refusal of the lifecycle for
/// somebody who has proved who they are; database failures.
pub async fn sign_in(
    db: &Db,
    hasher: &Hasher,
    rules: &Rules,
    call: &Call,
    credentials: Credentials,
) -> Result<SignedIn, AppError> {
    let password = credentials.password.expose_secret().to_owned();
    passwords::check_length("password", &password)?;
    // Preparing a name takes time by its length, and no text of PostgreSQL holds a NUL: nobody is called so.
    if credentials.name.len() > MAX_NAME || credentials.name.contains('\0') {
        return Err(AppError::WrongCredentials);
    }
    let key = comparison_key(&credentials.name);
    let (tenant, now) = (call.tenant, call.now);
    let look_up = || {
        let name = key.clone();
        db.run(tenant, move |conn| store::candidate(conn, tenant, &name, now))
    };
    let mut candidate = look_up().await.map_err(AppError::Store)?;
    // Whoever has two names has one password: guesses count for the account, or for a name that nobody has.
    let meant = candidate.as_ref().map_or_else(|| key.clone(), |candidate| candidate.id.to_string());
    let attempt = attempts::attempt(&meant, credentials.source);
    attempts::admit(db, tenant, &attempt, now).await?;
    for number in 0..ATTEMPTS {
        if number > 0 {
            candidate = look_up().await.map_err(AppError::Store)?;
        }
        let hash = candidate.as_ref().and_then(|c| c.password_hash.clone());
        let right = hasher.verify(&password, hash).await?;
        let (Some(candidate), true) = (candidate.take(), right) else {
            return Err(AppError::WrongCredentials);
        };
        if number == 0 {
            attempts::forget(db, tenant, &attempt).await?;
        }
        let proved = Proved { id: candidate.id, version: candidate.version };
        let call = Call { actor: Actor::Account(proved.id), ..call.clone() };
        let (rules, asking) = (rules.clone(), call.clone());
        let Some(new) = &credentials.new_password else {
            match db.run(tenant, move |conn| begin(conn, &rules, &asking, proved)).await? {
                Some(signed_in) => return Ok(signed_in),
                None => continue,
            }
        };
        let Some(proved) = change_password(db, hasher, &rules, &call, proved, &password, new).await? else {
            continue;
        };
        let began = db.run(tenant, move |conn| begin(conn, &rules, &asking, proved)).await?;
        // The password is changed: another attempt with the old one would only be wrong.
        return began.ok_or(AppError::Contended);
    }
    Err(AppError::Contended)
}

/// Sets a new password for somebody who proves a present one by their account's id.
///
/// # Errors
/// As [`sign_in`].
pub(super) async fn replace_password(
    db: &Db,
    hasher: &Hasher,
    rules: &Rules,
    call: &Call,
    id: AccountId,
    present: &SecretString,
    new: &SecretString,
) -> Result<(), AppError> {
    let present = present.expose_secret();
    passwords::check_length("token", present)?;
    let tenant = call.tenant;
    for _ in 0..ATTEMPTS {
        let found = db.run(tenant, move |conn| store::password_of(conn, tenant, id)).await;
        let found = found.map_err(AppError::Store)?;
        let hash = found.as_ref().and_then(|(hash, _)| hash.clone());
        let right = hasher.verify(present, hash).await?;
        let (Some((_, version)), true) = (found, right) else { return Err(AppError::WrongCredentials) };
        let call = Call { actor: Actor::Account(id), ..call.clone() };
        if change_password(db, hasher, rules, &call, Proved { id, version }, present, new).await?.is_some() {
            return Ok(());
        }
    }
    Err(AppError::Contended)
}

/// Whose password was proved, and the version of the account it was read from. Whatever follows is done to that version
/// only: a password that was replaced in the meantime has proved nothing.
#[derive(Clone, Copy)]
struct Proved {
    id: AccountId,
    version: i64,
}

/// Sets the new password; `None` when the account was changed since the present one was proved.
async fn change_password(
    db: &Db,
    hasher: &Hasher,
    rules: &Rules,
    call: &Call,
    proved: Proved,
    present: &str,
    new: &SecretString,
) -> Result<Option<Proved>, AppError> {
    let (policy, asking, tenant) = (rules.policy, call.clone(), call.tenant);
    // The lifecycle's refusal comes before any remark about the new password.
    let looked = db.run(tenant, move |conn| {
        let row = accounts::find(conn, &asking, proved.id)?;
        decide(&row.account, Command::ChangePassword, &policy, asking.now)?;
        Ok::<_, AppError>(row)
    });
    let row = looked.await?;
    let resource: serde_json::Value = serde_json::from_str(&row.resource)?;
    let user_name = resource.get("userName").and_then(serde_json::Value::as_str).unwrap_or_default();
    hasher.check_new("newPassword", new, present, user_name).await?;
    let new_hash = hasher.hash(new.expose_secret()).await?;
    let call = call.clone();
    let changed = db.run(tenant, move |conn| {
        accounts::change(conn, &call, proved.id, &|row| {
            if row.version != proved.version {
                return Err(AppError::Contended);
            }
            let decision = decide(&row.account, Command::ChangePassword, &policy, call.now)?;
            Ok(Some(Planned::decided(row, decision, Some(new_hash.clone()), "account.password_changed")))
        })
    });
    match changed.await {
        Ok(row) => Ok(Some(Proved { id: proved.id, version: row.version })),
        Err(AppError::Contended) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Begins the session; `None` when the account was changed since the password was proved.
fn begin(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    proved: Proved,
) -> Result<Option<SignedIn>, AppError> {
    let row = accounts::find(conn, call, proved.id)?;
    if row.version != proved.version {
        return Ok(None);
    }
    let decision = decide(&row.account, Command::SignIn, &rules.policy, call.now)?;
    let session = crate::random::id(call.now);
    let token = opaque::mint(PREFIX, call.tenant, session)?;
    let expires_at = end(&row.account, call.now + LIFETIME);
    let began = store::begin(
        conn,
        call.tenant,
        &NewSession {
            id: session,
            account: proved.id,
            digest: &digest(token.expose_secret()),
            epoch: row.account.session_epoch,
            version: row.version,
            expires_at,
        },
        &accounts::entry(call, "account.signed_in", Vec::new(), &decision.effects),
    )?;
    let account = AccountRow { account: decision.account, ..row };
    Ok(began.then_some(SignedIn { token, expires_at, account }))
}

/// Until when a session of an account lives that would last for `longest`: not beyond what ends the account, since the platform
/// reads here how long it may trust the session.
pub fn end(account: &Account, longest: DateTime<Utc>) -> DateTime<Utc> {
    account.ends_at().map_or(longest, |end| end.min(longest))
}

/// Who a session token belongs to, and until when.
///
/// # Errors
/// `Unauthenticated` for a session that is unknown, ended or expired; database failures.
pub async fn current(
    db: &Db,
    token: &SecretString,
    now: DateTime<Utc>,
) -> Result<(TenantId, Uuid, LiveSession), AppError> {
    let (tenant, id) = opaque::read(PREFIX, token.expose_secret()).ok_or(ENDED)?;
    let live =
        db.run(tenant, move |conn| store::live(conn, tenant, id, now)).await.map_err(AppError::Store)?;
    let live = live.ok_or(ENDED)?;
    if bool::from(live.digest.ct_eq(&digest(token.expose_secret()))) {
        Ok((tenant, id, live))
    } else {
        Err(ENDED)
    }
}

/// The account of whom a token signs in at this moment, and until when its session lives.
///
/// # Errors
/// `Unauthenticated` when it does not; database failures.
pub async fn checked(
    db: &Db,
    token: &SecretString,
    now: DateTime<Utc>,
) -> Result<(TenantId, DateTime<Utc>, AccountRow), AppError> {
    let (tenant, id) = opaque::read(PREFIX, token.expose_secret()).ok_or(ENDED)?;
    let found = db.together::<store::ById>(tenant, (), (id, now), None).await?;
    let same = |digest_of_it: &[u8]| bool::from(digest_of_it.ct_eq(&digest(token.expose_secret())));
    let session = found.filter(|session| same(&session.digest)).ok_or(ENDED)?;
    Ok((tenant, end(&session.row.account, session.expires_at), session.row))
}

/// What the platform's backend is told about a token (RFC 7662): until when the session lives and whose it is, if it lives and
/// belongs to the tenant of the caller.
///
/// # Errors
/// Database failures.
pub async fn introspect(
    db: &Db,
    call: &Call,
    token: &SecretString,
) -> Result<Option<(DateTime<Utc>, AccountRow)>, AppError> {
    match checked(db, token, call.now).await {
        Ok((tenant, end, row)) => Ok((tenant == call.tenant).then_some((end, row))),
        Err(AppError::Unauthenticated(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ends a session at its holder's wish.
///
/// # Errors
/// As [`current`].
pub async fn sign_out(db: &Db, call: &Call, token: &SecretString) -> Result<(), AppError> {
    let (tenant, id, live) = current(db, token, call.now).await?;
    let call = Call { tenant, actor: Actor::Account(live.account), ..call.clone() };
    db.run(tenant, move |conn| {
        conn.in_transaction(|conn| {
            store::end(conn, tenant, id)?;
            let entry = accounts::entry(&call, "account.signed_out", Vec::new(), &[]);
            Ok(audit::insert(conn, tenant, live.account.0, &entry)?)
        })
    })
    .await
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
