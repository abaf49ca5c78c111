//! The load generator: one thread and one connection per client, each sending its next request when the last is answered.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::http::Connection;
use crate::interrupt;
use crate::latency::Latencies;
use crate::operation::{Operation, Target};

/// Time at full load before anything is counted.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);
/// A client gives up after so many wrong answers: the row is invalid anyway.
const ENOUGH_ERRORS: usize = 20;

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

/// Sends `operation` over `connections` connections for one second of warm-up and then `seconds`.
///
/// # Errors
/// When a connection cannot be opened or the run is interrupted; wrong answers are in the result.
pub(crate) fn run<T>(
    address: SocketAddr,
    operation: Operation,
    target: &Target,
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
                scope.spawn(move || client(connection, operation, target, number, phase))
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
    operation: Operation,
    target: &Target,
    number: usize,
    phase: &AtomicU8,
) -> (Vec<u32>, Vec<String>) {
    let mut requests = operation.requests(target, number);
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
            Ok(head) if head.status == operation.status() => {
                if phase_before == MEASURING && phase.load(Ordering::Relaxed) == MEASURING {
                    times.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
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
