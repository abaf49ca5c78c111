//! What clients can do to each other, in figures: sign-ins beside a sync, a sync beside an administrator, one tenant beside others;
//! and what row level security costs.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, OWNER};
use crate::http::Connection;
use crate::latency::Latencies;
use crate::lifecycle::{Caller, PASSWORD, signed_in};
use crate::operation::Operation;
use crate::requests::active_body;
use crate::seed::{self, Seeded};
use crate::server::Rollcall;
use crate::target::{Group, Target, user_id};
use crate::{Outcome, interrupt, process, tell};

const USERS: u64 = 10_000;
/// Clients of the sync that is watched, and what each waits between two requests.
const CLIENTS: u64 = 4;
const PAUSE: Duration = Duration::from_millis(10);
/// People who sign in at the same time, and the accounts they share.
const PEOPLE: u32 = 200;
const ACCOUNTS: u32 = 8;
/// Connections of the sync that floods, and of the tenant that does.
const FLOOD: u64 = 64;
const TENANT_FLOOD: u32 = 10;
/// What the flooding tenant sends each second.
const FLOOD_RATE: u32 = 500;

/// Measures everything, and prints it.
pub(crate) fn measure(binary: &Path, directory: &Path, seconds: u64) -> Outcome<()> {
    tell("security: starting a server, and seeding");
    // Sign-ins come from many addresses, as if a proxy told them.
    let server = Rollcall::start_with(binary, directory, &["--trusted-proxy", "127.0.0.0/8"])?;
    let cluster = Cluster::find(&server.data_directory)?;
    let target = server.target(USERS, 8)?;
    let seeded = seed::users(&target, &cluster, &mut Connection::open(server.address)?)?;
    let caller = |token: &str| Caller { address: server.address, token: token.to_owned() };
    let (scim, api) = (caller(server.fact("SCIM_TOKEN")?), caller(server.fact("API_TOKEN")?));
    for account in 0..ACCOUNTS {
        signed_in(&api, &scim, account)?;
    }
    let flooding = caller(&flooding_tenant(&server, &cluster)?);
    let mut out = std::io::stdout();

    tell("security: a sync alone");
    let nothing = |_: u32, _: &AtomicBool| Ok(Tally::default());
    let (alone, _) = beside(&scim, seconds, 0, &nothing)?;
    writeln!(out, "A sync of {CLIENTS} clients, alone: {}", shown(&alone))?;

    tell("security: the same beside sign-ins");
    let before = memory(&server);
    let (with, tally) = beside(&scim, seconds, PEOPLE, &|number, over| sign_in(&api, number, over))?;
    let after = memory(&server);
    writeln!(out, "… beside {PEOPLE} parallel sign-ins: {}; p99 {}", shown(&with), times(&with, &alone))?;
    let good = tally.of(201);
    writeln!(
        out,
        "    sign-ins: {:.1} a second; answers {}; memory {before:.1} MiB before, {after:.1} MiB after",
        good as f64 / seconds as f64,
        tally.shown()
    )?;

    tell("security: the same beside a tenant that floods");
    let (with, tally) = beside(&scim, seconds, TENANT_FLOOD, &|_, over| flood_of_tenant(&flooding, over))?;
    writeln!(
        out,
        "… beside a tenant that sends {FLOOD_RATE} a second and may 250: {}; p99 {}; its answers {}",
        shown(&with),
        times(&with, &alone),
        tally.shown()
    )?;

    tell("security: an administrator alone, and beside a sync that floods");
    let quiet = administrator(&api, seconds)?;
    let over = AtomicBool::new(false);
    let stormy = thread::scope(|scope| -> Outcome<(Latencies, Tally)> {
        let (scim, over) = (&scim, &over);
        let clients: Vec<_> =
            (0..FLOOD).map(|number| scope.spawn(move || flood_of_sync(scim, number, over))).collect();
        let measured = administrator(&api, seconds);
        over.store(true, Ordering::Relaxed);
        let tally = joined(clients)?;
        Ok((measured?, tally))
    })?;
    writeln!(out, "Deactivations by an administrator, alone: {}", shown(&quiet))?;
    writeln!(
        out,
        "… while {FLOOD} clients of a provider change accounts as fast as they can: {}; answers to the provider {}",
        shown(&stormy.0),
        stormy.1.shown()
    )?;

    tell("security: row level security");
    for operation in [Operation::Get, Operation::Patch] {
        let (behind, without) = row_security(operation, &cluster, &target, &seeded, directory, seconds)?;
        writeln!(
            out,
            "Row level security, {} in pgbench: {behind:.0}/s behind it, {without:.0}/s for a role that it does not hold for: {:+.1} %",
            operation.name(),
            (behind / without - 1.0) * 100.0
        )?;
    }
    Ok(())
}

