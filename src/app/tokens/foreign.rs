//! Tokens that a trusted issuer signed, such as Entra's own (RFC 7519, RFC 9068 without its media type, which Entra does not use).

use super::verifier::Inner;
use super::{Admitted, Principal, Scope};
use crate::app::AppError;
use crate::app::jwt::{ALGORITHMS, LEEWAY, Shown};
use crate::app::key_cache::{KeyCache, Source};
use crate::app::oauth::issuers::{Claim, choose};
use crate::store::trusted_issuers::IssuerRow;
use crate::store::{Db, oauth_routes, trusted_issuers};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// What an access token may call itself (RFC 9068 §2.1).
const KIND: &str = "at+jwt";

/// What only the ID token of a person has, who signed in somewhere (OpenID Connect Core §2, §3.3.2.11). It is no access token.
const OF_ID_TOKENS: [&str; 4] = ["nonce", "at_hash", "c_hash", "s_hash"];

/// Who a token stands for that somebody signs whom a connection trusts, and until when; `None` when there is no such trust, or the
/// token is not good now.
pub(super) async fn ask(
    db: &Db,
    keys: &KeyCache,
    inner: Arc<Inner>,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Admitted, DateTime<Utc>)>, AppError> {
    let Some(shown) = Shown::read(token) else { return Ok(None) };
    if !shown.is_a(KIND) || OF_ID_TOKENS.iter().any(|claim| shown.claims.contains_key(*claim)) {
        return Ok(None);
    }
    let Some(ends) = shown.lives_until(now) else { return Ok(None) };
    let Some(issuer) = shown.text("iss") else { return Ok(None) };
    let claims = Claim::of_token(issuer, &shown.audiences(), shown.text("sub"));
    let wanted: Vec<Vec<u8>> = claims.iter().map(Claim::key).collect();
    let routes = db.run_without_tenant(move |conn| oauth_routes::find(conn, &wanted)).await;
    // Whose it is, is only known from here on; nothing is believed yet.
    let Some(route) = choose(&claims, &routes.map_err(AppError::Store)?) else { return Ok(None) };
    let tenant = route.tenant;
    let found = db.run(tenant, move |conn| {
        let Some(trust) = trusted_issuers::trust(conn, tenant, route.opens)? else { return Ok(None) };
        let Some(scope) = Scope::from_word(&trust.issuer.scope) else { return Ok(None) };
        let setting = (trust.schemas_version, trust.settings, trust.policy);
        let rules = inner.rules(conn, tenant, scope, setting)?;
        Ok::<_, AppError>(Some((trust.issuer, scope, rules)))
    });
    let Some((issuer, scope, rules)) = found.await? else { return Ok(None) };
    if !is_meant(&issuer, &shown) {
        return Ok(None);
    }
    let source = match issuer.jwks_uri {
        Some(address) => Source::At(address),
        None => Source::Issuer(issuer.issuer),
    };
    if !keys.signed(&source, &shown, &ALGORITHMS, now).await? {
        return Ok(None);
    }
    let principal = Principal { tenant, connection: issuer.connection, scope };
    Ok(Some((Admitted { principal, rules }, ends + LEEWAY)))
}

/// Whether the token says what the trust asks for. The route says so too, as a digest.
fn is_meant(issuer: &IssuerRow, shown: &Shown<'_>) -> bool {
    shown.text("iss") == Some(issuer.issuer.as_str())
        && shown.audiences().contains(&issuer.audience.as_str())
        && issuer.subject.as_deref().is_none_or(|subject| shown.text("sub") == Some(subject))
}
