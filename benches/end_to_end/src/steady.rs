//! A load as many customers make it, and clients that behave badly beside it: many connections that stay open, that are slow, or
//! that come and go.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::http::Connection;
use crate::latency::Latencies;
use crate::run::THOUSAND;
use crate::server::Rollcall;
use crate::table::{aligned, mebibytes, shown};
use crate::target::Target;
use crate::tenants::{self, Load, RATE, STEPS, TENANTS};
use crate::{Outcome, connections, interrupt, process, seed, tell};

/// Users of the tenant that the connections ask about.
const USERS: u64 = 1_000;
/// Clients that send a request byte by byte, and how long each waits between two.
const SLOW: usize = 200;
const DRIP: Duration = Duration::from_millis(250);
/// Connections that come and go, and how many at once.
const SHORT: u64 = 10_000;
const AT_ONCE: usize = 16;
/// Milliseconds within which 99 of 100 requests of the load are to be answered.
const LOAD_P99: f64 = 50.0;
/// How long a server may need to notice that connections are gone.
const SETTLING: Duration = Duration::from_secs(2);

/// Measures all of it, the load for `seconds`, and prints it. `false` when an answer was wrong.
///
/// # Errors
/// What keeps it from being measured.
pub(crate) fn measure(binary: &Path, directory: &Path, seconds: u64) -> Outcome<bool> {
    tell("load: starting the server, and seeding");
    let server = Rollcall::start(binary, directory)?;
    let cluster = Cluster::find(&server.data_directory)?;
    let target = server.target(USERS, 16)?;
    seed::users(&target, &cluster, &mut Connection::open(server.address)?)?;
    let tenants = tenants::prepare(&server)?;
    let mut out = std::io::stdout();

    tell(&format!("load: {TENANTS} tenants, {RATE} requests a second each, for {seconds} s"));
    let (before, files) = (memory(&server), open_files(&server));
    let alone = tenants::run(server.address, &tenants, RATE, seconds, "person")?;
    writeln!(out, "{TENANTS} tenants with {RATE} requests a second each, for {:.0} s:", alone.seconds)?;
    write!(out, "{}", steps(&alone))?;
    writeln!(out, "{}; memory {before:.1} MiB before, {:.1} MiB after\n", met(&alone), memory(&server))?;
    let mut right = alone.errors.is_empty();

    tell(&format!("load: {THOUSAND} open connections"));
    process::forget_peak(server.pid());
    let peak = || process::peak(server.pid()).map(mebibytes);
    let (times, peak) = connections::many(server.address, &target, THOUSAND, seconds.min(30), peak)?;
    writeln!(
        out,
        "{THOUSAND} open connections that ask in turn: {}; memory at most {} MiB",
        said(&times),
        shown(peak, 1)
    )?;

    tell(&format!("load: {SLOW} slow clients"));
    let slow = Slow::default();
    let with = with_slow_clients(&server, &tenants, seconds.clamp(15, 30), &slow)?;
    let (cut, answered) = (slow.cut.load(Ordering::Relaxed), slow.answered.load(Ordering::Relaxed));
    right &= with.errors.is_empty();
    writeln!(
        out,
        "{SLOW} clients that send a byte every {} ms, beside the load: the load {}; {}; {cut} cut off, {answered} told that it took too long (408)",
        DRIP.as_millis(),
        said(&with.all),
        met(&with)
    )?;

    tell(&format!("load: {SHORT} connections that come and go"));
    let (times, refused) = come_and_go(server.address, &target)?;
    right &= refused == 0;
    writeln!(out, "{SHORT} connections opened, used once and closed: {}; {refused} failed", said(&times))?;
    thread::sleep(SETTLING);
    writeln!(
        out,
        "open files of the server: {files} before everything, {} after; memory {:.1} MiB",
        open_files(&server),
        memory(&server)
    )?;
    Ok(right)
}

fn memory(server: &Rollcall) -> f64 {
    mebibytes(process::of_process(server.pid()).map_or(0, |usage| usage.memory))
}

fn open_files(server: &Rollcall) -> usize {
    process::open_files(server.pid()).unwrap_or_default()
}

