//! Fetching public keys: by HTTPS, from outside, little, soon, and from nowhere else than was named.

use super::addresses::may_be_asked;
use super::{Keys, Source};
use ipnet::IpNet;
use serde_json::Value;
use std::time::Duration;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

/// How long one answer may take, from looking up the name to its last byte.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of an answer at most.
const MAX_ANSWER: u64 = 256 * 1024;
/// Bytes of an address at most.
pub(in crate::app) const MAX_ADDRESS: usize = 1024;

/// Fetches keys.
pub struct Fetcher {
    agent: Agent,
}

impl Fetcher {
    /// Fetches from public addresses, and from these networks; over plain HTTP only from this machine, and only where a network of
    /// these allows it.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            // A redirect leads to where nobody meant to go.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A proxy would look up the name, and nobody would see where it leads.
            .proxy(None)
            .max_idle_connections(0)
            .user_agent("rollcall")
            .accept("application/json")
            .build();
        let agent = Agent::with_parts(
            config,
            DefaultConnector::new(),
            Guard { allowed, inner: DefaultResolver::default() },
        );
        Self { agent }
    }

    /// The keys of an owner.
    ///
    /// # Errors
    /// Why there are none, for the log.
    pub(super) fn keys(&self, source: &Source) -> Result<Keys, String> {
        let set = match source {
            Source::At(address) => self.json(address)?,
            Source::Issuer(issuer) => {
                let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
                let document = self.json(&address)?;
                // Who else could speak for the issuer (OpenID Connect Discovery §4.3)?
                if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
                    return Err(format!("{address} speaks for another issuer: {}", document["issuer"]));
                }
                let keys_at = document.get("jwks_uri").and_then(Value::as_str);
                self.json(keys_at.ok_or_else(|| format!("{address} names no jwks_uri"))?)?
            }
        };
        let keys = Keys::of_set(&set).ok_or("the answer is no JWK Set")?;
        if keys.is_empty() {
            return Err("there is no key among them that can be used".to_owned());
        }
        Ok(keys)
    }

    fn json(&self, address: &str) -> Result<Value, String> {
        check_address(address)?;
        let told = |error: Error| format!("{address}: {error}");
        let mut answer = self.agent.get(address).call().map_err(told)?;
        if answer.status() != 200 {
            return Err(format!("{address}: answered {}", answer.status()));
        }
        let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(told)?;
        serde_json::from_slice(&text).map_err(|error| format!("{address}: no JSON: {error}"))
    }
}

/// Whether keys can be at an address: `https`, or `http` on this machine, which a server refuses unless it was told otherwise.
///
/// # Errors
/// Why not, as a clause about the address.
pub(in crate::app) fn check_address(address: &str) -> Result<(), String> {
    let shown = rollcall_scim::error::shorten(address);
    let uri: Uri = address.parse().map_err(|_| format!("{shown:?} is no address"))?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    if address.len() > MAX_ADDRESS || host.is_empty() || has_user || address.contains('#') {
        return Err(format!(
            "{shown:?} has no host, a user, a fragment, or more than {MAX_ADDRESS} bytes; give one such as https://idp.example.com/keys"
        ));
    }
    let here = host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if here => Ok(()),
        _ => Err(format!("{shown:?} is not secured; give one that begins with https://")),
    }
}

/// Looks up names, and refuses those that lead inside. What it found is what is connected to, so a name cannot lead elsewhere a
/// moment later.
#[derive(Debug)]
struct Guard {
    allowed: Vec<IpNet>,
    inner: DefaultResolver,
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let plain = uri.scheme_str() != Some("https");
        let refused = found.iter().find(|found| {
            let address = found.ip().to_canonical();
            !may_be_asked(address, &self.allowed) || (plain && !address.is_loopback())
        });
        match refused {
            None => Ok(found),
            Some(address) => {
                let why = format!(
                    "leads to {}, which is no public address; allow its network with --issuer-network if it is meant",
                    address.ip()
                );
                Err(Error::Io(std::io::Error::new(std::io::ErrorKind::PermissionDenied, why)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_behind_https_or_here() {
        for good in [
            "https://login.microsoftonline.com/common/discovery/keys",
            "https://idp.example.com:8443/keys?tenant=1",
            "http://127.0.0.1:8080/keys",
            "http://localhost/keys",
            "http://[::1]:80/keys",
        ] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for bad in [
            "http://idp.example.com/keys",
            "http://10.0.0.1/keys",
            "ftp://idp.example.com/keys",
            "file:///etc/passwd",
            "/keys",
            "idp.example.com",
            "https://",
            "https://user:pass@idp.example.com/keys",
            "https://idp.example.com/keys#x",
            "http://localhost.example.com/keys",
            "",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
        assert!(check_address(&format!("https://idp.example.com/{}", "x".repeat(1100))).is_err());
    }

    #[test]
    fn what_is_inside_is_not_fetched() {
        let fetcher = Fetcher::new(vec![]);
        for inside in [
            "https://127.0.0.1:9/keys",
            "http://127.0.0.1:9/keys",
            "https://169.254.169.254/keys",
            "https://[::1]:9/",
        ] {
            let why = fetcher.json(inside).unwrap_err();
            assert!(why.contains("no public address"), "{inside}: {why}");
        }
    }
}
