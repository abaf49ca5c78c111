//! Many connections at once: most of them open and quiet, as those of a proxy's pool are.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::latency::Latencies;
use crate::operation::Operation;
use crate::requests::Requests;
use crate::target::Target;
use crate::{Outcome, interrupt};

/// Those who send at the same time; each has its part of the connections.
const SENDERS: usize = 16;

/// Opens `count` connections and sends `GET /Users/{id}` over them in turn for `seconds`, and at least once over each. While all are
/// still open, `note` is called.
///
/// # Errors
/// When one of them is refused, closed, or answered otherwise than with 200.
pub(crate) fn many<T>(
    address: SocketAddr,
    target: &Target,
    count: usize,
    seconds: u64,
    note: impl FnOnce() -> T,
) -> Outcome<(Latencies, T)> {
    let mut parts = Vec::new();
    for _ in 0..SENDERS {
        let part: Result<Vec<_>, _> = (0..count / SENDERS).map(|_| Connection::open(address)).collect();
        parts.push(part?);
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    let times = thread::scope(|scope| {
        let senders: Vec<_> = parts
            .iter_mut()
            .enumerate()
            .map(|(number, part)| scope.spawn(move || in_turn(part, target, number, end)))
            .collect();
        let join = |sender: thread::ScopedJoinHandle<'_, Outcome<Vec<u32>>>| {
            sender.join().map_err(|_| "a sender panicked")?
        };
        senders.into_iter().map(join).collect::<Outcome<Vec<_>>>()
    })?;
    let noted = note();
    drop(parts);
    Ok((Latencies::collect(times), noted))
}

fn in_turn(part: &mut [Connection], target: &Target, number: usize, end: Instant) -> Outcome<Vec<u32>> {
    let mut requests = Requests::new(Operation::Get, target, number);
    let (mut times, mut request) = (Vec::new(), Vec::new());
    loop {
        for connection in part.iter_mut() {
            interrupt::check()?;
            requests.write_next(&mut request);
            let sent = Instant::now();
            let head = connection.exchange(&request)?;
            if head.status != 200 {
                return Err(format!("answer {} {}", head.status, connection.body_excerpt(&head)).into());
            }
            times.push(u32::try_from(sent.elapsed().as_micros())?);
        }
        if Instant::now() >= end {
            return Ok(times);
        }
    }
}