fn said(times: &Latencies) -> String {
    let of = |percent| times.percentile_ms(percent).unwrap_or_default();
    format!("p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms ({})", of(50.0), of(99.0), of(100.0), times.count())
}

fn met(load: &Load) -> String {
    let p99 = load.all.percentile_ms(99.0).unwrap_or(f64::INFINITY);
    match load.errors.first() {
        None if p99 < LOAD_P99 => format!("no error, p99 < {LOAD_P99} ms: met"),
        None => format!("no error; p99 < {LOAD_P99} ms: NOT MET"),
        Some(first) => format!("{} ERRORS, the first: {first}", load.errors.len()),
    }
}

fn steps(load: &Load) -> String {
    let mut lines = vec![["", "requests", "a second", "p50 ms", "p99 ms", "longest ms"].map(str::to_owned)];
    let all = std::iter::once(("all", &load.all));
    for (name, times) in STEPS.into_iter().zip(&load.steps).chain(all) {
        lines.push([
            name.to_owned(),
            times.count().to_string(),
            format!("{:.0}", times.count() as f64 / load.seconds),
            shown(times.percentile_ms(50.0), 1),
            shown(times.percentile_ms(99.0), 1),
            shown(times.percentile_ms(100.0), 1),
        ]);
    }
    aligned(&lines)
}

/// What became of slow clients.
#[derive(Debug, Default)]
struct Slow {
    cut: AtomicU64,
    answered: AtomicU64,
}

/// The load beside clients whose requests never end.
fn with_slow_clients(
    server: &Rollcall,
    tenants: &[(Target, String)],
    seconds: u64,
    slow: &Slow,
) -> Outcome<Load> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..SLOW {
            let over = &over;
            scope.spawn(move || drip(server.address, slow, over));
        }
        let load = tenants::run(server.address, tenants, RATE, seconds, "beside");
        over.store(true, Ordering::Relaxed);
        load
    })
}

/// Sends the head of a request a byte at a time, until the server has enough of it, and then begins again.
fn drip(address: SocketAddr, slow: &Slow, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let Ok(mut stream) = TcpStream::connect(address) else { return };
        let _ = stream.set_read_timeout(Some(DRIP));
        let head = b"GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nX-Never: "
            .iter()
            .chain(std::iter::repeat(&b'a'));
        let mut answer = [0; 512];
        for byte in head {
            if over.load(Ordering::Relaxed) {
                return;
            }
            let sent = stream.write_all(&[*byte]);
            match (sent, stream.read(&mut answer)) {
                (Ok(()), Err(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                (Ok(()), Ok(_)) if answer.starts_with(b"HTTP/1.1 408") => {
                    slow.answered.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                _ => {
                    slow.cut.fetch_add(1, Ordering::Relaxed);
                    break;
                }
            }
        }
    }
}

/// Connections for one request each: their times, connecting included, and how many failed.
fn come_and_go(address: SocketAddr, target: &Target) -> Outcome<(Latencies, u64)> {
    let failed = AtomicU64::new(0);
    let times = thread::scope(|scope| {
        let client = || {
            let (mut times, mut request) = (Vec::new(), Vec::new());
            for number in 0..SHORT / AT_ONCE as u64 {
                interrupt::check()?;
                target.scim(
                    "GET",
                    &format!("/Users/{}", target.user(1 + number % USERS)),
                    None,
                    &mut request,
                );
                let begun = Instant::now();
                let answer = Connection::open(address).and_then(|mut one| one.exchange(&request));
                match answer {
                    Ok(head) if head.status == 200 => times.push(u32::try_from(begun.elapsed().as_micros())?),
                    _ => drop(failed.fetch_add(1, Ordering::Relaxed)),
                }
            }
            Outcome::Ok(times)
        };
        let clients: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(client)).collect();
        let joined = clients.into_iter().map(|client| client.join().map_err(|_| "a client panicked")?);
        joined.collect::<Outcome<Vec<_>>>()
    })?;
    Ok((Latencies::collect(times), failed.into_inner()))
}
