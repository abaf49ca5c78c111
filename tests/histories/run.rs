//! Eras: some seconds in a tenant of its own, after which every history is checked. So histories stay short, and what was unknown in
//! one cannot trouble the next.

use super::work;
use crate::support::http::{Request, Response, send};
use rollcall::app::tenants;
use rollcall::app::tokens::{self, Scope};
use rollcall::clock::Clock;
use rollcall::store::TenantConnection;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

/// The servers, as they are now.
pub(crate) struct Target {
    /// Where they listen; the nemesis writes here.
    pub(crate) addresses: RwLock<Vec<SocketAddr>>,
    /// Of the database's owner.
    pub(crate) database_url: String,
    /// Of a hundred requests, so many connections are dropped before the answer.
    pub(crate) dropped: usize,
    begun: Instant,
    /// Answers that nobody should get.
    faults: Mutex<Vec<String>>,
}

impl Target {
    pub(crate) fn new(addresses: Vec<SocketAddr>, database_url: &str, dropped: usize) -> Self {
        Self {
            addresses: RwLock::new(addresses),
            database_url: database_url.to_owned(),
            dropped,
            begun: Instant::now(),
            faults: Mutex::new(Vec::new()),
        }
    }

    /// Nanoseconds since the beginning.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap()
    }

    pub(crate) fn fault(&self, what: String) {
        self.faults.lock().unwrap().push(what);
    }
}

/// Numbers that look random and are the same for one seed (xorshift64*).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n as u64).unwrap()
    }
}

/// What became of a request.
pub(crate) enum Told {
    Answer(Response),
    /// It was sent, and what became of it is not known.
    Perhaps,
    /// Nobody took it.
    Never,
}

/// A request.
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: String,
    pub(crate) if_match: Option<String>,
    pub(crate) body: Option<Value>,
}

/// A tenant with its tokens.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) scim: String,
    pub(crate) api: String,
}

impl Site {
    /// A new tenant. The nemesis may be at work: it is tried until it succeeds.
    fn new(target: &Target, name: &str) -> Self {
        let made = |conn: &mut TenantConnection, name: &str| {
            let now = Clock::system().now();
            let tenant = tenants::create(conn, name, now).ok()?.id;
            let token = |conn: &mut TenantConnection, scope| {
                let issued = tokens::issue(conn, tenant, scope_name(scope), scope, None, now).ok()?;
                Some(issued.token.expose_secret().to_owned())
            };
            Some(Self { scim: token(conn, Scope::Scim)?, api: token(conn, Scope::Api)? })
        };
        for attempt in 0..600 {
            let conn = TenantConnection::connect(&target.database_url.clone().into());
            if let Some(site) = conn.ok().and_then(|mut conn| made(&mut conn, &format!("{name}-{attempt}"))) {
                return site;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("no tenant can be made");
    }
}

fn scope_name(scope: Scope) -> &'static str {
    if scope == Scope::Scim { "provider" } else { "platform" }
}

/// Some seconds of work in one tenant.
pub(crate) struct Era<'a> {
    pub(crate) target: &'a Target,
    pub(crate) site: Site,
    /// A tenant in which seats are few.
    pub(crate) seats: Site,
    pub(crate) seed: u64,
    pub(crate) end: Instant,
}

impl Era<'_> {
    /// One request to any of the servers.
    pub(crate) fn ask(&self, dice: &mut Dice, token: &str, ask: &Ask<'_>) -> Told {
        let address = {
            let addresses = self.target.addresses.read().unwrap();
            addresses[dice.below(addresses.len())]
        };
        let mut headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
        headers.extend(ask.if_match.iter().map(|tag| ("If-Match".to_owned(), tag.clone())));
        let body = ask.body.as_ref().map(|body| body.to_string().into_bytes());
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let request = Request { method: ask.method.to_owned(), path: ask.path.clone(), headers, body };
        if dice.below(100) < self.target.dropped {
            return hang_up(address, &request);
        }
        match send(address, &request) {
            Ok(answer) => Told::Answer(answer),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                thread::sleep(Duration::from_millis(20));
                Told::Never
            }
            Err(_) => Told::Perhaps,
        }
    }

    /// Asks until there is an answer of this status.
    pub(crate) fn must(&self, dice: &mut Dice, token: &str, ask: &Ask<'_>, status: u16) -> Value {
        for _ in 0..3_000 {
            if let Told::Answer(answer) = self.ask(dice, token, ask)
                && answer.status == status
            {
                return answer.json().unwrap_or_default();
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("{} {} does not succeed", ask.method, ask.path);
    }
}

/// Sends a request and closes the connection before the answer.
fn hang_up(address: SocketAddr, request: &Request) -> Told {
    let Ok(mut stream) = TcpStream::connect(address) else { return Told::Never };
    let mut bytes =
        format!("{} {} HTTP/1.1\r\nHost: {address}\r\n", request.method, request.path).into_bytes();
    for (name, value) in &request.headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    let body = request.body.as_deref().unwrap_or_default();
    bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
    bytes.extend(body);
    let _ = stream.write_all(&bytes);
    Told::Perhaps
}

/// What a run was.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) eras: usize,
    pub(crate) operations: usize,
    /// Those whose outcome is not known.
    pub(crate) unknown: usize,
    pub(crate) histories: usize,
    /// Histories that no order explains, and answers that nobody should get.
    pub(crate) anomalies: Vec<String>,
}

/// Works for that long, and checks every history.
pub(crate) fn eras(target: &Target, seed: u64, total: Duration, each: Duration) -> Tally {
    let (begun, mut tally) = (Instant::now(), Tally::default());
    while begun.elapsed() < total {
        let number = tally.eras;
        let [site, seats] =
            ["site", "seats"].map(|kind| Site::new(target, &format!("{kind}-{}-{number}", seed % 1_000_000)));
        let era =
            &Era { target, site, seats, seed: seed ^ (number as u64) << 32, end: Instant::now() + each };
        let checked = thread::scope(|scope| {
            let running: Vec<_> = work::ALL.map(|work| scope.spawn(move || work(era))).into_iter().collect();
            running.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        tally.eras += 1;
        for history in checked {
            tally.histories += 1;
            tally.operations += history.operations;
            tally.unknown += history.unknown;
            tally.anomalies.extend(history.anomaly);
        }
    }
    tally.anomalies.append(&mut target.faults.lock().unwrap());
    tally
}
