//! The load generator: one thread and one connection per client, each sending its next request when the last is answered.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::http::Connection;
use crate::interrupt;
use crate::latency::Latencies;
use crate::operation::Operation;
use crate::requests::{BULK, Requests};
use crate::target::Target;

/// Time at full load before anything is counted.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);
/// A client gives up after so many wrong answers: the row is invalid anyway.
const ENOUGH_ERRORS: usize = 20;

/// What stands in the answer of a bulk for each resource that was made.
const MADE: &[u8] = br#""status":"201""#;

const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;

/// What one run measured. `T` is what the caller noted at the start and the end of the measured time.
#[derive(Debug)]
pub(crate) struct Measured<T> {
    /// Length of the measured time in seconds.
    pub(crate) seconds: f64,
    /// Times of the requests sent and answered in it.
    pub(crate) latencies: Latencies,
    /// One sentence per wrong answer, in the warm-up too; at most 20 per connection.
    pub(crate) errors: Vec<String>,
    /// Noted when the measured time began.
    pub(crate) before: T,
    /// Noted when it ended, with all connections still open.
    pub(crate) after: T,
}

impl<T> Measured<T> {
    /// Requests per second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.count() as f64 / self.seconds
    }
}

/// Sends `operation` over `connections` connections for one second of warm-up and then `seconds`. An answer of another status
/// than `right` is wrong.
///
/// # Errors
/// When a connection cannot be opened or the run is interrupted; wrong answers are in the result.
pub(crate) fn run<T>(
    address: SocketAddr,
    operation: Operation,
    target: &Target,
    right: u16,
    seconds: u64,
    note: impl Fn() -> T,
) -> Outcome<Measured<T>> {
    let phase = AtomicU8::new(WARMING);
    let mut open = Vec::with_capacity(target.connections);
    for _ in 0..target.connections {
        open.push(Connection::open(address)?);
    }
    let phase = &phase;
    thread::scope(|scope| {
        let clients: Vec<_> = open
            .into_iter()
            .enumerate()
            .map(|(number, connection)| {
                scope
                    .spawn(move || client(connection, Requests::new(operation, target, number), right, phase))
            })
            .collect();
        pause(WARM_UP);
        let before = note();
        let started = Instant::now();
        phase.store(MEASURING, Ordering::Relaxed);
        pause(Duration::from_secs(seconds));
        phase.store(OVER, Ordering::Relaxed);
        let seconds = started.elapsed().as_secs_f64();
        let after = note();
        let mut times = Vec::new();
        let mut errors = Vec::new();
        for client in clients {
            let (its_times, its_errors) =
                client.join().map_err(|_| "a client thread of the load generator failed")?;
            times.push(its_times);
            errors.extend(its_errors);
        }
        interrupt::check()?;
        Ok(Measured { seconds, latencies: Latencies::collect(times), errors, before, after })
    })
}

fn client(
    mut connection: Connection,
    mut requests: Requests<'_>,
    right: u16,
    phase: &AtomicU8,
) -> (Vec<u32>, Vec<String>) {
    let mut request = Vec::with_capacity(4096);
    let mut times = Vec::with_capacity(1 << 16);
    let mut errors = Vec::new();
    while errors.len() < ENOUGH_ERRORS {
        let phase_before = phase.load(Ordering::Relaxed);
        if phase_before == OVER {
            break;
        }
        requests.write_next(&mut request);
        let sent = Instant::now();
        match connection.exchange(&request) {
            Ok(head) if head.status == right => {
                if phase_before == MEASURING && phase.load(Ordering::Relaxed) == MEASURING {
                    times.push(micros(sent.elapsed()));
                }
            }
            Ok(head) => errors.push(format!("answer {} {}", head.status, connection.body_excerpt(&head))),
            Err(error) => {
                errors.push(error.to_string());
                break;
            }
        }
    }
    (times, errors)
}

/// Sends `operation` over `clients` connections, `each` times on each, without warm-up; the time until the last answer counts.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_all<T>(
    address: SocketAddr,
    operation: Operation,
    target: &Target,
    clients: usize,
    each: u64,
    note: impl Fn() -> T,
) -> Outcome<Measured<T>> {
    let before = note();
    let started = Instant::now();
    let (mut times, mut errors) = (Vec::new(), Vec::new());
    thread::scope(|scope| -> Outcome<()> {
        let clients: Vec<_> = (0..clients)
            .map(|number| {
                scope.spawn(move || batches(address, Requests::new(operation, target, number), each))
            })
            .collect();
        for client in clients {
            let (its_times, error) =
                client.join().map_err(|_| "a client thread of the load generator failed")?;
            times.push(its_times);
            errors.extend(error.err().map(|error| error.to_string()));
        }
        Ok(())
    })?;
    interrupt::check()?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(Measured { seconds, latencies: Latencies::collect(times), errors, before, after: note() })
}

fn batches(address: SocketAddr, mut requests: Requests<'_>, each: u64) -> (Vec<u32>, Outcome<()>) {
    let mut times = Vec::new();
    let mut work = || {
        let mut connection = Connection::open(address)?;
        let mut request = Vec::new();
        for _ in 0..each {
            interrupt::check()?;
            requests.write_next(&mut request);
            let sent = Instant::now();
            let answer = connection.fetch(&request)?;
            times.push(micros(sent.elapsed()));
            // A bulk is answered 200 even where an operation of it failed; what was made says 201.
            let made = answer.body.windows(MADE.len()).filter(|window| window == &MADE).count() as u64;
            if answer.status != 200 || made != BULK {
                let body: String = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
                return Err(format!("answer {} with {made} of {BULK} made: {body}", answer.status).into());
            }
        }
        Ok(())
    };
    let result = work();
    (times, result)
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

/// Sleeps in short pieces, so that an interrupt is noticed soon.
fn pause(time: Duration) {
    let end = Instant::now() + time;
    while !interrupt::interrupted() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        thread::sleep(left.min(Duration::from_millis(100)));
    }
}
