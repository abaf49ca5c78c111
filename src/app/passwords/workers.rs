//! Threads that hash passwords, and yield to everything else: a password keeps a core busy for some 20 ms, and a provider's request
//! that comes meanwhile is not to wait for it.

use crate::app::AppError;
use crate::lock::hold;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;

/// How much less often such a thread is chosen than another that wants the same core: by nice(2), about a ninth of the time.
const YIELDING: i32 = 10;

/// Something to do.
type Job = Box<dyn FnOnce() + Send>;

/// As many threads as passwords are hashed at once. They end with the last of their owners.
#[derive(Clone)]
pub(super) struct Workers {
    jobs: Sender<Job>,
}

impl Workers {
    /// Starts them. When there was nothing to do for so long, again and again, `rest` is called.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn new(
        count: usize,
        quiet: Duration,
        rest: impl Fn() + Clone + Send + 'static,
    ) -> Result<Self, AppError> {
        let (jobs, waiting) = channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..count {
            let (waiting, rest) = (Arc::clone(&waiting), rest.clone());
            let named = thread::Builder::new().name(format!("passwords-{number}"));
            let work = move || work(&waiting, quiet, &rest);
            named.spawn(work).map_err(|error| AppError::Hash(error.to_string()))?;
        }
        Ok(Self { jobs })
    }

    /// Has work done by one of them; `None` when it did not come to an end.
    pub(super) async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (done, result) = oneshot::channel();
        let job = move || {
            // Who no longer waits needs no result.
            let _ = done.send(job());
        };
        self.jobs.send(Box::new(job)).ok()?;
        result.await.ok()
    }
}

fn work(waiting: &Mutex<Receiver<Job>>, quiet: Duration, rest: &impl Fn()) {
    // On Linux this is of the thread alone. Where it cannot be had, hashing is as urgent as everything else.
    if let Err(error) = rustix::process::nice(YIELDING) {
        log::debug!("passwords are hashed with the priority of everything else: {error}");
    }
    loop {
        let job = hold(waiting).recv_timeout(quiet);
        match job {
            // A fault in one password is the end of no thread: whoever waits for the result is told.
            Ok(job) => drop(catch_unwind(AssertUnwindSafe(job))),
            Err(RecvTimeoutError::Timeout) => rest(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn they_yield_to_others_and_outlive_a_fault() {
        let here = || rustix::process::getpriority_process(None).unwrap();
        let before = here();
        let workers = Workers::new(1, Duration::from_secs(60), || ()).unwrap();
        for _ in 0..2 {
            assert_eq!(
                workers.run(|| "fault".parse::<u8>().unwrap()).await,
                None,
                "what ends in a fault has no result"
            );
            let there = workers.run(move || rustix::process::getpriority_process(None).unwrap()).await;
            assert_eq!(there, Some((before + YIELDING).min(19)));
        }
        assert_eq!(here(), before, "everything else is as urgent as it was");
    }

    #[actix_web::test]
    async fn they_rest_when_nobody_signs_in_and_work_again() {
        let (rests, rested) = channel();
        let rest = move || rests.send(()).unwrap_or(());
        let workers = Workers::new(2, Duration::from_millis(20), rest).unwrap();
        rested.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(workers.run(|| 7).await, Some(7));
        rested.recv_timeout(Duration::from_secs(20)).unwrap();
    }
}
