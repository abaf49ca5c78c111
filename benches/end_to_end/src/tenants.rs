//! Many tenants at once, each with a provider that works through its first cycle: is somebody there, make them, change them, put
//! them into a group.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::content::{expect, text};
use crate::http::Connection;
use crate::latency::Latencies;
use crate::requests::{filter_path, group_body, members_body, patch_body, user_body};
use crate::server::Rollcall;
use crate::target::Target;
use crate::{Outcome, interrupt};

/// Tenants, and the requests a second of each.
pub(crate) const TENANTS: u32 = 20;
pub(crate) const RATE: u32 = 25;
/// Connections of each provider: one that waits for an answer does not hold the next request back.
const CONNECTIONS: u32 = 4;

/// The steps of a cycle, as they are printed.
pub(crate) const STEPS: [&str; 4] = ["filter", "POST", "PATCH", "PATCH group"];

/// What came of it.
#[derive(Debug)]
pub(crate) struct Load {
    /// Times of each of the [`STEPS`], from when a request was due until it was answered.
    pub(crate) steps: [Latencies; 4],
    /// All of them.
    pub(crate) all: Latencies,
    /// Wrong answers, and those that did not come.
    pub(crate) errors: Vec<String>,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// The tenants with a token and a group each.
///
/// # Errors
/// When one cannot be made.
pub(crate) fn prepare(server: &Rollcall) -> Outcome<Vec<(Target, String)>> {
    let mut tenants = Vec::new();
    for number in 0..TENANTS {
        interrupt::check()?;
        let name = format!("load-{number}");
        server.command(&["tenant", "create", &name])?;
        let token = server.command(&["token", "issue", "--tenant", &name, "--connection", "entra"])?;
        let target = Target { token, ..server.target(0, 1)? };
        let mut bytes = Vec::new();
        target.scim("POST", "/Groups", Some(&group_body("Everybody")), &mut bytes);
        let (_, group) = expect(Connection::open(server.address)?.fetch(&bytes)?, &[201])?;
        tenants.push((target, text(&group, "/id")?.to_owned()));
    }
    Ok(tenants)
}

/// Sends the load for `seconds`, `rate` requests a second for each tenant. A request is sent when it is due and not when the one before is answered, as far as the provider has
/// a connection that is free; its time counts from when it was due. `first_name` begins the names of those who are made: another one for
/// each run.
///
/// # Errors
/// When a client fails; wrong answers are in the result.
pub(crate) fn run(
    address: SocketAddr,
    tenants: &[(Target, String)],
    rate: u32,
    seconds: u64,
    first_name: &str,
) -> Outcome<Load> {
    let begun = Instant::now() + Duration::from_millis(100);
    let end = begun + Duration::from_secs(seconds);
    let clients = TENANTS * CONNECTIONS;
    // How far apart the requests of a client are, and the first ones of two clients.
    let interval = Duration::from_secs(1) * CONNECTIONS / rate;
    let results = thread::scope(|scope| {
        let mut started = Vec::new();
        for client in 0..clients {
            let Some((target, group)) = tenants.get((client % TENANTS) as usize) else { continue };
            let first = begun + interval * client / clients;
            let cycle = Cycle { target, group, first_name, client, user: String::new() };
            started.push(scope.spawn(move || cycle.run(address, first, interval, end)));
        }
        let join = |client: thread::ScopedJoinHandle<'_, Outcome<Client>>| {
            client.join().map_err(|_| "a client of the load panicked")?
        };
        started.into_iter().map(join).collect::<Outcome<Vec<_>>>()
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let of = |step: usize| {
        Latencies::collect(results.iter().map(|client| client.times.get(step).cloned().unwrap_or_default()))
    };
    let all = Latencies::collect(results.iter().map(|client| client.times.concat()));
    let steps = [of(0), of(1), of(2), of(3)];
    Ok(Load { steps, all, errors: results.into_iter().flat_map(|client| client.errors).collect(), seconds })
}

/// What one connection of a provider saw.
#[derive(Debug, Default)]
struct Client {
    times: [Vec<u32>; 4],
    errors: Vec<String>,
}

/// The work of one connection of a provider.
struct Cycle<'a> {
    target: &'a Target,
    group: &'a str,
    first_name: &'a str,
    client: u32,
    /// The one who was made last.
    user: String,
}

impl Cycle<'_> {
    fn run(
        mut self,
        address: SocketAddr,
        first: Instant,
        interval: Duration,
        end: Instant,
    ) -> Outcome<Client> {
        let mut connection = Connection::open(address)?;
        let (mut client, mut bytes, mut turn) = (Client::default(), Vec::new(), 0_u32);
        loop {
            let due = first + interval * turn;
            if due >= end {
                return Ok(client);
            }
            interrupt::check()?;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let step = (turn % 4) as usize;
            self.write(step, turn / 4, &mut bytes);
            let answer = connection.fetch(&bytes)?;
            let micros = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
            match self.check(step, expect(answer, &[200, 201, 204])) {
                Ok(()) => client.times.get_mut(step).into_iter().for_each(|times| times.push(micros)),
                Err(error) => client.errors.push(format!("{}: {error}", STEPS.get(step).unwrap_or(&""))),
            }
            turn += 1;
        }
    }

    fn write(&self, step: usize, round: u32, out: &mut Vec<u8>) {
        let name = format!("{}{}-{round}@example.com", self.first_name, self.client);
        match step {
            0 => self.target.scim("GET", &filter_path(&format!("userName eq \"{name}\"")), None, out),
            1 => self.target.scim("POST", "/Users", Some(&user_body(&name)), out),
            2 => {
                let title = patch_body(r#"{"op":"Replace","path":"title","value":"Guide"}"#);
                self.target.scim("PATCH", &format!("/Users/{}", self.user), Some(&title), out);
            }
            _ => {
                let body = members_body(std::slice::from_ref(&self.user), true);
                self.target.scim("PATCH", &format!("/Groups/{}", self.group), Some(&body), out);
            }
        }
    }

    fn check<T>(&mut self, step: usize, answer: Outcome<(T, Value)>) -> Outcome<()> {
        let (_, value) = answer?;
        match step {
            0 if value["totalResults"] != 0 => Err("found somebody who was never made".into()),
            1 => {
                self.user = text(&value, "/id")?.to_owned();
                Ok(())
            }
            2 if value["title"] != "Guide" => Err("the title was not changed".into()),
            _ => Ok(()),
        }
    }
}
