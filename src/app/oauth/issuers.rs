//! Issuers whose own tokens open a connection: whom to trust, and for what. For the operator's commands.

use super::clients::{check_scope, connection_of};
use super::digest_of;
use crate::app::connections::check_name;
use crate::app::key_cache::check_address;
use crate::app::{AppError, audit, mapping};
use crate::store::oauth_routes::{self, Route};
use crate::store::trusted_issuers::{self as store, IssuerRow};
use crate::store::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::TenantId;
use rollcall_scim::error::shorten;
use serde_json::json;
use uuid::Uuid;

/// Bytes of an audience or subject at most.
const MAX_NAME: usize = 1024;

/// By what a token is known before its tenant is: who issued it, for whom, and perhaps about whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::app) struct Claim<'a> {
    issuer: &'a str,
    audience: &'a str,
    subject: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// What a token may be claimed by, the most particular first.
    pub(in crate::app) fn of_token(
        issuer: &'a str,
        audiences: &[&'a str],
        subject: Option<&'a str>,
    ) -> Vec<Self> {
        let with = |subject| audiences.iter().map(move |audience| Claim { issuer, audience, subject });
        subject.into_iter().flat_map(|subject| with(Some(subject))).chain(with(None)).collect()
    }

    /// SHA-256 of the whole claim.
    pub(in crate::app) fn key(&self) -> Vec<u8> {
        match self.subject {
            Some(subject) => digest_of(&["issuer", self.issuer, self.audience, subject]),
            None => self.family(),
        }
    }

    /// SHA-256 of issuer and audience.
    fn family(&self) -> Vec<u8> {
        digest_of(&["issuer", self.issuer, self.audience])
    }
}

/// The route of the most particular claim that has one.
pub(in crate::app) fn choose(claims: &[Claim<'_>], routes: &[Route]) -> Option<Route> {
    claims.iter().map(Claim::key).find_map(|key| routes.iter().find(|route| route.key == key).cloned())
}

/// Whom to trust.
#[derive(Debug, Clone)]
pub struct NewIssuer {
    /// The iss claim, letter by letter.
    pub issuer: String,
    /// What the aud claim is or contains.
    pub audience: String,
    /// The sub claim; `None`: any.
    pub subject: Option<String>,
    /// Where the keys are; `None`: discovery tells.
    pub jwks_uri: Option<String>,
    /// What its tokens open.
    pub scope: String,
}

/// Trusts an issuer; the connection is made when there is none of that name. Returns the id, and whether the connection was made.
///
/// # Errors
/// `Invalid` for what cannot be, or what another tenant or connection has claimed; database failures.
pub fn add(
    conn: &mut TenantConnection,
    tenant: TenantId,
    connection: &str,
    new: &NewIssuer,
    now: DateTime<Utc>,
) -> Result<(Uuid, bool), AppError> {
    check(connection, new)?;
    let claim = Claim { issuer: &new.issuer, audience: &new.audience, subject: new.subject.as_deref() };
    conn.enter(tenant)?;
    let added = conn.in_transaction(|conn| {
        let family = claim.family();
        let others = oauth_routes::hold_family(conn, &family)?;
        // Who claims every subject claims those of everybody else.
        let whole = |route: &Route| route.key == family;
        let foreign = others.iter().find(|route| {
            route.tenant != tenant && (route.key == claim.key() || whole(route) || new.subject.is_none())
        });
        if foreign.is_some() {
            return Err(taken("another tenant"));
        }
        let (connection, is_new) = connection_of(conn, tenant, connection, now)?;
        let id = crate::random::id(now);
        let row = IssuerRow {
            id,
            connection,
            issuer: new.issuer.clone(),
            audience: new.audience.clone(),
            subject: new.subject.clone(),
            scope: new.scope.clone(),
            jwks_uri: new.jwks_uri.clone(),
            created_at: now,
        };
        store::insert(conn, tenant, &row)?;
        oauth_routes::insert(conn, &Route { key: claim.key(), family, tenant, opens: id })?;
        let facts = json!({
            "connection": connection.to_string(),
            "issuer": new.issuer,
            "audience": new.audience,
            "scope": new.scope,
        });
        audit::by_operator(conn, tenant, "issuer.trusted", id, facts, now)?;
        Ok((id, is_new))
    });
    match added {
        Err(AppError::Store(StoreError::Taken(_))) => Err(taken("this tenant")),
        other => other,
    }
}

fn taken(by: &str) -> AppError {
    AppError::invalid(
        "issuer",
        format!(
            "is trusted with this audience by {by} already; a token must lead to one connection, so remove that first, or tell them apart by --subject"
        ),
    )
}

/// Names under which Microsoft knows all directories, or all of a kind, and its own of everybody's private accounts. Its documents
/// say `{tenantid}` there.
const EVERY_DIRECTORY: [&str; 5] =
    ["common", "organizations", "consumers", "{tenantid}", "9188040d-6c67-4c5b-b112-36a304b66dad"];

/// Where Microsoft issues tokens: as v1 and v2, and in its national clouds.
const MICROSOFT: [&str; 6] = [
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
];

/// What an issuer of Microsoft says instead of a directory.
fn every_directory(issuer: &str) -> Option<&str> {
    let (host, path) = issuer.split_once("://")?.1.split_once('/')?;
    let host = host.split(':').next().unwrap_or_default();
    let directory = path.split('/').next().unwrap_or_default();
    let is_any = |names: &[&str], text: &str| names.iter().any(|name| name.eq_ignore_ascii_case(text));
    (is_any(&MICROSOFT, host) && is_any(&EVERY_DIRECTORY, directory)).then_some(directory)
}

fn check(connection: &str, new: &NewIssuer) -> Result<(), AppError> {
    check_name(connection)?;
    check_scope(&new.scope)?;
    check_address(&new.issuer).map_err(|why| AppError::invalid("issuer", why))?;
    if new.issuer.contains('?') {
        let detail = format!(
            "{:?} has a query, which no issuer has; give the iss claim of its tokens",
            shorten(&new.issuer)
        );
        return Err(AppError::invalid("issuer", detail));
    }
    if let Some(directory) = every_directory(&new.issuer) {
        let detail = format!(
            "{:?} is no directory: whoever has one of Microsoft's could have such tokens; give the id of your own in place of {directory:?}, as the iss claim of its tokens has it",
            shorten(&new.issuer)
        );
        return Err(AppError::invalid("issuer", detail));
    }
    if let Some(address) = &new.jwks_uri {
        check_address(address).map_err(|why| AppError::invalid("jwks-uri", why))?;
    }
    for (field, value) in [("audience", Some(&new.audience)), ("subject", new.subject.as_ref())] {
        let Some(value) = value else { continue };
        if value.trim().is_empty() || value.len() > MAX_NAME {
            let detail = format!("has {} bytes; give 1 to {MAX_NAME}, not only blanks", value.len());
            return Err(AppError::invalid(field, detail));
        }
        if let Some(detail) = mapping::hidden_in(value) {
            return Err(AppError::invalid(field, detail));
        }
    }
    Ok(())
}

/// The issuers that a tenant trusts, with the names of their connections, newest first.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<(IssuerRow, String)>, AppError> {
    conn.enter(tenant)?;
    Ok(store::list(conn, tenant)?)
}

