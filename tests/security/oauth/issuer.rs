//! An issuer on this machine, whose keys change when a test wants it.

use super::keys::Pair;
use crate::support::TestApp;
use rollcall::app::AppError;
use rollcall::app::oauth::issuers::{self, NewIssuer};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// For whom its tokens are.
pub(super) const AUDIENCE: &str = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621";

/// What it answers, by path: status and body. Nothing there is 404.
type Pages = Arc<Mutex<Vec<(String, u16, String)>>>;

/// An issuer.
pub(super) struct Issuer {
    address: SocketAddr,
    pages: Pages,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Issuer {
    /// An issuer that publishes these keys, and a discovery document.
    pub(super) fn start(keys: &[&Pair]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (pages, asked) = (Pages::default(), Arc::<Mutex<Vec<String>>>::default());
        let issuer =
            Self { address: listener.local_addr().unwrap(), pages: pages.clone(), asked: asked.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                let mut byte = [0_u8; 1];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                asked.lock().unwrap().push(path.clone());
                let pages = pages.lock().unwrap();
                let page = pages.iter().find(|(at, ..)| *at == path);
                let (status, body) =
                    page.map_or((404, String::new()), |(_, status, body)| (*status, body.clone()));
                drop(pages);
                let more = if status == 302 { format!("Location: {body}\r\n") } else { String::new() };
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                // Who has read enough may hang up.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let document = json!({"issuer": issuer.name(), "jwks_uri": issuer.keys_at()});
        issuer.page("/tenant/.well-known/openid-configuration", 200, &document.to_string());
        issuer.publish(keys);
        issuer
    }

    /// The iss claim. Entra's ends with a slash, too.
    pub(super) fn name(&self) -> String {
        format!("http://{}/tenant/", self.address)
    }

    pub(super) fn keys_at(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    /// From now on these are its keys.
    pub(super) fn publish(&self, keys: &[&Pair]) {
        let keys: Vec<Value> = keys.iter().map(|pair| pair.jwk()).collect();
        self.page("/keys", 200, &json!({ "keys": keys }).to_string());
    }

    /// What it answers at a path from now on.
    pub(super) fn page(&self, path: &str, status: u16, body: &str) {
        let mut pages = self.pages.lock().unwrap();
        pages.retain(|(at, ..)| at != path);
        pages.push((path.to_owned(), status, body.to_owned()));
    }

    /// How often its keys were asked for.
    pub(super) fn times_asked(&self) -> usize {
        self.asked.lock().unwrap().iter().filter(|path| *path == "/keys").count()
    }
}

/// What an issuer like Entra says.
pub(super) fn claims(app: &TestApp, issuer: &Issuer) -> Value {
    let now = app.clock().now().timestamp();
    json!({
        "iss": issuer.name(),
        "aud": AUDIENCE,
        "sub": "7f0c3f2b-2bd6-4f6f-9b0a-7f4d4e0f8a11",
        "appid": "00000014-0000-0000-c000-000000000000",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
    })
}

/// Whom to trust with nothing said of it but who it is.
pub(super) fn trust_in(issuer: &Issuer) -> NewIssuer {
    NewIssuer {
        issuer: issuer.name(),
        audience: AUDIENCE.to_owned(),
        subject: None,
        jwks_uri: None,
        scope: "scim".to_owned(),
    }
}

impl TestApp {
    /// The connection of a tenant trusts an issuer.
    pub(super) fn trust(&self, tenant: &str, connection: &str, new: &NewIssuer) -> Result<Uuid, AppError> {
        let tenant = self.tenant(tenant);
        issuers::add(&mut self.connect(), tenant, connection, new, self.clock().now()).map(|(id, _)| id)
    }
}