/// How many answers there were of each status.
#[derive(Default)]
struct Tally(BTreeMap<u16, u64>);

impl Tally {
    fn count(&mut self, status: u16) {
        *self.0.entry(status).or_default() += 1;
    }

    fn of(&self, status: u16) -> u64 {
        self.0.get(&status).copied().unwrap_or_default()
    }

    fn shown(&self) -> String {
        let each: Vec<String> = self.0.iter().map(|(status, count)| format!("{count} × {status}")).collect();
        each.join(", ")
    }
}

fn joined(clients: Vec<thread::ScopedJoinHandle<'_, Outcome<Tally>>>) -> Outcome<Tally> {
    let mut all = Tally::default();
    for client in clients {
        for (status, count) in client.join().map_err(|_| "a client panicked")??.0 {
            *all.0.entry(status).or_default() += count;
        }
    }
    Ok(all)
}

fn shown(latencies: &Latencies) -> String {
    let of = |percent| latencies.percentile_ms(percent).unwrap_or_default();
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms ({} requests)",
        of(50.0),
        of(99.0),
        of(100.0),
        latencies.count()
    )
}

fn times(with: &Latencies, alone: &Latencies) -> String {
    let p99 = |latencies: &Latencies| latencies.percentile_ms(99.0).unwrap_or_default();
    format!("{:.2} × that of alone", p99(with) / p99(alone))
}

fn memory(server: &Rollcall) -> f64 {
    process::of_process(server.pid()).map_or(0, |usage| usage.memory) as f64 / 1024.0 / 1024.0
}

/// A sync that reads and changes, beside so many others. Every request of it has to succeed.
fn beside(
    scim: &Caller,
    seconds: u64,
    others: u32,
    other: &(impl Fn(u32, &AtomicBool) -> Outcome<Tally> + Sync),
) -> Outcome<(Latencies, Tally)> {
    let over = &AtomicBool::new(false);
    thread::scope(|scope| {
        let others: Vec<_> = (0..others).map(|number| scope.spawn(move || other(number, over))).collect();
        // Until they are at work.
        thread::sleep(Duration::from_secs(1));
        let end = Instant::now() + Duration::from_secs(seconds);
        let clients: Vec<_> =
            (0..CLIENTS).map(|number| scope.spawn(move || sync(scim, number, end))).collect();
        let mut times = Vec::new();
        for client in clients {
            times.push(client.join().map_err(|_| "a client panicked")?);
        }
        over.store(true, Ordering::Relaxed);
        let tally = joined(others)?;
        interrupt::check()?;
        Ok((Latencies::collect(times.into_iter().collect::<Outcome<Vec<_>>>()?), tally))
    })
}

fn sync(scim: &Caller, number: u64, end: Instant) -> Outcome<Vec<u32>> {
    let mut connection = Connection::open(scim.address)?;
    let (mut times, mut turn) = (Vec::new(), 0_u64);
    while Instant::now() < end {
        let path = format!("/scim/v2/Users/{}", user_id(1 + number * 1_000 + turn / 2 % 1_000));
        let body = active_body(turn / 2_000 % 2 == 1);
        let request = match turn % 2 {
            0 => scim.request("GET", &path, None),
            _ => scim.request("PATCH", &path, Some(&body)),
        };
        let sent = Instant::now();
        let status = connection.exchange(&request)?.status;
        if status != 200 {
            return Err(format!("{path}: {status}").into());
        }
        times.push(u32::try_from(sent.elapsed().as_micros())?);
        turn += 1;
        thread::sleep(PAUSE);
    }
    Ok(times)
}