/// Trusts an issuer no more.
///
/// # Errors
/// `NotFound`; database failures.
pub fn remove(
    conn: &mut TenantConnection,
    tenant: TenantId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        if !store::delete(conn, tenant, id)? {
            let detail = format!("the tenant trusts no issuer {id}; `rollcall issuer list` shows all");
            return Err(AppError::NotFound(detail));
        }
        oauth_routes::delete(conn, tenant, id)?;
        audit::by_operator(conn, tenant, "issuer.removed", id, json!({}), now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_of_every_directory_is_none() {
        for every in [
            "https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com/organizations/v2.0",
            "https://login.microsoftonline.com/consumers/v2.0",
            "https://LOGIN.microsoftonline.com:443/Common/",
            "https://login.microsoftonline.com/{tenantid}/v2.0",
            "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            "https://sts.windows.net/common/",
            "https://login.microsoftonline.us/organizations/v2.0",
        ] {
            assert!(every_directory(every).is_some(), "{every}");
        }
        for own in [
            "https://login.microsoftonline.com/0b1c4a6e-5f3f-4d39-9c43-5c8f6d0c7e11/v2.0",
            "https://sts.windows.net/0b1c4a6e-5f3f-4d39-9c43-5c8f6d0c7e11/",
            "https://idp.example.com/common/v2.0",
            "https://idp.example.com",
        ] {
            assert_eq!(every_directory(own), None, "{own}");
        }
    }

    #[test]
    fn a_token_is_known_by_its_most_particular_claim() {
        let claims = Claim::of_token("https://idp", &["a", "b"], Some("s"));
        assert_eq!(claims.len(), 4);
        let route = |claim: &Claim<'_>, number: u128| Route {
            key: claim.key(),
            family: claim.family(),
            tenant: TenantId(Uuid::from_u128(number)),
            opens: Uuid::from_u128(number),
        };
        let (by_subject, whole) = (route(&claims[1], 1), route(&claims[2], 2));
        assert_eq!(choose(&claims, &[whole.clone(), by_subject.clone()]), Some(by_subject));
        assert_eq!(choose(&claims, std::slice::from_ref(&whole)), Some(whole));
        assert_eq!(choose(&claims, &[]), None);
        // No two different claims have the same digest.
        let moved = Claim { issuer: "https://id", audience: "pa", subject: None };
        assert_ne!(moved.key(), Claim { issuer: "https://idp", audience: "a", subject: None }.key());
    }
}
