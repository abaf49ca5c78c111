//! The real server on a port of its own, over a database of its own.

use super::cluster::new_database;
use super::http::{Request, Response, send};
use actix_web::dev::ServerHandle;
use chrono::{DateTime, Duration, Utc};
use rollcall::app::audit::By;
use rollcall::app::tokens::{self, Scope};
use rollcall::app::{connections, tenants};
use rollcall::clock::Clock;
use rollcall::http::State;
use rollcall::http::rate::Limits;
use rollcall::startup::{Application, Settings};
use rollcall::store::TenantConnection;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, mpsc};

/// A running server with one tenant, `demo`, a connection of an identity provider and one of an administrator.
pub(crate) struct TestApp {
    address: SocketAddr,
    database_url: String,
    scim_token: String,
    api_token: String,
    clock: Clock,
    server: ServerHandle,
    others: Mutex<Vec<ServerHandle>>,
    state: State,
    tweak: fn(&mut Settings),
}

impl TestApp {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// A server with other settings than those of the tests; a second one on the same database has them, too.
    pub(crate) fn start_with(tweak: fn(&mut Settings)) -> Self {
        let database_url = new_database();
        let clock = Clock::manual("2026-11-21T09:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let mut conn = TenantConnection::connect(&database_url.clone().into()).unwrap();
        tenants::create(&mut conn, "demo", clock.now()).unwrap();
        let (address, server, state) = serve(&database_url, &clock, tweak);
        let mut app = Self {
            address,
            database_url,
            scim_token: String::new(),
            api_token: String::new(),
            clock,
            server,
            others: Mutex::default(),
            state,
            tweak,
        };
        app.scim_token = app.issue_token("demo", "identity-provider", Scope::Scim);
        app.api_token = app.issue_token("demo", "administration", Scope::Api);
        app
    }

    /// The same for tests that put out many with few people: what stops that has tests of its own.
    pub(crate) fn unguarded() -> Self {
        let app = Self::start();
        app.set("demo", "identity-provider", &serde_json::json!({"guard": "off"}));
        app
    }

    /// A second server on the same database.
    pub(crate) fn another_server(&self) -> SocketAddr {
        let (address, server, _) = serve(&self.database_url, &self.clock, self.tweak);
        self.others.lock().unwrap().push(server);
        address
    }

    /// A token; tenant and connection are made when there are none of that name.
    pub(crate) fn issue_token(&self, tenant: &str, connection: &str, scope: Scope) -> String {
        self.issue(tenant, connection, scope, None).0
    }

    /// A token of a connection of its own with these settings, which may change what the identity provider owns, and is not watched.
    pub(crate) fn token_with(&self, connection: &str, settings: &Value) -> String {
        let token = self.issue_token("demo", connection, Scope::Scim);
        self.set("demo", connection, &serde_json::json!({"others": "change", "guard": "off"}));
        self.set("demo", connection, settings);
        token
    }

    /// Changes settings of a connection. A server that knows it already may take a second to notice.
    pub(crate) fn set(&self, tenant: &str, connection: &str, settings: &Value) {
        let mut conn = self.connect();
        let tenant = tenants::by_name(&mut conn, tenant).unwrap().id;
        let by = By::operator(self.clock.now());
        connections::set(&mut conn, tenant, connection, settings.as_object().unwrap(), &by).unwrap();
    }

    /// A token that ends by itself, and its id.
    pub(crate) fn issue(
        &self,
        tenant: &str,
        connection: &str,
        scope: Scope,
        lifetime: Option<Duration>,
    ) -> (String, uuid::Uuid) {
        let mut conn = self.connect();
        let now = self.clock.now();
        let tenant = match tenants::by_name(&mut conn, tenant) {
            Ok(found) => found.id,
            Err(_) => tenants::create(&mut conn, tenant, now).unwrap().id,
        };
        let expires_at = lifetime.map(|lifetime| now + lifetime);
        let issued = tokens::issue(&mut conn, tenant, connection, scope, expires_at, now).unwrap();
        (issued.token.expose_secret().to_owned(), issued.id)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the server's requests share.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn scim_base(&self) -> String {
        format!("http://{}/scim/v2", self.address)
    }

    pub(crate) fn scim_token(&self) -> &str {
        &self.scim_token
    }

    pub(crate) fn api_token(&self) -> &str {
        &self.api_token
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A connection to the database with the rights of its owner.
    pub(crate) fn connect(&self) -> TenantConnection {
        TenantConnection::connect(&self.database_url.clone().into()).unwrap()
    }

    pub(crate) fn database_url(&self) -> &str {
        &self.database_url
    }

    /// What the identity provider sends: a path below the SCIM base.
    pub(crate) fn scim(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        self.request(method, &format!("/scim/v2{path}"), Some(&self.scim_token), body)
    }

    /// What an administrator sends: a path below the API.
    pub(crate) fn api(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        self.request(method, &format!("/api/v1{path}"), Some(&self.api_token), body)
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Response {
        request_to(self.address, method, path, token, body)
    }

    /// Creates a user and returns its id.
    pub(crate) fn provision(&self, user: &Value) -> String {
        let answer = self.scim("POST", "/Users", Some(user));
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        answer.json().unwrap()["id"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn request_to(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Response {
    let mut headers = Vec::new();
    if let Some(token) = token {
        headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
    }
    if body.is_some() {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    let body = body.map(|body| body.to_string().into_bytes());
    let request = Request { method: method.to_owned(), path: path.to_owned(), headers, body };
    send(address, &request).unwrap()
}

fn serve(database_url: &str, clock: &Clock, tweak: fn(&mut Settings)) -> (SocketAddr, ServerHandle, State) {
    let mut settings = Settings {
        database_url: database_url.to_owned().into(),
        pool_size: 4,
        api_pool_size: 4,
        workers: 1,
        public_url: None,
        // The tests themselves, which say from where people come.
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        // The tests themselves, which are issuers, too.
        issuer_networks: vec!["127.0.0.0/8".parse().unwrap()],
        clock: clock.clone(),
        // Tests work when they want it done: the clock stands still, and every row of the audit log is expected.
        mailer: None,
        work_every: None,
        tls: None,
        // Tests send as fast as they can, and those of the limits set some.
        rates: Limits { of_a_connection: 0, of_a_stranger: 0 },
    };
    tweak(&mut settings);
    let (started, starting) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let application = Application::build(listener, settings).unwrap();
            let started_now = (application.address, application.server.handle(), application.state);
            started.send(started_now).unwrap();
            application.server.await.unwrap();
        });
    });
    starting.recv().unwrap()
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Not awaited: the next test need not wait for this server's end.
        for server in self.others.get_mut().unwrap().iter().chain([&self.server]) {
            drop(server.stop(false));
        }
    }
}
