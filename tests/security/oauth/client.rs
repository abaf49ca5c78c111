//! A client of the token endpoint.

use super::keys::Pair;
use crate::support::http::{Request, Response, send};
use crate::support::{TestApp, expect};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use rollcall::app::oauth::clients;
use rollcall::app::oauth::issuers::NewIssuer;
use rollcall::app::tenants;
use rollcall_domain::ids::TenantId;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::net::SocketAddr;
use uuid::Uuid;

/// What an assertion is.
pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client with one secret.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) id: Uuid,
    pub(super) secret: String,
    pub(super) secret_id: Uuid,
}

impl Client {
    /// The parameters that it proves itself by.
    pub(super) fn parameters(&self) -> [(&'static str, String); 2] {
        [("client_id", self.id.to_string()), ("client_secret", self.secret.clone())]
    }

    /// The header that it proves itself by.
    pub(super) fn header(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.id, self.secret)))
    }
}

/// Parameters as a form has them.
pub(super) fn form<V: AsRef<str>>(parameters: &[(&str, V)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(parameters.iter().map(|(name, value)| (*name, value.as_ref())));
    form.finish()
}

/// A request to the token endpoint of a server, with these headers and this form.
pub(super) fn post(server: SocketAddr, headers: &[(&str, &str)], body: &str) -> Response {
    let mut all = vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let request = Request {
        method: "POST".to_owned(),
        path: "/oauth/token".to_owned(),
        headers: all,
        body: Some(body.as_bytes().to_vec()),
    };
    send(server, &request).unwrap()
}

impl TestApp {
    pub(super) fn tenant(&self, name: &str) -> TenantId {
        let mut conn = self.connect();
        match tenants::by_name(&mut conn, name) {
            Ok(found) => found.id,
            Err(_) => tenants::create(&mut conn, name, self.clock().now()).unwrap().id,
        }
    }

    pub(super) fn client(&self, tenant: &str, connection: &str, scope: &str) -> Client {
        self.client_until(tenant, connection, scope, None)
    }

    /// A client whose secret ends by itself.
    pub(super) fn client_until(
        &self,
        tenant: &str,
        connection: &str,
        scope: &str,
        lifetime: Option<Duration>,
    ) -> Client {
        let (tenant, now) = (self.tenant(tenant), self.clock().now());
        let ends = lifetime.map(|lifetime| now + lifetime);
        let made = clients::create(&mut self.connect(), tenant, connection, scope, Some(ends), now).unwrap();
        let secret = made.secret.unwrap();
        Client { id: made.id, secret: secret.secret.expose_secret().to_owned(), secret_id: secret.id }
    }

    /// A client of the tenant demo that signs.
    pub(super) fn signing_client(&self, pair: &Pair) -> Uuid {
        let (tenant, now) = (self.tenant("demo"), self.clock().now());
        let made =
            clients::create(&mut self.connect(), tenant, "identity-provider", "scim", None, now).unwrap();
        clients::add_keys(&mut self.connect(), tenant, made.id, &pair.jwk(), now).unwrap();
        made.id
    }

    /// The answer to a client that sends its secret in the form.
    pub(super) fn ask(&self, client: &Client) -> Response {
        self.ask_at(self.address(), client)
    }

    pub(super) fn ask_at(&self, server: SocketAddr, client: &Client) -> Response {
        let mut parameters = vec![("grant_type", "client_credentials".to_owned())];
        parameters.extend(client.parameters());
        post(server, &[], &form(&parameters))
    }

    /// An access token.
    #[track_caller]
    pub(super) fn access_token(&self, client: &Client) -> String {
        token_of(&expect(self.ask(client), 200))
    }

    /// The answer to an assertion.
    pub(super) fn assert_with(&self, assertion: &str) -> Response {
        let parameters = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ];
        post(self.address(), &[], &form(&parameters))
    }

    /// What a client says in an assertion that is good.
    pub(super) fn assertion(&self, client: Uuid) -> Value {
        let now = self.clock().now().timestamp();
        json!({
            "iss": client,
            "sub": client,
            "aud": format!("http://{}/oauth/token", self.address()),
            "exp": now + 300,
            "iat": now,
            "jti": Uuid::new_v4(),
        })
    }

    /// Something of everything that is here, in the tenant demo.
    pub(in crate::security) fn some_oauth(&self) {
        let pair = Pair::ed25519("main");
        let client = self.signing_client(&pair);
        expect(self.assert_with(&pair.sign(&self.assertion(client))), 200);
        self.access_token(&self.client("demo", "identity-provider", "scim"));
        let issuer = NewIssuer {
            issuer: "https://sts.windows.net/6a2f/".to_owned(),
            audience: "api://rollcall".to_owned(),
            subject: None,
            jwks_uri: None,
            scope: "scim".to_owned(),
        };
        self.trust("demo", "identity-provider", &issuer).unwrap();
    }

    /// The status of a SCIM request with this token.
    pub(super) fn scim_status(&self, token: &str) -> u16 {
        self.request("GET", "/scim/v2/Users", Some(token), None).status
    }
}

/// The access token of an answer.
pub(super) fn token_of(answer: &Response) -> String {
    answer.json().unwrap()["access_token"].as_str().unwrap().to_owned()
}

/// What is wrong with a refusal of the token endpoint (RFC 6749 §5.2).
pub(super) fn refused(answer: &Response, status: u16, code: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let body = answer.json().unwrap_or_default();
    if answer.status != status || body["error"] != json!(code) {
        wrong.push(format!("{} {body}, expected {status} {code}", answer.status));
    }
    let description = body["error_description"].as_str().unwrap_or_default();
    let printable = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    if description.is_empty() || !description.chars().all(printable) {
        wrong.push(format!("error_description {description:?}"));
    }
    if body.as_object().is_some_and(|all| all.len() != 2) {
        wrong.push(format!("more than an error: {body}"));
    }
    wrong.extend(unkept(answer));
    if (status == 401) != answer.header("WWW-Authenticate").is_some_and(|value| value.starts_with("Basic ")) {
        wrong.push(format!("WWW-Authenticate: {:?}", answer.header("WWW-Authenticate")));
    }
    wrong
}

/// What is wrong with an answer that nobody may keep (RFC 6749 §5.1).
pub(super) fn unkept(answer: &Response) -> Vec<String> {
    let expected =
        [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")];
    expected
        .into_iter()
        .filter(|(name, value)| answer.header(name) != Some(*value))
        .map(|(name, _)| format!("{name}: {:?}", answer.header(name)))
        .collect()
}