fn sign_in(api: &Caller, number: u32, over: &AtomicBool) -> Outcome<Tally> {
    let mut connection = Connection::open(api.address)?;
    let mut tally = Tally::default();
    let body =
        format!(r#"{{"tenant":"demo","userName":"learner-{}","password":"{PASSWORD}"}}"#, number % ACCOUNTS);
    let request = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 10.0.{}.{}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        api.address,
        number / 250,
        1 + number % 250,
        body.len()
    );
    while !over.load(Ordering::Relaxed) {
        tally.count(connection.exchange(request.as_bytes())?.status);
    }
    Ok(tally)
}

/// A tenant of its own with a connection that may send 250 requests a second: its token.
fn flooding_tenant(server: &Rollcall, cluster: &Cluster) -> Outcome<String> {
    server.command(&["tenant", "create", "flooding"])?;
    let token = server.command(&["token", "issue", "--tenant", "flooding", "--connection", "flooding"])?;
    let limit = "UPDATE connections SET settings = '{\"requests_per_second\": 250}' WHERE name = 'flooding'";
    cluster.sql(limit, &[])?;
    Ok(token)
}

/// One of those that send the flood of the tenant, each its part.
fn flood_of_tenant(flooding: &Caller, over: &AtomicBool) -> Outcome<Tally> {
    let mut connection = Connection::open(flooding.address)?;
    let request = flooding.request("GET", "/scim/v2/Users?count=10", None);
    let (mut tally, begun, mut sent) = (Tally::default(), Instant::now(), 0_u32);
    while !over.load(Ordering::Relaxed) {
        tally.count(connection.exchange(&request)?.status);
        sent += 1;
        let due = Duration::from_secs(1) * TENANT_FLOOD * sent / FLOOD_RATE;
        thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    Ok(tally)
}

fn flood_of_sync(scim: &Caller, number: u64, over: &AtomicBool) -> Outcome<Tally> {
    let mut connection = Connection::open(scim.address)?;
    let (mut tally, mut turn) = (Tally::default(), 0_u64);
    while !over.load(Ordering::Relaxed) {
        let path = format!("/scim/v2/Users/{}", user_id(1 + number * 100 + turn % 100));
        let body = active_body(turn / 100 % 2 == 1);
        tally.count(connection.exchange(&scim.request("PATCH", &path, Some(&body)))?.status);
        turn += 1;
    }
    Ok(tally)
}

/// Deactivates people and brings them back, one after the other. Every order has to succeed.
fn administrator(api: &Caller, seconds: u64) -> Outcome<Latencies> {
    let mut connection = Connection::open(api.address)?;
    let (mut times, mut turn) = (Vec::new(), 0_u64);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        interrupt::check()?;
        // The last of the seeded, whom no sync here changes.
        let id = user_id(USERS - turn / 2 % 100);
        let path = format!("/api/v1/accounts/{id}/commands");
        let command = if turn % 2 == 0 { "deactivate" } else { "reactivate" };
        let body = format!(r#"{{"command":"{command}","confirm":"{id}"}}"#);
        let sent = Instant::now();
        let head = connection.exchange(&api.request("POST", &path, Some(&body)))?;
        if head.status != 200 {
            return Err(format!("{command}: {} {}", head.status, connection.body_excerpt(&head)).into());
        }
        times.push(u32::try_from(sent.elapsed().as_micros())?);
        turn += 1;
        thread::sleep(PAUSE);
    }
    Ok(Latencies::collect([times]))
}

/// Transactions a second of the same SQL, behind row level security and without: the middle of three turns each.
fn row_security(
    operation: Operation,
    cluster: &Cluster,
    target: &Target,
    seeded: &Seeded,
    directory: &Path,
    seconds: u64,
) -> Outcome<(f64, f64)> {
    let script = directory.join("row-security.sql");
    std::fs::write(&script, operation.sql())?;
    let variables = seeded.variables(target, 0, Group::Small, 1);
    let (mut behind, mut without) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        for (role, rates) in [("rollcall_server", &mut behind), (OWNER, &mut without)] {
            interrupt::check()?;
            rates.push(cluster.pgbench_as(
                role,
                &script,
                &variables,
                &seeded.tenant,
                target.connections,
                seconds,
            )?);
        }
    }
    let middle = |mut rates: Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates.get(1).copied().unwrap_or_default()
    };
    Ok((middle(behind), middle(without)))
}
